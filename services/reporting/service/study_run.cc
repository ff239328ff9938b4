#include "services/reporting/service/study_run.h"

#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/rpc/ask_again.h"
#include "common/text/time.h"
#include "services/reporting/service/projection_steps.h"
#include "services/reporting/service/report_builder.h"
#include "services/reporting/service/report_export.h"
#include "services/reporting/service/run_events.h"
#include "services/reporting/service/step_costs.h"
#include "services/reporting/service/study_data_check.h"
#include "services/reporting/service/study_steps.h"
#include "services/reporting/service/study_tables.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;

// Longer than the stop token takes to hear that the caller has gone.
constexpr std::chrono::milliseconds kStopDelay{200};

// A name for a run; not part of any result.
std::string NewRunId() {
  constexpr std::size_t kLength = 16;
  std::random_device random;
  std::string seed;
  for (int i = 0; i < 8; ++i) seed += std::to_string(random()) + " ";
  return canonical::Sha256(seed).substr(0, kLength);
}

// What cannot be printed, each with its place in the study instead of its id.
Status ReportFailed(const Status& cause, const v1::Study& study, const Places& places) {
  Status failed = StepFailed("report", cause);
  std::vector<FieldViolation> violations = failed.violations();
  const auto place = [&](const std::string& list, const auto& entries) {
    for (int i = 0; i < entries.size(); ++i) {
      for (FieldViolation& violation : violations) {
        if (violation.field != list + "." + entries[i].id()) continue;
        violation.field = list + "[" + std::to_string(i) + "]";
        const Place at = places.Find(violation.field);
        v1::StudyProblem problem;
        problem.set_file(at.file);
        problem.set_line(at.line);
        problem.set_column(at.column);
        problem.set_message(violation.description);
        violation.description = FormatProblem(problem);
      }
    }
  };
  place("tables", study.tables());
  place("figures", study.figures());
  place("claims", study.claims());
  return std::move(failed).WithViolations(std::move(violations));
}

std::string SourceWord(ResultOrigin::Source source) {
  switch (source) {
    case ResultOrigin::SOURCE_COMPUTED: return "computed";
    case ResultOrigin::SOURCE_MEMORY: return "memory";
    case ResultOrigin::SOURCE_REDIS: return "redis";
    case ResultOrigin::SOURCE_STORE: return "store";
    case ResultOrigin::SOURCE_COALESCED: return "coalesced";
    default: return "";
  }
}

class StudyRun {
 public:
  StudyRun(const RunEnvironment& environment, const v1::StudySource& source, CheckedStudy checked, RunOptions options,
           const std::stop_token& stop, const ProgressSink& progress)
      : environment_(environment),
        events_(environment.store.database()),
        source_(source),
        checked_(std::move(checked)),
        options_(std::move(options)),
        stop_(stop),
        progress_(progress),
        started_(std::chrono::system_clock::now()) {}

  Result<v1::Run> Run() {
    Begin();
    // Its inputs first: they say who may see the run.
    FARRELL_RETURN_IF_ERROR(environment_.store.SaveInputs(run_.id(), InputsOf(source_, checked_)));
    FARRELL_RETURN_IF_ERROR(Save());
    AddEvent(v1::RunEvent::KIND_BEGUN);
    const std::jthread alive([this, id = run_.id()](const std::stop_token& over) {
      while (PauseUnlessStopped(over, StepStore::kSilence / 4)) (void)environment_.store.ShowAlive(id);
    });
    try {
      return End(RunSteps());
    } catch (...) {
      (void)End(Internal("UNEXPECTED_EXCEPTION", "the run ended unexpectedly"));
      throw;
    }
  }

 private:
  Status Save() {
    return environment_.store.SaveRun(
        run_, std::chrono::duration_cast<std::chrono::nanoseconds>(started_.time_since_epoch()).count());
  }

  // A caller that goes away takes the services inside its process along: a step may fail for want of one before the
  // stop token has heard of it.
  bool Stopped(const Status& done) const {
    if (done.code() == Code::kCancelled || done.code() == Code::kDeadlineExceeded || stop_.stop_requested())
      return true;
    if (done.code() != Code::kUnavailable) return false;
    return !PauseUnlessStopped(stop_, kStopDelay);
  }

