// farrell report hold, release, remove, retain, as their users type them.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReportKeeping : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string panel = farrell_.Write("data.csv", SmallPanel());
    Good({"data", "import", panel, "--dataset", "small", "--release", "1", "--unit", "unit", "--time", "year"});
    std::string study = SmallStudy();
    const std::string file = "file: data.csv, unit: unit, time: year, source: \"Nobody\"";
    study.replace(study.find(file), file.size(), "dataset: small");
    Good({"study", "run", farrell_.Write("s.yaml", study), "--quiet", "--out", farrell_.Path("out")});
  }

  std::string Good(const std::vector<std::string>& arguments) {
    const FarrellRun run = farrell_.Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out;
  }

  // The first run that `study list` shows.
  std::string Latest() { return Cells(Good({"study", "list", "--format", "csv"})).at(1).at(0); }

  FarrellFixture farrell_;
};

TEST_F(ReportKeeping, AHeldRunIsRepeatedAfterItsDataHaveGone) {
  const std::string run = Latest();
  const std::string before = farrell_.Path("before.zip");
  Good({"report", "bundle", "latest", "--out", before});
  EXPECT_EQ(Good({"report", "hold", run.substr(0, 8), "--name", "submission", "--reason", "as submitted"}),
            run + " is held by submission\n");
  EXPECT_THAT(Good({"study", "list"}), HasSubstr("submission"));
  Good({"data", "remove", "small"});

  const FarrellRun removed = farrell_.Run({"report", "remove", run});
  EXPECT_NE(removed.exit_code, 0);
  EXPECT_THAT(removed.err, HasSubstr("held by submission: release it first"));
  EXPECT_EQ(farrell_.Run({"report", "retain", "--days", "1"}).exit_code, 0);

  const std::string after = farrell_.Path("after.zip");
  Good({"report", "bundle", run, "--out", after});
  EXPECT_TRUE(ReadFile(before) == ReadFile(after));
  EXPECT_THAT(Good({"study", "verify", after}), Not(HasSubstr("differs")));

  EXPECT_EQ(Good({"report", "release", run, "--name", "submission"}), run + " is no longer held\n");
  const FarrellRun lost = farrell_.Run({"report", "bundle", run, "--out", after});
  EXPECT_EQ(lost.exit_code, 3) << lost.err;
}

TEST_F(ReportKeeping, WhoAsksForARemovedRunIsTold) {
  const std::string run = Latest();
  EXPECT_EQ(Good({"report", "remove", run, "--reason", "wrong sample"}), run + " of study small is removed\n");
  const FarrellRun gone = farrell_.Run({"report", run, "--out", farrell_.Path("again")});
  EXPECT_EQ(gone.exit_code, 3);
  EXPECT_THAT(gone.err, HasSubstr("wrong sample"));
}

TEST_F(ReportKeeping, MistakesAreNamed) {
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* says;
  } mistakes[] = {
      {{"report", "hold", "latest"}, 2, "--name"},
      {{"report", "hold", "latest", "--name", "a b"}, 2, "hold.name"},
      {{"report", "hold", "latest", "--name", "a", "--until", "2026-02-30T00:00:00Z"}, 2, "hold.until"},
      {{"report", "hold", "zzzzzz", "--name", "a"}, 3, "zzzzzz"},
      {{"report", "release", "latest", "--name", "a"}, 3, "no hold 'a'"},
      {{"report", "remove", "latest"}, 2, "not as the latest"},
      {{"report", "retain"}, 2, "--days"},
      {{"report", "retain", "--days", "0"}, 2, "--days"},
      {{"report", "retain", "--days", "7", "--keep-latest", "0"}, 2, "--keep-latest"},
  };
  for (const auto& mistake : mistakes) {
    const FarrellRun run = farrell_.Run(mistake.arguments);
    EXPECT_EQ(run.exit_code, mistake.exit_code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(mistake.says));
  }
  EXPECT_NE(Latest(), "");
}

}  // namespace
}  // namespace farrell::testing
