// Schema versions on both engines: in order, all or nothing, and two versions of a program side by side.
#include "common/sql/migration.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/engine.h"
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

using ::testing::HasSubstr;

// A program in four versions. The second adds a column and fills it, the third stops writing the first column and the
// fourth removes it.
const Migration kMake = {{"CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)"}};
const Migration kExpand = {
    {"ALTER TABLE things ADD COLUMN label TEXT", "UPDATE things SET label = name WHERE label IS NULL"},
    Effect::kExpands};
const Migration kExpandMore = {{"CREATE TABLE extras (thing INTEGER PRIMARY KEY)"}, Effect::kExpands};
const Migration kContract = {{"ALTER TABLE things DROP COLUMN name"}};
const std::vector<Migration> kVersion1 = {kMake};
const std::vector<Migration> kVersion2 = {kMake, kExpand};
const std::vector<Migration> kVersion3 = {kMake, kExpand, kExpandMore};
const std::vector<Migration> kVersion4 = {kMake, kExpand, kExpandMore, kContract};

Status Execute(Database& database, const std::string& statement, int id = 0) {
  return Write(database, [&](soci::session& session) {
    if (statement.find(":id") == std::string::npos) {
      session << statement;
    } else {
      session << statement, soci::use(id, "id");
    }
    return Status::Ok();
  });
}

