// A dataset through its releases: late and out of order, withdrawn, under embargo, several writers.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/call.h"
#include "services/data/engine/cell_changes.h"
#include "services/data/engine/import.h"
#include "services/data/service/holdings.h"
#include "services/data/service/store.h"
#include "tests/support/test_database.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kFarAhead = 4'000'000'000;

struct Shipment {
  std::string release;
  std::string known_at;
  std::string csv;
  bool update = true;
  std::int64_t embargo_until = 0;
};

class ArrivalsTest : public farrell::testing::OnEveryEngine {
 protected:
  // A call of a principal of this project.
  struct As {
    explicit As(const std::string& project, std::vector<std::string> data = {}, bool embargoed = false) : scope(&call) {
      auto grant = std::make_shared<access::Grant>();
      grant->project = project;
      grant->data = std::move(data);
      if (embargoed) grant->scopes = {"data.embargoed"};
      call.grant = grant;
    }
    CallInfo call;
    CallScope scope;
  };

  void SetUp() override {
    OnEveryEngine::SetUp();
    if (!IsSkipped()) store_ = MustOpen();
  }
  std::unique_ptr<Store> MustOpen() {
    auto opened = Store::Open(database().Open());
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return std::move(*opened);
  }

  static Table Read(const Shipment& shipment) {
    ImportSettings settings;
    settings.unit_key = "unit";
    settings.time_key = "time";
    settings.known_at = shipment.known_at;
    TableImporter importer(settings);
    importer.Feed(shipment.csv);
    return std::move(*importer.Finish()->table);
  }
  Result<Store::Put> Put(Store& store, const Shipment& shipment, const std::string& dataset = "panel") {
    Table table = Read(shipment);
    const auto digests = DigestTable(table);
    const Store::Name name{.dataset = dataset,
                           .release = shipment.release,
                           .embargo_until = shipment.embargo_until,
                           .update = shipment.update,
                           .source_digest = "sha of " + shipment.release};
    return store.Add(std::move(table), *digests, name, "");
  }
  void MustPut(const Shipment& shipment) {
    const auto put = Put(*store_, shipment);
    ASSERT_TRUE(put.ok()) << put.status().ToString();
  }
  std::string Digest(const std::string& reference) {
    const auto resolved = store_->Resolve(reference);
    EXPECT_TRUE(resolved.ok()) << reference << ": " << resolved.status().ToString();
    return resolved.ok() ? resolved->digest : "";
  }
  // "a2010.x=1 b2010.x=2": the cells of a view by unit and time.
  std::string View(const std::string& reference) {
    const auto loaded = store_->Load(Digest(reference));
    if (!loaded.ok()) return loaded.status().reason();
    const Table& table = (*loaded)->table;
    std::string cells;
    for (const std::size_t row : table.keys->order) {
      for (const ColumnPtr& column : table.columns) {
        if (column->is_text || column->name == "time" || column->IsMissing(row)) continue;
        if (!cells.empty()) cells += " ";
        cells += table.keys->units[row] + std::to_string(table.keys->times[row]) + "." + column->name + "=" +
                 std::to_string(static_cast<int>(column->numbers[row]));
      }
    }
    return cells;
  }
  std::vector<DatasetEvent> Events(std::int64_t after = 0, const std::string& dataset = "") {
    const auto page = store_->Events(dataset, after, 1000);
    EXPECT_TRUE(page.ok()) << page.status().ToString();
    return page.ok() ? page->events : std::vector<DatasetEvent>();
  }

