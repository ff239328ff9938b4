#include "services/reporting/service/run_comparison.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "services/reporting/engine/report.h"
#include "services/reporting/engine/run_diff.h"
#include "services/reporting/service/report_builder.h"
#include "services/reporting/service/run_access.h"
#include "services/reporting/service/study_digest.h"
#include "services/reporting/service/study_reader.h"
#include "services/reporting/service/study_steps.h"
#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

struct ComparedRun {
  v1::Run run;
  ReportRecord report;
  // Unset: a run from before this was kept.
  std::optional<v1::RunInputs> inputs;
};

Result<ComparedRun> Load(const RunEnvironment& environment, const std::string& id, const std::stop_token& stop) {
  StepStore& store = environment.store;
  ComparedRun compared;
  FARRELL_ASSIGN_OR_RETURN(compared.run, FindFinishedRun(environment, id, stop));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, store.LoadReport(compared.run.id()));
  const auto report =
      std::find_if(files.begin(), files.end(), [](const StoredFile& file) { return file.path == "report.json"; });
  if (report == files.end()) {
    return Status(Code::kDataLoss, "REPORT_CORRUPT", "the report of run " + compared.run.id() + " has no report.json");
  }
  FARRELL_ASSIGN_OR_RETURN(compared.report, ReadReportRecord(report->bytes));
  FARRELL_ASSIGN_OR_RETURN(compared.inputs, store.FindInputs(compared.run.id()));
  return compared;
}

// What the study says, whatever its data and wherever they are.
std::string SpecificationDigest(const v1::StudySource& source) {
  ReadStudy read = ReadStudySource(source);
  std::vector<std::pair<std::string, std::string>> layouts;
  for (int i = 0; i < read.study.figures_size(); ++i) {
    const std::string& layout = read.study.figures(i).layout();
    if (layout.empty()) continue;
    const Place place = read.places.Find(Element("figures", i) + ".layout");
    const v1::StudyFile* file = FindFile(source, ResolvePath(place.file, layout));
    if (file != nullptr) layouts.emplace_back(layout, file->text());
  }
  const std::string where = read.study.data().where();
  read.study.clear_data();
  read.study.mutable_data()->set_where(where);
  for (v1::StudyVintage& vintage : *read.study.mutable_vintages()) {
    vintage.clear_file();
    vintage.clear_dataset();
  }
  return StudyDigest(read.study, "", layouts);
}

// The snapshot of every vintage, by its id. The uploads are the data, then the vintages (study_steps.h).
std::map<std::string, std::string> VintageSnapshots(const v1::StudySource& source) {
  const v1::Study study = ReadStudySource(source).study;
  std::map<std::string, std::string> snapshots;
  for (int i = 0; i < study.vintages_size() && i + 1 < source.uploads_size(); ++i) {
    snapshots[study.vintages(i).id()] = source.uploads(i + 1).snapshot_digest();
  }
  return snapshots;
}

// The study of one run on the data of another, with its vintages where both have them.
v1::StudySource Crossed(v1::StudySource study, const v1::StudySource& data) {
  study.mutable_uploads(0)->set_snapshot_digest(data.uploads(0).snapshot_digest());
  const std::map<std::string, std::string> snapshots = VintageSnapshots(data);
  const v1::Study read = ReadStudySource(study).study;
  for (int i = 0; i < read.vintages_size() && i + 1 < study.uploads_size(); ++i) {
    const auto found = snapshots.find(read.vintages(i).id());
    if (found != snapshots.end()) study.mutable_uploads(i + 1)->set_snapshot_digest(found->second);
  }
  return study;
}

DiffKnowledge KnowledgeOf(const ComparedRun& from, const ComparedRun& to) {
  DiffKnowledge known;
  known.data_moved = from.report.snapshot_digest != to.report.snapshot_digest;
  if (from.inputs && to.inputs) {
    const std::map<std::string, std::string> before = VintageSnapshots(from.inputs->source());
    for (const auto& [id, digest] : VintageSnapshots(to.inputs->source())) {
      const auto found = before.find(id);
      known.data_moved = known.data_moved || (found != before.end() && found->second != digest);
    }
    known.specification_moved = SpecificationDigest(from.inputs->source()) != SpecificationDigest(to.inputs->source());
  } else {
    // The digest of a study holds that of its data.
    known.specification_moved = from.run.study_digest() != to.run.study_digest();
  }
  return known;
}

