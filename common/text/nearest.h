// "Did you mean": the known name nearest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farrell::text {

// The name with the smallest edit distance, if it is at most a third of the length (at least one edit); case
// differences alone always count as near. Ties go to the first. Empty when nothing is near.
std::string NearestName(std::string_view wanted, const std::vector<std::string>& names);

// " (did you mean NAME?)" or "".
std::string DidYouMean(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace farrell::text
