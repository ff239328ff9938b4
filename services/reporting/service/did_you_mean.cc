#include "services/reporting/service/did_you_mean.h"

#include <algorithm>
#include <cctype>

namespace farrell::reporting {
namespace {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

std::string ClosestName(std::string_view name, const std::vector<std::string>& candidates) {
  // Names longer than this are not slips of the hand; the table would only cost time.
  constexpr std::size_t kLongest = 64;
  if (name.size() > kLongest) return {};
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest || candidate == name) continue;
    const std::size_t distance = EditDistance(Lower(name), Lower(candidate));
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? std::string() : *best;
}

std::string Suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr std::size_t kMostListed = 8;
  if (const std::string closest = ClosestName(name, candidates); !closest.empty()) {
    return "; did you mean `" + closest + "`?";
  }
  if (candidates.empty()) return {};
  std::string text = "; known: ";
  for (std::size_t i = 0; i < std::min(candidates.size(), kMostListed); ++i) {
    text += (i == 0 ? "" : ", ") + candidates[i];
  }
  if (candidates.size() > kMostListed) text += ", …";
  return text;
}

}  // namespace farrell::reporting
