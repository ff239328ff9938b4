// The methods of the reporting service about schedules, publications and what happens to runs.
#include "common/rpc/call.h"
#include "common/rpc/handler.h"
#include "services/reporting/service/reporting_state.h"
#include "services/reporting/service/schedule_backfill.h"
#include "services/reporting/service/schedule_calls.h"
#include "services/reporting/service/watch_calls.h"

namespace farrell::reporting {

grpc::Status ReportingService::CreateSchedule(grpc::ServerContext* context, const v1::CreateScheduleRequest* request,
                                              v1::CreateScheduleResponse* response) {
  return Guard(
      "farrell.reporting.v1.ReportingService/CreateSchedule", context, [&](const std::stop_token& stop) -> Status {
        NoteRequest(*request);
        FARRELL_ASSIGN_OR_RETURN(*response->mutable_state(),
                                 reporting::CreateSchedule(state_->schedules(), state_->webhooks(), *request, stop));
        state_->scheduler().Wake();
        return Status::Ok();
      });
}

grpc::Status ReportingService::ListSchedules(grpc::ServerContext* context, const v1::ListSchedulesRequest*,
                                             v1::ListSchedulesResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/ListSchedules", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::ListSchedules(state_->schedules()));
    return Status::Ok();
  });
}

grpc::Status ReportingService::GetSchedule(grpc::ServerContext* context, const v1::GetScheduleRequest* request,
                                           v1::GetScheduleResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/GetSchedule", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const KeptSchedule kept, FindOpenSchedule(state_->schedules(), request->schedule()));
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_state(), DescribeSchedule(state_->schedules(), kept));
    return Status::Ok();
  });
}

grpc::Status ReportingService::DeleteSchedule(grpc::ServerContext* context, const v1::DeleteScheduleRequest* request,
                                              v1::DeleteScheduleResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/DeleteSchedule", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_id(),
                             reporting::DeleteSchedule(state_->schedules(), request->schedule()));
    return Status::Ok();
  });
}

grpc::Status ReportingService::PauseSchedule(grpc::ServerContext* context, const v1::PauseScheduleRequest* request,
                                             v1::PauseScheduleResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/PauseSchedule", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(*response->mutable_state(), reporting::PauseSchedule(state_->schedules(), *request));
    state_->scheduler().Wake();
    return Status::Ok();
  });
}

grpc::Status ReportingService::TriggerSchedule(grpc::ServerContext* context, const v1::TriggerScheduleRequest* request,
                                               v1::TriggerScheduleResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/TriggerSchedule", context,
               [&](const std::stop_token& stop) -> Status {
                 NoteRequest(*request);
                 FARRELL_ASSIGN_OR_RETURN(*response->mutable_run(),
                                          reporting::TriggerSchedule(state_->schedules(), request->schedule(), stop));
                 state_->scheduler().Wake();
                 return Status::Ok();
               });
}

grpc::Status ReportingService::BackfillSchedule(grpc::ServerContext* context,
                                                const v1::BackfillScheduleRequest* request,
                                                v1::BackfillScheduleResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/BackfillSchedule", context,
               [&](const std::stop_token& stop) -> Status {
                 NoteRequest(*request);
                 FARRELL_ASSIGN_OR_RETURN(*response, reporting::BackfillSchedule(state_->schedules(), *request, stop));
                 state_->scheduler().Wake();
                 return Status::Ok();
               });
}

grpc::Status ReportingService::ListArrivals(grpc::ServerContext* context, const v1::ListArrivalsRequest* request,
                                            v1::ListArrivalsResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/ListArrivals", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(*response, reporting::ListArrivals(state_->schedules(), *request));
    return Status::Ok();
  });
}

grpc::Status ReportingService::PokeSchedules(grpc::ServerContext* context, const v1::PokeSchedulesRequest* request,
                                             v1::PokeSchedulesResponse* response) {
  return Guard("farrell.reporting.v1.ReportingService/PokeSchedules", context,
               [&](const std::stop_token& stop) -> Status {
                 NoteRequest(*request);
                 // Schedules run as whoever created them, not as who pokes.
                 const CallScope on_nobodys_behalf(nullptr);
                 Scheduler& scheduler = state_->scheduler();
                 FARRELL_ASSIGN_OR_RETURN(const Scheduler::Looked looked,
                                          request->wait() ? scheduler.LookToTheEnd(stop) : scheduler.Look(stop));
                 response->set_due_count(looked.found);
                 response->set_started_count(looked.started);
                 response->set_scheduler(looked.other);
                 return Status::Ok();
               });
}

grpc::Status ReportingService::WatchRun(grpc::ServerContext* context, const v1::WatchRunRequest* request,
                                        grpc::ServerWriter<v1::WatchRunResponse>* writer) {
  return Guard("farrell.reporting.v1.ReportingService/WatchRun", context, [&](const std::stop_token& stop) {
    return reporting::WatchRun(
        state_->environment(), *request, [&](const v1::WatchRunResponse& response) { return writer->Write(response); },
        stop);
  });
}

grpc::Status ReportingService::WatchPublications(grpc::ServerContext* context,
                                                 const v1::WatchPublicationsRequest* request,
                                                 grpc::ServerWriter<v1::WatchPublicationsResponse>* writer) {
  return Guard("farrell.reporting.v1.ReportingService/WatchPublications", context, [&](const std::stop_token& stop) {
    return reporting::WatchPublications(
        state_->environment(), *request,
        [&](const v1::WatchPublicationsResponse& response) { return writer->Write(response); }, stop);
  });
}

grpc::Status ReportingService::ListPublications(grpc::ServerContext* context,
                                                const v1::ListPublicationsRequest* request,
                                                v1::ListPublicationsResponse* response) {
  return Guard(
      "farrell.reporting.v1.ReportingService/ListPublications", context, [&](const std::stop_token& stop) -> Status {
        FARRELL_ASSIGN_OR_RETURN(*response, reporting::ListPublications(state_->environment(), *request, stop));
        return Status::Ok();
      });
}

}  // namespace farrell::reporting