  // Whoever watches is told; the run does not depend on it.
  void AddEvent(v1::RunEvent::Kind kind, v1::RunEvent event = {}) {
    event.set_kind(kind);
    event.set_at(text::FormatTime(std::chrono::system_clock::now()));
    (void)events_.Add(run_.id(), std::move(event));
  }

  Result<v1::Run> End(const Status& done) {
    Result<v1::Run> ended = EndRun(done);
    (void)events_.Close(run_);
    return ended;
  }

  Result<v1::Run> EndRun(const Status& done) {
    const bool stopped = !done.ok() && Stopped(done);
    run_.set_finished_at(text::FormatTime(std::chrono::system_clock::now()));
    if (done.ok()) {
      run_.set_state(v1::Run::STATE_SUCCEEDED);
      FARRELL_RETURN_IF_ERROR(Save());
      return run_;
    }
    run_.set_state(stopped ? v1::Run::STATE_CANCELLED : v1::Run::STATE_FAILED);
    run_.set_error(stopped ? Cancelled().message() : done.message());
    // The caller must hear of the failure, not of a store that cannot record it.
    (void)Save();
    return stopped ? Cancelled() : done;
  }

  void Begin() {
    finished_ = BeginStudy(checked_);
    run_.set_id(options_.id.empty() ? NewRunId() : options_.id);
    run_.set_study_id(finished_.study.id());
    run_.set_title(finished_.study.title());
    run_.set_study_digest(finished_.digest);
    run_.set_state(v1::Run::STATE_RUNNING);
    run_.set_started_at(text::FormatTime(started_));
    run_.set_host(HostName());
  }

  Status RunSteps() {
    const StepObserver observer{.on_begin = [this](const Step& step) { BeginStep(step.id); },
                                .on_finish = [this](const v1::FinishedStep& step) { Finish(step); },
                                .progress = progress_};
    FARRELL_ASSIGN_OR_RETURN(
        const std::string scored_digest,
        ExecuteSteps(environment_, checked_.read.places, options_.skip_cache_lookup, stop_, observer, finished_));
    return RunReport(scored_digest);
  }

