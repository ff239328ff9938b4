// What a fit reports beside its numbers: rows, warnings, defaults, tests, and errors.
#include "services/regression/engine/fit.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const InferenceSpec kIid = MakeInference(InferenceType::kIid);

std::vector<std::string> Names(const FitResult& fit) {
  std::vector<std::string> names;
  for (const TermEstimate& term : fit.terms) names.push_back(term.name);
  return names;
}
std::vector<std::string> Codes(const FitResult& fit) {
  std::vector<std::string> codes;
  for (const Warning& warning : fit.warnings) codes.push_back(warning.code);
  return codes;
}

TEST(Terms, LevelsAndInteractions) {
  const Panel panel = RandomPanel(61, 12, 8, 0.9);
  EXPECT_THAT(Names(MustFit(panel, MakeSpec("y ~ x1 + i(group)", {kIid}))),
              ElementsAre("(Intercept)", "x1", "group::b", "group::c"));
  EXPECT_THAT(Names(MustFit(panel, MakeSpec("y ~ 0 + i(group)", {kIid}))),
              ElementsAre("group::a", "group::b", "group::c"));
  EXPECT_THAT(Names(MustFit(panel, MakeSpec("y ~ i(group):x1 | unit", {kIid}))),
              ElementsAre("group::a:x1", "group::b:x1", "group::c:x1"));
  EXPECT_THAT(Names(MustFit(panel, MakeSpec("y ~ x1:i(group) + x1:x3", {kIid}))),
              ElementsAre("(Intercept)", "x1:group::a", "x1:group::b", "x1:group::c", "x1:x3"));
  EXPECT_THAT(Names(MustFit(panel, MakeSpec("y ~ i(time) | unit", {kIid})))[0], "time::2001");
}

TEST(Terms, SlopesByLevelAreThoseOfTheGroups) {
  const Panel panel = RandomPanel(62, 15, 8, 0.9);
  const FitResult whole = MustFit(panel, MakeSpec("y ~ i(group):x1 + i(group):x3 | unit", {kIid}));
  const Panel only_b = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] == "b"; });
  const FitResult b = MustFit(only_b, MakeSpec("y ~ x1 + x3 | unit", {kIid}));
  EXPECT_NEAR(*whole.terms[1].estimate, *b.terms[0].estimate, 1e-11);
}

TEST(Rows, MissingCellsAreCountedByColumn) {
  Panel panel = RandomPanel(63, 12, 8, 1.0);
  panel.columns[1].numbers[3] = kMissing;
  panel.columns[1].numbers[4] = kMissing;
  panel.columns[2].numbers[4] = kMissing;
  panel.columns[4].texts[10] = "";
  std::int64_t missing_x2 = 0;
  for (double value : panel.columns[2].numbers) missing_x2 += std::isnan(value) ? 1 : 0;
  const FitResult fit = MustFit(panel, MakeSpec("y ~ x1 + x2 + i(group)", {kIid}));
  EXPECT_EQ(fit.row_count, 96);
  EXPECT_EQ(fit.missing_by_column.at("x1"), 2);
  EXPECT_EQ(fit.missing_by_column.at("x2"), missing_x2);
  EXPECT_EQ(fit.missing_by_column.at("group"), 1);
  EXPECT_EQ(fit.observation_count, fit.row_count - fit.missing_row_count);
  EXPECT_THAT(Codes(fit), Contains("MISSING_ROWS_DROPPED"));
}

TEST(Rows, SingletonsGoAgainAndAgain) {
  // Unit u2 keeps one row once the period that only u1 and it share is gone.
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  panel.columns = {{"y", false, {}, {}}, {"x", false, {}, {}}};
  const std::vector<std::pair<std::string, int>> keys = {{"u0", 1}, {"u0", 2}, {"u0", 3}, {"u1", 1}, {"u1", 2},
                                                         {"u1", 3}, {"u2", 3}, {"u2", 4}, {"u3", 5}};
  for (std::size_t k = 0; k < keys.size(); ++k) {
    panel.units.push_back(keys[k].first);
    panel.times.push_back(keys[k].second);
    panel.rows.push_back(static_cast<std::int64_t>(k));
    panel.columns[0].numbers.push_back(static_cast<double>(k * k % 7));
    panel.columns[1].numbers.push_back(static_cast<double>(k * 3 % 5));
  }
  const FitResult fit = MustFit(panel, MakeSpec("y ~ x | unit + time", {kIid}));
  EXPECT_EQ(fit.singleton_count, 3);
  EXPECT_EQ(fit.observation_count, 6);
  EXPECT_THAT(Codes(fit), Contains("SINGLETONS_DROPPED"));
}

