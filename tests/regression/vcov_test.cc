// Standard errors against their definitions with full n x n matrices and dummies, exact properties, and each other.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/engine/vcov/cr2.h"
#include "services/regression/engine/vcov/vcov.h"
#include "tests/regression/vcov_cases.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::HasSubstr;

// sum over pairs of rows of u_i u_j' weight(i, j).
MatrixXd PairSum(const Fitted& fitted, const std::function<double(std::size_t, std::size_t)>& weight) {
  const MatrixXd u = ScoreRows(fitted);
  MatrixXd meat = MatrixXd::Zero(u.cols(), u.cols());
  for (Index i = 0; i < u.rows(); ++i) {
    for (Index j = 0; j < u.rows(); ++j) {
      meat += weight(static_cast<std::size_t>(i), static_cast<std::size_t>(j)) * u.row(i).transpose() * u.row(j);
    }
  }
  const MatrixXd inverse = fitted.solution.r.inverse();
  return inverse * meat * inverse.transpose();
}

// Pairs of rows count once when they share a level of any way (Cameron, Gelbach & Miller 2011, eq. 2.8).
TEST(SeveralWays, AreAllPairsThatShareACluster) {
  const Panel panel = RandomPanel(77, 14, 6, 0.85);
  for (const std::string formula : {"y ~ x1 + x2", "y ~ x1 + x2 | unit + time"}) {
    const Fitted fitted = MustEstimate(panel, formula);
    for (const std::vector<std::string>& ways : std::vector<std::vector<std::string>>{
             {"unit", "time"}, {"unit", "time", "block"}, {"group", "time", "block", "unit"}, {"unit", "unit"}}) {
      const MatrixXd expected = PairSum(fitted, [&](std::size_t i, std::size_t j) {
        return std::any_of(ways.begin(), ways.end(), [&](const std::string& way) {
          const Levels& levels = fitted.design.classifications.at(way);
          return levels.ids[i] == levels.ids[j];
        });
      });
      const InferenceResult result = MustCompute(fitted, Ways(InferenceType::kCr0, ways));
      ExpectSame(result.vcov, expected, 1e-11);
      EXPECT_EQ(result.further_clusters.size(), ways.size() - 1);
      EXPECT_EQ(result.further_cluster_counts.size(), ways.size() - 1);
      EXPECT_EQ(result.ssc_value, 1.0);
    }
  }
}

TEST(SeveralWays, FactorsByPreset) {
  const Panel panel = RandomPanel(78, 16, 6, 0.9);
  const Fitted fitted = MustEstimate(panel, "y ~ x1 + x2");
  const auto g = static_cast<double>(fitted.design.classifications.at("unit").count());
  const auto t = static_cast<double>(fitted.design.classifications.at("time").count());
  const auto n = static_cast<double>(fitted.observations());
  const auto one = [&](const std::string& way) {
    return MustCompute(fitted, MakeInference(InferenceType::kCr0, way)).vcov;
  };
  const MatrixXd white = MustCompute(fitted, MakeInference(InferenceType::kHc0)).vcov;
  const double rows = (n - 1.0) / (n - 3.0);
  const auto two_way = [&](const std::string& ssc) {
    return MustCompute(fitted, Ways(InferenceType::kCr1, {"unit", "time"}, ssc));
  };
  const MatrixXd each = rows * (g / (g - 1.0) * one("unit") + t / (t - 1.0) * one("time") - n / (n - 1.0) * white);
  const MatrixXd sum = one("unit") + one("time") - white;
  ExpectSame(two_way("sandwich").vcov, each, 1e-12);
  ExpectSame(two_way("lfe").vcov, each, 1e-12);
  ExpectSame(two_way("sandwich_multi0").vcov, each + rows / (n - 1.0) * white, 1e-12);
  ExpectSame(two_way("fixest").vcov, t / (t - 1.0) * rows * sum, 1e-12);
  ExpectSame(two_way("reghdfe").vcov, t / (t - 1.0) * rows * sum, 1e-12);
  ExpectSame(two_way("ivreg2_large").vcov, sum, 1e-12);
  ExpectSame(two_way("linearmodels").vcov, n / (n - 3.0) * sum, 1e-12);
  ExpectSame(two_way("linearmodels_group_debias").vcov, each, 1e-12);
  EXPECT_EQ(two_way("fixest").df, t - 1.0);
  EXPECT_EQ(two_way("sandwich").df, n - 3.0);
  EXPECT_TRUE(std::isinf(two_way("ivreg2_large").df));
  // A program without several ways gives way, and the result says to whom.
  std::vector<Warning> warnings;
  const auto areg = ComputeInference(fitted, Ways(InferenceType::kCr1, {"unit", "time"}, "areg"), 0.95, {}, warnings);
  ASSERT_TRUE(areg.ok());
  EXPECT_EQ(areg->ssc, "fixest");
  EXPECT_TRUE(
      std::any_of(warnings.begin(), warnings.end(), [](const Warning& w) { return w.code == "SSC_NOT_APPLICABLE"; }));
}