  std::unique_ptr<Store> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ArrivalsTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

const Shipment kFirst{"r1", "2020-01-31", "unit,time,x\na,2010,1\nb,2010,2\n", false};
const Shipment kLater{"r3", "2020-03-31", "unit,time,x\na,2010,30\n"};
const Shipment kLate{"r2", "2020-02-28", "unit,time,x,y\na,2010,20,5\nb,2010,21,\n"};

TEST_P(ArrivalsTest, ALateUpdateFillsButDoesNotOverrideWhatWasKnownLater) {
  MustPut(kFirst);
  MustPut(kLater);
  EXPECT_EQ(View("panel"), "a2010.x=30 b2010.x=2");
  MustPut(kLate);
  EXPECT_EQ(View("panel"), "a2010.x=30 a2010.y=5 b2010.x=21");
  EXPECT_EQ(View("panel@r3"), "a2010.x=30 b2010.x=2");  // as it was
  EXPECT_EQ(View("panel@known:2020-01-31"), "a2010.x=1 b2010.x=2");
  EXPECT_EQ(View("panel@known:2020-03-30"), "a2010.x=20 a2010.y=5 b2010.x=21");
  EXPECT_EQ(Digest("panel@known:2020-03-31"), Digest("panel@known:2030-01-01"));
  EXPECT_EQ(Digest("panel@known:2020-03-31"), Digest("panel"));
  EXPECT_EQ(Digest("panel@known:2020-01-31"), Digest("panel@r1"));
  EXPECT_EQ(store_->Resolve("panel@known:2020-01-30").status().reason(), "NOTHING_KNOWN");
  EXPECT_EQ(store_->Resolve("panel@known:yesterday").status().reason(), "REFERENCE_INVALID");
  EXPECT_EQ(store_->Resolve("pnl@known:2020-01-30").status().reason(), "DATASET_NOT_FOUND");
}

TEST_P(ArrivalsTest, TheOrderOfImportDoesNotMatter) {
  std::vector<Shipment> shipments = {
      kFirst, kLate, kLater, {"r4", "2020-04-30", "unit,time,y,z\nb,2010,7,8\nc,2011,9,\n"}};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  std::string expected;
  int permutation = 0;
  do {
    const std::string dataset = "panel" + std::to_string(permutation++);
    for (const std::size_t index : order) ASSERT_TRUE(Put(*store_, shipments[index], dataset).ok());
    const std::string digest = Digest(dataset + "@known:2020-12-31");
    if (expected.empty()) expected = digest;
    EXPECT_EQ(digest, expected) << dataset;
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(permutation, 24);
}

TEST_P(ArrivalsTest, WhatIsWithdrawnGoesAndNothingElseIsLost) {
  MustPut(kFirst);
  MustPut(kLate);
  MustPut(kLater);
  ASSERT_EQ(*store_->Remove("panel", "r2"), 1);
  EXPECT_EQ(View("panel"), "a2010.x=30 b2010.x=2");
  EXPECT_EQ(View("panel@known:2020-02-28"), "a2010.x=1 b2010.x=2");
  const DatasetEvent event = Events().back();
  EXPECT_EQ(event.kind, EventKind::kWithdrawn);
  EXPECT_EQ(event.name.release, "r2");
  EXPECT_EQ(event.snapshot, Digest("panel"));
  ASSERT_THAT(event.periods, SizeIs(1));
  EXPECT_EQ(event.periods[0].changes, (PeriodChanges{2010, 1, 0, 1}));
  // Again, under the name it had.
  MustPut(kLate);
  EXPECT_EQ(View("panel"), "a2010.x=30 a2010.y=5 b2010.x=21");
  // The base goes: the updates stand by themselves.
  ASSERT_EQ(*store_->Remove("panel", "r1"), 1);
  EXPECT_EQ(View("panel"), "a2010.x=30 a2010.y=5 b2010.x=21");
  ASSERT_EQ(*store_->Remove("panel", ""), 2);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_columns"), 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_arrivals"), 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_views"), 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_view_releases"), 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_holdings"), 0);
}

TEST_P(ArrivalsTest, ARepeatedImportIsNoNews) {
  MustPut(kFirst);
  MustPut(kLate);
  const auto again = Put(*store_, kLate);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_TRUE(again->existed);
  EXPECT_EQ(again->snapshot->info.digest, Digest("panel@r2"));
  EXPECT_THAT(Events(), SizeIs(2));
  Shipment whole = kLate;
  whole.update = false;
  EXPECT_EQ(Put(*store_, whole).status().reason(), "RELEASE_EXISTS");
}

