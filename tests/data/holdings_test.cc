// Who may read what in one store: projects with the same and with other data, digests that are guessed, what is derived
// and removed, embargoes.
#include "services/data/service/holdings.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/rpc/call.h"
#include "common/sql/migration.h"
#include "services/data/engine/import.h"
#include "services/data/service/schema.h"
#include "services/data/service/store.h"
#include "tests/support/test_database.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kShared = "unit,time,x\na,2010,1\nb,2010,2\n";
constexpr const char* kOther = "unit,time,x\na,2010,3\nb,2010,4\n";
constexpr const char* kDerived = "unit,time,x,y\na,2010,1,10\nb,2010,2,20\n";
constexpr std::int64_t kFarAhead = 4'000'000'000;

class HoldingsTest : public farrell::testing::OnEveryEngine {
 protected:
  // A call of a principal of this project.
  struct As {
    explicit As(const std::string& project, std::vector<std::string> data = {}, bool embargoed = false,
                std::int64_t storage_bytes = 0)
        : scope(&call) {
      auto grant = std::make_shared<access::Grant>();
      grant->project = project;
      grant->data = std::move(data);
      if (embargoed) grant->scopes = {"data.embargoed"};
      grant->quota.storage_bytes = storage_bytes;
      call.grant = grant;
    }
    CallInfo call;
    CallScope scope;
  };

  void SetUp() override {
    OnEveryEngine::SetUp();
    if (IsSkipped()) return;
    auto opened = Store::Open(database().Open());
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(*opened);
  }

  static Table Read(std::string_view csv) {
    ImportSettings settings;
    settings.unit_key = "unit";
    settings.time_key = "time";
    TableImporter importer(settings);
    importer.Feed(csv);
    return std::move(*importer.Finish()->table);
  }
  Result<Store::Put> Put(const char* csv, const Store::Name& name = {}, const std::string& base = "") {
    Table table = Read(csv);
    const auto digests = DigestTable(table);
    return store_->Add(std::move(table), *digests, name, base);
  }
  std::string Digest(const char* csv) { return DigestTable(Read(csv))->snapshot; }
  bool Readable(const std::string& digest) {
    const Status loaded = store_->Load(digest).status();
    EXPECT_TRUE(loaded.ok() || loaded.reason() == "SNAPSHOT_NOT_FOUND") << loaded.ToString();
    EXPECT_EQ(store_->Info(digest).ok(), loaded.ok());
    EXPECT_EQ(store_->Readable({digest})->size(), loaded.ok() ? 1U : 0U);
    EXPECT_EQ(store_->Resolve(digest.substr(0, 12)).ok(), loaded.ok());
    return loaded.ok();
  }
  std::vector<std::string> Listed() {
    std::vector<std::string> names;
    std::string after;
    do {  // in pages of one
      const auto page = store_->List(after, 1);
      EXPECT_TRUE(page.ok()) << page.status().ToString();
      for (const StoredDataset& dataset : page->datasets) names.push_back(dataset.written);
      after = page->next;
    } while (!after.empty());
    return names;
  }

  std::unique_ptr<Store> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, HoldingsTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(HoldingsTest, AProjectDoesNotSeeAnother) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
    EXPECT_TRUE(Readable(Digest(kShared)));
    EXPECT_THAT(Listed(), ElementsAre("panel"));
  }
  const As south("south");
  EXPECT_FALSE(Readable(Digest(kShared)));
  EXPECT_THAT(Listed(), IsEmpty());
  // Word for word what is said of what is not there.
  const auto same = [&](const std::string& theirs, const std::string& nobodys) {
    std::string told = store_->Resolve(theirs).status().ToString();
    const std::string expected = store_->Resolve(nobodys).status().ToString();
    for (std::size_t at = told.find(theirs); at != std::string::npos; at = told.find(theirs, at + nobodys.size())) {
      told.replace(at, theirs.size(), nobodys);
    }
    EXPECT_EQ(told, expected);
  };
  same(Digest(kShared), std::string(64, '0'));
  same(Digest(kShared).substr(0, 8), "00000000");
  same("north/panel", "north/pnl");
  same("panel", "pnl");
  EXPECT_EQ(store_->Resolve("north/panel@r1").status().reason(), "DATASET_NOT_FOUND");
  EXPECT_EQ(store_->Remove("north/panel", "").status().reason(), "DATASET_NOT_FOUND");
  EXPECT_EQ(store_->SetEmbargo("north/panel", "r1", 0).status().reason(), "DATASET_NOT_FOUND");
  EXPECT_EQ(Put(kDerived, {}, Digest(kShared)).status().reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(Put(kOther, {"north/panel", "r2"}).status().reason(), "PROJECT_NOT_WRITABLE");
}

