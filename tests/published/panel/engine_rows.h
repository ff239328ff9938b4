// Published rows asked of the engine itself: design, estimator, variance.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "tests/published/panel/coverage.h"

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

// The fit of a recipe, with the panel's keys and every cluster column classified; throws on failure.
Fitted EstimateRecipe(const Panel& panel, const EngineRecipe& recipe);

// Position of a printed term among the columns estimated; throws where there is none.
Eigen::Index TermPosition(const Fitted& fitted, const std::string& name);

// As CheckRows. Keys "model | se_type | convention".
Coverage CheckEngineRows(const Table& expected, const std::string& only, const Panel& panel,
                         const EngineRecipes& recipes, const std::map<std::string, std::string>& term_names,
                         double tolerance);

}  // namespace farrell::regression::testing
