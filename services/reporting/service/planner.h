// A study → its steps in order, each with the request it makes and, where it can be known, its content key.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

struct Step {
  // "dea:main", "productivity:growth", "regression:t2", "trend:t2:log(ai)", "comparison:region", "specification:main",
  // "second_stage:main", "curve:main", "returns_to_scale:main", "nowcast:main",
  // "frontier:main" (the scores of a nowcast), "early_warning:main", "describe:t1", "report",
  // "projection:ID:estimate", "projection:ID:low", "projection:ID:high".
  std::string id;
  // "dea", "productivity", "regression", "trend", "comparison", "specification", "second_stage", "curve",
  // "returns_to_scale", "nowcast", "frontier", "early_warning", "projection", "describe",
  // "report".
  std::string kind;
  // Id of the study's entry, and where it stands: "regressions[2]".
  std::string entry;
  std::string field;
  // Trend only: the term whose trend is measured.
  std::string term;
  // Projection only: index of the slope among kSlopePoints (projection_requests.h makes the request from it).
  std::size_t slope_point = 0;
  // Id of the vintage on whose data it works (vintages.h); empty: on the study's own.
  std::string vintage = {};
  // What its data say of themselves, set with the snapshot (SetSnapshot).
  std::string known_at = {};
  bool synthetic = false;
  // Ids of the steps whose results it needs.
  std::vector<std::string> needs;
  // What to ask for; its table has everything but the snapshot. Nothing for the report, nor for a
  // projection until the slope is known.
  std::variant<std::monostate, dea::v1::EvaluateRequest, dea::v1::EvaluateNetworkRequest,
               dea::v1::MeasureProductivityRequest, regression::v1::FitRequest, regression::v1::CompareRequest,
               regression::v1::TestSpecificationRequest, regression::v1::SecondStageRequest,
               regression::v1::SpecificationCurveRequest, dea::v1::TestReturnsToScaleRequest,
               regression::v1::NowcastRequest, regression::v1::EarlyWarningRequest, data::v1::DescribeTableRequest>
      request;

  // Its result adds columns to the table (study_scores.h).
  bool is_scoring() const { return kind == "dea" || kind == "productivity"; }

  bool is_projection() const { return kind == "projection"; }

  // The result is kept under a content key.
  bool has_key() const { return kind != "describe" && kind != "report"; }
};

// In an order in which they can be executed: DEA first, the report last. `snapshot` gives the keys of the data. The
// study must be valid.
Result<std::vector<Step>> MakeSteps(const v1::Study& study, const data::v1::Snapshot& snapshot);

// As MakeSteps, for a study that is not valid: without the entries whose notation cannot be read.
std::vector<Step> MakeReadableSteps(const v1::Study& study, const data::v1::Snapshot& snapshot);

// The table that the step works on: `data`, or one derived from them, which says the same of itself.
void SetSnapshot(Step& step, const std::string& snapshot_digest, const data::v1::Snapshot& data);

// Ids of the steps whose scores the text uses, directly or through variables, in the study's order.
std::vector<std::string> ScoresUsed(const v1::Study& study, const std::string& text);

}  // namespace farrell::reporting
