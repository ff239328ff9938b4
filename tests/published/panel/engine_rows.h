// Published rows of coefficients and standard errors asked of the engine itself: design, estimator, variance.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "tests/published/panel/published.h"

namespace farrell::regression::testing {

struct EngineRecipe {
  std::string formula;
  InferenceSpec inference;
  EstimatorSpec estimator{};
  std::string weights{};
  // The classical variance with the idiosyncratic component in place of RSS / (N - K).
  bool component_variance = false;
};
using EngineRecipes = std::map<std::string, EngineRecipe>;

InferenceSpec Plain(InferenceType type, const std::string& ssc = "none");
// CR1.
InferenceSpec Cluster(const std::string& column, const std::string& ssc);
InferenceSpec TwoWays(const std::string& first, const std::string& second, const std::string& ssc);
InferenceSpec Lagged(InferenceType type, int lag, const std::string& ssc);
EstimatorSpec Kind(Estimator kind, RandomEffectsMethod method = RandomEffectsMethod::kSwamyArora);

struct EngineAnswer {
  Fitted fitted;
  InferenceResult inference;
  // Of the columns estimated.
  Eigen::VectorXd errors;
};

// The fit of a recipe, with the panel's keys and every cluster column classified; throws on failure.
Fitted EstimateRecipe(const Panel& panel, const EngineRecipe& recipe);
EngineAnswer AskEngine(const Panel& panel, const EngineRecipe& recipe);

// Position of a printed term among the columns estimated; throws where there is none.
Eigen::Index TermPosition(const Fitted& fitted, const std::string& name);

// Rows with the columns term, coef, se.
struct EngineRows {
  Table expected;
  // The recipe of a row, "model" or "model | variance | convention"; rows whose key has no recipe are passed over.
  std::function<std::string(const Table& expected, std::size_t row)> key;
  // Before the words that name the statistic.
  std::string dataset;
  EngineRecipes recipes;
  // From printed terms to ours, where they differ.
  std::map<std::string, std::string> names;
  Tolerance tolerance;
};
Matches MatchEngineRows(const EngineRows& rows, const Panel& panel);

// The key "model | se_type | convention".
std::string KeyOfVariance(const Table& expected, std::size_t row);

}  // namespace farrell::regression::testing
