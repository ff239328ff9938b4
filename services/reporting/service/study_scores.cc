#include "services/reporting/service/study_scores.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "services/reporting/engine/words.h"

namespace farrell::reporting {
namespace {

constexpr std::array<std::string_view, 9> kKinds = {"score",           "group_score", "gap_ratio", "corrected",
                                                    "stage1",          "stage2",      "index",     "efficiency_change",
                                                    "technical_change"};

bool HasBootstrap(const v1::StudyDea& dea) { return !dea.bootstrap().empty() && dea.bootstrap() != "none"; }

}  // namespace

std::string ScoreName(const std::string& dea_id) { return "score." + dea_id; }

std::vector<ScoreColumn> ScoreColumns(const v1::Study& study) {
  std::vector<ScoreColumn> columns;
  for (const v1::StudyDea& dea : study.dea()) {
    const std::string named = dea.label().empty() ? dea.id() : dea.label();
    const auto add = [&](const char* kind, std::string_view of) {
      columns.push_back({std::string(kind) + "." + dea.id(), "dea:" + dea.id(), Words()(of, {named}), of, named});
    };
    add("score", Said("Score: {1}"));
    if (!dea.metafrontier().empty()) add("group_score", Said("Score in own group: {1}"));
    if (!dea.metafrontier().empty()) add("gap_ratio", Said("Technology gap ratio: {1}"));
    if (HasBootstrap(dea)) add("corrected", Said("Bias-corrected score: {1}"));
    if (!dea.intermediates().empty()) add("stage1", Said("Stage 1: {1}"));
    if (!dea.intermediates().empty()) add("stage2", Said("Stage 2: {1}"));
  }
  for (const v1::StudyProductivity& entry : study.productivity()) {
    const std::string named = entry.label().empty() ? entry.id() : entry.label();
    const auto add = [&](const char* kind, std::string_view of) {
      columns.push_back(
          {std::string(kind) + "." + entry.id(), "productivity:" + entry.id(), Words()(of, {named}), of, named});
    };
    add("index", Said("Productivity change: {1}"));
    add("efficiency_change", Said("Efficiency change: {1}"));
    add("technical_change", Said("Technical change: {1}"));
  }
  return columns;
}

std::string ChannelRegression(const std::string& channels_id, std::string_view part) {
  return channels_id + "_" + std::string(part);
}

std::string RegressionField(const v1::Study& study, int index) {
  const std::string& id = study.regressions(index).id();
  for (int c = 0; c < study.channels_size(); ++c) {
    for (const std::string_view part : kChannelParts) {
      if (id != ChannelRegression(study.channels(c).id(), part)) continue;
      // One of the study's own may have taken the name; those of splits stand behind them.
      if (index + static_cast<int>(kChannelParts.size()) * study.channels_size() >= study.regressions_size())
        return "channels[" + std::to_string(c) + "]";
    }
  }
  return "regressions[" + std::to_string(index) + "]";
}

bool IsScoreName(const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && std::find(kKinds.begin(), kKinds.end(), name.substr(0, dot)) != kKinds.end();
}

}  // namespace farrell::reporting
