// A comparison of a study under several inferences, with the adjustment that shares their draws.
#include <gmock/gmock-matchers.h>

#include "tests/reporting/service/study_fixture.h"

namespace farrell::reporting {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kComparison = R"(id: groups
title: Groups
seed: 7
unit_word: state
data: {file: panel.csv, unit: state, time: year}
classifications:
  - name: region
    groups:
      - {name: north, members: [A, B, C, D]}
      - {name: south, members: [E, F, G, H]}
comparisons:
  - id: regions
    formula: log(output) ~ rate + share | state + year
    by: region
    terms: [rate, share]
    inference: [cr3:state, wild:state, permutation:state]
    adjust: romano-wolf
    family: term
    orderings: ["rate: north > south"]
    draws: 199
tables:
  - {id: split, kind: comparison, columns: regions}
)";

TEST_F(StudyRunTest, AComparisonPrintsEveryInferenceAndNamesItsAdjustment) {
  RunningServices services(directory_);
  const Outcome outcome = Run(services, SourceOf(services, kComparison));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_THAT(files.at("tables/split.csv"),
              AllOf(HasSubstr("difference:north-south:rate:wild bootstrap by state"),
                    HasSubstr("\"difference:north-south:share:permutation of state, studentised\""),
                    HasSubstr("joint:rate,"), HasSubstr("joint:rate:wild bootstrap by state,"),
                    HasSubstr("joint:share:Chow,"), HasSubstr("order:north > south:violation,"),
                    HasSubstr("order:north > south:probability,"), Not(HasSubstr("Holm p"))));
  EXPECT_THAT(files.at("report.md"),
              AllOf(HasSubstr("Adjusted p: over the differences of a term by Romano &amp; Wolf (2016)"),
                    HasSubstr("permutation of state, studentised (all of them)"), HasSubstr("Berger 1982"),
                    HasSubstr("Romano-Wolf-adjusted"), Not(HasSubstr("Holm-adjusted"))));
}

constexpr const char* kEquations = R"(id: equations
title: Equations
seed: 7
data: {file: panel.csv, unit: state, time: year}
dea:
  - {id: main, inputs: [capital], outputs: [output], frontier: global}
comparisons:
  - id: outcomes
    equations:
      - {name: score, formula: log(score.main) ~ rate | state + year}
      - {name: output, formula: log(output) ~ rate + share | state + year}
    inference: cr1:state
    adjust: none
tables:
  - {id: split, kind: comparison, columns: outcomes}
claims:
  - {id: equal, text: "That both slopes are equal has p = {comparison:outcomes:rate:joint_p}."}
)";

TEST_F(StudyRunTest, EquationsAreComparedOnOneSetOfUnits) {
  RunningServices services(directory_);
  const Outcome outcome = Run(services, SourceOf(services, kEquations));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_THAT(files.at("tables/split.csv"),
              AllOf(HasSubstr("coef:score:rate,"), HasSubstr("coef:output:rate,"), HasSubstr("coef:score-output:rate,"),
                    HasSubstr("joint:rate,"), Not(HasSubstr("pooled"))));
  EXPECT_THAT(files.at("report.md"), AllOf(HasSubstr("covariance of the two estimates"), HasSubstr("No p is adjusted"),
                                           HasSubstr("both slopes are equal has p"), Not(HasSubstr("Holm"))));
}

}  // namespace
}  // namespace farrell::reporting
