#include "services/regression/engine/multiple_testing.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/numeric/random.h"

namespace farrell::regression::testing {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

auto Near(const std::vector<double>& expected) { return Pointwise(::testing::DoubleNear(1e-13), expected); }

// Worked by hand for p = .01, .04, .03, .005, .55; the definitions are those of R's p.adjust.
TEST(MultipleTesting, AdjustsByHand) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005, 0.55};
  EXPECT_THAT(HolmAdjusted(p), Near({0.04, 0.09, 0.09, 0.025, 0.55}));
  EXPECT_THAT(HochbergAdjusted(p), Near({0.04, 0.08, 0.08, 0.025, 0.55}));
  EXPECT_THAT(BenjaminiHochbergAdjusted(p), Near({0.025, 0.05, 0.05, 0.025, 0.55}));
  const double harmonic = 1.0 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4 + 1.0 / 5;
  EXPECT_THAT(BenjaminiYekutieliAdjusted(p),
              Near({0.025 * harmonic, 0.05 * harmonic, 0.05 * harmonic, 0.025 * harmonic, 1.0}));
}

TEST(MultipleTesting, NoneAndOne) {
  for (const auto& adjust : {HolmAdjusted, HochbergAdjusted, BenjaminiHochbergAdjusted, BenjaminiYekutieliAdjusted}) {
    EXPECT_TRUE(adjust({}).empty());
    EXPECT_THAT(adjust({0.2}), ElementsAre(0.2));
    EXPECT_THAT(adjust({1.0, 1.0}), ElementsAre(1.0, 1.0));
  }
  EXPECT_TRUE(RomanoWolfAdjusted({}, Eigen::MatrixXd(5, 0), true).empty());
}

// Three hypotheses, four draws: 3.0 | 2.0 | 1.0 observed.
//   largest of all three:   3.5 2.2 2.5 1.0  -> 1/4 reach 3.0
//   largest of the last two: 2.2 2.0 2.5 1.0 -> 3/4 reach 2.0 (one by a tie)
//   last alone:              0.4 2.0 0.1 1.0 -> 2/4 reach 1.0, raised to 3/4
TEST(MultipleTesting, RomanoWolfByHand) {
  Eigen::MatrixXd draws(4, 3);
  draws << 3.5, 2.2, 0.4,  //
      2.2, 0.3, 2.0,       //
      1.1, 2.5, 0.1,       //
      0.5, 0.9, 1.0;
  Eigen::VectorXd observed(3);
  observed << 3.0, 2.0, 1.0;
  EXPECT_THAT(RomanoWolfAdjusted(observed, draws, true), Near({0.25, 0.75, 0.75}));
  EXPECT_THAT(RomanoWolfAdjusted(observed, draws, false), Near({0.4, 0.8, 0.8}));
  // The order of the hypotheses does not matter.
  const std::vector<Eigen::Index> order = {2, 0, 1};
  EXPECT_THAT(RomanoWolfAdjusted(observed(order), draws(Eigen::all, order), true), Near({0.75, 0.25, 0.75}));
}

// Ranks within columns (shares of draws at least as large), four draws:
//   column 1: 9 2 3 1 -> 1/4 3/4 2/4 1;  observed 5 -> 1/4
//   column 2: .1 .9 .4 .2 -> 1 1/4 2/4 3/4;  observed .3 -> 2/4
//   smallest of both: 1/4 1/4 2/4 3/4 -> 2/4 are at most 1/4; column 2 alone: 2/4 are at most 2/4.
TEST(MultipleTesting, WestfallYoungByHand) {
  Eigen::MatrixXd draws(4, 2);
  draws << 9.0, 0.1, 2.0, 0.9, 3.0, 0.4, 1.0, 0.2;
  Eigen::VectorXd observed(2);
  observed << 5.0, 0.3;
  EXPECT_THAT(WestfallYoungAdjusted(observed, draws, true), Near({0.5, 0.5}));
}

// Statistics drawn alike: one hypothesis keeps its p-value; m copies of one hypothesis cost nothing; independent ones
// cost 1 - (1 - p)^m; step-down never exceeds Holm by more than the noise of the draws.
TEST(MultipleTesting, StepDownKnowsDependence) {
  constexpr Eigen::Index kDraws = 20000;
  constexpr Eigen::Index kHypotheses = 4;
  Eigen::MatrixXd draws(kDraws, kHypotheses);
  for (Eigen::Index d = 0; d < kDraws; ++d) {
    for (Eigen::Index k = 0; k < kHypotheses; ++k) draws(d, k) = std::fabs(numeric::NormalDraw(3, d, k));
  }
  const Eigen::VectorXd observed = Eigen::VectorXd::Constant(kHypotheses, 2.0);
  const double p = 0.04550026;
  const double expected = 1.0 - std::pow(1.0 - p, 4.0);
  const double error = 5.0 * std::sqrt(expected * (1.0 - expected) / static_cast<double>(kDraws));
  for (const double adjusted : RomanoWolfAdjusted(observed, draws, false)) EXPECT_NEAR(adjusted, expected, error);
  for (const double adjusted : WestfallYoungAdjusted(observed, draws, false))
    EXPECT_NEAR(adjusted, expected, 2.0 * error);
  const Eigen::MatrixXd copies = draws.col(0).replicate(1, kHypotheses);
  const double alone = RomanoWolfAdjusted(observed.head(1), draws.leftCols(1), false)[0];
  EXPECT_NEAR(alone, p, 5.0 * std::sqrt(p / static_cast<double>(kDraws)));
  for (const double adjusted : RomanoWolfAdjusted(observed, copies, false)) EXPECT_EQ(adjusted, alone);
  for (const double adjusted : WestfallYoungAdjusted(observed, copies, false)) EXPECT_EQ(adjusted, alone);
}

// Scales of the columns matter to Romano and Wolf, not to Westfall and Young.
TEST(MultipleTesting, RanksKnowNoScale) {
  Eigen::MatrixXd draws(500, 3);
  for (Eigen::Index d = 0; d < 500; ++d) {
    for (Eigen::Index k = 0; k < 3; ++k) draws(d, k) = std::fabs(numeric::NormalDraw(4, d, k));
  }
  Eigen::VectorXd observed(3);
  observed << 2.4, 1.1, 1.9;
  const auto plain = WestfallYoungAdjusted(observed, draws, false);
  Eigen::VectorXd scaled_observed = observed;
  scaled_observed(1) *= 50.0;
  Eigen::MatrixXd scaled = draws;
  scaled.col(1) *= 50.0;
  EXPECT_EQ(WestfallYoungAdjusted(scaled_observed, scaled, false), plain);
  EXPECT_NE(RomanoWolfAdjusted(scaled_observed, scaled, false), RomanoWolfAdjusted(observed, draws, false));
}

}  // namespace
}  // namespace farrell::regression::testing
