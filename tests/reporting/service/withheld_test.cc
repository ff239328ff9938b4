// Optional variables that the data lack: what needs them is left out, and the report says so in its place.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/reporting/service/study_fixture.h"

namespace farrell::reporting {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLacking = R"yaml(id: lacking
unit_word: state
data: {file: panel.csv, unit: state, time: year}
variables:
  - {name: hc, column: school_years, optional: true}
  - {name: ln_hc, expression: log(hc)}
  - {name: inventions, optional: true}
dea:
  - {id: main, inputs: [capital, labour], outputs: [output], frontier: global}
  - {id: quality, label: Quality, inputs: [capital, labour], outputs: [inventions], frontier: global}
inference: cr3:state
regressions:
  - {id: base, formula: "log(score.main) ~ rate | state + year"}
  - {id: schooled, label: Schooling, formula: "log(score.main) ~ rate + ln_hc | state + year"}
  - {id: qualified, formula: "log(score.quality) ~ rate | state + year"}
tables:
  - {id: models, kind: regression, columns: [base, schooled, qualified], number: 2}
  - {id: alone, kind: regression, columns: [qualified], number: A13}
  - {id: ranks, kind: efficiency, columns: [quality]}
  - {id: means, kind: descriptives, columns: [rate, ln_hc, score.quality]}
  - {id: none, kind: descriptives, columns: [hc]}
  - {id: later, kind: not_computed, number: A8, title: Persistence, notes: [Needs a dynamic estimator.]}
figures:
  - {id: map, kind: heatmap, of: [quality]}
brief: {regression: base, term: rate, dea: quality, figure: map}
claims:
  - {id: a, text: "The slope is {regression:base:rate:estimate}."}
  - {id: b, text: "With schooling it is {regression:schooled:rate:estimate}."}
)yaml";

TEST_F(StudyRunTest, WhatTheDataLackIsNamedInItsPlace) {
  RunningServices services(directory_);
  const Outcome outcome = Run(services, SourceOf(services, kLacking));
  ASSERT_TRUE(outcome.status.ok()) << FromGrpc(outcome.status).ToString();
  for (const v1::FinishedStep& step : outcome.run.steps()) {
    EXPECT_THAT(step.id(), AllOf(Not(HasSubstr("quali")), Not(HasSubstr("schooled")))) << step.id();
  }
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  const std::string& text = files.at("report.md");
  EXPECT_THAT(text, AllOf(HasSubstr("**Table 2.**"), HasSubstr("(2) Schooling"), HasSubstr("not available: hc"),
                          HasSubstr("not available: inventions")));
  EXPECT_THAT(text, AllOf(HasSubstr("## Appendix"), HasSubstr("**Table A13.**"),
                          HasSubstr("Not available: inventions."), HasSubstr("**Table A8.** Persistence"),
                          HasSubstr("Not computed in this version."), HasSubstr("Needs a dynamic estimator.")));
  EXPECT_THAT(text, HasSubstr("Not available: hc and inventions."));  // of the descriptive table
  EXPECT_THAT(text,
              AllOf(HasSubstr("The slope is"), Not(HasSubstr("With schooling it is")), HasSubstr("The data lack hc.")));
  EXPECT_THAT(files.at("tables/models.csv"), HasSubstr("schooled"));
  // The page goes without its ranking and its map.
  EXPECT_THAT(files.at("brief.md"), AllOf(HasSubstr("is associated with"), Not(HasSubstr("Rank"))));
}

TEST_F(StudyRunTest, ABriefWithoutItsRegressionIsNotAvailable) {
  RunningServices services(directory_);
  std::string text = kLacking;
  text.replace(text.find("brief: {regression: base"), 24, "brief: {regression: schooled");
  const Outcome outcome = Run(services, SourceOf(services, text));
  ASSERT_TRUE(outcome.status.ok()) << FromGrpc(outcome.status).ToString();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_FALSE(files.contains("brief.html"));
  EXPECT_THAT(files.at("report.md"), HasSubstr("**brief**: The data lack hc."));
}

TEST_F(StudyRunTest, WhatIsNotOptionalIsStillAMistake) {
  RunningServices services(directory_);
  std::string text = kLacking;
  text.replace(text.find(", optional: true"), 16, "");
  const Outcome outcome = Run(services, SourceOf(services, text));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(FromGrpc(outcome.status).ToString(), HasSubstr("no column `school_years`"));
}

}  // namespace
}  // namespace farrell::reporting
