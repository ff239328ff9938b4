// A variable of the study by its name.
#pragma once

#include <string>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// Null: the study has none of that name.
inline const VariableFacts* FindVariable(const ReportFacts& facts, const std::string& name) {
  for (const VariableFacts& variable : facts.data.variables) {
    if (variable.name == name) return &variable;
  }
  return nullptr;
}

}  // namespace farrell::reporting
