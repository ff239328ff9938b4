#include "services/data/service/store.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "services/data/engine/import.h"
#include "services/data/service/column_bytes.h"
#include "tests/support/test_database.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Rows out of order, a missing number, a missing text, non-ASCII text.
constexpr std::string_view kCsv = "unit,time,x,区域\nb,2011,4,西部\na,2010,1.5,\nb,2010,,西部\na,2011,-0,东部\n";

Table Import(std::string_view csv) {
  ImportSettings settings;
  settings.unit_key = "unit";
  settings.time_key = "time";
  TableImporter importer(settings);
  importer.Feed(csv);
  auto outcome = importer.Finish();
  EXPECT_TRUE(outcome.ok() && outcome->table.has_value());
  return std::move(*outcome->table);
}

std::string Add(Store& store, Table table, const Store::Name& name = {}, const std::string& base = "") {
  const auto digests = DigestTable(table);
  EXPECT_TRUE(digests.ok());
  const auto put = store.Add(std::move(table), *digests, name, base);
  EXPECT_TRUE(put.ok()) << put.status().ToString();
  return put.ok() ? put->snapshot->info.digest : "";
}

class StoreTest : public farrell::testing::OnEveryEngine {
 protected:
  std::unique_ptr<Store> MustOpen(StoreOptions options = {}) {
    auto store = Store::Open(database().Open(), options);
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return std::move(*store);
  }
  int Count(const std::string& statement) { return database().Count(statement); }
};
INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(StoreTest, ASnapshotReadsBackAsItWas) {
  std::string digest;
  {
    const auto store = MustOpen();
    digest = Add(*store, Import(kCsv), {"provinces", "2020"});
  }
  const auto store = MustOpen();
  const auto loaded = store->Load(digest);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  const Table expected = Import(kCsv);
  const Table& table = (*loaded)->table;
  EXPECT_EQ(table.keys->units, expected.keys->units);
  EXPECT_EQ(table.keys->times, expected.keys->times);
  EXPECT_EQ(table.Find("区域")->texts, expected.Find("区域")->texts);
  ASSERT_THAT(table.Find("x")->numbers, SizeIs(4));
  EXPECT_EQ(table.Find("x")->numbers[0], 4);
  EXPECT_TRUE(std::isnan(table.Find("x")->numbers[2]));
  EXPECT_EQ((*loaded)->info, *store->Info(digest));
  EXPECT_EQ((*loaded)->info, DescribeSnapshot(expected, *DigestTable(expected)));
}

TEST_P(StoreTest, TheSameContentIsStoredOnce) {
  const auto store = MustOpen();
  const std::string digest = Add(*store, Import(kCsv), {"a", "1"});
  EXPECT_EQ(Add(*store, Import(kCsv), {"b", "1"}), digest);
  EXPECT_EQ(Add(*store, Import(kCsv), {"a", "1"}), digest);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), 1);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_columns"), 4);
  // Another order of the rows is another snapshot of the same columns.
  Add(*store, Import("unit,time,x,区域\na,2010,1.5,\na,2011,-0,东部\nb,2010,,西部\nb,2011,4,西部\n"));
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_columns"), 4);
}

TEST_P(StoreTest, AReleaseIsNeverOverwrittenAndTheFailureLeavesNothing) {
  const auto store = MustOpen();
  Add(*store, Import(kCsv), {"provinces", "2020"});
  Table other = Import("unit,time,z\na,1,99\n");
  const auto digests = DigestTable(other);
  const auto put = store->Add(std::move(other), *digests, {"provinces", "2020"}, "");
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.status().code(), Code::kAlreadyExists);
  EXPECT_EQ(put.status().reason(), "RELEASE_EXISTS");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), 1);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_columns"), 4);
  EXPECT_EQ(store->Load(digests->snapshot).status().reason(), "SNAPSHOT_NOT_FOUND");
}

