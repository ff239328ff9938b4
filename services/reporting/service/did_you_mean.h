// "did you mean": the closest known name to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farrell::reporting {

// "; did you mean `x`?" or "; known: a, b, c" (at most eight names), or empty when there are no candidates. Empty ones
// and repeats do not count.
std::string Suggestion(std::string_view name, std::vector<std::string> candidates);

}  // namespace farrell::reporting
