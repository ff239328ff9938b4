// The SQL layer, on both engines.
#include <gmock/gmock-matchers.h>
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
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

using ::testing::ElementsAre;

const std::vector<Migration> kThings = {
    {{"CREATE TABLE things (name TEXT NOT NULL, part INTEGER NOT NULL, size BIGINT, weight DOUBLE PRECISION, PRIMARY "
      "KEY (name, part))"}}};

int CountThings(Database& database) {
  int count = -1;
  EXPECT_TRUE(Read(database, [&](soci::session& session) {
                session << "SELECT COUNT(*) FROM things", soci::into(count);
                return Status::Ok();
              }).ok());
  return count;
}

Status Insert(Database& database, const std::string& name, int part = 0) {
  return Write(database, [&](soci::session& session) {
    session << "INSERT INTO things (name, part) VALUES (:name, :part)", soci::use(name, "name"),
        soci::use(part, "part");
    return Status::Ok();
  });
}

class SqlTest : public farrell::testing::OnEveryEngine {
 protected:
  std::unique_ptr<Database> OpenThings() {
    auto opened = database().Open();
    const Status migrated = Migrate(*opened, "test", kThings);
    EXPECT_TRUE(migrated.ok()) << migrated.ToString();
    return opened;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, SqlTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(SqlTest, ValuesComeBackAsTheyWere) {
  const auto database = OpenThings();
  // Quotes, a backslash, what looks like a parameter, Chinese, and more than a page of text.
  const std::string name = "it's \"a\\b\" :name 区域 " + std::string(100'000, 'x');
  const long long size = -9'007'199'254'740'993;
  const double weight = 0.1 + 0.2;
  ASSERT_TRUE(Write(*database, [&](soci::session& session) {
                session << "INSERT INTO things VALUES (:name, 1, :size, :weight)", soci::use(name, "name"),
                    soci::use(size, "size"), soci::use(weight, "weight");
                session << "INSERT INTO things (name, part) VALUES ('', 2)";
                return Status::Ok();
              }).ok());
  ASSERT_TRUE(Read(*database, [&](soci::session& session) {
                std::string read_name;
                long long read_size = 0;
                double read_weight = 0;
                session << "SELECT name, size, weight FROM things WHERE name = :name", soci::use(name, "name"),
                    soci::into(read_name), soci::into(read_size), soci::into(read_weight);
                EXPECT_TRUE(session.got_data());
                EXPECT_EQ(read_name, name);
                EXPECT_EQ(read_size, size);
                EXPECT_EQ(read_weight, weight);
                soci::indicator known = soci::i_ok;
                session << "SELECT size FROM things WHERE name = ''", soci::into(read_size, known);
                EXPECT_EQ(known, soci::i_null);
                session << "SELECT size FROM things WHERE name = 'none'", soci::into(read_size, known);
                EXPECT_FALSE(session.got_data());
                return Status::Ok();
              }).ok());
}

TEST_P(SqlTest, TextsAreOrderedByTheirBytes) {
  const auto database = OpenThings();
  for (const char* name : {"b", "B", "a", "A-1", "Z", "é", "a b", "ab", "区"})
    ASSERT_TRUE(Insert(*database, name).ok());
  std::vector<std::string> names(20);
  ASSERT_TRUE(Read(*database, [&](soci::session& session) {
                session << "SELECT name FROM things WHERE name > 'A' ORDER BY name", soci::into(names);
                return Status::Ok();
              }).ok());
  EXPECT_THAT(names, ElementsAre("A-1", "B", "Z", "a", "a b", "ab", "b", "é", "区"));
}

TEST_P(SqlTest, AFailedBodyRollsBack) {
  const auto database = OpenThings();
  const auto insert_and = [&](const std::function<Status()>& end) {
    return Write(*database, [&](soci::session& session) {
      session << "INSERT INTO things (name, part) VALUES ('lost', 1)";
      return end();
    });
  };
  EXPECT_EQ(insert_and([] { return InvalidArgument("NO", "no"); }).reason(), "NO");
  EXPECT_THROW(static_cast<void>(insert_and([]() -> Status { throw std::runtime_error("body"); })), std::runtime_error);
  EXPECT_EQ(CountThings(*database), 0);
}

TEST_P(SqlTest, AStatementThatFailsIsTypedAndLeavesTheSessionUsable) {
  const auto database = OpenThings();
  for (int round = 0; round < 10; ++round) {
    const Status wrong = Write(*database, [](soci::session& session) {
      session << "INSERT INTO things (name, part) VALUES ('lost', 1)";
      session << "this is not SQL";
      return Status::Ok();
    });
    EXPECT_EQ(wrong.code(), Code::kInternal);
    EXPECT_EQ(wrong.reason(), "STORE_FAILED");
  }
  EXPECT_EQ(CountThings(*database), 0);
}

TEST_P(SqlTest, AKeyThatIsThereIsTyped) {
  const auto database = OpenThings();
  ASSERT_TRUE(Insert(*database, "one").ok());
  const Status again = Insert(*database, "one");
  EXPECT_EQ(again.code(), Code::kAlreadyExists) << again.ToString();
  EXPECT_EQ(again.reason(), "STORE_DUPLICATE");
  EXPECT_EQ(CountThings(*database), 1);
}

TEST_P(SqlTest, AReaderSeesOneStateAndKeepsNobodyWaiting) {
  const auto database = OpenThings();
  ASSERT_TRUE(Insert(*database, "one").ok());
  ASSERT_TRUE(Read(*database, [&](soci::session& session) {
                int before = 0;
                int after = 0;
                session << "SELECT COUNT(*) FROM things", soci::into(before);
                EXPECT_TRUE(Insert(*database, "two").ok());
                session << "SELECT COUNT(*) FROM things", soci::into(after);
                EXPECT_EQ(before, 1);
                EXPECT_EQ(after, 1);
                return Status::Ok();
              }).ok());
  EXPECT_EQ(CountThings(*database), 2);
}

// Read the greatest number, write the next: no two may get the same, and nobody may fail because of another.
TEST_P(SqlTest, WritersWhoReadFirstActAsIfAlone) {
  const auto database = OpenThings();
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int round = 0; round < 25; ++round) {
          const Status status = Write(*database, [](soci::session& session) {
            int next = 0;
            session << "SELECT COALESCE(MAX(part), 0) + 1 FROM things", soci::into(next);
            session << "INSERT INTO things (name, part) VALUES ('n', :part)", soci::use(next, "part");
            return Status::Ok();
          });
          if (!status.ok()) ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(CountThings(*database), 100);
  EXPECT_EQ(this->database().Count("SELECT MAX(part) FROM things"), 100);
}

// Eight processes open, migrate and write one new database at once.
TEST_P(SqlTest, ProcessesThatStartTogetherShareOneDatabase) {
  std::vector<pid_t> children;
  for (int child = 0; child < 8; ++child) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      auto opened = Database::Open(database().options());
      if (!opened.ok() || !Migrate(**opened, "test", kThings).ok()) _exit(1);
      for (int round = 0; round < 10; ++round) {
        if (!Insert(**opened, std::to_string(child), round).ok()) _exit(2);
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
  EXPECT_EQ(CountThings(*database().Open()), 80);
}

TEST(SqliteTest, ThreadsShareOneMemorySession) {
  auto opened = Database::Open({.path = "memory"});
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Migrate(**opened, "test", kThings).ok());
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 50; ++round) {
          if (!Insert(**opened, std::to_string(thread), round).ok()) ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(CountThings(**opened), 200);
}

TEST(SqliteTest, APathThatCannotBeOpenedIsUnavailable) {
  const farrell::testing::TempDir directory;
  std::filesystem::create_directory(directory / "farrell.db");
  const auto database = Database::Open({.path = directory / "farrell.db"});
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.status().reason(), "STORE_UNAVAILABLE");
  EXPECT_EQ(Database::Open({.path = ""}).status().reason(), "STORE_PATH_MISSING");
  EXPECT_EQ(Database::Open({.path = "a\"b"}).status().reason(), "STORE_PATH_INVALID");
}

TEST(SqliteTest, AFileThatIsNoDatabaseIsCorrupt) {
  const farrell::testing::TempDir directory;
  farrell::testing::WriteFile(directory / "farrell.db", std::string(5000, 'x'));
  const auto database = Database::Open({.path = directory / "farrell.db"});
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.status().code(), Code::kDataLoss) << database.status().ToString();
  EXPECT_EQ(database.status().reason(), "STORE_CORRUPT");
}

TEST(BlobTextTest, BlobsOfEveryLengthSurviveTheText) {
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

}  // namespace
}  // namespace farrell::sql
