#include "services/reporting/service/study_steps.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "common/access/data_access.h"
#include "services/reporting/service/projection_steps.h"
#include "services/reporting/service/study_data_check.h"
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
    Tell(step.field, FormatProblem(problem));
    for (const FieldViolation& violation : cause.violations()) {
      Tell(step.field + "." + violation.field, violation.description);
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
  // Once, though several steps of an entry fail for one reason.
  void Tell(const std::string& field, const std::string& description) {
    const auto same = [&](const FieldViolation& told) {
      return told.field == field && told.description == description;
    };
    if (std::none_of(violations_.begin(), violations_.end(), same)) violations_.push_back({field, description});
  }

  const Places& places_;
  Status failed_;
  int count_ = 0;
  std::string message_;
  std::vector<FieldViolation> violations_;
};

bool IsScoring(const Step& step) { return step.is_scoring(); }
bool IsProjection(const Step& step) { return step.is_projection(); }
bool IsModel(const Step& step) { return !step.is_scoring() && !step.is_projection() && step.kind != "report"; }
bool UsesNoScores(const Step& step) { return IsModel(step) && step.needs.empty(); }

// Why the data of a vintage do not allow a step: what the service says, with its first example.
std::string ReasonOf(const Status& status) {
  const auto line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  std::string reason = line(status.message());
  if (status.violations().empty()) return reason;
  const std::string example = line(status.violations().front().description);
  return reason.find(example) == std::string::npos ? reason + "; " + example : reason;
}

// The name of a scoring step in the study it is of.
std::string ScoringName(const Step& step) { return step.kind + ":" + step.entry; }

class Execution {
 public:
  Execution(const RunEnvironment& environment, const Places& places, bool skip_cache_lookup,
            const std::stop_token& stop, const StepObserver& observer, FinishedStudy& finished)
      : environment_(environment),
        skip_cache_lookup_(skip_cache_lookup),
        stop_(stop),
        observer_(observer),
        finished_(finished),
        projections_(environment.services, finished.study, finished.base),
        failures_(places) {}

  Result<std::string> Execute() {
    const std::vector<StudyOnData> all = OnAllData(finished_.study, finished_.base, finished_.vintages);
    FARRELL_ASSIGN_OR_RETURN(std::string scored_digest, ExecuteOn(all.front()));
    for (std::size_t i = 1; i < all.size(); ++i) FARRELL_RETURN_IF_ERROR(ExecuteOn(all[i]).status());
    finished_.projections = projections_.rows();
    return scored_digest;
  }

 private:
  // The steps on some data: scores, then models, then projections of models. Returns the digest of the table with every
  // variable and score.
  Result<std::string> ExecuteOn(const StudyOnData& on) {
    if (!ExecuteThose(on, on.base->digest(), IsScoring)) return failures_.Finish();
    std::map<std::string, v1::StoredStep> results;
    bool all = true;
    for (const Step& step : finished_.steps) {
      if (!on.Has(step) || !step.is_scoring()) continue;
      const auto found = finished_.results.find(step.id);
      all = all && found != finished_.results.end();
      if (all) results[ScoringName(step)] = found->second.stored;
    }
    // Without all scores there is no table for models that use some; the others show their own mistakes.
    if (!all) return ExecuteWithoutScores(on);
    const Result<data::v1::Snapshot> scored = AddScores(environment_.services, *on.study, *on.base, results, stop_);
    if (!scored.ok()) {
      if (on.vintage.empty() || !IsMistake(scored.status())) return StepFailed("scores", scored.status());
      return ExecuteWithoutScores(on, ReasonOf(scored.status()));
    }
    for (const auto wanted : {IsModel, IsProjection}) {
      if (!ExecuteThose(on, scored->digest(), wanted) || !failures_.empty()) return failures_.Finish();
    }
    return scored->digest();
  }

  Result<std::string> ExecuteWithoutScores(const StudyOnData& on, std::string why = {}) {
    if (!ExecuteThose(on, on.base->digest(), UsesNoScores) || !failures_.empty()) return failures_.Finish();
    // Only a vintage goes on without scores.
    for (const Step& step : finished_.steps) {
      if (!on.Has(step) || !step.is_scoring() || !finished_.not_allowed.contains(step.id)) continue;
      why += (why.empty() ? "" : "; ") + ScoringName(step) + ": " + finished_.not_allowed.at(step.id);
    }
    for (const Step& step : finished_.steps) {
      if (on.Has(step) && IsModel(step) && !step.needs.empty()) finished_.not_allowed[step.id] = why;
    }
    return on.base->digest();
  }

  // False when the run must end at once.
  bool ExecuteThose(const StudyOnData& on, const std::string& scored_digest, bool (*wanted)(const Step&)) {
    for (Step& step : finished_.steps) {
      if (!on.Has(step) || !wanted(step)) continue;
      if (stop_.stop_requested()) return failures_.Add(step, Cancelled());
      if (step.is_projection()) {
        const v1::StoredStep& fit = finished_.results.at(FitBehind(*on.study, step)).stored;
        const Status completed = projections_.Complete(step, fit, scored_digest, stop_);
        if (!completed.ok() && !Fail(step, completed)) return false;
        if (!completed.ok()) continue;
      }
      // A model that uses no score reads the table without them: its key is known before they are.
      SetSnapshot(step, step.needs.empty() ? on.base->digest() : scored_digest, *on.base);
      observer_.on_begin(step);
      Result<StepResult> result = environment_.runner.Run(step, skip_cache_lookup_, stop_, observer_.progress);
      if (!result.ok()) {
        if (!Fail(step, result.status())) return false;
        continue;
      }
      observer_.on_finish(result->finished);
      finished_.results.emplace(step.id, std::move(result).value());
    }
    return true;
  }

