#include "services/reporting/service/schedule_store.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "common/text/time.h"
#include "services/reporting/engine/schedule/run_identity.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/run_events.h"
#include "services/reporting/service/step_store.h"
#include "tests/support/test_database.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = v1::ScheduledRun;

Moment At(int seconds) { return Moment(std::chrono::seconds(1'800'000'000 + seconds)); }

v1::StoredSchedule MakeSchedule(const std::string& id, const std::string& name = "monthly") {
  v1::StoredSchedule stored;
  stored.set_id(id);
  stored.set_project("provinces");
  stored.mutable_schedule()->set_name(name);
  return stored;
}

v1::ScheduledRun MakeRun(const std::string& schedule, int at, const std::string& snapshot = "d") {
  v1::ScheduledRun run;
  run.set_id(schedule::RunIdentity(schedule, At(at), snapshot));
  run.set_schedule_id(schedule);
  run.set_nominal_time(text::FormatTime(At(at)));
  run.set_snapshot_digest(snapshot);
  run.set_state(State::STATE_WAITING);
  return run;
}

Holder MakeHolder(const std::string& name) { return {name, "elsewhere", 1}; }

class ScheduleStoreTest : public farrell::testing::OnEveryEngine {
 protected:
  void SetUp() override {
    OnEveryEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::move(StepStore::Open(database().options())).value();
    schedules_.emplace(store_->database());
    publications_.emplace(store_->database());
  }
  void Sql(const std::string& statement) { database().Execute(statement); }
  HeldLease Lease(const std::string& holder = "a") {
    return ScheduleLease(store_->database(), MakeHolder(holder)).Hold().value().value();
  }
  Finding Found(std::vector<v1::ScheduledRun> due, int from, int through) {
    return {.schedule_id = "s",
            .looked_from = At(from),
            .looked_through = At(through),
            .missed = 0,
            .due = std::move(due),
            .ended = {},
            .waits_for = {}};
  }
  State::State StateOf(const std::string& id) { return schedules_->FindRun(id).value().value().state(); }

  std::unique_ptr<StepStore> store_;
  std::optional<ScheduleStore> schedules_;
  std::optional<PublicationStore> publications_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ScheduleStoreTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(ScheduleStoreTest, OneServerHoldsTheLeaseUntilItIsSilent) {
  ScheduleLease a(store_->database(), MakeHolder("a"));
  ScheduleLease b(store_->database(), MakeHolder("b"));
  const HeldLease first = a.Hold().value().value();
  EXPECT_EQ(b.Hold().value(), std::nullopt);
  EXPECT_EQ(b.Present().value(), "elsewhere:1");
  EXPECT_EQ(a.Hold().value().value().fence, first.fence);
  Sql("UPDATE reporting_leases SET alive_ns = alive_ns - 16000000000");
  const HeldLease second = b.Hold().value().value();
  EXPECT_GT(second.fence, first.fence);
  EXPECT_EQ(a.Hold().value(), std::nullopt);
  EXPECT_TRUE(b.GiveUp().ok());
  EXPECT_EQ(b.Present().value(), "");
  EXPECT_GT(a.Hold().value().value().fence, second.fence);
}

TEST_P(ScheduleStoreTest, ALeaseOfAProcessThatEndedIsFree) {
  ScheduleLease ended(store_->database(), {"x", HostName(), std::numeric_limits<int>::max()});
  ASSERT_TRUE(ended.Hold().value());
  EXPECT_TRUE(ScheduleLease(store_->database(), MakeHolder("b")).Hold().value());
}

TEST_P(ScheduleStoreTest, NamesAreUniqueInAProject) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  EXPECT_EQ(schedules_->Add(MakeSchedule("t"), At(0)).reason(), "SCHEDULE_EXISTS");
  v1::StoredSchedule other = MakeSchedule("t");
  other.set_project("national");
  EXPECT_TRUE(schedules_->Add(other, At(0)).ok());
  EXPECT_EQ(schedules_->All()->size(), 2U);
  EXPECT_EQ(schedules_->Replace(MakeSchedule("u"), {}).reason(), "SCHEDULE_NOT_FOUND");
}

// What one look found is one transaction, once.
TEST_P(ScheduleStoreTest, TwoSchedulersFindARunOnce) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  const HeldLease lease = Lease();
  const Finding found = Found({MakeRun("s", 10), MakeRun("s", 20)}, 0, 30);
  EXPECT_EQ(schedules_->Record(lease, found).value(), 2);
  EXPECT_EQ(schedules_->Record(lease, found).status().reason(), "SCHEDULE_CHANGED");
  EXPECT_EQ(schedules_->Record(lease, Found({MakeRun("s", 10), MakeRun("s", 40)}, 30, 50)).value(), 1);
  EXPECT_EQ(schedules_->OpenRuns()->at("s").size(), 3U);
  EXPECT_EQ(schedules_->AddRuns({MakeRun("s", 20), MakeRun("s", 20, "e")}).value(), 1);
}

TEST_P(ScheduleStoreTest, WhoHasLostTheLeaseWritesAndBeginsNothing) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  const HeldLease before = Lease("a");
  Sql("UPDATE reporting_leases SET alive_ns = 0");
  const HeldLease now = Lease("b");
  EXPECT_EQ(schedules_->Record(before, Found({MakeRun("s", 10)}, 0, 30)).status().reason(), "LEASE_LOST");
  ASSERT_TRUE(schedules_->Record(now, Found({MakeRun("s", 10)}, 0, 30)).ok());
  const std::string id = MakeRun("s", 10).id();
  EXPECT_EQ(schedules_->Claim(before, id, MakeHolder("a")).status().reason(), "LEASE_LOST");
  EXPECT_TRUE(schedules_->Claim(now, id, MakeHolder("b")).value());
  EXPECT_FALSE(schedules_->Claim(now, id, MakeHolder("b")).value());
}

TEST_P(ScheduleStoreTest, ARunWhoseOwnerHasGoneWaitsAgainAndIsNotTheirsAnyMore) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  ASSERT_TRUE(schedules_->AddRuns({MakeRun("s", 10)}).ok());
  const std::string id = MakeRun("s", 10).id();
  const Holder a = MakeHolder("a");
  ASSERT_TRUE(schedules_->Claim(Lease(), id, a).value());
  EXPECT_EQ(schedules_->ShowAlive(id, a).value(), std::nullopt);
  EXPECT_EQ(schedules_->TakeBackLost().value(), 0);
  Sql("UPDATE reporting_scheduled SET alive_ns = alive_ns - 61000000000");
  EXPECT_EQ(schedules_->TakeBackLost().value(), 1);
  EXPECT_EQ(StateOf(id), State::STATE_WAITING);
  const Holder b = MakeHolder("b");
  ASSERT_TRUE(schedules_->Claim(Lease(), id, b).value());
  v1::ScheduledRun ended = schedules_->FindRun(id).value().value();
  EXPECT_EQ(ended.attempts(), 2);
  ended.set_state(State::STATE_PUBLISHED);
  EXPECT_EQ(schedules_->ShowAlive(id, a).status().reason(), "RUN_LOST");
  EXPECT_EQ(schedules_->End(ended, &a).reason(), "RUN_LOST");
  EXPECT_TRUE(schedules_->End(ended, &b).ok());
  EXPECT_EQ(schedules_->End(ended, &b).reason(), "RUN_LOST");
  EXPECT_EQ(StateOf(id), State::STATE_PUBLISHED);
}

