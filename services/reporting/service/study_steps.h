// The steps of a checked study, executed one after the other: what a run and a replay have in common.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/checked_study.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// A study of which nothing is computed yet. It must be runnable.
FinishedStudy BeginStudy(const CheckedStudy& checked);

// What a run is made from: the source, with the snapshots of the data and then of every vintage as its uploads.
v1::RunInputs InputsOf(const v1::StudySource& source, const CheckedStudy& checked);

// Who is told of the steps.
struct StepObserver {
  std::function<void(const Step&)> on_begin;
  std::function<void(const v1::FinishedStep&)> on_finish;
  ProgressSink progress;
};

// Plans and executes every step but the report. Returns the digest of the snapshot that has every variable and score.
// A step that fails does not keep the others from being executed, unless they need it: errors are those of StepFailed,
// with every step that failed and, from `places`, where it stands. What the data of a vintage do not allow is no error:
// FinishedStudy::not_allowed.
Result<std::string> ExecuteSteps(const RunEnvironment& environment, const Places& places, bool skip_cache_lookup,
                                 const std::stop_token& stop, const StepObserver& observer, FinishedStudy& finished);

// The steps with the snapshots that their requests name, as ExecuteSteps leaves them: `kept` gives the result of a
// scoring step and of one that a projection needs, or nothing for one that the data of a vintage did not allow.
// `scored_digest` as ExecuteSteps returns it.
struct PlacedSteps {
  std::vector<Step> steps;
  std::string scored_digest;
};
Result<PlacedSteps> PlaceSteps(const RunEnvironment& environment, const CheckedStudy& checked,
                               const std::function<Result<std::optional<v1::StoredStep>>(const Step&)>& kept,
                               const std::stop_token& stop);

}  // namespace farrell::reporting