// A design whose two-way variance is negative: scores that cancel by unit and by period, but not by row.
TEST(SeveralWays, NegativeVariancesAreToldAndMended) {
  Panel panel = RandomPanel(79, 12, 6, 1.0);
  AddColumn(panel, "x", [&](std::size_t row) {
    return (row / 6 + static_cast<std::size_t>(panel.times[row])) % 2 == 0 ? 1.0 : -1.0;
  });
  AddColumn(panel, "z", [&](std::size_t row) { return 3.0 + std::cos(static_cast<double>(row)); });
  const Fitted fitted = MustEstimate(panel, "z ~ x");
  const InferenceResult raw = MustCompute(fitted, Ways(InferenceType::kCr0, {"unit", "time"}));
  std::vector<Warning> warnings;
  const auto none = ComputeInference(fitted, Ways(InferenceType::kCr1, {"unit", "time"}, "none"), 0.95, {}, warnings);
  ASSERT_TRUE(none.ok());
  ASSERT_LT(raw.vcov.diagonal().minCoeff(), 0.0);
  EXPECT_FALSE(none->eigenvalues_truncated);
  EXPECT_TRUE(
      std::any_of(warnings.begin(), warnings.end(), [](const Warning& w) { return w.code == "NEGATIVE_VARIANCE"; }));
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(none->terms[k].std_error.has_value(), none->vcov(static_cast<Index>(k), static_cast<Index>(k)) > 0.0);
  }
  for (const char* preset : {"fixest", "reghdfe", "lfe"}) {
    const auto mended =
        ComputeInference(fitted, Ways(InferenceType::kCr1, {"unit", "time"}, preset), 0.95, {}, warnings);
    ASSERT_TRUE(mended.ok());
    EXPECT_TRUE(mended->eigenvalues_truncated);
    const Eigen::SelfAdjointEigenSolver<MatrixXd> after(mended->vcov);
    EXPECT_GE(after.eigenvalues()(0), -1e-15 * after.eigenvalues()(1));
    // vcov = R^-1 meat R^-T holds still.
    const MatrixXd inverse = fitted.solution.r.inverse();
    ExpectSame(inverse * mended->meat * inverse.transpose(), mended->vcov, 1e-12);
  }
}

