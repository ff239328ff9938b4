// The logarithm that an expression is.
#pragma once

#include <string>
#include <string_view>

namespace farrell::reporting {

// "x" of "log(x)", without blanks; empty for anything else, as "log(x) - log(y)".
std::string InsideLog(std::string_view expression);

}  // namespace farrell::reporting
