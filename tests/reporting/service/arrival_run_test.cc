// Schedules that wait for data: events of the real data service, a clock that the test sets.
#include <gmock/gmock-matchers.h>

#include <map>

#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/reporting/service/schedule_fixture.h"
#include "tests/support/long_run.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Stub = v1::ReportingService::Stub;

class ArrivalRunTest : public ScheduleFixture {
 protected:
  static v1::Schedule OnArrival(const std::string& name, std::int64_t quiet = 0) {
    v1::Schedule schedule;
    schedule.set_name(name);
    *schedule.mutable_source() = Source({{"study.yaml", kScheduledStudy}});
    schedule.mutable_arrival()->set_quiet_seconds(quiet);
    return schedule;
  }

  static std::vector<v1::Arrival> Arrivals(RunningServices& services, const std::string& name) {
    v1::ListArrivalsRequest request;
    request.set_schedule(name);
    v1::ListArrivalsResponse response;
    EXPECT_TRUE(Ask(services, &Stub::ListArrivals, request, response).ok());
    return {response.arrivals().begin(), response.arrivals().end()};
  }

  static bool Heard(RunningServices& services, const std::string& name, std::size_t count) {
    return farrell::testing::Eventually([&] { return Arrivals(services, name).size() >= count; },
                                        std::chrono::seconds(60));
  }

  // Of the events so far, the newest first, once none of them waits.
  static std::vector<v1::Arrival::End> Ends(RunningServices& services, const std::string& name, std::size_t count) {
    std::vector<v1::Arrival> arrivals;
    const auto all_ended = [&] {
      arrivals = Arrivals(services, name);
      return arrivals.size() >= count && Get(services, name).pending_arrival_count() == 0;
    };
    EXPECT_TRUE(farrell::testing::Eventually(all_ended, std::chrono::seconds(60))) << Get(services, name).DebugString();
    arrivals = Arrivals(services, name);
    std::vector<v1::Arrival::End> ends;
    for (const v1::Arrival& arrival : arrivals) ends.push_back(arrival.end());
    return ends;
  }

  static void Withdraw(RunningServices& services, const std::string& release) {
    const auto data = data::v1::DataService::NewStub(services.channel());
    grpc::ClientContext context;
    data::v1::DeleteDatasetRequest remove;
    remove.set_dataset("panel");
    remove.set_release(release);
    data::v1::DeleteDatasetResponse removed;
    ASSERT_TRUE(data->DeleteDataset(&context, remove, &removed).ok());
  }
};

TEST_F(ArrivalRunTest, ManyUploadsMakeOneRunOnceItIsQuiet) {
  const auto services = Start();
  Import(*services, "before");
  ASSERT_TRUE(Create(*services, OnArrival("fresh", 1800)).ok());
  services->service().StartSchedules();
  for (int i = 1; i <= 5; ++i) Import(*services, "r" + std::to_string(i), "", i);
  ASSERT_TRUE(Heard(*services, "fresh", 5));
  ASSERT_TRUE(farrell::testing::Eventually([&] { return Get(*services, "fresh").waits_for() == "the quiet period"; }));
  EXPECT_TRUE(Get(*services, "fresh").runs().empty());
  now_ += 1800;
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  const v1::ScheduleState state = Get(*services, "fresh");
  ASSERT_EQ(state.runs_size(), 1);
  EXPECT_EQ(state.runs(0).release(), "r5");
  EXPECT_EQ(state.runs(0).state(), Scheduled::STATE_PUBLISHED) << state.runs(0).reason();
  std::map<v1::Arrival::End, int> ends;
  for (const v1::Arrival& arrival : Arrivals(*services, "fresh")) ++ends[arrival.end()];
  EXPECT_EQ(ends, (std::map<v1::Arrival::End, int>{{v1::Arrival::END_CONSUMED, 1}, {v1::Arrival::END_SUPERSEDED, 4}}));
  EXPECT_EQ(Arrivals(*services, "fresh").front().scheduled_run(), state.runs(0).id());
}

TEST_F(ArrivalRunTest, WhatCameWhileNobodyListenedIsHeardLater) {
  {
    const auto services = Start();
    Import(*services, "before");
    ASSERT_TRUE(Create(*services, OnArrival("fresh")).ok());
    Import(*services, "after", "", 3);
  }
  const auto services = Start();
  services->service().StartSchedules();
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  EXPECT_EQ(Get(*services, "fresh").runs(0).release(), "after");
}