  Status RunReport(const std::string& scored_digest) {
    const auto start = std::chrono::steady_clock::now();
    BeginStep("report");
    Tell("report", "rendering");
    if (const Status read = ReadForReport(environment_.services, scored_digest, finished_, stop_); !read.ok()) {
      return StepFailed("report", read);
    }
    Result<BuiltReport> report =
        BuildReportFiles(finished_, environment_.store, environment_.figures, options_.skip_cache_lookup, stop_);
    if (!report.ok()) return ReportFailed(report.status(), finished_.study, checked_.read.places);
    std::vector<StoredFile> files;
    for (ReportFile& file : report->files) files.push_back({std::move(file.path), std::move(file.bytes)});
    run_.set_report_digest(report->digest);
    FARRELL_RETURN_IF_ERROR(AddDocuments(files));
    FARRELL_RETURN_IF_ERROR(environment_.store.SaveReport(run_.id(), files));
    for (const FiredRule& rule : report->rules) {
      common::v1::Warning& warning = *run_.add_warnings();
      warning.set_code(rule.id);
      warning.set_text(rule.text);
    }
    v1::FinishedStep step;
    step.set_id("report");
    step.set_action_key(report->digest);
    step.mutable_origin()->set_source(ResultOrigin::SOURCE_COMPUTED);
    step.mutable_origin()->set_elapsed_seconds(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    Finish(step);
    return Status::Ok();
  }

  // The documents the study asks for besides. They are no part of the digest of the report, because the programs that
  // make them differ between machines; a machine without such a program gives a warning.
  Status AddDocuments(std::vector<StoredFile>& files) {
    const std::vector<StoredFile> written = files;
    for (const std::string& format : finished_.study.formats()) {
      for (const StoredFile& file : written) {
        if (!file.path.starts_with("report.") || !file.path.ends_with(".json")) continue;
        // "json", "zh.json".
        const std::string rest = file.path.substr(7);
        const std::string language = rest.size() > 5 ? rest.substr(0, rest.size() - 5) : std::string();
        FARRELL_ASSIGN_OR_RETURN(const bool made, AddDocument(written, "report", format, language, files));
        if (!made) break;
        if (format != "pdf" || !finished_.study.has_brief()) continue;
        FARRELL_RETURN_IF_ERROR(AddDocument(written, "brief", format, language, files).status());
      }
    }
    return Status::Ok();
  }

  // False: this machine lacks the program that makes it.
  Result<bool> AddDocument(const std::vector<StoredFile>& written, const std::string& name, const std::string& format,
                           const std::string& language, std::vector<StoredFile>& files) {
    const std::string path = name + (language.empty() ? "" : "." + language) + "." + format;
    Tell("report", path);
    Result<std::string> document =
        ExportReport(environment_.store, {.figures = environment_.figures}, {written, run_.report_digest()},
                     name == "brief" ? "brief." + format : format, language, stop_);
    if (document.ok()) {
      files.push_back({path, std::move(*document)});
      return true;
    }
    if (document.status().reason() != "EXPORT_UNAVAILABLE") return StepFailed("report", document.status());
    common::v1::Warning& warning = *run_.add_warnings();
    warning.set_code(document.status().reason());
    warning.set_text(document.status().message());
    return false;
  }

  void BeginStep(const std::string& step_id) {
    v1::RunEvent event;
    event.set_step_id(step_id);
    AddEvent(v1::RunEvent::KIND_STEP_BEGUN, std::move(event));
    if (step_id != "report") Tell(step_id, "");
  }

  // Finished steps over all steps.
  void Tell(const std::string& step_id, const std::string& message) {
    common::v1::Progress progress;
    progress.set_stage(step_id);
    progress.set_message(message.empty() ? "step " + std::to_string(run_.steps_size() + 1) + " of " +
                                               std::to_string(finished_.steps.size())
                                         : message);
    progress_(progress);
  }

  void Finish(const v1::FinishedStep& step) {
    *run_.add_steps() = step;
    run_.set_solved_count(run_.solved_count() + step.origin().solved_count());
    run_.set_saved_seconds(run_.saved_seconds() + step.saved_seconds());
    v1::RunEvent event;
    event.set_step_id(step.id());
    event.set_source(SourceWord(step.origin().source()));
    event.set_seconds(step.origin().elapsed_seconds());
    AddEvent(v1::RunEvent::KIND_STEP_FINISHED, std::move(event));
  }

  const RunEnvironment& environment_;
  RunEvents events_;
  const v1::StudySource& source_;
  const CheckedStudy checked_;
  const RunOptions options_;
  const std::stop_token& stop_;
  const ProgressSink& progress_;
  const text::SystemTime started_;
  FinishedStudy finished_;
  v1::Run run_;
};

// The keys of the steps on some data, in their order: those of models that use scores once the scores are known.
class KeyPlanner {
 public:
  KeyPlanner(const RunEnvironment& environment, StudyOnData on, const std::stop_token& stop)
      : environment_(environment),
        on_(std::move(on)),
        stop_(stop),
        projections_(environment.services, *on_.study, *on_.base) {}

  bool Has(const Step& step) const { return on_.Has(step); }

  // What the data of a vintage do not allow has no key.
  Status Plan(Step& step, v1::PlannedStep& plan) {
    if (!step.has_key()) return Status::Ok();
    if (!step.needs.empty() && !std::exchange(looked_, true)) FARRELL_RETURN_IF_ERROR(Look());
    if (!step.needs.empty() && !scored_digest_) return Status::Ok();
    if (step.is_projection()) {
      const auto fit = fits_.find(FitBehind(*on_.study, step));
      if (fit == fits_.end()) return Status::Ok();
      const Status completed = projections_.Complete(step, fit->second, *scored_digest_, stop_);
      if (!completed.ok()) return StepFailed(step.id, completed);
    }
    SetSnapshot(step, step.needs.empty() ? on_.base->digest() : *scored_digest_, *on_.base);
    const Result<StepKey> key = PlanStep(environment_.services, step, stop_);
    if (!key.ok() && !on_.vintage.empty() && IsMistake(key.status())) {
      complete_ = complete_ && !step.is_scoring();
      return Status::Ok();
    }
    if (!key.ok()) return StepFailed(step.id, key.status());
    std::optional<v1::StoredStep> kept = environment_.runner.Kept(step, key->action_key);
    plan.set_action_key(key->action_key);
    plan.set_at_hand(kept ? ResultOrigin::SOURCE_STORE : key->at_hand);
    if (!kept && key->certified_count) plan.set_certified_count(*key->certified_count);
    if (!kept && key->problem_count) plan.set_problem_count(*key->problem_count);
    if (kept && step.kind == "regression") fits_.emplace(step.id, *kept);
    if (!step.is_scoring()) return Status::Ok();
    complete_ = complete_ && kept.has_value();
    if (complete_) scores_[step.kind + ":" + step.entry] = std::move(*kept);
    return Status::Ok();
  }

