// How far each group's own technology is from that of all groups together (O'Donnell, Rao & Battese 2008).
#include <algorithm>
#include <map>

#include "services/reporting/engine/period_trend.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/table.h"
#include "services/reporting/engine/unit_groups.h"

namespace farrell::reporting {
namespace {

std::optional<double> Mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The scores of one group.
struct GroupGaps {
  std::vector<double> scores;
  std::vector<double> group_scores;
  std::vector<double> ratios;
  std::map<std::int64_t, std::vector<double>> ratios_of_period;

  void Add(const ScoreFacts& row) {
    scores.push_back(*row.score);
    group_scores.push_back(*row.group_score);
    ratios.push_back(*row.gap_ratio);
    if (row.time) ratios_of_period[*row.time].push_back(*row.gap_ratio);
  }
  std::optional<double> Least() const {
    return ratios.empty() ? std::nullopt : std::optional(*std::min_element(ratios.begin(), ratios.end()));
  }
  std::optional<double> Trend() const {
    std::vector<std::int64_t> periods;
    std::vector<std::optional<double>> means;
    for (const auto& [period, values] : ratios_of_period) {
      periods.push_back(period);
      means.push_back(Mean(values));
    }
    return PeriodTrend(periods, means);
  }
};

}  // namespace

Result<Table> BuildGapsTable(const DeaFacts& dea, const ClassificationFacts* classification,
                             const TableOptions& options) {
  if (dea.metafrontier.empty()) {
    return InvalidArgument("TABLE_INVALID", "dea '" + dea.id + "' has no metafrontier");
  }
  const Words& words = options.words;
  const UnitGroups groups = GroupUnits(classification, words);
  std::map<std::string, GroupGaps> gaps;
  for (const ScoreFacts& row : dea.scores) {
    if (!row.score || !row.group_score || !row.gap_ratio) continue;
    gaps[""].Add(row);
    if (const auto group = groups.of_unit.find(row.unit); group != groups.of_unit.end()) gaps[group->second].Add(row);
  }
  Table table = TableFrame("gaps", options);
  table.columns = {{"score", words("All groups"), false},      {"group_score", words("Own group"), false},
                   {"gap_ratio", words("Mean"), false},        {"gap_ratio_min", words("Min"), false},
                   {"trend", words("Change a period"), false}, {"count", words("Scores"), false}};
  table.spanners = {{words("Mean score against"), 0, 1}, {words("Technology gap ratio"), 2, 4}};
  Panel panel;
  for (const auto& [name, label] : groups.rows) {
    const GroupGaps& group = gaps[name];
    panel.rows.push_back(
        {"gaps:" + (name.empty() ? "all" : name),
         label,
         Row::Role::kBody,
         {Cell::OptionalReal(Mean(group.scores), 3), Cell::OptionalReal(Mean(group.group_scores), 3),
          Cell::OptionalReal(Mean(group.ratios), 3), Cell::OptionalReal(group.Least(), 3),
          Cell::OptionalReal(group.Trend(), 4), Cell::Count(static_cast<std::int64_t>(group.ratios.size()))},
         name.empty()});
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("Technology gap ratio: the score against all groups over the score against the own group; 1 where the own "
            "group spans the common frontier. The change a period is the slope of a straight line through the means of "
            "the periods; no inference is attached to it."));
  // The groups of a column that is not one of units.
  if (classification != nullptr && classification->groups.empty()) {
    table.notes.push_back(words("{1} changes within units: no rows by group.", {classification->name}));
  }
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
