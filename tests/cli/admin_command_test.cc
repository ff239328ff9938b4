// farrell admin as an operator uses it, with what goes wrong.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/sql/database.h"
#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AdminCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    farrell_.Write("data.csv", SmallPanel());
    const FarrellRun run = farrell_.Run(
        {"study", "run", farrell_.Write("study.yaml", SmallStudy()), "--out", Path("out"), "--state", Path("store")});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const FarrellRun import = farrell_.Run({"data", "import", Path("data.csv"), "--unit", "unit", "--time", "year",
                                            "--dataset", "mine", "--release", "1", "--state", Path("store")});
    ASSERT_EQ(import.exit_code, 0) << import.err;
  }
  std::string Path(const std::string& name) const { return farrell_.Path(name); }
  FarrellRun Admin(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "admin");
    return farrell_.Run(arguments);
  }
  void Sql(const std::string& statement) const {
    const auto database = std::move(sql::Database::Open(sql::DatabaseAt(Path("store")))).value();
    ASSERT_TRUE(sql::Write(*database, [&](soci::session& session) {
                  session << statement;
                  return Status::Ok();
                }).ok());
  }

  FarrellFixture farrell_;
};

TEST_F(AdminCommand, BackupRestoreAndCheck) {
  const FarrellRun backup = Admin({"backup", "--state", Path("store"), "--out", Path("backup")});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  EXPECT_THAT(backup.out,
              AllOf(HasSubstr("table,rows\n"), HasSubstr("data_releases,1\n"), HasSubstr("reporting_runs,1\n")));
  EXPECT_EQ(std::filesystem::status(Path("backup")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const FarrellRun whole = Admin({"check", "--backup", Path("backup")});
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(whole.out, backup.out);

  const FarrellRun restore = Admin({"restore", Path("backup"), "--state", Path("new/place")});
  ASSERT_EQ(restore.exit_code, 0) << restore.err;
  EXPECT_EQ(restore.out, backup.out);
  EXPECT_EQ(farrell_.Run({"data", "list", "--format", "csv", "--state", Path("new/place")}).out,
            farrell_.Run({"data", "list", "--format", "csv", "--state", Path("store")}).out);
  EXPECT_EQ(farrell_.Run({"report", "latest", "--out", Path("again"), "--state", Path("new/place")}).exit_code, 0);
  EXPECT_EQ(ReadFile(Path("again/report.html")), ReadFile(Path("out/report.html")));
  const FarrellRun check = Admin({"check", "--state", Path("new/place")});
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("damaged 0\n"));

  const FarrellRun refused = Admin({"restore", Path("backup"), "--state", Path("new/place")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("STORE_NOT_EMPTY"), HasSubstr("--replace")));
  EXPECT_EQ(Admin({"restore", Path("backup"), "--state", Path("new/place"), "--replace"}).exit_code, 0);
}

TEST_F(AdminCommand, CheckNamesEverythingThatIsDamaged) {
  Sql("UPDATE data_columns SET body = substr(body, 1, length(body) - 8) || 'AAAAAAA=' WHERE digest = (SELECT digest "
      "FROM data_snapshot_columns WHERE name = 'x' LIMIT 1)");
  Sql("UPDATE data_snapshot_columns SET label = 'other' WHERE name = 'y' AND snapshot = (SELECT snapshot FROM "
      "data_releases)");
  Sql("UPDATE reporting_files SET content = 'AAAA' WHERE path = 'report.md'");
  Sql("UPDATE reporting_runs SET content = 'AAAA'");
  Sql("UPDATE reporting_steps SET digest = 'x' WHERE action_key = (SELECT MIN(action_key) FROM reporting_steps)");
  const FarrellRun check = Admin({"check", "--state", Path("store")});
  EXPECT_EQ(check.exit_code, 6);
  EXPECT_THAT(check.out, HasSubstr("column x of snapshot "));
  EXPECT_THAT(check.out, HasSubstr("file report.md of run "));
  EXPECT_THAT(check.out, HasSubstr("\nrun "));
  EXPECT_THAT(check.out, HasSubstr("\nstep "));
  EXPECT_THAT(check.err, HasSubstr("VERIFICATION_FAILED"));
}

TEST_F(AdminCommand, WhatIsStoredAboutASnapshotIsCheckedToo) {
  Sql("UPDATE data_snapshots SET source = 'somebody else'");
  EXPECT_THAT(Admin({"check", "--state", Path("store")}).out,
              HasSubstr("what is stored about it does not have its digest"));
}

TEST_F(AdminCommand, PeriodsAreCheckedAgainstTheCells) {
  Sql("UPDATE data_snapshot_periods SET row_count = row_count + 1 WHERE position = 0");
  const FarrellRun check = Admin({"check", "--state", Path("store")});
  EXPECT_EQ(check.exit_code, 6);
  EXPECT_THAT(check.out, HasSubstr("its periods or counts are not those of its cells"));
}

TEST_F(AdminCommand, MistakesAreNamedAndMakeNothing) {
  const FarrellRun nowhere = Admin({"backup", "--state", Path("typo"), "--out", Path("backup")});
  EXPECT_EQ(nowhere.exit_code, 3);
  EXPECT_THAT(nowhere.err, AllOf(HasSubstr("STORE_NOT_FOUND"), HasSubstr("--state")));
  EXPECT_FALSE(std::filesystem::exists(Path("typo")));
  EXPECT_FALSE(std::filesystem::exists(Path("backup")));

  const std::string cut = farrell_.Write("cut", "not a backup\n");
  const FarrellRun invalid = Admin({"restore", cut, "--state", Path("fresh")});
  EXPECT_EQ(invalid.exit_code, 2);
  EXPECT_THAT(invalid.err, HasSubstr("BACKUP_INVALID"));
  EXPECT_FALSE(std::filesystem::exists(Path("fresh"))) << "no store is made for a file that is none";

  ASSERT_EQ(Admin({"backup", "--state", Path("store"), "--out", Path("backup")}).exit_code, 0);
  const std::string bytes = ReadFile(Path("backup"));
  const FarrellRun damaged = Admin({"check", "--backup", farrell_.Write("half", bytes.substr(0, bytes.size() / 2))});
  EXPECT_EQ(damaged.exit_code, 6);
  EXPECT_THAT(damaged.err, AllOf(HasSubstr("BACKUP_DAMAGED"), HasSubstr("line ")));
  EXPECT_EQ(Admin({"backup", "--state", Path("store"), "--out", Path("backup")}).exit_code, 1) << "it is there already";

  const FarrellRun secret = Admin({"check", "--database", "postgresql://farrell:hunter2@db/farrell"});
  EXPECT_EQ(secret.exit_code, 2);
  EXPECT_THAT(secret.err, AllOf(HasSubstr("--database-password-file"), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(Admin({"check", "--state", Path("store"), "--database", "postgresql://db/farrell"}).exit_code, 2);
  EXPECT_EQ(farrell_
                .Run({"admin", "check", "--state", Path("store")}, "",
                     {{"FARRELL_DATABASE", "postgresql:///x?host=/nowhere"}})
                .exit_code,
            0)
      << "a flag comes before the environment";
  EXPECT_EQ(Admin({}).exit_code, 2);
}

}  // namespace
}  // namespace farrell::testing
