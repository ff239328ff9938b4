// Do scores draw together? Their spread by period, over all units and within groups (sigma convergence).
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "common/numeric/elementary.h"
#include "services/reporting/engine/period_trend.h"
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

}  // namespace

Result<Table> BuildConvergenceTable(const DeaFacts& dea, const ClassificationFacts* classification,
                                    const TableOptions& options) {
  const Words& words = options.words;
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  if (periods.size() < 2) {
    return NothingToShow(words("the scores of '{1}' stand in fewer than two periods", {dea.id}));
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
                           std::move(change), Cell::OptionalReal(PeriodTrend(periods, spreads), 4)},
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
