// The shipped study through four real processes: run twice, interrupted, with Redis and services dying under it.
// Whatever happens, the report has the same bytes.
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "nlohmann/json.hpp"
#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

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
  std::vector<std::string> names;
  std::vector<std::string> expected_names;
  for (const auto& [name, content] : files) names.push_back(name);
  for (const auto& [name, content] : expected) expected_names.push_back(name);
  EXPECT_EQ(names, expected_names);
  for (const auto& [name, content] : expected) {
    EXPECT_TRUE(files.contains(name) && files.at(name) == content) << name << " differs";
  }
  EXPECT_GE(names.size(), 10U);
}

struct RunFacts {
  std::int64_t solved = 0;
  std::set<std::string> computed;  // step ids
  std::set<std::string> stored;
};

RunFacts Facts(const std::string& folder) {
  const auto run = nlohmann::json::parse(ReadFile(folder + "/run.json"));
  RunFacts facts;
  facts.solved = std::stoll(run.value("solved_count", "0"));
  for (const auto& step : run.at("steps")) {
    const std::string source = step.at("origin").value("source", "");
    if (source == "SOURCE_COMPUTED") facts.computed.insert(step.at("id").get<std::string>());
    if (source == "SOURCE_STORE") facts.stored.insert(step.at("id").get<std::string>());
  }
  return facts;
}

class Study : public ::testing::Test {
 protected:
  // The report of an undisturbed run inside one process.
  static void SetUpTestSuite() {
    out_ = std::make_unique<TempDir>();
    const Finished run = Farrell({"study", "run", kStudy, "--out", Reference(), "--state", "memory"}, {});
    ASSERT_EQ(run.exit_code, 0) << run.output;
  }
  static void TearDownTestSuite() { out_.reset(); }
  static std::string Reference() { return *out_ / "reference"; }

  std::string Out(const std::string& name) const { return cluster_.dir / name; }
  Finished RunStudy(const std::string& out) {
    return Farrell({"study", "run", kStudy, "--out", out}, cluster_.Environment());
  }

  // Runs the study and calls `disturb` when the log first names `step`; its exit code.
  template <typename Disturb>
  int RunDisturbed(const std::string& out, const std::string& step, Disturb disturb) {
    const std::string log = out + ".log";
    const auto process = StartFarrell({"study", "run", kStudy, "--out", out}, cluster_.Environment(), log);
    EXPECT_TRUE(Eventually([&] { return ReadFile(log).find(step) != std::string::npos || !process->running(); }));
    EXPECT_TRUE(process->running()) << "the study ended before " << step << ":\n" << ReadFile(log);
    disturb(*process);
    const auto code = process->Wait(std::chrono::seconds(120));
    EXPECT_TRUE(code.has_value()) << "the study hangs:\n" << ReadFile(log);
    return code.value_or(-1);
  }

  static std::unique_ptr<TempDir> out_;
  Cluster cluster_;
};
std::unique_ptr<TempDir> Study::out_;

TEST_F(Study, FourProcessesGiveTheBytesOfOneAndTheSecondRunSolvesNothing) {
  const Finished first = RunStudy(Out("first"));
  ASSERT_EQ(first.exit_code, 0) << first.output;
  EXPECT_GT(Facts(Out("first")).solved, 1600);
  ExpectSameReport(Out("first"), Reference());

  const Finished second = RunStudy(Out("second"));
  ASSERT_EQ(second.exit_code, 0) << second.output;
  EXPECT_EQ(Facts(Out("second")).solved, 0);
  for (const std::string& step : Facts(Out("second")).computed) {
    EXPECT_TRUE(step == "report" || step.starts_with("describe:")) << step << " was computed again";
  }
  ExpectSameReport(Out("second"), Reference());
}

TEST_F(Study, RedisKilledInTheMiddle) {
  EXPECT_EQ(RunDisturbed(Out("run"), "regression:pooled", [&](Process&) { cluster_.redis.Stop(); }), 0);
  ExpectSameReport(Out("run"), Reference());
}

