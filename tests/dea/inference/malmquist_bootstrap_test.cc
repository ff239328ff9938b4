// The Malmquist bootstrap: published indices, the bivariate density, exact properties and a shift that is known.
#include "services/dea/engine/inference/malmquist_bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "services/dea/engine/inference/moments.h"
#include "tests/dea/inference/samples.h"
#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {
namespace {

MalmquistBootstrapOptions Few() {
  MalmquistBootstrapOptions options;
  options.replication_count = 40;
  options.seed = 3;
  return options;
}

MalmquistBootstrapResult Bootstrap(const TwoPeriods& data, const MalmquistBootstrapOptions& options,
                                   ReturnsToScale rts = ReturnsToScale::kCrs,
                                   Orientation orientation = Orientation::kInput) {
  Result<MalmquistBootstrapResult> result = RunMalmquistBootstrap(data, rts, orientation, options, {}, nullptr);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *result : MalmquistBootstrapResult{};
}

TwoPeriods MakePeriods(std::uint64_t seed, int units, double shift) {
  return SimulatePeriods(seed * 7717 + 5, units, shift).data;
}

// P15 (Wang & Lan 2011): 31 provinces, 2005-2009, input orientation.
TEST(MalmquistBootstrapTest, EstimatesAreThePublishedIndices) {
  const Fixture fixture = LoadFixture("P15", "");
  std::map<std::string, double> expected;
  for (const Record& record : ReadCsv("expected.csv")) {
    if (record.at("fixture") != "P15" || record.at("model") != "Malmquist FGNZ") continue;
    expected[record.at("dmu") + record.at("period") + record.at("measure")] = std::stod(record.at("recomputed"));
  }
  ASSERT_FALSE(expected.empty());
  int compared = 0;
  for (std::int64_t year = 2006; year <= 2009; ++year) {
    TwoPeriods data;
    data.input_count = 2;
    data.output_count = 1;
    std::vector<std::string> names;
    for (std::size_t row = 0; row < fixture.panel.size(); ++row) {
      const std::int64_t time = fixture.panel.times[row];
      if (time != year && time != year - 1) continue;
      std::vector<double>& cells = time == year ? data.second : data.first;
      for (const char* column : {"i0", "i1", "o0"}) cells.push_back(fixture.panel.Find(column)->numbers[row]);
      if (time == year) {
        data.matched.push_back(static_cast<std::int32_t>(names.size()));
        names.push_back(fixture.panel.units[row]);
      }
    }
    const MalmquistBootstrapResult result = Bootstrap(data, Few());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string key = names[i] + std::to_string(year);
      const MalmquistInterval& interval = result.intervals[i];
      EXPECT_NEAR(interval.index.estimate, expected.at(key + "mi"), 1e-9);
      EXPECT_NEAR(interval.efficiency_change.estimate, expected.at(key + "ec"), 1e-9);
      EXPECT_NEAR(interval.technical_change.estimate, expected.at(key + "tc"), 1e-9);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 124);
}

// With A the reflected distances less 1, a draw less 1 is +-(A + h e) / sqrt(1 + h^2) up to the noise of the centre, so
// its mean square is known; pairs remain as correlated as the distances, weakened by reflection at 1 only.
TEST(MalmquistBootstrapTest, DrawnPairsKeepTheMomentsOfTheDistances) {
  const TwoPeriods data = MakePeriods(1, 120, 1);
  const auto bootstrap = MalmquistBootstrap::Make(data, ReturnsToScale::kCrs, Orientation::kInput, Few(), {});
  ASSERT_TRUE(bootstrap.ok());
  const double h = bootstrap->bandwidth();
  std::vector<double> a;
  std::vector<double> b;
  ASSERT_TRUE(ScoreMembers(MakeSample(2, 1, data.first), ReturnsToScale::kCrs, Orientation::kInput, a, {}));
  ASSERT_TRUE(ScoreMembers(MakeSample(2, 1, data.second), ReturnsToScale::kCrs, Orientation::kInput, b, {}));
  const auto square = [](const std::vector<double>& distances) {
    double sum = 0;
    for (const double distance : distances) sum += (distance - 1) * (distance - 1);
    return sum / static_cast<double>(distances.size());
  };
  const auto correlation = [](const std::vector<double>& first, const std::vector<double>& second) {
    const double mean_first = Mean(first);
    const double mean_second = Mean(second);
    double sum = 0;
    for (std::size_t i = 0; i < first.size(); ++i) sum += (first[i] - mean_first) * (second[i] - mean_second);
    return sum / static_cast<double>(first.size() - 1) / std::sqrt(SampleVariance(first) * SampleVariance(second));
  };
  std::vector<double> first;
  std::vector<double> second;
  MalmquistBootstrap::Drawn drawn;
  for (std::int64_t replication = 0; replication < 2000; ++replication) {
    bootstrap->Draw(replication, drawn);
    first.insert(first.end(), drawn.first.begin(), drawn.first.end());
    second.insert(second.end(), drawn.second.begin(), drawn.second.end());
  }
  EXPECT_GE(*std::min_element(first.begin(), first.end()), 1);
  EXPECT_GE(*std::min_element(second.begin(), second.end()), 1);
  EXPECT_NEAR(square(first) / ((square(a) + h * h * SampleVariance(a)) / (1 + h * h)), 1, 0.02);
  EXPECT_NEAR(square(second) / ((square(b) + h * h * SampleVariance(b)) / (1 + h * h)), 1, 0.02);
  EXPECT_LT(correlation(first, second), correlation(a, b));
  EXPECT_GT(correlation(first, second), correlation(a, b) - 0.15);
}

TEST(MalmquistBootstrapTest, UnitsOfMeasurementDoNotMatter) {
  const TwoPeriods data = MakePeriods(2, 20, 1.1);
  TwoPeriods scaled = data;
  for (std::size_t i = 0; i < data.first.size(); ++i) {
    const double scale = i % 3 == 0 ? 1e6 : i % 3 == 1 ? 1e-3 : 3;
    scaled.first[i] *= scale;
    scaled.second[i] *= scale;
  }
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    const MalmquistBootstrapResult a = Bootstrap(data, Few(), ReturnsToScale::kCrs, orientation);
    const MalmquistBootstrapResult b = Bootstrap(scaled, Few(), ReturnsToScale::kCrs, orientation);
    for (std::size_t i = 0; i < 20; ++i) {
      EXPECT_NEAR(a.intervals[i].index.conf_low, b.intervals[i].index.conf_low, 1e-9);
      EXPECT_NEAR(a.intervals[i].technical_change.conf_high, b.intervals[i].technical_change.conf_high, 1e-9);
      EXPECT_NEAR(a.intervals[i].efficiency_change.bias, b.intervals[i].efficiency_change.bias, 1e-9);
    }
  }
}