// Lags count the periods that occur; rows pair only where both are there.
TEST(Serial, AreWeightedPairs) {
  Panel whole = RandomPanel(80, 9, 12, 0.8);
  // Nobody is seen in period three, so that two and four are neighbours.
  const std::int64_t gap = *std::min_element(whole.times.begin(), whole.times.end()) + 3;
  const Panel panel = Filter(whole, [&](std::size_t row) { return whole.times[row] != gap; });
  for (const std::string weights : {"", "x9"}) {
    Panel used = panel;
    AddColumn(used, "x9", [](std::size_t row) { return 1.0 + static_cast<double>(row % 4); });
    const Fitted fitted = MustEstimate(used, "y ~ x1 + x2 | unit", Estimator::kDefault, weights);
    std::vector<std::int64_t> times = fitted.design.periods;
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    EXPECT_EQ(std::count(times.begin(), times.end(), gap), 0);
    const auto position = [&](std::size_t row) {
      return std::lower_bound(times.begin(), times.end(), fitted.design.periods[row]) - times.begin();
    };
    for (const int lag : {0, 1, 3, 40}) {
      const auto bartlett = [&](std::size_t i, std::size_t j) {
        const auto distance = std::abs(position(i) - position(j));
        return distance > lag ? 0.0 : 1.0 - static_cast<double>(distance) / (lag + 1.0);
      };
      const InferenceResult dk = MustCompute(fitted, Lagged(InferenceType::kDriscollKraay, lag));
      ExpectSame(dk.vcov, PairSum(fitted, bartlett), 1e-11);
      EXPECT_EQ(dk.lag, lag);
      const InferenceResult nw = MustCompute(fitted, Lagged(InferenceType::kNeweyWest, lag));
      const auto& units = fitted.design.units.ids;
      ExpectSame(
          nw.vcov,
          PairSum(fitted, [&](std::size_t i, std::size_t j) { return units[i] == units[j] ? bartlett(i, j) : 0.0; }),
          1e-11);
    }
    ExpectSame(MustCompute(fitted, Lagged(InferenceType::kDriscollKraay, 0)).vcov,
               MustCompute(fitted, MakeInference(InferenceType::kCr0, "time")).vcov, 1e-12);
    ExpectSame(MustCompute(fitted, Lagged(InferenceType::kNeweyWest, 0)).vcov,
               MustCompute(fitted, MakeInference(InferenceType::kHc0)).vcov, 1e-12);
  }
}

TEST(Serial, LagsAndDistributionsByPreset) {
  EXPECT_EQ(DefaultLag(LagRule::kFourthRoot, 1), 1);
  EXPECT_EQ(DefaultLag(LagRule::kFourthRoot, 15), 1);
  EXPECT_EQ(DefaultLag(LagRule::kFourthRoot, 16), 2);
  EXPECT_EQ(DefaultLag(LagRule::kFourthRoot, 80), 2);
  EXPECT_EQ(DefaultLag(LagRule::kFourthRoot, 81), 3);
  EXPECT_EQ(DefaultLag(LagRule::kTwoNinths, 1), 1);
  EXPECT_EQ(DefaultLag(LagRule::kTwoNinths, 20), 2);
  EXPECT_EQ(DefaultLag(LagRule::kTwoNinths, 99), 3);
  EXPECT_EQ(DefaultLag(LagRule::kTwoNinths, 100), 4);
  const Fitted fitted = MustEstimate(RandomPanel(81, 9, 30, 0.95), "y ~ x1 + x2 | unit");
  const auto dk = [&](const std::string& ssc) {
    return MustCompute(fitted, Lagged(InferenceType::kDriscollKraay, {}, ssc));
  };
  EXPECT_EQ(dk("fixest").lag, 2);
  EXPECT_EQ(dk("xtscc").lag, 3);
  EXPECT_EQ(dk("linearmodels").lag, 3);
  EXPECT_EQ(dk("fixest").label, "Driscoll-Kraay, lag 2");
  EXPECT_EQ(dk("fixest").df, 29.0);
  EXPECT_EQ(dk("xtscc").df, 29.0);
  EXPECT_EQ(dk("plm").df, static_cast<double>(fitted.residual_df));
  EXPECT_EQ(dk("plm").ssc, "plm_hc0");
  EXPECT_EQ(dk("plm").ssc_value, 1.0);
  const auto n = static_cast<double>(fitted.observations());
  EXPECT_NEAR(dk("fixest").ssc_value, 30.0 / 29.0 * (n - 1.0) / (n - 11.0), 1e-14);
  EXPECT_NEAR(dk("xtscc").ssc_value, 30.0 / 29.0 * (n - 1.0) / (n - 3.0), 1e-14);
  EXPECT_NEAR(dk("linearmodels").ssc_value, n / (n - 11.0), 1e-14);
  const InferenceResult newey = MustCompute(fitted, Lagged(InferenceType::kNeweyWest, 1, "newey"));
  EXPECT_NEAR(newey.ssc_value, n / (n - 11.0), 1e-14);
}