class MigrationTest : public farrell::testing::OnEveryEngine {};
INSTANTIATE_TEST_SUITE_P(Engines, MigrationTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(MigrationTest, RunOnceAndInOrder) {
  {
    const auto opened = database().Open();
    ASSERT_EQ(*SchemaVersion(*opened, "test"), 0);
    ASSERT_TRUE(Migrate(*opened, "test", kVersion1).ok());
    ASSERT_TRUE(Execute(*opened, "INSERT INTO things (id, name) VALUES (1, 'kept')").ok());
  }
  const auto opened = database().Open();
  ASSERT_TRUE(Migrate(*opened, "test", kVersion3).ok());
  ASSERT_TRUE(Migrate(*opened, "test", kVersion3).ok());
  EXPECT_EQ(*SchemaVersion(*opened, "test"), 3);
  EXPECT_EQ(*SchemaVersion(*opened, "other"), 0);
  EXPECT_EQ(database().Text("SELECT label FROM things"), "kept");
}

TEST_P(MigrationTest, OneThatFailsLeavesTheVersionBefore) {
  const auto opened = database().Open();
  ASSERT_TRUE(Migrate(*opened, "test", kVersion1).ok());
  const Migration broken = {{"CREATE TABLE other (id INTEGER)", "this is not SQL"}};
  EXPECT_EQ(Migrate(*opened, "test", {kMake, broken}).reason(), "STORE_FAILED");
  EXPECT_EQ(*SchemaVersion(*opened, "test"), 1);
  EXPECT_TRUE(Migrate(*opened, "test", {kMake, {{"CREATE TABLE other (id INTEGER)"}}}).ok());
}

TEST_P(MigrationTest, AnOlderProgramUsesWhatWasOnlyExpanded) {
  const auto opened = database().Open();
  ASSERT_TRUE(Migrate(*opened, "test", kVersion3).ok());
  EXPECT_TRUE(Migrate(*opened, "test", kVersion1).ok());
  EXPECT_TRUE(Migrate(*opened, "test", kVersion2).ok());
  EXPECT_EQ(*SchemaVersion(*opened, "test"), 3) << "an older program takes nothing back";

  ASSERT_TRUE(Migrate(*opened, "test", kVersion4).ok());
  const Status refused = Migrate(*opened, "test", kVersion3);
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_EQ(refused.reason(), "SCHEMA_TOO_NEW");
  EXPECT_THAT(refused.message(), HasSubstr("version 4 of the test tables"));
  EXPECT_EQ(refused.metadata().at("component"), "test");
}

// A store from before programs said who may read it.
TEST_P(MigrationTest, AStoreWithoutReadersIsForItsOwnVersionUntilItIsMigrated) {
  const auto opened = database().Open();
  ASSERT_TRUE(Migrate(*opened, "test", kVersion2).ok());
  database().Execute("DROP TABLE schema_readers");
  EXPECT_EQ(Migrate(*opened, "test", kVersion1).reason(), "SCHEMA_TOO_NEW");
  EXPECT_TRUE(Migrate(*opened, "test", kVersion2).ok());
  EXPECT_TRUE(Migrate(*opened, "test", kVersion3).ok());
  EXPECT_TRUE(Migrate(*opened, "test", kVersion2).ok());
}

// Version 1 writes all the while; version 2 comes, works beside it and goes again; then version 1 is alone once more.
TEST_P(MigrationTest, TwoVersionsWorkSideBySideUnderLoadAndTheNewerOneIsTakenBack) {
  ASSERT_TRUE(Migrate(*database().Open(), "test", kVersion1).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> old_written = 0;
  std::atomic<int> failures = 0;
  const auto write = [&](Database& opened, const std::string& statement, int id) {
    const Status status = Execute(opened, statement, id);
    if (status.ok()) return true;
    ADD_FAILURE() << status.ToString();
    ++failures;
    return false;
  };
  std::vector<std::jthread> old_programs;
  for (int program = 0; program < 2; ++program) {
    old_programs.emplace_back([&, program] {
      const auto opened = database().Open();
      EXPECT_TRUE(Migrate(*opened, "test", kVersion1).ok());
      for (int id = program * 100'000; !stop && failures == 0; ++id) {
        if (write(*opened, "INSERT INTO things (id, name) VALUES (:id, 'old')", id)) ++old_written;
      }
    });
  }
  const auto old_go_on = [&] {
    const int before = old_written;
    return farrell::testing::Eventually([&] { return old_written > before + 20 || failures > 0; });
  };
  EXPECT_TRUE(old_go_on());
  {
    const auto newer = database().Open();
    ASSERT_TRUE(Migrate(*newer, "test", kVersion2).ok());
    for (int id = 900'000; id < 900'050; ++id) {
      // Until version 1 is gone, version 2 writes what version 1 reads, too.
      write(*newer, "INSERT INTO things (id, name, label) VALUES (:id, 'new', 'new')", id);
    }
    EXPECT_TRUE(old_go_on());
    EXPECT_EQ(database().Count("SELECT COUNT(*) FROM things WHERE name IS NULL"), 0);
  }
  EXPECT_TRUE(old_go_on());
  const auto restarted = database().Open();
  EXPECT_TRUE(Migrate(*restarted, "test", kVersion1).ok()) << "rolled back to the older program";
  stop = true;
  old_programs.clear();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(database().Count("SELECT COUNT(*) FROM things"), old_written + 50);
}

// The process dies between the statements of a migration.
TEST_P(MigrationTest, AProcessKilledInsideLeavesTheVersionBefore) {
  ASSERT_TRUE(Migrate(*database().Open(), "test", kVersion1).ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto opened = Database::Open(database().options());
    if (!opened.ok()) _exit(1);
    // A body that migrates and then waits for its end.
    static_cast<void>((*opened)->Run(TransactionKind::kMigrate, [&](soci::session& session) {
      const Status migrated = MigrateWithin(session, (*opened)->engine(), "test", kVersion2);
      if (!migrated.ok()) _exit(2);
      ::kill(::getpid(), SIGKILL);
      return Status::Ok();
    }));
    _exit(3);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  ASSERT_TRUE(WIFSIGNALED(state)) << WEXITSTATUS(state);
  const auto opened = database().Open();
  EXPECT_EQ(*SchemaVersion(*opened, "test"), 1);
  EXPECT_TRUE(Migrate(*opened, "test", kVersion2).ok());
  EXPECT_EQ(*SchemaVersion(*opened, "test"), 2);
}

}  // namespace
}  // namespace farrell::sql
