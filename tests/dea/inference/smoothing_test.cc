// Quantiles, bandwidths and the smooth draws, each against its definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/quantile.h"
#include "services/dea/engine/inference/bandwidth.h"
#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"
#include "services/dea/engine/inference/smoother.h"
#include "tests/dea/inference/samples.h"

namespace farrell::dea::testing {
namespace {

std::vector<double> SomeDistances(std::uint64_t seed, int units) {
  std::vector<double> distances = Simulate(seed, units, 1, 1, Orientation::kOutput).distances;
  for (double& distance : distances) distance = 2 - 1 / distance;  // bounded, for small Monte Carlo errors
  for (std::size_t i = 0; i < distances.size(); i += 7) distances[i] = 1;
  return distances;
}

Sample Rows(std::size_t count) { return MakeSample(1, 1, std::vector<double>(2 * count, 1)); }

TEST(MomentsTest, QuantilesAreOfTypeSeven) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  EXPECT_EQ(numeric::Quantile(values, 0), 1);
  EXPECT_EQ(numeric::Quantile(values, 0.25), 2);
  EXPECT_EQ(numeric::Quantile(values, 0.9), 8 + 0.6 * 8);  // position 3.6
  EXPECT_EQ(numeric::Quantile(values, 1), 16);
  EXPECT_EQ(numeric::Quantile({3}, 0.3), 3);
  EXPECT_EQ(Mean({1, 2, 6}), 3);
  EXPECT_EQ(SampleVariance({1, 2, 6}), 7);
}

TEST(DrawsTest, NormalFromUniformIsTheNormalQuantile) {
  double u = 0x1p-53;
  for (int i = 0; i < 4000; ++i) {
    const double expected = numeric::NormalQuantile(u);
    EXPECT_NEAR(NormalFromUniform(u), expected, 4e-15 * std::max(1.0, std::abs(expected))) << u;
    u = i < 1000 ? std::min(0.5, u * 1.04) : static_cast<double>(i - 999) / 3001;
  }
  EXPECT_EQ(NormalFromUniform(0.5), 0);
}

TEST(DrawsTest, ChoiceIsEvenAndFollowsTheCodes) {
  const std::vector<std::int32_t> codes = {4, 9, 2, 7, 30};
  const std::vector<std::int32_t> reversed(codes.rbegin(), codes.rend());
  std::vector<int> seen(5, 0);
  for (std::int64_t replication = 0; replication < 5000; ++replication) {
    const std::vector<char> chosen = Choose(1, replication, codes, 2);
    const std::vector<char> other = Choose(1, replication, reversed, 2);
    EXPECT_EQ(std::count(chosen.begin(), chosen.end(), 1), 2);
    EXPECT_TRUE(std::equal(chosen.begin(), chosen.end(), other.rbegin()));
    for (std::size_t i = 0; i < 5; ++i) seen[i] += chosen[i];
  }
  for (const int count : seen) EXPECT_NEAR(count, 2000, 140);  // four standard deviations
}

TEST(BandwidthTest, SilvermanByItsFormula) {
  // Reflected: 0.5, 0.8, 0.9, 1.1, 1.2, 1.5; the distance 1 is left out.
  const std::vector<double> distances = {1.1, 1, 1.5, 1.2};
  const double s_reflected = std::sqrt(2 * (0.01 + 0.25 + 0.04) / 5);
  const double range = (1.175 - 0.825) / 1.34;
  const double s = std::sqrt((0.01 + 0.04 + 0.09 + 0) / 3);
  const double adjusted = std::pow(6.0, -0.2) * std::pow(6.0 / 4, 0.2) * s / s_reflected;
  EXPECT_NEAR(ChooseBandwidth(distances, BandwidthRule::kSilverman, {}).value(), 0.9 * range * adjusted, 1e-14);
  EXPECT_NEAR(ChooseBandwidth(distances, BandwidthRule::kNormalReference, {}).value(), 1.06 * range * adjusted, 1e-14);
}

// The criterion over all pairs, without classes.
double Criterion(const std::vector<double>& values, double h) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double u = (values[i] - values[j]) / h;
      sum += std::exp(-u * u / 4) - std::sqrt(8.0) * std::exp(-u * u / 2);
    }
  }
  const auto n = static_cast<double>(values.size());
  return (0.5 + sum / n) / (n * h * std::sqrt(std::numbers::pi));
}

TEST(BandwidthTest, CrossValidationMinimisesItsCriterion) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<double> distances = SomeDistances(seed, 60);
    std::vector<double> reflected;
    for (const double d : distances) {
      if (d > 1) reflected.insert(reflected.end(), {d, 2 - d});
    }
    const auto n = static_cast<double>(reflected.size());
    const double s = std::sqrt(SampleVariance(reflected));
    const double adjust =
        std::pow(n / static_cast<double>(distances.size()), 0.2) * std::sqrt(SampleVariance(distances)) / s;
    const double h = ChooseBandwidth(distances, BandwidthRule::kCrossValidation, {}).value() / adjust;
    const double highest = 1.144 * s * std::pow(n, -0.2);
    EXPECT_GE(h, 0.1 * highest * 0.999);
    EXPECT_LE(h, highest * 1.001);
    double lowest = 1e300;
    for (int i = 0; i <= 400; ++i) lowest = std::min(lowest, Criterion(reflected, highest * (0.1 + 0.9 * i / 400)));
    EXPECT_LT(Criterion(reflected, h) - lowest, 2e-3 * std::abs(lowest)) << seed;
  }
}

