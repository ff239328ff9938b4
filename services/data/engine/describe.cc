#include "services/data/engine/describe.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "common/numeric/quantile.h"
#include "services/data/engine/not_numeric.h"
#include "services/data/engine/statistics.h"

namespace farrell::data {
namespace {

std::optional<double> IfFinite(double value) {
  return std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

// Spread of the unit means and around them; `rows` are in (unit, time) order and have a value.
void DescribeSpreads(const Keys& keys, const Column& column, const std::vector<std::size_t>& rows,
                     ColumnStatistics& statistics) {
  std::vector<double> means;
  std::vector<double> deviations;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    std::vector<double> values;
    while (end < rows.size() && keys.units[rows[end]] == keys.units[rows[begin]]) {
      values.push_back(column.numbers[rows[end]]);
      ++end;
    }
    const double mean = Mean(values);
    means.push_back(mean);
    for (const double value : values) deviations.push_back(value - mean);
    begin = end;
  }
  if (means.size() > 1) statistics.sd_between = IfFinite(SampleSd(means));
  // Adding the grand mean to the deviations would only cost digits: the spread is the same.
  if (deviations.size() > 1) statistics.sd_within = IfFinite(SampleSd(deviations));
}

ColumnStatistics DescribeColumn(const Keys& keys, const Column& column, const std::vector<std::size_t>& rows) {
  ColumnStatistics statistics;
  statistics.column = column.name;
  std::vector<double> values;
  std::vector<std::size_t> present;
  for (const std::size_t row : rows) {
    if (std::isnan(column.numbers[row])) continue;
    values.push_back(column.numbers[row]);
    present.push_back(row);
  }
  statistics.count = static_cast<std::int64_t>(values.size());
  statistics.missing_count = static_cast<std::int64_t>(rows.size() - values.size());
  if (values.empty()) return statistics;
  statistics.mean = IfFinite(Mean(values));
  if (values.size() > 1) statistics.sd = IfFinite(SampleSd(values));
  if (keys.has_time()) DescribeSpreads(keys, column, present, statistics);
  std::sort(values.begin(), values.end());
  statistics.min = values.front();
  statistics.p25 = IfFinite(numeric::Quantile(values, 0.25));
  statistics.median = IfFinite(numeric::Quantile(values, 0.5));
  statistics.p75 = IfFinite(numeric::Quantile(values, 0.75));
  statistics.max = values.back();
  return statistics;
}

// A group's name and its rows in (unit, time) order.
struct Group {
  std::string name;
  std::vector<std::size_t> rows;
};

std::string NumberName(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.15g", value);
  return text;
}

std::vector<Group> GroupRows(const std::vector<std::size_t>& rows, const Column* by) {
  if (by == nullptr) return {{"", rows}};
  std::map<std::string, std::vector<std::size_t>> by_text;
  std::map<double, std::vector<std::size_t>> by_number;
  std::vector<std::size_t> without;
  for (const std::size_t row : rows) {
    if (by->IsMissing(row)) {
      without.push_back(row);
    } else if (by->is_text) {
      by_text[by->texts[row]].push_back(row);
    } else {
      by_number[by->numbers[row]].push_back(row);
    }
  }
  std::vector<Group> groups;
  groups.reserve(by_text.size() + by_number.size() + 1);
  for (auto& [text, members] : by_text) groups.push_back({text, std::move(members)});
  for (auto& [number, members] : by_number) groups.push_back({NumberName(number), std::move(members)});
  if (!without.empty()) groups.push_back({"", std::move(without)});
  return groups;
}

std::vector<PeriodCompleteness> CountPeriods(const View& view, const std::vector<std::size_t>& rows) {
  const Keys& keys = *view.table.keys;
  std::map<std::int64_t, PeriodCompleteness> periods;
  const std::string* last_unit = nullptr;
  for (const std::size_t row : rows) {
    const std::int64_t period = keys.has_time() ? keys.times[row] : 0;
    PeriodCompleteness& entry = periods[period];
    if (keys.has_time()) entry.period = period;
    entry.present_counts.resize(view.columns.size());
    // In a period every row is another unit; in a cross-section, too, unless a unit is named twice.
    if (keys.has_time() || last_unit == nullptr || *last_unit != keys.units[row]) ++entry.unit_count;
    last_unit = &keys.units[row];
    for (std::size_t index = 0; index < view.columns.size(); ++index) {
      if (!view.columns[index]->IsMissing(row)) ++entry.present_counts[index];
    }
  }
  std::vector<PeriodCompleteness> ordered;
  ordered.reserve(periods.size());
  for (auto& [period, entry] : periods) ordered.push_back(std::move(entry));
  return ordered;
}

}  // namespace

Result<Description> Describe(const View& view, const Column* by, const std::stop_token& stop) {
  std::vector<FieldViolation> cells;
  std::string message;
  for (const ColumnPtr& column : view.columns) {
    if (!column->is_text) continue;
    NotNumericCells found = FindNotNumeric(view.table, *column);
    if (!message.empty()) message += "\n";
    message += found.message;
    if (found.cells.empty()) found.cells.push_back({"column " + column->name, found.message});
    cells.insert(cells.end(), found.cells.begin(), found.cells.end());
  }
  if (!message.empty()) return InvalidArgument("NOT_NUMERIC", message).WithViolations(std::move(cells));

  const Keys& keys = *view.table.keys;
  std::vector<bool> kept(keys.size(), false);
  for (const std::int64_t row : view.rows) kept[static_cast<std::size_t>(row)] = true;
  std::vector<std::size_t> rows;
  for (const std::size_t row : keys.order) {
    if (kept[row]) rows.push_back(row);
  }

  Description description;
  for (const Group& group : GroupRows(rows, by)) {
    for (const ColumnPtr& column : view.columns) {
      if (stop.stop_requested()) return Cancelled();
      description.columns.push_back(DescribeColumn(keys, *column, group.rows));
      description.columns.back().group = group.name;
    }
  }
  description.completeness = CountPeriods(view, rows);
  return description;
}

}  // namespace farrell::data
