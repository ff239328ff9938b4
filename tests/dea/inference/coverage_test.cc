// Coverage of nominal 95 per cent intervals by Monte Carlo. The bands are those of the full count (FARRELL_LONG); the
// short run draws a twentieth and only asks that nothing is far off. The table is printed by the coverage benchmark.
#include "tests/dea/inference/coverage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/dea/inference/samples.h"

namespace farrell::dea::testing {
namespace {

struct Band {
  const char* name;
  Design design;
  double low;
  double high;
};

void ExpectWithin(const Band& band, double value) {
  const double slack = LongRun() ? 0 : 0.08;
  ::testing::Test::RecordProperty(band.name, std::to_string(value));
  EXPECT_GE(value, band.low - slack) << band.name;
  EXPECT_LE(value, band.high + slack) << band.name;
}

int Samples(int full) { return LongRun() ? full : full / 20; }

const Design kOneInput = {.units = 100, .inputs = 1, .scale = 0.5};
const Design kTwoInputs = {.units = 100, .inputs = 2, .scale = 0.5};
const Design kInputOrientation = {
    .units = 100, .inputs = 2, .scale = 0.5, .rts = ReturnsToScale::kVrs, .orientation = Orientation::kInput};
const Design kConstant = {.units = 100, .inputs = 2, .scale = 1, .rts = ReturnsToScale::kCrs};

TEST(CoverageTest, SmoothedBootstrap) {
  BootstrapOptions options;
  options.replication_count = 500;
  for (const Band& band :
       {Band{"one_input", kOneInput, 0.87, 0.96}, Band{"two_inputs", kTwoInputs, 0.84, 0.96},
        Band{"input_orientation", kInputOrientation, 0.84, 0.96}, Band{"constant_returns", kConstant, 0.88, 0.97}}) {
    const Coverage coverage = ScoreCoverage(band.design, options, Samples(60));
    ExpectWithin(band, coverage.covered);
    EXPECT_LT(coverage.bias, 0) << band.name;
    EXPECT_LT(std::abs(coverage.corrected_bias), std::abs(coverage.bias) / 3) << band.name;
  }
}

// Where inefficiency persists, rows are not independent: subsampling by row is too sure of itself, by unit it is not.
TEST(CoverageTest, PanelsAreDrawnByUnit) {
  Design panel;
  panel.units = 30;
  panel.periods = 5;
  panel.persistence = 1;
  BootstrapOptions options;
  options.method = BootstrapMethod::kSubsampling;
  options.replication_count = 200;
  const double by_row = ScoreCoverage(panel, options, Samples(60)).covered;
  options.by_unit = true;
  const double by_unit = ScoreCoverage(panel, options, Samples(60)).covered;
  ExpectWithin({"by_row", panel, 0.7, 0.91}, by_row);
  ExpectWithin({"by_unit", panel, 0.92, 1}, by_unit);
  EXPECT_GT(by_unit, by_row);
}

TEST(CoverageTest, Ranks) {
  BootstrapOptions options;
  options.replication_count = 500;
  options.ranks = true;
  ExpectWithin({"one_input", kOneInput, 0.9, 0.98}, ScoreCoverage(kOneInput, options, Samples(60)).ranks_covered);
  ExpectWithin({"two_inputs", kTwoInputs, 0.86, 0.97}, ScoreCoverage(kTwoInputs, options, Samples(60)).ranks_covered);
}

TEST(CoverageTest, Malmquist) {
  MalmquistBootstrapOptions options;
  options.replication_count = 500;
  const ChangeCoverage coverage = MalmquistCoverage(60, options, Samples(60));
  ExpectWithin({"index", {}, 0.83, 0.96}, coverage.index);
  ExpectWithin({"efficiency_change", {}, 0.9, 0.98}, coverage.efficiency);
  ExpectWithin({"technical_change", {}, 0.88, 0.98}, coverage.technical);
}

// The plain percentile interval lies on the wrong side of the estimate: it must not be taken for a confidence interval.
TEST(CoverageTest, ThePercentileIntervalCoversNothing) {
  BootstrapOptions options;
  options.replication_count = 200;
  options.interval = IntervalKind::kPercentile;
  EXPECT_LT(ScoreCoverage(kOneInput, options, Samples(60)).covered, 0.05);
}

TEST(CoverageTest, Subsampling) {
  BootstrapOptions options;
  options.method = BootstrapMethod::kSubsampling;
  options.replication_count = 500;
  for (const Band& band : {Band{"one_input", kOneInput, 0.90, 0.99}, Band{"two_inputs", kTwoInputs, 0.92, 0.99},
                           Band{"constant_returns", kConstant, 0.92, 0.99}}) {
    ExpectWithin(band, ScoreCoverage(band.design, options, Samples(60)).covered);
  }
}

TEST(CoverageTest, GroupMeans) {
  GroupMeanOptions options;
  options.split_count = 20;
  for (const Band& band : {Band{"one_input", kOneInput, 0.90, 0.97}, Band{"two_inputs", kTwoInputs, 0.84, 0.97},
                           Band{"constant_returns", kConstant, 0.91, 0.98}}) {
    const MeanCoverage coverage = GroupMeanCoverage(band.design, options, Samples(1000));
    ExpectWithin(band, coverage.covered);
    EXPECT_LT(coverage.rejected, 0.15) << band.name;
    GroupMeanOptions welch = options;
    welch.method = GroupMeanMethod::kWelch;
    EXPECT_LT(GroupMeanCoverage(band.design, welch, Samples(1000)).covered, coverage.covered + (LongRun() ? 0 : 0.08))
        << band.name;
  }
}

}  // namespace
}  // namespace farrell::dea::testing