TEST(Pcse, IsTheKroneckerProduct) {
  const Panel panel = RandomPanel(82, 7, 9, 1.0);
  Panel used = panel;
  AddColumn(used, "v", [](std::size_t row) { return std::sin(static_cast<double>(row * row)); });
  for (const std::string formula : {"v ~ x1", "v ~ x1 | unit", "v ~ x1 | unit + time"}) {
    Panel complete = used;
    for (PanelColumn& column : complete.columns) {
      if (column.name != "x1") continue;
      for (std::size_t row = 0; row < column.numbers.size(); ++row)
        column.numbers[row] = std::cos(static_cast<double>(5 * row));
    }
    const Fitted fitted = MustEstimate(complete, formula);
    ASSERT_EQ(fitted.observations(), 63);
    const auto& units = fitted.design.units.ids;
    const auto& times = fitted.design.periods;
    const VectorXd& e = fitted.solution.residuals;
    MatrixXd sigma = MatrixXd::Zero(7, 7);
    for (std::size_t i = 0; i < 63; ++i) {
      for (std::size_t j = 0; j < 63; ++j) {
        if (times[i] == times[j])
          sigma(units[i], units[j]) += e(static_cast<Index>(i)) * e(static_cast<Index>(j)) / 9.0;
      }
    }
    MatrixXd omega = MatrixXd::Zero(63, 63);
    for (std::size_t i = 0; i < 63; ++i) {
      for (std::size_t j = 0; j < 63; ++j) {
        if (times[i] == times[j]) omega(static_cast<Index>(i), static_cast<Index>(j)) = sigma(units[i], units[j]);
      }
    }
    const MatrixXd inverse = fitted.solution.r.inverse();
    const MatrixXd expected = inverse * fitted.solution.q.transpose() * omega * fitted.solution.q * inverse.transpose();
    ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kPcse)).vcov, expected, 1e-11);
  }
  // Not balanced: refused, with the way out.
  std::vector<Warning> warnings;
  const Fitted ragged = MustEstimate(RandomPanel(83, 7, 9, 0.8), "y ~ x1");
  const auto refused = ComputeInference(ragged, MakeInference(InferenceType::kPcse), 0.95, {}, warnings);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "INFERENCE_INVALID");
  EXPECT_THAT(refused.status().message(), HasSubstr("dk"));
}

// Leverages of all columns written out.
TEST(Heteroskedastic, LeveragesAreThoseOfDummies) {
  const Panel panel = Weighted(84, 10, 7, 0.85);
  for (const std::string weights : {"", "w"}) {
    const Fitted fitted = MustEstimate(panel, "y ~ x1 + x2 | unit + time", Estimator::kDefault, weights);
    const MatrixXd z = WrittenOut(fitted);
    const VectorXd h = (z * Pseudoinverse(z)).diagonal();
    const VectorXd within = fitted.solution.q.rowwise().squaredNorm();
    const auto expected = [&](const VectorXd& leverage, const std::function<double(double)>& power) {
      VectorXd e = fitted.solution.residuals;
      for (Index row = 0; row < e.size(); ++row) e(row) *= std::pow(1.0 - leverage(row), -power(leverage(row)));
      const MatrixXd half = fitted.solution.r.inverse() * (e.asDiagonal() * fitted.solution.q).transpose();
      return MatrixXd(half * half.transpose());
    };
    const auto hc4 = [&](double leverage) { return 0.5 * std::min(4.0, leverage / h.mean()); };
    EXPECT_NEAR(h.sum(), static_cast<double>(fitted.observations() - fitted.residual_df), 1e-9);
    ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kHc2)).vcov, expected(h, [](double) { return 0.5; }),
               1e-11);
    ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kHc3)).vcov, expected(h, [](double) { return 1.0; }),
               1e-11);
    ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kHc4)).vcov, expected(h, hc4), 1e-11);
    const InferenceResult plm = MustCompute(fitted, MakeInference(InferenceType::kHc3, "", "plm"));
    ExpectSame(plm.vcov, expected(within, [](double) { return 1.0; }), 1e-11);
    EXPECT_EQ(plm.ssc, "plm_hc0");
  }
}

