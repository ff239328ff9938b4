// Schedules from their creation to what is published, on real services and a clock that the test sets.
#include <gmock/gmock-matchers.h>

#include <set>
#include <thread>

#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/reporting/service/schedule_fixture.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Stub = v1::ReportingService::Stub;

TEST_F(ScheduleFixture, ATableRunsPublishesAndTellsWhatMoved) {
  const auto services = Start();
  Import(*services, "2026-10", "2026-10-15");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  EXPECT_EQ(Get(*services, "daily").next_times(0), "2026-11-02T06:00:00+08:00");
  EXPECT_EQ(Poke(*services).due_count(), 0);
  SetClock("2026-11-01T22:00:00Z");
  services->service().StartSchedules();
  ASSERT_TRUE(AllEnded(*services, "daily", 1));
  EXPECT_THAT(States(*services, "daily"), ElementsAre(Pair("2026-11-01T22:00:00Z", Scheduled::STATE_PUBLISHED)));

  Import(*services, "2026-11", "2026-11-02", 50);
  SetClock("2026-11-02T22:00:30Z");
  ASSERT_TRUE(AllEnded(*services, "daily", 2));
  const std::vector<v1::Publication> publications = Publications(*services, true);
  ASSERT_EQ(publications.size(), 2U);
  const v1::ScheduleState state = Get(*services, "daily");
  EXPECT_EQ(publications[0].run_id(), state.runs(0).run_id());
  EXPECT_EQ(publications[0].previous_run_id(), state.runs(1).run_id());
  EXPECT_EQ(publications[0].nominal_time(), "2026-11-02T22:00:00Z");
  EXPECT_GT(publications[0].moved_count(), 0);
  EXPECT_THAT(publications[0].causes(), ElementsAre("data"));
  EXPECT_THAT(publications[0].difference(), HasSubstr("|"));
  EXPECT_EQ(publications[1].previous_run_id(), "");
}

TEST_F(ScheduleFixture, TwoSchedulersRunEveryNominalTimeOnce) {
  const auto a = Start();
  const auto b = Start();
  Import(*a, "1");
  v1::Schedule hourly = Cron("hourly", "0 * * * *");
  hourly.set_overlap(v1::OVERLAP_BUFFER_ALL);
  ASSERT_TRUE(Create(*a, hourly).ok());
  a->service().StartSchedules();
  b->service().StartSchedules();
  SetClock("2026-11-01T04:30:00Z");
  std::vector<std::jthread> pokers;
  for (RunningServices* one : {a.get(), b.get()}) {
    pokers.emplace_back([one] {
      for (int i = 0; i < 20; ++i) Poke(*one);
    });
  }
  pokers.clear();
  ASSERT_TRUE(AllEnded(*b, "hourly", 4));
  const v1::ScheduleState state = Get(*a, "hourly");
  std::set<std::string> times;
  for (const Scheduled& run : state.runs()) {
    EXPECT_EQ(run.state(), Scheduled::STATE_PUBLISHED) << run.reason();
    EXPECT_EQ(run.attempts(), 1);
    times.insert(run.nominal_time());
  }
  EXPECT_EQ(state.runs_size(), 4);
  EXPECT_EQ(times.size(), 4U);
  EXPECT_EQ(Publications(*a).size(), 4U);
}

TEST_F(ScheduleFixture, AMissedWindowIsCaughtUpAndOlderTimesAreCounted) {
  {
    const auto services = Start();
    Import(*services, "1");
    v1::Schedule hourly = Cron("hourly", "0 * * * *");
    hourly.set_overlap(v1::OVERLAP_BUFFER_ALL);
    hourly.set_catch_up_seconds(7200);
    ASSERT_TRUE(Create(*services, hourly).ok());
  }
  SetClock("2026-11-01T10:30:00Z");
  const auto services = Start();
  services->service().StartSchedules();
  ASSERT_TRUE(AllEnded(*services, "hourly", 2));
  EXPECT_THAT(States(*services, "hourly"), ElementsAre(Pair("2026-11-01T09:00:00Z", Scheduled::STATE_PUBLISHED),
                                                       Pair("2026-11-01T10:00:00Z", Scheduled::STATE_PUBLISHED)));
  EXPECT_EQ(Get(*services, "hourly").missed_count(), 8);
  // A clock that is set back repeats nothing.
  SetClock("2026-11-01T08:00:00Z");
  EXPECT_EQ(Poke(*services).due_count(), 0);
}