TEST_P(ScheduleStoreTest, ARunUnderWayHearsThatItIsToEnd) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  ASSERT_TRUE(schedules_->AddRuns({MakeRun("s", 10), MakeRun("s", 20)}).ok());
  const Holder a = MakeHolder("a");
  ASSERT_TRUE(schedules_->Claim(Lease(), MakeRun("s", 10).id(), a).value());
  ASSERT_TRUE(schedules_->Remove("s").ok());
  EXPECT_EQ(schedules_->ShowAlive(MakeRun("s", 10).id(), a).value(), "removed");
  EXPECT_EQ(schedules_->FindRun(MakeRun("s", 20).id()).value().has_value(), false) << "what waits goes";
}

TEST_P(ScheduleStoreTest, EveryEventEndsOnce) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  v1::Arrival arrival;
  arrival.set_sequence(7);
  arrival.set_end(v1::Arrival::END_PENDING);
  ASSERT_TRUE(schedules_->AddArrivals({"s", "t"}, arrival, At(1)).ok());
  ASSERT_TRUE(schedules_->AddArrivals({"s"}, arrival, At(2)).ok()) << "heard twice";
  EXPECT_EQ(schedules_->PendingArrivals("s")->size(), 1U);
  EXPECT_EQ(schedules_->NewestArrival("s").value(), 7);
  EXPECT_EQ(schedules_->OldestPending().value(), At(1));
  Finding found = Found({}, 0, 0);
  arrival.set_end(v1::Arrival::END_CONSUMED);
  found.ended = {arrival};
  ASSERT_TRUE(schedules_->Record(Lease(), found).ok());
  arrival.set_end(v1::Arrival::END_REJECTED);
  found.ended = {arrival};
  ASSERT_TRUE(schedules_->Record(Lease(), found).ok());
  EXPECT_THAT(*schedules_->PendingArrivals("s"), IsEmpty());
  EXPECT_EQ(schedules_->PendingArrivals("t")->size(), 1U);
  const auto all = schedules_->ArrivalsOf("s", 10, std::numeric_limits<std::int64_t>::max());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().end(), v1::Arrival::END_CONSUMED);
}

