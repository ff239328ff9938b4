// The bootstraps of scores: the published plants, exact properties, and the definitions of intervals on draws that are
// given.
#include "services/dea/engine/inference/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/dea/inference/bootstrap_cases.h"
#include "tests/dea/inference/samples.h"
#include "tests/dea/problems.h"
#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {
namespace {

// P13b: the smoothed bootstrap of the plants with h = 0.014 by an independent program, B = 3,000.
TEST(BootstrapTest, ThePlantsOfSimarAndWilson1998) {
  const Plants plants = LoadPlants();
  BootstrapOptions options;
  options.replication_count = LongRun() ? 20000 : 2000;
  options.seed = 1998;
  options.bandwidth_rule = BandwidthRule::kFixed;
  options.bandwidth = 0.014;
  const BootstrapResult result = Bootstrap(plants.sample, ReturnsToScale::kVrs, Orientation::kInput, options);
  std::map<std::string, Record> expected;
  for (const Record& record : ReadCsv("data/P13b_sw1998_bootstrap_reference.csv")) {
    expected[record.at("plant")] = record;
  }
  ASSERT_EQ(result.intervals.size(), 19U);
  for (std::size_t i = 0; i < result.intervals.size(); ++i) {
    const BootstrapInterval& interval = result.intervals[i];
    const Record& record = expected.at(plants.names[i]);
    const auto value = [&](const char* column) { return std::stod(record.at(column)); };
    SCOPED_TRACE(plants.names[i]);
    EXPECT_NEAR(interval.score, value("theta_hat"), 5e-9);
    EXPECT_LT(std::abs(interval.distance_bias - value("delta_bias")),
              4 * value("delta_bias_mc_se") * std::sqrt(1 + 3000.0 / static_cast<double>(options.replication_count)));
    EXPECT_NEAR(interval.conf_low, value("ci_low"), 0.005);
    EXPECT_NEAR(interval.conf_high, value("ci_high"), 0.005);
    EXPECT_NEAR(interval.corrected, 1 / (1 / interval.score - interval.distance_bias), 1e-15);
    EXPECT_NEAR(interval.distance_bias_error * std::sqrt(static_cast<double>(options.replication_count)),
                value("delta_bias_mc_se") * std::sqrt(3000.0),
                (LongRun() ? 0.06 : 0.12) * value("delta_bias_mc_se") * std::sqrt(3000.0));
  }
}

// The same by deaR 1.5.3, which shrinks about 1: B = 2,000 there, so its bias has sqrt(3000 / 2000) times the error.
TEST(BootstrapTest, ThePlantsByDeaR) {
  const Plants plants = LoadPlants();
  BootstrapOptions options;
  options.replication_count = LongRun() ? 20000 : 2000;
  options.seed = 1;
  options.smoothing = Smoothing::kShrinkAboutOne;
  options.bandwidth_rule = BandwidthRule::kFixed;
  options.bandwidth = 0.014;
  const BootstrapResult result = Bootstrap(plants.sample, ReturnsToScale::kVrs, Orientation::kInput, options);
  std::map<std::string, Record> expected;
  for (const Record& record : ReadCsv("data/P13b_sw1998_bootstrap_reference.csv")) {
    expected[record.at("plant")] = record;
  }
  for (std::size_t i = 0; i < result.intervals.size(); ++i) {
    const BootstrapInterval& interval = result.intervals[i];
    const Record& record = expected.at(plants.names[i]);
    const auto value = [&](const char* column) { return std::stod(record.at(column)); };
    SCOPED_TRACE(plants.names[i]);
    EXPECT_LT(std::abs(interval.distance_corrected - 1 / value("deaR_theta_bc_B2000")),
              4 * value("delta_bias_mc_se") *
                  std::sqrt(3000.0 / 2000 + 3000.0 / static_cast<double>(options.replication_count)));
    EXPECT_NEAR(interval.conf_low, value("deaR_ci_low"), 0.005);
    EXPECT_NEAR(interval.conf_high, value("deaR_ci_high"), 0.005);
  }
}

TEST(BootstrapTest, RanksCountTheUnitsThatAreBetter) {
  Sample sample = MakeSample(1, 1, {1, 1, 1, 0.9, 1, 0.5});  // CRS distances 1, 10/9, 2
  BootstrapOptions options = Few();
  options.replication_count = 4;
  options.interval = IntervalKind::kPercentile;
  options.confidence_level = 0.5;
  options.ranks = true;
  const auto bootstrap =
      ScoreBootstrap::Make(sample, ReturnsToScale::kCrs, Orientation::kInput, RadialMeasure::kTheta, options, {});
  const BootstrapResult result = bootstrap->Finish({1, 1.1, 2, 1.2, 1.1, 2, 1.1, 1.1, 2, 1.3, 1.2, 1.1}, {}).value();
  EXPECT_EQ(result.intervals[0].best_share, 0.5);  // alone once, tied once
  EXPECT_EQ(result.intervals[1].best_share, 0.5);
  EXPECT_EQ(result.intervals[2].best_share, 0.25);
  // Ranks 1 2 1 3; 2 1 1 2; 3 3 3 1: quantiles of type 7 at 0.25 and 0.75.
  EXPECT_EQ(result.intervals[0].rank_low, 1);
  EXPECT_EQ(result.intervals[0].rank_high, 2.25);
  EXPECT_EQ(result.intervals[1].rank_low, 1);
  EXPECT_EQ(result.intervals[1].rank_high, 2);
  EXPECT_EQ(result.intervals[2].rank_low, 2.5);
  EXPECT_EQ(result.intervals[2].rank_high, 3);
}

TEST(BootstrapTest, TooMuchIsRefusedBeforeItIsAllocated) {
  EXPECT_EQ(CheckSize(100'001, 1, 2).reason(), "SAMPLE_TOO_LARGE");
  EXPECT_EQ(CheckSize(100'000, 100'000, 1001).reason(), "TOO_MANY_DRAWS");
  EXPECT_TRUE(CheckSize(100'000, 100'000, 1000).ok());
  BootstrapOptions options = Few();
  options.replication_count = 1'000'000;
  const Sample sample = Simulate(14, 101, 1, 0.5, Orientation::kOutput).sample;
  EXPECT_EQ(RunBootstrap(sample, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kPhi, options, {}, nullptr)
                .status()
                .reason(),
            "TOO_MANY_DRAWS");
}

TEST(BootstrapTest, UnitsOfMeasurementDoNotMatter) {
  const Sample sample = Simulate(1, 25, 2, 0.7, Orientation::kInput).sample;
  Sample scaled = sample;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    scaled.cells[i * 3] *= 1e6;
    scaled.cells[i * 3 + 1] *= 3e-5;
    scaled.cells[i * 3 + 2] *= 7;
  }
  for (const BootstrapMethod method : {BootstrapMethod::kSmoothed, BootstrapMethod::kSubsampling}) {
    for (const ReturnsToScale rts : kTechnologies) {
      for (const Orientation orientation : kOrientations) {
        const BootstrapResult a = Bootstrap(sample, rts, orientation, Few(method));
        const BootstrapResult b = Bootstrap(scaled, rts, orientation, Few(method));
        for (std::size_t i = 0; i < sample.size(); ++i) {
          EXPECT_NEAR(a.intervals[i].bias, b.intervals[i].bias, 1e-9);
          EXPECT_NEAR(a.intervals[i].conf_low, b.intervals[i].conf_low, 1e-9);
          EXPECT_NEAR(a.intervals[i].conf_high, b.intervals[i].conf_high, 1e-9);
        }
      }
    }
  }
}

// Draws belong to rows in (unit, time) order, so the order of the file is forgotten.
TEST(BootstrapTest, TheOrderOfTheFileDoesNotMatter) {
  const auto scores = [](bool reversed) {
    const Sample simulated = Simulate(2, 12, 2, 0.7, Orientation::kInput).sample;
    Panel panel;
    for (const char* name : {"a", "b", "y"}) panel.columns.emplace_back().name = name;
    for (std::size_t i = 0; i < simulated.size(); ++i) {
      const std::size_t row = reversed ? simulated.size() - 1 - i : i;
      panel.units.push_back("unit" + std::to_string(10 + row));
      panel.rows.push_back(static_cast<std::int64_t>(i));
      for (std::size_t c = 0; c < 3; ++c) panel.columns[c].numbers.push_back(simulated.row(row)[c]);
    }
    SortPanel(panel);
    Model model;
    model.inputs = {"a", "b"};
    model.outputs = {"y"};
    const Observations data = MakeObservations(panel, model).value();
    return Bootstrap(MakeSamples(data, MakeReferenceSets(data, {}), {}).front(), ReturnsToScale::kVrs,
                     Orientation::kInput, Few());
  };
  const BootstrapResult a = scores(false);
  const BootstrapResult b = scores(true);
  for (std::size_t i = 0; i < a.intervals.size(); ++i) {
    EXPECT_EQ(a.intervals[i].bias, b.intervals[i].bias);
    EXPECT_EQ(a.intervals[i].conf_low, b.intervals[i].conf_low);
  }
}

TEST(BootstrapTest, AnySplitOfTheReplicationsGivesTheSameBits) {
  for (const BootstrapMethod method : {BootstrapMethod::kSmoothed, BootstrapMethod::kSubsampling}) {
    BootstrapOptions options = Few(method);
    options.replication_count = 31;
    const Sample sample = Simulate(3, 20, 2, 0.7, Orientation::kOutput).sample;
    const auto bootstrap = ScoreBootstrap::Make(sample, ReturnsToScale::kVrs, Orientation::kOutput,
                                                RadialMeasure::kInversePhi, options, {});
    ASSERT_TRUE(bootstrap.ok());
    std::vector<double> whole(bootstrap->draw_count());
    std::vector<double> parts(bootstrap->draw_count());
    ASSERT_TRUE(bootstrap->Run(0, 31, whole.data(), {}, nullptr));
    {
      std::vector<std::jthread> threads;
      for (std::int64_t first = 0; first < 31; first += 8) {
        threads.emplace_back([&, first] {
          bootstrap->Run(first, std::min<std::int64_t>(31, first + 8),
                         parts.data() + static_cast<std::size_t>(first) * bootstrap->row_length(), {}, nullptr);
        });
      }
    }
    EXPECT_EQ(whole, parts);
  }
}

// The pseudo-frontier and every subsample's frontier lie inside the estimated technology.
TEST(BootstrapTest, NoDrawExceedsTheEstimate) {
  for (std::uint64_t number = 0; number < (LongRun() ? 200U : 20U); ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 25);
    SCOPED_TRACE(problem.description);
    Sample sample = MakeSample(problem.data.input_count, problem.data.output_count, problem.data.cells);
    for (const BootstrapMethod method : {BootstrapMethod::kSmoothed, BootstrapMethod::kSubsampling}) {
      BootstrapOptions options = Few(method);
      options.replication_count = 10;
      const RadialMeasure measure = MeasureOf(problem.orientation);
      const auto bootstrap = ScoreBootstrap::Make(sample, problem.rts, problem.orientation, measure, options, {});
      if (!bootstrap) {
        EXPECT_EQ(bootstrap.status().code(), Code::kFailedPrecondition);
        continue;
      }
      std::vector<double> draws(bootstrap->draw_count());
      ASSERT_TRUE(bootstrap->Run(0, 10, draws.data(), {}, nullptr));
      const BootstrapResult result = bootstrap->Finish(draws, {}).value();
      for (std::size_t i = 0; i < result.intervals.size(); ++i) {
        const BootstrapInterval& interval = result.intervals[i];
        for (std::size_t r = 0; r < 10; ++r) {
          EXPECT_LE(draws[r * result.intervals.size() + i], interval.distance * (1 + 1e-8));
          EXPECT_GE(draws[r * result.intervals.size() + i], method == BootstrapMethod::kSmoothed ? 1e-300 : 0);
        }
        EXPECT_LE(interval.distance_bias, 1e-8 * interval.distance);
        EXPECT_LE(interval.conf_low, interval.conf_high);
        EXPECT_GE(interval.distance_low, interval.distance * (1 - 1e-8));
        EXPECT_TRUE(std::isfinite(interval.conf_low + interval.conf_high + interval.corrected));
        EXPECT_FALSE(interval.corrected_outside);
      }
    }
  }
}

// Ten draws that are given; everything that follows from them by hand.
TEST(BootstrapTest, IntervalsAreWhatTheirNamesSay) {
  const Sample sample = MakeSample(1, 1, {1, 1, 2, 1, 4, 3});                                // VRS input: 1, 1/2, 1
  const std::vector<double> of_second = {1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0};  // estimate 2, mean 1.45
  std::vector<double> draws;
  for (const double draw : of_second) draws.insert(draws.end(), {1, draw, 1});
  const auto finish = [&](IntervalKind kind, BootstrapMethod method, RadialMeasure measure) {
    BootstrapOptions options;
    options.method = method;
    options.interval = kind;
    options.replication_count = 10;
    options.confidence_level = 0.8;
    options.subsample_size = 2;
    options.ranks = true;
    const Orientation orientation = measure == RadialMeasure::kPhi ? Orientation::kOutput : Orientation::kInput;
    return ScoreBootstrap::Make(sample, ReturnsToScale::kVrs, orientation, measure, options, {})
        ->Finish(draws, {})
        .value()
        .intervals[1];
  };
  // Quantiles of type 7 of the draws at 0.1 and 0.9: 1.09 and 1.81.
  const BootstrapInterval basic = finish(IntervalKind::kBasic, BootstrapMethod::kSmoothed, RadialMeasure::kTheta);
  EXPECT_NEAR(basic.distance, 2, 1e-12);
  EXPECT_NEAR(basic.distance_bias, -0.55, 1e-12);
  EXPECT_NEAR(basic.distance_bias_error, std::sqrt(0.825 / 9 / 10), 1e-12);
  EXPECT_NEAR(basic.distance_low, 2.19, 1e-12);
  EXPECT_NEAR(basic.distance_high, 2.91, 1e-12);
  EXPECT_NEAR(basic.score, 0.5, 1e-12);
  EXPECT_NEAR(basic.corrected, 1 / 2.55, 1e-12);
  EXPECT_NEAR(basic.bias, 0.5 - 1 / 2.55, 1e-12);
  EXPECT_NEAR(basic.conf_low, 1 / 2.91, 1e-12);
  EXPECT_NEAR(basic.conf_high, 1 / 2.19, 1e-12);
  EXPECT_FALSE(basic.correction_noisy);
  const BootstrapInterval percentile =
      finish(IntervalKind::kPercentile, BootstrapMethod::kSmoothed, RadialMeasure::kTheta);
  EXPECT_NEAR(percentile.distance_low, 1.09, 1e-12);
  EXPECT_NEAR(percentile.distance_high, 1.81, 1e-12);
  const BootstrapInterval shifted =
      finish(IntervalKind::kPercentileBias, BootstrapMethod::kSmoothed, RadialMeasure::kTheta);
  EXPECT_NEAR(shifted.distance_low, 2.19, 1e-12);
  EXPECT_NEAR(shifted.distance_high, 2.91, 1e-12);
  // Ranks of the plausible values: 2.1 to 3.0 against 1 and 1.
  EXPECT_EQ(basic.rank_low, 3);
  EXPECT_EQ(basic.rank_high, 3);
  EXPECT_EQ(basic.best_share, 0);
  EXPECT_NEAR(percentile.best_share, 0.1, 1e-15);
  // Subsampling, m = 2 of n = 3 and rate 2/3: plausible d / (1 + (2/3)^(2/3) (d*/d - 1)).
  const BootstrapInterval subsampled =
      finish(IntervalKind::kBasic, BootstrapMethod::kSubsampling, RadialMeasure::kTheta);
  const double factor = std::pow(2.0 / 3, 2.0 / 3);
  EXPECT_NEAR(subsampled.distance_bias, -0.55 * factor, 1e-12);
  const auto plausible = [&](double draw) { return 2 / (1 + factor * (draw / 2 - 1)); };
  EXPECT_NEAR(subsampled.distance_low, plausible(1.8) + 0.9 * (plausible(1.9) - plausible(1.8)), 0.1);
  EXPECT_NEAR(subsampled.distance_high, plausible(1.1) * 0.9 + 0.1 * plausible(1.0), 1e-12);
  EXPECT_NEAR(subsampled.conf_low, 1 / subsampled.distance_high, 1e-15);
}

// In the output orientation the measure may be phi itself: nothing is swapped.
TEST(BootstrapTest, PhiIsTheDistance) {
  const Sample sample = Simulate(4, 20, 1, 0.5, Orientation::kOutput).sample;
  const auto run = [&](RadialMeasure measure) {
    return RunBootstrap(sample, ReturnsToScale::kVrs, Orientation::kOutput, measure, Few(), {}, nullptr).value();
  };
  const BootstrapResult phi = run(RadialMeasure::kPhi);
  const BootstrapResult inverse = run(RadialMeasure::kInversePhi);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    EXPECT_EQ(phi.intervals[i].conf_low, phi.intervals[i].distance_low);
    EXPECT_EQ(phi.intervals[i].conf_high, phi.intervals[i].distance_high);
    EXPECT_NEAR(phi.intervals[i].bias, phi.intervals[i].distance_bias, 1e-15);
    EXPECT_EQ(inverse.intervals[i].conf_low, 1 / phi.intervals[i].conf_high);
  }
}