TEST(MalmquistBootstrapTest, AnySplitOfTheReplicationsGivesTheSameBits) {
  const auto bootstrap =
      MalmquistBootstrap::Make(MakePeriods(3, 15, 1.1), ReturnsToScale::kCrs, Orientation::kOutput, Few(), {});
  ASSERT_TRUE(bootstrap.ok());
  std::vector<double> whole(bootstrap->draw_count());
  std::vector<double> parts(bootstrap->draw_count());
  ASSERT_TRUE(bootstrap->Run(0, 40, whole.data(), {}, nullptr));
  {
    std::vector<std::jthread> threads;
    for (std::int64_t first = 0; first < 40; first += 13) {
      threads.emplace_back([&, first] {
        bootstrap->Run(first, std::min<std::int64_t>(40, first + 13),
                       parts.data() + static_cast<std::size_t>(first) * bootstrap->row_length(), {}, nullptr);
      });
    }
  }
  EXPECT_EQ(whole, parts);
}

TEST(MalmquistBootstrapTest, EveryDrawIsTheProductOfItsParts) {
  const auto bootstrap =
      MalmquistBootstrap::Make(MakePeriods(4, 15, 0.9), ReturnsToScale::kCrs, Orientation::kInput, Few(), {});
  ASSERT_TRUE(bootstrap.ok());
  std::vector<double> draws(bootstrap->draw_count());
  ASSERT_TRUE(bootstrap->Run(0, 40, draws.data(), {}, nullptr));
  for (std::size_t i = 0; i < draws.size(); i += 3) EXPECT_NEAR(draws[i], draws[i + 1] * draws[i + 2], 1e-12);
}

