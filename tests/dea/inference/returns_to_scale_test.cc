// The test of returns to scale: its statistics, its p-value, its size where the null holds and its power where not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/inference/moments.h"
#include "services/dea/engine/inference/rts_hypothesis.h"
#include "tests/dea/inference/samples.h"

namespace farrell::dea::testing {
namespace {

RtsTestOptions Few() {
  RtsTestOptions options;
  options.replication_count = 99;
  options.seed = 11;
  return options;
}

std::vector<RtsTestResult> Tested(const Sample& sample, const RtsTestOptions& options,
                                  Orientation orientation = Orientation::kInput) {
  Result<std::vector<RtsTestResult>> results = RunRtsTests(sample, orientation, options, {}, nullptr);
  EXPECT_TRUE(results.ok()) << results.status().ToString();
  return results.ok() ? *results : std::vector<RtsTestResult>(1);
}

TEST(RtsTestTest, StatisticsAreWhatTheirNamesSay) {
  const Sample sample = Simulate(1, 40, 2, 0.6, Orientation::kInput).sample;
  std::vector<double> crs;
  std::vector<double> vrs;
  ASSERT_TRUE(ScoreMembers(sample, ReturnsToScale::kCrs, Orientation::kInput, crs, {}));
  ASSERT_TRUE(ScoreMembers(sample, ReturnsToScale::kVrs, Orientation::kInput, vrs, {}));
  double ratios = 0;
  for (std::size_t i = 0; i < crs.size(); ++i) ratios += crs[i] / vrs[i] / 40;
  RtsTestOptions options = Few();
  EXPECT_NEAR(Tested(sample, options).front().statistic, Mean(crs) / Mean(vrs), 1e-12);
  options.statistic = RtsStatistic::kMeanOfRatios;
  const RtsTestResult mean = Tested(sample, options).front();
  EXPECT_NEAR(mean.statistic, ratios, 1e-12);
  options.statistic = RtsStatistic::kMeanOfRatiosMinusOne;
  const RtsTestResult less = Tested(sample, options).front();
  EXPECT_NEAR(less.statistic, ratios - 1, 1e-12);
  EXPECT_NEAR(less.critical_value, mean.critical_value - 1, 1e-12);
  EXPECT_EQ(less.p_value, mean.p_value);
}

TEST(RtsTestTest, PValueAndCriticalValueFollowFromTheDraws) {
  const Sample sample = MakeSample(1, 1, {1, 1, 2, 1.5, 4, 2});
  RtsTestOptions options = Few();
  options.replication_count = 9;
  options.confidence_level = 0.8;
  options.units = true;
  const auto test = RtsTest::Make(sample, Orientation::kInput, options, {});
  ASSERT_TRUE(test.ok());
  // CRS distances 1, 4/3, 2; all are VRS-efficient: statistic 13/9.
  std::vector<double> draws(test->draw_count());
  const double statistics[] = {1.1, 1.2, 1.3, 1.4, 1.45, 1.5, 1, 1, 1};
  for (std::size_t r = 0; r < 9; ++r) {
    draws[4 * r] = statistics[r];
    for (std::size_t i = 0; i < 3; ++i) draws[4 * r + 1 + i] = 1 + 0.1 * static_cast<double>(r);
  }
  const RtsTestResult result = test->Finish(draws, {}).value();
  EXPECT_NEAR(result.statistic, 13.0 / 9, 1e-12);
  EXPECT_NEAR(result.p_value, 0.3, 1e-12);  // 1.45 and 1.5
  EXPECT_NEAR(result.critical_value, 1.4 + 0.4 * 0.05, 1e-12);
  EXPECT_FALSE(result.rejected);
  ASSERT_EQ(result.units.size(), 3U);
  EXPECT_NEAR(result.units[0].p_value, 1, 1e-12);
  EXPECT_NEAR(result.units[1].ratio, 4.0 / 3, 1e-12);
  EXPECT_NEAR(result.units[1].p_value, 0.6, 1e-12);  // 1.4 ... 1.8
  EXPECT_NEAR(result.units[2].p_value, 0.1, 1e-12);
  EXPECT_TRUE(result.units[2].rejected);
}

TEST(RtsTestTest, UnitsOfMeasurementAndTheSplitOfReplicationsDoNotMatter) {
  const Sample sample = Simulate(2, 25, 2, 0.8, Orientation::kOutput).sample;
  Sample scaled = sample;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    scaled.cells[i * 3] *= 1e7;
    scaled.cells[i * 3 + 2] *= 1e-4;
  }
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    const RtsTestResult a = Tested(sample, Few(), orientation).front();
    const RtsTestResult b = Tested(scaled, Few(), orientation).front();
    EXPECT_NEAR(a.critical_value, b.critical_value, 1e-9);
    EXPECT_EQ(a.p_value, b.p_value);
  }
  const auto test = RtsTest::Make(sample, Orientation::kOutput, Few(), {});
  std::vector<double> whole(test->draw_count());
  std::vector<double> parts(test->draw_count());
  ASSERT_TRUE(test->Run(0, 99, whole.data(), {}, nullptr));
  {
    std::jthread low([&] { test->Run(0, 40, parts.data(), {}, nullptr); });
    std::jthread high([&] { test->Run(40, 99, parts.data() + 40 * test->row_length(), {}, nullptr); });
  }
  EXPECT_EQ(whole, parts);
}

