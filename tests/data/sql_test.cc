#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/blob_text.h"
#include "common/sql/database.h"
#include "common/sql/migration.h"
#include "tests/data/temporary_directory.h"

namespace farrell::sql {
namespace {

using data::TemporaryDirectory;

const std::vector<Migration> kTwoSteps = {{{"CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"}},
                                          {{"ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7"}}};

int CountThings(Database& database) {
  int count = -1;
  EXPECT_TRUE(Read(database, [&](soci::session& session) {
                session << "SELECT COUNT(*) FROM things", soci::into(count);
                return Status::Ok();
              }).ok());
  return count;
}

std::unique_ptr<Database> MustOpen(const std::string& path) {
  auto database = Database::Open({.path = path});
  EXPECT_TRUE(database.ok()) << database.status().ToString();
  return std::move(*database);
}

TEST(SqlTest, BlobsOfEveryLengthSurviveTheText) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    const auto decoded = DecodeBlob(EncodeBlob(bytes));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, bytes);
    bytes += static_cast<char>(length * 37);
  }
  // RFC 4648, section 10.
  EXPECT_EQ(EncodeBlob("foobar"), "Zm9vYmFy");
  EXPECT_EQ(EncodeBlob("fooba"), "Zm9vYmE=");
  EXPECT_EQ(EncodeBlob("foob"), "Zm9vYg==");
  EXPECT_EQ(DecodeBlob("Zm9v!mFy").status().code(), Code::kDataLoss);
  EXPECT_EQ(DecodeBlob("Zm9vY").status().code(), Code::kDataLoss);
}

TEST(SqlTest, MigrationsRunOnceAndInOrder) {
  const TemporaryDirectory directory;
  const std::string path = DatabasePath(directory.path());
  {
    const auto database = MustOpen(path);
    ASSERT_TRUE(Migrate(*database, "test", {kTwoSteps[0]}).ok());
    ASSERT_TRUE(Write(*database, [](soci::session& session) {
                  session << "INSERT INTO things (name) VALUES ('kept')";
                  return Status::Ok();
                }).ok());
  }
  const auto database = MustOpen(path);
  ASSERT_TRUE(Migrate(*database, "test", kTwoSteps).ok());
  ASSERT_TRUE(Migrate(*database, "test", kTwoSteps).ok());
  int size = 0;
  ASSERT_TRUE(Read(*database, [&](soci::session& session) {
                session << "SELECT size FROM things WHERE name = 'kept'", soci::into(size);
                return Status::Ok();
              }).ok());
  EXPECT_EQ(size, 7);
  EXPECT_EQ(Migrate(*database, "test", {kTwoSteps[0]}).reason(), "SCHEMA_TOO_NEW");
}

TEST(SqlTest, AFailedMigrationLeavesTheVersionBefore) {
  const auto database = MustOpen(":memory:");
  ASSERT_TRUE(Migrate(*database, "test", {kTwoSteps[0]}).ok());
  const std::vector<Migration> broken = {kTwoSteps[0], {{"CREATE TABLE other (id INTEGER)", "this is not SQL"}}};
  EXPECT_EQ(Migrate(*database, "test", broken).reason(), "STORE_UNAVAILABLE");
  // Neither the other table nor version 2 is there.
  EXPECT_TRUE(Migrate(*database, "test", {kTwoSteps[0], {{"CREATE TABLE other (id INTEGER)"}}}).ok());
}

TEST(SqlTest, AFailedBodyRollsBack) {
  const auto database = MustOpen(":memory:");
  ASSERT_TRUE(Migrate(*database, "test", kTwoSteps).ok());
  const Status failed = Write(*database, [](soci::session& session) {
    session << "INSERT INTO things (name) VALUES ('lost')";
    return InvalidArgument("NO", "no");
  });
  EXPECT_EQ(failed.reason(), "NO");
  EXPECT_EQ(CountThings(*database), 0);
  EXPECT_THROW(static_cast<void>(Write(*database,
                                       [](soci::session& session) -> Status {
                                         session << "INSERT INTO things (name) VALUES ('lost')";
                                         throw std::runtime_error("body");
                                       })),
               std::runtime_error);
  EXPECT_EQ(CountThings(*database), 0);
}

TEST(SqlTest, APathThatCannotBeOpenedIsUnavailable) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() + "/farrell.db");
  const auto database = Database::Open({.path = directory.path() + "/farrell.db"});
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.status().reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(Database::Open({.path = ""}).status().reason(), "STORE_PATH_MISSING");
}

TEST(SqlTest, ThreadsShareOneMemorySession) {
  const auto database = MustOpen("memory");
  ASSERT_TRUE(Migrate(*database, "test", kTwoSteps).ok());
  std::vector<std::jthread> threads;
  std::atomic<int> failures = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const Status status = Write(*database, [](soci::session& session) {
          session << "INSERT INTO things (name) VALUES ('x')";
          return Status::Ok();
        });
        if (!status.ok()) ++failures;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(CountThings(*database), 200);
}

// Eight processes open, migrate and write one new file at once.
TEST(SqlTest, ProcessesThatStartTogetherShareOneFile) {
  const TemporaryDirectory directory;
  const std::string path = DatabasePath(directory.path() + "/new/state");
  std::vector<pid_t> children;
  for (int child = 0; child < 8; ++child) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      auto database = Database::Open({.path = path});
      if (!database.ok() || !Migrate(**database, "test", kTwoSteps).ok()) _exit(1);
      for (int round = 0; round < 20; ++round) {
        const Status status = Write(**database, [](soci::session& session) {
          // Read, then write: a deferred transaction would fail here.
          int count = 0;
          session << "SELECT COUNT(*) FROM things", soci::into(count);
          session << "INSERT INTO things (name) VALUES ('x')";
          return Status::Ok();
        });
        if (!status.ok()) _exit(2);
      }
      _exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int state = 0;
    ASSERT_EQ(waitpid(pid, &state, 0), pid);
    EXPECT_TRUE(WIFEXITED(state));
    EXPECT_EQ(WEXITSTATUS(state), 0);
  }
  const auto database = MustOpen(path);
  EXPECT_EQ(CountThings(*database), 160);
}

}  // namespace
}  // namespace farrell::sql
