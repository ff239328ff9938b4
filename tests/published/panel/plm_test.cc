// An unbalanced panel beside R's plm 2.6-2 (Croissant & Millo 2008), computed with plm(), vcovHC(), vcovDC(),
// vcovSCC(), vcovNW() and pbgtest(): methods and corrections that the vignette does not print.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "services/regression/engine/specification/specification_tests.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

const char* const kPooled = "inv ~ value + capital";
const char* const kWithin = "inv ~ value + capital | firm";

// Grunfeld's data where firms 3, 6 and 9 enter in 1939 and firms 1, 5 and 9 leave after 1950: 176 rows, no gaps.
Panel TrimmedGrunfeld() {
  const Panel whole = GrunfeldPanel();
  Panel panel = whole;
  panel.units.clear();
  panel.times.clear();
  panel.rows.clear();
  for (PanelColumn& column : panel.columns) column.numbers.clear();
  for (std::size_t row = 0; row < whole.units.size(); ++row) {
    const int firm = std::stoi(whole.units[row]);
    if ((firm % 3 == 0 && whole.times[row] < 1939) || (firm % 4 == 1 && whole.times[row] > 1950)) continue;
    panel.units.push_back(whole.units[row]);
    panel.times.push_back(whole.times[row]);
    panel.rows.push_back(whole.rows[row]);
    for (std::size_t c = 0; c < whole.columns.size(); ++c) {
      panel.columns[c].numbers.push_back(whole.columns[c].numbers[row]);
    }
  }
  return panel;
}

void ExpectDigits(double value, double printed, const std::string& what) {
  EXPECT_NEAR(value, printed, 1e-11 * std::abs(printed)) << what;
}

struct RandomEffectsRow {
  const char* method;
  RandomEffectsMethod kind;
  std::vector<double> coefficients;
  std::vector<double> errors;
  double idiosyncratic;
  double unit;
};

// plm(model = "random", random.method = ...): its Swamy-Arora is that of Baltagi & Chang where the panel is unbalanced.
const std::vector<RandomEffectsRow>& RandomEffectsRows() {
  static const std::vector<RandomEffectsRow> rows = {
      {"swar",
       RandomEffectsMethod::kBaltagiChang,
       {-10.663648445599, 0.086523345001399, 0.21559642667355},
       {29.138745135551, 0.01044043363596, 0.021894602278325},
       44.913470166738,
       82.714429926955},
      {"walhus",
       RandomEffectsMethod::kWallaceHussain,
       {-10.745816563041, 0.086610293159771, 0.21556530138165},
       {28.920800144926, 0.01042351433477, 0.021902050489393},
       45.720751528159,
       83.405710412408},
      {"amemiya",
       RandomEffectsMethod::kAmemiya,
       {-10.375637493387, 0.086219583978052, 0.21570179734027},
       {29.937095608281, 0.010499350148836, 0.021868985089469},
       44.913470166738,
       85.570535797655},
      {"nerlove",
       RandomEffectsMethod::kNerlove,
       {-9.9142040514162, 0.085736013211417, 0.21585912447453},
       {31.343219263376, 0.010592527847931, 0.02182945490374},
       43.355300582711,
       87.435661504574},
  };
  return rows;
}

TEST(PlmUnbalanced, RandomEffects) {
  const Panel panel = TrimmedGrunfeld();
  ASSERT_EQ(panel.units.size(), 176U);
  for (const RandomEffectsRow& row : RandomEffectsRows()) {
    const EngineAnswer answer =
        AskEngine(panel, {kPooled, Plain(InferenceType::kIid), Kind(Estimator::kRandomEffects, row.kind)});
    ExpectDigits(answer.fitted.components->idiosyncratic, row.idiosyncratic, row.method);
    ExpectDigits(answer.fitted.components->unit, row.unit, row.method);
    ASSERT_EQ(answer.errors.size(), 3);
    for (Eigen::Index k = 0; k < 3; ++k) {
      const auto at = static_cast<std::size_t>(k);
      ExpectDigits(answer.fitted.solution.coefficients(k), row.coefficients[at], row.method);
      ExpectDigits(answer.errors(k), row.errors[at], row.method);
    }
  }
}

struct VarianceRow {
  const char* formula;
  const char* variance;
  InferenceSpec inference;
  std::vector<double> errors;
};