TEST_P(ArrivalsTest, EventsTellRevisionsByContent) {
  MustPut(kFirst);
  ASSERT_TRUE(store_->Freeze("panel", {2010}, false).ok());
  // A new date and the same cells: nothing is revised.
  MustPut({"same", "2020-05-31", "unit,time,x\na,2010,1\nb,2010,2\n", false});
  MustPut({"more", "2020-06-30", "unit,time,x\nb,2010,3\na,2011,4\n"});
  const std::vector<DatasetEvent> events = Events();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[0].kind, EventKind::kArrived);
  EXPECT_EQ(events[0].periods[0].changes, (PeriodChanges{2010, 0, 2, 0}));
  EXPECT_EQ(events[0].periods[0].state, PeriodState::kComplete);
  EXPECT_EQ(events[1].kind, EventKind::kFrozen);
  EXPECT_EQ(events[1].periods[0].state, PeriodState::kFrozen);
  EXPECT_FALSE(events[1].periods[0].frozen);
  EXPECT_THAT(events[2].periods, IsEmpty());
  ASSERT_THAT(events[3].periods, SizeIs(2));
  EXPECT_EQ(events[3].periods[0].changes, (PeriodChanges{2010, 1, 0, 0}));
  EXPECT_TRUE(events[3].periods[0].frozen);
  EXPECT_EQ(events[3].periods[1].changes, (PeriodChanges{2011, 0, 1, 0}));
  EXPECT_EQ(events[3].periods[1].state, PeriodState::kOpen);  // b has no x in it
  EXPECT_EQ(events[3].source_digest, "sha of more");
  for (std::size_t index = 0; index < events.size(); ++index) {
    EXPECT_EQ(events[index].sequence, static_cast<std::int64_t>(index) + 1);
  }
  EXPECT_THAT(Events(3), SizeIs(1));
  EXPECT_EQ(store_->Events("", 5, 10).status().reason(), "SEQUENCE_UNKNOWN");
  EXPECT_EQ(store_->Freeze("panel", {1999, 2010}, false).status().violations().size(), 1U);
}

TEST_P(ArrivalsTest, AnEmbargoKeepsCellsOutOfWhatOthersMayRead) {
  {
    const As owner("north", {}, true);
    MustPut(kFirst);
    Shipment secret = kLate;
    secret.embargo_until = kFarAhead;
    MustPut(secret);
    MustPut(kLater);
    EXPECT_EQ(View("panel@r3"), "a2010.x=30 b2010.x=2");
    EXPECT_EQ(View("panel@known:2020-12-31"), "a2010.x=30 a2010.y=5 b2010.x=21");
  }
  const std::string whole = [&] {
    const As owner("north", {}, true);
    return Digest("panel@known:2020-12-31");
  }();
  {
    const As reader("north");
    EXPECT_EQ(View("panel@known:2020-12-31"), "a2010.x=30 b2010.x=2");
    EXPECT_EQ(store_->Load(whole).status().reason(), "SNAPSHOT_NOT_FOUND");
    EXPECT_THAT(Events(), SizeIs(2));
    EXPECT_EQ(Events().back().sequence, 3);
  }
  {
    const As owner("north", {}, true);
    ASSERT_TRUE(store_->SetEmbargo("panel", "r2", 0).ok());
  }
  const As reader("north");
  EXPECT_EQ(View("panel"), "a2010.x=30 a2010.y=5 b2010.x=21");
  EXPECT_TRUE(store_->Load(whole).ok());
  // The reader who had come as far as 3 hears of it.
  const std::vector<DatasetEvent> events = Events(3);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].kind, EventKind::kOpened);
  EXPECT_EQ(events[0].name.release, "r2");
  EXPECT_EQ(events[0].periods[0].changes, (PeriodChanges{2010, 2, 1, 0}));
}

TEST_P(ArrivalsTest, AnEmbargoThatEndsByItselfIsTold) {
  Shipment secret = kFirst;
  secret.embargo_until = Viewpoint::Here().now + 3600;
  MustPut(secret);
  database().Execute("UPDATE data_releases SET embargo_until = 1");  // an hour later
  database().Execute("UPDATE data_events SET embargo_until = 1");
  EXPECT_THAT(Events(), SizeIs(2));
  EXPECT_EQ(Events().back().kind, EventKind::kOpened);
}

TEST_P(ArrivalsTest, AViewIsOpenToThoseWhoMayReadAllOfIt) {
  std::string whole;
  {
    const As owner("north");
    MustPut(kFirst);
    MustPut(kLater);
    MustPut({"r2", "2020-02-28", "unit,time,x,y\na,2010,20,5\n"});
    whole = Digest("panel@known:2020-03-01");  // no release is this table
    EXPECT_EQ(View("panel@known:2020-03-01"), "a2010.x=20 a2010.y=5 b2010.x=2");
  }
  {
    const As both("south", {"north/panel"});
    EXPECT_EQ(Digest("north/panel@known:2020-03-01"), whole);
    EXPECT_TRUE(store_->Load(whole).ok());
  }
  for (const auto& [pattern, view] : std::vector<std::pair<std::string, std::string>>{
           {"north/panel@r1", "a2010.x=1 b2010.x=2"}, {"north/panel@r2", "a2010.x=20 a2010.y=5"}}) {
    const As one("south", {pattern});
    EXPECT_EQ(View("north/panel@known:2020-03-01"), view);
    EXPECT_EQ(store_->Load(whole).status().reason(), "SNAPSHOT_NOT_FOUND");
  }
}

