// Backups between engines, of a store in use, and every way a file can be wrong.
#include "common/backup/backup.h"

#include <fcntl.h>
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "common/sql/migration.h"
#include "tests/support/test_database.h"

namespace farrell::backup {
namespace {

using farrell::testing::ReadFile;
using farrell::testing::TestDatabase;
using farrell::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const sql::Migration kFirst = {{"CREATE TABLE parents (id TEXT PRIMARY KEY, number BIGINT)",
                                "CREATE TABLE children (parent TEXT NOT NULL REFERENCES parents (id), position INTEGER "
                                "NOT NULL, body TEXT NOT NULL, PRIMARY KEY (parent, position))"}};
const sql::Migration kSecond = {{"ALTER TABLE children ADD COLUMN weight DOUBLE PRECISION"}, sql::Effect::kExpands};

std::vector<sql::Component> Components(int version) {
  std::vector<sql::Migration> migrations = {kFirst, kSecond};
  migrations.resize(static_cast<std::size_t>(version));
  // Pages of three rows, so that a page ends inside a parent.
  std::vector<sql::StoredTable> tables = {
      {.name = "parents", .columns = {{"id"}, {"number", sql::ColumnKind::kInteger}}, .key = {"id"}, .page = 3},
      {.name = "children",
       .columns =
           {{"parent"}, {"position", sql::ColumnKind::kInteger}, {"body"}, {"weight", sql::ColumnKind::kReal, 2}},
       .key = {"parent", "position"},
       .page = 3}};
  return {{"family", migrations, tables}};
}

Status Fill(sql::Database& database) {
  return sql::Write(database, [](soci::session& session) {
    session << "INSERT INTO parents (id, number) VALUES ('', NULL), ('B', -9007199254740993), ('a', 0), ('区', 7)";
    const std::string body = "it's \"a\\b\"\n\t区域 \x01";
    const double weight = 0.1 + 0.2;
    for (const std::string parent : {"", "B", "区"}) {
      for (int position = 1; position <= 4; ++position) {
        session << "INSERT INTO children VALUES (:parent, :position, :body, :weight)", soci::use(parent, "parent"),
            soci::use(position, "position"), soci::use(body, "body"), soci::use(weight, "weight");
      }
    }
    session << "INSERT INTO children (parent, position, body) VALUES ('a', -1, '')";
    return Status::Ok();
  });
}

std::unique_ptr<sql::Database> Made(const TestDatabase& place, int version = 2) {
  auto database = place.Open();
  const sql::Component family = Components(version).front();
  const Status migrated = sql::Migrate(*database, family.name, family.migrations);
  EXPECT_TRUE(migrated.ok()) << migrated.ToString();
  return database;
}

class BackupTest : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  void SetUp() override {
    const auto [from, to] = GetParam();
    if (from == std::string("postgresql") || to == std::string("postgresql")) FARRELL_SKIP_WITHOUT_POSTGRES();
    from_ = std::make_unique<TestDatabase>(from);
    to_ = std::make_unique<TestDatabase>(to);
  }
  TestDatabase& from() { return *from_; }
  TestDatabase& to() { return *to_; }
  std::string File(const std::string& name = "backup") const { return dir_ / name; }
  // A backup of the rows above.
  std::string Written() {
    const auto database = Made(from());
    EXPECT_TRUE(Fill(*database).ok());
    const auto contents = Backup(*database, Components(2), File());
    EXPECT_TRUE(contents.ok()) << contents.status().ToString();
    return File();
  }

