// Grunfeld's (1958) investment panel: every published row that pooled and within estimators cover.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "services/regression/engine/compare.h"
#include "tests/published/panel/coverage.h"

namespace farrell::regression::testing {
namespace {

constexpr const char* kPooled = "inv ~ value + capital";
constexpr const char* kWithin = "inv ~ value + capital | firm";
constexpr const char* kTwoWay = "inv ~ value + capital | firm + year";
constexpr const char* kCapital = "inv ~ capital | firm + year";

const std::map<std::string, std::string> kTerms = {
    {"_cons", kConstantName}, {"mvalue", "value"}, {"kstock", "capital"}};

Panel Load() {
  Panel panel = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                          {"firm", "inv", "value", "capital"});
  // First differences within a firm, as the data service's diff(): missing in a firm's first year.
  for (const char* name : {"inv", "value", "capital"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, std::string("d_") + name, [&](std::size_t row) {
      const bool follows = row > 0 && panel.units[row] == panel.units[row - 1];
      return follows ? levels[row] - levels[row - 1] : kMissing;
    });
  }
  return panel;
}

Table Expected(const std::string& name) {
  return ReadCsv(SourcePath("tests/published/panel/expected/" + name + ".csv"));
}

InferenceSpec Cluster(const std::string& column, const std::string& ssc) {
  return MakeInference(InferenceType::kCr1, column, ssc);
}

TEST(Grunfeld, FullPrecisionRows) {
  const InferenceSpec iid = MakeInference(InferenceType::kIid);
  const InferenceSpec hc0 = MakeInference(InferenceType::kHc1, "", "none");
  const InferenceSpec hc1 = MakeInference(InferenceType::kHc1);
  const InferenceSpec hc3 = MakeInference(InferenceType::kHc3);
  const Recipes recipes = {
      {"pooled | iid | N-K", {kPooled, iid}},
      {"pooled | HC0 | -", {kPooled, hc0}},
      {"pooled | HC1 | -", {kPooled, hc1}},
      {"pooled | HC3 | -", {kPooled, hc3}},
      {"pooled | cluster firm | none (HC0)", {kPooled, Cluster("firm", "none")}},
      {"pooled | cluster firm | G/(G-1)*(N-1)/(N-K) stata", {kPooled, Cluster("firm", "stata_regress")}},
      // Without lags Driscoll & Kraay is clustering by period, and Newey & West is White.
      {"pooled | DK L=0 | none (plm HC0)", {kPooled, Cluster("year", "none")}},
      {"pooled | DK L=0 | T/(T-1)*(N-1)/(N-K) stata/fixest", {kPooled, Cluster("year", "fixest")}},
      {"pooled | NW L=0 | none", {kPooled, hc0}},
      {"pooled | NW L=0 | N/(N-K) stata newey", {kPooled, hc1}},
      {"within firm | iid | N-n-K", {kWithin, iid}},
      {"within firm | HC0 | plm white1 HC0", {kWithin, hc0}},
      {"within firm | HC1 | N/(N-n-K) areg/fixest/reghdfe", {kWithin, hc1}},
      {"within firm | HC1 | N/(N-K) plm", {kWithin, MakeInference(InferenceType::kHc1, "", "plm_hc1")}},
      {"within firm | HC3 | LSDV hat (fixest)", {kWithin, hc3}},
      {"within firm | cluster firm | none (plm arellano HC0)", {kWithin, Cluster("firm", "plm_hc0")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-K) plm sss", {kWithin, Cluster("firm", "plm_sss")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-K-1) xtreg/reghdfe/fixest",
       {kWithin, Cluster("firm", "xtreg_fe")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-n-K) areg/LSDV", {kWithin, Cluster("firm", "areg")}},
      {"within firm | cluster firm | N/(N-K) linearmodels default debiased", {kWithin, Cluster("firm", "plm_hc1")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/N*N/(N-K) linearmodels group_debias",
       {kWithin, Cluster("firm", "plm_sss")}},
      {"within firm+year | iid | N-n-T+1-K", {kTwoWay, iid}},
      {"within firm+year | cluster firm | none (plm HC0)", {kTwoWay, Cluster("firm", "plm_hc0")}},
      {"within firm+year | cluster firm | K=2+T (nonnested: reghdfe/fixest)", {kTwoWay, Cluster("firm", "reghdfe")}},
      {"within firm+year | cluster firm | full: (N-1)/(N-K-n-T+1)", {kTwoWay, Cluster("firm", "fixest_full")}},
      {"within firm+year (capital only) | iid | N-n-T+1-K", {kCapital, iid}},
      {"within firm+year (capital only) | cluster firm | lm vcovCL HC1 / K.fixef=full",
       {kCapital, Cluster("firm", "sandwich")}},
      {"within firm+year (capital only) | cluster firm | plm HC0", {kCapital, Cluster("firm", "plm_hc0")}},
      {"within firm+year (capital only) | cluster firm | stata xtreg / fixest nonnested",
       {kCapital, Cluster("firm", "fixest")}},
      // lfe counts the constant and no effect that is projected out, as regress does.
      {"within firm+year (capital only) | cluster firm | lfe", {kCapital, Cluster("firm", "stata_regress")}},
  };
  const Coverage coverage = CheckRows(Expected("grunfeld_full_precision"), "", Load(), recipes, kTerms, 1e-10);
  EXPECT_EQ(coverage.covered, 65);
  // What other estimators and variances will cover: two-way clustering, lags, PCSE, HC2, between, random effects.
  int others = 0;
  for (const auto& [key, rows] : coverage.not_covered) others += rows;
  EXPECT_EQ(coverage.covered + others, 169);
}

TEST(Grunfeld, FirstDifferencesAreOlsOnDifferencedColumns) {
  const Table expected = Expected("grunfeld_full_precision");
  const Panel panel = Load();
  const InferenceSpec iid = MakeInference(InferenceType::kIid);
  const Recipes recipes = {
      {"first difference | iid | no const, N-K", {"d_inv ~ 0 + d_value + d_capital", iid}},
      {"first difference | iid | with const (plm), N-K", {"d_inv ~ d_value + d_capital", iid}},
  };
  const std::map<std::string, std::string> terms = {
      {"value", "d_value"}, {"capital", "d_capital"}, {"_cons", kConstantName}};
  EXPECT_EQ(CheckRows(expected, "", panel, recipes, terms, 1e-10).covered, 5);
}

// Stata output quoted in the statsmodels tests; Stata held the data as float.
TEST(Grunfeld, StataRows) {
  const Panel panel = Load();
  const std::map<std::string, InferenceSpec> recipes = {
      {"regress vce(cluster company)", Cluster("firm", "stata_regress")},
      {"ivreg2 cluster(company) (no small)", Cluster("firm", "none")},
      {"newey lag(0) force", MakeInference(InferenceType::kHc1)},
      {"xtscc lag(0)", Cluster("year", "none")},
  };
  const Table expected = Expected("grunfeld_stata_via_statsmodels");
  int covered = 0;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const auto recipe = recipes.find(expected.At(row, "stata_command"));
    if (recipe == recipes.end()) continue;
    ++covered;
    const FitResult fit = MustFit(panel, MakeSpec(kPooled, {recipe->second}));
    const auto index = static_cast<std::size_t>(fit.FindTerm(kTerms.at(expected.At(row, "term"))));
    const double coefficient = expected.Number(row, "coef");
    const double error = expected.Number(row, "se");
    EXPECT_NEAR(fit.terms[index].estimate.value(), coefficient, 3e-7 * std::fabs(coefficient)) << recipe->first;
    EXPECT_NEAR(fit.inferences[0].terms[index].std_error.value(), error, 3e-7 * error) << recipe->first;
  }
  EXPECT_EQ(covered, 12);
}

TEST(Grunfeld, StandardErrorsOfEveryEngineSideBySide) {
  const std::map<std::string, InferenceSpec> recipes = {
      {"lm / plm / fixest / Stata xtreg", MakeInference(InferenceType::kIid)},
      {"lm + sandwich::vcovCL HC1 (= fixest K.fixef=\"full\")", Cluster("firm", "sandwich")},
      {"plm::vcovHC (= fixest K.fixef=\"none\",G.adj=FALSE up to K.adj; HC0)", Cluster("firm", "plm_hc0")},
      {"Stata xtreg vce(cluster) = reghdfe = fixest default (nonnested)", Cluster("firm", "fixest")},
      {"lfe::felm (firm+year both projected)", Cluster("firm", "stata_regress")},
  };
  const Table expected = Expected("fixest_vignette_grunfeld_ssc_crosswalk");
  const Panel panel = Load();
  int covered = 0;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const auto recipe = recipes.find(expected.At(row, "engine"));
    if (recipe == recipes.end()) continue;
    ++covered;
    const FitResult fit = MustFit(panel, MakeSpec(kCapital, {recipe->second}));
    EXPECT_NEAR(fit.inferences[0].terms[0].std_error.value(), expected.Number(row, "se_capital"), 5e-9)
        << recipe->first;
  }
  EXPECT_EQ(covered, 5);
  // The three presets that agree on this panel are three different formulae.
  for (const char* preset : {"fixest", "reghdfe", "xtreg_fe"}) {
    const FitResult fit = MustFit(panel, MakeSpec(kCapital, {Cluster("firm", preset)}));
    EXPECT_NEAR(fit.inferences[0].terms[0].std_error.value(), 0.06328129, 5e-9) << preset;
  }
}

TEST(Grunfeld, FirmsOneToFiveAgainstSixToTen) {
  Panel panel = Load();
  AddColumn(panel, "half", [&](std::size_t row) { return std::stoi(panel.units[row]) <= 5 ? 1.0 : 2.0; });
  AddColumn(panel, "first", [&](std::size_t row) { return std::stoi(panel.units[row]) <= 5 ? 1.0 : 0.0; });
  const Table expected = Expected("grunfeld_group_difference");
  std::map<std::string, double> values;
  for (std::size_t row = 0; row < expected.rows.size(); ++row)
    values[expected.At(row, "quantity")] = expected.Number(row, "value");

  CompareSpec spec;
  spec.fit = MakeSpec(kWithin, {Cluster("firm", "none")});
  spec.by = "half";
  spec.terms = {"value", "capital"};
  const auto comparison = Compare(panel, spec, {});
  ASSERT_TRUE(comparison.ok()) << comparison.status().ToString();
  ASSERT_EQ(comparison->differences.size(), 2U);
  const double tolerance = 1e-9;
  EXPECT_NEAR(*comparison->differences[0].estimate, values["diff value slope firms1-5 minus 6-10 (firm FE)"],
              tolerance);
  EXPECT_NEAR(*comparison->differences[1].estimate, values["diff capital slope"], tolerance);
  // Independent groups: the cluster variance of the interaction is the sum of the groups' variances.
  EXPECT_NEAR(*comparison->differences[0].inference.std_error, values["cluster se value*D"], tolerance);
  EXPECT_NEAR(*comparison->differences[1].inference.std_error, values["cluster se capital*D"], tolerance);

  const FitResult interacted =
      MustFit(panel, MakeSpec("inv ~ value + capital + value:first + capital:first | firm", {Cluster("firm", "none")}));
  const char* quantities[] = {"interaction b value", "interaction b capital", "interaction b value*D",
                              "interaction b capital*D"};
  const char* errors[] = {"cluster se value (no ssc)", "cluster se capital", "cluster se value*D",
                          "cluster se capital*D"};
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(*interacted.terms[k].estimate, values[quantities[k]], tolerance);
    EXPECT_NEAR(*interacted.inferences[0].terms[k].std_error, values[errors[k]], tolerance);
  }
  Eigen::VectorXd b(2);
  b << *interacted.terms[2].estimate, *interacted.terms[3].estimate;
  const auto wald = WaldTest(b, interacted.inferences[0].vcov.bottomRightCorner(2, 2), 9.0);
  EXPECT_NEAR(2.0 * wald->statistic, values["Wald chi2(2) cluster no ssc"], 1e-8);
  const FitResult classical = MustFit(panel, MakeSpec("inv ~ value + capital + value:first + capital:first | firm",
                                                      {MakeInference(InferenceType::kIid)}));
  EXPECT_EQ(classical.residual_df, 186);
  const auto f = WaldTest(b, classical.inferences[0].vcov.bottomRightCorner(2, 2), 186.0);
  EXPECT_NEAR(f->statistic, values["F(2,186) iid"], tolerance);
}

}  // namespace
}  // namespace farrell::regression::testing
