// Between, first differences, random effects, Mundlak terms and weights: identities and refusals.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/random.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

EstimatorSpec Of(Estimator kind, RandomEffectsMethod method = RandomEffectsMethod::kSwamyArora) {
  EstimatorSpec spec;
  spec.kind = kind;
  spec.random_effects = method;
  return spec;
}

Design MakeDesign(const Panel& panel, const std::string& formula, std::vector<std::string> classifications = {}) {
  DesignOptions options;
  options.panel_keys = true;
  options.classifications = std::move(classifications);
  auto design = BuildDesign(panel, MakeSpec(formula).formula, options);
  if (!design.ok()) throw std::runtime_error(design.status().ToString());
  return std::move(design).value();
}

Fitted MustEstimate(Design design, const EstimatorSpec& spec) {
  auto fitted = Estimate(std::move(design), spec, {});
  if (!fitted.ok()) throw std::runtime_error(fitted.status().ToString());
  return std::move(fitted).value();
}

Fitted MustEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec) {
  return MustEstimate(MakeDesign(panel, formula), spec);
}

std::map<std::string, double> Coefficients(const Fitted& fitted) {
  std::map<std::string, double> result;
  for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
    result[fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])]] =
        fitted.solution.coefficients(static_cast<Eigen::Index>(k));
  }
  return result;
}

// Every coefficient of `part` is in `whole`, to the relative tolerance.
void ExpectSameCoefficients(const std::map<std::string, double>& part, const std::map<std::string, double>& whole,
                            double tolerance) {
  for (const auto& [name, value] : part) {
    ASSERT_EQ(whole.count(name), 1U) << name;
    EXPECT_NEAR(whole.at(name), value, tolerance * std::max(1.0, std::fabs(value))) << name;
  }
}

std::vector<std::string> Fields(const Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  return fields;
}

Panel WithConstantColumn(Panel panel) {
  AddColumn(panel, "size", [&](std::size_t row) {
    return numeric::NormalDraw(7, 50, static_cast<std::int64_t>(std::stoll(panel.units[row].substr(1))));
  });
  return panel;
}

TEST(Between, IsOlsOnUnitMeansWhateverTheBalance) {
  const Panel panel = WithConstantColumn(RandomPanel(3, 25, 9, 0.7));
  const Fitted between = MustEstimate(panel, "y ~ x1 + size", Of(Estimator::kBetween));
  EXPECT_EQ(between.observations(), 25);
  EXPECT_EQ(between.residual_df, 22);
  EXPECT_FALSE(between.large_sample);
  // Means by hand.
  std::map<std::string, std::vector<double>> sums;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    auto& sum = sums[panel.units[row]];
    sum.resize(4);
    sum[0] += 1.0;
    sum[1] += Numbers(panel, "y")[row];
    sum[2] += Numbers(panel, "x1")[row];
    sum[3] += Numbers(panel, "size")[row];
  }
  Panel means;
  means.unit_key = "unit";
  for (const char* name : {"y", "x1", "size"}) means.columns.push_back({name, false, {}, {}});
  for (const auto& [unit, sum] : sums) {
    means.units.push_back(unit);
    means.rows.push_back(static_cast<std::int64_t>(means.rows.size()));
    for (std::size_t k = 0; k < 3; ++k) means.columns[k].numbers.push_back(sum[k + 1] / sum[0]);
  }
  ExpectSameCoefficients(Coefficients(MustEstimate(means, "y ~ x1 + size", Of(Estimator::kOls))), Coefficients(between),
                         1e-11);
}

