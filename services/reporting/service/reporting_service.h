// The reporting service: studies, plans, runs, reports.
#pragma once

#include <grpcpp/server_context.h>

#include <memory>
#include <string>

#include "common/cache/kept_results.h"
#include "common/rpc/channel.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/retention.h"

namespace farrell::reporting {

struct ReportingOptions {
  // Which other programs may share. Required.
  sql::DatabaseOptions database;
  // How figures become SVG. `figures.script` is services/reporting/figures/render.mjs, where it is installed.
  FigureProcessOptions figures;
  // What goes by itself; nothing unless asked.
  RetentionOptions retention{};
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
