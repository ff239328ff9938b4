// What must hold for any panel: algebra of least squares and of effects, and nothing left to the order of rows.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/numeric/random.h"
#include "services/regression/engine/vcov/vcov.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

const InferenceSpec kIid = MakeInference(InferenceType::kIid);
// Counts the parameters that dummies have; fixest counts all levels less one an effect, redundant ones too.
const InferenceSpec kHc1 = MakeInference(InferenceType::kHc1, "", "areg");
const InferenceSpec kHc3 = MakeInference(InferenceType::kHc3);

double Estimate(const FitResult& fit, const std::string& name) {
  return fit.terms[static_cast<std::size_t>(fit.FindTerm(name))].estimate.value();
}
double Error(const FitResult& fit, const std::string& name, std::size_t inference) {
  return fit.inferences[inference].terms[static_cast<std::size_t>(fit.FindTerm(name))].std_error.value();
}
void ExpectClose(double a, double b, double relative = 1e-10) {
  EXPECT_NEAR(a, b, relative * std::max(std::fabs(a), std::fabs(b)));
}

struct Absorbed {
  std::string name;
  std::string effects;  // after |
  std::string dummies;  // the same as dummies
};

class Demeaning : public ::testing::TestWithParam<Absorbed> {};

// Absorbing effects gives what dummies give: coefficients, degrees of freedom, iid, HC1 and HC3 errors, fitted values.
TEST_P(Demeaning, EqualsDummies) {
  for (std::int64_t seed : {1, 2, 3}) {
    const Panel panel = RandomPanel(seed, 15, 9, 0.88);
    FitSpec within = MakeSpec("y ~ x1 + x2 + x3 | " + GetParam().effects, {kIid, kHc1, kHc3});
    within.observations = true;
    const FitResult absorbed = MustFit(panel, within);
    FitSpec full = MakeSpec("y ~ x1 + x2 + x3 + " + GetParam().dummies, {kIid, kHc1, kHc3});
    full.observations = true;
    const FitResult dummies = MustFit(panel, full);
    ASSERT_EQ(absorbed.singleton_count, 0);
    EXPECT_EQ(absorbed.observation_count, dummies.observation_count);
    EXPECT_EQ(absorbed.residual_df, dummies.residual_df);
    for (const char* term : {"x1", "x2", "x3"}) {
      ExpectClose(Estimate(absorbed, term), Estimate(dummies, term));
      for (std::size_t k = 0; k < 3; ++k) ExpectClose(Error(absorbed, term, k), Error(dummies, term, k));
    }
    ExpectClose(absorbed.r2.value(), dummies.r2.value());
    ExpectClose(absorbed.adjusted_r2.value(), dummies.adjusted_r2.value());
    EXPECT_LT((absorbed.observations->residuals - dummies.observations->residuals).cwiseAbs().maxCoeff(), 1e-10);
  }
}

INSTANTIATE_TEST_SUITE_P(Effects, Demeaning,
                         ::testing::Values(Absorbed{"OneWay", "unit", "i(unit)"},
                                           Absorbed{"TwoWay", "unit + time", "i(unit) + i(time)"},
                                           Absorbed{"TwoWayOtherOrder", "time + unit", "i(time) + i(unit)"},
                                           Absorbed{"ThreeWay", "unit + time + block", "i(unit) + i(time) + i(block)"},
                                           Absorbed{"Nested", "unit + group", "i(unit) + i(group)"},
                                           Absorbed{"Combined", "group^time + unit", "i(group):i(time) + i(unit)"}),
                         [](const auto& test) { return test.param.name; });

TEST(Demeaning, BalancedClosedFormEqualsTheGeneralOne) {
  const Panel panel = Filter(RandomPanel(5, 12, 8, 1.0), [](std::size_t) { return true; });
  // y has no missing cells, x2 has: without x2 the panel is balanced.
  const FitResult absorbed = MustFit(panel, MakeSpec("y ~ x1 + x3 | unit + time", {kIid}));
  const FitResult dummies = MustFit(panel, MakeSpec("y ~ x1 + x3 + i(unit) + i(time)", {kIid}));
  EXPECT_EQ(absorbed.observation_count, 96);
  ExpectClose(Estimate(absorbed, "x1"), Estimate(dummies, "x1"));
  ExpectClose(Error(absorbed, "x3", 0), Error(dummies, "x3", 0));
}

