#include "services/data/engine/cell_changes.h"

#include <cmath>
#include <map>
#include <utility>

namespace farrell::data {
namespace {

// A column as the two tables have it.
struct ColumnPair {
  const Column* before = nullptr;
  const Column* after = nullptr;
  const std::string& name() const { return after != nullptr ? after->name : before->name; }
};

std::vector<ColumnPair> PairColumns(const Table& before, const Table& after, const std::set<std::string>& variables) {
  const Keys& keys = *after.keys;
  const auto wanted = [&](const std::string& name) {
    return name != keys.unit_key && name != keys.time_key && (variables.empty() || variables.contains(name));
  };
  std::vector<ColumnPair> pairs;
  for (const ColumnPtr& column : after.columns) {
    if (wanted(column->name)) pairs.push_back({before.Find(column->name), column.get()});
  }
  for (const ColumnPtr& column : before.columns) {
    if (wanted(column->name) && after.Find(column->name) == nullptr) pairs.push_back({column.get(), nullptr});
  }
  return pairs;
}

bool SameValue(const CellPlace& a, const CellPlace& b) {
  if (a.column->is_text != b.column->is_text) return false;
  return a.column->is_text ? a.column->texts[*a.row] == b.column->texts[*b.row]
                           : a.column->numbers[*a.row] == b.column->numbers[*b.row];
}

// -1, 0, 1 as the row of `a` stands before, with or after that of `b`.
int Compare(const Keys& a, std::size_t row_a, const Keys& b, std::size_t row_b) {
  if (const int units = a.units[row_a].compare(b.units[row_b]); units != 0) return units < 0 ? -1 : 1;
  if (!a.has_time() || !b.has_time() || a.times[row_a] == b.times[row_b]) return 0;
  return a.times[row_a] < b.times[row_b] ? -1 : 1;
}

class Comparer {
 public:
  Comparer(const Table& before, const Table& after, const std::set<std::string>& variables,
           const std::function<Status(const CellChange&)>& each)
      : before_(before), after_(after), pairs_(PairColumns(before, after, variables)), each_(each) {}

  // Both orders are by unit and time, so one pass meets every pair of rows.
  Status Run(const std::stop_token& stop) {
    const std::vector<std::size_t>& left = before_.keys->order;
    const std::vector<std::size_t>& right = after_.keys->order;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < left.size() || j < right.size()) {
      if (stop.stop_requested()) return Cancelled();
      int order = 0;
      if (i == left.size()) {
        order = 1;
      } else if (j == right.size()) {
        order = -1;
      } else {
        order = Compare(*before_.keys, left[i], *after_.keys, right[j]);
      }
      const std::optional<std::size_t> before = order <= 0 ? std::optional(left[i++]) : std::nullopt;
      const std::optional<std::size_t> after = order >= 0 ? std::optional(right[j++]) : std::nullopt;
      FARRELL_RETURN_IF_ERROR(Row(before, after));
    }
    return Status::Ok();
  }

  Comparison Take() && {
    for (auto& [period, changes] : periods_) {
      if (changes.revised + changes.appeared + changes.vanished > 0) comparison_.periods.push_back(changes);
    }
    return std::move(comparison_);
  }

 private:
  Status Row(std::optional<std::size_t> before, std::optional<std::size_t> after) {
    const Keys& keys = after ? *after_.keys : *before_.keys;
    const std::size_t row = after ? *after : *before;
    CellChange change;
    change.unit = &keys.units[row];
    if (keys.has_time()) change.period = keys.times[row];
    PeriodChanges& counts = periods_[change.period.value_or(0)];
    counts.period = change.period;
    if (before && after) comparison_.compared += static_cast<std::int64_t>(pairs_.size());
    for (const ColumnPair& pair : pairs_) {
      change.before = {pair.before, before};
      change.after = {pair.after, after};
      const bool had = !change.before.IsMissing();
      const bool has = !change.after.IsMissing();
      if (!had && !has) continue;
      if (had && has) {
        if (SameValue(change.before, change.after)) continue;
        change.kind = ChangeKind::kRevised;
        ++counts.revised;
      } else {
        change.kind = has ? ChangeKind::kAppeared : ChangeKind::kVanished;
        ++(has ? counts.appeared : counts.vanished);
      }
      change.variable = &pair.name();
      if (each_) FARRELL_RETURN_IF_ERROR(each_(change));
    }
    return Status::Ok();
  }

  const Table& before_;
  const Table& after_;
  std::vector<ColumnPair> pairs_;
  const std::function<Status(const CellChange&)>& each_;
  std::map<std::int64_t, PeriodChanges> periods_;
  Comparison comparison_;
};

}  // namespace

std::optional<double> CellChange::RelativeChange() const {
  if (before.IsMissing() || after.IsMissing() || before.column->is_text || after.column->is_text) return std::nullopt;
  const double from = before.column->numbers[*before.row];
  const double relative = (after.column->numbers[*after.row] - from) / std::abs(from);
  return from != 0.0 && std::isfinite(relative) ? std::optional(relative) : std::nullopt;
}

Result<Comparison> CompareTables(const Table& before, const Table& after, const std::set<std::string>& variables,
                                 const std::function<Status(const CellChange&)>& each, const std::stop_token& stop) {
  const Keys& from = *before.keys;
  const Keys& to = *after.keys;
  if (from.unit_key != to.unit_key || from.time_key != to.time_key) {
    return FailedPrecondition("KEYS_DIFFER", "the tables have different key columns (unit " + from.unit_key +
                                                 ", time " + from.time_key + "; unit " + to.unit_key + ", time " +
                                                 to.time_key + "): their cells are not the same cells");
  }
  Comparer comparer(before, after, variables, each);
  FARRELL_RETURN_IF_ERROR(comparer.Run(stop));
  return std::move(comparer).Take();
}

Comparison AllAppeared(const Table& table) {
  std::map<std::int64_t, PeriodChanges> periods;
  const Keys& keys = *table.keys;
  for (std::size_t row = 0; row < keys.size(); ++row) {
    PeriodChanges& counts = periods[keys.has_time() ? keys.times[row] : 0];
    if (keys.has_time()) counts.period = keys.times[row];
    for (const ColumnPtr& column : table.columns) {
      if (column->name != keys.unit_key && column->name != keys.time_key && !column->IsMissing(row)) ++counts.appeared;
    }
  }
  Comparison comparison;
  for (const auto& [period, counts] : periods) {
    if (counts.appeared > 0) comparison.periods.push_back(counts);
  }
  return comparison;
}

}  // namespace farrell::data
