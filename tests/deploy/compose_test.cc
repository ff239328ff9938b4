// The images of deploy/Dockerfile, built, and docker-compose.yml, brought up, with the study of the US states run
// through it. Takes three minutes on two cores, most of them for Debian's packages.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/deploy/engine.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Names of the files below `folder`, without what belongs to one run.
std::vector<std::string> ReportFiles(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = std::filesystem::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && name != "run.json") files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Compose : public ::testing::Test {
 protected:
  void Build(const std::vector<std::string>& arguments) {
    std::vector<std::string> build{"build", "--quiet", "--network=host"};
    build.insert(build.end(), arguments.begin(), arguments.end());
    const Finished built = engine_.Docker(build);
    ASSERT_EQ(built.exit_code, 0) << built.output;
  }
  void BuildAll() {
    const std::string source = FARRELL_SOURCE_DIR;
    for (const std::string store : {"redis", "postgres", "prometheus"}) {
      ASSERT_NO_FATAL_FAILURE(Build({"--file", source + "/deploy/offline/Dockerfile", "--target", store, "--tag",
                                     "farrell-" + store, source + "/deploy/offline"}));
    }
    for (const std::string program : kPrograms) {
      ASSERT_NO_FATAL_FAILURE(Build({"--file", source + "/deploy/Dockerfile", "--target", program, "--tag",
                                     "farrell-" + program + ":" FARRELL_VERSION, "--build-arg", "PROGRAMS=prebuilt",
                                     "--build-arg", "PDF=no", source}));
    }
  }
  // The output of a command inside a running service.
  Finished Inside(const std::string& service, const std::vector<std::string>& command) {
    std::vector<std::string> arguments{"exec", "-T", service};
    arguments.insert(arguments.end(), command.begin(), command.end());
    return engine_.Compose(arguments);
  }

  static constexpr std::array kPrograms = {"data", "dea", "regression", "reporting", "solver", "cli"};
  static constexpr std::array kServices = {"data", "dea", "regression", "reporting", "solver"};
  Engine engine_;
};

TEST_F(Compose, RunsTheStudyWithTheBytesOfTheEmbeddedRun) {
  if (const std::string missing = engine_.Start(); !missing.empty()) GTEST_SKIP() << missing;
  if (const std::string missing = engine_.MakeBase(); !missing.empty()) GTEST_SKIP() << missing;
  ASSERT_NO_FATAL_FAILURE(BuildAll());

  const Finished up = engine_.Compose({"up", "--detach", "--no-build"});
  ASSERT_EQ(up.exit_code, 0) << up.output << engine_.Compose({"logs", "--tail", "20"}).output;

  // Nobody is root, nothing but /tmp can be written, and the password is in no argument and no variable.
  for (const std::string service : kServices) {
    EXPECT_EQ(Inside(service, {"id", "-u"}).output, "10001\n") << service;
    EXPECT_NE(Inside(service, {"touch", "/usr/local/bin/x"}).exit_code, 0) << service;
    EXPECT_EQ(Inside(service, {"touch", "/tmp/x"}).exit_code, 0) << service;
  }
  const Finished password = Inside("data", {"cat", "/run/farrell/database-password"});
  ASSERT_EQ(password.output.size(), 48U) << password.output;
  const Finished inspected = engine_.Docker({"inspect", "farrelltest_data_1", "farrelltest_postgres_1"});
  ASSERT_EQ(inspected.exit_code, 0) << inspected.output;
  EXPECT_THAT(inspected.output, Not(HasSubstr(password.output)));

  // The same study inside one process of this machine.
  std::filesystem::create_directory(engine_.dir() / "report");
  std::filesystem::permissions(engine_.dir() / "report", std::filesystem::perms::all);
  const Finished run = engine_.Compose({"--profile", "demo", "run", "--rm", "-T", "demo"});
  ASSERT_EQ(run.exit_code, 0) << run.output << engine_.Compose({"logs", "--tail", "20"}).output;
  const std::string embedded = engine_.dir() / "embedded";
  const Finished alone =
      RunToEnd({FARRELL_BINARY_DIR "/bin/farrell", "study", "run", FARRELL_SOURCE_DIR "/examples/us-states/study.yaml",
                "--state", "memory", "--out", embedded});
  ASSERT_EQ(alone.exit_code, 0) << alone.output;
  const std::vector<std::string> files = ReportFiles(embedded);
  EXPECT_GT(files.size(), 20U);
  EXPECT_EQ(ReportFiles(engine_.dir() / "report"), files);
  for (const std::string& file : files) {
    EXPECT_EQ(ReadFile(engine_.dir() / "report/" + file), ReadFile(embedded + "/" + file)) << file;
  }

  // State outlives the containers: the run is still there after all of them were made anew.
  const Finished again = engine_.Compose({"up", "--detach", "--no-build", "--force-recreate"});
  ASSERT_EQ(again.exit_code, 0) << again.output;
  const Finished runs = engine_.Compose({"--profile", "demo", "run", "--rm", "-T", "demo", "study", "list"});
  EXPECT_THAT(runs.output, HasSubstr("succeeded")) << runs.output;

  // SIGTERM drains: every program ends by itself, with 0, within its time.
  const Finished stop = engine_.Compose({"stop"});
  EXPECT_EQ(stop.exit_code, 0) << stop.output;
  for (const std::string service : kServices) {
    const Finished state = engine_.Docker(
        {"inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", "farrelltest_" + service + "_1"});
    EXPECT_EQ(state.output, "0 false\n") << service << engine_.Compose({"logs", "--tail", "20", service}).output;
  }
}

}  // namespace
}  // namespace farrell::testing
