// "did you mean": the closest known name to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farrell::reporting {

// The closest candidate by edit distance (Levenshtein 1966; a swap of neighbours counts one), if it is close enough to
// be a slip: at most a third of the characters. Empty otherwise; ties go to the first candidate.
std::string ClosestName(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean `x`?" or "; known: a, b, c" (at most eight names), or empty when there are no candidates.
std::string Suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace farrell::reporting
