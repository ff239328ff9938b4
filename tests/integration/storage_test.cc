// The shipped study on PostgreSQL, and the drill: a backup restored on an empty machine gives the same bytes, also when
// its run is replayed.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <csignal>

#include "nlohmann/json.hpp"
#include "tests/integration/cluster.h"
#include "tests/support/postgres_server.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

const std::string kStudy = std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/study.yaml";

// Every file of a report by its path; run.json, which tells about the run, is left out.
std::map<std::string, std::string> Report(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "run.json") continue;
    files[std::filesystem::relative(entry.path(), folder).string()] = ReadFile(entry.path().string());
  }
  return files;
}

void ExpectSameReport(const std::string& folder, const std::string& reference) {
  const auto files = Report(folder);
  const auto expected = Report(reference);
  EXPECT_GE(files.size(), 10U);
  EXPECT_EQ(files.size(), expected.size());
  for (const auto& [name, content] : expected) {
    EXPECT_TRUE(files.contains(name) && files.at(name) == content) << name << " differs";
  }
}

std::int64_t SolvedCount(const std::string& folder) {
  return std::stoll(nlohmann::json::parse(ReadFile(folder + "/run.json")).value("solved_count", "0"));
}

class Storage : public ::testing::Test {
 protected:
  // The report of an undisturbed run inside one process, kept in SQLite.
  static void SetUpTestSuite() {
    if (!PostgresServer::Missing().empty()) return;
    out_ = std::make_unique<TempDir>();
    const Finished run = Farrell({"study", "run", kStudy, "--out", Reference(), "--state", *out_ / "sqlite"}, {});
    ASSERT_EQ(run.exit_code, 0) << run.output;
  }
  static void TearDownTestSuite() { out_.reset(); }
  void SetUp() override {
    if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
    server_ = std::make_unique<PostgresServer>();
  }

  static std::string Reference() { return *out_ / "reference"; }
  static std::string SqliteState() { return *out_ / "sqlite"; }
  std::string Out(const std::string& name) const { return dir_ / name; }
  PostgresServer& server() { return *server_; }

  static std::unique_ptr<TempDir> out_;

 private:
  TempDir dir_;
  std::unique_ptr<PostgresServer> server_;
};
std::unique_ptr<TempDir> Storage::out_;

TEST_F(Storage, FourProcessesOnPostgresqlGiveTheBytesOfOneOnSqliteAndSoDoesARestoredBackup) {
  const std::string url = server().CreateDatabase();
  {
    Cluster cluster({}, {"--database", url});
    const Finished run = Farrell({"study", "run", kStudy, "--out", Out("first")}, cluster.Environment());
    ASSERT_EQ(run.exit_code, 0) << run.output;
    ExpectSameReport(Out("first"), Reference());
    EXPECT_FALSE(std::filesystem::exists(cluster.dir / "state")) << "nothing was kept beside the database";
    // Programs go on serving while the backup is made.
    const Finished backup = Farrell({"admin", "backup", "--database", url, "--out", Out("backup")}, {});
    ASSERT_EQ(backup.exit_code, 0) << backup.output;
    EXPECT_EQ(Farrell({"study", "list"}, cluster.Environment()).exit_code, 0);
  }
  const Finished whole = Farrell({"admin", "check", "--database", url}, {});
  EXPECT_EQ(whole.exit_code, 0) << whole.output;
  EXPECT_THAT(whole.output, HasSubstr("damaged 0"));
  // The machine is gone.
  server().Kill();

  const std::string state = Out("restored");
  const Finished restore = Farrell({"admin", "restore", Out("backup"), "--state", state}, {});
  ASSERT_EQ(restore.exit_code, 0) << restore.output;
  const Finished report = Farrell({"report", "latest", "--out", Out("report"), "--state", state}, {});
  ASSERT_EQ(report.exit_code, 0) << report.output;
  ExpectSameReport(Out("report"), Reference());
  // The study again finds every step.
  const Finished again = Farrell({"study", "run", kStudy, "--out", Out("again"), "--state", state}, {});
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_EQ(SolvedCount(Out("again")), 0);
  ExpectSameReport(Out("again"), Reference());
  // The run replayed from the restored store, without any step or cache.
  const Finished bundle = Farrell({"report", "bundle", "latest", "--out", Out("run.zip"), "--state", state}, {});
  ASSERT_EQ(bundle.exit_code, 0) << bundle.output;
  const Finished replay = Farrell({"study", "verify", Out("run.zip")}, {});
  EXPECT_EQ(replay.exit_code, 0) << replay.output;
}

TEST_F(Storage, ASqliteStoreMovesToAClusterOnPostgresql) {
  ASSERT_EQ(Farrell({"admin", "backup", "--state", SqliteState(), "--out", Out("backup")}, {}).exit_code, 0);
  const std::string url = server().CreateDatabase();
  const Finished restore = Farrell({"admin", "restore", Out("backup"), "--database", url}, {});
  ASSERT_EQ(restore.exit_code, 0) << restore.output;
  ASSERT_EQ(Farrell({"admin", "backup", "--database", url, "--out", Out("back")}, {}).exit_code, 0);
  EXPECT_EQ(ReadFile(Out("back")), ReadFile(Out("backup")));
  Cluster cluster({}, {"--database", url});
  const Finished run = Farrell({"study", "run", kStudy, "--out", Out("run")}, cluster.Environment());
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(SolvedCount(Out("run")), 0);
  ExpectSameReport(Out("run"), Reference());
}

TEST_F(Storage, TheDatabaseKilledInTheMiddleOfAStudyIsATypedErrorOrNoneAndThenResumes) {
  Cluster cluster({}, {"--database", server().CreateDatabase()});
  const std::string log = Out("killed.log");
  const auto farrell = StartFarrell({"study", "run", kStudy, "--out", Out("killed")}, cluster.Environment(), log);
  ASSERT_TRUE(Eventually([&] { return ReadFile(log).find("regression:") != std::string::npos; })) << ReadFile(log);
  server().Kill();
  const auto code = farrell->Wait(std::chrono::seconds(120));
  ASSERT_TRUE(code.has_value()) << "the study hangs:\n" << ReadFile(log);
  EXPECT_TRUE(*code == 0 || ReadFile(log).find("[UNAVAILABLE ") != std::string::npos) << ReadFile(log);
  server().Start();
  // The same processes, without a restart.
  const Finished again = Farrell({"study", "run", kStudy, "--out", Out("again")}, cluster.Environment());
  ASSERT_EQ(again.exit_code, 0) << again.output;
  ExpectSameReport(Out("again"), Reference());
  EXPECT_LT(SolvedCount(Out("again")), 100) << "finished steps were kept";
}

}  // namespace
}  // namespace farrell::testing