// Constant returns hold, or fail: how often the null is rejected at 5 per cent.
TEST(RtsTestTest, RejectsRarelyWhereTheNullHoldsAndOftenWhereItDoesNot) {
  const int samples = LongRun() ? 400 : 30;
  RtsTestOptions options = Few();
  options.replication_count = 199;
  const auto rejections = [&](double scale) {
    int rejected = 0;
    for (int i = 0; i < samples; ++i) {
      options.seed = i;
      const Sample sample = Simulate(500 + static_cast<std::uint64_t>(i), 60, 1, scale, Orientation::kInput).sample;
      if (Tested(sample, options).front().rejected) ++rejected;
    }
    return static_cast<double>(rejected) / samples;
  };
  const double size = rejections(1);
  const double power = rejections(0.3);
  RecordProperty("size", std::to_string(size));
  RecordProperty("power", std::to_string(power));
  EXPECT_LE(size, LongRun() ? 0.08 : 0.2);
  EXPECT_GE(power, 0.9);
}

// Decreasing returns everywhere: constant returns are rejected, non-increasing ones are then asked and not rejected.
TEST(RtsTestTest, TheSecondStepFollowsARejection) {
  RtsTestOptions options = Few();
  options.replication_count = 199;
  const std::vector<RtsTestResult> decreasing = Tested(Simulate(7, 80, 1, 0.3, Orientation::kInput).sample, options);
  ASSERT_EQ(decreasing.size(), 2U);
  EXPECT_EQ(decreasing[1].null, ReturnsToScale::kNirs);
  EXPECT_FALSE(decreasing[1].rejected);
  const std::vector<RtsTestResult> constant = Tested(Simulate(7, 80, 1, 1, Orientation::kInput).sample, options);
  EXPECT_EQ(constant.size(), constant.front().rejected ? 2U : 1U);
}

TEST(RtsTestTest, RefusalsAreTyped) {
  RtsTestOptions bad = Few();
  bad.null = ReturnsToScale::kVrs;
  bad.replication_count = 0;
  bad.confidence_level = 2;
  bad.bandwidth = 1;
  Violations violations;
  CheckRtsTestOptions(bad, "", violations);
  EXPECT_EQ(violations.size(), 4U);
  const Sample flat = MakeSample(1, 1, {1, 1, 2, 2});
  EXPECT_EQ(RunRtsTests(flat, Orientation::kInput, Few(), {}, nullptr).status().reason(), "NO_INEFFICIENT_UNIT");
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(RunRtsTests(Simulate(3, 20, 1, 1, Orientation::kInput).sample, Orientation::kInput, Few(),
                        source.get_token(), nullptr)
                .status()
                .code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace farrell::dea::testing