TEST(Inference, DefaultsAreSaid) {
  Panel panel = RandomPanel(64, 12, 8, 0.9);
  const FitResult by_unit = MustFit(panel, MakeSpec("y ~ x1 | time"));
  EXPECT_EQ(by_unit.inferences[0].label, "CR3 by unit");
  EXPECT_THAT(Codes(by_unit), Contains("DEFAULT_INFERENCE"));
  panel.columns.push_back({"place", true, {}, panel.units});
  panel.unit_key.clear();
  EXPECT_EQ(MustFit(panel, MakeSpec("y ~ x1 | place + time")).inferences[0].label, "CR3 by place");
  EXPECT_EQ(MustFit(panel, MakeSpec("y ~ x1")).inferences[0].label, "HC3");
  // A cross-section with a unit key has no clusters.
  Panel cross = Filter(RandomPanel(64, 40, 2, 1.0), [&](std::size_t row) { return row % 2 == 0; });
  cross.times.clear();
  cross.time_key.clear();
  EXPECT_EQ(MustFit(cross, MakeSpec("y ~ x1")).inferences[0].label, "HC3");
}

TEST(Inference, MistakesAreNamedTogether) {
  Panel panel = RandomPanel(65, 12, 8, 0.9);
  FitSpec spec = MakeSpec(
      "y ~ x1",
      {MakeInference(InferenceType::kCr1, "unit", "stata"), MakeInference(InferenceType::kHc1, "unit"),
       MakeInference(InferenceType::kCr1, "unit", "clubsandwich"), MakeInference(InferenceType::kWild, "unit")});
  spec.inferences[3].draws = 5;
  const auto fit = Fit(panel, spec, {});
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.status().reason(), "INFERENCE_INVALID");
  EXPECT_EQ(fit.status().violations().size(), 4U);
}

TEST(Inference, OneClusterIsAnOutcome) {
  Panel panel = RandomPanel(66, 3, 20, 0.9);
  panel = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] == "a"; });
  const FitResult fit = MustFit(panel, MakeSpec("y ~ x1", {MakeInference(InferenceType::kCr3, "group"), kIid}));
  EXPECT_TRUE(fit.terms[1].estimate);
  EXPECT_FALSE(fit.inferences[0].terms[1].std_error);
  EXPECT_TRUE(fit.inferences[1].terms[1].std_error);
  EXPECT_THAT(Codes(fit), Contains("TOO_FEW_CLUSTERS"));
}

TEST(Inference, SaturatedAndEmptyModelsAreOutcomes) {
  Panel panel = RandomPanel(67, 12, 8, 0.9);
  AddColumn(panel, "row", [](std::size_t row) { return static_cast<double>(row); });
  const FitResult saturated = MustFit(panel, MakeSpec("y ~ 0 + i(row)", {kIid, MakeInference(InferenceType::kHc3)}));
  EXPECT_EQ(saturated.outcome, "saturated");
  EXPECT_EQ(saturated.residual_df, 0);
  EXPECT_FALSE(saturated.sigma);
  EXPECT_FALSE(saturated.inferences[0].terms[0].std_error);
  AddColumn(panel, "constant", [](std::size_t) { return 3.0; });
  const FitResult nothing = MustFit(panel, MakeSpec("y ~ constant | unit", {kIid}));
  EXPECT_EQ(nothing.outcome, "no_coefficients");
  EXPECT_FALSE(nothing.terms[0].estimate);
  const FitResult flat = MustFit(panel, MakeSpec("constant ~ x1 | unit", {kIid}));
  EXPECT_FALSE(flat.r2);
  EXPECT_NEAR(*flat.terms[0].estimate, 0.0, 1e-12);
}

TEST(Errors, TextWhereNumbersAreNeededNamesEveryCell) {
  Panel panel = RandomPanel(68, 4, 3, 1.0);
  panel.columns.push_back({"gdp", true, {}, std::vector<std::string>(panel.size(), "12")});
  panel.columns.back().texts[2] = "n/a";
  panel.columns.back().texts[5] = "1,200";
  const auto fit = Fit(panel, MakeSpec("y ~ x1 + gdp", {kIid}), {});
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.status().reason(), "NOT_NUMERIC");
  ASSERT_EQ(fit.status().violations().size(), 2U);
  EXPECT_THAT(fit.status().violations()[0].field, HasSubstr("unit u1000, time 2002, column gdp"));
  EXPECT_THAT(fit.status().violations()[0].description, HasSubstr("'n/a'"));
}