TEST(Between, ClustersMustHoldWholeUnits) {
  const Panel panel = RandomPanel(3, 12, 6, 0.9);
  const auto refused = Estimate(MakeDesign(panel, "y ~ x1", {"block", "time", "group"}), Of(Estimator::kBetween), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "ESTIMATOR_INVALID");
  EXPECT_EQ(refused.status().violations().size(), 2U);
  const Fitted fitted = MustEstimate(MakeDesign(panel, "y ~ x1", {"group", "unit"}), Of(Estimator::kBetween));
  EXPECT_EQ(fitted.design.classifications.at("group").ids.size(), 12U);
  EXPECT_EQ(fitted.design.classifications.at("unit").count(), 12U);
}

TEST(FirstDifference, GapsBreakTheChainAndAreTold) {
  const Panel panel = Filter(RandomPanel(5, 20, 8, 1.0), [](std::size_t row) { return row % 11 != 4; });
  const Fitted fitted = MustEstimate(panel, "y ~ x1 + x3", Of(Estimator::kFirstDifference));
  std::int64_t first = 0;
  std::int64_t gaps = 0;
  std::int64_t pairs = 0;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (row == 0 || panel.units[row] != panel.units[row - 1]) {
      ++first;
    } else if (panel.times[row] == panel.times[row - 1] + 1) {
      ++pairs;
    } else {
      ++gaps;
    }
  }
  ASSERT_GT(gaps, 5);
  EXPECT_EQ(fitted.observations(), pairs);
  std::map<std::string, std::int64_t> told;
  for (const DroppedRows& dropped : fitted.design.dropped) told[dropped.reason] += dropped.count;
  EXPECT_EQ(told["gap"], gaps);
  EXPECT_EQ(told["first_period"], first);
  EXPECT_EQ(fitted.residual_df, pairs - 3);
}

TEST(FirstDifference, TwoPeriodsAreTheWithinEstimator) {
  const Panel panel = Filter(RandomPanel(8, 40, 2, 1.0), [](std::size_t row) { return row % 17 != 3; });
  ExpectSameCoefficients(Coefficients(MustEstimate(panel, "y ~ x1 + x2 | unit", Of(Estimator::kWithin))),
                         Coefficients(MustEstimate(panel, "y ~ 0 + x1 + x2", Of(Estimator::kFirstDifference))), 1e-10);
  ExpectSameCoefficients(
      Coefficients(MustEstimate(panel, "y ~ x1 + x2 | unit + time", Of(Estimator::kWithin))),
      Coefficients(MustEstimate(panel, "y ~ x1 + x2 | unit + time", Of(Estimator::kFirstDifference))), 1e-10);
}

TEST(FirstDifference, PeriodEffectsAreTheirDifferencedDummies) {
  const Panel panel = Filter(RandomPanel(9, 30, 7, 1.0), [](std::size_t row) { return row % 13 != 6; });
  const Fitted absorbed = MustEstimate(panel, "y ~ x1 + x3 | unit + time", Of(Estimator::kFirstDifference));
  EXPECT_FALSE(absorbed.design.has_constant);
  EXPECT_EQ(absorbed.design.effects.size(), 1U);
  const auto dummies = Coefficients(MustEstimate(panel, "y ~ 0 + x1 + x3 + i(time)", Of(Estimator::kFirstDifference)));
  ExpectSameCoefficients(Coefficients(absorbed), dummies, 1e-10);
  // Effects of region and period likewise; the region itself is differenced out.
  const auto crossed =
      Coefficients(MustEstimate(panel, "y ~ x1 + x3 | group^time + group", Of(Estimator::kFirstDifference)));
  ExpectSameCoefficients(
      crossed, Coefficients(MustEstimate(panel, "y ~ 0 + x1 + x3 + i(group):i(time)", Of(Estimator::kFirstDifference))),
      1e-10);
}