// The factors on the Grunfeld panel as they stand in the literature: N = 200, G = 10, K = 2 and 20 crossed years.
TEST(Ssc, Formulae) {
  SscInput one_way;
  one_way.observations = 200;
  one_way.clusters = 10;
  one_way.parameters = 2;
  one_way.effects = {{10, true}};
  one_way.residual_df = 188;
  const double g = 10.0 / 9.0;
  const auto ssc = [](const char* preset, const SscInput& input, VarianceKind kind = VarianceKind::kCluster) {
    return ComputeSsc(FindPreset(preset)->For(kind).value(), input);
  };
  const auto value = [&](const char* preset, const SscInput& input) { return ssc(preset, input).value; };
  EXPECT_NEAR(value("xtreg_fe", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("xtreg_re", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("reghdfe", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("fixest", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("fixest_legacy", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("lfe", one_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("areg", one_way), g * 199 / 188, 1e-14);
  EXPECT_NEAR(value("sandwich", one_way), g * 199 / 188, 1e-14);
  EXPECT_NEAR(value("plm_sss", one_way), g * 199 / 198, 1e-14);
  EXPECT_NEAR(value("fixest_full", one_way), g * 199 / 188, 1e-14);
  EXPECT_NEAR(value("fixest_none", one_way), g * 199 / 198, 1e-14);
  EXPECT_NEAR(value("plm_hc1", one_way), 200.0 / 198, 1e-14);
  EXPECT_NEAR(value("linearmodels", one_way), 200.0 / 198, 1e-14);
  EXPECT_NEAR(ComputeSsc(*FindPreset("linearmodels_group_debias")->cluster, one_way).value, g * 199 / 198, 1e-14);
  EXPECT_EQ(value("plm_hc0", one_way), 1.0);
  EXPECT_EQ(value("ivreg2_large", one_way), 1.0);
  SscInput two_way = one_way;
  two_way.effects.push_back({20, false});
  two_way.residual_df = 169;
  EXPECT_NEAR(value("fixest", two_way), g * 199 / (200 - 2 - 20), 1e-14);
  EXPECT_EQ(ssc("fixest", two_way).k, 22);
  EXPECT_NEAR(value("reghdfe", two_way), g * 199 / (200 - 1 - 2 - 19), 1e-14);
  EXPECT_NEAR(value("xtreg_fe", two_way), g * 199 / (200 - 2 - 19 - 1), 1e-14);
  EXPECT_NEAR(value("areg", two_way), g * 199 / 169, 1e-14);
  EXPECT_NEAR(value("lfe", two_way), g * 199 / 197, 1e-14);
  EXPECT_NEAR(value("linearmodels", two_way), 200.0 / 169, 1e-14);
  EXPECT_NEAR(ssc("fixest", two_way, VarianceKind::kHeteroskedastic).value, 200.0 / 169, 1e-14);
  EXPECT_NEAR(ssc("plm_hc1", two_way, VarianceKind::kHeteroskedastic).value, 200.0 / 198, 1e-14);
  // A third effect that the first determines: fixest counts its levels all the same.
  SscInput redundant = two_way;
  redundant.effects.push_back({5, true});
  EXPECT_EQ(ssc("fixest", redundant, VarianceKind::kHeteroskedastic).k, 35);
  EXPECT_EQ(ssc("reghdfe", redundant, VarianceKind::kHeteroskedastic).k, 31);
  // Both effects nested in one of two ways: one parameter beside the columns.
  SscInput nested = two_way;
  nested.effects[1].nested = true;
  for (const char* preset : {"fixest", "reghdfe"}) {
    EXPECT_NEAR(ssc(preset, nested, VarianceKind::kMultiway).value, g * 199 / 197, 1e-14) << preset;
  }
  // A slope a level beside its dummies: twice the columns.
  SscInput slopes = two_way;
  slopes.effects[1].levels = 40;
  slopes.residual_df = 149;
  EXPECT_NEAR(value("fixest", slopes), g * 199 / (200 - 2 - 40), 1e-14);
  EXPECT_NEAR(value("areg", slopes), g * 199 / 149, 1e-14);
  EXPECT_EQ(ComputeDf(ReferenceDf::kSmaller, one_way), 9.0);
  EXPECT_EQ(ComputeDf(ReferenceDf::kResidual, one_way), 188.0);
  EXPECT_EQ(SscPresets().size(), 22U);
  for (const std::string& name : SscPresets()) EXPECT_EQ(FindPreset(name)->name, name);
  EXPECT_STREQ(FindPreset("xtreg")->name, "xtreg_fe");
  EXPECT_STREQ(FindPreset("xtreg", true)->name, "xtreg_re");
  EXPECT_FALSE(IsSscPreset("stata"));
}

TEST(Presets, AllAtOnceAreEachByItself) {
  const Fitted fitted = MustEstimate(RandomPanel(85, 14, 8, 0.85), "y ~ x1 + x2 | unit + time");
  struct Case {
    InferenceSpec spec;
    std::size_t count;
  };
  const std::vector<Case> cases = {
      {MakeInference(InferenceType::kCr1, "unit"), 18}, {Ways(InferenceType::kCr1, {"unit", "time"}), 15},
      {MakeInference(InferenceType::kHc1), 15},         {MakeInference(InferenceType::kHc3), 2},
      {MakeInference(InferenceType::kCr3, "unit"), 2},  {Lagged(InferenceType::kDriscollKraay, 2), 10},
      {Lagged(InferenceType::kNeweyWest, {}), 7},       {MakeInference(InferenceType::kCr2, "unit"), 1},
      {MakeInference(InferenceType::kCr0, "unit"), 1},  {MakeInference(InferenceType::kIid), 1}};
  for (const Case& one : cases) {
    std::vector<Warning> warnings;
    const auto all = ComputeUnderAllPresets(fitted, one.spec, 0.95, {}, warnings);
    ASSERT_TRUE(all.ok()) << all.status().ToString();
    EXPECT_EQ(all->size(), one.count) << InferenceLabel(one.spec);
    for (const InferenceResult& result : *all) {
      InferenceSpec single = one.spec;
      single.ssc = IsSscPreset(result.ssc) ? result.ssc : kDefaultSsc;
      const InferenceResult alone = MustCompute(fitted, single);
      EXPECT_EQ(alone.ssc, result.ssc);
      EXPECT_EQ(alone.vcov, result.vcov) << result.ssc;
      EXPECT_EQ(alone.df, result.df);
      EXPECT_EQ(alone.terms[0].p_value, result.terms[0].p_value);
      EXPECT_EQ(alone.terms[0].conf_low, result.terms[0].conf_low);
    }
  }
}

// Scores alone carry what does not need leverages: a likelihood with the scores of least squares has its variances.
TEST(Scores, SufficeForWhatNeedsNoLeverage) {
  const Fitted linear = MustEstimate(RandomPanel(86, 12, 8, 0.9), "y ~ x1 + x2");
  Fitted likelihood = linear;
  likelihood.likelihood_scores = ScoreRows(linear);
  likelihood.estimator.kind = Estimator::kPoisson;
  likelihood.large_sample = true;
  likelihood.solution.q.resize(0, 0);
  for (const InferenceSpec& spec :
       {MakeInference(InferenceType::kHc0), MakeInference(InferenceType::kHc1),
        MakeInference(InferenceType::kCr0, "unit"), MakeInference(InferenceType::kCr1, "unit"),
        Ways(InferenceType::kCr1, {"unit", "time"}, "fixest"), Lagged(InferenceType::kDriscollKraay, 2),
        Lagged(InferenceType::kNeweyWest, 2)}) {
    const InferenceResult a = MustCompute(linear, spec);
    const InferenceResult b = MustCompute(likelihood, spec);
    ExpectSame(b.vcov, a.vcov, 1e-12);
    EXPECT_TRUE(std::isinf(b.df));
    EXPECT_FALSE(b.terms[0].df);
    EXPECT_NEAR(*b.terms[1].p_value, 2.0 * numeric::NormalSurvival(std::fabs(*b.terms[1].statistic)), 1e-15);
    EXPECT_NEAR(*b.terms[1].conf_high - *b.terms[1].conf_low, 2.0 * 1.959963984540054 * *b.terms[1].std_error, 1e-12);
  }
  const InferenceResult iid = MustCompute(likelihood, MakeInference(InferenceType::kIid));
  ExpectSame(iid.vcov, (linear.solution.r.transpose() * linear.solution.r).inverse(), 1e-10);
  std::vector<Warning> warnings;
  for (const InferenceSpec& spec :
       {MakeInference(InferenceType::kHc2), MakeInference(InferenceType::kHc3), MakeInference(InferenceType::kHc4),
        MakeInference(InferenceType::kCr2, "unit"), MakeInference(InferenceType::kCr3, "unit"),
        MakeInference(InferenceType::kWild, "unit"), MakeInference(InferenceType::kPcse)}) {
    const auto refused = ComputeInference(likelihood, spec, 0.95, {}, warnings);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().reason(), "INFERENCE_INVALID");
    EXPECT_THAT(refused.status().message(), HasSubstr("iid, hc0, hc1, cr0, cr1, dk, nw"));
  }
}

// Instruments: (Xhat'X)^-1 [sum over clusters of Xhat_g'e_g e_g'Xhat_g] (X'Xhat)^-1 with e = y - X b.
TEST(Scores, InstrumentsHaveTheirSandwich) {
  const Fitted fitted =
      MustEstimate(RandomPanel(91, 14, 8, 0.9), "y ~ x2 | unit + time | x1 ~ x3", Estimator::kTwoStageLeastSquares);
  ASSERT_EQ(fitted.parameters(), 2);
  MatrixXd data(fitted.observations(), 4);
  data << fitted.design.x(Eigen::all, fitted.solution.kept), fitted.design.z, fitted.design.y;
  ASSERT_TRUE(fitted.within.Demean(data).ok());
  const MatrixXd x = data.leftCols(2);
  // The exogenous column comes after the endogenous one.
  const MatrixXd z = data.middleCols(1, 2);
  const MatrixXd xhat = z * (z.transpose() * z).inverse() * z.transpose() * x;
  const MatrixXd inverse = (xhat.transpose() * x).inverse();
  const VectorXd b = inverse * xhat.transpose() * data.col(3);
  const VectorXd e = data.col(3) - x * b;
  const auto sandwich = [&](const std::function<bool(std::size_t, std::size_t)>& together) {
    MatrixXd meat = MatrixXd::Zero(2, 2);
    for (Index i = 0; i < e.size(); ++i) {
      for (Index j = 0; j < e.size(); ++j) {
        if (!together(static_cast<std::size_t>(i), static_cast<std::size_t>(j))) continue;
        meat += e(i) * e(j) * xhat.row(i).transpose() * xhat.row(j);
      }
    }
    return MatrixXd(inverse * meat * inverse.transpose());
  };
  const auto& units = fitted.design.units.ids;
  ExpectSame(fitted.solution.coefficients, b, 1e-10);
  ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kHc0)).vcov,
             sandwich([](std::size_t i, std::size_t j) { return i == j; }), 1e-9);
  ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kCr0, "unit")).vcov,
             sandwich([&](std::size_t i, std::size_t j) { return units[i] == units[j]; }), 1e-9);
  ExpectSame(MustCompute(fitted, MakeInference(InferenceType::kIid)).vcov,
             e.squaredNorm() / static_cast<double>(fitted.residual_df) * inverse, 1e-9);
  std::vector<Warning> warnings;
  const auto refused = ComputeInference(fitted, MakeInference(InferenceType::kCr3, "unit"), 0.95, {}, warnings);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "INFERENCE_INVALID");
}