// The report that the present code makes of the source, without its figures.
Result<ReportRecord> Replay(const RunEnvironment& environment, const v1::StudySource& source,
                            const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const CheckedStudy checked, CheckStudy(environment.services, source, stop));
  FARRELL_RETURN_IF_ERROR(Runnable(checked));
  FinishedStudy finished = BeginStudy(checked);
  const StepObserver observer{.on_begin = [](const Step&) {},
                              .on_finish = [](const v1::FinishedStep&) {},
                              .progress = [](const common::v1::Progress&) {}};
  FARRELL_ASSIGN_OR_RETURN(const std::string scored_digest,
                           ExecuteSteps(environment, checked.read.places, false, stop, observer, finished));
  FARRELL_RETURN_IF_ERROR(ReadForReport(environment.services, scored_digest, finished, stop));
  FARRELL_ASSIGN_OR_RETURN(const ReportFacts facts, MakeFacts(finished));
  FARRELL_ASSIGN_OR_RETURN(const ReportContent content, BuildReport(facts));
  return ReadReportRecord(RenderReportJson(content));
}

Result<Replays> ReplayBoth(const RunEnvironment& environment, const v1::StudySource& from, const v1::StudySource& to,
                           const std::stop_token& stop) {
  const v1::StudySource crossed = Crossed(from, to);
  Replays replays;
  FARRELL_ASSIGN_OR_RETURN(replays.from_now, Replay(environment, from, stop));
  FARRELL_ASSIGN_OR_RETURN(replays.after_data, Replay(environment, crossed, stop));
  FARRELL_ASSIGN_OR_RETURN(replays.after_specification, Replay(environment, to, stop));
  return replays;
}

DiffSide SideOf(const ComparedRun& compared) {
  return {.run = compared.run.id(),
          .study = compared.run.study_id(),
          .study_digest = compared.run.study_digest(),
          .snapshot_digest = compared.report.snapshot_digest,
          .report_digest = compared.run.report_digest(),
          .started_at = compared.run.started_at()};
}

v1::RunDifference::Cause CauseValue(Cause cause) {
  switch (cause) {
    case Cause::kData: return v1::RunDifference::CAUSE_DATA;
    case Cause::kSpecification: return v1::RunDifference::CAUSE_SPECIFICATION;
    case Cause::kCode: return v1::RunDifference::CAUSE_CODE;
  }
  return v1::RunDifference::CAUSE_UNSPECIFIED;
}

v1::RunDifference::Side SideMessage(const DiffSide& side) {
  v1::RunDifference::Side message;
  message.set_run_id(side.run);
  message.set_study_id(side.study);
  message.set_study_digest(side.study_digest);
  message.set_snapshot_digest(side.snapshot_digest);
  message.set_report_digest(side.report_digest);
  message.set_started_at(side.started_at);
  return message;
}

v1::RunDifference::Contributions ContributionsMessage(const Contributions& parts) {
  v1::RunDifference::Contributions message;
  message.set_data(parts.data);
  message.set_specification(parts.specification);
  message.set_code(parts.code);
  if (parts.from_now) message.set_from_now(*parts.from_now);
  if (parts.after_data) message.set_after_data(*parts.after_data);
  if (parts.after_specification) message.set_after_specification(*parts.after_specification);
  return message;
}

v1::RunDifference::Cell CellMessage(const CellDifference& cell) {
  v1::RunDifference::Cell message;
  const CellRecord& place = cell.either();
  message.set_table(place.table);
  message.set_panel(place.panel);
  message.set_row(place.row);
  message.set_column(place.column);
  message.set_row_label(place.row_label);
  message.set_column_label(place.column_label);
  if (cell.from) {
    if (cell.from->number) message.set_from(*cell.from->number);
    message.set_from_printed(cell.from->printed);
    message.set_from_stars(cell.from->stars);
  }
  if (cell.to) {
    if (cell.to->number) message.set_to(*cell.to->number);
    message.set_to_printed(cell.to->printed);
    message.set_to_stars(cell.to->stars);
  }
  if (cell.moved()) {
    message.set_change(cell.change());
    if (const std::optional<double> relative = cell.relative()) message.set_relative(*relative);
  }
  if (cell.contributions) *message.mutable_contributions() = ContributionsMessage(*cell.contributions);
  return message;
}