TEST(FirstDifference, ConstantColumnsAreCollinear) {
  const Panel panel = WithConstantColumn(RandomPanel(5, 20, 8, 0.9));
  const Fitted fitted = MustEstimate(panel, "y ~ x1 + size", Of(Estimator::kFirstDifference));
  EXPECT_EQ(fitted.solution.kept, (std::vector<Eigen::Index>{0, 1}));
  EXPECT_EQ(Coefficients(MustEstimate(panel, "y ~ x1 + size", Of(Estimator::kRandomEffects))).count("size"), 1U);
  EXPECT_EQ(Coefficients(MustEstimate(panel, "y ~ x1 + size", Of(Estimator::kBetween))).count("size"), 1U);
}

TEST(FirstDifference, NothingConsecutive) {
  const Panel panel = Filter(RandomPanel(5, 20, 8, 1.0), [](std::size_t row) { return row % 2 == 0; });
  const auto none = Estimate(MakeDesign(panel, "y ~ x1"), Of(Estimator::kFirstDifference), {});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().reason(), "NO_OBSERVATIONS");
}

// GLS by its definition, with the dense covariance matrix of the components found.
TEST(RandomEffects, AreGeneralisedLeastSquares) {
  Panel panel = WithConstantColumn(RandomPanel(11, 14, 7, 0.7));
  for (std::size_t row = 0; row < panel.size(); ++row) {
    panel.columns[0].numbers[row] += 3.0 * numeric::NormalDraw(12, 0, std::stoll(panel.units[row].substr(1)));
  }
  for (const RandomEffectsMethod method :
       {RandomEffectsMethod::kSwamyArora, RandomEffectsMethod::kWallaceHussain, RandomEffectsMethod::kAmemiya,
        RandomEffectsMethod::kNerlove, RandomEffectsMethod::kBaltagiChang}) {
    const Fitted fitted = MustEstimate(panel, "y ~ x1 + x3 + size", Of(Estimator::kRandomEffects, method));
    const Design& design = fitted.design;
    ASSERT_GT(fitted.components->unit, 0.0);
    const Eigen::Index rows = design.y.size();
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Identity(rows, rows) * std::pow(fitted.components->idiosyncratic, 2);
    for (Eigen::Index i = 0; i < rows; ++i) {
      for (Eigen::Index j = 0; j < rows; ++j) {
        if (design.units.ids[static_cast<std::size_t>(i)] == design.units.ids[static_cast<std::size_t>(j)]) {
          covariance(i, j) += std::pow(fitted.components->unit, 2);
        }
      }
    }
    const Eigen::MatrixXd weighted = covariance.ldlt().solve(design.x);
    const Eigen::VectorXd expected = (weighted.transpose() * design.x).ldlt().solve(weighted.transpose() * design.y);
    EXPECT_LT((expected - fitted.solution.coefficients).norm(), 1e-9 * expected.norm());
    EXPECT_TRUE(fitted.large_sample);
    EXPECT_EQ(fitted.residual_df, rows - 4);
  }
}

// The expectations that the method of moments solves: components found on draws from the model are right on average.
TEST(RandomEffects, ComponentsOfUnbalancedPanels) {
  constexpr int kUnits = 400;
  Panel panel = RandomPanel(21, kUnits, 6, 0.6);
  std::vector<double>& y = panel.columns[0].numbers;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    const auto unit = static_cast<std::int64_t>(std::stoll(panel.units[row].substr(1)));
    y[row] = 1.0 + 0.5 * Numbers(panel, "x1")[row] + 2.0 * numeric::NormalDraw(77, 1, unit) +
             numeric::NormalDraw(77, 2, static_cast<std::int64_t>(row));
  }
  for (const RandomEffectsMethod method : {RandomEffectsMethod::kSwamyArora, RandomEffectsMethod::kWallaceHussain,
                                           RandomEffectsMethod::kAmemiya, RandomEffectsMethod::kBaltagiChang}) {
    const Fitted fitted = MustEstimate(panel, "y ~ x1", Of(Estimator::kRandomEffects, method));
    EXPECT_NEAR(fitted.components->idiosyncratic, 1.0, 0.08);
    EXPECT_NEAR(fitted.components->unit, 2.0, 0.2);
  }
}