TEST(Errors, AreTyped) {
  Panel panel = RandomPanel(69, 8, 6, 0.9);
  const auto reason = [&](const FitSpec& spec) {
    const auto fit = Fit(panel, spec, {});
    return fit.ok() ? "" : fit.status().reason();
  };
  EXPECT_EQ(reason(MakeSpec("y ~ nowhere", {kIid})), "COLUMN_NOT_FOUND");
  EXPECT_EQ(reason(MakeSpec("y ~ x1 | nowhere", {kIid})), "COLUMN_NOT_FOUND");
  EXPECT_EQ(reason(MakeSpec("y ~ x1", {MakeInference(InferenceType::kCr1, "nowhere")})), "COLUMN_NOT_FOUND");
  FitSpec ols = MakeSpec("y ~ x1 | unit", {kIid});
  ols.estimator.kind = Estimator::kOls;
  EXPECT_EQ(reason(ols), "ESTIMATOR_INVALID");
  FitSpec within = MakeSpec("y ~ x1", {kIid});
  within.estimator.kind = Estimator::kWithin;
  EXPECT_EQ(reason(within), "ESTIMATOR_INVALID");
  AddColumn(panel, "empty", [](std::size_t) { return kMissing; });
  EXPECT_EQ(reason(MakeSpec("y ~ empty", {kIid})), "NO_OBSERVATIONS");
  AddColumn(panel, "huge", [](std::size_t row) { return 1e300 * static_cast<double>(row + 1); });
  EXPECT_EQ(reason(MakeSpec("y ~ huge:huge + huge:x1:huge", {kIid})), "NOT_FINITE");
}

TEST(Errors, MagnitudesThatCannotBeSquaredAreNamed) {
  Panel panel = RandomPanel(69, 8, 6, 0.9);
  for (const double factor : {1e300, 1e-300, 1e-310}) {
    AddColumn(panel, "scaled", [&](std::size_t row) { return factor * (0.1 + static_cast<double>(row % 5)); });
    const auto fit = Fit(panel, MakeSpec("scaled ~ x1 + i(group):scaled", {kIid}), {});
    ASSERT_FALSE(fit.ok());
    EXPECT_EQ(fit.status().reason(), "OUT_OF_RANGE");
    EXPECT_EQ(fit.status().violations().size(), 4U);
    panel.columns.pop_back();
  }
  // A cell may be as small as it likes beside others.
  AddColumn(panel, "mixed", [](std::size_t row) { return row % 2 == 0 ? 1e-300 : static_cast<double>(row % 5); });
  EXPECT_TRUE(MustFit(panel, MakeSpec("y ~ mixed", {kIid})).inferences[0].terms[1].std_error.has_value());
}

// The scores of a slope that lives in one cluster cancel; their rounding is no variance.
TEST(Degenerate, ScoresThatCancelHaveNoStandardError) {
  Panel panel = RandomPanel(42, 10, 8, 0.9);
  const std::vector<double> x1 = Numbers(panel, "x1");
  AddColumn(panel, "only", [&](std::size_t row) { return panel.units[row] == "u1003" ? x1[row] : 0.0; });
  AddColumn(panel, "rest", [&](std::size_t row) { return panel.units[row] == "u1003" ? 0.0 : x1[row]; });
  for (const InferenceType type : {InferenceType::kCr1, InferenceType::kCr3, InferenceType::kWild}) {
    FitSpec spec = MakeSpec("y ~ only + rest | unit", {MakeInference(type, "unit")});
    spec.hypotheses = {"only = rest", "rest = 0"};
    const FitResult fit = MustFit(panel, spec);
    const auto& terms = fit.inferences[0].terms;
    EXPECT_FALSE(terms[0].std_error || terms[0].statistic || terms[0].p_value || terms[0].conf_low);
    EXPECT_GT(terms[1].std_error.value(), 1e-3);
    EXPECT_THAT(Codes(fit), Contains("NO_VARIATION"));
    EXPECT_FALSE(fit.joint.has_value());
    EXPECT_EQ(fit.hypotheses.size(), 1U);
  }
  // Two units and crossed effects: the scores of one are those of the other, and add to zero.
  const Panel two = Filter(panel, [&](std::size_t row) { return panel.units[row] < "u1002"; });
  const FitResult fit = MustFit(two, MakeSpec("y ~ x1 | unit + time", {MakeInference(InferenceType::kCr1, "unit")}));
  EXPECT_FALSE(fit.inferences[0].terms[0].std_error);
  EXPECT_FALSE(fit.joint.has_value());
}