TEST_P(ArrivalsTest, EverySourceOfACellIsRemembered) {
  MustPut(kFirst);
  MustPut(kLater);
  MustPut(kLate);
  const auto deliveries = store_->Deliveries("panel");
  ASSERT_TRUE(deliveries.ok());
  ASSERT_THAT(*deliveries, SizeIs(3));
  EXPECT_EQ((*deliveries)[1].arrival.known_at, "2020-02-28");
  EXPECT_EQ((*deliveries)[1].arrival.source_digest, "sha of r2");
  EXPECT_TRUE((*deliveries)[1].arrival.update);
  EXPECT_EQ((*deliveries)[1].snapshot->info.row_count, 2);
}

TEST_P(ArrivalsTest, BreaksReachWhatIsComputed) {
  MustPut(kFirst);
  ASSERT_TRUE(store_->Declare("panel", {{}, {{"x", 2010, 2, "census"}}}).ok());
  EXPECT_EQ(*store_->Declare("panel", {{}, {{"x", 2010, 2, "census"}}}), 0);
  Table derived = Read({"", "", "unit,time,x,lx\na,2010,1,0\nb,2010,2,1\n"});
  const auto digests = DigestTable(derived);
  const auto put = store_->Add(std::move(derived), *digests, {}, Digest("panel"));
  ASSERT_TRUE(put.ok()) << put.status().ToString();
  const auto breaks = store_->BreaksOf(digests->snapshot);
  ASSERT_TRUE(breaks.ok());
  EXPECT_THAT(*breaks, ElementsAre(DeclaredBreak{"x", 2010, 2, "census"}));
  ASSERT_EQ(*store_->Remove("panel", ""), 1);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_breaks"), 0);
}

// Releases of programs that knew no arrivals.
TEST_P(ArrivalsTest, WhatWasThereBeforeGoesOn) {
  MustPut(kFirst);
  database().Execute("DELETE FROM data_arrivals");
  database().Execute("DELETE FROM data_event_periods");
  database().Execute("DELETE FROM data_events");
  MustPut(kLater);
  EXPECT_EQ(View("panel"), "a2010.x=30 b2010.x=2");
  EXPECT_EQ(View("panel@known:2020-02-01"), "a2010.x=1 b2010.x=2");
  EXPECT_EQ(Events().front().periods[0].changes, (PeriodChanges{2010, 1, 0, 0}));
}

// Several programs write; a reader who goes on from the last event they saw misses none.
TEST_P(ArrivalsTest, NoEventIsMissedWhileSeveralWrite) {
  constexpr int kWriters = 3;
  constexpr int kEach = 8;
  MustPut(kFirst);
  std::atomic<int> failures = 0;
  std::atomic<bool> done = false;
  std::vector<std::int64_t> seen;
  std::thread reader([&] {
    const auto own = MustOpen();
    for (bool last = false; !last;) {
      last = done;
      const auto page = own->Events("", seen.empty() ? 0 : seen.back(), 7);
      if (!page.ok()) ++failures;
      if (!page.ok()) continue;
      for (const DatasetEvent& event : page->events) seen.push_back(event.sequence);
      last = last && !page->more;
    }
  });
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const auto own = MustOpen();
      for (int index = 0; index < kEach; ++index) {
        const std::string name = std::to_string(writer) + "-" + std::to_string(index);
        const auto put = Put(*own, {name, "2020-02-0" + std::to_string(index + 1),
                                    "unit,time,x\n" + name + ",2010," + std::to_string(index) + "\n"});
        if (!put.ok() && put.status().reason() != "STORE_BUSY") ++failures;
        if (!put.ok()) --index;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  EXPECT_EQ(failures, 0);
  ASSERT_THAT(seen, SizeIs(kWriters * kEach + 1));
  for (std::size_t index = 0; index < seen.size(); ++index)
    EXPECT_EQ(seen[index], static_cast<std::int64_t>(index) + 1);
  // Every update's cell is there, in whatever order they came.
  const auto whole = store_->Load(Digest("panel@known:2020-12-31"));
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ((*whole)->info.row_count, kWriters * kEach + 2);
}

}  // namespace
}  // namespace farrell::data
