// The variables of a study in the order in which they can be computed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "farrell/common/v1/types.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Positions in Study.variables. The order is the study's own, except that a variable comes after those it uses.
struct VariableOrder {
  // Computed from the data alone.
  std::vector<int> before_scores;
  // Computed from a score, directly or through another variable.
  std::vector<int> after_scores;
  // Part of a circle, or computed from one.
  std::vector<int> circular;
};

VariableOrder OrderVariables(const v1::Study& study);

// What the variable is computed by: its expression, or the name of the column it renames; empty when it only describes
// a column of the data.
std::string DefinitionOf(const v1::StudyVariable& variable);

// The variable of that name, or null.
const v1::StudyVariable* FindVariable(const v1::Study& study, const std::string& name);

// A text that is the name of a variable: what that is made of, and so on; any other text as it is. Without blanks.
std::string Unfolded(const v1::Study& study, std::string text);

// Every name that the text uses, directly or through variables.
std::set<std::string> NamesUsed(const v1::Study& study, const std::string& text);

// The column to compute. The definition must not be empty.
common::v1::Derivation DerivationOf(const v1::StudyVariable& variable);

}  // namespace farrell::reporting