TEST(Demeaning, LeavesNothingInTheSpaceOfTheDummies) {
  const Panel panel = RandomPanel(9, 40, 12, 0.5);
  const FitSpec spec = MakeSpec("y ~ x1 | unit + time + block");
  auto design = BuildDesign(panel, spec.formula, {});
  ASSERT_TRUE(design.ok());
  const Within within = Within::Make(design->effects, design->rows.size());
  Eigen::MatrixXd columns = design->x;
  columns.col(0).array() += 1e6;
  ASSERT_TRUE(within.Demean(columns).ok());
  for (const Effect& effect : design->effects) {
    std::vector<double> sums(effect.count(), 0.0);
    for (std::size_t row = 0; row < effect.levels.ids.size(); ++row) {
      sums[static_cast<std::size_t>(effect.levels.ids[row])] += columns(static_cast<Eigen::Index>(row), 0);
    }
    for (double sum : sums) EXPECT_NEAR(sum, 0.0, 1e-9);
  }
}

// Two sets of units that never share a period: each has its own redundant level.
TEST(Demeaning, ConnectedComponentsAreCounted) {
  Panel panel = RandomPanel(4, 12, 10, 0.9);
  panel = Filter(panel, [&](std::size_t row) { return (panel.units[row] < "u1006") == (panel.times[row] < 2005); });
  const FitResult absorbed = MustFit(panel, MakeSpec("y ~ x1 | unit + time", {kIid}));
  const FitResult dummies = MustFit(panel, MakeSpec("y ~ x1 + i(unit) + i(time)", {kIid}));
  EXPECT_EQ(absorbed.residual_df, absorbed.observation_count - 1 - (12 + 10 - 2));
  EXPECT_EQ(absorbed.residual_df, dummies.residual_df);
  ExpectClose(Estimate(absorbed, "x1"), Estimate(dummies, "x1"));
  ExpectClose(Error(absorbed, "x1", 0), Error(dummies, "x1", 0));
}

// More levels than are factorised densely: conjugate gradients give the same numbers.
TEST(Demeaning, ManyLevelsByConjugateGradients) {
  constexpr int kRows = 9000;
  std::vector<Levels> effects(2);
  for (int e = 0; e < 2; ++e) {
    Levels& effect = effects[static_cast<std::size_t>(e)];
    std::vector<std::int32_t> raw;
    for (int row = 0; row < kRows; ++row)
      raw.push_back(static_cast<std::int32_t>(numeric::UniformDraw(3, e, row) * 2900));
    std::vector<std::int32_t> used = raw;
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    for (std::int32_t id : raw) {
      effect.ids.push_back(static_cast<std::int32_t>(std::lower_bound(used.begin(), used.end(), id) - used.begin()));
    }
    effect.labels.resize(used.size());
  }
  ASSERT_GT(effects[0].count(), static_cast<std::size_t>(kMaxDenseLevels));
  ASSERT_GT(effects[1].count(), static_cast<std::size_t>(kMaxDenseLevels));
  Eigen::MatrixXd v(kRows, 1);
  for (int row = 0; row < kRows; ++row) v(row, 0) = numeric::NormalDraw(3, 7, row) + 10.0;
  std::vector<Effect> absorbed;
  for (const Levels& effect : effects) absorbed.push_back({effect, {}, {}, true});
  const Within within = Within::Make(absorbed, kRows);
  ASSERT_TRUE(within.Demean(v).ok());
  for (const Levels& effect : effects) {
    Eigen::VectorXd sums = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(effect.count()));
    for (int row = 0; row < kRows; ++row) sums(effect.ids[static_cast<std::size_t>(row)]) += v(row, 0);
    EXPECT_LT(sums.cwiseAbs().maxCoeff(), 1e-11);
  }
}