 private:
  farrell::testing::TempDir dir_;
  std::unique_ptr<TestDatabase> from_;
  std::unique_ptr<TestDatabase> to_;
};
INSTANTIATE_TEST_SUITE_P(Engines, BackupTest,
                         ::testing::Combine(::testing::ValuesIn(farrell::testing::kEngines),
                                            ::testing::ValuesIn(farrell::testing::kEngines)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_to_" + std::get<1>(test.param);
                         });

TEST_P(BackupTest, TheRestoredStoreHasABackupOfTheSameBytes) {
  const std::string file = Written();
  const auto database = to().Open();
  const auto restored = Restore(*database, Components(2), file, Existing::kRefuse);
  ASSERT_TRUE(restored.ok()) << restored.status().ToString();
  EXPECT_THAT(*restored, ElementsAre(Pair("parents", 4), Pair("children", 13)));
  ASSERT_TRUE(Backup(*database, Components(2), File("again")).ok());
  EXPECT_EQ(ReadFile(File("again")), ReadFile(file));
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM children WHERE weight IS NULL"), 1);
  EXPECT_EQ(*Verify(file), *restored);
}

TEST_P(BackupTest, IsTheStateOfOneMomentWhileOthersWrite) {
  const auto database = Made(from());
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  {
    const std::jthread writer([&] {
      const auto mine = from().Open();
      // A parent and its child come together.
      for (int number = 0; !stop; ++number) {
        const Status status = sql::Write(*mine, [&](soci::session& session) {
          const std::string id = std::to_string(number);
          session << "INSERT INTO parents (id) VALUES (:id)", soci::use(id, "id");
          session << "INSERT INTO children (parent, position, body) VALUES (:id, 1, 'x')", soci::use(id, "id");
          return Status::Ok();
        });
        EXPECT_TRUE(status.ok()) << status.ToString();
        ++written;
      }
    });
    ASSERT_TRUE(farrell::testing::Eventually([&] { return written > 20; }));
    const auto contents = Backup(*database, Components(2), File());
    stop = true;
    ASSERT_TRUE(contents.ok()) << contents.status().ToString();
    EXPECT_EQ((*contents)[0].second, (*contents)[1].second);
    EXPECT_GE((*contents)[0].second, 20);
  }
  EXPECT_TRUE(Restore(*to().Open(), Components(2), File(), Existing::kRefuse).ok());
}

TEST_P(BackupTest, AStoreWithRowsIsReplacedOnlyWhenAsked) {
  const std::string file = Written();
  const auto database = Made(to());
  to().Execute("INSERT INTO parents (id) VALUES ('mine')");
  const Status refused = Restore(*database, Components(2), file, Existing::kRefuse).status();
  EXPECT_EQ(refused.reason(), "STORE_NOT_EMPTY") << refused.ToString();
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM parents"), 1);
  const auto replaced = Restore(*database, Components(2), file, Existing::kReplace);
  ASSERT_TRUE(replaced.ok()) << replaced.status().ToString();
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM parents WHERE id = 'mine'"), 0);
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM parents"), 4);
}

TEST_P(BackupTest, AFileCutOffAnywhereIsRefusedAndLeavesTheStoreAsItWas) {
  const std::string bytes = ReadFile(Written());
  const auto database = Made(to());
  to().Execute("INSERT INTO parents (id) VALUES ('mine')");
  const std::string cut = File("cut");
  for (std::size_t length :
       {bytes.size() - 30, bytes.size() / 2, bytes.rfind('\n', bytes.size() - 2) + 1, bytes.find('\n') + 1}) {
    WriteFile(cut, bytes.substr(0, length));
    const Status refused = Restore(*database, Components(2), cut, Existing::kReplace).status();
    EXPECT_EQ(refused.reason(), "BACKUP_DAMAGED") << length << refused.ToString();
    EXPECT_THAT(refused.message(), HasSubstr(cut + ", line "));
    EXPECT_THAT(refused.message(), HasSubstr("cut off"));
  }
  EXPECT_EQ(to().Text("SELECT id FROM parents"), "mine");
}

TEST_P(BackupTest, AChangedByteIsFoundInItsLine) {
  const std::string bytes = ReadFile(Written());
  const auto database = Made(to());
  const std::string changed = File("changed");
  for (std::size_t at = 0; at < bytes.size(); at += 97) {
    std::string other = bytes;
    other[at] = other[at] == 'x' ? 'y' : 'x';
    WriteFile(changed, other);
    const Status refused = Verify(changed).status();
    const auto line = static_cast<int>(1 + std::count(bytes.begin(), bytes.begin() + static_cast<long>(at), '\n'));
    if (refused.reason() == "BACKUP_INVALID") {
      EXPECT_EQ(line, 1);
      continue;
    }
    ASSERT_EQ(refused.reason(), "BACKUP_DAMAGED") << at;
    // A line feed that is gone joins two lines.
    EXPECT_EQ(refused.metadata().at("line"), std::to_string(line)) << at;
  }
  // Two lines in the other order, and one that is not there.
  const std::size_t first = bytes.find('\n', bytes.find("\"parents\"")) + 1;
  const std::size_t second = bytes.find('\n', first) + 1;
  const std::size_t third = bytes.find('\n', second) + 1;
  const std::string one = bytes.substr(first, second - first);
  const std::string two = bytes.substr(second, third - second);
  for (const std::string& middle : {two + one, one + one + two, two, one}) {
    WriteFile(changed, bytes.substr(0, first) + middle + bytes.substr(third));
    EXPECT_EQ(Restore(*database, Components(2), changed, Existing::kRefuse).status().reason(), "BACKUP_DAMAGED");
  }
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM parents"), 0);
}

TEST_P(BackupTest, WhatIsNoBackupIsSaidToBeNone) {
  WriteFile(File("text"), "unit,time,x\na,1,2\n");
  WriteFile(File("empty"), "");
  EXPECT_EQ(Verify(File("text")).status().reason(), "BACKUP_INVALID");
  EXPECT_EQ(Verify(File("empty")).status().reason(), "BACKUP_INVALID");
  EXPECT_EQ(Verify(File("none")).status().reason(), "FILE_NOT_FOUND");
  EXPECT_EQ(Backup(*from().Open(), Components(2), File("x")).status().reason(), "STORE_EMPTY");
  WriteFile(File("mine"), "mine");
  EXPECT_EQ(Backup(*Made(from()), Components(2), File("mine")).status().reason(), "BACKUP_EXISTS");
  EXPECT_EQ(ReadFile(File("mine")), "mine");
}

TEST_P(BackupTest, AnOlderBackupIsBroughtUpToDateAndANewerOneRefused) {
  {
    const auto old = Made(from(), 1);
    from().Execute("INSERT INTO parents (id) VALUES ('old')");
    from().Execute("INSERT INTO children (parent, position, body) VALUES ('old', 1, 'x')");
    ASSERT_TRUE(Backup(*old, Components(1), File("old")).ok());
  }
  // A newer program copies what is there before it has migrated the store.
  ASSERT_TRUE(Backup(*from().Open(), Components(2), File("old-by-new")).ok());
  EXPECT_EQ(ReadFile(File("old")), ReadFile(File("old-by-new")));

  const auto database = to().Open();
  const auto restored = Restore(*database, Components(2), File("old"), Existing::kRefuse);
  ASSERT_TRUE(restored.ok()) << restored.status().ToString();
  EXPECT_EQ(*sql::SchemaVersion(*database, "family"), 2);
  EXPECT_EQ(to().Count("SELECT COUNT(*) FROM children WHERE weight IS NULL"), 1);

  // An older program would leave out the new column without a word.
  EXPECT_EQ(Backup(*database, Components(1), File("new-by-old")).status().reason(), "SCHEMA_TOO_NEW");
  ASSERT_TRUE(Backup(*database, Components(2), File("new")).ok());
  const TestDatabase empty(std::get<1>(GetParam()));
  EXPECT_EQ(Restore(*empty.Open(), Components(1), File("new"), Existing::kRefuse).status().reason(), "SCHEMA_TOO_NEW");
  EXPECT_EQ(Restore(*database, Components(1), File("old"), Existing::kReplace).status().reason(), "SCHEMA_TOO_NEW");
}

// The process that restores is killed with half the rows in: there is nothing.
TEST_P(BackupTest, ARestoreThatIsKilledLeavesTheStoreAsItWas) {
  const std::string file = Written();
  {
    const auto database = Made(to());
    to().Execute("INSERT INTO parents (id) VALUES ('mine')");
  }
  const std::string pipe = File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto database = sql::Database::Open(to().options());
    if (database.ok()) static_cast<void>(Restore(**database, Components(2), pipe, Existing::kReplace));
    _exit(1);
  }
  const int half = open(pipe.c_str(), O_WRONLY);
  ASSERT_GE(half, 0);
  const std::string bytes = ReadFile(file).substr(0, ReadFile(file).size() / 2);
  ASSERT_EQ(write(half, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  // The other half never comes.
  EXPECT_TRUE(farrell::testing::Eventually([&] {
    int unread = -1;
    return ioctl(half, FIONREAD, &unread) == 0 && unread == 0;
  }));
  kill(child, SIGKILL);
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFSIGNALED(state));
  close(half);
  EXPECT_EQ(to().Text("SELECT id FROM parents"), "mine");
  EXPECT_TRUE(Restore(*to().Open(), Components(2), file, Existing::kReplace).ok());
}

// The file meets a limit as it would a full disk.
TEST_P(BackupTest, AFullDiskLeavesNoFile) {
  const auto database = Made(from());
  ASSERT_TRUE(Fill(*database).ok());
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status full = Backup(*database, Components(2), File()).status();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(full.reason(), "OUTPUT_FAILED") << full.ToString();
  EXPECT_FALSE(std::filesystem::exists(File()));
  EXPECT_FALSE(std::filesystem::exists(File() + ".partial"));
  EXPECT_TRUE(Backup(*database, Components(2), File()).ok());
}

}  // namespace
}  // namespace farrell::backup
