#include "services/reporting/service/study_steps.h"

#include <map>
#include <utility>

#include "services/reporting/service/study_digest.h"
#include "services/reporting/service/study_tables.h"

namespace farrell::reporting {
namespace {

template <typename Wanted>
Status ExecuteThose(const RunEnvironment& environment, bool skip_cache_lookup, const std::stop_token& stop,
                    const StepObserver& observer, const std::string& scored_digest, FinishedStudy& finished,
                    const Wanted& wanted) {
  for (Step& step : finished.steps) {
    if (!wanted(step)) continue;
    if (stop.stop_requested()) return Cancelled();
    // A model that uses no score reads the table without them: its key is known before they are.
    SetSnapshot(step, step.needs.empty() ? finished.base.digest() : scored_digest);
    observer.on_begin(step);
    Result<StepResult> result = environment.runner.Run(step, skip_cache_lookup, stop, observer.progress);
    if (!result.ok()) return StepFailed(step.id, result.status());
    observer.on_finish(result->finished);
    finished.results.emplace(step.id, std::move(result).value());
  }
  return Status::Ok();
}

bool IsScoring(const Step& step) { return step.is_scoring(); }
bool UsesScores(const Step& step) { return !step.is_scoring() && step.kind != "report"; }

}  // namespace

FinishedStudy BeginStudy(const CheckedStudy& checked) {
  FinishedStudy finished;
  finished.study = checked.read.study;
  finished.snapshot = *checked.snapshot;
  finished.base = *checked.base;
  finished.layouts = checked.layouts;
  finished.withheld = checked.withheld;
  finished.digest =
      StudyDigest(finished.study, finished.snapshot.digest(), {finished.layouts.begin(), finished.layouts.end()});
  return finished;
}

v1::RunInputs InputsOf(const v1::StudySource& source, const CheckedStudy& checked) {
  v1::RunInputs inputs;
  *inputs.mutable_source() = source;
  inputs.mutable_source()->clear_uploads();
  v1::StudyUpload& upload = *inputs.mutable_source()->add_uploads();
  const v1::StudyData& data = checked.read.study.data();
  upload.set_path(data.file().empty() ? data.dataset() : DataPath(checked.read));
  upload.set_snapshot_digest(checked.snapshot->digest());
  return inputs;
}

Result<std::string> ExecuteSteps(const RunEnvironment& environment, bool skip_cache_lookup, const std::stop_token& stop,
                                 const StepObserver& observer, FinishedStudy& finished) {
  FARRELL_ASSIGN_OR_RETURN(finished.steps, MakeSteps(finished.study, finished.snapshot));
  FARRELL_RETURN_IF_ERROR(
      ExecuteThose(environment, skip_cache_lookup, stop, observer, finished.base.digest(), finished, IsScoring));
  std::map<std::string, v1::StoredStep> results;
  for (const Step& step : finished.steps) {
    if (step.is_scoring()) results[step.id] = finished.results.at(step.id).stored;
  }
  const Result<data::v1::Snapshot> scored =
      AddScores(environment.services, finished.study, finished.base, results, stop);
  if (!scored.ok()) return StepFailed("scores", scored.status());
  FARRELL_RETURN_IF_ERROR(
      ExecuteThose(environment, skip_cache_lookup, stop, observer, scored->digest(), finished, UsesScores));
  return scored->digest();
}

Result<PlacedSteps> PlaceSteps(const RunEnvironment& environment, const CheckedStudy& checked,
                               const std::function<Result<v1::StoredStep>(const Step&)>& kept,
                               const std::stop_token& stop) {
  PlacedSteps placed;
  FARRELL_ASSIGN_OR_RETURN(placed.steps, MakeSteps(checked.read.study, *checked.snapshot));
  std::map<std::string, v1::StoredStep> results;
  for (Step& step : placed.steps) {
    if (!step.is_scoring()) continue;
    SetSnapshot(step, checked.base->digest());
    FARRELL_ASSIGN_OR_RETURN(results[step.id], kept(step));
  }
  FARRELL_ASSIGN_OR_RETURN(const data::v1::Snapshot scored,
                           AddScores(environment.services, checked.read.study, *checked.base, results, stop));
  placed.scored_digest = scored.digest();
  for (Step& step : placed.steps) {
    if (UsesScores(step)) SetSnapshot(step, step.needs.empty() ? checked.base->digest() : scored.digest());
  }
  return placed;
}

}  // namespace farrell::reporting
