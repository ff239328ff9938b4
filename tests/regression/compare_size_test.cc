// How often true nulls are rejected at 5 % with 11, 8 and 11 clusters and unequal noise.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/permutation.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

constexpr int kPeriods = 10;
constexpr double kLevel = 0.05;

int GroupOf(int unit) { return unit < 11 ? 0 : unit < 19 ? 1 : 2; }

// By group, and the same for all.
using Noise = std::array<double, 3>;
constexpr Noise kUnequal = {1.0, 3.0, 1.5};
constexpr Noise kEqual = {1.0, 1.0, 1.0};

// One slope for everybody; every unit's own slope scatters around it as far as its errors do.
Panel EqualSlopes(std::int64_t replication, const Noise& noises = kUnequal) {
  static const Table table = [] {
    Table made;
    made.header = {"unit", "time", "group"};
    for (int unit = 0; unit < 30; ++unit) {
      for (int period = 0; period < kPeriods; ++period) {
        made.rows.push_back(
            {"u" + std::to_string(100 + unit), std::to_string(2000 + period), std::to_string(GroupOf(unit))});
      }
    }
    return made;
  }();
  Panel panel = MakePanel(table, "unit", "time", {"group"});
  const auto normal = [&](std::size_t index) {
    return numeric::NormalDraw(411, replication, static_cast<std::int64_t>(index));
  };
  AddColumn(panel, "x", [&](std::size_t row) { return normal(row) + 0.5 * normal(2000 + row / kPeriods); });
  AddColumn(panel, "y", [&](std::size_t row) {
    const std::size_t unit = row / kPeriods;
    const double noise = noises[static_cast<std::size_t>(GroupOf(static_cast<int>(unit)))];
    return Numbers(panel, "x")[row] * (1.0 + noise * normal(3000 + unit)) + noise * normal(1000 + row);
  });
  return panel;
}

TEST(CompareSize, WelchHoldsItsSizeWhereChiSquaredAndFDoNot) {
  const int replications = LongRun() ? 10000 : 500;
  int chi_squared = 0;
  int f = 0;
  int welch = 0;
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x | unit", {MakeInference(InferenceType::kCr3, "unit")});
  spec.by = "group";
  for (int replication = 0; replication < replications; ++replication) {
    const auto result = Compare(EqualSlopes(replication), spec, {});
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const JointEquality& joint = result->joints[0];
    chi_squared += numeric::ChiSquareSurvival(*joint.cochran_q, 2.0) < kLevel ? 1 : 0;
    f += numeric::FSurvival(*joint.cochran_q / 2.0, 2.0, 29.0) < kLevel ? 1 : 0;
    welch += joint.test->p_value < kLevel ? 1 : 0;
  }
  const auto share = [&](int count) { return static_cast<double>(count) / replications; };
  RecordProperty("chi_squared", std::to_string(share(chi_squared)));
  RecordProperty("f", std::to_string(share(f)));
  RecordProperty("welch", std::to_string(share(welch)));
  std::printf("chi2 %.4f  F(2, 29) %.4f  Welch %.4f\n", share(chi_squared), share(f), share(welch));
  // Three standard errors of a share of 5 %.
  const double error = 3.0 * std::sqrt(kLevel * (1.0 - kLevel) / replications);
  EXPECT_GT(chi_squared, f);
  EXPECT_GT(f, welch);
  EXPECT_GT(share(chi_squared), kLevel + error);
  EXPECT_NEAR(share(welch), kLevel, error + 0.01);
}

TEST(CompareSize, DrawnTestsOfEqualityAndOrder) {
  const int replications = LongRun() ? 4000 : 200;
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x | unit", {MakeInference(InferenceType::kWild, "unit")});
  spec.fit.inferences[0].draws = 199;
  spec.by = "group";
  spec.orderings = {"0 > 1 > 2"};
  int wild = 0;
  int violated = 0;
  int strict = 0;
  for (int replication = 0; replication < replications; ++replication) {
    spec.fit.inferences[0].seed = replication;
    const auto result = Compare(EqualSlopes(replication), spec, {});
    ASSERT_TRUE(result.ok()) << result.status().ToString();
    const JointEquality& joint = result->joints[0];
    wild += *joint.tests[0].p_value <= kLevel ? 1 : 0;
    violated += *result->orderings[0].violation_p_value <= kLevel ? 1 : 0;
    strict += *result->orderings[0].strict_p_value <= kLevel ? 1 : 0;
  }
  const auto share = [&](int count) { return static_cast<double>(count) / replications; };
  std::printf("wild %.4f  order violated %.4f  strict order %.4f\n", share(wild), share(violated), share(strict));
  const double error = 3.0 * std::sqrt(kLevel * (1.0 - kLevel) / replications);
  EXPECT_LT(share(wild), kLevel + error + 0.01);
  EXPECT_NEAR(share(violated), kLevel, error + 0.01);
  // The intersection-union test is conservative where all are equal.
  EXPECT_LT(share(strict), kLevel);
}