TEST_F(ScheduleFixture, ABackfillIsForeseenAndOutlivesARestart) {
  v1::BackfillScheduleRequest request;
  request.set_schedule("daily");
  request.set_from("2026-10-02T00:00:00+08:00");
  request.set_to("2026-10-09T23:59:59+08:00");
  {
    const auto services = Start();
    Import(*services, "early", "2026-10-04");
    Import(*services, "late", "2026-10-07", 20);
    ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
    request.set_preview(true);
    v1::BackfillScheduleResponse preview;
    ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, preview).ok());
    ASSERT_EQ(preview.parts_size(), 8);
    EXPECT_THAT(preview.parts(0).rejected_because(), HasSubstr("known on 2026-10-02"));
    EXPECT_EQ(preview.parts(2).release(), "early");
    EXPECT_EQ(preview.parts(7).release(), "late");
    EXPECT_GT(preview.parts(2).miss_count(), preview.parts(3).miss_count()) << "the same snapshot is at hand by then";
    EXPECT_GT(preview.unknown_count(), 0);
    EXPECT_TRUE(Get(*services, "daily").runs().empty());

    request.set_preview(false);
    v1::BackfillScheduleResponse response;
    ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, response).ok());
    services->service().StartSchedules();
    // Stopped somewhere in the middle.
    ASSERT_TRUE(
        farrell::testing::Eventually([&] { return !Publications(*services).empty(); }, std::chrono::seconds(60)));
  }
  const auto services = Start();
  services->service().StartSchedules();
  v1::BackfillScheduleResponse again;
  ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, again).ok());
  for (int i = 2; i < 8; ++i) EXPECT_TRUE(again.parts(i).exists()) << i;
  ASSERT_TRUE(AllEnded(*services, "daily", 6));
  const v1::ScheduleState state = Get(*services, "daily");
  EXPECT_EQ(state.runs_size(), 6);
  for (const Scheduled& run : state.runs()) EXPECT_EQ(run.state(), Scheduled::STATE_PUBLISHED) << run.reason();
  std::vector<v1::Publication> publications = Publications(*services);
  ASSERT_EQ(publications.size(), 6U);
  // One after the other, in the order of their times.
  for (std::size_t i = 1; i < publications.size(); ++i) {
    EXPECT_GT(publications[i - 1].nominal_time(), publications[i].nominal_time());
    EXPECT_EQ(publications[i - 1].previous_run_id(), publications[i].run_id());
  }
  request.set_preview(true);
  request.set_as_of("2026-10-05");
  v1::BackfillScheduleResponse known;
  ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, known).ok());
  EXPECT_EQ(known.unknown_count(), 0);
  EXPECT_EQ(known.parts(7).release(), "early");
  EXPECT_FALSE(known.parts(7).exists()) << "other data, another run";
  // A run for the past does not take the place of one for a later time.
  request.set_preview(false);
  request.set_from("2026-10-08T00:00:00+08:00");
  request.set_to("2026-10-08T12:00:00+08:00");
  ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, known).ok());
  ASSERT_TRUE(AllEnded(*services, "daily", 7));
  EXPECT_EQ(Publications(*services).front().run_id(), publications.front().run_id());
  int withheld = 0;
  const auto daily = Get(*services, "daily");
  for (const Scheduled& run : daily.runs()) withheld += run.state() == Scheduled::STATE_WITHHELD ? 1 : 0;
  EXPECT_EQ(withheld, 1);
}

TEST_F(ScheduleFixture, TheDataOfADayAreAllThatWasKnownThen) {
  const auto services = Start();
  Import(*services, "2019", "2020-06-30");
  Push(*services, "2019-gdp", 150, "A", "2020-12-01");
  Push(*services, "late", 160, "B", "2020-07-15");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  v1::BackfillScheduleRequest request;
  request.set_schedule("daily");
  request.set_from("2020-08-01T00:00:00+08:00");
  request.set_to("2020-08-01T23:59:59+08:00");
  request.set_preview(true);
  const std::string known = SnapshotOf(*services, "panel@known:2020-08-01");
  EXPECT_NE(known, SnapshotOf(*services, "panel@late"));
  for (const char* as_of : {"", "2020-07-31"}) {
    request.set_as_of(as_of);
    v1::BackfillScheduleResponse preview;
    ASSERT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, preview).ok());
    ASSERT_EQ(preview.parts_size(), 1);
    EXPECT_EQ(preview.parts(0).snapshot_digest(), known);
    EXPECT_EQ(preview.parts(0).release(), "late");
  }
  // It restates the whole as it was known long ago, and changes nothing since.
  Import(*services, "first", "1970-01-01", 20);
  SetClock("2026-11-01T22:00:00Z");
  EXPECT_EQ(Poke(*services).due_count(), 1);
  const Scheduled run = Get(*services, "daily").runs(0);
  EXPECT_EQ(run.snapshot_digest(), SnapshotOf(*services, "panel@known:2026-11-02"));
  EXPECT_EQ(run.release(), "2019-gdp");
}

