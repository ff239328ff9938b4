// farrell schedule, run watch, publications, as their users type them, against a `farrell up` of its own.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ScheduleCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    Up("up1");
    Import("1", "2026-01-10", 0);
    std::string study = SmallStudy();
    const std::string file = "file: data.csv, unit: unit, time: year, source: \"Nobody\"";
    study.replace(study.find(file), file.size(), "dataset: small");
    study_ = farrell_.Write("s.yaml", study);
  }
  void TearDown() override {
    if (up_) up_->Signal(SIGTERM);
  }

  void Up(const std::string& name) {
    up_ = farrell_.Start(name, {"up", "--listen", "127.0.0.1:0", "--port-file", farrell_.Path(name + ".port"),
                                "--state", farrell_.Path("state")});
    ASSERT_TRUE(Eventually([&] { return !ReadFile(farrell_.Path(name + ".port")).empty(); }, std::chrono::seconds(60)));
    server_ = "127.0.0.1:" + ReadFile(farrell_.Path(name + ".port"));
    while (server_.back() == '\n') server_.pop_back();
  }

  void Import(const std::string& release, const std::string& known_at, int shift) {
    Good({"data", "import", farrell_.Write("data.csv", SmallPanel(shift)), "--dataset", "small", "--release", release,
          "--unit", "unit", "--time", "year", "--known-at", known_at});
  }

  FarrellRun Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", server_});
    return farrell_.Run(arguments);
  }
  std::string Good(const std::vector<std::string>& arguments) {
    const FarrellRun run = Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out;
  }

  // Rows of `schedule show`, without the header, once all runs have ended and there are so many.
  std::vector<std::vector<std::string>> Ended(const std::string& name, std::size_t count) {
    std::vector<std::vector<std::string>> rows;
    EXPECT_TRUE(Eventually(
        [&] {
          rows = Cells(Good({"schedule", "show", name, "--format", "csv"}));
          rows.erase(rows.begin());
          if (rows.size() < count) return false;
          for (const auto& row : rows) {
            if (row.at(2) == "waiting" || row.at(2) == "running") return false;
          }
          return true;
        },
        std::chrono::seconds(120)));
    return rows;
  }

  FarrellFixture farrell_;
  std::unique_ptr<Process> up_;
  std::string server_;
  std::string study_;
};

TEST_F(ScheduleCommand, WithoutAServerAPokeRunsWhatWaitsToItsEnd) {
  up_->Signal(SIGTERM);
  ASSERT_TRUE(up_->Wait(std::chrono::seconds(60)).has_value());
  up_.reset();
  const auto alone = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--state", farrell_.Path("state")});
    FarrellRun run = farrell_.Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run;
  };
  alone({"schedule", "create", study_, "--name", "yearly", "--cron", "0 6 1 3 *", "--time-zone", "Asia/Shanghai"});
  EXPECT_THAT(alone({"schedule", "trigger", "yearly"}).err, HasSubstr("farrell schedule poke"));
  EXPECT_EQ(alone({"schedule", "poke"}).out, "0 due, 1 begun and ended\n");
  EXPECT_THAT(alone({"schedule", "show", "yearly", "--format", "csv"}).out, HasSubstr(",trigger,published,"));
  EXPECT_EQ(alone({"schedule", "poke"}).out, "0 due, 0 begun and ended\n");
}

