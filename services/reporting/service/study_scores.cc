#include "services/reporting/service/study_scores.h"

#include <algorithm>
#include <array>
#include <string_view>

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
    const auto add = [&](const char* kind, const char* label) {
      columns.push_back({std::string(kind) + "." + dea.id(), "dea:" + dea.id(), label + named});
    };
    add("score", "Score: ");
    if (!dea.metafrontier().empty()) add("group_score", "Score in own group: ");
    if (!dea.metafrontier().empty()) add("gap_ratio", "Technology gap ratio: ");
    if (HasBootstrap(dea)) add("corrected", "Bias-corrected score: ");
    if (!dea.intermediates().empty()) add("stage1", "Stage 1: ");
    if (!dea.intermediates().empty()) add("stage2", "Stage 2: ");
  }
  for (const v1::StudyProductivity& entry : study.productivity()) {
    const std::string named = entry.label().empty() ? entry.id() : entry.label();
    const auto add = [&](const char* kind, const char* label) {
      columns.push_back({std::string(kind) + "." + entry.id(), "productivity:" + entry.id(), label + named});
    };
    add("index", "Productivity change: ");
    add("efficiency_change", "Efficiency change: ");
    add("technical_change", "Technical change: ");
  }
  return columns;
}

std::string ChannelRegression(const std::string& channels_id, std::string_view part) {
  return channels_id + "_" + std::string(part);
}

bool IsScoreName(const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot != std::string::npos && std::find(kKinds.begin(), kKinds.end(), name.substr(0, dot)) != kKinds.end();
}

}  // namespace farrell::reporting
