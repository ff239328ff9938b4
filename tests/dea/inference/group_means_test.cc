// Means of groups: the jackknife against its definition, the formulae by hand, exact properties, coverage and size.
#include "services/dea/engine/inference/group_means.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/inference/moments.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/reference_matrix.h"
#include "tests/dea/inference/samples.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

Sample Group(std::uint64_t seed, int units, int inputs, std::int32_t first_row = 0) {
  Sample sample = Simulate(seed, units, inputs, 0.7, Orientation::kOutput).sample;
  for (std::int32_t& row : sample.rows) row += first_row;
  return sample;
}

GroupMeanResult Means(const std::vector<Sample>& groups, const GroupMeanOptions& options,
                      ReturnsToScale rts = ReturnsToScale::kVrs) {
  Result<GroupMeanResult> result =
      RunGroupMeans(groups, rts, Orientation::kOutput, RadialMeasure::kInversePhi, options, {}, nullptr);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *result : GroupMeanResult{};
}

GroupMeanOptions Few() {
  GroupMeanOptions options;
  options.split_count = 10;
  options.seed = 4;
  return options;
}

// With four members there are three ways to halve them; every draw of B is one of three numbers worked out by the full
// solver, and all three appear.
TEST(GroupMeansTest, TheJackknifeHalvesTheGroup) {
  const Sample group = MakeSample(1, 1, {1, 1, 2, 1.9, 3, 2.5, 4, 1.5});
  GroupMeanOptions options = Few();
  options.split_count = 60;
  const auto means =
      GroupMeans::Make({group}, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  ASSERT_TRUE(means.ok());
  std::vector<double> draws(means->draw_count());
  ASSERT_TRUE(means->Run(0, 60, draws.data(), {}, nullptr));

  const Observations data = MakeCrossSection(1, 1, group.cells);
  RadialSolver solver(2);
  const auto mean_of = [&](const std::vector<std::int32_t>& members) {
    const ReferenceMatrix reference(data, members);
    double sum = 0;
    for (const std::int32_t member : members) {
      sum += solver.Solve(data, member, reference, ReturnsToScale::kVrs, Orientation::kOutput, {}, {}).score;
    }
    return sum / static_cast<double>(members.size());
  };
  const double all = mean_of({0, 1, 2, 3});
  std::vector<double> expected;
  for (const std::int32_t partner : {1, 2, 3}) {
    std::vector<std::int32_t> others;
    for (const std::int32_t member : {1, 2, 3}) {
      if (member != partner) others.push_back(member);
    }
    const double halves = (mean_of({0, partner}) + mean_of(others)) / 2;
    expected.push_back((halves - all) / (std::pow(2, 2.0 / 3) - 1));
  }
  std::set<std::size_t> seen;
  for (const double draw : draws) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < 3; ++i) {
      if (std::abs(draw - expected[i]) < std::abs(draw - expected[best])) best = i;
    }
    EXPECT_NEAR(draw, expected[best], 1e-12);
    seen.insert(best);
  }
  EXPECT_EQ(seen.size(), 3U);
}