TEST_P(HoldingsTest, TheSameBytesOfTwoProjectsAreTwoHoldings) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
  }
  {
    const As south("south");
    const auto put = Put(kShared, {"panel", "r1"});
    ASSERT_TRUE(put.ok()) << put.status().ToString() << ": a name is a project's own";
    EXPECT_FALSE(put->existed) << "nobody is told that another has it";
    EXPECT_TRUE(Put(kShared, {"panel", "r1"})->existed);
    ASSERT_EQ(*store_->Remove("panel", ""), 1);
    EXPECT_FALSE(Readable(Digest(kShared)));
  }
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 1);
  const As north("north");
  EXPECT_TRUE(Readable(Digest(kShared)));
  EXPECT_EQ(*store_->Remove("panel", "r1"), 1);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 0);
}

TEST_P(HoldingsTest, PatternsOpenDatasetsOfOthers) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
    ASSERT_TRUE(Put(kOther, {"panel", "r2"}).ok());
  }
  const As south("south", {"south/*", "north/panel@r1"});
  EXPECT_TRUE(Readable(Digest(kShared)));
  EXPECT_FALSE(Readable(Digest(kOther)));
  EXPECT_EQ(store_->Resolve("north/panel")->release, "r1") << "the latest of those open";
  EXPECT_THAT(store_->Resolve("north/panel@r2").status().message(), Not(HasSubstr("r1, r2")));
  EXPECT_THAT(Listed(), ElementsAre("north/panel"));
  // Name taken, and no word of what has it.
  const Status taken = Put(kShared, {"north/panel", "r1"}).status();
  EXPECT_TRUE(taken.ok()) << taken.ToString();
}

TEST_P(HoldingsTest, WhatIsDerivedNeedsItsSourceAndItsProject) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
  }
  {
    const As south("south", {"north/panel"});
    ASSERT_TRUE(Put(kDerived, {}, Digest(kShared)).ok());
    EXPECT_TRUE(Readable(Digest(kDerived)));
  }
  {
    const As north("north");
    EXPECT_FALSE(Readable(Digest(kDerived))) << "the columns are another project's work";
  }
  {
    const As south("south");
    EXPECT_FALSE(Readable(Digest(kDerived))) << "who may no longer read the base";
  }
  {
    // Not by way of a snapshot derived without a change.
    const As south("south", {"north/panel"});
    ASSERT_TRUE(Put(kShared, {}, Digest(kShared)).ok());
  }
  {
    const As south("south");
    EXPECT_FALSE(Readable(Digest(kShared)));
  }
  const As north("north");
  ASSERT_EQ(*store_->Remove("panel", ""), 1);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 0) << "what was derived goes along";
}

TEST_P(HoldingsTest, UnnamedDataAreTheirProjects) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared).ok());
    EXPECT_TRUE(Readable(Digest(kShared)));
  }
  {
    const As south("south");
    EXPECT_FALSE(Readable(Digest(kShared)));
  }
  const As all("south", {"north/*"});
  EXPECT_TRUE(Readable(Digest(kShared)));
}

TEST_P(HoldingsTest, ASnapshotOutlivesOneOfTwoReleasesWithWhatWasDerived) {
  const As north("north");
  ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
  ASSERT_TRUE(Put(kDerived, {}, Digest(kShared)).ok());
  ASSERT_TRUE(Put(kShared, {"panel", "r2"}).ok());
  ASSERT_EQ(*store_->Remove("panel", "r1"), 1);
  EXPECT_TRUE(Readable(Digest(kShared)));
  EXPECT_TRUE(Readable(Digest(kDerived)));
  ASSERT_EQ(*store_->Remove("panel", "r2"), 1);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 0);
}

TEST_P(HoldingsTest, AnEmbargoHidesAReleaseUntilItsTime) {
  {
    const As north("north", {}, true);
    ASSERT_TRUE(Put(kOther, {"panel", "r1"}).ok());
    ASSERT_TRUE(Put(kShared, {"panel", "r2", kFarAhead}).ok());
    ASSERT_TRUE(Put(kDerived, {}, Digest(kShared)).ok());
    EXPECT_TRUE(Readable(Digest(kShared)));
    EXPECT_EQ(store_->Resolve("panel")->release, "r2");
    EXPECT_EQ(store_->List("", 9)->datasets.at(0).releases.at(1).embargo_until, kFarAhead);
    EXPECT_EQ(Put(kShared, {"panel", "r2"}).status().reason(), "RELEASE_EXISTS") << "with another embargo";
    EXPECT_TRUE(Put(kShared, {"panel", "r2", kFarAhead}).ok());
  }
  {
    const As north("north");
    EXPECT_FALSE(Readable(Digest(kShared)));
    EXPECT_FALSE(Readable(Digest(kDerived)));
    EXPECT_EQ(store_->Resolve("panel")->release, "r1");
    EXPECT_THAT(store_->Resolve("panel@r2").status().message(), HasSubstr("it has r1"));
    EXPECT_EQ(store_->SetEmbargo("panel", "r2", 0).status().reason(), "RELEASE_NOT_FOUND");
    // Its bytes and others are answered alike.
    const Status same = Put(kShared, {"panel", "r2"}).status();
    EXPECT_EQ(same.reason(), "RELEASE_EXISTS");
    EXPECT_EQ(same.ToString(), Put(kOther, {"panel", "r2"}).status().ToString());
  }
  {
    // Moved to a second that has come: it opens without another write.
    const As north("north", {}, true);
    const auto moved = store_->SetEmbargo("panel", "r2", Viewpoint::Here().now + 1);
    ASSERT_TRUE(moved.ok()) << moved.status().ToString();
    EXPECT_EQ(moved->before, kFarAhead);
  }
  const As north("north");
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!store_->Load(Digest(kShared)).ok() && std::chrono::steady_clock::now() < give_up) {
  }
  EXPECT_TRUE(Readable(Digest(kShared)));
  EXPECT_TRUE(Readable(Digest(kDerived)));
  EXPECT_EQ(store_->Resolve("panel")->release, "r2");
}