 private:
  // The table with scores when every evaluation is kept.
  Status Look() {
    if (!complete_) return Status::Ok();
    const Result<data::v1::Snapshot> scored = AddScores(environment_.services, *on_.study, *on_.base, scores_, stop_);
    if (scored.ok()) scored_digest_ = scored->digest();
    return !scored.ok() && !on_.vintage.empty() && IsMistake(scored.status()) ? Status::Ok() : scored.status();
  }

  const RunEnvironment& environment_;
  const StudyOnData on_;
  const std::stop_token& stop_;
  ProjectionSteps projections_;
  std::map<std::string, v1::StoredStep> scores_;
  // What is kept of regressions: projections need some.
  std::map<std::string, v1::StoredStep> fits_;
  bool complete_ = true;
  bool looked_ = false;
  std::optional<std::string> scored_digest_;
};

}  // namespace

Result<std::vector<v1::PlannedStep>> PlanStudy(const RunEnvironment& environment, const v1::StudySource& source,
                                               const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const CheckedStudy checked, CheckStudy(environment.services, source, stop));
  FARRELL_RETURN_IF_ERROR(Runnable(checked));
  FARRELL_ASSIGN_OR_RETURN(std::vector<Step> steps, MakeSteps(checked.read.study, *checked.snapshot, checked.vintages));
  std::vector<KeyPlanner> planners;
  for (StudyOnData& on : OnAllData(checked.read.study, *checked.base, checked.vintages)) {
    planners.emplace_back(environment, std::move(on), stop);
  }
  FARRELL_ASSIGN_OR_RETURN(const StepCosts costs,
                           StepCosts::Read(environment.services, environment.store, checked.read.study.id(), stop));
  std::vector<v1::PlannedStep> planned;
  std::map<std::string, std::string> first_of_key;
  for (Step& step : steps) {
    v1::PlannedStep& plan = planned.emplace_back();
    plan.set_id(step.id);
    plan.set_kind(step.kind);
    plan.mutable_needs()->Add(step.needs.begin(), step.needs.end());
    for (KeyPlanner& planner : planners) {
      if (planner.Has(step)) FARRELL_RETURN_IF_ERROR(planner.Plan(step, plan));
    }
    if (plan.at_hand() != ResultOrigin::SOURCE_UNSPECIFIED) {
      plan.set_predicted_seconds(0);
      continue;
    }
    if (!plan.action_key().empty()) {
      const auto [first, is_first] = first_of_key.try_emplace(plan.action_key(), step.id);
      if (!is_first) {
        plan.set_same_as(first->second);
        plan.set_predicted_seconds(0);
        continue;
      }
    }
    const auto problems = plan.has_problem_count() ? std::optional(plan.problem_count()) : std::nullopt;
    const std::optional<double> seconds = costs.Predict(step.id, plan.action_key(), problems);
    if (seconds) plan.set_predicted_seconds(*seconds);
  }
  return planned;
}

Result<v1::Run> RunStudy(const RunEnvironment& environment, const v1::StudySource& source, const RunOptions& options,
                         const std::stop_token& stop, const ProgressSink& progress) {
  FARRELL_ASSIGN_OR_RETURN(CheckedStudy checked, CheckStudy(environment.services, source, stop));
  FARRELL_RETURN_IF_ERROR(Runnable(checked));
  return StudyRun(environment, source, std::move(checked), options, stop, progress).Run();
}

}  // namespace farrell::reporting
