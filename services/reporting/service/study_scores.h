// The columns that the dea service adds to a study's table, and whose they are.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Name of the column that holds the scores of a DEA: "score.ID".
std::string ScoreName(const std::string& dea_id);

struct ScoreColumn {
  std::string name;   // "score.main"
  std::string step;   // id of the step that computes it: "dea:main", "productivity:growth"
  std::string label;  // for tables
  // The label as a sentence of Words about the study's own label.
  std::string_view of;
  std::string named;
};

// In the study's order: for a DEA `score`, and with a metafrontier `group_score` and `gap_ratio`, with a bootstrap
// `corrected`, of a two-stage system `stage1` and `stage2`; for productivity `index`, `efficiency_change`,
// `technical_change`; each with ".ID" behind it.
std::vector<ScoreColumn> ScoreColumns(const v1::Study& study);

// The regressions behind a split into channels: of the log output, the log score, the log target.
inline constexpr std::array<std::string_view, 3> kChannelParts = {"total", "efficiency", "inputs"};
std::string ChannelRegression(const std::string& channels_id, std::string_view part);

// Where regression `index` was written: "regressions[2]", or "channels[0]" for one that a split made.
std::string RegressionField(const v1::Study& study, int index);

// Whether names of this kind belong to such columns: "score.x", "index.x", ….
bool IsScoreName(const std::string& name);

}  // namespace farrell::reporting
