#include "services/reporting/service/score_values.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farrell::reporting {
namespace {

std::string KindOf(const std::string& name) { return name.substr(0, name.find('.')); }

std::optional<double> ValueOf(const std::string& kind, const dea::v1::UnitResult& unit) {
  if (kind == "score" && unit.has_score()) return unit.score();
  if (kind == "group_score" && unit.has_group_score()) return unit.group_score();
  if (kind == "gap_ratio" && unit.has_gap_ratio()) return unit.gap_ratio();
  if (kind == "corrected" && unit.has_interval()) return unit.interval().corrected();
  return std::nullopt;
}

std::optional<double> ValueOf(const std::string& kind, const dea::v1::NetworkResult& unit) {
  if (kind == "score" && unit.has_score()) return unit.score();
  if (kind == "stage1" && unit.has_stage1_first()) return unit.stage1_first();
  if (kind == "stage2" && unit.has_stage2_first()) return unit.stage2_first();
  return std::nullopt;
}

std::optional<double> ValueOf(const std::string& kind, const dea::v1::ProductivityResult& change) {
  if (kind == "index" && change.has_index()) return change.index();
  if (kind == "efficiency_change" && change.has_efficiency_change()) return change.efficiency_change();
  if (kind == "technical_change" && change.has_technical_change()) return change.technical_change();
  return std::nullopt;
}

template <typename Results>
data::v1::AttachedColumn ColumnOf(const ScoreColumn& told, const Results& results, std::int64_t row_count) {
  data::v1::AttachedColumn column;
  column.set_name(told.name);
  column.set_label(told.label);
  const std::string kind = KindOf(told.name);
  const auto rows = static_cast<std::size_t>(row_count);
  std::vector<double> values(rows, 0);
  std::string missing(rows, '\1');
  for (const auto& result : results) {
    const std::optional<double> value = ValueOf(kind, result);
    if (!value || result.row() < 0 || result.row() >= row_count) continue;
    values[static_cast<std::size_t>(result.row())] = *value;
    missing[static_cast<std::size_t>(result.row())] = '\0';
  }
  column.mutable_values()->Add(values.begin(), values.end());
  column.set_missing(std::move(missing));
  return column;
}

}  // namespace

data::v1::AttachedColumn ReadScoreColumn(const ScoreColumn& column, const v1::StoredStep& result,
                                         std::int64_t row_count) {
  if (result.has_network()) return ColumnOf(column, result.network().results(), row_count);
  if (result.has_productivity()) return ColumnOf(column, result.productivity().results(), row_count);
  return ColumnOf(column, result.evaluation().units(), row_count);
}

}  // namespace farrell::reporting
