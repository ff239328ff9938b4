// What the data service stores without a digest, damaged: the check names it, and nothing that was withdrawn.
#include "services/data/service/record_check.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "services/data/engine/import.h"
#include "services/data/service/schema.h"
#include "services/data/service/store.h"
#include "services/data/service/store_check.h"
#include "tests/support/test_database.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two releases, the second an update, with two units expected; and a dataset that was withdrawn.
class DataRecordCheckTest : public farrell::testing::OnEveryEngine {
 protected:
  void SetUp() override {
    OnEveryEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::move(Store::Open(database().Open())).value();
    Put("panel", "1", "unit,time,x\na,2010,1\nb,2010,2\n", false);
    Put("panel", "2", "unit,time,x\na,2011,3\nb,2011,4\n", true);
    Declaration declaration;
    declaration.expected.units = {"a", "b"};
    ASSERT_TRUE(store_->Declare("panel", declaration).ok());
    Put("other", "1", "unit,time,z\na,2010,1\n", false);
    ASSERT_TRUE(store_->Remove("other", "").ok());
  }

  void Put(const std::string& dataset, const std::string& release, const std::string& csv, bool update) {
    ImportSettings settings;
    settings.unit_key = "unit";
    settings.time_key = "time";
    TableImporter importer(settings);
    importer.Feed(csv);
    Table table = std::move(*importer.Finish()->table);
    const auto digests = DigestTable(table);
    const auto put =
        store_->Add(std::move(table), *digests,
                    {.dataset = dataset, .release = release, .update = update, .source_digest = "sha"}, "");
    ASSERT_TRUE(put.ok()) << put.status().ToString();
  }

  std::vector<std::string> Check() {
    const auto report = CheckStore(*database().Open(), static_cast<int>(Schema().migrations.size()));
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

  std::unique_ptr<Store> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, DataRecordCheckTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(DataRecordCheckTest, WhatIsWholeIsFoundWhole) {
  EXPECT_THAT(Check(), IsEmpty());
  ASSERT_TRUE(store_->Remove("panel", "1").ok());
  EXPECT_THAT(Check(), IsEmpty());
  ASSERT_TRUE(store_->Remove("panel", "").ok());
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_P(DataRecordCheckTest, EventsHaveNoGapsAndTellOfEveryArrival) {
  EXPECT_THAT(After("DELETE FROM data_events WHERE sequence = 2"),
              ElementsAre("events of datasets: their numbers have gaps",
                          "release 2 of dataset panel: the event of its arrival is gone"));
}

// No gap tells of it.
TEST_P(DataRecordCheckTest, TheLastEventsAreMissed) {
  EXPECT_THAT(After("DELETE FROM data_events WHERE sequence > 1"),
              ElementsAre("release 2 of dataset panel: the event of its arrival is gone"));
}

TEST_P(DataRecordCheckTest, EventsAreReadable) {
  EXPECT_THAT(After("UPDATE data_events SET kind = 9 WHERE sequence = 3"),
              ElementsAre("event 3 of dataset panel: it cannot be read"));
}

TEST_P(DataRecordCheckTest, PeriodsOfAnEventAreAllThere) {
  database().Execute("UPDATE data_event_periods SET state = 9 WHERE event = 1");
  EXPECT_THAT(After("UPDATE data_event_periods SET position = position + 1 WHERE event = 2"),
              ElementsAre("periods of event 1: they cannot be read, or their event is gone",
                          "periods of event 2: some are gone"));
}

TEST_P(DataRecordCheckTest, AReleaseThatNoEventWithdrewIsThere) {
  EXPECT_THAT(After("DELETE FROM data_releases WHERE name = '2'"),
              ElementsAre("release 2 of dataset panel: it is gone, and no event withdraws it"));
}

TEST_P(DataRecordCheckTest, DeclarationsAreWhole) {
  EXPECT_THAT(After("DELETE FROM data_expected WHERE position = 0"),
              ElementsAre("declarations of dataset panel: some of what is expected is gone"));
}

TEST_P(DataRecordCheckTest, ViewsNameTheirReleases) {
  const std::string view = database().Text("SELECT min(id) FROM data_views");
  ASSERT_NE(view, "");
  EXPECT_THAT(After("DELETE FROM data_view_releases WHERE id = '" + view + "' AND position = 0"),
              ElementsAre("view " + view + " of dataset panel: some of its releases are gone"));
}

}  // namespace
}  // namespace farrell::data
