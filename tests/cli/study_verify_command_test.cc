// farrell study verify RUN: what a service keeps held against a computation from nothing.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "services/reporting/service/step_store.h"
#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class StudyVerifyCommand : public ::testing::Test {
 protected:
  // A run of the small study.
  void SetUp() override {
    farrell_.Write("data.csv", SmallPanel());
    const std::string study = farrell_.Write("study.yaml", SmallStudy());
    const FarrellRun run =
        farrell_.Run({"study", "run", study, "--out", farrell_.Path("out"), "--format", "json"}, "", environment_);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    run_ = Json::parse(run.out);
  }

  std::string Id() const { return run_["id"]; }
  FarrellRun Verify(const std::string& named, const std::string& format = "json") const {
    return farrell_.Run({"study", "verify", named, "--format", format}, "", environment_);
  }
  std::size_t Runs() const { return Lines(farrell_.Run({"study", "list", "--format", "csv"}).out).size() - 1; }

  // Moves the first estimate of `plain` by one unit in the last place, under a digest that is right.
  void Tamper() const {
    const auto store = std::move(reporting::StepStore::Open(sql::DatabaseAt(farrell_.Path("state")))).value();
    std::string key;
    for (const Json& step : run_["steps"]) {
      if (step["id"] == "regression:plain") key = step["action_key"];
    }
    const std::optional<std::string> bytes = store->FindStep(key);
    ASSERT_TRUE(bytes.has_value());
    reporting::v1::StoredStep stored;
    ASSERT_TRUE(stored.ParseFromString(*bytes));
    auto& term = *stored.mutable_fit()->mutable_terms(0);
    term.set_estimate(std::nextafter(term.estimate(), 1.0));
    ASSERT_TRUE(store->KeepStep(key, stored.SerializeAsString()).ok());
  }

  static void ExpectTheEstimateIsFound(const FarrellRun& run) {
    EXPECT_EQ(run.exit_code, 6) << run.err;
    EXPECT_THAT(run.err,
                AllOf(HasSubstr("VERIFICATION_FAILED"), HasSubstr("regression:plain at fit.terms[0].estimate")));
    const Json verified = Json::parse(run.out);
    EXPECT_EQ(verified["different_count"], 1);
    for (const Json& part : verified["parts"]) EXPECT_EQ(part["same"], part["name"] != "regression:plain");
  }

  FarrellFixture farrell_;
  std::map<std::string, std::string> environment_;
  Json run_;
};

TEST_F(StudyVerifyCommand, ARunIsNamedAsElsewhere) {
  for (const std::string& named : {Id(), Id().substr(0, 8), std::string("latest")}) {
    const FarrellRun run = Verify(named);
    ASSERT_EQ(run.exit_code, 0) << named << run.err;
    const Json verified = Json::parse(run.out);
    EXPECT_EQ(verified["same"], true);
    EXPECT_EQ(verified["report_digest"], run_["report_digest"]);
    EXPECT_GT(verified["parts"].size(), 10U);
  }
  EXPECT_EQ(Runs(), 1U) << "the replay left a run where it has no place";
}

TEST_F(StudyVerifyCommand, AStoredResultThatWasTamperedWithIsFound) {
  Tamper();
  ExpectTheEstimateIsFound(Verify(Id()));
  ExpectTheEstimateIsFound(Verify("latest"));
  EXPECT_THAT(Verify(Id(), "table").out, HasSubstr("1 different\n"));
}

TEST_F(StudyVerifyCommand, ComputedAgainItIsToldPutAsideAndReplaced) {
  const auto again = [&] {
    return farrell_.Run({"study", "run", farrell_.Path("study.yaml"), "--recompute", "--out", farrell_.Path("again")});
  };
  const auto quarantined = [&] { return Cells(farrell_.Run({"cache", "stats", "--format", "csv"}).out).back().back(); };
  EXPECT_THAT(again().err, Not(HasSubstr("is not what was kept")));
  Tamper();
  const FarrellRun run = again();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("warning: computed again, regression:plain is not what was kept under "));
  EXPECT_EQ(quarantined(), "1");
  EXPECT_EQ(Verify(Id()).exit_code, 0);
  EXPECT_THAT(again().err, Not(HasSubstr("is not what was kept")));
  EXPECT_EQ(quarantined(), "1");
}

// The same cells in another release: its results are taken from there, and say so of themselves.
TEST_F(StudyVerifyCommand, ResultsReusedFromAnEarlierReleaseAreThoseOfTheLaterOne) {
  for (const std::string& release : {std::string("1"), std::string("2")}) {
    const FarrellRun import =
        farrell_.Run({"data", "import", farrell_.Path("data.csv"), "--unit", "unit", "--time", "year", "--dataset",
                      "panel", "--release", release, "--known-at", "202" + release + "-01-01"});
    ASSERT_EQ(import.exit_code, 0) << import.err;
    std::string text = SmallStudy();
    const std::size_t data = text.find("data: {");
    text.replace(data, text.find('}', data) + 1 - data, "data: {dataset: panel@" + release + "}");
    const std::string study = farrell_.Write("on-" + release + ".yaml", text);
    const FarrellRun run = farrell_.Run({"study", "run", study, "--out", farrell_.Path("on-" + release)});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  const FarrellRun same = Verify("latest");
  EXPECT_EQ(same.exit_code, 0) << same.err << same.out;
  const FarrellRun again =
      farrell_.Run({"study", "run", farrell_.Path("on-2.yaml"), "--recompute", "--out", farrell_.Path("again")});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, Not(HasSubstr("is not what was kept")));
}

TEST_F(StudyVerifyCommand, APathComesBeforeARun) {
  farrell_.Write("latest", "not a bundle");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(farrell_.Path("."));
  const FarrellRun run = Verify("latest");
  std::filesystem::current_path(before);
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("ZIP"));
}

TEST_F(StudyVerifyCommand, WhatIsNeitherIsSaidToBeNeither) {
  for (const std::string& named : {std::string("study.zip"), std::string("12345"), farrell_.Path("none.zip")}) {
    const FarrellRun run = Verify(named);
    EXPECT_EQ(run.exit_code, 3) << named;
    EXPECT_THAT(run.err, AllOf(HasSubstr("BUNDLE_NOT_FOUND"), HasSubstr(named + " is neither a file nor a run")));
  }
}

// The replay is of the server too, beside the services that the run was kept by.
class StudyVerifyOnAServer : public StudyVerifyCommand {
 protected:
  void SetUp() override {
    server_ = farrell_.Start("server", {"up", "--listen", "127.0.0.1:0", "--port-file", farrell_.Path("port")});
    ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(farrell_.Path("port")); }));
    environment_["FARRELL_SERVER"] = "127.0.0.1:" + Lines(ReadFile(farrell_.Path("port"))).at(0);
    StudyVerifyCommand::SetUp();
  }

  std::unique_ptr<Process> server_;
};

TEST_F(StudyVerifyOnAServer, ARunOfTheServerIsReplayedThere) {
  const FarrellRun same = Verify(Id());
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.err, Not(HasSubstr("note:")));
  Tamper();
  ExpectTheEstimateIsFound(Verify(Id()));
}

}  // namespace
}  // namespace farrell::testing