  // What the data of a vintage do not allow is an outcome.
  bool Fail(const Step& step, const Status& cause) {
    if (step.vintage.empty() || !IsMistake(cause)) return failures_.Add(step, cause);
    finished_.not_allowed[step.id] = ReasonOf(cause);
    return true;
  }

  const RunEnvironment& environment_;
  const bool skip_cache_lookup_;
  const std::stop_token& stop_;
  const StepObserver& observer_;
  FinishedStudy& finished_;
  ProjectionSteps projections_;
  Failures failures_;
};

}  // namespace

FinishedStudy BeginStudy(const CheckedStudy& checked) {
  FinishedStudy finished;
  finished.study = checked.read.study;
  finished.snapshot = *checked.snapshot;
  finished.base = *checked.base;
  finished.layouts = checked.layouts;
  finished.withheld = checked.withheld;
  finished.vintages = checked.vintages;
  std::vector<std::pair<std::string, std::string>> vintages;
  for (const StudyOnVintage& vintage : finished.vintages) vintages.emplace_back(vintage.id, vintage.snapshot.digest());
  finished.digest = StudyDigest(finished.study, finished.snapshot.digest(),
                                {finished.layouts.begin(), finished.layouts.end()}, vintages);
  return finished;
}

v1::RunInputs InputsOf(const v1::StudySource& source, const CheckedStudy& checked) {
  v1::RunInputs inputs;
  inputs.set_project(access::DataAccess::OfCurrentCall().project());
  *inputs.mutable_source() = source;
  inputs.mutable_source()->clear_uploads();
  const auto add = [&](const NamedData& data, const data::v1::Snapshot& snapshot) {
    v1::StudyUpload& upload = *inputs.mutable_source()->add_uploads();
    upload.set_path(UploadPath(checked.read, data));
    upload.set_snapshot_digest(snapshot.digest());
  };
  add(OwnData(checked.read), *checked.snapshot);
  for (std::size_t i = 0; i < checked.vintages.size(); ++i) {
    add(VintageData(checked.read, static_cast<int>(i)), checked.vintages[i].snapshot);
  }
  return inputs;
}

Result<std::string> ExecuteSteps(const RunEnvironment& environment, const Places& places, bool skip_cache_lookup,
                                 const std::stop_token& stop, const StepObserver& observer, FinishedStudy& finished) {
  FARRELL_ASSIGN_OR_RETURN(finished.steps, MakeSteps(finished.study, finished.snapshot, finished.vintages));
  return Execution(environment, places, skip_cache_lookup, stop, observer, finished).Execute();
}

Result<PlacedSteps> PlaceSteps(const RunEnvironment& environment, const CheckedStudy& checked,
                               const std::function<Result<std::optional<v1::StoredStep>>(const Step&)>& kept,
                               const std::stop_token& stop) {
  PlacedSteps placed;
  FARRELL_ASSIGN_OR_RETURN(placed.steps, MakeSteps(checked.read.study, *checked.snapshot, checked.vintages));
  for (const StudyOnData& on : OnAllData(checked.read.study, *checked.base, checked.vintages)) {
    std::map<std::string, v1::StoredStep> results;
    bool all = true;
    for (Step& step : placed.steps) {
      if (!on.Has(step) || !step.is_scoring()) continue;
      SetSnapshot(step, on.base->digest(), *on.base);
      FARRELL_ASSIGN_OR_RETURN(std::optional<v1::StoredStep> found, kept(step));
      all = all && found.has_value();
      if (all) results[ScoringName(step)] = std::move(*found);
    }
    std::string scored_digest = on.base->digest();
    if (all) {
      const Result<data::v1::Snapshot> scored = AddScores(environment.services, *on.study, *on.base, results, stop);
      if (scored.ok()) {
        scored_digest = scored->digest();
      } else if (on.vintage.empty() || !IsMistake(scored.status())) {
        return scored.status();
      }
    }
    if (on.vintage.empty()) placed.scored_digest = scored_digest;
    ProjectionSteps projections(environment.services, *on.study, *on.base);
    for (Step& step : placed.steps) {
      if (!on.Has(step) || step.is_scoring()) continue;
      if (step.is_projection()) {
        const auto fit = std::find_if(placed.steps.begin(), placed.steps.end(),
                                      [&, id = FitBehind(*on.study, step)](const Step& each) { return each.id == id; });
        FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::StoredStep> found, kept(*fit));
        if (!found) continue;
        FARRELL_RETURN_IF_ERROR(projections.Complete(step, *found, scored_digest, stop));
      }
      SetSnapshot(step, step.needs.empty() ? on.base->digest() : scored_digest, *on.base);
    }
  }
  return placed;
}

}  // namespace farrell::reporting