TEST_P(StoreTest, ReferencesResolve) {
  const auto store = MustOpen();
  const std::string first = Add(*store, Import(kCsv), {"provinces", "2020"});
  const std::string second = Add(*store, Import("unit,time,z\na,1,99\n"), {"provinces", "2019"});
  EXPECT_EQ(store->Resolve("provinces")->digest, second);
  EXPECT_EQ(store->Resolve("provinces")->release, "2019");
  EXPECT_EQ(store->Resolve("provinces@2020")->digest, first);
  EXPECT_EQ(store->Resolve("provinces@2020")->dataset, "provinces");
  EXPECT_EQ(store->Resolve(first)->digest, first);
  EXPECT_EQ(store->Resolve(first.substr(0, 8))->digest, first);
  EXPECT_EQ(store->Resolve(first)->dataset, "");
  EXPECT_EQ(store->Resolve("00000000").status().reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(store->Resolve("province").status().reason(), "DATASET_NOT_FOUND");
  EXPECT_THAT(store->Resolve("province").status().message(), HasSubstr("did you mean provinces?"));
  EXPECT_EQ(store->Resolve("provinces@2018").status().reason(), "RELEASE_NOT_FOUND");
  EXPECT_THAT(store->Resolve("provinces@2018").status().message(), HasSubstr("2020, 2019"));
  EXPECT_EQ(store->Resolve("").status().reason(), "DATASET_NOT_FOUND");
  EXPECT_EQ(store->Resolve(first.substr(0, 7)).status().reason(), "DATASET_NOT_FOUND");
}

TEST_P(StoreTest, RemovalTakesWhatNobodyUsesAndWhatWasDerivedFromIt) {
  const auto store = MustOpen();
  const std::string shared = Add(*store, Import(kCsv), {"a", "1"});
  Add(*store, Import(kCsv), {"b", "1"});
  const std::string only = Add(*store, Import("unit,time,z\na,1,99\n"), {"a", "2"});
  const std::string derived = Add(*store, Import("unit,time,z,w\na,1,99,3\n"), {}, only);
  EXPECT_EQ(*store->Remove("a", ""), 2);
  EXPECT_TRUE(store->Load(shared).ok());
  EXPECT_EQ(store->Load(only).status().reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(store->Load(derived).status().reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_columns"), 4);
  EXPECT_EQ(*store->Remove("b", "1"), 1);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_columns"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshot_columns"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshot_periods"), 0);
  EXPECT_EQ(store->Remove("b", "").status().reason(), "DATASET_NOT_FOUND");
}

TEST_P(StoreTest, AnUnknownReleaseIsNotRemovedWithTheOthers) {
  const auto store = MustOpen();
  Add(*store, Import(kCsv), {"a", "1"});
  EXPECT_EQ(store->Remove("a", "2").status().reason(), "RELEASE_NOT_FOUND");
  EXPECT_TRUE(store->Resolve("a@1").ok());
}

TEST_P(StoreTest, ListsByNameInPages) {
  const auto store = MustOpen();
  for (const char* name : {"c", "a", "b"}) {
    Add(*store, Import(kCsv), {name, "1"});
    Add(*store, Import("unit,time,z\na,1,99\n"), {name, "2"});
  }
  const auto page = store->List("", 2);
  ASSERT_THAT(page->datasets, SizeIs(2));
  EXPECT_EQ(page->datasets[0].name, "a");
  ASSERT_THAT(page->datasets[0].releases, SizeIs(2));
  EXPECT_EQ(page->datasets[0].releases[0].name, "1");
  EXPECT_EQ(page->datasets[0].releases[0].row_count, 4);
  EXPECT_THAT(store->List("b", 2)->datasets, SizeIs(1));
}

TEST_P(StoreTest, DamagedCellsAreNeverServed) {
  std::string digest;
  {
    const auto store = MustOpen();
    digest = Add(*store, Import(kCsv));
  }
  // Another valid column under the digest of x.
  database().Execute(
      "UPDATE data_columns SET body = (SELECT body FROM data_columns c JOIN data_snapshot_columns s ON s.digest = "
      "c.digest WHERE s.name = 'time') WHERE digest = (SELECT digest FROM data_snapshot_columns WHERE name = 'x')");
  const auto store = MustOpen();
  const auto loaded = store->Load(digest);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.status().code(), Code::kDataLoss);
  EXPECT_EQ(loaded.status().reason(), "STORE_CORRUPT");
}

TEST_P(StoreTest, DamagedMetadataAreNeverServed) {
  std::string digest;
  {
    const auto store = MustOpen();
    digest = Add(*store, Import(kCsv));
  }
  database().Execute("UPDATE data_snapshots SET synthetic = 1");
  EXPECT_EQ(MustOpen()->Load(digest).status().reason(), "STORE_CORRUPT");
}

TEST_P(StoreTest, TwoStoresOnOneDatabaseSeeEachOther) {
  const auto one = MustOpen();
  const auto two = MustOpen();
  const std::string digest = Add(*one, Import(kCsv), {"a", "1"});
  EXPECT_TRUE(two->Load(digest).ok());
  EXPECT_EQ(*one->Remove("a", ""), 1);
  // It was in the memory of the second, and is gone all the same.
  EXPECT_EQ(two->Load(digest).status().reason(), "SNAPSHOT_NOT_FOUND");
}

TEST_P(StoreTest, MemoryIsBoundedAndReadsStayRight) {
  const auto store = MustOpen({.memory_bytes = 1});
  const std::string digest = Add(*store, Import(kCsv));
  EXPECT_TRUE(store->Load(digest).ok());
  const auto roomy = MustOpen();
  const std::string again = Add(*roomy, Import(kCsv));
  EXPECT_EQ((*roomy->Load(again)).get(), (*roomy->Load(again)).get());
}

// A process is killed in the middle of its imports: what is there afterwards is whole.
TEST_P(StoreTest, AKilledImportLeavesWholeSnapshotsOnly) {
  MustOpen();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const auto store = MustOpen();
    for (int round = 0;; ++round) {
      std::string csv = "unit,time,x\n";
      for (int row = 0; row < 2000; ++row) {
        csv += std::to_string(row) + ",1," + std::to_string(row * round) + ".5\n";
      }
      Add(*store, Import(csv), {"killed", std::to_string(round)});
      if (round == 3 && write(ready[1], "x", 1) != 1) _exit(1);
    }
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  kill(pid, SIGKILL);
  int state = 0;
  waitpid(pid, &state, 0);
  close(ready[0]);
  close(ready[1]);
  const auto store = MustOpen();
  const auto datasets = store->List("", 10);
  ASSERT_TRUE(datasets.ok());
  ASSERT_THAT(datasets->datasets, SizeIs(1));
  EXPECT_GE(datasets->datasets[0].releases.size(), 4U);
  for (const StoredRelease& release : datasets->datasets[0].releases) {
    EXPECT_TRUE(store->Load(release.snapshot_digest).ok());
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), static_cast<int>(datasets->datasets[0].releases.size()));
}

// Two programs import the same files under the same names at once.
TEST_P(StoreTest, TwoStoresThatWriteAtOnceKeepEverythingOnce) {
  const auto one = MustOpen();
  const auto two = MustOpen();
  const auto import_all = [](Store& store) {
    for (int round = 0; round < 12; ++round) {
      const std::string csv = "unit,time,x\na,1," + std::to_string(round) + "\nb,1,7\n";
      Add(store, Import(csv), {"shared", std::to_string(round)});
      Add(store, Import(csv));
    }
  };
  {
    const std::jthread first([&] { import_all(*one); });
    const std::jthread second([&] { import_all(*two); });
  }
  const auto datasets = one->List("", 10);
  ASSERT_THAT(datasets->datasets, SizeIs(1));
  EXPECT_THAT(datasets->datasets[0].releases, SizeIs(12));
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), 12);
  EXPECT_EQ(Count("SELECT COUNT(DISTINCT sequence) FROM data_releases"), 12);
}

