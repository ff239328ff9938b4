#include "services/reporting/service/study_steps.h"

#include <map>
#include <utility>
#include <vector>

#include "services/reporting/service/study_digest.h"
#include "services/reporting/service/study_tables.h"

namespace farrell::reporting {
namespace {

// What went wrong in steps that the others do not need: told together, each with its place in the study.
class Failures {
 public:
  explicit Failures(const Places& places) : places_(places) {}

  // False when nothing more can be done: nobody waits, or a service is away.
  bool Add(const Step& step, const Status& cause) {
    const Status failed = StepFailed(step.id, cause);
    if (failed.code() != Code::kFailedPrecondition) {
      failed_ = failed;
      violations_.clear();
      return false;
    }
    message_ += (message_.empty() ? "" : "; ") + failed.message();
    if (failed_.ok()) failed_ = failed;
    ++count_;
    const Place place = places_.Find(step.field);
    v1::StudyProblem problem;
    problem.set_file(place.file);
    problem.set_line(place.line);
    problem.set_column(place.column);
    problem.set_message(cause.message());
    violations_.push_back({step.field, FormatProblem(problem)});
    for (const FieldViolation& violation : cause.violations()) {
      violations_.push_back({step.field + "." + violation.field, violation.description});
    }
    return true;
  }

  bool empty() const { return failed_.ok(); }

  Status Finish() {
    if (failed_.ok() || violations_.empty()) return failed_;
    Status all(failed_.code(), failed_.reason(),
               count_ == 1 ? failed_.message() : std::to_string(count_) + " steps failed: " + message_);
    for (const auto& [key, value] : failed_.metadata()) all.With(key, value);
    return std::move(all).WithViolations(std::move(violations_));
  }

 private:
  const Places& places_;
  Status failed_;
  int count_ = 0;
  std::string message_;
  std::vector<FieldViolation> violations_;
};

// False when the run must end at once.
template <typename Wanted>
bool ExecuteThose(const RunEnvironment& environment, bool skip_cache_lookup, const std::stop_token& stop,
                  const StepObserver& observer, const std::string& scored_digest, FinishedStudy& finished,
                  Failures& failures, const Wanted& wanted) {
  for (Step& step : finished.steps) {
    if (!wanted(step)) continue;
    if (stop.stop_requested()) return failures.Add(step, Cancelled());
    // A model that uses no score reads the table without them: its key is known before they are.
    SetSnapshot(step, step.needs.empty() ? finished.base.digest() : scored_digest);
    observer.on_begin(step);
    Result<StepResult> result = environment.runner.Run(step, skip_cache_lookup, stop, observer.progress);
    if (!result.ok()) {
      if (!failures.Add(step, result.status())) return false;
      continue;
    }
    observer.on_finish(result->finished);
    finished.results.emplace(step.id, std::move(result).value());
  }
  return true;
}

bool IsScoring(const Step& step) { return step.is_scoring(); }
bool IsModel(const Step& step) { return !step.is_scoring() && step.kind != "report"; }
bool UsesNoScores(const Step& step) { return IsModel(step) && step.needs.empty(); }

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

Result<std::string> ExecuteSteps(const RunEnvironment& environment, const Places& places, bool skip_cache_lookup,
                                 const std::stop_token& stop, const StepObserver& observer, FinishedStudy& finished) {
  FARRELL_ASSIGN_OR_RETURN(finished.steps, MakeSteps(finished.study, finished.snapshot));
  Failures failures(places);
  const auto execute = [&](const std::string& digest, bool (*wanted)(const Step&)) {
    return ExecuteThose(environment, skip_cache_lookup, stop, observer, digest, finished, failures, wanted);
  };
  if (!execute(finished.base.digest(), IsScoring)) return failures.Finish();
  if (!failures.empty()) {
    // Without all scores there is no table for models that use some; the others show their own mistakes.
    execute(finished.base.digest(), UsesNoScores);
    return failures.Finish();
  }
  std::map<std::string, v1::StoredStep> results;
  for (const Step& step : finished.steps) {
    if (step.is_scoring()) results[step.id] = finished.results.at(step.id).stored;
  }
  const Result<data::v1::Snapshot> scored =
      AddScores(environment.services, finished.study, finished.base, results, stop);
  if (!scored.ok()) return StepFailed("scores", scored.status());
  execute(scored->digest(), IsModel);
  if (!failures.empty()) return failures.Finish();
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
    if (IsModel(step)) SetSnapshot(step, step.needs.empty() ? checked.base->digest() : scored.digest());
  }
  return placed;
}

}  // namespace farrell::reporting