TEST(Scores, WhatTheRequestLacksIsNamed) {
  Fitted fitted = MustEstimate(RandomPanel(87, 8, 6, 0.9), "y ~ x1");
  std::vector<Warning> warnings;
  const auto reason = [&](const InferenceSpec& spec) {
    const auto result = ComputeInference(fitted, spec, 0.95, {}, warnings);
    return result.ok() ? std::string() : result.status().reason();
  };
  EXPECT_EQ(reason(MakeInference(InferenceType::kCr1, "nowhere")), "INFERENCE_INVALID");
  EXPECT_EQ(reason(Lagged(InferenceType::kDriscollKraay, -1)), "INFERENCE_INVALID");
  EXPECT_EQ(reason(Ways(InferenceType::kCr3, {"unit", "time"})), "INFERENCE_INVALID");
  EXPECT_EQ(reason(Ways(InferenceType::kCr1, std::vector<std::string>(11, "unit"))), "INFERENCE_INVALID");
  EXPECT_EQ(reason(MakeInference(InferenceType::kPermutation, "unit")), "INFERENCE_INVALID");
  // Two rows of a unit in one period are no series.
  fitted.design.periods.assign(fitted.design.periods.size(), 1);
  EXPECT_EQ(reason(Lagged(InferenceType::kNeweyWest, 1)), "INFERENCE_INVALID");
  fitted.design.periods.clear();
  EXPECT_EQ(reason(Lagged(InferenceType::kDriscollKraay, 1)), "INFERENCE_INVALID");
}