TEST_F(ArrivalRunTest, AReleaseWithdrawnBeforeAndAfterItsRun) {
  const auto services = Start();
  Import(*services, "one");
  ASSERT_TRUE(Create(*services, OnArrival("fresh", 60)).ok());
  services->service().StartSchedules();
  Import(*services, "two", "", 2);
  Import(*services, "three", "", 3);
  Withdraw(*services, "three");
  ASSERT_TRUE(Heard(*services, "fresh", 3));
  now_ += 60;
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  EXPECT_EQ(Get(*services, "fresh").runs(0).release(), "two");
  const std::vector<v1::Arrival> arrivals = Arrivals(*services, "fresh");
  EXPECT_EQ(arrivals[0].end(), v1::Arrival::END_REJECTED);
  EXPECT_EQ(arrivals[1].end(), v1::Arrival::END_REJECTED);
  EXPECT_THAT(arrivals[1].reason(), HasSubstr("withdrawn"));
  // What stands for the study was made of data that are withdrawn now: it is run on those that are left.
  now_ += 10;
  Withdraw(*services, "two");
  ASSERT_TRUE(Heard(*services, "fresh", 4));
  now_ += 60;
  ASSERT_TRUE(AllEnded(*services, "fresh", 2));
  EXPECT_EQ(Get(*services, "fresh").runs(0).state(), Scheduled::STATE_PUBLISHED);
  EXPECT_EQ(Publications(*services).size(), 2U);
}

TEST_F(ArrivalRunTest, ATypoThatIsCorrectedInTimeIsNotPublished) {
  const auto services = Start();
  Import(*services, "one");
  ASSERT_TRUE(Create(*services, OnArrival("fresh", 60)).ok());
  services->service().StartSchedules();
  Push(*services, "right", 150);
  ASSERT_TRUE(Heard(*services, "fresh", 1));
  now_ += 60;
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  Push(*services, "typo", 999999);
  Push(*services, "corrected", 150);
  ASSERT_TRUE(Heard(*services, "fresh", 3));
  now_ += 60;
  EXPECT_THAT(Ends(*services, "fresh", 3),
              ElementsAre(v1::Arrival::END_REJECTED, v1::Arrival::END_SUPERSEDED, v1::Arrival::END_CONSUMED));
  EXPECT_EQ(Get(*services, "fresh").runs_size(), 1);
}

TEST_F(ArrivalRunTest, WhatATriggerRanOnIsNotRunAgainNorWhatCameBefore) {
  const auto services = Start();
  Import(*services, "one");
  ASSERT_TRUE(Create(*services, OnArrival("fresh", 60)).ok());
  services->service().StartSchedules();
  Push(*services, "x1", 150);
  Push(*services, "x2", 160);
  ASSERT_TRUE(Trigger(*services, "fresh").ok());
  ASSERT_TRUE(Heard(*services, "fresh", 2));
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  now_ += 60;
  EXPECT_THAT(Ends(*services, "fresh", 2), ElementsAre(v1::Arrival::END_REJECTED, v1::Arrival::END_SUPERSEDED));
  const v1::ScheduleState state = Get(*services, "fresh");
  ASSERT_EQ(state.runs_size(), 1);
  EXPECT_EQ(state.runs(0).release(), "x2");
}

TEST_F(ArrivalRunTest, AWithdrawalThatIsMadeGoodIsNotPublished) {
  const auto services = Start();
  const std::string whole = SmallPanel();
  // Without the last year of the last unit.
  const std::string part = whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1);
  const auto import = [&](const std::string& csv, const std::string& release) {
    return services->Import(csv, false, "state", "year", "panel", release).ok();
  };
  ASSERT_TRUE(import(part, "part"));
  v1::Schedule schedule = OnArrival("fresh");
  schedule.mutable_arrival()->set_complete(true);
  ASSERT_TRUE(Create(*services, schedule).ok());
  services->service().StartSchedules();
  ASSERT_TRUE(import(whole, "whole"));
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  now_ += 10;
  Withdraw(*services, "whole");
  ASSERT_TRUE(farrell::testing::Eventually(
      [&] { return Get(*services, "fresh").waits_for().find("completeness") == 0; }, std::chrono::seconds(60)));
  ASSERT_TRUE(import(whole, "whole again"));
  EXPECT_THAT(Ends(*services, "fresh", 3),
              ElementsAre(v1::Arrival::END_REJECTED, v1::Arrival::END_SUPERSEDED, v1::Arrival::END_CONSUMED));
  EXPECT_EQ(Get(*services, "fresh").runs_size(), 1);
}

TEST_F(ArrivalRunTest, OneOfSeveralReleasesOfARunIsWithdrawn) {
  const auto services = Start();
  Import(*services, "one");
  ASSERT_TRUE(Create(*services, OnArrival("fresh", 60)).ok());
  services->service().StartSchedules();
  Push(*services, "u1", 150, "A");
  Push(*services, "u2", 150, "B");
  Push(*services, "u3", 150, "C");
  ASSERT_TRUE(Heard(*services, "fresh", 3));
  now_ += 60;
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  Withdraw(*services, "u1");
  ASSERT_TRUE(Heard(*services, "fresh", 4));
  now_ += 60;
  ASSERT_TRUE(AllEnded(*services, "fresh", 2));
  EXPECT_EQ(Get(*services, "fresh").runs(0).snapshot_digest(), SnapshotOf(*services, "panel"));
  EXPECT_EQ(Get(*services, "fresh").runs(0).state(), Scheduled::STATE_PUBLISHED);
}

