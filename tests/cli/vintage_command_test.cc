// The study with a vintage through the program: its table, its bundle, what a revised vintage changes.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

// A copy of the committed study, so that its files can be changed.
class VintageCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"vintage_study.yaml", "vintage_2019.csv", "vintage_2020.csv"}) {
      farrell_.Write(name, ReadFile(std::string(FARRELL_SOURCE_DIR) + "/tests/studies/" + name));
    }
  }
  FarrellRun Study(const std::string& folder) const {
    return farrell_.Run({"study", "run", farrell_.Path("vintage_study.yaml"), "--out", farrell_.Path(folder)});
  }

  FarrellFixture farrell_;
};

TEST_F(VintageCommand, TheBundleHoldsBothReleasesAndReplaysEveryStepOnThem) {
  const FarrellRun run = Study("out");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(ReadFile(farrell_.Path("out/report.md")),
              AllOf(HasSubstr("**Table A15.**"), HasSubstr("2019 yearbook"), HasSubstr("Cells revised")));
  EXPECT_THAT(ReadFile(farrell_.Path("out/report.zh.md")), AllOf(HasSubstr("2019 年年鉴"), HasSubstr("修订的单元格")));
  ASSERT_EQ(farrell_.Run({"report", "bundle", "latest", "--out", farrell_.Path("v.zip")}).exit_code, 0);
  const FarrellRun verified = farrell_.Run({"study", "verify", farrell_.Path("v.zip"), "--format", "json"});
  ASSERT_EQ(verified.exit_code, 0) << verified.err;
  const Json result = Json::parse(verified.out);
  EXPECT_TRUE(result.at("same").get<bool>());
  std::set<std::string> parts;
  for (const Json& part : result.at("parts")) parts.insert(part.at("name"));
  for (const char* step : {"vintage:yearbook2019:dea:main", "vintage:yearbook2019:regression:score",
                           "vintage:yearbook2019:regression:output"}) {
    EXPECT_TRUE(parts.contains(step)) << step;
  }
}

TEST_F(VintageCommand, ARevisedVintageIsAChangeOfTheData) {
  ASSERT_EQ(Study("out").exit_code, 0);
  std::string revised = ReadFile(farrell_.Path("vintage_2019.csv"));
  const std::size_t row = revised.find("\nC,2003,") + 1;
  const std::size_t capital = row + std::string("C,2003,").size();
  revised.insert(capital, "1");
  farrell_.Write("vintage_2019.csv", revised);
  const FarrellRun run = Study("again");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json shown = Json::parse(farrell_.Run({"study", "show", "latest", "--format", "json"}).out);
  for (const Json& step : shown.at("steps")) {
    if (step.at("id") == "dea:main") {
      EXPECT_EQ(step.at("origin").at("source"), "SOURCE_STORE");
    }
  }
  const Json runs = Json::parse(farrell_.Run({"study", "list", "--format", "json"}).out).at("runs");
  const FarrellRun diff =
      farrell_.Run({"report", "diff", runs.at(1).at("id"), runs.at(0).at("id"), "--format", "json"});
  ASSERT_EQ(diff.exit_code, 0) << diff.err;
  EXPECT_EQ(Json::parse(diff.out).at("causes"), Json({"CAUSE_DATA"})) << diff.out.substr(0, 2000);
}

TEST_F(VintageCommand, EveryMistakeIsToldAtOnce) {
  farrell_.Write("nothing.csv", "state,year\nA,2001\nA,2001\n");
  std::string study = ReadFile(farrell_.Path("vintage_study.yaml"));
  const std::string list = "vintages:\n";
  study.insert(study.find(list) + list.size(),
               "  - {id: both, file: vintage_2019.csv, dataset: x, regressions: [score]}\n"
               "  - {id: neither, regressions: [scroe]}\n"
               "  - {id: unreadable, file: nothing.csv, regressions: [score]}\n");
  const FarrellRun run = farrell_.Run({"study", "validate", farrell_.Write("bad.yaml", study)});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.out, AllOf(HasSubstr("bad.yaml:16:5: vintages[0]: give either `file` or `dataset`"),
                             HasSubstr("bad.yaml:17:5: vintages[1]: give either `file` or `dataset`"),
                             HasSubstr("there is no regression `scroe`; did you mean `score`?"),
                             HasSubstr("nothing.csv: row 3")));
}

}  // namespace
}  // namespace farrell::testing