TEST(LeastSquaresAlgebra, FrischWaughLovell) {
  Panel panel = RandomPanel(11, 20, 8, 0.8);
  panel = Filter(panel, [&](std::size_t row) { return !std::isnan(Numbers(panel, "x2")[row]); });
  const FitResult whole = MustFit(panel, MakeSpec("y ~ x1 + x2 + x3 | unit + time", {kIid}));
  const auto residuals = [&](const std::string& response) {
    FitSpec spec = MakeSpec(response + " ~ x2 + x3 | unit + time", {kIid});
    spec.observations = true;
    return MustFit(panel, spec).observations.value();
  };
  const Observations y = residuals("y");
  const Observations x = residuals("x1");
  Panel partial =
      Filter(panel, [&](std::size_t row) { return std::find(y.rows.begin(), y.rows.end(), row) != y.rows.end(); });
  AddColumn(partial, "ry", [&](std::size_t row) { return y.residuals(static_cast<Eigen::Index>(row)); });
  AddColumn(partial, "rx", [&](std::size_t row) { return x.residuals(static_cast<Eigen::Index>(row)); });
  const FitResult part = MustFit(partial, MakeSpec("ry ~ 0 + rx", {kIid}));
  ExpectClose(Estimate(whole, "x1"), Estimate(part, "rx"));
  ExpectClose(whole.residual_sum_of_squares, part.residual_sum_of_squares);
}

TEST(LeastSquaresAlgebra, ResidualsAreOrthogonalAndEffectsAddUp) {
  const Panel panel = RandomPanel(12, 20, 8, 0.8);
  FitSpec spec = MakeSpec("y ~ x1 + x2 | unit + time", {kIid});
  spec.observations = true;
  const FitResult fit = MustFit(panel, spec);
  const Observations& observed = *fit.observations;
  double dot = 0.0;
  std::map<std::string, double> levels;
  for (const EffectLevel& level : observed.effect_levels) levels[level.effect + "=" + level.level] = level.value;
  double time_sum = 0.0;
  for (const EffectLevel& level : observed.effect_levels) time_sum += level.effect == "time" ? level.value : 0.0;
  EXPECT_NEAR(time_sum, 0.0, 1e-10);
  for (std::size_t k = 0; k < observed.rows.size(); ++k) {
    const std::size_t row = observed.rows[k];
    const auto index = static_cast<Eigen::Index>(k);
    dot += observed.residuals(index) * Numbers(panel, "x2")[row];
    const double sum = Estimate(fit, "x1") * Numbers(panel, "x1")[row] +
                       Estimate(fit, "x2") * Numbers(panel, "x2")[row] + levels.at("unit=" + panel.units[row]) +
                       levels.at("time=" + std::to_string(panel.times[row]));
    EXPECT_NEAR(sum, observed.fitted(index), 1e-9);
    EXPECT_NEAR(observed.fitted(index) + observed.residuals(index), Numbers(panel, "y")[row], 1e-12);
  }
  EXPECT_NEAR(dot, 0.0, 1e-8);
}

TEST(LeastSquaresAlgebra, LaterCollinearTermsGo) {
  Panel panel = RandomPanel(13, 20, 8, 0.8);
  AddColumn(panel, "sum",
            [&](std::size_t row) { return Numbers(panel, "x1")[row] + 3.0 * Numbers(panel, "x3")[row] - 1.0; });
  AddColumn(panel, "by_unit", [&](std::size_t row) { return static_cast<double>(panel.units[row].back()); });
  const FitResult first = MustFit(panel, MakeSpec("y ~ x1 + x3 + sum", {kIid}));
  EXPECT_FALSE(first.terms.back().estimate);
  EXPECT_FALSE(first.inferences[0].terms.back().std_error);
  EXPECT_EQ(first.terms.back().name, "sum");
  const FitResult other = MustFit(panel, MakeSpec("y ~ sum + x1 + x3", {kIid}));
  EXPECT_TRUE(other.terms[1].estimate);
  EXPECT_FALSE(other.terms[3].estimate);
  ExpectClose(first.residual_sum_of_squares, other.residual_sum_of_squares);
  EXPECT_EQ(first.residual_df, other.residual_df);
  const FitResult absorbed = MustFit(panel, MakeSpec("y ~ by_unit + x1 | unit", {kIid}));
  EXPECT_FALSE(absorbed.terms[0].estimate);
  EXPECT_EQ(absorbed.warnings.back().code, "COLLINEAR_TERMS");
}