TEST_F(ArrivalRunTest, AReleaseBelowTheRevisionThatWasRunIsWithdrawn) {
  const auto services = Start();
  Import(*services, "one");
  v1::Schedule schedule = OnArrival("revised");
  schedule.mutable_arrival()->set_revisions_only(true);
  ASSERT_TRUE(Create(*services, schedule).ok());
  services->service().StartSchedules();
  Push(*services, "new unit", 150, "Z");
  EXPECT_THAT(Ends(*services, "revised", 1), ElementsAre(v1::Arrival::END_REJECTED));
  Push(*services, "revision", 150);
  ASSERT_TRUE(AllEnded(*services, "revised", 1));
  now_ += 10;
  Withdraw(*services, "new unit");
  ASSERT_TRUE(AllEnded(*services, "revised", 2));
  EXPECT_EQ(Get(*services, "revised").runs(0).snapshot_digest(), SnapshotOf(*services, "panel"));
}

TEST_F(ArrivalRunTest, APokeHearsWhatCameBeforeItDecides) {
  const auto services = Start();
  Import(*services, "one");
  ASSERT_TRUE(Create(*services, OnArrival("fresh")).ok());
  EXPECT_EQ(Poke(*services).due_count(), 0);
  for (int i = 1; i <= 5; ++i) {
    Push(*services, "u" + std::to_string(i), 150 + i);
    now_ += 10;
    EXPECT_EQ(Poke(*services, true).due_count(), 1) << i;
    EXPECT_EQ(Get(*services, "fresh").runs(0).state(), Scheduled::STATE_PUBLISHED) << i;
  }
}

TEST_F(ArrivalRunTest, AnIncompleteReleaseRunsAtItsDeadlineMarkedProvisional) {
  const auto services = Start();
  Import(*services, "one");
  v1::Schedule schedule = OnArrival("fresh");
  schedule.mutable_arrival()->set_complete(true);
  schedule.mutable_arrival()->set_deadline_seconds(3600);
  ASSERT_TRUE(Create(*services, schedule).ok());
  services->service().StartSchedules();
  // A unit that has one of five years.
  Import(*services, "two", "", 2);
  ASSERT_TRUE(Heard(*services, "fresh", 1));
  ASSERT_TRUE(farrell::testing::Eventually(
      [&] { return Get(*services, "fresh").waits_for().find("completeness") == 0; }, std::chrono::seconds(60)));
  now_ += 3600;
  ASSERT_TRUE(AllEnded(*services, "fresh", 1));
  const Scheduled run = Get(*services, "fresh").runs(0);
  EXPECT_TRUE(run.provisional());
  EXPECT_EQ(run.state(), Scheduled::STATE_PUBLISHED) << run.reason();
  v1::GetReportRequest request;
  request.set_run_id(run.run_id());
  request.add_paths("report.md");
  grpc::ClientContext context;
  const auto reader = services->reporting().GetReport(&context, request);
  std::string report;
  for (v1::GetReportResponse part; reader->Read(&part);) report += part.chunk();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(report, HasSubstr("Provisional"));
  // Nothing more is to come of that unit, so it is complete.
  data::v1::DeclareDatasetRequest declare;
  declare.set_dataset("panel");
  for (char unit = 'A'; unit <= 'H'; ++unit) declare.add_units(std::string(1, unit));
  grpc::ClientContext declaring;
  data::v1::DeclareDatasetResponse declared;
  now_ += 10;
  ASSERT_TRUE(data::v1::DataService::NewStub(services->channel())->DeclareDataset(&declaring, declare, &declared).ok());
  ASSERT_TRUE(AllEnded(*services, "fresh", 2));
  EXPECT_FALSE(Get(*services, "fresh").runs(0).provisional());
  EXPECT_EQ(Get(*services, "fresh").runs(0).release(), run.release());
}

TEST_F(ArrivalRunTest, ManyStudiesOnOneArrivalAllRunOnce) {
  const int kStudies = farrell::testing::LongRun() ? 300 : 20;
  const auto services = Start();
  Import(*services, "one");
  for (int i = 0; i < kStudies; ++i) {
    v1::Schedule schedule = OnArrival("s" + std::to_string(i));
    std::string study = kScheduledStudy;
    study.replace(0, 9, "id: small" + std::to_string(i));
    *schedule.mutable_source() = Source({{"study.yaml", study}});
    ASSERT_TRUE(Create(*services, schedule).ok());
  }
  services->service().StartSchedules();
  Import(*services, "two", "", 2);
  for (int i = 0; i < kStudies; ++i) ASSERT_TRUE(AllEnded(*services, "s" + std::to_string(i), 1));
  EXPECT_EQ(Publications(*services).size(), static_cast<std::size_t>(kStudies));
}

}  // namespace
}  // namespace farrell::reporting
