#include "services/reporting/service/reporting_service.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/rpc/call.h"
#include "common/rpc/handler.h"
#include "common/rpc/page_size.h"
#include "services/reporting/engine/synthesize.h"
#include "services/reporting/engine/table.h"
#include "services/reporting/service/checked_study.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/publishing.h"
#include "services/reporting/service/report_export.h"
#include "services/reporting/service/reporting_state.h"
#include "services/reporting/service/retention_calls.h"
#include "services/reporting/service/run_access.h"
#include "services/reporting/service/run_bundle.h"
#include "services/reporting/service/run_comparison.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
constexpr int kRunsOnAPage = 50;

// One file in messages of at most 1 MiB; an empty file is one message.
bool WriteFile(const StoredFile& file, grpc::ServerWriter<v1::GetReportResponse>& writer) {
  for (std::size_t at = 0;; at += kChunkBytes) {
    v1::GetReportResponse response;
    response.set_path(file.path);
    response.set_chunk(file.bytes.substr(std::min(at, file.bytes.size()), kChunkBytes));
    response.set_last_chunk(at + kChunkBytes >= file.bytes.size());
    if (!writer.Write(response)) return false;
    if (response.last_chunk()) return true;
  }
}

// The files wanted, in the report's order; all when none is named.
Result<std::vector<StoredFile>> Wanted(std::vector<StoredFile> files, const v1::GetReportRequest& request) {
  std::set<std::string> missing(request.paths().begin(), request.paths().end());
  const std::set<std::string> wanted = missing;
  for (const StoredFile& file : files) missing.erase(file.path);
  if (!missing.empty()) {
    return NotFound("FILE_NOT_FOUND", "the report has no file " + *missing.begin()).With("path", *missing.begin());
  }
  if (!wanted.empty()) std::erase_if(files, [&](const StoredFile& file) { return !wanted.contains(file.path); });
  return files;
}

Result<std::string> Render(const Table& table, const std::string& format) {
  if (format.empty() || format == "text") return RenderText(table);
  if (format == "md") return RenderMarkdown(table);
  if (format == "tex") return RenderLatex(table);
  if (format == "html") return RenderHtml(table);
  return InvalidArgument("FORMAT_UNKNOWN", "unknown format '" + format + "': choose one of text, md, tex, html")
      .WithViolations({{"format", "choose one of text, md, tex, html"}});
}

}  // namespace

ReportingService::ReportingService(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReportingService::~ReportingService() = default;
KeptResults& ReportingService::kept() { return state_->kept(); }

void ReportingService::StartSchedules() { state_->scheduler().Start(); }
void ReportingService::StopSchedules() { state_->scheduler().Stop(); }

Result<std::unique_ptr<ReportingService>> ReportingService::Open(const ReportingOptions& options, ChannelProvider data,
                                                                 ChannelProvider dea, ChannelProvider regression) {
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<StepStore> store, StepStore::Open(options.database));
  store->TellContradictions(options.contradicted);
  return std::unique_ptr<ReportingService>(new ReportingService(
      std::make_unique<State>(options, std::move(store), std::move(data), std::move(dea), std::move(regression))));
}

grpc::Status ReportingService::ValidateStudy(grpc::ServerContext* context, const v1::ValidateStudyRequest* request,
                                             v1::ValidateStudyResponse* response) {
  return Guard(
      "farrell.reporting.v1.ReportingService/ValidateStudy", context, [&](const std::stop_token& stop) -> Status {
        FARRELL_ASSIGN_OR_RETURN(CheckedStudy checked, CheckStudy(state_->services(), request->source(), stop));
        for (v1::StudyProblem& problem : checked.read.problems.Sorted()) *response->add_problems() = std::move(problem);
        for (v1::StudyMissingFile& missing : checked.missing_files) *response->add_missing_files() = std::move(missing);
        if (checked.read.readable) *response->mutable_study() = std::move(checked.read.study);
        return Status::Ok();
      });
}