// The order of rows in a file cannot reach a bit of the result.
TEST(Determinism, RowOrderChangesNoBit) {
  const Panel panel = RandomPanel(21, 18, 9, 0.75);
  Panel shuffled = panel;
  std::vector<std::size_t> order(panel.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [](std::size_t a, std::size_t b) {
    return numeric::UniformDraw(1, 1, static_cast<std::int64_t>(a)) <
           numeric::UniformDraw(1, 1, static_cast<std::int64_t>(b));
  });
  for (std::size_t k = 0; k < order.size(); ++k) {
    shuffled.units[k] = panel.units[order[k]];
    shuffled.times[k] = panel.times[order[k]];
    for (std::size_t c = 0; c < panel.columns.size(); ++c) {
      if (panel.columns[c].is_text) {
        shuffled.columns[c].texts[k] = panel.columns[c].texts[order[k]];
      } else {
        shuffled.columns[c].numbers[k] = panel.columns[c].numbers[order[k]];
      }
    }
  }
  SortPanel(shuffled);
  InferenceSpec wild = MakeInference(InferenceType::kWild, "unit");
  wild.draws = 499;
  const FitSpec spec =
      MakeSpec("y ~ x1 + x2 + i(group):x3 | unit + time", {MakeInference(InferenceType::kCr3, "unit"), kHc3, wild});
  const FitResult a = MustFit(panel, spec);
  const FitResult b = MustFit(shuffled, spec);
  for (std::size_t k = 0; k < a.terms.size(); ++k) {
    EXPECT_EQ(*a.terms[k].estimate, *b.terms[k].estimate);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(*a.inferences[i].terms[k].std_error, *b.inferences[i].terms[k].std_error);
      EXPECT_EQ(*a.inferences[i].terms[k].p_value, *b.inferences[i].terms[k].p_value);
    }
  }
}

struct LeaveOut {
  std::string name, formula, cluster;
};
class LeaveOneOut : public ::testing::TestWithParam<LeaveOut> {};