// k = 2/3: everything by hand from given B.
TEST(GroupMeansTest, FormulaeWithAllScores) {
  const Sample a = MakeSample(1, 1, {1, 1, 1, 0.5, 1, 0.8, 1, 0.7});  // scores 1, 0.5, 0.8, 0.7
  Sample b = MakeSample(1, 1, {1, 1, 1, 0.9, 1, 0.9, 1, 0.8, 1, 0.9});
  GroupMeanOptions options = Few();
  options.split_count = 2;
  const auto means =
      GroupMeans::Make({a, b}, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  ASSERT_TRUE(means.ok());
  const GroupMeanResult result = means->Finish({0.03, 0.01, 0.05, 0.01});
  const GroupMean& first = result.means[0];
  EXPECT_NEAR(result.rate, 2.0 / 3, 1e-15);
  EXPECT_EQ(first.mean_count, 4);
  EXPECT_NEAR(first.mean, 0.75, 1e-12);
  EXPECT_NEAR(first.bias, 0.04, 1e-12);
  EXPECT_NEAR(first.bias_error, 0.01, 1e-12);
  EXPECT_NEAR(first.corrected, 0.71, 1e-12);
  const double sd = std::sqrt((0.0625 * 2 + 0.0025 * 2) / 4);
  EXPECT_NEAR(first.standard_error, sd / 2, 1e-12);
  EXPECT_NEAR(first.conf_low, 0.71 - 1.959963984540054 * sd / 2, 1e-12);
  EXPECT_NEAR(first.conf_high, 0.71 + 1.959963984540054 * sd / 2, 1e-12);
  const GroupDifference& difference = result.differences[0];
  const double error = std::sqrt(sd * sd / 4 + 0.02 / 5 / 5);
  EXPECT_NEAR(difference.difference, 0.71 - 0.89, 1e-12);
  EXPECT_NEAR(difference.statistic, -0.18 / error, 1e-10);
  EXPECT_NEAR(difference.p_value, std::erfc(0.18 / error / std::sqrt(2.0)), 1e-12);

  options.variance = VarianceRule::kBiasCorrected;
  const auto wider =
      GroupMeans::Make({a, b}, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  EXPECT_NEAR(wider->Finish({0.03, 0.01, 0.05, 0.01}).means[0].standard_error, std::sqrt((sd * sd + 0.0016) / 4),
              1e-12);

  options.method = GroupMeanMethod::kWelch;
  const GroupMeanResult welch = Means({a, b}, options);
  EXPECT_NEAR(welch.means[0].standard_error, std::sqrt(0.13 / 3 / 4), 1e-12);
  EXPECT_EQ(welch.means[0].bias, 0);
  const double va = 0.13 / 3 / 4;
  const double vb = 0.02 / 4 / 5;
  EXPECT_NEAR(welch.differences[0].statistic, (0.75 - 0.9) / std::sqrt(va + vb), 1e-10);
  EXPECT_NEAR(welch.differences[0].degrees_of_freedom, (va + vb) * (va + vb) / (va * va / 3 + vb * vb / 4), 1e-10);
}

// k = 2/6 with four inputs: floor(200^(2/3)) = 34 scores make the centre; all 200 make the bias and the variance.
TEST(GroupMeansTest, SlowRatesUseASubsampleOfTheScores) {
  const Sample group = Group(1, 200, 4);
  const GroupMean mean = Means({group}, Few()).means[0];
  EXPECT_EQ(mean.mean_count, 34);
  std::vector<double> scores;
  ASSERT_TRUE(ScoreMembers(group, ReturnsToScale::kVrs, Orientation::kOutput, scores, {}));
  for (double& score : scores) score = 1 / score;
  EXPECT_NEAR(mean.mean, Mean(scores), 1e-12);
  EXPECT_NEAR(mean.standard_error, std::sqrt(SampleVariance(scores) * 199 / 200 / 34), 1e-12);
  EXPECT_GT(std::abs(mean.corrected + mean.bias - mean.mean), 1e-6);
  EXPECT_LT(std::abs(mean.corrected + mean.bias - mean.mean), 4 * mean.standard_error);
  GroupMeanOptions all = Few();
  all.mean = MeanRule::kAllScores;
  const GroupMean of_three = Means({Group(1, 200, 3)}, all).means[0];
  EXPECT_EQ(of_three.mean_count, 200);
  Violations violations;
  CheckGroupMeanOptions(all, 4, 1, ReturnsToScale::kVrs, "", violations);
  EXPECT_EQ(violations.size(), 1U);
}

TEST(GroupMeansTest, NamesOfUnitsAndOfMeasurementDoNotMatter) {
  const Sample a = Group(2, 30, 2);
  const Sample b = Group(3, 25, 2, 100);
  Sample scaled = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    scaled.cells[i * 3] *= 1e6;
    scaled.cells[i * 3 + 2] *= 1e-3;
  }
  Sample reversed = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    reversed.rows[i] = a.rows[29 - i];
    std::copy_n(a.row(29 - i), 3, reversed.cells.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  const GroupMeanResult result = Means({a, b}, Few());
  EXPECT_NEAR(Means({scaled, b}, Few()).means[0].corrected, result.means[0].corrected, 1e-9);
  EXPECT_NEAR(Means({reversed, b}, Few()).means[0].corrected, result.means[0].corrected, 1e-12);
  const GroupMeanResult swapped = Means({b, a}, Few());
  EXPECT_EQ(swapped.means[1].corrected, result.means[0].corrected);
  EXPECT_EQ(swapped.differences[0].statistic, -result.differences[0].statistic);
  EXPECT_EQ(swapped.differences[0].p_value, result.differences[0].p_value);
  const GroupMeanResult same = Means({a, a}, Few());
  EXPECT_EQ(same.differences[0].difference, 0);
  EXPECT_EQ(same.differences[0].p_value, 1);
}

TEST(GroupMeansTest, AnySplitOfTheSplitsGivesTheSameBits) {
  const auto means = GroupMeans::Make({Group(4, 30, 2), Group(5, 21, 2, 100)}, ReturnsToScale::kVrs,
                                      Orientation::kOutput, RadialMeasure::kInversePhi, Few(), {});
  std::vector<double> whole(means->draw_count());
  std::vector<double> parts(means->draw_count());
  ASSERT_TRUE(means->Run(0, 10, whole.data(), {}, nullptr));
  {
    std::jthread low([&] { means->Run(0, 3, parts.data(), {}, nullptr); });
    std::jthread high([&] { means->Run(3, 10, parts.data() + 3 * means->row_length(), {}, nullptr); });
  }
  EXPECT_EQ(whole, parts);
}

// The mean of 1/phi is E exp(-u) = 3/4. The central limit theorem with its bias covers it; the t-test of the raw scores
// does not. Two groups of the same population are seldom told apart.
TEST(GroupMeansTest, CoverageAndSize) {
  const int samples = LongRun() ? 500 : 40;
  GroupMeanOptions options = Few();
  options.split_count = 20;
  double covered = 0;
  double covered_by_welch = 0;
  double rejected = 0;
  double raw = 0;
  double corrected = 0;
  for (int i = 0; i < samples; ++i) {
    options.seed = i;
    options.method = GroupMeanMethod::kCentralLimit;
    const std::vector<Sample> groups = {Group(1000 + 2 * static_cast<std::uint64_t>(i), 100, 2),
                                        Group(1001 + 2 * static_cast<std::uint64_t>(i), 100, 2, 1000)};
    const GroupMeanResult result = Means(groups, options);
    options.method = GroupMeanMethod::kWelch;
    const GroupMeanResult welch = Means(groups, options);
    if (result.means[0].conf_low <= 0.75 && 0.75 <= result.means[0].conf_high) covered += 1.0 / samples;
    if (welch.means[0].conf_low <= 0.75 && 0.75 <= welch.means[0].conf_high) covered_by_welch += 1.0 / samples;
    if (result.differences[0].p_value < 0.05) rejected += 1.0 / samples;
    raw += result.means[0].mean / samples;
    corrected += result.means[0].corrected / samples;
  }
  RecordProperty("coverage", std::to_string(covered));
  RecordProperty("coverage_welch", std::to_string(covered_by_welch));
  RecordProperty("size", std::to_string(rejected));
  EXPECT_GT(covered, 0.85);
  EXPECT_LT(covered_by_welch, covered - 0.2);
  EXPECT_LT(rejected, LongRun() ? 0.15 : 0.25);
  EXPECT_LT(std::abs(corrected - 0.75), std::abs(raw - 0.75) / 3);
}

TEST(GroupMeansTest, RefusalsAreTyped) {
  const auto small = RunGroupMeans({Group(1, 3, 1)}, ReturnsToScale::kVrs, Orientation::kOutput,
                                   RadialMeasure::kInversePhi, Few(), {}, nullptr);
  EXPECT_EQ(small.status().reason(), "SAMPLE_TOO_SMALL");
  GroupMeanOptions bad = Few();
  bad.split_count = 0;
  bad.confidence_level = 1;
  Violations violations;
  CheckGroupMeanOptions(bad, 1, 1, ReturnsToScale::kNirs, "", violations);
  EXPECT_EQ(violations.size(), 3U);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(RunGroupMeans({Group(1, 30, 1)}, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi,
                          Few(), source.get_token(), nullptr)
                .status()
                .code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace farrell::dea::testing
