// What has no digest, damaged: the check names it, and nothing that was removed as it should be.
#include "services/reporting/service/record_check.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "common/text/time.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/run_events.h"
#include "services/reporting/service/schedule_store.h"
#include "services/reporting/service/step_store.h"
#include "services/reporting/service/store_check.h"
#include "services/reporting/service/store_schema.h"
#include "tests/support/test_database.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Moment Monday() { return Moment(std::chrono::seconds(1'800'000'000)); }

// Two published runs, one of them of a schedule that is told of events and has another run waiting.
class RecordCheckTest : public farrell::testing::OnEveryEngine {
 protected:
  void SetUp() override {
    OnEveryEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::move(StepStore::Open(database().options())).value();
    ScheduleStore schedules(store_->database());
    v1::StoredSchedule stored;
    stored.set_id("s");
    stored.set_project("provinces");
    stored.mutable_schedule()->set_name("monthly");
    ASSERT_TRUE(schedules.Add(stored, Monday()).ok());
    v1::Arrival arrival;
    arrival.set_sequence(7);
    ASSERT_TRUE(schedules.AddArrivals({"s"}, arrival, Monday()).ok());
    ASSERT_TRUE(schedules.AddRuns({Scheduled("first"), Scheduled("second")}).ok());
    AddRun("aaaaaaaa");
    AddRun("bbbbbbbb");
    v1::ScheduledRun ended = Scheduled("first");
    ended.set_state(v1::ScheduledRun::STATE_PUBLISHED);
    ended.set_run_id("aaaaaaaa");
    Publish("aaaaaaaa", "", ended);
    Publish("bbbbbbbb", "aaaaaaaa", {});
  }

  static v1::ScheduledRun Scheduled(const std::string& id) {
    v1::ScheduledRun run;
    run.set_id(id);
    run.set_schedule_id("s");
    run.set_nominal_time(text::FormatTime(Monday()));
    run.set_state(v1::ScheduledRun::STATE_WAITING);
    return run;
  }

  void AddRun(const std::string& id) {
    v1::Run run;
    run.set_id(id);
    run.set_study_id("study");
    run.set_state(v1::Run::STATE_SUCCEEDED);
    ASSERT_TRUE(store_->SaveRun(run, 1).ok());
    ASSERT_TRUE(store_->SaveReport(id, {{"report.md", "text"}}).ok());
    RunEvents events(store_->database());
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(events.Add(id, {}).ok());
    ASSERT_TRUE(events.Close(run).ok());
  }

  void Publish(const std::string& run, const std::string& previous, const std::optional<v1::ScheduledRun>& scheduled) {
    Publishing publishing;
    publishing.publication.set_project("provinces");
    publishing.publication.set_study_id("study");
    publishing.publication.set_run_id(run);
    publishing.publication.set_previous_run_id(previous);
    publishing.webhooks = {"https://example.org/" + run};
    publishing.scheduled = scheduled;
    const auto published = PublicationStore(store_->database()).Publish(publishing, Monday());
    ASSERT_TRUE(published.ok()) << published.status().ToString();
  }

  std::vector<std::string> Check() {
    const auto report = CheckStore(store_->database(), static_cast<int>(Schema().migrations.size()));
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    std::vector<std::string> found;
    if (!report.ok()) return found;
    for (const sql::Damage& damage : report->damages) found.push_back(damage.place + ": " + damage.problem);
    return found;
  }
  std::vector<std::string> After(const std::string& statement) {
    database().Execute(statement);
    return Check();
  }