TEST(Degenerate, AnExactFitIsSaidAndTestsNothing) {
  Panel panel = RandomPanel(43, 10, 8, 1.0);
  AddColumn(panel, "exact", [&](std::size_t row) {
    const double x = Numbers(panel, "x3")[row];
    return 0.1 + 0.3 * x + static_cast<double>(panel.times[row] % 3);
  });
  AddColumn(panel, "constant", [](std::size_t) { return 0.1; });
  for (const char* formula : {"exact ~ x3 | unit + time", "constant ~ x1 + x3"}) {
    const FitResult fit = MustFit(panel, MakeSpec(formula, {MakeInference(InferenceType::kCr3, "unit"), kIid}));
    EXPECT_THAT(Codes(fit), Contains("EXACT_FIT")) << formula;
    EXPECT_EQ(fit.residual_sum_of_squares, 0.0);
    for (const InferenceResult& inference : fit.inferences) {
      EXPECT_EQ(inference.terms.back().std_error, 0.0) << formula;
      EXPECT_FALSE(inference.terms.back().p_value) << formula;
    }
  }
}

TEST(Errors, DummiesThatDoNotFitInMemoryAreRefused) {
  Panel panel;
  panel.columns = {{"y", false, {}, {}}, {"id", false, {}, {}}};
  for (int row = 0; row < 20000; ++row) {
    panel.units.emplace_back("u");
    panel.rows.push_back(row);
    panel.columns[0].numbers.push_back(row % 7);
    panel.columns[1].numbers.push_back(row / 2);
  }
  const auto fit = Fit(panel, MakeSpec("y ~ i(id)", {kIid}), {});
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.status().reason(), "TOO_MANY_COLUMNS");
  EXPECT_EQ(MustFit(panel, MakeSpec("y ~ 1 | id", {kIid})).observation_count, 20000);
}

TEST(Hypotheses, LinearCombinations) {
  const Panel panel = RandomPanel(70, 14, 8, 0.9);
  FitSpec spec = MakeSpec("y ~ x1 + x3 + i(group):x2", {MakeInference(InferenceType::kCr1, "unit")});
  spec.hypotheses = {"x1 = x3",         "x1 + x3 = 1", "2*x1 - 0.5 x3 = 0.25 - x1", "group::b:x2 = group::c:x2",
                     "(Intercept) = 0", "0.3 = x1"};
  const FitResult fit = MustFit(panel, spec);
  ASSERT_EQ(fit.hypotheses.size(), 6U);
  const double x1 = *fit.terms[1].estimate;
  const double x3 = *fit.terms[2].estimate;
  EXPECT_NEAR(fit.hypotheses[0].estimate, x1 - x3, 1e-14);
  EXPECT_NEAR(fit.hypotheses[1].estimate, x1 + x3 - 1.0, 1e-14);
  EXPECT_NEAR(fit.hypotheses[2].estimate, 3.0 * x1 - 0.5 * x3 - 0.25, 1e-14);
  EXPECT_NEAR(fit.hypotheses[3].estimate, *fit.terms[4].estimate - *fit.terms[5].estimate, 1e-14);
  EXPECT_NEAR(fit.hypotheses[4].p_value, *fit.inferences[0].terms[0].p_value, 1e-12);
  EXPECT_NEAR(fit.hypotheses[5].estimate, 0.3 - x1, 1e-14);
  const Eigen::MatrixXd& v = fit.inferences[0].vcov;
  EXPECT_NEAR(fit.hypotheses[0].std_error, std::sqrt(v(1, 1) + v(2, 2) - 2.0 * v(1, 2)), 1e-14);
  EXPECT_EQ(fit.hypotheses[0].df, 13.0);
  for (const char* bad : {"x1", "x1 = ", "x9 = 0", "1 = 1", "", "x1 = 2*", "x11 = 0"}) {
    FitSpec wrong = spec;
    wrong.hypotheses = {"x1 = 0", bad};
    const auto result = Fit(panel, wrong, {});
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.status().reason(), "HYPOTHESIS_INVALID");
    EXPECT_EQ(result.status().violations()[0].field, "hypotheses[1]");
  }
}

TEST(Joint, EqualsTheClassicalF) {
  const Panel panel = RandomPanel(71, 14, 8, 0.9);
  const FitResult fit = MustFit(panel, MakeSpec("y ~ x1 + x2 + x3", {kIid}));
  const double f = (*fit.r2 / 3.0) / ((1.0 - *fit.r2) / static_cast<double>(fit.residual_df));
  EXPECT_NEAR(fit.joint->statistic, f, 1e-9 * f);
  EXPECT_EQ(fit.joint->df1, 3.0);
  // More slopes than clusters less one: the variance has not full rank.
  Panel few = Filter(panel, [&](std::size_t row) { return panel.units[row] < "u1003"; });
  const FitResult undefined = MustFit(few, MakeSpec("y ~ x1 + x2 + x3", {MakeInference(InferenceType::kCr1, "unit")}));
  EXPECT_FALSE(undefined.joint);
  EXPECT_THAT(Codes(undefined), Contains("JOINT_TEST_UNDEFINED"));
}

}  // namespace
}  // namespace farrell::regression::testing