grpc::Status ReportingService::PlanStudy(grpc::ServerContext* context, const v1::PlanStudyRequest* request,
                                         v1::PlanStudyResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/PlanStudy", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::PlannedStep> steps,
                             reporting::PlanStudy(state_->environment(), request->source(), stop));
    response->mutable_steps()->Add(steps.begin(), steps.end());
    return Status::Ok();
  });
}

grpc::Status ReportingService::RunStudy(grpc::ServerContext* context, const v1::RunStudyRequest* request,
                                        grpc::ServerWriter<v1::RunStudyResponse>* writer) {
  return Guard("farrell.reporting.v1.ReportingService/RunStudy", context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    const auto tell = [&](const common::v1::Progress& progress) {
      v1::RunStudyResponse response;
      *response.mutable_progress() = progress;
      writer->Write(response);
    };
    // At once: whoever waits knows that the study is in hand, so that a server lost from now on had begun.
    common::v1::Progress begun;
    begun.set_stage("loading");
    tell(begun);
    v1::RunStudyResponse last;
    FARRELL_ASSIGN_OR_RETURN(
        *last.mutable_run(),
        reporting::RunStudy(state_->environment(), request->source(),
                            {.skip_cache_lookup = request->skip_cache_lookup(), .id = {}}, stop, tell));
    if (request->publish()) {
      FARRELL_RETURN_IF_ERROR(
          PublishRun(state_->environment(), last.run(), {}, state_->schedules().now(), stop).status());
    }
    writer->Write(last);
    return Status::Ok();
  });
}

grpc::Status ReportingService::ListRuns(grpc::ServerContext* context, const v1::ListRunsRequest* request,
                                        v1::ListRunsResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/ListRuns", context, [&](const std::stop_token& stop) -> Status {
    Violations violations;
    const int size = PageSize(request->page_size(), kRunsOnAPage, violations);
    FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIELD_OUT_OF_RANGE", "the page cannot be given"));
    FARRELL_ASSIGN_OR_RETURN(StepStore::RunPage page,
                             ListOpenRuns(state_->services(), state_->store(), size, request->page_token(), stop));
    FARRELL_RETURN_IF_ERROR(AddHolds(state_->store(), page.runs));
    response->mutable_runs()->Add(page.runs.begin(), page.runs.end());
    response->set_next_page_token(page.next_page_token);
    return Status::Ok();
  });
}

grpc::Status ReportingService::GetRun(grpc::ServerContext* context, const v1::GetRunRequest* request,
                                      v1::GetRunResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/GetRun", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_run(),
                             FindOpenRun(state_->services(), state_->store(), request->id(), stop));
    return AddHolds(state_->store(), {response->mutable_run(), 1});
  });
}

grpc::Status ReportingService::GetReport(grpc::ServerContext* context, const v1::GetReportRequest* request,
                                         grpc::ServerWriter<v1::GetReportResponse>* writer) {
  return Guard("farrell.reporting.v1.ReportingService/GetReport", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const v1::Run run, FindFinishedRun(state_->environment(), request->run_id(), stop));
    FARRELL_ASSIGN_OR_RETURN(std::vector<StoredFile> files, state_->store().LoadReport(run.id()));
    FARRELL_ASSIGN_OR_RETURN(files, Wanted(std::move(files), *request));
    for (const StoredFile& file : files) {
      if (stop.stop_requested() || !WriteFile(file, *writer)) return Cancelled();
    }
    return Status::Ok();
  });
}

grpc::Status ReportingService::ExportReport(grpc::ServerContext* context, const v1::ExportReportRequest* request,
                                            grpc::ServerWriter<v1::ExportReportResponse>* writer) {
  return Guard(
      "farrell.reporting.v1.ReportingService/ExportReport", context, [&](const std::stop_token& stop) -> Status {
        FARRELL_ASSIGN_OR_RETURN(const v1::Run run, FindFinishedRun(state_->environment(), request->run_id(), stop));
        FARRELL_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, state_->store().LoadReport(run.id()));
        const ExportOptions options{.figures = state_->environment().figures};
        FARRELL_ASSIGN_OR_RETURN(const std::string bytes,
                                 reporting::ExportReport(state_->store(), options, {files, run.report_digest()},
                                                         request->format(), request->language(), stop));
        for (std::size_t at = 0; at < bytes.size(); at += kChunkBytes) {
          v1::ExportReportResponse response;
          response.set_chunk(bytes.substr(at, kChunkBytes));
          if (stop.stop_requested() || !writer->Write(response)) return Cancelled();
        }
        return Status::Ok();
      });
}

