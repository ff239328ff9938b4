#include "services/reporting/service/did_you_mean.h"

#include <algorithm>
#include <set>

#include "common/text/nearest.h"

namespace farrell::reporting {

std::string Suggestion(std::string_view name, std::vector<std::string> candidates) {
  constexpr std::size_t kMostListed = 8;
  // Entries that lack their name, or take another's, are blamed themselves.
  std::set<std::string> seen = {""};
  std::erase_if(candidates, [&](const std::string& candidate) { return !seen.insert(candidate).second; });
  if (const std::string nearest = text::NearestName(name, candidates); !nearest.empty()) {
    return "; did you mean `" + nearest + "`?";
  }
  if (candidates.empty()) return {};
  std::string known = "; known: ";
  for (std::size_t i = 0; i < std::min(candidates.size(), kMostListed); ++i) {
    known += (i == 0 ? "" : ", ") + candidates[i];
  }
  if (candidates.size() > kMostListed) known += ", …";
  return known;
}

}  // namespace farrell::reporting
