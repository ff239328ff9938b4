#include "services/dea/engine/reference_set.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace farrell::dea {
namespace {

// The periods [first, last], as positions among the distinct periods, that span the frontier of period t.
std::pair<std::size_t, std::size_t> Span(const Frontier& frontier, std::size_t t, std::size_t period_count) {
  switch (frontier.scheme) {
    case FrontierScheme::kContemporaneous: return {t, t};
    case FrontierScheme::kGlobal: return {0, period_count - 1};
    case FrontierScheme::kSequential: return {0, t};
    case FrontierScheme::kWindow: {
      const std::size_t width = static_cast<std::size_t>(frontier.window);
      const std::size_t last = std::min(std::max(t, width - 1), period_count - 1);
      return {last + 1 >= width ? last + 1 - width : 0, last};
    }
    case FrontierScheme::kBiennial: {
      if (t + 1 < period_count) return {t, t + 1};
      return {t > 0 ? t - 1 : 0, t};
    }
  }
  return {t, t};
}

}  // namespace

std::int64_t ReferenceSets::smallest() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& set : sets) least = std::min(least, static_cast<std::int64_t>(set.size()));
  return sets.empty() ? 0 : least;
}

ReferenceSets MakeReferenceSets(const Observations& data, const Frontier& frontier) {
  return MakeReferenceSets(data, frontier, data.groups);
}

ReferenceSets MakeReferenceSets(const Observations& data, const Frontier& frontier,
                                const std::vector<std::int32_t>& groups) {
  const bool has_time = !data.times.empty();
  std::map<std::int64_t, std::size_t> periods;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] != RowRole::kExcluded) periods[has_time ? data.times[row] : 0] = 0;
  }
  std::size_t count = 0;
  for (auto& [time, position] : periods) position = count++;

  // (group, first period, last period) -> set, numbered in that order.
  std::map<std::pair<std::int32_t, std::pair<std::size_t, std::size_t>>, std::int32_t> keys;
  const auto key_of = [&](std::size_t row) {
    const std::size_t t = periods.at(has_time ? data.times[row] : 0);
    return std::pair(groups.empty() ? 0 : groups[row], Span(frontier, t, count));
  };
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] == RowRole::kScored) keys[key_of(row)] = 0;
  }
  ReferenceSets result;
  std::int32_t next = 0;
  std::map<std::int32_t, std::vector<std::pair<std::pair<std::size_t, std::size_t>, std::int32_t>>> spans_of_group;
  for (auto& [key, id] : keys) {
    id = next++;
    spans_of_group[key.first].emplace_back(key.second, id);
  }
  result.sets.resize(keys.size());
  result.set_of_row.assign(data.size(), ReferenceSets::kNone);
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] == RowRole::kExcluded) continue;
    const std::size_t t = periods.at(has_time ? data.times[row] : 0);
    const auto spans = spans_of_group.find(groups.empty() ? 0 : groups[row]);
    if (spans != spans_of_group.end()) {
      for (const auto& [span, id] : spans->second) {
        if (span.first <= t && t <= span.second)
          result.sets[static_cast<std::size_t>(id)].push_back(static_cast<std::int32_t>(row));
      }
    }
    if (data.roles[row] == RowRole::kScored) result.set_of_row[row] = keys.at(key_of(row));
  }
  return result;
}

}  // namespace farrell::dea