// cr3 is the jackknife: plain fits without every cluster give the same variance.
TEST_P(LeaveOneOut, EqualsRefits) {
  for (std::int64_t seed : {31, 32}) {
    const Panel panel = RandomPanel(seed, 11, 9, 0.75);
    const FitSpec spec = MakeSpec(GetParam().formula, {MakeInference(InferenceType::kCr3, GetParam().cluster)});
    const FitResult whole = MustFit(panel, spec);
    DesignOptions options;
    options.classifications = {GetParam().cluster};
    const auto design = BuildDesign(panel, spec.formula, options);
    ASSERT_TRUE(design.ok());
    const Levels& clusters = design->classifications.at(GetParam().cluster);
    const auto terms = static_cast<Eigen::Index>(whole.terms.size());
    Eigen::MatrixXd variance = Eigen::MatrixXd::Zero(terms, terms);
    for (std::size_t g = 0; g < clusters.count(); ++g) {
      std::vector<std::size_t> rows;
      for (std::size_t k = 0; k < design->rows.size(); ++k) {
        if (clusters.ids[k] != static_cast<std::int32_t>(g)) rows.push_back(design->rows[k]);
      }
      DesignOptions without;
      without.use_subset = true;
      without.subset = rows;
      FitSpec refit_spec = spec;
      refit_spec.inferences = {kIid};
      const auto refit = FitDesign(panel, refit_spec, without, {});
      ASSERT_TRUE(refit.ok()) << refit.status().ToString();
      Eigen::VectorXd shift(terms);
      for (Eigen::Index k = 0; k < terms; ++k) {
        const auto index = static_cast<std::size_t>(k);
        shift(k) = refit->terms[index].estimate.value() - whole.terms[index].estimate.value();
      }
      variance += shift * shift.transpose();
    }
    const auto count = static_cast<double>(clusters.count());
    variance *= (count - 1.0) / count;
    for (Eigen::Index k = 0; k < terms; ++k) {
      ExpectClose(whole.inferences[0].terms[static_cast<std::size_t>(k)].std_error.value(), std::sqrt(variance(k, k)),
                  1e-10);
    }
    EXPECT_NEAR(whole.inferences[0].ssc_value, (count - 1.0) / count, 1e-15);
    EXPECT_EQ(whole.inferences[0].df, count - 1.0);
    // The engine's own refits, for designs whose levels do not fit in memory.
    auto fitted = EstimateLeastSquares(*design);
    ASSERT_TRUE(fitted.ok());
    const auto refits = JackknifeByRefits(*fitted, clusters, {});
    ASSERT_TRUE(refits.ok());
    const Eigen::MatrixXd same = (count - 1.0) / count * VcovOf(*fitted, refits->scores);
    EXPECT_LT((same - variance).cwiseAbs().maxCoeff(), 1e-10 * variance.cwiseAbs().maxCoeff());
    // The preset clubsandwich leaves the factor out.
    FitSpec plain = spec;
    plain.inferences[0].ssc = "clubsandwich";
    const FitResult omitted = MustFit(panel, plain);
    ExpectClose(*omitted.inferences[0].terms[0].std_error,
                *whole.inferences[0].terms[0].std_error * std::sqrt(count / (count - 1.0)), 1e-13);
    // No other preset does.
    plain.inferences[0].ssc = "none";
    EXPECT_EQ(MustFit(panel, plain).inferences[0].terms[0].std_error, whole.inferences[0].terms[0].std_error);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, LeaveOneOut,
                         ::testing::Values(LeaveOut{"Pooled", "y ~ x1 + x2 + x3", "unit"},
                                           LeaveOut{"OneWayNested", "y ~ x1 + x2 + x3 | unit", "unit"},
                                           LeaveOut{"TwoWay", "y ~ x1 + x2 + x3 | unit + time", "unit"},
                                           LeaveOut{"TwoWayByTime", "y ~ x1 + x2 + x3 | unit + time", "time"},
                                           LeaveOut{"NothingNested", "y ~ x1 + x2 | unit + time", "block"},
                                           LeaveOut{"ThreeWay", "y ~ x1 + x2 | unit + time + block", "unit"},
                                           LeaveOut{"LargeClusters", "y ~ x1 + x2 | unit + time", "group"}),
                         [](const auto& test) { return test.param.name; });

// HC3 is CR3 without its factor when every row is a cluster.
TEST(LeaveOneOut, SingleRowsAreHc3) {
  Panel panel = RandomPanel(41, 10, 8, 0.8);
  AddColumn(panel, "row", [](std::size_t row) { return static_cast<double>(row); });
  const FitResult fit = MustFit(
      panel, MakeSpec("y ~ x1 + x2 | unit + time", {MakeInference(InferenceType::kCr3, "row", "clubsandwich"), kHc3}));
  for (std::size_t k = 0; k < 2; ++k) {
    ExpectClose(*fit.inferences[0].terms[k].std_error, *fit.inferences[1].terms[k].std_error, 1e-11);
  }
}

TEST(LeaveOneOut, ATermThatLivesInOneClusterIsSaid) {
  Panel panel = RandomPanel(42, 10, 8, 0.9);
  AddColumn(panel, "only", [&](std::size_t row) {
    return panel.units[row] == "u1003" ? static_cast<double>(panel.times[row] % 3) : 0.0;
  });
  const FitResult fit = MustFit(panel, MakeSpec("y ~ x1 + only | unit", {MakeInference(InferenceType::kCr3, "unit")}));
  EXPECT_TRUE(std::isfinite(*fit.inferences[0].terms[0].std_error));
  bool warned = false;
  for (const Warning& warning : fit.warnings)
    warned = warned || (warning.code == "LEAVE_OUT_NOT_IDENTIFIED" && warning.text.find("u1003") != std::string::npos);
  EXPECT_TRUE(warned);
}

}  // namespace
}  // namespace farrell::regression::testing