// Under constant returns both orientations have the same distances and the same draws.
TEST(BootstrapTest, OrientationsAgreeUnderConstantReturns) {
  const Sample sample = Simulate(5, 20, 2, 1, Orientation::kInput).sample;
  const BootstrapResult input = Bootstrap(sample, ReturnsToScale::kCrs, Orientation::kInput, Few());
  const BootstrapResult output = Bootstrap(sample, ReturnsToScale::kCrs, Orientation::kOutput, Few());
  for (std::size_t i = 0; i < sample.size(); ++i) {
    EXPECT_NEAR(input.intervals[i].distance_bias, output.intervals[i].distance_bias, 1e-9);
    EXPECT_NEAR(input.intervals[i].distance_high, output.intervals[i].distance_high, 1e-9);
  }
}

// The unit with the largest output is outside every subsample's technology that lacks it.
TEST(BootstrapTest, PointsThatASubsampleDoesNotDominateAreCounted) {
  Sample sample = Simulate(6, 30, 1, 0.5, Orientation::kInput).sample;
  sample.cells[1] = 100;
  BootstrapOptions options = Few(BootstrapMethod::kSubsampling);
  options.replication_count = 400;
  options.subsample_size = 10;
  const BootstrapResult zero = Bootstrap(sample, ReturnsToScale::kVrs, Orientation::kInput, options);
  EXPECT_EQ(zero.subsample_size, 10);
  EXPECT_NEAR(static_cast<double>(zero.intervals[0].undominated_count) / 400, 2.0 / 3, 0.1);
  const double worst = 1 / (1 - std::pow(10.0 / 30, 2.0 / 3));
  EXPECT_NEAR(zero.intervals[0].distance_high, worst, 1e-12);
  options.undominated = UndominatedDraws::kLeaveOut;
  const BootstrapResult left_out = Bootstrap(sample, ReturnsToScale::kVrs, Orientation::kInput, options);
  EXPECT_EQ(left_out.intervals[0].undominated_count, zero.intervals[0].undominated_count);
  EXPECT_NEAR(left_out.intervals[0].distance_high, 1, 1e-12);
}

