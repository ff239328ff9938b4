// A small study on a dataset, scheduled on services whose clock the test sets.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/text/time.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/reporting/service/running_services.h"
#include "tests/reporting/service/study_files.h"
#include "tests/support/process.h"

namespace farrell::reporting {

inline constexpr const char* kScheduledStudy = R"(id: small
title: A small study
data: {dataset: panel, unit: state, time: year}
dea:
  - {id: main, inputs: [capital, labour], outputs: [output], frontier: global}
tables:
  - {id: ranking, kind: efficiency, columns: main}
limits: Associations only.
)";

inline std::chrono::sys_seconds Moment(const std::string& text) {
  return std::chrono::floor<std::chrono::seconds>(text::ParseTime(text).value());
}

class ScheduleFixture : public ::testing::Test {
 protected:
  using Scheduled = v1::ScheduledRun;

  std::unique_ptr<RunningServices> Start(ScheduleOptions options = {}) {
    options.look = std::chrono::milliseconds(10);
    options.now = [this] { return std::chrono::sys_seconds(std::chrono::seconds(now_.load())); };
    return std::make_unique<RunningServices>(directory_.path().string(), "node", "", options);
  }
  void SetClock(const std::string& text) { now_ = Moment(text).time_since_epoch().count(); }

  // Known long before the clock of the test, which is not that of the data service.
  static void Import(RunningServices& services, const std::string& release, const std::string& known_at = "2020-01-01",
                     int shift = 0) {
    std::string csv = SmallPanel();
    if (shift != 0) csv += "Z,2001," + std::to_string(100 + shift) + ",50,80,3.1,10\n";
    ASSERT_TRUE(services.Import(csv, false, "state", "year", "panel", release, known_at).ok());
  }

  // An update: the capital of a unit in 2001.
  static void Push(RunningServices& services, const std::string& release, double capital, const std::string& unit = "A",
                   const std::string& known_at = "") {
    grpc::ClientContext context;
    data::v1::PushCellsResponse response;
    const auto writer = data::v1::DataService::NewStub(services.channel())->PushCells(&context, &response);
    data::v1::PushCellsRequest request;
    request.mutable_options()->set_dataset("panel");
    request.mutable_options()->set_release(release);
    request.mutable_options()->set_known_at(known_at);
    writer->Write(request);
    data::v1::PushedCell& cell = *request.mutable_cells()->add_cells();
    cell.set_unit(unit);
    cell.set_variable("capital");
    cell.set_period(2001);
    cell.set_value(capital);
    writer->Write(request);
    writer->WritesDone();
    const Status status = FromGrpc(writer->Finish());
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  static std::string SnapshotOf(RunningServices& services, const std::string& reference) {
    data::v1::ResolveSnapshotRequest request;
    request.set_reference(reference);
    grpc::ClientContext context;
    data::v1::ResolveSnapshotResponse response;
    const auto stub = data::v1::DataService::NewStub(services.channel());
    EXPECT_TRUE(stub->ResolveSnapshot(&context, request, &response).ok()) << reference;
    return response.snapshot().digest();
  }

  template <typename Method, typename Request, typename Response>
  static Status Ask(RunningServices& services, Method method, const Request& request, Response& response) {
    grpc::ClientContext context;
    return FromGrpc((services.reporting().*method)(&context, request, &response));
  }

  static v1::Schedule Cron(const std::string& name, const std::string& table,
                           const std::string& zone = "Asia/Shanghai") {
    v1::Schedule schedule;
    schedule.set_name(name);
    *schedule.mutable_source() = Source({{"study.yaml", kScheduledStudy}});
    schedule.mutable_cron()->set_expression(table);
    schedule.mutable_cron()->set_time_zone(zone);
    return schedule;
  }

  static Result<v1::ScheduleState> Create(RunningServices& services, const v1::Schedule& schedule,
                                          bool update = false) {
    v1::CreateScheduleRequest request;
    *request.mutable_schedule() = schedule;
    request.set_update(update);
    v1::CreateScheduleResponse response;
    FARRELL_RETURN_IF_ERROR(Ask(services, &v1::ReportingService::Stub::CreateSchedule, request, response));
    return response.state();
  }

  static v1::ScheduleState Get(RunningServices& services, const std::string& name) {
    v1::GetScheduleRequest request;
    request.set_schedule(name);
    v1::GetScheduleResponse response;
    const Status status = Ask(services, &v1::ReportingService::Stub::GetSchedule, request, response);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return response.state();
  }

  static Result<v1::ScheduledRun> Trigger(RunningServices& services, const std::string& name) {
    v1::TriggerScheduleRequest request;
    request.set_schedule(name);
    v1::TriggerScheduleResponse response;
    FARRELL_RETURN_IF_ERROR(Ask(services, &v1::ReportingService::Stub::TriggerSchedule, request, response));
    return response.run();
  }

  static v1::PokeSchedulesResponse Poke(RunningServices& services, bool wait = false) {
    v1::PokeSchedulesRequest request;
    request.set_wait(wait);
    v1::PokeSchedulesResponse response;
    const Status status = Ask(services, &v1::ReportingService::Stub::PokeSchedules, request, response);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return response;
  }

  // States by nominal time, the oldest first.
  static std::vector<std::pair<std::string, Scheduled::State>> States(RunningServices& services,
                                                                      const std::string& name) {
    std::vector<std::pair<std::string, Scheduled::State>> states;
    const auto schedule = Get(services, name);
    for (const Scheduled& run : schedule.runs()) {
      states.insert(states.begin(), {run.nominal_time(), run.state()});
    }
    return states;
  }

  // Until no run of the schedule waits or is under way.
  static ::testing::AssertionResult AllEnded(RunningServices& services, const std::string& name, int runs) {
    const bool ended = farrell::testing::Eventually(
        [&] {
          const v1::ScheduleState state = Get(services, name);
          if (state.runs_size() < runs) return false;
          for (const Scheduled& run : state.runs()) {
            if (run.state() == Scheduled::STATE_WAITING || run.state() == Scheduled::STATE_RUNNING) return false;
          }
          return true;
        },
        std::chrono::seconds(120));
    if (ended) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << Get(services, name).DebugString();
  }

  static std::vector<v1::Publication> Publications(RunningServices& services, bool with_difference = false) {
    v1::ListPublicationsRequest request;
    request.set_with_difference(with_difference);
    request.set_page_size(1000);
    v1::ListPublicationsResponse response;
    EXPECT_TRUE(Ask(services, &v1::ReportingService::Stub::ListPublications, request, response).ok());
    return {response.publications().begin(), response.publications().end()};
  }

  farrell::testing::TempDir directory_;
  std::atomic<std::int64_t> now_ = Moment("2026-11-01T00:00:00Z").time_since_epoch().count();
};

}  // namespace farrell::reporting