const std::vector<VarianceRow>& VarianceRows() {
  using Type = InferenceType;
  static const std::vector<VarianceRow> rows = {
      {kPooled,
       "vcovDC sss",
       TwoWays("firm", "year", "plm_sss"),
       {9.9864321375749, 0.015527301608221, 0.074723856373229}},
      {kPooled,
       "vcovDC HC1",
       TwoWays("firm", "year", "plm_hc1"),
       {9.3122715361995, 0.01469185804155, 0.07024965993214}},
      {kPooled,
       "vcovSCC sss",
       Lagged(Type::kDriscollKraay, 2, "plm_sss"),
       {4.6593848710266, 0.0096173051601258, 0.024277474948749}},
      {kPooled,
       "vcovSCC HC1",
       Lagged(Type::kDriscollKraay, 2, "plm_hc1"),
       {4.5543635750005, 0.0094005336591331, 0.023730267118975}},
      {kPooled,
       "vcovNW sss",
       Lagged(Type::kNeweyWest, 2, "plm_sss"),
       {9.8419717634895, 0.010124222141276, 0.05644984066776}},
      {kPooled,
       "vcovNW HC1",
       Lagged(Type::kNeweyWest, 2, "plm_hc1"),
       {9.8419717634895, 0.010124222141276, 0.05644984066776}},
      {kPooled, "white1 sss", Plain(Type::kHc1, "plm_sss"), {6.7906232929529, 0.0070409233058627, 0.038291622401248}},
      {kWithin, "vcovDC sss", TwoWays("firm", "year", "plm_sss"), {0.018662716729711, 0.042571725044974}},
      {kWithin, "vcovDC HC1", TwoWays("firm", "year", "plm_hc1"), {0.017343462497343, 0.040044526495827}},
      {kWithin, "vcovSCC sss", Lagged(Type::kDriscollKraay, 2, "plm_sss"), {0.016886765800853, 0.021551063715882}},
      {kWithin, "vcovSCC HC1", Lagged(Type::kDriscollKraay, 2, "plm_hc1"), {0.016506142590025, 0.021065308470322}},
      {kWithin, "vcovNW sss", Lagged(Type::kNeweyWest, 2, "plm_sss"), {0.018227960500209, 0.031033171022302}},
      {kWithin, "vcovNW HC1", Lagged(Type::kNeweyWest, 2, "plm_hc1"), {0.018227960500209, 0.031033171022302}},
      {kWithin, "white1 sss", Plain(Type::kHc1, "plm_sss"), {0.019495495611326, 0.025713856154086}},
  };
  return rows;
}

TEST(PlmUnbalanced, VariancesUnderItsCorrections) {
  const Panel panel = TrimmedGrunfeld();
  for (const VarianceRow& row : VarianceRows()) {
    const EngineAnswer answer = AskEngine(panel, {row.formula, row.inference});
    EXPECT_EQ(answer.inference.ssc, row.inference.ssc) << row.variance;
    ASSERT_EQ(answer.errors.size(), static_cast<Eigen::Index>(row.errors.size())) << row.variance;
    for (std::size_t k = 0; k < row.errors.size(); ++k) {
      ExpectDigits(answer.errors(static_cast<Eigen::Index>(k)), row.errors[k],
                   row.formula + (" " + std::string(row.variance)));
    }
  }
}

double BreuschGodfrey(const Panel& panel, int order) {
  SpecificationSpec spec;
  spec.formula = MakeSpec(kWithin).formula;
  spec.tests = {"breusch-godfrey"};
  spec.order = order;
  return RunSpecificationTests(panel, spec, {}).value().tests.front().statistic.value();
}

// Firm 10 follows firm 9, though its text follows that of firm 1.
TEST(PlmUnbalanced, BreuschGodfreyTakesUnitsByNumber) {
  const Panel whole = GrunfeldPanel();
  ExpectDigits(BreuschGodfrey(whole, 1), 42.085412117011, "balanced, 1");
  ExpectDigits(BreuschGodfrey(whole, 2), 42.586732997576, "balanced, 2");
  ExpectDigits(BreuschGodfrey(whole, 5), 46.371756291715, "balanced, 5");
  const Panel trimmed = TrimmedGrunfeld();
  ExpectDigits(BreuschGodfrey(trimmed, 1), 56.11335498808, "unbalanced, 1");
  ExpectDigits(BreuschGodfrey(trimmed, 2), 59.17956224169, "unbalanced, 2");
  ExpectDigits(BreuschGodfrey(trimmed, 5), 64.048208547013, "unbalanced, 5");
  // As many lags as the shortest unit has rows.
  ExpectDigits(BreuschGodfrey(trimmed, 0), 81.939671074966, "unbalanced, all");
}

}  // namespace
}  // namespace farrell::regression::testing