// Five draws that are given, the last without a value; quantiles of type 7 at 0.25 and 0.75 by hand.
TEST(MalmquistBootstrapTest, IntervalsAreWhatTheirNameSays) {
  TwoPeriods data;
  data.input_count = data.output_count = 1;
  data.matched = {0, 1};
  data.first = {1, 1, 1, 0.5};   // scores 1, 0.5
  data.second = {1, 2, 1, 1.5};  // scores 1, 0.75; the frontier doubled
  MalmquistBootstrapOptions options;
  options.replication_count = 5;
  options.confidence_level = 0.5;
  const auto bootstrap = MalmquistBootstrap::Make(data, ReturnsToScale::kCrs, Orientation::kInput, options, {});
  ASSERT_TRUE(bootstrap.ok());
  std::vector<double> draws(bootstrap->draw_count(), 1);
  const double given[] = {2.5, 2, 1.5, 1, 0};
  for (std::size_t r = 0; r < 5; ++r) draws[(r * 2 + 1) * 3] = given[r];
  const MalmquistBootstrapResult result = bootstrap->Finish(draws, {}).value();
  const ChangeInterval& index = result.intervals[1].index;
  EXPECT_NEAR(index.estimate, 3, 1e-12);
  EXPECT_NEAR(result.intervals[1].efficiency_change.estimate, 1.5, 1e-12);
  EXPECT_NEAR(result.intervals[1].technical_change.estimate, 2, 1e-12);
  EXPECT_EQ(index.undominated_count, 1);
  EXPECT_NEAR(index.bias, 1.75 - 3, 1e-12);
  EXPECT_NEAR(index.bias_error, std::sqrt(1.25 / 3 / 4), 1e-12);
  EXPECT_NEAR(index.corrected, 4.25, 1e-12);
  EXPECT_NEAR(index.conf_low, 6 - 2.125, 1e-12);
  EXPECT_NEAR(index.conf_high, 6 - 1.375, 1e-12);
  EXPECT_TRUE(index.significant);
  EXPECT_NEAR(result.bandwidth, std::pow(0.4, 1.0 / 6), 1e-12);
}

// A unit of one period may span that frontier; it is not measured.
TEST(MalmquistBootstrapTest, UnmatchedUnitsSpanTheirFrontier) {
  TwoPeriods data = MakePeriods(6, 20, 1);
  const MalmquistBootstrapResult without = Bootstrap(data, Few());
  data.second_only = {100};
  data.second_only_cells = {1, 1, 5};  // far ahead of everyone
  const MalmquistBootstrapResult with = Bootstrap(data, Few());
  ASSERT_EQ(with.intervals.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_GT(with.intervals[i].technical_change.estimate, 1.5 * without.intervals[i].technical_change.estimate);
    EXPECT_LT(with.intervals[i].efficiency_change.estimate, without.intervals[i].efficiency_change.estimate);
  }
}

// Under variable returns a unit may lie beyond the other frontier: nothing is made up for it.
TEST(MalmquistBootstrapTest, WhatIsNotDominatedHasNoInterval) {
  TwoPeriods data = MakePeriods(7, 20, 1);
  data.second[2] = 50;  // its output is beyond the first frontier
  const MalmquistBootstrapResult result = Bootstrap(data, Few(), ReturnsToScale::kVrs);
  EXPECT_FALSE(result.intervals[0].technical_change.defined);
  EXPECT_FALSE(result.intervals[0].index.defined);
  EXPECT_TRUE(result.intervals[0].efficiency_change.defined);
  for (const MalmquistInterval& interval : result.intervals) {
    EXPECT_TRUE(std::isfinite(interval.index.conf_low + interval.index.conf_high + interval.index.corrected));
  }
}

TEST(MalmquistBootstrapTest, RefusalsAreTyped) {
  TwoPeriods one = MakePeriods(8, 1, 1);
  EXPECT_EQ(RunMalmquistBootstrap(one, ReturnsToScale::kCrs, Orientation::kInput, Few(), {}, nullptr).status().reason(),
            "SAMPLE_TOO_SMALL");
  TwoPeriods flat;
  flat.input_count = flat.output_count = 1;
  flat.matched = {0, 1};
  flat.first = flat.second = {1, 1, 2, 2};
  EXPECT_EQ(
      RunMalmquistBootstrap(flat, ReturnsToScale::kCrs, Orientation::kInput, Few(), {}, nullptr).status().reason(),
      "NO_INEFFICIENT_UNIT");
  MalmquistBootstrapOptions bad{.replication_count = 0, .confidence_level = 0, .bandwidth = -1};
  Violations violations;
  CheckMalmquistBootstrapOptions(bad, "", violations);
  EXPECT_EQ(violations.size(), 3U);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(RunMalmquistBootstrap(MakePeriods(9, 10, 1), ReturnsToScale::kCrs, Orientation::kInput, Few(),
                                  source.get_token(), nullptr)
                .status()
                .code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace farrell::dea::testing