TEST_F(ScheduleFixture, ThereIsNoBackfillForTheFuture) {
  const auto services = Start();
  Import(*services, "1", "2026-01-01");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  v1::BackfillScheduleRequest request;
  request.set_schedule("daily");
  request.set_from("2026-10-30T00:00:00Z");
  request.set_to("2026-11-01T00:00:01Z");
  for (const bool preview : {true, false}) {
    request.set_preview(preview);
    v1::BackfillScheduleResponse response;
    const Status refused = Ask(*services, &Stub::BackfillSchedule, request, response);
    EXPECT_EQ(refused.reason(), "BACKFILL_INVALID");
    ASSERT_EQ(refused.violations().size(), 1U);
    EXPECT_EQ(refused.violations()[0].field, "to");
  }
  EXPECT_TRUE(Get(*services, "daily").runs().empty());
  request.set_to("2026-11-01T00:00:00Z");
  v1::BackfillScheduleResponse response;
  EXPECT_TRUE(Ask(*services, &Stub::BackfillSchedule, request, response).ok());
}

TEST_F(ScheduleFixture, AGateKeepsARunFromBeingPublished) {
  const auto services = Start();
  // Made up, which a rule says.
  ASSERT_TRUE(services->Import(SmallPanel(), true, "state", "year", "panel", "1", "").ok());
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  services->service().StartSchedules();
  v1::TriggerScheduleRequest trigger;
  trigger.set_schedule("daily");
  v1::TriggerScheduleResponse triggered;
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  ASSERT_TRUE(AllEnded(*services, "daily", 1));
  v1::GetRunRequest get;
  get.set_id(Get(*services, "daily").runs(0).run_id());
  v1::GetRunResponse run;
  ASSERT_TRUE(Ask(*services, &Stub::GetRun, get, run).ok());
  ASSERT_FALSE(run.run().warnings().empty()) << "a rule is needed that fires";

  v1::Schedule gated = Cron("daily", "0 6 * * *");
  gated.add_gates(run.run().warnings(0).code());
  ASSERT_TRUE(Create(*services, gated, true).ok());
  SetClock("2026-11-01T03:00:00Z");
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  ASSERT_TRUE(AllEnded(*services, "daily", 2));
  const v1::ScheduleState state = Get(*services, "daily");
  EXPECT_EQ(state.runs(0).state(), Scheduled::STATE_WITHHELD);
  EXPECT_THAT(state.runs(0).reason(), HasSubstr(run.run().warnings(0).code()));
  EXPECT_EQ(Publications(*services).size(), 1U);
}

TEST_F(ScheduleFixture, APausedScheduleRunsOnlyWhenItIsTriggered) {
  const auto services = Start();
  Import(*services, "1");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  v1::PauseScheduleRequest pause;
  pause.set_schedule("daily");
  pause.set_paused(true);
  pause.set_note("census year");
  v1::PauseScheduleResponse paused;
  ASSERT_TRUE(Ask(*services, &Stub::PauseSchedule, pause, paused).ok());
  EXPECT_THAT(paused.state().pause_note(), HasSubstr("census year"));
  EXPECT_TRUE(paused.state().next_times().empty());
  SetClock("2026-11-01T23:00:00Z");
  EXPECT_EQ(Poke(*services).due_count(), 0);
  v1::TriggerScheduleRequest trigger;
  trigger.set_schedule("daily");
  v1::TriggerScheduleResponse triggered;
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  services->service().StartSchedules();
  ASSERT_TRUE(AllEnded(*services, "daily", 1));
  const std::string first = triggered.run().id();
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  EXPECT_NE(triggered.run().id(), first)
      << "one that has ended is not what is asked for, within the same second either";
  ASSERT_TRUE(AllEnded(*services, "daily", 2));
  pause.set_paused(false);
  ASSERT_TRUE(Ask(*services, &Stub::PauseSchedule, pause, paused).ok());
  ASSERT_TRUE(AllEnded(*services, "daily", 3)) << "what passed meanwhile is caught up";
}