// One program removes what another is about to use again.
TEST_P(StoreTest, RemovalAndImportAtOnceLeaveWholeSnapshots) {
  const auto one = MustOpen();
  const auto two = MustOpen({.memory_bytes = 0});
  std::atomic<bool> done = false;
  std::string digest;
  {
    const std::jthread importer([&] {
      for (int round = 0; round < 30; ++round) digest = Add(*one, Import(kCsv), {"flips", "1"});
      done = true;
    });
    const std::jthread remover([&] {
      while (!done) {
        const auto removed = two->Remove("flips", "");
        EXPECT_TRUE(removed.ok() || removed.status().reason() == "DATASET_NOT_FOUND") << removed.status().ToString();
      }
    });
  }
  Add(*two, Import(kCsv), {"flips", "1"});
  const auto loaded = two->Load(digest);
  EXPECT_TRUE(loaded.ok()) << loaded.status().ToString();
}

// The server is killed under imports that ask again: nothing is lost, doubled or half there.
TEST_P(StoreTest, ImportsSurviveAServerThatIsKilled) {
  if (std::string(GetParam()) == "sqlite") return;  // has no server
  const auto store = MustOpen({.memory_bytes = 0});
  std::atomic<int> kept = 0;
  std::set<std::string> reasons;
  {
    const std::jthread importer([&](const std::stop_token& stop) {
      for (int round = 0; !stop.stop_requested(); ++round) {
        const std::string csv = "unit,time,x\na,1," + std::to_string(round) + "\n";
        for (bool done = false; !done;) {
          Table table = Import(csv);
          const auto digests = DigestTable(table);
          const auto put = store->Add(std::move(table), *digests, {"killed", std::to_string(round)}, "");
          done = put.ok();
          if (!done) {
            reasons.insert(put.status().reason());
            farrell::testing::PauseBriefly();
          }
        }
        ++kept;
      }
    });
    const auto go_on = [&] {
      const int before = kept;
      return farrell::testing::Eventually([&] { return kept > before + 10; }, std::chrono::seconds(60));
    };
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(go_on());
      farrell::testing::SharedPostgres().Kill();
      farrell::testing::SharedPostgres().Start();
    }
    ASSERT_TRUE(go_on());
  }
  EXPECT_THAT(reasons, ::testing::IsSubsetOf({"STORE_UNAVAILABLE"}));
  const auto datasets = store->List("", 10);
  ASSERT_TRUE(datasets.ok());
  ASSERT_THAT(datasets->datasets[0].releases, SizeIs(kept.load()));
  for (const StoredRelease& release : datasets->datasets[0].releases) {
    EXPECT_TRUE(store->Load(release.snapshot_digest).ok());
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_snapshots"), kept.load());
}

TEST(ColumnBytesTest, DamagedLengthsAreRefused) {
  Column column;
  EXPECT_EQ(DecodeCells("123", false, {0}, column).code(), Code::kDataLoss);
  EXPECT_EQ(DecodeCells(std::string("\xFF\xFF\xFF\xFF", 4), true, {0}, column).code(), Code::kDataLoss);
  EXPECT_EQ(DecodeCells("", true, {0}, column).code(), Code::kDataLoss);
  EXPECT_FALSE(DecodeOrder("1234", 2).ok());
  EXPECT_FALSE(DecodeOrder(std::string(8, '\0'), 2).ok());
  EXPECT_THAT(*DecodeOrder(EncodeOrder({2, 0, 1}), 3), ElementsAre(2, 0, 1));
  EXPECT_THAT(EncodeOrder({0, 1, 2}), IsEmpty());
}

}  // namespace
}  // namespace farrell::data