// Whole clusters change groups: the first two groups (11 and 8 clusters), the last two, and all three.
struct PermutationSizes {
  std::array<double, 3> share{};
};

PermutationSizes SizesOfPermutation(const Noise& noise, bool studentised, bool jackknife, int replications) {
  const std::array<std::vector<std::int32_t>, 3> codes = {
      std::vector<std::int32_t>{0, 1, -1}, std::vector<std::int32_t>{-1, 0, 1}, std::vector<std::int32_t>{0, 1, 2}};
  PermutationSizes sizes;
  for (int replication = 0; replication < replications; ++replication) {
    DesignOptions options;
    options.classifications = {"unit", "group"};
    const auto pooled =
        EstimateDesign(EqualSlopes(replication, noise),
                       MakeSpec("y ~ x | unit", {MakeInference(InferenceType::kCr1, "unit")}), options, {});
    if (!pooled.ok()) {
      ADD_FAILURE() << pooled.status().ToString();
      return sizes;
    }
    const auto& by = pooled->fitted.design.classifications;
    const auto slopes = ClusterSlopes::Make(pooled->fitted, by.at("unit"), Eigen::MatrixXd::Identity(1, 1));
    const std::vector<std::int32_t> groups = GroupsOfClusters(by.at("unit"), by.at("group"));
    GroupPermutationSpec spec;
    spec.draws = 199;
    spec.most_splits = 0;
    spec.seed = replication;
    spec.studentised = studentised;
    spec.jackknife = jackknife;
    for (std::size_t k = 0; k < codes.size(); ++k) {
      std::vector<std::int32_t> compared;
      for (const std::int32_t group : groups) compared.push_back(codes[k][static_cast<std::size_t>(group)]);
      const auto result = PermuteGroups(*slopes, compared, k < 2 ? 2 : 3, spec, {});
      if (result->tests[0].p_value() <= kLevel) sizes.share[k] += 1.0 / replications;
    }
  }
  std::printf("permutation, noise %.1f %.1f %.1f, %s: 11 and 8 %.4f  8 and 11 %.4f  all three %.4f\n", noise[0],
              noise[1], noise[2],
              !studentised ? "raw"
              : jackknife  ? "over CR3"
                           : "over CR1",
              sizes.share[0], sizes.share[1], sizes.share[2]);
  return sizes;
}

// Equal distributions: exact, whatever the statistic. Unequal noise: as counted over the 4,000 samples of a long run,
// the studentised form too large by little, the raw one by much. Bands are four standard errors of both counts.
TEST(CompareSize, PermutationOfWholeClusters) {
  constexpr int kCounted = 4000;
  const int replications = LongRun() ? kCounted : 200;
  const auto check = [&](const PermutationSizes& sizes, const std::array<double, 3>& expected, double counted) {
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const double p = expected[k];
      const double band = 4.0 * std::sqrt(p * (1.0 - p) * (1.0 / replications + (counted > 0.0 ? 1.0 / counted : 0.0)));
      EXPECT_NEAR(sizes.share[k], p, band) << k;
    }
  };
  check(SizesOfPermutation(kEqual, true, false, replications), {kLevel, kLevel, kLevel}, 0.0);
  check(SizesOfPermutation(kEqual, false, false, replications), {kLevel, kLevel, kLevel}, 0.0);
  check(SizesOfPermutation(kUnequal, true, false, replications), {0.0673, 0.0600, 0.0703}, kCounted);
  check(SizesOfPermutation(kUnequal, true, true, replications), {0.0675, 0.0603, 0.0705}, kCounted);
  check(SizesOfPermutation(kUnequal, false, false, replications), {0.1003, 0.0828, 0.1225}, kCounted);
}

}  // namespace
}  // namespace farrell::regression::testing
