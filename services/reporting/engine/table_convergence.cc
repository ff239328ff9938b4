// Do scores draw together? Their spread by period, over all units and within groups (sigma convergence).
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "common/numeric/elementary.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/table.h"
#include "services/reporting/engine/unit_groups.h"

namespace farrell::reporting {
namespace {

// Standard deviation with n - 1; unset below two values.
std::optional<double> Spread(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

// The slope of spread on period, for a direction in one number.
std::optional<double> Trend(const std::vector<std::int64_t>& periods,
                            const std::vector<std::optional<double>>& spreads) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (!spreads[i]) continue;
    x.push_back(static_cast<double>(periods[i]));
    y.push_back(*spreads[i]);
  }
  if (x.size() < 3) return std::nullopt;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i], mean_y += y[i];
  mean_x /= static_cast<double>(x.size());
  mean_y /= static_cast<double>(x.size());
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 ? std::optional(xy / xx) : std::nullopt;
}

}  // namespace

Result<Table> BuildConvergenceTable(const DeaFacts& dea, const ClassificationFacts* classification,
                                    const TableOptions& options) {
  const Words& words = options.words;
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  if (periods.size() < 2) {
    return InvalidArgument("TABLE_INVALID", "scores of '" + dea.id + "' stand in fewer than two periods");
  }
  const UnitGroups groups = GroupUnits(classification, words);
  std::map<std::pair<std::string, std::int64_t>, std::vector<double>> logs;
  for (const ScoreFacts& row : dea.scores) {
    if (!row.score || !row.time || *row.score <= 0) continue;
    const double value = numeric::Log(*row.score);
    logs[{"", *row.time}].push_back(value);
    if (const auto group = groups.of_unit.find(row.unit); group != groups.of_unit.end())
      logs[{group->second, *row.time}].push_back(value);
  }
  Table table = TableFrame("convergence", options);
  table.columns = {{"first", std::to_string(periods.front()), false},
                   {"last", std::to_string(periods.back()), false},
                   {"change", words("Change"), false},
                   {"trend", words("Change a period"), false}};
  table.spanners = {{words("Standard deviation of log scores"), 0, 3}};
  Panel panel;
  for (const auto& [name, label] : groups.rows) {
    std::vector<std::optional<double>> spreads;
    for (const std::int64_t period : periods) {
      const auto found = logs.find({name, period});
      spreads.push_back(found == logs.end() ? std::nullopt : Spread(found->second));
    }
    Cell change = Cell::Empty();
    if (spreads.front() && spreads.back()) change = Cell::Real(*spreads.back() - *spreads.front(), 3);
    panel.rows.push_back({"sigma:" + (name.empty() ? "all" : name),
                          label,
                          Row::Role::kBody,
                          {Cell::OptionalReal(spreads.front(), 3), Cell::OptionalReal(spreads.back(), 3),
                           std::move(change), Cell::OptionalReal(Trend(periods, spreads), 4)},
                          name.empty()});
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("A falling spread is sigma convergence. The change a period is the slope of a straight line through the "
            "spreads of all periods; no inference is attached to it."));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