TEST(BootstrapTest, SubsamplesHaveTheSizeAskedFor) {
  const Sample sample = Simulate(7, 100, 1, 0.5, Orientation::kInput).sample;
  BootstrapOptions options = Few(BootstrapMethod::kSubsampling);
  EXPECT_EQ(Bootstrap(sample, ReturnsToScale::kVrs, Orientation::kInput, options).subsample_size,
            25);  // 100^0.7 = 25.1
  EXPECT_DOUBLE_EQ(Bootstrap(sample, ReturnsToScale::kVrs, Orientation::kInput, options).rate, 2.0 / 3);
  EXPECT_DOUBLE_EQ(Bootstrap(sample, ReturnsToScale::kCrs, Orientation::kInput, options).rate, 1);
  options.subsample_size = 100;
  const auto refused =
      ScoreBootstrap::Make(sample, ReturnsToScale::kVrs, Orientation::kInput, RadialMeasure::kTheta, options, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "SAMPLE_TOO_SMALL");
}

TEST(BootstrapTest, ReferenceOnlyMembersSpanTheFrontierWithoutBeingScored) {
  const Sample all = Simulate(8, 20, 1, 0.5, Orientation::kInput).sample;
  Sample some = all;
  some.evaluated = {3, 11};
  const BootstrapResult a = Bootstrap(all, ReturnsToScale::kVrs, Orientation::kInput, Few());
  const BootstrapResult b = Bootstrap(some, ReturnsToScale::kVrs, Orientation::kInput, Few());
  ASSERT_EQ(b.intervals.size(), 2U);
  EXPECT_NEAR(b.intervals[0].conf_low, a.intervals[3].conf_low, 1e-12);
  EXPECT_NEAR(b.intervals[1].bias, a.intervals[11].bias, 1e-12);
}

