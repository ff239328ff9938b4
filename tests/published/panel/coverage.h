// Published rows told apart: those that a specification of the engine reproduces, and the rest.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {

// How one kind of published row is asked of the engine.
struct Recipe {
  std::string formula;
  InferenceSpec inference;
};

// Keys "model | se_type | convention" to recipes.
using Recipes = std::map<std::string, Recipe>;

struct Coverage {
  int covered = 0;
  // Keys without a recipe, with their number of rows.
  std::map<std::string, int> not_covered;
};

// Compares coefficient and standard error of every row of `expected` (columns model, se_type, convention, term, coef,
// se) that has a recipe, to the relative tolerance given. `only`: rows whose column `dataset` has this value; empty:
// all.
Coverage CheckRows(const Table& expected, const std::string& only, const Panel& panel, const Recipes& recipes,
                   const std::map<std::string, std::string>& term_names, double tolerance);

}  // namespace farrell::regression::testing
