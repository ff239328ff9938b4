// How often true nulls are rejected at 5 % with 11, 8 and 11 clusters and unequal noise.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/compare.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

constexpr int kPeriods = 10;
constexpr double kLevel = 0.05;

// FARRELL_LONG asks for full counts.
bool LongRun() {
  const char* asked = std::getenv("FARRELL_LONG");
  return asked != nullptr && std::string(asked) == "1";
}

int GroupOf(int unit) { return unit < 11 ? 0 : unit < 19 ? 1 : 2; }

// One slope for everybody; every unit's own slope scatters around it, more in the small group.
Panel EqualSlopes(std::int64_t replication) {
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
    constexpr double kNoise[] = {1.0, 3.0, 1.5};
    const double noise = kNoise[GroupOf(static_cast<int>(unit))];
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
  EXPECT_LT(share(violated), kLevel + error + 0.03);
  // The intersection-union test is conservative where all are equal.
  EXPECT_LT(share(strict), kLevel);
}

}  // namespace
}  // namespace farrell::regression::testing