TEST(BootstrapTest, NothingToDrawFromIsSaid) {
  const Sample sample = MakeSample(1, 1, {1, 1, 2, 2, 3, 3});
  const auto result =
      RunBootstrap(sample, ReturnsToScale::kCrs, Orientation::kInput, RadialMeasure::kTheta, Few(), {}, nullptr);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().reason(), "NO_INEFFICIENT_UNIT");
}

TEST(BootstrapTest, AllBadOptionsAreNamedAtOnce) {
  BootstrapOptions options;
  options.replication_count = 1;
  options.confidence_level = 1;
  options.bandwidth_rule = BandwidthRule::kFixed;
  Violations violations;
  CheckBootstrapOptions(options, "bootstrap.", violations);
  EXPECT_EQ(violations.size(), 3U);
  BootstrapOptions subsampling;
  subsampling.method = BootstrapMethod::kSubsampling;
  subsampling.subsample_exponent = 1;
  Violations more;
  CheckBootstrapOptions(subsampling, "bootstrap.", more);
  EXPECT_EQ(more.size(), 1U);
}

TEST(BootstrapTest, AStopRequestEndsIt) {
  const Sample sample = Simulate(9, 30, 2, 0.5, Orientation::kInput).sample;
  std::stop_source source;
  std::int64_t replications = 0;
  const auto result = RunBootstrap(sample, ReturnsToScale::kVrs, Orientation::kInput, RadialMeasure::kTheta, Few(),
                                   source.get_token(), [&](std::int64_t count) {
                                     replications += count;
                                     if (replications == 3) source.request_stop();
                                   });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCancelled);
  EXPECT_EQ(replications, 3);
}

}  // namespace
}  // namespace farrell::dea::testing
