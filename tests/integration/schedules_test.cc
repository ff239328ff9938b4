// Schedules of callers who are asked who they are: four real processes with one file of grants. A schedule runs as its
// creator, with what their grant allows at that time, in their project.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kStudy = R"(id: small
title: "A small study"
data: {dataset: panel}
dea:
  - {id: main, inputs: [x1], outputs: [y1], frontier: global}
regressions:
  - {id: level, formula: "log(score.main) ~ log(x1) | unit + time", inference: [cr3:unit]}
tables:
  - {id: t1, title: "Level", kind: regression, columns: [level]}
)";

constexpr const char* kAll =
    "data.read,data.write,data.derive,dea.run,regression.run,study.read,study.run,study.schedule";

class Schedules : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteFile(dir_ / "panel.csv", MadePanel(20, 3));
    WriteFile(dir_ / "study.yaml", kStudy);
    Good(north_, {"data", "import", dir_ / "panel.csv", "--unit", "unit", "--time", "time", "--dataset", "panel",
                  "--release", "1"});
    Good(north_, {"schedule", "create", dir_ / "study.yaml", "--name", "monthly", "--cron", "0 6 1 * *", "--time-zone",
                  "Asia/Shanghai"});
  }

  std::string Token(const std::string& name, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"admin", "token", "create", "--tokens", grants_, "--principal", name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished made = Farrell(arguments, {});
    EXPECT_EQ(made.exit_code, 0) << made.output;
    const std::string path = dir_ / (name + ".token");
    const std::size_t start = made.output.find("farrell_");
    WriteFile(path, made.output.substr(start, std::string("farrell_12345678_").size() + 64) + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  static std::string IdOf(const std::string& token_file) {
    return ReadFile(token_file).substr(std::string("farrell_").size(), 8);
  }

  Finished Do(const std::string& token_file, const std::vector<std::string>& arguments) const {
    return Farrell(arguments, {{"FARRELL_DATA", data_.address()},
                               {"FARRELL_DEA", dea_.address()},
                               {"FARRELL_REGRESSION", regression_.address()},
                               {"FARRELL_REPORTING", reporting_.address()},
                               {"FARRELL_TOKEN_FILE", token_file}});
  }
  std::string Good(const std::string& token_file, const std::vector<std::string>& arguments) const {
    const Finished done = Do(token_file, arguments);
    EXPECT_EQ(done.exit_code, 0) << done.output;
    return done.output;
  }
  bool Shows(const std::string& text) const {
    return Eventually(
        [&] {
          return Do(north_, {"schedule", "show", "monthly", "--format", "csv"}).output.find(text) != std::string::npos;
        },
        std::chrono::seconds(120));
  }

  TempDir dir_;
  std::string grants_ = dir_ / "grants";
  std::string north_ = Token("north", {"--project", "north", "--scope", kAll});
  std::string south_ = Token("south", {"--project", "south", "--scope", kAll});
  std::string service_ = Token("service", {"--scope", "data.read,data.embargoed,call.forward", "--data", "*"});
  ServerProgram data_{"farrell-data", {"--state", dir_ / "state", "--tokens", grants_}, dir_};
  ServerProgram dea_{"farrell-dea", {"--data", data_.address(), "--tokens", grants_, "--token-file", service_}, dir_};
  ServerProgram regression_{
      "farrell-regression",
      {"--data", data_.address(), "--dea", dea_.address(), "--tokens", grants_, "--token-file", service_},
      dir_};
  ServerProgram reporting_{"farrell-reporting",
                           {"--data", data_.address(), "--dea", dea_.address(), "--regression", regression_.address(),
                            "--state", dir_ / "state", "--tokens", grants_, "--token-file", service_},
                           dir_};
};

TEST_F(Schedules, RunAsTheirCreatorInTheirProject) {
  Good(north_, {"schedule", "trigger", "monthly"});
  ASSERT_TRUE(Shows(",published,")) << Do(north_, {"schedule", "show", "monthly"}).output << reporting_.log();
  EXPECT_THAT(Good(north_, {"study", "list", "--format", "csv"}), HasSubstr("small,succeeded"));
  EXPECT_THAT(Good(north_, {"publications"}), HasSubstr("by monthly"));
  // Another project sees none of it.
  EXPECT_THAT(Good(south_, {"study", "list", "--format", "csv"}), Not(HasSubstr("small")));
  EXPECT_THAT(Good(south_, {"publications"}), Not(HasSubstr("monthly")));
  EXPECT_THAT(Good(south_, {"schedule", "list", "--format", "csv"}), Not(HasSubstr("monthly")));
  EXPECT_THAT(Do(south_, {"schedule", "trigger", "north/monthly"}).output, HasSubstr("SCHEDULE_NOT_FOUND"));
  EXPECT_THAT(Do(south_, {"schedule", "poke"}).output, HasSubstr("schedule.poke"));
}

TEST_F(Schedules, AGrantThatWasRevokedRejectsTheRun) {
  Good(north_, {"schedule", "trigger", "monthly"});
  ASSERT_TRUE(Shows(",published,"));
  const std::string other = Token("northern", {"--project", "north", "--scope", kAll});
  const Finished revoked = Farrell({"admin", "token", "revoke", IdOf(north_), "--tokens", grants_}, {});
  ASSERT_EQ(revoked.exit_code, 0) << revoked.output;
  EXPECT_THAT(Do(other, {"schedule", "trigger", "monthly"}).output,
              AllOf(HasSubstr("SCHEDULED_RUN_REJECTED"), HasSubstr("revoked")));
  // Whoever replaces the schedule is whom it runs as.
  Good(other, {"schedule", "create", dir_ / "study.yaml", "--name", "monthly", "--cron", "0 6 1 * *", "--time-zone",
               "Asia/Shanghai", "--update"});
  north_ = other;
  Good(other, {"schedule", "trigger", "monthly"});
  EXPECT_TRUE(Eventually(
      [&] {
        const std::string shown = Do(other, {"schedule", "show", "monthly", "--format", "csv"}).output;
        return shown.find(",published,") != shown.rfind(",published,");
      },
      std::chrono::seconds(120)));
}

}  // namespace
}  // namespace farrell::testing