v1::RunDifference DifferenceMessage(const RunDiff& diff) {
  v1::RunDifference message;
  *message.mutable_from() = SideMessage(diff.from);
  *message.mutable_to() = SideMessage(diff.to);
  for (const Cause cause : diff.causes) message.add_causes(CauseValue(cause));
  for (const StepDifference& step : diff.steps) {
    v1::RunDifference::Step& added = *message.add_steps();
    added.set_id(step.id);
    added.set_from_key(step.from_key);
    added.set_to_key(step.to_key);
    for (const Cause cause : step.causes) added.add_causes(CauseValue(cause));
    added.set_code(step.code);
  }
  for (const CellDifference& cell : diff.cells) *message.add_cells() = CellMessage(cell);
  for (const SentenceDifference& sentence : diff.sentences) {
    v1::RunDifference::Sentence& added = *message.add_sentences();
    added.set_id(sentence.id);
    added.set_kind(sentence.kind);
    added.set_from(sentence.from);
    added.set_to(sentence.to);
  }
  message.set_cell_count(diff.cell_count);
  message.set_moved_count(diff.moved_count());
  message.mutable_notes()->Add(diff.notes.begin(), diff.notes.end());
  return message;
}

Result<std::string> Rendered(const RunDiff& diff, const std::string& format) {
  if (format.empty()) return std::string();
  if (format == "text") return RenderDiffText(diff);
  if (format == "md") return RenderDiffMarkdown(diff);
  if (format == "csv") return RenderDiffCsv(diff);
  return InvalidArgument("FORMAT_UNKNOWN", "unknown format '" + format + "': choose one of text, md, csv")
      .WithViolations({{"format", "choose one of text, md, csv"}});
}

}  // namespace

Result<v1::Run> FindFinishedRun(const RunEnvironment& environment, const std::string& id, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(v1::Run run, FindOpenRun(environment.services, environment.store, id, stop));
  if (run.state() != v1::Run::STATE_SUCCEEDED) {
    return FailedPrecondition("RUN_NOT_FINISHED", "run " + run.id() + " has no report").With("run", run.id());
  }
  return run;
}

Result<v1::DiffRunsResponse> DiffRuns(const RunEnvironment& environment, const v1::DiffRunsRequest& request,
                                      const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(Rendered({}, request.format()).status());
  FARRELL_ASSIGN_OR_RETURN(const ComparedRun from, Load(environment, request.from(), stop));
  FARRELL_ASSIGN_OR_RETURN(const ComparedRun to, Load(environment, request.to(), stop));
  RunDiff diff = CompareReports(from.report, to.report, KnowledgeOf(from, to));
  diff.from = SideOf(from);
  diff.to = SideOf(to);
  if (diff.causes.size() > 1 && !request.skip_replay()) {
    const auto not_split = [&](const std::string& why) {
      diff.notes.push_back("The changes are not split into their causes: " + why);
    };
    if (!from.inputs || !to.inputs) {
      not_split("run " + (from.inputs ? to : from).run.id() + " is from before the studies of runs were kept.");
    } else {
      const Result<Replays> replays = ReplayBoth(environment, from.inputs->source(), to.inputs->source(), stop);
      if (stop.stop_requested()) return Cancelled();
      if (replays.ok()) {
        Decompose(*replays, diff);
      } else {
        std::string why = replays.status().message();
        for (const FieldViolation& violation : replays.status().violations()) why += "; " + violation.description;
        not_split("the study of one run cannot be run on the data of the other: " + why + ".");
      }
    }
  }
  v1::DiffRunsResponse response;
  *response.mutable_difference() = DifferenceMessage(diff);
  FARRELL_ASSIGN_OR_RETURN(*response.mutable_text(), Rendered(diff, request.format()));
  return response;
}

}  // namespace farrell::reporting