TEST(RandomEffects, BaltagiChangIsSwamyAroraOnBalancedPanels) {
  const Panel panel = Filter(RandomPanel(4, 20, 6, 1.0), [](std::size_t) { return true; });
  const Fitted a = MustEstimate(panel, "y ~ x1 + x3", Of(Estimator::kRandomEffects));
  const Fitted b =
      MustEstimate(panel, "y ~ x1 + x3", Of(Estimator::kRandomEffects, RandomEffectsMethod::kBaltagiChang));
  EXPECT_EQ(a.solution.coefficients, b.solution.coefficients);
}

TEST(RandomEffects, WithoutUnitVarianceArePooledOls) {
  Panel panel = RandomPanel(4, 30, 6, 1.0);
  // Errors that sum to about zero by unit.
  for (std::size_t row = 0; row < panel.size(); ++row) {
    panel.columns[0].numbers[row] = Numbers(panel, "x1")[row] + (panel.times[row] % 2 == 0 ? 1.0 : -1.0) +
                                    1e-3 * numeric::NormalDraw(5, 0, static_cast<std::int64_t>(row));
  }
  const Fitted random = MustEstimate(panel, "y ~ x1", Of(Estimator::kRandomEffects));
  EXPECT_EQ(random.components->unit, 0.0);
  EXPECT_TRUE(random.components->theta.isZero(0.0));
  ExpectSameCoefficients(Coefficients(MustEstimate(panel, "y ~ x1", Of(Estimator::kOls))), Coefficients(random), 1e-12);
}

TEST(CorrelatedRandomEffects, GiveTheWithinCoefficients) {
  for (const double share : {1.0, 0.6}) {
    const Panel panel = WithConstantColumn(RandomPanel(31, 30, 6, share));
    const auto within = Coefficients(MustEstimate(panel, "y ~ x1 + x3 | unit", Of(Estimator::kWithin)));
    const Fitted fitted = MustEstimate(panel, "y ~ x1 + x3 + size", Of(Estimator::kCorrelatedRandomEffects));
    EXPECT_THAT(fitted.design.names, ::testing::ElementsAre(kConstantName, "x1", "x3", "size", "mean(x1)", "mean(x3)"));
    ExpectSameCoefficients(within, Coefficients(fitted), 1e-10);
  }
}

TEST(CorrelatedRandomEffects, MeansOfPeriodDummiesOnlyWhereUnitsDiffer) {
  const Panel balanced = RandomPanel(31, 10, 4, 1.0);
  const Fitted fitted = MustEstimate(balanced, "y ~ x1 + i(time)", Of(Estimator::kCorrelatedRandomEffects));
  EXPECT_EQ(fitted.design.names.back(), "mean(x1)");
  const Panel unbalanced = RandomPanel(31, 30, 4, 0.6);
  const Fitted other = MustEstimate(unbalanced, "y ~ x1 + i(time)", Of(Estimator::kCorrelatedRandomEffects));
  EXPECT_EQ(other.design.names.size(), 9U);
  ExpectSameCoefficients(Coefficients(MustEstimate(unbalanced, "y ~ x1 + i(time) | unit", Of(Estimator::kWithin))),
                         Coefficients(other), 1e-10);
}

TEST(RandomEffects, TooFewUnitsForTheBetweenRegression) {
  const Panel panel = RandomPanel(31, 3, 10, 1.0);
  const auto refused = Estimate(MakeDesign(panel, "y ~ x1 + x3"), Of(Estimator::kRandomEffects), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "NOT_IDENTIFIED");
  EXPECT_THAT(refused.status().message(), HasSubstr("amemiya"));
  EXPECT_TRUE(
      Estimate(MakeDesign(panel, "y ~ x1 + x3"), Of(Estimator::kRandomEffects, RandomEffectsMethod::kAmemiya), {})
          .ok());
}