TEST_F(ScheduleCommand, FromCreationToPublication) {
  EXPECT_THAT(
      Good({"schedule", "create", study_, "--name", "yearly", "--cron", "0 6 1 3 *", "--time-zone", "Asia/Shanghai"}),
      AllOf(HasSubstr("0 6 1 3 * Asia/Shanghai"), HasSubstr("T06:00:00+08:00"), HasSubstr("buffer-one")));
  Good({"schedule", "trigger", "yearly"});
  const auto rows = Ended("yearly", 1);
  EXPECT_EQ(rows.at(0).at(2), "published") << rows.at(0).back();
  const std::string run = rows.at(0).at(4);
  EXPECT_THAT(Good({"run", "watch", run}), AllOf(HasSubstr("begun"), HasSubstr("ended  succeeded")));
  EXPECT_THAT(Good({"run", "watch", run, "--format", "json", "--after", "1"}), HasSubstr("\"KIND_ENDED\""));
  Import("2", "2026-02-10", 3);
  Good({"study", "run", study_, "--publish", "--out", farrell_.Path("out")});
  EXPECT_THAT(Good({"publications", "--latest", "--difference"}),
              AllOf(HasSubstr("since " + run), HasSubstr("(data)"), HasSubstr("unit:u0 | mean")));
  EXPECT_THAT(Good({"schedule", "list", "--format", "csv"}), HasSubstr("yearly,,small,small,"));
  EXPECT_THAT(Good({"schedule", "pause", "yearly", "--note", "census"}), HasSubstr("census"));
  EXPECT_THAT(Good({"schedule", "resume", "yearly"}), HasSubstr("next "));
  EXPECT_THAT(Good({"schedule", "remove", "yearly"}), HasSubstr("removed"));
  EXPECT_EQ(Run({"schedule", "show", "yearly"}).exit_code, 3);
}

TEST_F(ScheduleCommand, MistakesAreNamed) {
  const FarrellRun bad = Run({"schedule", "create", study_, "--name", "x", "--cron", "0 25 * * *", "--time-zone",
                              "Asia/Beijng", "--webhook", "http://localhost/"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, AllOf(HasSubstr("hour"), HasSubstr("Asia/Beijng"), HasSubstr("webhook-hosts")));
  EXPECT_EQ(Run({"schedule", "trigger", "nobody"}).exit_code, 3);
}

// A real process, killed in the middle of a backfill: nothing is lost, nothing runs twice.
TEST_F(ScheduleCommand, ABackfillOutlivesTheProcess) {
  Good({"schedule", "create", study_, "--name", "daily", "--cron", "0 6 * * *", "--time-zone", "Asia/Shanghai"});
  const std::vector<std::string> span = {"--from", "2026-02-01T00:00:00Z", "--to", "2026-02-09T00:00:00Z"};
  std::vector<std::string> backfill = {"schedule", "backfill", "daily", "--format", "csv"};
  backfill.insert(backfill.end(), span.begin(), span.end());
  std::vector<std::string> preview = backfill;
  preview.emplace_back("--preview");
  EXPECT_THAT(Run(preview).err, HasSubstr("8 runs"));
  EXPECT_EQ(Lines(Good({"schedule", "show", "daily", "--format", "csv"})).size(), 1U);
  Good(backfill);
  ASSERT_TRUE(Eventually([&] { return !Good({"publications"}).empty(); }, std::chrono::seconds(120)));
  up_->Kill();
  Up("up2");
  Good(backfill);
  const auto rows = Ended("daily", 8);
  EXPECT_EQ(rows.size(), 8U);
  for (const auto& row : rows) EXPECT_EQ(row.at(2), "published") << row.back();
  EXPECT_EQ(Lines(Good({"publications"})).size(), 8U);
}

// A schedule that listens to the data service inside the process, and a caller who does from outside.
TEST_F(ScheduleCommand, AServerThatIsListenedToStopsInPeace) {
  Good({"schedule", "create", study_, "--name", "fresh", "--on-arrival", "--quiet-period", "604800"});
  for (int round = 1; round <= 3; ++round) {
    const std::string number = std::to_string(round);
    const auto watcher = farrell_.Start("watch" + number, {"data", "watch", "small", "--server", server_});
    // Both have heard of it: both listen.
    Import("more" + number, "2026-02-10", round);
    ASSERT_TRUE(Eventually(
        [&] {
          return ReadFile(farrell_.Path("watch" + number + ".out")).find("more" + number) != std::string::npos &&
                 Good({"schedule", "arrivals", "fresh"}).find("more" + number) != std::string::npos;
        },
        std::chrono::seconds(60)));
    up_->Signal(SIGTERM);
    EXPECT_EQ(up_->Wait(std::chrono::seconds(60)), 0) << ReadFile(farrell_.Path("up" + number + ".err"));
    watcher->Kill();
    Up("up" + std::to_string(round + 1));
  }
}

}  // namespace
}  // namespace farrell::testing