TEST_F(Study, RedisKeepsScoresForAnotherState) {
  ASSERT_EQ(RunStudy(Out("first")).exit_code, 0);
  cluster_.dea.Kill();
  cluster_.dea.Start();
  // The same services with a store that has never seen the study: what remains is Redis.
  cluster_.reporting.Kill();
  std::filesystem::remove_all(cluster_.dir / "state");
  cluster_.data.Kill();
  cluster_.data.Start();
  cluster_.reporting.Start();
  const Finished second = RunStudy(Out("second"));
  ASSERT_EQ(second.exit_code, 0) << second.output;
  EXPECT_EQ(Facts(Out("second")).solved, 0);
  ExpectSameReport(Out("second"), Reference());
}

TEST_F(Study, CancelledHalfWayResumes) {
  const int code =
      RunDisturbed(Out("cancelled"), "comparison:regions", [](Process& farrell) { farrell.Signal(SIGINT); });
  EXPECT_EQ(code, 130);
  const Finished again = RunStudy(Out("again"));
  ASSERT_EQ(again.exit_code, 0) << again.output;
  const RunFacts facts = Facts(Out("again"));
  EXPECT_TRUE(facts.stored.contains("dea:main"));
  EXPECT_TRUE(facts.stored.contains("regression:score_yearly"));
  EXPECT_LT(facts.solved, 100) << "no finished step is repeated";
  ExpectSameReport(Out("again"), Reference());
}

TEST_F(Study, ReportingKilledHalfWayResumes) {
  EXPECT_NE(RunDisturbed(Out("killed"), "comparison:regions", [&](Process&) { cluster_.reporting.Kill(); }), 0);
  cluster_.reporting.Start();
  const Finished again = RunStudy(Out("again"));
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_TRUE(Facts(Out("again")).stored.contains("dea:main"));
  EXPECT_LT(Facts(Out("again")).solved, 100);
  ExpectSameReport(Out("again"), Reference());
  EXPECT_EQ(Farrell({"study", "list"}, cluster_.Environment()).exit_code, 0);
}

TEST_F(Study, RegressionKilledHalfWayIsAnErrorAndThenResumes) {
  const int code = RunDisturbed(Out("killed"), "comparison:regions", [&](Process&) { cluster_.regression.Kill(); });
  EXPECT_NE(code, 0);
  cluster_.regression.Start();
  const Finished again = RunStudy(Out("again"));
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_LT(Facts(Out("again")).solved, 100);
  ExpectSameReport(Out("again"), Reference());
}

TEST_F(Study, TwoProgramsShareOneStateFolder) {
  const std::string state = cluster_.dir / "shared";
  const auto start = [&](const std::string& name) {
    return StartFarrell({"study", "run", kStudy, "--out", Out(name), "--state", state}, {}, Out(name) + ".log");
  };
  const auto first = start("one");
  const auto second = start("two");
  EXPECT_EQ(first->Wait(std::chrono::seconds(120)), 0) << ReadFile(Out("one") + ".log");
  EXPECT_EQ(second->Wait(std::chrono::seconds(120)), 0) << ReadFile(Out("two") + ".log");
  ExpectSameReport(Out("one"), Reference());
  ExpectSameReport(Out("two"), Reference());
  const Finished third = Farrell({"study", "run", kStudy, "--out", Out("three"), "--state", state}, {});
  ASSERT_EQ(third.exit_code, 0) << third.output;
  EXPECT_EQ(Facts(Out("three")).solved, 0);
}

TEST_F(Study, OneEndpointServesAll) {
  const std::string port_file = cluster_.dir / "up.port";
  const auto up = StartFarrell({"up", "--listen", "127.0.0.1:0", "--port-file", port_file, "--state", "memory"}, {},
                               cluster_.dir / "up.log");
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(port_file); })) << ReadFile(cluster_.dir / "up.log");
  const std::string port = ReadFile(port_file);
  const std::string server = "127.0.0.1:" + port.substr(0, port.find('\n'));
  const Finished run = Farrell({"study", "run", kStudy, "--out", Out("run")}, {{"FARRELL_SERVER", server}});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  ExpectSameReport(Out("run"), Reference());
  up->Signal(SIGTERM);
  EXPECT_EQ(up->Wait(std::chrono::seconds(20)), 0) << ReadFile(cluster_.dir / "up.log");
}

}  // namespace
}  // namespace farrell::testing