TEST(Needs, AreToldAllAtOnce) {
  Panel panel = RandomPanel(31, 8, 6, 1.0);
  panel.unit_key.clear();
  panel.time_key.clear();
  panel.times.clear();
  Design design = MakeDesign(panel, "y ~ x1 | group");
  design.weights = Eigen::VectorXd::Ones(design.y.size());
  design.endogenous = {0};
  const auto random = Estimate(design, Of(Estimator::kRandomEffects), {});
  ASSERT_FALSE(random.ok());
  EXPECT_EQ(random.status().reason(), "ESTIMATOR_INVALID");
  EXPECT_THAT(Fields(random.status()), UnorderedElementsAre("formula", "table.unit_key", "formula", "weights"));
  EXPECT_THAT(random.status().ToString(), HasSubstr("write i(group)"));
  const auto differences = Estimate(design, Of(Estimator::kFirstDifference), {});
  EXPECT_THAT(Fields(differences.status()), UnorderedElementsAre("formula", "table.unit_key", "table.time_key"));
  const auto instruments = Estimate(MakeDesign(panel, "y ~ x1"), Of(Estimator::kTwoStageLeastSquares), {});
  EXPECT_THAT(Fields(instruments.status()), UnorderedElementsAre("formula"));
}

TEST(Needs, EffectsThatDifferencesDoNotAbsorb) {
  const Panel panel = RandomPanel(31, 8, 6, 1.0);
  const auto refused = Estimate(MakeDesign(panel, "y ~ x1 | unit + block"), Of(Estimator::kFirstDifference), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().ToString(), HasSubstr("block changes within units"));
  const auto own = Estimate(MakeDesign(panel, "y ~ x1 | unit"), Of(Estimator::kRandomEffects), {});
  EXPECT_THAT(own.status().ToString(), HasSubstr("its own unit effect"));
}

// Whole weights are repeated rows.
TEST(Weights, AreRepeatedRows) {
  const Panel panel = RandomPanel(17, 15, 6, 0.8);
  for (const char* formula : {"y ~ x1 + x3", "y ~ x1 + x3 | unit", "y ~ x1 + x3 | unit + time"}) {
    Design weighted = MakeDesign(panel, formula);
    weighted.weights.resize(weighted.y.size());
    Panel repeated = Filter(panel, [](std::size_t) { return false; });
    for (std::size_t k = 0; k < weighted.rows.size(); ++k) {
      const std::size_t row = weighted.rows[k];
      weighted.weights(static_cast<Eigen::Index>(k)) = 1.0 + static_cast<double>(row % 3);
      const Panel one = Filter(panel, [&](std::size_t other) { return other == row; });
      for (std::size_t copy = 0; copy < 1 + row % 3; ++copy) {
        repeated.units.push_back(one.units[0]);
        repeated.times.push_back(one.times[0]);
        repeated.rows.push_back(static_cast<std::int64_t>(repeated.rows.size()));
        for (std::size_t c = 0; c < one.columns.size(); ++c) {
          if (one.columns[c].is_text) {
            repeated.columns[c].texts.push_back(one.columns[c].texts[0]);
          } else {
            repeated.columns[c].numbers.push_back(one.columns[c].numbers[0]);
          }
        }
      }
    }
    const Fitted fitted = MustEstimate(std::move(weighted), {});
    const Fitted plain = MustEstimate(repeated, formula, {});
    ExpectSameCoefficients(Coefficients(plain), Coefficients(fitted), 1e-11);
    EXPECT_NEAR(fitted.solution.residuals.squaredNorm(), plain.solution.residuals.squaredNorm(),
                1e-10 * plain.solution.residuals.squaredNorm());
    EXPECT_NEAR(fitted.y_within.squaredNorm(), plain.y_within.squaredNorm(), 1e-10 * plain.y_within.squaredNorm());
  }
}

}  // namespace
}  // namespace farrell::regression::testing