TEST_P(HoldingsTest, AProjectStoresNoMoreThanItsQuota) {
  // Two rows of a text and two numbers each.
  constexpr std::int64_t kBytes = 2 * (1 + 8 + 8);
  {
    const As north("north", {}, false, kBytes + 1);
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
    EXPECT_EQ(*store_->ImportedBytes("north"), kBytes);
    EXPECT_TRUE(Put(kShared, {"panel", "r2"}).ok()) << "no bytes more";
    EXPECT_TRUE(Put(kShared).ok());
    ASSERT_TRUE(Put(kDerived, {}, Digest(kShared)).ok()) << "what is derived is not imported";
    EXPECT_EQ(*store_->ImportedBytes("north"), kBytes);
    for (const Store::Name& name : {Store::Name{}, Store::Name{"panel", "r3"}}) {
      const Status refused = Put(kOther, name).status();
      EXPECT_EQ(refused.code(), Code::kResourceExhausted);
      EXPECT_EQ(refused.reason(), "QUOTA_EXCEEDED");
      EXPECT_EQ(refused.metadata().at("quota"), "storage_bytes");
      EXPECT_EQ(refused.metadata().at("used"), std::to_string(kBytes));
    }
    EXPECT_FALSE(Readable(Digest(kOther))) << "nothing of it stays";
    ASSERT_EQ(*store_->Remove("panel", ""), 2);
    EXPECT_TRUE(Put(kOther, {"panel", "r3"}).ok()) << "there is room again";
  }
  const As south("south", {}, false, kBytes);
  EXPECT_TRUE(Put(kOther).ok()) << "the bytes of another project are not theirs";
}

TEST_P(HoldingsTest, WithoutCallersAllProjectsAreSeen) {
  {
    const As north("north");
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
  }
  ASSERT_TRUE(Put(kOther, {"panel", "r1"}).ok());
  EXPECT_THAT(Listed(), ElementsAre("panel", "north/panel"));
  EXPECT_EQ(store_->Resolve("north/panel")->digest, Digest(kShared));
  EXPECT_EQ(store_->Resolve("panel")->digest, Digest(kOther));
  const As north("north", {"*"});
  EXPECT_THAT(Listed(), ElementsAre("/panel", "panel"));
  EXPECT_EQ(store_->Resolve("/panel")->digest, Digest(kOther));
}

// A store of version 1, as the release before left it.
TEST_P(HoldingsTest, WhatWasThereBeforeBelongsToNoProject) {
  store_.reset();
  const std::string base = Digest(kShared), derived = Digest(kDerived);
  {
    auto opened = Store::Open(database().Open());
    ASSERT_TRUE(opened.ok());
    store_ = std::move(*opened);
    ASSERT_TRUE(Put(kShared, {"panel", "r1"}).ok());
    ASSERT_TRUE(Put(kDerived, {}, base).ok());
    ASSERT_TRUE(Put(kOther).ok());
    store_.reset();
  }
  for (const char* table : {"data_view_releases", "data_views", "data_frozen", "data_breaks", "data_expected",
                            "data_event_periods", "data_events", "data_arrivals"}) {
    database().Execute(std::string("DROP TABLE ") + table);
  }
  database().Execute("DROP TABLE data_holdings");
  database().Execute("DROP TABLE data_project_releases");
  database().Execute("ALTER TABLE data_releases DROP COLUMN embargo_until");
  database().Execute("ALTER TABLE data_snapshots DROP COLUMN bytes");
  database().Execute("UPDATE schema_versions SET version = 1 WHERE component = 'data'");
  auto opened = Store::Open(database().Open());
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  store_ = std::move(*opened);
  {
    const As north("north");
    for (const std::string& digest : {base, derived, Digest(kOther)}) EXPECT_FALSE(Readable(digest));
  }
  const As nobodys("");
  for (const std::string& digest : {base, derived, Digest(kOther)}) EXPECT_TRUE(Readable(digest));
  ASSERT_EQ(*store_->Remove("panel", ""), 1);
  EXPECT_FALSE(Readable(derived));
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM data_snapshots"), 1);
}

}  // namespace
}  // namespace farrell::data
