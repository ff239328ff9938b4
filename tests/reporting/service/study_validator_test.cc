#include "services/reporting/service/study_validator.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "services/reporting/service/claim_references.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/variables.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> Validate(const std::string& text) {
  ReadStudy read = ReadStudySource(Source({{"s.yaml", text}}));
  ValidateStudy(read, read.problems);
  return Texts(read.problems);
}

// Lines 1 to 9 of every study below.
constexpr const char* kHead = R"(id: a
data: {file: p.csv, unit: u, time: t}
classifications: [{name: region, groups: [{name: east, members: [A]}, {name: west, members: [B]}]}]
dea: [{id: main, inputs: [k], outputs: [y]}]
regressions:
  - {id: r1, formula: "log(score.main) ~ x + log(z) | u + t"}
comparisons:
  - {id: c1, formula: "log(score.main) ~ x | u + t", by: region, terms: [x]}
# here
)";

TEST(StudyValidator, AGoodStudyHasNoProblems) {
  EXPECT_THAT(Validate(std::string(kHead) + R"(variables:
  - {name: x, expression: "log(a) + w"}
  - {name: w, column: ww}
inference: [cr3:u, wild:u]
tables:
  - {id: t1, kind: regression, columns: [r1]}
  - {id: t2, kind: comparison, columns: c1}
  - {id: t3, kind: descriptives, columns: [score.main, x]}
  - {id: t4, kind: efficiency, columns: main}
  - {id: t5, kind: variables, columns: [x]}
  - {id: t6, kind: published}
figures:
  - {id: f1, kind: heatmap, of: main, by: region}
  - {id: f2, kind: coefficients, of: c1, term: x}
  - {id: f3, kind: scatter, of: [x, score.main]}
  - {id: f4, kind: tilemap, of: main, layout: tiles.csv}
claims:
  - {id: k1, text: "{regression:r1:log(z):estimate} and {comparison:c1:x:joint_p}, {comparison:c1:x:east:p_value}"}
  - {id: k2, text: "{dea:main:mean} of {data:units}; {regression:r1:n} rows", comparison: c1, heterogeneity: true}
)"),
              IsEmpty());
}

struct BadStudy {
  const char* name;
  const char* text;  // after kHead
  const char* problem;
};

class BadStudyTest : public testing::TestWithParam<BadStudy> {};

