#include "tests/published/panel/engine_rows.h"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace farrell::regression::testing {

InferenceSpec Plain(InferenceType type, const std::string& ssc) { return MakeInference(type, "", ssc); }

InferenceSpec Cluster(const std::string& column, const std::string& ssc) {
  return MakeInference(InferenceType::kCr1, column, ssc);
}

InferenceSpec TwoWays(const std::string& first, const std::string& second, const std::string& ssc) {
  InferenceSpec spec = Cluster(first, ssc);
  spec.further_clusters = {second};
  return spec;
}

InferenceSpec Lagged(InferenceType type, int lag, const std::string& ssc) {
  InferenceSpec spec = MakeInference(type, "", ssc);
  spec.lag = lag;
  return spec;
}

EstimatorSpec Kind(Estimator kind, RandomEffectsMethod method) {
  EstimatorSpec spec;
  spec.kind = kind;
  spec.random_effects = method;
  return spec;
}

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

EngineAnswer AskEngine(const Panel& panel, const EngineRecipe& recipe) {
  EngineAnswer answer{EstimateRecipe(panel, recipe), {}, {}};
  std::vector<Warning> warnings;
  auto result = ComputeInference(answer.fitted, recipe.inference, 0.95, {}, warnings);
  if (!result.ok()) throw std::runtime_error(recipe.formula + ": " + result.status().ToString());
  answer.inference = std::move(result).value();
  answer.errors = answer.inference.vcov.diagonal().cwiseSqrt();
  if (recipe.component_variance) {
    const double rss = answer.fitted.solution.residuals.squaredNorm();
    answer.errors *=
        answer.fitted.components->idiosyncratic / std::sqrt(rss / static_cast<double>(answer.fitted.residual_df));
  }
  return answer;
}

Eigen::Index TermPosition(const Fitted& fitted, const std::string& name) {
  for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
    if (fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])] == name) {
      return static_cast<Eigen::Index>(k);
    }
  }
  throw std::runtime_error("no term " + name);
}

Matches MatchEngineRows(const EngineRows& rows, const Panel& panel) {
  Matches matches;
  std::map<std::string, EngineAnswer> answers;
  for (std::size_t row = 0; row < rows.expected.rows.size(); ++row) {
    const std::string key = rows.key(rows.expected, row);
    const auto recipe = rows.recipes.find(key);
    if (recipe == rows.recipes.end()) continue;
    auto answer = answers.find(key);
    if (answer == answers.end()) answer = answers.emplace(key, AskEngine(panel, recipe->second)).first;
    const Fitted& fitted = answer->second.fitted;
    const std::string& term = rows.expected.At(row, "term");
    const auto renamed = rows.names.find(term);
    const Eigen::Index k = TermPosition(fitted, renamed == rows.names.end() ? term : renamed->second);
    const std::size_t bar = key.find(" | ");
    const std::string model = rows.dataset + ": " + key.substr(0, bar);
    std::string variance = bar == std::string::npos ? model : rows.dataset + ": " + key.substr(bar + 3);
    if (const std::size_t next = variance.find(" | "); next != std::string::npos) variance.replace(next, 3, ", ");
    matches.push_back({row, "coefficients, " + model, rows.expected.At(row, "coef"), fitted.solution.coefficients(k),
                       rows.tolerance});
    matches.push_back(
        {row, "standard errors, " + variance, rows.expected.At(row, "se"), answer->second.errors(k), rows.tolerance});
  }
  return matches;
}

std::string KeyOfVariance(const Table& expected, std::size_t row) {
  return expected.At(row, "model") + " | " + expected.At(row, "se_type") + " | " + expected.At(row, "convention");
}

}  // namespace farrell::regression::testing
