// The reporting service: studies, plans, runs, reports.
#pragma once

#include <grpcpp/server_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/cache/kept_results.h"
#include "common/rpc/channel.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/retention.h"
#include "services/reporting/service/webhook.h"

namespace farrell::reporting {

struct ScheduleOptions {
  // The file of grants of this server (common/access/grants.h); empty: nobody is asked.
  std::string grants;
  // Scheduled runs at a time, in [1, 64].
  int workers = 2;
  // How often due runs are looked for.
  std::chrono::milliseconds look{1000};
  // Who may be told of publications.
  WebhookOptions webhooks{};
  // The time of day, to the second.
  std::function<std::chrono::sys_seconds()> now = [] {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  };
};

struct ReportingOptions {
  // Which other programs may share. Required.
  sql::DatabaseOptions database;
  // How figures become SVG. `figures.script` is services/reporting/figures/render.mjs, where it is installed.
  FigureProcessOptions figures;
  // What goes by itself; nothing unless asked.
  RetentionOptions retention{};
  // What runs by itself: StartSchedules.
  ScheduleOptions schedules{};
  // Told when a step or figure made again is not the kept one.
  OnContradiction contradicted{};
};

class ReportingService final : public v1::ReportingService::Service {
 public:
  // Opens the store and marks runs of this machine as interrupted whose process has ended. The channels are asked for
  // at the first call that needs them. Errors: UNAVAILABLE, STORE_UNAVAILABLE.
  static Result<std::unique_ptr<ReportingService>> Open(const ReportingOptions& options, ChannelProvider data,
                                                        ChannelProvider dea, ChannelProvider regression);
  ~ReportingService() override;

  // The finished steps, for the cache service.
  KeptResults& kept();
  // Begins to look for scheduled runs that are due, once the services that they need can be called. Until then and
  // without it they begin when somebody pokes (PokeSchedules).
  void StartSchedules();
  // Ends it: runs under way wait for the next server.
  void StopSchedules();

  grpc::Status ValidateStudy(grpc::ServerContext* context, const v1::ValidateStudyRequest* request,
                             v1::ValidateStudyResponse* response) override;
  grpc::Status PlanStudy(grpc::ServerContext* context, const v1::PlanStudyRequest* request,
                         v1::PlanStudyResponse* response) override;
  grpc::Status RunStudy(grpc::ServerContext* context, const v1::RunStudyRequest* request,
                        grpc::ServerWriter<v1::RunStudyResponse>* writer) override;
  grpc::Status ListRuns(grpc::ServerContext* context, const v1::ListRunsRequest* request,
                        v1::ListRunsResponse* response) override;
  grpc::Status GetRun(grpc::ServerContext* context, const v1::GetRunRequest* request,
                      v1::GetRunResponse* response) override;
  grpc::Status GetReport(grpc::ServerContext* context, const v1::GetReportRequest* request,
                         grpc::ServerWriter<v1::GetReportResponse>* writer) override;
  grpc::Status ExportReport(grpc::ServerContext* context, const v1::ExportReportRequest* request,
                            grpc::ServerWriter<v1::ExportReportResponse>* writer) override;
  grpc::Status DiffRuns(grpc::ServerContext* context, const v1::DiffRunsRequest* request,
                        v1::DiffRunsResponse* response) override;
  grpc::Status BundleRun(grpc::ServerContext* context, const v1::BundleRunRequest* request,
                         grpc::ServerWriter<v1::BundleRunResponse>* writer) override;
  grpc::Status HoldRun(grpc::ServerContext* context, const v1::HoldRunRequest* request,
                       v1::HoldRunResponse* response) override;
  grpc::Status ReleaseRun(grpc::ServerContext* context, const v1::ReleaseRunRequest* request,
                          v1::ReleaseRunResponse* response) override;
  grpc::Status RemoveRun(grpc::ServerContext* context, const v1::RemoveRunRequest* request,
                         v1::RemoveRunResponse* response) override;
  grpc::Status ApplyRetention(grpc::ServerContext* context, const v1::ApplyRetentionRequest* request,
                              v1::ApplyRetentionResponse* response) override;
  grpc::Status CreateSchedule(grpc::ServerContext* context, const v1::CreateScheduleRequest* request,
                              v1::CreateScheduleResponse* response) override;
  grpc::Status ListSchedules(grpc::ServerContext* context, const v1::ListSchedulesRequest* request,
                             v1::ListSchedulesResponse* response) override;
  grpc::Status GetSchedule(grpc::ServerContext* context, const v1::GetScheduleRequest* request,
                           v1::GetScheduleResponse* response) override;
  grpc::Status DeleteSchedule(grpc::ServerContext* context, const v1::DeleteScheduleRequest* request,
                              v1::DeleteScheduleResponse* response) override;
  grpc::Status PauseSchedule(grpc::ServerContext* context, const v1::PauseScheduleRequest* request,
                             v1::PauseScheduleResponse* response) override;
  grpc::Status TriggerSchedule(grpc::ServerContext* context, const v1::TriggerScheduleRequest* request,
                               v1::TriggerScheduleResponse* response) override;
  grpc::Status BackfillSchedule(grpc::ServerContext* context, const v1::BackfillScheduleRequest* request,
                                v1::BackfillScheduleResponse* response) override;
  grpc::Status ListArrivals(grpc::ServerContext* context, const v1::ListArrivalsRequest* request,
                            v1::ListArrivalsResponse* response) override;
  grpc::Status PokeSchedules(grpc::ServerContext* context, const v1::PokeSchedulesRequest* request,
                             v1::PokeSchedulesResponse* response) override;
  grpc::Status WatchRun(grpc::ServerContext* context, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override;
  grpc::Status WatchPublications(grpc::ServerContext* context, const v1::WatchPublicationsRequest* request,
                                 grpc::ServerWriter<v1::WatchPublicationsResponse>* writer) override;
  grpc::Status ListPublications(grpc::ServerContext* context, const v1::ListPublicationsRequest* request,
                                v1::ListPublicationsResponse* response) override;
  grpc::Status RenderTable(grpc::ServerContext* context, const v1::RenderTableRequest* request,
                           v1::RenderTableResponse* response) override;
  grpc::Status SynthesizePanel(grpc::ServerContext* context, const v1::SynthesizePanelRequest* request,
                               v1::SynthesizePanelResponse* response) override;

 private:
  class State;
  explicit ReportingService(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace farrell::reporting
