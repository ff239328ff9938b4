#include "tests/published/panel/engine_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <utility>

namespace farrell::regression::testing {
namespace {

struct Answer {
  Fitted fitted;
  InferenceResult inference;
};

Answer Ask(const Panel& panel, const EngineRecipe& recipe) {
  Answer answer{EstimateRecipe(panel, recipe), {}};
  std::vector<Warning> warnings;
  auto result = ComputeInference(answer.fitted, recipe.inference, 0.95, {}, warnings);
  if (!result.ok()) throw std::runtime_error(recipe.formula + ": " + result.status().ToString());
  answer.inference = std::move(result).value();
  return answer;
}

}  // namespace

Fitted EstimateRecipe(const Panel& panel, const EngineRecipe& recipe) {
  DesignOptions options;
  options.classifications = recipe.inference.further_clusters;
  if (!recipe.inference.cluster.empty()) options.classifications.push_back(recipe.inference.cluster);
  options.panel_keys = true;
  options.weights = recipe.weights;
  auto design = BuildDesign(panel, MakeSpec(recipe.formula).formula, options);
  if (!design.ok()) throw std::runtime_error(recipe.formula + ": " + design.status().ToString());
  auto fitted = Estimate(std::move(design).value(), recipe.estimator, {});
  if (!fitted.ok()) throw std::runtime_error(recipe.formula + ": " + fitted.status().ToString());
  return std::move(fitted).value();
}

Eigen::Index TermPosition(const Fitted& fitted, const std::string& name) {
  for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
    if (fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])] == name) {
      return static_cast<Eigen::Index>(k);
    }
  }
  throw std::runtime_error("no term " + name);
}

Coverage CheckEngineRows(const Table& expected, const std::string& only, const Panel& panel,
                         const EngineRecipes& recipes, const std::map<std::string, std::string>& term_names,
                         double tolerance) {
  Coverage coverage;
  std::map<std::string, Answer> answers;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    if (!only.empty() && expected.At(row, "dataset") != only) continue;
    const std::string key =
        expected.At(row, "model") + " | " + expected.At(row, "se_type") + " | " + expected.At(row, "convention");
    const auto recipe = recipes.find(key);
    if (recipe == recipes.end()) {
      ++coverage.not_covered[key];
      continue;
    }
    ++coverage.covered;
    auto answer = answers.find(key);
    if (answer == answers.end()) answer = answers.emplace(key, Ask(panel, recipe->second)).first;
    const Fitted& fitted = answer->second.fitted;
    const std::string& published = expected.At(row, "term");
    const auto renamed = term_names.find(published);
    const Eigen::Index k = TermPosition(fitted, renamed == term_names.end() ? published : renamed->second);
    const double coefficient = expected.Number(row, "coef");
    const double error = expected.Number(row, "se");
    double found = std::sqrt(answer->second.inference.vcov(k, k));
    if (recipe->second.component_variance) {
      const double rss = fitted.solution.residuals.squaredNorm();
      found *= fitted.components->idiosyncratic / std::sqrt(rss / static_cast<double>(fitted.residual_df));
    }
    EXPECT_NEAR(fitted.solution.coefficients(k), coefficient, tolerance * std::fabs(coefficient)) << key;
    EXPECT_NEAR(found, error, tolerance * error) << key << ": " << published;
  }
  return coverage;
}

}  // namespace farrell::regression::testing