Publishing Publish(const std::string& run, const std::string& previous) {
  Publishing publishing;
  publishing.publication.set_project("provinces");
  publishing.publication.set_study_id("innovation");
  publishing.publication.set_run_id(run);
  publishing.publication.set_previous_run_id(previous);
  publishing.webhooks = {"https://hooks.example.org/a"};
  return publishing;
}

TEST_P(ScheduleStoreTest, LatestMovesOnceAndKnowsWhatItMovedFrom) {
  EXPECT_EQ(publications_->Publish(Publish("one", ""), At(0))->sequence(), 1);
  EXPECT_EQ(publications_->Publish(Publish("one", ""), At(1))->sequence(), 1) << "published again: as it was";
  EXPECT_EQ(publications_->Publish(Publish("two", ""), At(1)).status().reason(), "PUBLICATION_MOVED");
  EXPECT_EQ(publications_->Publish(Publish("two", "one"), At(2))->sequence(), 2);
  EXPECT_EQ(publications_->Latest("provinces", "innovation").value()->run_id(), "two");
  EXPECT_EQ(publications_->Latest("", "innovation").value(), std::nullopt) << "another project";
  EXPECT_EQ(publications_->DueNotifications(At(2), 10)->size(), 2U) << "one a publication";
  EXPECT_EQ(publications_->Newest().value(), 2);
  EXPECT_EQ(publications_->After("", 1, 10)->front().run_id(), "two");
  EXPECT_EQ(publications_->Before("innovation", true, 100, 10)->size(), 1U);
}

// The run that ends, `latest` and the messages: all of them or none.
TEST_P(ScheduleStoreTest, AScheduledRunIsPublishedAsItEndsOrNotAtAll) {
  ASSERT_TRUE(schedules_->Add(MakeSchedule("s"), At(0)).ok());
  ASSERT_TRUE(schedules_->AddRuns({MakeRun("s", 10)}).ok());
  const std::string id = MakeRun("s", 10).id();
  const Holder a = MakeHolder("a");
  const Holder b = MakeHolder("b");
  ASSERT_TRUE(schedules_->Claim(Lease(), id, a).value());
  Publishing publishing = Publish("one", "");
  publishing.scheduled = schedules_->FindRun(id).value().value();
  publishing.scheduled->set_state(State::STATE_PUBLISHED);
  publishing.owner = &b;
  EXPECT_EQ(publications_->Publish(publishing, At(0)).status().reason(), "RUN_LOST");
  EXPECT_EQ(publications_->Newest().value(), 0);
  EXPECT_THAT(*publications_->DueNotifications(At(100), 10), IsEmpty());
  publishing.publication.set_previous_run_id("nobody");
  publishing.owner = &a;
  EXPECT_EQ(publications_->Publish(publishing, At(0)).status().reason(), "PUBLICATION_MOVED");
  EXPECT_EQ(StateOf(id), State::STATE_RUNNING);
  publishing.publication.clear_previous_run_id();
  EXPECT_TRUE(publications_->Publish(publishing, At(0)).ok());
  EXPECT_EQ(StateOf(id), State::STATE_PUBLISHED);
}

TEST_P(ScheduleStoreTest, SequencesOfManyPublishersHaveNoGaps) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        Publishing publishing = Publish("run", "");
        publishing.publication.set_study_id(std::to_string(i) + "-" + std::to_string(j));
        Result<v1::Publication> done = Unavailable("NOT_YET", "");
        while (!done.ok()) {
          done = publications_->Publish(publishing, At(0));
          if (!done.ok() && done.status().reason() != "STORE_BUSY") {
            ADD_FAILURE() << done.status().ToString();
            return;
          }
        }
      }
    });
  }
  threads.clear();
  const auto all = publications_->After("", 0, 100).value();
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].sequence(), static_cast<std::int64_t>(i + 1));
}

TEST_P(ScheduleStoreTest, EventsOfARunAreNumberedAndEndOnce) {
  RunEvents events(store_->database());
  v1::RunEvent event;
  event.set_kind(v1::RunEvent::KIND_BEGUN);
  ASSERT_TRUE(events.Add("r", event).ok());
  event.set_kind(v1::RunEvent::KIND_STEP_BEGUN);
  ASSERT_TRUE(events.Add("r", event).ok());
  v1::Run run;
  run.set_id("r");
  run.set_state(v1::Run::STATE_SUCCEEDED);
  ASSERT_TRUE(events.Close(run).ok());
  ASSERT_TRUE(events.Close(run).ok());
  std::vector<std::int64_t> sequences;
  const auto told = events.After("r", 0, 10);
  ASSERT_TRUE(told.ok());
  for (const v1::RunEvent& one : *told) sequences.push_back(one.sequence());
  EXPECT_THAT(sequences, ElementsAre(1, 2, 3));
  EXPECT_EQ(events.After("r", 2, 10)->front().state(), "succeeded");
}

}  // namespace
}  // namespace farrell::reporting