TEST_P(BadStudyTest, PointsAtTheMistake) {
  EXPECT_THAT(Validate(std::string(kHead) + GetParam().text), ElementsAre(StartsWith(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    StudyValidator, BadStudyTest,
    testing::Values(
        BadStudy{"ranks_without_bootstrap", "tables: [{id: t, kind: ranks, columns: main}]\n",
                 "s.yaml:10:40: tables[0].columns: the DEA `main` has no intervals of ranks"},
        BadStudy{"returns_to_scale_of_nothing", "returns_to_scale: [{id: r, dea: mian}]\n",
                 "s.yaml:10:33: returns_to_scale[0].dea: there is no DEA `mian`; did you mean `main`?"},
        BadStudy{"stars", "stars: usa\n", "s.yaml:10:8: stars: unknown preset `usa`"},
        BadStudy{"inference_of_the_study", "inference: [cr3:u, cr9:u]\n", "s.yaml:10:20: inference[1]: "},
        BadStudy{"two_definitions", "variables: [{name: v, column: c, expression: d}]\n",
                 "s.yaml:10:13: variables[0]: give either `column` or `expression`"},
        BadStudy{"circle", "variables:\n  - {name: v, expression: v + 1}\n",
                 "s.yaml:11:27: variables[0].expression: `v` is computed from itself"},
        BadStudy{"reserved_name", "variables: [{name: score.x, column: c}]\n",
                 "s.yaml:10:20: variables[0].name: names that begin with `score.`"},
        BadStudy{"bad_name", "variables: [{name: 2nd, column: c}]\n", "s.yaml:10:20: variables[0].name: `2nd` must be"},
        BadStudy{"no_such_score", "variables: [{name: v, expression: 'log(score.mian)'}]\n",
                 "s.yaml:10:40: variables[0].expression: there is no DEA `mian`; did you mean `score.main`?"},
        BadStudy{"no_such_stage", "variables: [{name: v, expression: 'log(stage1.main)'}]\n",
                 "s.yaml:10:40: variables[0].expression: there is no DEA `main`"},
        BadStudy{"productivity_index", "productivity: [{id: g, inputs: [a], outputs: [b], index: malmqist}]\n",
                 "s.yaml:10:58: productivity[0].index: unknown productivity index 'malmqist'"},
        BadStudy{"unknown_test", "specification_tests: [{id: s, formula: y ~ x | u, tests: [cd, hausmann]}]\n",
                 "s.yaml:10:63: specification_tests[0].tests[1]: there is no test `hausmann`; did you mean `hausman`?"},
        BadStudy{"no_such_dea", "second_stages: [{id: s, dea: mian, formula: ~ x}]\n",
                 "s.yaml:10:30: second_stages[0].dea: there is no DEA `mian`; did you mean `main`?"},
        BadStudy{"curve_formula", "curves: [{id: c, terms: [x], outcomes: [y ~ x]}]\n",
                 "s.yaml:10:41: curves[0].outcomes[0]: a part of a formula has no `~`"},
        BadStudy{"curve_estimator", "curves: [{id: c, terms: x, outcomes: y, estimator: tobbit}]\n",
                 "s.yaml:10:52: curves[0].estimator: "},
        BadStudy{"curve_inference", "curves: [{id: c, terms: x, outcomes: y, inference: [cr9:u]}]\n",
                 "s.yaml:10:53: curves[0].inference[0]: "},
        BadStudy{"curve_draws", "curves: [{id: c, terms: x, outcomes: y, draws: 5}]\n",
                 "s.yaml:10:48: curves[0].draws: must lie in [99, 99999]"},
        BadStudy{"curve_terms", "curves: [{id: c, outcomes: y}]\n",
                 "s.yaml:10:10: curves[0]: `terms` is missing: the coefficient of interest"},
        BadStudy{"curve_sample",
                 "curves: [{id: c, terms: x, outcomes: y, samples: [{name: a}, {name: a, where: u == 1}]}]\n",
                 "s.yaml:10:62: curves[0].samples[1]: the sample `a` stands here twice"},
        BadStudy{"curve_figure", "figures: [{id: f, kind: curve, of: main}]\n",
                 "s.yaml:10:36: figures[0].of[0]: there is no specification curve `main`"},
        BadStudy{"second_stage_algorithm", "second_stages: [{id: s, dea: main, formula: ~ x, algorithm: 3}]\n",
                 "s.yaml:10:61: second_stages[0].algorithm: unknown algorithm '3'"},
        BadStudy{"second_stage_outcome", "second_stages: [{id: s, dea: main, formula: y ~ x}]\n",
                 "s.yaml:10:45: second_stages[0].formula: the left side of a second stage is `score`, or nothing"},
        BadStudy{"second_stage_first_reps", "second_stages: [{id: s, dea: main, formula: ~ x, first_reps: 50}]\n",
                 "s.yaml:10:62: second_stages[0].first_reps: only with algorithm 2"},
        BadStudy{"tests_table", "tables: [{id: t, kind: specification, columns: main}]\n",
                 "s.yaml:10:48: tables[0].columns[0]: there is no entry of `specification_tests` `main`"},
        BadStudy{"shared_id", "specification_tests: [{id: r1, formula: y ~ x}]\n",
                 "s.yaml:10:28: specification_tests[0].id: `r1` is taken: regressions[0] (s.yaml:6)"},
        BadStudy{"name_taken", "variables: [{name: region, column: c}]\n",
                 "s.yaml:3:26: classifications[0].name: `region` is taken: variables[0] (s.yaml:10)"},
        BadStudy{"table_without_kind", "tables: [{id: t, columns: [r1]}]\n",
                 "s.yaml:10:10: tables[0]: `kind` is missing"},
        BadStudy{"table_kind", "tables: [{id: t, kind: regresion, columns: [r1]}]\n",
                 "s.yaml:10:24: tables[0].kind: unknown kind `regresion`; did you mean `regression`?"},
        BadStudy{"table_reference", "tables: [{id: t, kind: regression, columns: [r1, r2]}]\n",
                 "s.yaml:10:50: tables[0].columns[1]: there is no regression `r2`; did you mean `r1`?"},
        BadStudy{"table_term", "tables: [{id: t, kind: regression, columns: [r1], terms: [x, log(q)]}]\n",
                 "s.yaml:10:62: tables[0].terms[1]: no model shown here has a term `log(q)`; did you mean `log(z)`?"},
        BadStudy{"influence_figure", "figures: [{id: f, kind: influence, of: r1}]\n",
                 "s.yaml:10:40: figures[0].of: regression `r1` has no `leave_one_out`"},
        BadStudy{"productivity_figure", "figures: [{id: f, kind: productivity, of: main}]\n",
                 "s.yaml:10:43: figures[0].of[0]: there is no productivity index `main`"},
        BadStudy{"variable_figure", "figures: [{id: f, kind: variable}]\n",
                 "s.yaml:10:11: figures[0]: `of` must name one variable"},
        BadStudy{"figure_term", "figures: [{id: f, kind: coefficients, of: c1, term: z}]\n",
                 "s.yaml:10:53: figures[0].term: no model shown here has a term `z`; did you mean `x`?"},
        BadStudy{"two_comparisons", "tables: [{id: t, kind: comparison, columns: [c1, c1]}]\n",
                 "s.yaml:10:10: tables[0]: `columns` must name one comparison"},
        BadStudy{"path_in_an_id", "tables: [{id: ../t, kind: published}]\n",
                 "s.yaml:10:15: tables[0].id: `../t` may hold letters"},
        BadStudy{"repeated_id", "tables:\n  - {id: t, kind: published}\n  - {id: t, kind: published}\n",
                 "s.yaml:12:10: tables[1].id: `t` is taken: tables[0] (s.yaml:11)"},
        BadStudy{"figure_by", "figures: [{id: f, kind: trend, of: main, by: regoin}]\n",
                 "s.yaml:10:46: figures[0].by: there is no classification `regoin`; did you mean `region`?"},
        BadStudy{"figure_of", "figures: [{id: f, kind: trend, of: mein}]\n",
                 "s.yaml:10:36: figures[0].of[0]: there is no DEA `mein`; did you mean `main`?"},
        BadStudy{"tilemap_layout", "figures: [{id: f, kind: tilemap, of: main}]\n",
                 "s.yaml:10:11: figures[0]: `layout` is missing"},
        BadStudy{"typed_digit", "claims: [{id: k, text: 'about 45 per cent'}]\n",
                 "s.yaml:10:31: claims[0].text: `45` is typed by hand"},
        BadStudy{"unknown_regression", "claims: [{id: k, text: 'is {regression:r9:x:estimate}'}]\n",
                 "s.yaml:10:28: claims[0].text: {regression:r9:x:estimate}: there is no regression `r9`"},
        BadStudy{"unknown_term", "claims: [{id: k, text: '{regression:r1:q:estimate}'}]\n",
                 "s.yaml:10:25: claims[0].text: {regression:r1:q:estimate}: the formula has no term `q`"},
        BadStudy{"unknown_statistic", "claims: [{id: k, text: '{regression:r1:x:slope}'}]\n",
                 "s.yaml:10:25: claims[0].text: {regression:r1:x:slope}: write {regression:ID:TERM:STAT}"},
        BadStudy{"unknown_group", "claims: [{id: k, text: '{comparison:c1:x:wets:estimate}'}]\n",
                 "s.yaml:10:25: claims[0].text: {comparison:c1:x:wets:estimate}: `region` has no group `wets`; did"},
        BadStudy{"open_brace", "claims: [{id: k, text: 'is {dea:main:mean'}]\n",
                 "s.yaml:10:28: claims[0].text: {dea:main:mean}: the brace is not closed"},
        BadStudy{"claim_comparison", "claims: [{id: k, text: 'differs', comparison: c2}]\n",
                 "s.yaml:10:47: claims[0].comparison: there is no comparison `c2`; did you mean `c1`?"}),
    [](const auto& bad) { return std::string(bad.param.name); });

TEST(StudyValidator, ReportsEveryMistakeOfAStudyAtOnce) {
  EXPECT_THAT(
      Validate(R"(data: {file: a.csv, dataset: b, known_at: 2020}
classifications:
  - name: region
    groups:
      - {name: east, members: [A, B]}
      - {name: west, members: [B]}
dea:
  - {id: m, outputs: [y], rts: crz, frontier: "window:0"}
  - {id: n, inputs: [score.m], outputs: [y]}
regressions:
  - {id: r, formula: "y + x"}
  - {id: s, formula: "y ~ log(x", inference: [cr8], published: [{term: q, tolerance: -1}]}
comparisons:
  - {id: r, formula: "y ~ x", terms: [z]}
)"),
      ElementsAre(StartsWith("s.yaml:1:1: id: a study needs an `id`"),
                  StartsWith("s.yaml:1:7: data: give either `file` or `dataset`"),
                  StartsWith("s.yaml:1:7: data: `unit` is missing"),
                  StartsWith("s.yaml:1:43: data.known_at: write the date as YYYY-MM-DD"),
                  StartsWith("s.yaml:6:32: classifications[0].groups[1].members[0]: `B` is already in the group"),
                  StartsWith("s.yaml:8:5: dea[0].inputs: name at least one column"),
                  StartsWith("s.yaml:8:32: dea[0].rts: "), StartsWith("s.yaml:8:47: dea[0].frontier: "),
                  StartsWith("s.yaml:9:22: dea[1].inputs[0]: a DEA cannot use scores"),
                  StartsWith("s.yaml:11:22: regressions[0].formula: a formula has one `~`"),
                  StartsWith("s.yaml:12:22: regressions[1].formula: the parentheses do not match"),
                  StartsWith("s.yaml:12:47: regressions[1].inference[0]: "),
                  StartsWith("s.yaml:12:65: regressions[1].published[0]: an `estimate`, or a `text` in its place"),
                  StartsWith("s.yaml:12:72: regressions[1].published[0].term: the formula has no term `q`"),
                  StartsWith("s.yaml:12:86: regressions[1].published[0].tolerance: must not be negative"),
                  StartsWith("s.yaml:14:5: comparisons[0].by: is missing"),
                  StartsWith("s.yaml:14:10: comparisons[0].id: `r` is taken: regressions[0] (s.yaml:11)"),
                  StartsWith("s.yaml:14:39: comparisons[0].terms[0]: the formula has no term `z`")));
}

TEST(StudyValidator, InstrumentsAndMetafrontiersStandWhereTheyCan) {
  EXPECT_THAT(Validate(R"(id: a
data: {file: p.csv, unit: u, time: t}
dea: [{id: main, inputs: [k], outputs: [y]}]
regressions:
  - {id: iv, formula: "y ~ 1 | u | x ~ z", estimator: 2sls, published: [{term: z, estimate: 1}, {term: x, estimate: 1}]}
  - {id: two, formula: "y ~ x ~ z | u", estimator: 2sls}
specification_tests:
  - {id: s, formula: "y ~ 1 | u | x ~ z", tests: [cd]}
tables:
  - {id: g, kind: gaps, columns: [main]}
)"),
              ElementsAre(StartsWith("s.yaml:5:80: regressions[0].published[0].term: the formula has no term `z`"),
                          StartsWith("s.yaml:6:24: regressions[1].formula: a formula has one `~`"),
                          StartsWith("s.yaml:8:22: specification_tests[0].formula: specification tests take no"),
                          StartsWith("s.yaml:10:35: tables[0].columns[0]: DEA `main` needs `metafrontier: ")));
}

TEST(StudyValidator, ReportsEveryMistakeOfTestsAndSecondStagesAtOnce) {
  EXPECT_THAT(Validate(std::string(kHead) + R"(specification_tests:
  - {id: s, formula: "y x", tests: [cd, dc, vfi], order: -1}
second_stages:
  - {id: d, formula: "y ~ x", algorithm: 4, resample: rowz, reps: 5}
  - {id: e, dea: main, formula: "~ log(x", published: [{term: q, estimate: 1}, {term: sigma, estimate: 1}]}
)"),
              ElementsAre(StartsWith("s.yaml:11:22: specification_tests[0].formula: a formula has one `~`"),
                          StartsWith("s.yaml:11:41: specification_tests[0].tests[1]: there is no test `dc`"),
                          StartsWith("s.yaml:11:45: specification_tests[0].tests[2]: there is no test `vfi`"),
                          StartsWith("s.yaml:11:58: specification_tests[0].order: must not be negative"),
                          StartsWith("s.yaml:13:5: second_stages[0]: `dea` is missing"),
                          StartsWith("s.yaml:13:22: second_stages[0].formula: the left side"),
                          StartsWith("s.yaml:13:42: second_stages[0].algorithm: unknown algorithm '4'"),
                          StartsWith("s.yaml:13:55: second_stages[0].resample: unknown resampling 'rowz'"),
                          StartsWith("s.yaml:13:67: second_stages[0].reps: must lie in [99, 100000]"),
                          StartsWith("s.yaml:14:33: second_stages[1].formula: the parentheses do not match"),
                          StartsWith("s.yaml:14:63: second_stages[1].published[0].term: the formula has no term `q`")));
}

TEST(StudyValidator, AShippedStudyHasNoProblems) {
  std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/study.yaml");
  ASSERT_TRUE(file);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_THAT(Validate(text.str()), IsEmpty());
}

// Whatever is done to a study, it is read to the end and every complaint says where and what.
TEST(StudyValidator, NoDamageToAStudyIsTooMuch) {
  std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/study.yaml");
  std::stringstream whole;
  whole << file.rdbuf();
  std::uint64_t state = 20211206;
  const auto draw = [&](std::size_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>((state >> 33) % below);
  };
  const std::string marks = "{}[]:,-#&*!|>'\"%@`~^?\n\t x0\xe5\x8c\x80";
  for (int round = 0; round < 1000; ++round) {
    std::string text = whole.str();
    for (std::size_t edits = 1 + draw(4); edits > 0 && !text.empty(); --edits) {
      const std::size_t at = draw(text.size());
      switch (draw(4)) {
        case 0: text[at] = marks[draw(marks.size())]; break;
        case 1: text.erase(at, draw(60)); break;
        case 2: text.insert(at, 1, marks[draw(marks.size())]); break;
        default: text.insert(at, text.substr(draw(text.size()), draw(200))); break;
      }
    }
    ReadStudy read = ReadStudySource(Source({{"s.yaml", text}}));
    ValidateStudy(read, read.problems);
    for (const v1::StudyProblem& problem : read.problems.Sorted()) {
      ASSERT_EQ(problem.file(), "s.yaml") << round << ": " << FormatProblem(problem);
      ASSERT_GT(problem.line(), 0) << round << ": " << FormatProblem(problem);
      ASSERT_GT(problem.column(), 0) << round << ": " << FormatProblem(problem);
      ASSERT_FALSE(problem.message().empty());
    }
  }
}

TEST(OrderVariables, EachComesAfterWhatItUses) {
  v1::Study study;
  study.add_dea()->set_id("main");
  const auto add = [&](const char* name, const char* expression) {
    v1::StudyVariable& variable = *study.add_variables();
    variable.set_name(name);
    variable.set_expression(expression);
  };
  add("c", "a + b");
  add("s2", "s1 * 2");
  add("a", "log(b)");
  add("s1", "log(score.main)");
  add("b", "x");
  add("p", "q");
  add("q", "p");
  const VariableOrder order = OrderVariables(study);
  EXPECT_THAT(order.before_scores, ElementsAre(4, 2, 0));
  EXPECT_THAT(order.after_scores, ElementsAre(3, 1));
  EXPECT_THAT(order.circular, ElementsAre(5, 6));
}

TEST(ExpressionNames, FunctionsNumbersAndTextsAreNoNames) {
  std::vector<std::string> names;
  for (const UsedName& used : NamesIn("if(区域 == 'east', log (a.b) / 1.5e3, `odd name` * 2)")) {
    names.push_back(used.name + "@" + std::to_string(used.position));
  }
  EXPECT_THAT(names, ElementsAre("区域@3", "a.b@22", "odd name@36"));
}

TEST(ExpressionNames, FormulasAreTakenApart) {
  EXPECT_THAT(FormulaTerms("y ~ x1 + min(a + b, c) + i(region):x1 - 1 | u + r^t"),
              ElementsAre("x1", "min(a+b,c)", "i(region):x1"));
  EXPECT_THAT(FormulaEffects("y ~ x | u + r^t"), ElementsAre("u", "r^t"));
  EXPECT_THAT(FormulaTerms("y ~ a | u + t | x1 + log(x2) ~ z * w"), ElementsAre("a", "x1", "log(x2)"));
  EXPECT_THAT(FormulaEffects("y ~ a | u + t | x ~ z"), ElementsAre("u", "t"));
  EXPECT_THAT(FormulaEffects("y ~ a | x ~ z"), ElementsAre());
  EXPECT_TRUE(HasInstruments("y ~ a | u | x ~ z"));
  EXPECT_FALSE(HasInstruments("y ~ a | u"));
  EXPECT_FALSE(HasInstruments("y ~ x ~ z"));
  EXPECT_EQ(FormulaOutcome(" log( y ) ~ x"), "log(y)");
  EXPECT_TRUE(FormulaMayHold("y ~ i(region):x", "region::west:x"));
  EXPECT_FALSE(FormulaMayHold("y ~ x", "z"));
}

TEST(ClaimReferences, TermsMayHoldColons) {
  const std::vector<ClaimPart> parts = ParseClaim("区 {regression:r:region::west:log(ai):std_error}.");
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[1].position, 2);
  EXPECT_EQ(parts[1].reference.problem, "");
  EXPECT_EQ(parts[1].reference.term, "region::west:log(ai)");
  EXPECT_EQ(parts[1].reference.stat, "std_error");
}

}  // namespace
}  // namespace farrell::reporting