// Deletion in closed form is deletion: weights, slopes that vary by nested and crossed levels, quasi-demeaned rows.
TEST(Jackknife, ClosedFormIsRefits) {
  const Panel panel = Weighted(88, 12, 8, 0.85);
  struct Case {
    std::string formula;
    Estimator kind = Estimator::kDefault;
    std::string weights{};
    std::string cluster = "unit";
  };
  const std::vector<Case> cases = {{"y ~ x1 + x2", Estimator::kDefault, "w"},
                                   {"y ~ x1 + x2 | unit", Estimator::kDefault, "w"},
                                   {"y ~ x1 + x2 | unit + time", Estimator::kDefault, "w"},
                                   {"y ~ x1 + x2 | unit + time", Estimator::kDefault, "w", "block"},
                                   {"y ~ x1 + x2 | unit[x3] + time"},
                                   {"y ~ x1 + x2 | unit + time[x3]", Estimator::kDefault, "w"},
                                   {"y ~ x1 + x2 | unit + group[[x3]]", Estimator::kDefault, "", "time"},
                                   {"y ~ x1 + x2 + x3", Estimator::kRandomEffects},
                                   {"y ~ x1 + x2", Estimator::kCorrelatedRandomEffects},
                                   {"y ~ x1 + x2", Estimator::kBetween, "", "group"},
                                   {"y ~ x1 + x2", Estimator::kFirstDifference}};
  for (const Case& one : cases) {
    const Fitted fitted = MustEstimate(panel, one.formula, one.kind, one.weights);
    const Levels& clusters = fitted.design.classifications.at(one.cluster);
    const auto closed = JackknifeScores(fitted, clusters, {});
    const auto refits = JackknifeByRefits(fitted, clusters, {});
    ASSERT_TRUE(closed.ok() && refits.ok()) << one.formula;
    ExpectSame(VcovOf(fitted, closed->scores), VcovOf(fitted, refits->scores), 1e-9);
    EXPECT_EQ(closed->unidentified, refits->unidentified) << one.formula;
  }
}

// The standard error beside a bootstrap is the one in its statistic: CR1, or the jackknife where the second digit is 3.
TEST(Wild, PrintsTheErrorOfItsStatistic) {
  const Fitted fitted = MustEstimate(RandomPanel(89, 9, 10, 0.97), "y ~ x1 + x2 + x3 | unit + time");
  std::vector<Warning> warnings;
  const auto error = [&](InferenceType type, int variant) {
    InferenceSpec spec = MakeInference(type, "unit");
    spec.variant = variant;
    spec.draws = 99;
    auto result = ComputeInference(fitted, spec, 0.95, {}, warnings);
    EXPECT_TRUE(result.ok());
    return *result->terms[0].std_error;
  };
  const double cr1 = error(InferenceType::kCr1, 11);
  const double cr3 = error(InferenceType::kCr3, 11);
  EXPECT_NE(cr1, cr3);
  for (const int variant : {11, 31}) EXPECT_EQ(error(InferenceType::kWild, variant), cr1);
  for (const int variant : {13, 33}) EXPECT_EQ(error(InferenceType::kWild, variant), cr3);
}

}  // namespace
}  // namespace farrell::regression::testing