TEST_F(ScheduleFixture, DataThatHaveGoneRejectTheRunWithTheReason) {
  const auto services = Start();
  Import(*services, "1");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  const auto data = data::v1::DataService::NewStub(services->channel());
  grpc::ClientContext context;
  data::v1::DeleteDatasetRequest remove;
  remove.set_dataset("panel");
  data::v1::DeleteDatasetResponse removed;
  ASSERT_TRUE(data->DeleteDataset(&context, remove, &removed).ok());
  SetClock("2026-11-01T22:00:00Z");
  EXPECT_EQ(Poke(*services).due_count(), 1);
  const v1::ScheduleState state = Get(*services, "daily");
  ASSERT_EQ(state.runs_size(), 1);
  EXPECT_EQ(state.runs(0).state(), Scheduled::STATE_REJECTED);
  EXPECT_THAT(state.runs(0).reason(), HasSubstr("NOT_FOUND"));
  v1::TriggerScheduleRequest trigger;
  trigger.set_schedule("daily");
  v1::TriggerScheduleResponse triggered;
  EXPECT_EQ(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).reason(), "SCHEDULED_RUN_REJECTED");
}

TEST_F(ScheduleFixture, EveryBadFieldOfAScheduleIsNamed) {
  const auto services = Start();
  Import(*services, "1");
  v1::Schedule bad = Cron("no name", "61 6 * * *", "Asia/Beijng");
  bad.add_gates("W999");
  bad.add_webhooks("http://169.254.169.254/");
  bad.set_catch_up_seconds(-1);
  const Status status = Create(*services, bad).status();
  EXPECT_EQ(status.reason(), "SCHEDULE_INVALID");
  std::set<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.insert(violation.field);
  EXPECT_THAT(fields, ElementsAre("schedule.catch_up_seconds", "schedule.cron.expression", "schedule.cron.time_zone",
                                  "schedule.gates[0]", "schedule.name", "schedule.webhooks[0]"));
  v1::Schedule on_file = Cron("daily", "0 6 * * *");
  *on_file.mutable_source() = Source({{"study.yaml", "id: x\ndata: {file: a.csv, unit: u}\n"}});
  EXPECT_EQ(Create(*services, on_file).status().reason(), "SCHEDULE_INVALID");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  EXPECT_EQ(Create(*services, Cron("daily", "0 6 * * *")).status().reason(), "SCHEDULE_EXISTS");
  EXPECT_EQ(Create(*services, Cron("other", "0 6 * * *"), true).status().reason(), "SCHEDULE_NOT_FOUND");
}

TEST_F(ScheduleFixture, WatchingARunGoesOnWhereItWasLost) {
  const auto services = Start();
  Import(*services, "1");
  ASSERT_TRUE(Create(*services, Cron("daily", "0 6 * * *")).ok());
  services->service().StartSchedules();
  v1::TriggerScheduleRequest trigger;
  trigger.set_schedule("daily");
  v1::TriggerScheduleResponse triggered;
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  ASSERT_TRUE(AllEnded(*services, "daily", 1));
  const auto watch = [&](std::int64_t after) {
    v1::WatchRunRequest request;
    request.set_run_id(Get(*services, "daily").runs(0).run_id());
    request.set_after_sequence(after);
    grpc::ClientContext context;
    const auto reader = services->reporting().WatchRun(&context, request);
    std::vector<v1::RunEvent> events;
    for (v1::WatchRunResponse response; reader->Read(&response);) events.push_back(response.event());
    EXPECT_TRUE(reader->Finish().ok());
    return events;
  };
  const std::vector<v1::RunEvent> all = watch(0);
  ASSERT_GE(all.size(), 6U);
  EXPECT_EQ(all.front().kind(), v1::RunEvent::KIND_BEGUN);
  EXPECT_EQ(all.back().kind(), v1::RunEvent::KIND_ENDED);
  EXPECT_EQ(all.back().state(), "succeeded");
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].sequence(), static_cast<std::int64_t>(i + 1));
  const std::vector<v1::RunEvent> rest = watch(3);
  ASSERT_EQ(rest.size(), all.size() - 3);
  EXPECT_EQ(rest.front().sequence(), 4);

  v1::WatchPublicationsRequest request;
  request.set_after_sequence(0);
  grpc::ClientContext context;
  const auto reader = services->reporting().WatchPublications(&context, request);
  v1::WatchPublicationsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.publication().sequence(), 1);
  SetClock("2026-11-01T05:00:00Z");
  ASSERT_TRUE(Ask(*services, &Stub::TriggerSchedule, trigger, triggered).ok());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.publication().sequence(), 2);
  EXPECT_EQ(response.publication().moved_count(), 0);
  context.TryCancel();
  while (reader->Read(&response)) {
  }
  (void)reader->Finish();
}

}  // namespace
}  // namespace farrell::reporting