  std::unique_ptr<StepStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RecordCheckTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

const std::string kUnlike = ": it cannot be read, or is not what its row says";

TEST_P(RecordCheckTest, WhatIsWholeIsFoundWhole) { EXPECT_THAT(Check(), IsEmpty()); }

TEST_P(RecordCheckTest, MessagesThatCannotBeReadAreNamed) {
  const std::string message = database().Text("SELECT min(id) FROM reporting_notifications");
  EXPECT_THAT(After("UPDATE reporting_schedules SET content = '!!!!'"), ElementsAre("schedule monthly" + kUnlike));
  database().Execute("UPDATE reporting_scheduled SET content = 'AAAA' WHERE id = 'second'");
  database().Execute("UPDATE reporting_arrivals SET content = 'AAAA'");
  database().Execute("UPDATE reporting_publications SET content = 'AAAA' WHERE sequence = 2");
  database().Execute("UPDATE reporting_notifications SET content = 'AAAA' WHERE id = '" + message + "'");
  database().Execute("UPDATE reporting_run_events SET content = 'AAAA' WHERE run_id = 'bbbbbbbb' AND sequence = 2");
  EXPECT_THAT(Check(), ElementsAre("schedule monthly" + kUnlike, "scheduled run second" + kUnlike,
                                   "event 7 of schedule s" + kUnlike, "publication 2 of study study" + kUnlike,
                                   "message " + message + kUnlike, "event 2 of run bbbbbbbb" + kUnlike));
}

TEST_P(RecordCheckTest, AMessageUnderAnothersRowIsNamed) {
  EXPECT_THAT(After("UPDATE reporting_publications SET content = (SELECT p.content FROM reporting_publications p WHERE "
                    "p.sequence = 1) WHERE sequence = 2"),
              ElementsAre("publication 2 of study study" + kUnlike));
}

TEST_P(RecordCheckTest, EventsOfARunHaveNoGaps) {
  EXPECT_THAT(After("DELETE FROM reporting_run_events WHERE run_id = 'aaaaaaaa' AND sequence = 1"),
              ElementsAre("events of run aaaaaaaa: their numbers have gaps"));
}

TEST_P(RecordCheckTest, PublicationsHaveNoGapsAndAreThereForWhatNamesThem) {
  const std::vector<std::string> found = After("DELETE FROM reporting_publications WHERE sequence = 1");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], "publications: their numbers have gaps");
  EXPECT_THAT(found[1], ::testing::EndsWith(": its publication 1 is gone"));
  EXPECT_EQ(found[2], "scheduled run first: its publication is gone");
}

TEST_P(RecordCheckTest, TheRunOfAPublicationIsThere) {
  database().Execute("DELETE FROM reporting_files WHERE run_id = 'bbbbbbbb'");
  database().Execute("DELETE FROM reporting_run_events WHERE run_id = 'bbbbbbbb'");
  EXPECT_THAT(After("DELETE FROM reporting_runs WHERE id = 'bbbbbbbb'"), ElementsAre("publication 2: its run is gone"));
}

TEST_P(RecordCheckTest, WhatGoesWithARunIsGoneWithIt) {
  EXPECT_THAT(After("DELETE FROM reporting_runs WHERE id = 'aaaaaaaa'"),
              ElementsAre("report of run aaaaaaaa: the run is gone", "events of run aaaaaaaa: the run is gone",
                          "publication 1: its run is gone"));
}

TEST_P(RecordCheckTest, ASucceededRunHasItsReport) {
  EXPECT_THAT(After("DELETE FROM reporting_files WHERE run_id = 'aaaaaaaa'"),
              ElementsAre("run aaaaaaaa: its report is gone"));
}

TEST_P(RecordCheckTest, WhatIsOfAScheduleHasOne) {
  EXPECT_THAT(After("DELETE FROM reporting_schedules"), ElementsAre("events of schedule s: their schedule is gone",
                                                                    "scheduled run second: its schedule is gone"));
}

// What its owner or retention took leaves nothing to complain of.
TEST_P(RecordCheckTest, WhatWasRemovedAsItShouldIsNoDamage) {
  const text::SystemTime now = std::chrono::system_clock::now();
  ASSERT_TRUE(store_->keeper().Remove("aaaaaaaa", "wrong sample", "somebody", now).ok());
  EXPECT_THAT(Check(), IsEmpty());
  ASSERT_TRUE(ScheduleStore(store_->database()).Remove("s").ok());
  EXPECT_THAT(Check(), IsEmpty());
  ASSERT_TRUE(store_->keeper().ApplyRetention({.before = now, .keep_latest = 0}, "somebody", now).ok());
  EXPECT_THAT(Check(), IsEmpty());
}

}  // namespace
}  // namespace farrell::reporting