// Mean of |a + h e|, e standard normal.
double FoldedMean(double a, double h) {
  return h * std::sqrt(2 / std::numbers::pi) * std::exp(-a * a / (2 * h * h)) + a * std::erf(a / (h * std::sqrt(2.0)));
}

// Mean and mean square of drawn distances less 1, against their exact values; about the mean of the draw, nearly exact.
TEST(SmootherTest, DrawsHaveTheMomentsOfTheirDensity) {
  const std::vector<double> distances = SomeDistances(3, 80);
  const auto n = static_cast<double>(distances.size());
  const double h = 0.15;
  double reflected_variance = 0;
  double folded = 0;
  double square = 0;
  for (const double d : distances) {
    reflected_variance += (d - 1) * (d - 1) / n;
    folded += FoldedMean(d - 1, h) / n;
    square += ((d - 1) * (d - 1) + h * h) / n;
  }
  const double mean = Mean(distances) - 1;
  const double to_one = 1 / std::sqrt(1 + h * h / reflected_variance);
  const double to_mean = 1 / std::sqrt(1 + h * h / SampleVariance(distances));
  for (const Smoothing smoothing :
       {Smoothing::kReflectedSet, Smoothing::kShrinkReflect, Smoothing::kShrinkAboutOne, Smoothing::kReflectShrink}) {
    SCOPED_TRACE(static_cast<int>(smoothing));
    const DistanceSmoother smoother(Rows(distances.size()), distances, smoothing, h, false);
    double drawn_mean = 0;
    double drawn_square = 0;
    std::vector<double> drawn;
    constexpr int kReplications = 5000;
    for (std::int64_t replication = 0; replication < kReplications; ++replication) {
      smoother.Draw(7, replication, drawn);
      for (const double d : drawn) {
        ASSERT_GE(d, 1);
        drawn_mean += (d - 1) / n / kReplications;
        drawn_square += (d - 1) * (d - 1) / n / kReplications;
      }
    }
    if (smoothing == Smoothing::kReflectShrink) {
      EXPECT_NEAR(drawn_mean, mean + to_mean * (folded - mean), 0.001);
      EXPECT_NEAR(drawn_square - drawn_mean * drawn_mean, to_mean * to_mean * (square - folded * folded), 0.001);
    } else {
      EXPECT_NEAR(drawn_mean, to_one * folded, 0.001);
      EXPECT_NEAR(drawn_square, reflected_variance, 0.001);  // folding keeps it, shrinking restores it
    }
  }
}

TEST(SmootherTest, ADrawIsAFunctionOfSeedReplicationAndRow) {
  const std::vector<double> distances = SomeDistances(4, 30);
  const DistanceSmoother smoother(Rows(30), distances, Smoothing::kShrinkAboutOne, 0.1, false);
  std::vector<double> first;
  std::vector<double> again;
  std::vector<double> other;
  smoother.Draw(1, 5, first);
  smoother.Draw(1, 6, other);
  smoother.Draw(1, 5, again);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
  smoother.Draw(2, 5, other);
  EXPECT_NE(first, other);
}

// With hardly any noise the draw of a row shows whose distance it took.
TEST(SmootherTest, ByUnitAllPeriodsOfAUnitComeFromOneUnit) {
  Sample sample = Rows(9);
  sample.units = {0, 0, 0, 1, 1, 1, 2, 2, 2};
  sample.times = {1, 2, 3, 1, 2, 3, 1, 2, 3};
  std::vector<double> distances;
  for (int i = 0; i < 9; ++i) distances.push_back(1.1 + 0.1 * i);
  const DistanceSmoother smoother(sample, distances, Smoothing::kShrinkAboutOne, 1e-9, true);
  std::map<std::size_t, int> taken;
  std::vector<double> drawn;
  for (std::int64_t replication = 0; replication < 300; ++replication) {
    smoother.Draw(3, replication, drawn);
    for (std::size_t unit = 0; unit < 3; ++unit) {
      const auto at = static_cast<std::size_t>(std::lround((drawn[3 * unit] - 1.1) / 0.1));
      ASSERT_EQ(at % 3, 0U);
      ++taken[at / 3];
      for (std::size_t k = 1; k < 3; ++k) EXPECT_NEAR(drawn[3 * unit + k], distances[at + k], 1e-6);
    }
  }
  for (std::size_t unit = 0; unit < 3; ++unit) EXPECT_NEAR(taken[unit], 300, 60);
}

TEST(SmootherTest, ByUnitAMissingPeriodTakesTheNearest) {
  Sample sample = Rows(4);
  sample.units = {0, 0, 0, 1};
  sample.times = {1, 2, 5, 3};
  const std::vector<double> distances = {1.1, 1.2, 1.3, 1.9};
  const DistanceSmoother smoother(sample, distances, Smoothing::kReflectShrink, 1e-9, true);
  std::vector<double> drawn;
  bool seen = false;
  for (std::int64_t replication = 0; replication < 50; ++replication) {
    smoother.Draw(3, replication, drawn);
    if (drawn[3] < 1.5) {
      seen = true;
      EXPECT_NEAR(drawn[3], 1.2, 1e-6);  // period 2 is nearer to 3 than 5 is
    }
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace farrell::dea::testing
