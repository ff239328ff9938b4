// A file system that is really full: writes are refused and typed, reads go on, and writes do again once there is room.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/sql/database.h"
#include "common/sql/migration.h"
#include "tests/support/fault_table.h"
#include "tests/support/test_database.h"

namespace farrell::sql {
namespace {

// A file system of a few megabytes in memory.
class SmallDisk {
 public:
  SmallDisk() {
    if (::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=4m") != 0) problem_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (problem_.empty()) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Why there is none; empty when there is.
  const std::string& problem() const { return problem_; }
  std::string path() const { return dir_.path().string(); }
  void Fill() const {
    std::ofstream file(path() + "/ballast", std::ios::binary);
    const std::string block(4096, 'x');
    while (file << block << std::flush) continue;
  }
  void MakeRoom() const { std::filesystem::remove(path() + "/ballast"); }

 private:
  farrell::testing::TempDir dir_;
  std::string problem_;
};

Status Insert(Database& database, int id) {
  const std::string body(20'000, 'x');
  return Write(database, [&](soci::session& session) {
    session << "INSERT INTO things (id, body) VALUES (:id, :body)", soci::use(id, "id"), soci::use(body, "body");
    return Status::Ok();
  });
}

Result<int> Count(Database& database) {
  int count = -1;
  FARRELL_RETURN_IF_ERROR(Read(database, [&](soci::session& session) {
    session << "SELECT COUNT(*) FROM things WHERE length(body) = 20000", soci::into(count);
    return Status::Ok();
  }));
  return count;
}

class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (disk_.problem().empty()) return;
    const std::string skipped = "mounting a tmpfs needs CAP_SYS_ADMIN: " + disk_.problem();
    for (const char* engine : farrell::testing::kEngines) {
      farrell::testing::LeaveFaultLine({.fault = "disk full", .workload = engine, .skipped = skipped});
    }
    GTEST_SKIP() << skipped;
  }

  void ExpectWritesRefusedAndReadsServed(Database& database, const std::string& engine) {
    int kept = 0;
    for (; kept < 5; ++kept) ASSERT_TRUE(Insert(database, kept).ok());
    disk_.Fill();
    Status full;
    // What was set aside before may still take a few.
    for (; (full = Insert(database, kept)).ok(); ++kept) ASSERT_LT(kept, 300);
    EXPECT_EQ(full.code(), Code::kResourceExhausted) << full.ToString();
    EXPECT_EQ(full.reason(), "STORE_FULL");
    const Result<int> read = Count(database);
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(*read, kept);
    disk_.MakeRoom();
    const Status again = Insert(database, kept);
    EXPECT_TRUE(again.ok()) << again.ToString();
    EXPECT_EQ(*Count(database), kept + 1);
    farrell::testing::LeaveFaultLine({.fault = "disk full",
                                      .workload = engine,
                                      .injected = 1,
                                      .typed_errors = 1,
                                      .retried_ok = again.ok() ? 1 : 0,
                                      .failures = HasFailure() ? 1 : 0});
  }

  SmallDisk disk_;
};

TEST_F(FullDiskTest, OfSqliteRefusesWritesNotReads) {
  auto database = Database::Open({.path = disk_.path() + "/farrell.db"});
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  ASSERT_TRUE(Migrate(**database, "test", {{{"CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT)"}}}).ok());
  ExpectWritesRefusedAndReadsServed(**database, "sqlite");
}

// A program that starts while the disk is full serves what is stored.
TEST_F(FullDiskTest, DoesNotKeepAProgramFromStarting) {
  const std::vector<Migration> migrations = {{{"CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT)"}}};
  const DatabaseOptions options{.path = disk_.path() + "/farrell.db"};
  auto other = Database::Open(options);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(Migrate(**other, "test", migrations).ok());
  ASSERT_TRUE(Insert(**other, 1).ok());
  disk_.Fill();
  auto database = Database::Open(options);
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  const Status migrated = Migrate(**database, "test", migrations);
  EXPECT_TRUE(migrated.ok()) << migrated.ToString();
  EXPECT_EQ(*Count(**database), 1);
}

TEST_F(FullDiskTest, OfPostgresqlRefusesWritesNotReads) {
  FARRELL_SKIP_WITHOUT_POSTGRES();
  farrell::testing::PostgresServer& server = farrell::testing::SharedPostgres();
  const std::string place = disk_.path() + "/space";
  std::filesystem::create_directory(place);
  server.GiveTo(place);
  // The folder above is the test's own.
  std::filesystem::permissions(disk_.path(), std::filesystem::perms::owner_all | std::filesystem::perms::others_exec |
                                                 std::filesystem::perms::others_read);
  ASSERT_EQ(server.Psql("CREATE TABLESPACE small LOCATION '" + place + "'"), "CREATE TABLESPACE");
  {
    auto database = Database::Open({.url = server.CreateDatabase()});
    ASSERT_TRUE(database.ok());
    // Texts of one letter would be compressed to nothing.
    ASSERT_TRUE(Migrate(**database, "test",
                        {{{"CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT) TABLESPACE small",
                           "ALTER TABLE things ALTER COLUMN body SET STORAGE EXTERNAL"}}})
                    .ok());
    ExpectWritesRefusedAndReadsServed(**database, "postgresql");
    ASSERT_TRUE(Write(**database, [](soci::session& session) {
                  session << "DROP TABLE things";
                  return Status::Ok();
                }).ok());
  }
  EXPECT_EQ(server.Psql("DROP TABLESPACE small"), "DROP TABLESPACE");
}

}  // namespace
}  // namespace farrell::sql
