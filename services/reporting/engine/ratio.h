// Which variables are ratios, as far as their expressions say so.
#pragma once

#include <string>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// The column that an expression divides by: `a / b`, `log(a / b)`, or the name of a variable computed so, followed
// through the variables' own expressions. Empty when the last operation is no division by a single column.
std::string Denominator(const std::string& expression, const std::vector<VariableFacts>& variables);

// The column inside `log(b)`, or inside the logarithm of a variable that is b itself; empty otherwise.
std::string LoggedColumn(const std::string& expression, const std::vector<VariableFacts>& variables);

}  // namespace farrell::reporting
