#include "tests/published/panel/coverage.h"

#include <gtest/gtest.h>

#include <cmath>

namespace farrell::regression::testing {

Coverage CheckRows(const Table& expected, const std::string& only, const Panel& panel, const Recipes& recipes,
                   const std::map<std::string, std::string>& term_names, double tolerance) {
  Coverage coverage;
  std::map<std::string, FitResult> fits;
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
    auto fit = fits.find(key);
    if (fit == fits.end()) {
      fit = fits.emplace(key, MustFit(panel, MakeSpec(recipe->second.formula, {recipe->second.inference}))).first;
    }
    const std::string& published = expected.At(row, "term");
    const auto renamed = term_names.find(published);
    const std::string name = renamed == term_names.end() ? published : renamed->second;
    const std::ptrdiff_t position = fit->second.FindTerm(name);
    if (position < 0) {
      ADD_FAILURE() << key << ": no term " << name;
      continue;
    }
    const auto index = static_cast<std::size_t>(position);
    const double coefficient = expected.Number(row, "coef");
    const double error = expected.Number(row, "se");
    EXPECT_NEAR(fit->second.terms[index].estimate.value(), coefficient, tolerance * std::fabs(coefficient))
        << key << ": " << name;
    EXPECT_NEAR(fit->second.inferences[0].terms[index].std_error.value(), error, tolerance * error)
        << key << ": " << name;
  }
  return coverage;
}

}  // namespace farrell::regression::testing
