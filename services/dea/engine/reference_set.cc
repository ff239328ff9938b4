#include "services/dea/engine/reference_set.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace farrell::dea {
namespace {

// The periods [first, last], as positions among the distinct periods; none where first > last.
using PeriodSpan = std::pair<std::size_t, std::size_t>;
constexpr PeriodSpan kNoPeriod{1, 0};

// Those that span the frontier of period t.
PeriodSpan Span(const Frontier& frontier, std::size_t t, std::size_t period_count) {
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

// The distinct times of the rows that span frontiers.
class Periods {
 public:
  explicit Periods(const Observations& data) : data_(data) {
    for (std::size_t row = 0; row < data.size(); ++row) {
      if (SpansFrontiers(data.roles[row])) times_.push_back(TimeOf(row));
    }
    std::sort(times_.begin(), times_.end());
    times_.erase(std::unique(times_.begin(), times_.end()), times_.end());
  }

  // Of the row's own period; unset where nobody spans it.
  std::optional<std::size_t> PositionOf(std::size_t row) const {
    const auto at = std::lower_bound(times_.begin(), times_.end(), TimeOf(row));
    if (at == times_.end() || *at != TimeOf(row)) return std::nullopt;
    return static_cast<std::size_t>(at - times_.begin());
  }

  PeriodSpan SpanOf(std::size_t row, const Frontier& frontier) const {
    if (const auto own = PositionOf(row)) return Span(frontier, *own, times_.size());
    if (times_.empty() || frontier.scheme == FrontierScheme::kContemporaneous) return kNoPeriod;
    if (frontier.scheme == FrontierScheme::kGlobal) return {0, times_.size() - 1};
    const auto later = std::upper_bound(times_.begin(), times_.end(), TimeOf(row));
    if (later == times_.begin()) return kNoPeriod;
    return Span(frontier, static_cast<std::size_t>(later - times_.begin()) - 1, times_.size());
  }

 private:
  std::int64_t TimeOf(std::size_t row) const { return data_.times.empty() ? 0 : data_.times[row]; }

  const Observations& data_;
  std::vector<std::int64_t> times_;
};

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
  const Periods periods(data);
  // (group, first period, last period) -> set, numbered in that order.
  std::map<std::pair<std::int32_t, PeriodSpan>, std::int32_t> keys;
  const auto group_of = [&](std::size_t row) { return groups.empty() ? 0 : groups[row]; };
  const auto key_of = [&](std::size_t row) { return std::pair(group_of(row), periods.SpanOf(row, frontier)); };
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (IsScored(data.roles[row])) keys[key_of(row)] = 0;
  }
  ReferenceSets result;
  std::int32_t next = 0;
  std::map<std::int32_t, std::vector<std::pair<PeriodSpan, std::int32_t>>> spans_of_group;
  for (auto& [key, id] : keys) {
    id = next++;
    spans_of_group[key.first].emplace_back(key.second, id);
  }
  result.sets.resize(keys.size());
  result.set_of_row.assign(data.size(), ReferenceSets::kNone);
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (IsScored(data.roles[row])) result.set_of_row[row] = keys.at(key_of(row));
    if (!SpansFrontiers(data.roles[row])) continue;
    const std::size_t t = *periods.PositionOf(row);
    const auto spans = spans_of_group.find(group_of(row));
    if (spans == spans_of_group.end()) continue;
    for (const auto& [span, id] : spans->second) {
      if (span.first <= t && t <= span.second)
        result.sets[static_cast<std::size_t>(id)].push_back(static_cast<std::int32_t>(row));
    }
  }
  return result;
}

}  // namespace farrell::dea