grpc::Status ReportingService::DiffRuns(grpc::ServerContext* context, const v1::DiffRunsRequest* request,
                                        v1::DiffRunsResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/DiffRuns", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::DiffRuns(state_->environment(), *request, stop));
    return Status::Ok();
  });
}

grpc::Status ReportingService::BundleRun(grpc::ServerContext* context, const v1::BundleRunRequest* request,
                                         grpc::ServerWriter<v1::BundleRunResponse>* writer) {
  return Guard("farrell.reporting.v1.ReportingService/BundleRun", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::string bytes,
                             reporting::BundleRun(state_->environment(), request->run_id(), stop));
    for (std::size_t at = 0; at < bytes.size(); at += kChunkBytes) {
      v1::BundleRunResponse response;
      response.set_chunk(bytes.substr(at, kChunkBytes));
      if (stop.stop_requested() || !writer->Write(response)) return Cancelled();
    }
    return Status::Ok();
  });
}

grpc::Status ReportingService::HoldRun(grpc::ServerContext* context, const v1::HoldRunRequest* request,
                                       v1::HoldRunResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/HoldRun", context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::HoldRun(state_->environment(), *request, stop));
    return Status::Ok();
  });
}

grpc::Status ReportingService::ReleaseRun(grpc::ServerContext* context, const v1::ReleaseRunRequest* request,
                                          v1::ReleaseRunResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/ReleaseRun", context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::ReleaseRun(state_->environment(), *request, stop));
    return Status::Ok();
  });
}

grpc::Status ReportingService::RemoveRun(grpc::ServerContext* context, const v1::RemoveRunRequest* request,
                                         v1::RemoveRunResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/RemoveRun", context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_run(), reporting::RemoveRun(state_->environment(), *request, stop));
    return Status::Ok();
  });
}

grpc::Status ReportingService::ApplyRetention(grpc::ServerContext* context, const v1::ApplyRetentionRequest* request,
                                              v1::ApplyRetentionResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/ApplyRetention", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::ApplyRetention(state_->store(), *request));
    return Status::Ok();
  });
}

grpc::Status ReportingService::RenderTable(grpc::ServerContext* context, const v1::RenderTableRequest* request,
                                           v1::RenderTableResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/RenderTable", context, [&](const std::stop_token&) -> Status {
    std::vector<FitFacts> fits;
    TableOptions options;
    options.title = request->title();
    if (!request->stars().empty()) options.stars = request->stars();
    for (const regression::v1::FitResult& result : request->fits()) {
      fits.push_back(FactsOfFit(result));
      fits.back().id = "fit-" + std::to_string(fits.size());
      options.synthetic = options.synthetic || result.provenance().synthetic();
    }
    std::vector<const FitFacts*> pointers;
    pointers.reserve(fits.size());
    for (const FitFacts& fit : fits) pointers.push_back(&fit);
    FARRELL_ASSIGN_OR_RETURN(const Table table, BuildRegressionTable(pointers, options));
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_text(), Render(table, request->format()));
    return Status::Ok();
  });
}

grpc::Status ReportingService::SynthesizePanel(grpc::ServerContext* context, const v1::SynthesizePanelRequest* request,
                                               v1::SynthesizePanelResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/SynthesizePanel", context, [&](const std::stop_token&) -> Status {
    SynthesisOptions options;
    options.seed = request->seed();
    FARRELL_ASSIGN_OR_RETURN(options.preset, ParseSynthesisPreset(request->preset()));
    response->set_csv(SyntheticCsv(Synthesize(options)));
    return Status::Ok();
  });
}

}  // namespace farrell::reporting
