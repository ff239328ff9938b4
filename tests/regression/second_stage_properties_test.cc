// Second stages beside independent computations: a bootstrap by Nelder and Mead's simplex, numerical derivatives,
// donors by hand, frontiers scored one at a time.
#include "services/regression/engine/second_stage/second_stage.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>
#include <vector>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/second_stage/response_draws.h"
#include "tests/regression/panels.h"
#include "tests/regression/second_stage_world.h"
#include "tests/support/processor_time.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using ::testing::Contains;
using ::testing::Field;
using ::testing::Not;

constexpr auto k1 = SecondStageAlgorithm::kSimarWilson1;
constexpr auto k2 = SecondStageAlgorithm::kSimarWilson2;
constexpr auto kJoint = SecondStageAlgorithm::kJoint;
constexpr auto kLogWithin = SecondStageAlgorithm::kLogWithin;

SecondStageResult Solve(const World& world, const SecondStageSpec& spec, bool known = false,
                        const Environment& environment = {}) {
  auto result = SecondStage(world.panel(), world.First(known), spec, world.Score(), environment);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : SecondStageResult();
}

const SecondStageTerm& Find(const SecondStageResult& result, const std::string& name) {
  for (const SecondStageTerm& term : result.terms) {
    if (term.name == name) return term;
  }
  ADD_FAILURE() << "no term " << name;
  return result.terms.front();
}

void ExpectSame(const BootstrapEstimate& a, const BootstrapEstimate& b) {
  EXPECT_EQ(a.estimate, b.estimate);
  EXPECT_EQ(a.std_error, b.std_error);
  EXPECT_EQ(a.bootstrap_p_value, b.bootstrap_p_value);
  EXPECT_EQ(a.conf_low, b.conf_low);
  EXPECT_EQ(a.conf_high, b.conf_high);
  EXPECT_EQ(a.bias_corrected, b.bias_corrected);
}

WorldDesign Small() {
  WorldDesign design;
  design.units = 15;
  design.periods = 4;
  return design;
}

// Several threads in the worst order.
ParallelFor Backwards() {
  return [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
    std::vector<std::thread> threads;
    for (std::int64_t i = count; i-- > 0;) threads.emplace_back([&body, i] { body(i, i + 1); });
    for (std::thread& thread : threads) thread.join();
  };
}

// The negative log-likelihood of Simar & Wilson (2007), as it stands on paper.
double MinusLogLikelihood(const std::vector<double>& y, const std::vector<double>& z, const VectorXd& at) {
  const double sigma = std::exp(at(2));
  double sum = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double mean = at(0) + at(1) * z[i];
    const double r = (y[i] - mean) / sigma;
    sum += 0.5 * r * r + at(2) + 0.918938533204672741780 +
           std::log(0.5 * std::erfc((1.0 - mean) / sigma / std::sqrt(2.0)));
  }
  return sum;
}

// Nelder & Mead (1965), restarted until it stands still: no derivative, no code of the engine's.
VectorXd Minimise(const std::vector<double>& y, const std::vector<double>& z, VectorXd start) {
  for (int restart = 0; restart < 6; ++restart) {
    std::vector<VectorXd> points(4, start);
    for (Index i = 0; i < 3; ++i) points[static_cast<std::size_t>(i) + 1](i) += restart == 0 ? 0.1 : 1e-3;
    std::vector<double> values;
    for (const VectorXd& point : points) values.push_back(MinusLogLikelihood(y, z, point));
    for (int step = 0; step < 400; ++step) {
      std::vector<std::size_t> order{0, 1, 2, 3};
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
      const std::size_t worst = order[3];
      const VectorXd centre = (points[order[0]] + points[order[1]] + points[order[2]]) / 3.0;
      const auto attempt = [&](double by) { return VectorXd(centre + by * (points[worst] - centre)); };
      VectorXd best = attempt(-1.0);
      double value = MinusLogLikelihood(y, z, best);
      const VectorXd other = value < values[order[0]] ? attempt(-2.0) : attempt(value < values[worst] ? -0.5 : 0.5);
      const double other_value = MinusLogLikelihood(y, z, other);
      if (other_value < value) {
        best = other;
        value = other_value;
      }
      if (value < values[worst]) {
        points[worst] = best;
        values[worst] = value;
        continue;
      }
      for (const std::size_t i : {order[1], order[2], order[3]}) {
        points[i] = 0.5 * (points[i] + points[order[0]]);
        values[i] = MinusLogLikelihood(y, z, points[i]);
      }
    }
    start = points[static_cast<std::size_t>(std::min_element(values.begin(), values.end()) - values.begin())];
  }
  return start;
}

TEST(SecondStageProperties, AlgorithmOneIsTheParametricBootstrapOfATruncatedRegression) {
  const World world(Small(), 3);
  const FrontierScores first = world.First();
  SecondStageSpec spec = SpecOf("~ z", k1, 99, 11);
  const SecondStageResult result = Solve(world, spec);

  std::vector<double> y;
  std::vector<double> z;
  std::vector<std::int64_t> names;
  const PanelColumn& column = *world.panel().Find("z");
  for (std::size_t i = 0; i < first.rows.size(); ++i) {
    if (first.distances(static_cast<Index>(i)) <= 1.0 + 1e-6) continue;
    y.push_back(first.distances(static_cast<Index>(i)));
    z.push_back(column.numbers[first.rows[i]]);
    names.push_back(static_cast<std::int64_t>(first.rows[i]));
  }
  EXPECT_EQ(result.observation_count, static_cast<std::int64_t>(y.size()));
  EXPECT_EQ(result.frontier_count, 60 - static_cast<std::int64_t>(y.size()));
  const VectorXd fit = Minimise(y, z, VectorXd{{1.0, 0.3, -0.5}});
  EXPECT_NEAR(Find(result, "z").coefficient->estimate, fit(1), 1e-6);
  EXPECT_NEAR(Find(result, "sigma").coefficient->estimate, std::exp(fit(2)), 1e-6);
  EXPECT_NEAR(*result.log_likelihood, -MinusLogLikelihood(y, z, fit), 1e-8);

  std::vector<double> slopes;
  double mean = 0.0;
  for (int replication = 0; replication < 99; ++replication) {
    std::vector<double> drawn;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double centre = fit(0) + fit(1) * z[i];
      const double sigma = std::exp(fit(2));
      const double u = numeric::UniformDraw(11, replication, names[i]);
      drawn.push_back(centre - sigma * numeric::NormalQuantile(u * numeric::NormalCdf((centre - 1.0) / sigma)));
    }
    slopes.push_back(Minimise(drawn, z, fit)(1));
    mean += slopes.back() / 99.0;
  }
  double squares = 0.0;
  for (const double slope : slopes) squares += (slope - mean) * (slope - mean);
  EXPECT_NEAR(Find(result, "z").coefficient->std_error, std::sqrt(squares / 98.0), 1e-5);
  std::sort(slopes.begin(), slopes.end());
  // Quantile of type 7 at 0.025: position 98 * 0.025 = 2.45.
  EXPECT_NEAR(Find(result, "z").coefficient->conf_low, slopes[2] + 0.45 * (slopes[3] - slopes[2]), 1e-5);
}

TEST(SecondStageProperties, MarginalEffectsAreDerivativesOfTheConditionalMean) {
  const World world(Small(), 4);
  const SecondStageResult result = Solve(world, SpecOf("~ z", k1, 99));
  const double a = Find(result, "(Intercept)").coefficient->estimate;
  const double b = Find(result, "z").coefficient->estimate;
  const double sigma = Find(result, "sigma").coefficient->estimate;
  const FrontierScores first = world.First();
  const PanelColumn& z = *world.panel().Find("z");
  const auto mean = [&](double at) {
    const double alpha = (1.0 - a - b * at) / sigma;
    return a + b * at + sigma * std::exp(-0.5 * alpha * alpha) / 2.506628274631 / numeric::NormalSurvival(alpha);
  };
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t i = 0; i < first.rows.size(); ++i) {
    if (first.distances(static_cast<Index>(i)) <= 1.0 + 1e-6) continue;
    const double at = z.numbers[first.rows[i]];
    sum += (mean(at + 1e-5) - mean(at - 1e-5)) / 2e-5;
    count += 1.0;
  }
  EXPECT_NEAR(Find(result, "z").marginal_effect->estimate, sum / count, 1e-7);
  EXPECT_FALSE(Find(result, "(Intercept)").marginal_effect.has_value());
}

TEST(SecondStageProperties, SameBitsOnAnyThreadsAndOtherSeedsOtherDraws) {
  const World world(Small(), 5);
  for (const auto algorithm : {k1, k2, kJoint}) {
    const bool effects = algorithm == kJoint;
    SecondStageSpec spec = SpecOf(effects ? "~ z | unit + time" : "~ z", algorithm, 99, 7);
    spec.first_replications = 10;
    for (const Resample resample : {Resample::kRows, Resample::kUnit}) {
      if (algorithm == kJoint && resample == Resample::kRows) continue;
      spec.resample = resample;
      const SecondStageResult one = Solve(world, spec);
      Environment environment;
      environment.parallel = Backwards();
      const SecondStageResult many = Solve(world, spec, false, environment);
      ASSERT_EQ(one.terms.size(), many.terms.size());
      for (std::size_t i = 0; i < one.terms.size(); ++i) {
        ExpectSame(*one.terms[i].coefficient, *many.terms[i].coefficient);
      }
      SecondStageSpec other = spec;
      other.seed = 8;
      EXPECT_NE(Find(one, "z").coefficient->conf_low, Find(Solve(world, other), "z").coefficient->conf_low);
    }
  }
}

TEST(SecondStageProperties, AlgorithmTwoTakesTheBiasOut) {
  WorldDesign design;
  design.units = 60;
  design.periods = 1;
  design.inputs = 2;
  design.scale = 0.75;
  double naive = 0.0;
  double corrected = 0.0;
  for (int seed = 1; seed <= 5; ++seed) {
    const World world(design, seed);
    SecondStageSpec spec = SpecOf("~ z", k2, 99);
    spec.distances = true;
    const SecondStageResult result = Solve(world, spec);
    EXPECT_LT(*result.mean_bias, 0.0);
    for (const DistanceRow& row : result.distances) {
      const double truth = world.truth()(static_cast<Index>(row.row));
      naive += row.distance - truth;
      corrected += *row.corrected - truth;
    }
  }
  EXPECT_LT(naive, 0.0);
  EXPECT_LT(std::fabs(corrected), 0.6 * std::fabs(naive));
}

TEST(SecondStageProperties, UnitDonorsKeepWholeUnits) {
  Levels units;
  units.labels = {"a", "b", "c"};
  units.ids = {0, 0, 0, 1, 1, 2, 2, 2};
  const std::vector<std::int64_t> periods{1, 2, 3, 1, 3, 1, 2, 3};
  // Unit b lacks period 2; unit c has residuals in period 3 only.
  const std::vector<double> residuals{0.1, 0.2, 0.3, 0.4, 0.45, 0.0, 0.0, 0.05};
  const UnitDonors donors(units, periods, residuals);
  const std::set<std::vector<double>> vectors{{0.1, 0.2, 0.3}, {0.4, 0.4, 0.45}, {0.05, 0.05, 0.05}};
  std::set<std::vector<double>> seen;
  std::vector<double> drawn;
  for (int stream = 0; stream < 200; ++stream) {
    donors.Draw(1, stream, drawn);
    std::vector<double> first(drawn.begin(), drawn.begin() + 3);
    if (first[0] > 0.5) {
      for (double& value : first) value = std::round((1.0 - value) * 1e9) / 1e9;
    }
    EXPECT_TRUE(vectors.count(first)) << first[0] << " " << first[1] << " " << first[2];
    seen.insert(first);
  }
  EXPECT_EQ(seen.size(), 3U);
}

TEST(SecondStageProperties, DrawsFollowTheTruncatedNormalFarOut) {
  Eigen::MatrixXd x(5, 1);
  x << 2.0, -10.0, -34.9, -36.1, -1000.0;
  const TruncatedNormals normals(x, VectorXd::Ones(1), 1.0, 1.0);
  for (Index row = 0; row < x.rows(); ++row) {
    double previous = 1e300;
    for (const double u : {1e-9, 0.01, 0.3, 0.7, 0.999999}) {
      const double value = normals.Value(row, u);
      EXPECT_GT(value, 1.0);
      EXPECT_LT(value, previous);
      previous = value;
      // The value rounds to units of 1, its excess is of order 1 / |x|.
      EXPECT_NEAR(normals.Exceedance(row, value) / u, 1.0, 1e-15 * (20.0 - x(row))) << x(row) << " " << u;
    }
  }
}

TEST(SecondStageProperties, JointRegressesScoresAgainstOtherUnits) {
  WorldDesign design = Small();
  design.inputs = 2;
  design.log = true;
  design.scale = 0.75;
  design.yearly_frontiers = true;
  const World world(design, 6);
  const SecondStageResult joint = Solve(world, SpecOf("~ z | unit + time", kJoint, 99));
  const SecondStageResult within = Solve(world, SpecOf("score ~ z | unit + time", kLogWithin, 99));
  ASSERT_TRUE(within.fit && joint.fit);
  const auto at = static_cast<std::size_t>(within.fit->FindTerm("z"));
  EXPECT_NEAR(Find(joint, "z").coefficient->estimate, *within.fit->terms[at].estimate, 1e-12);
  EXPECT_TRUE(joint.experimental);
  EXPECT_EQ(joint.subsample_size, 6);  // floor(15^0.7)
  EXPECT_THAT(joint.warnings, Contains(Field(&Warning::code, "EXPERIMENTAL")));
  EXPECT_FALSE(within.experimental);
  EXPECT_EQ(joint.response, "log(score)");

  // Every unit against the frontier of the fourteen others, one call a unit.
  const FrontierScores first = world.First();
  FrontierScores crossed = first;
  std::vector<std::size_t> rows;
  std::vector<double> distances;
  for (std::int32_t unit = 0; unit < design.units; ++unit) {
    FrontierDraw draw;
    for (std::int32_t other = 0; other < design.units; ++other) {
      if (other != unit) draw.units.push_back(other);
    }
    const auto scores = world.Score()({draw}, {}, {});
    ASSERT_TRUE(scores.ok());
    for (std::size_t k = 0; k < first.rows.size(); ++k) {
      const double distance = (*scores)(0, static_cast<Index>(k));
      if (static_cast<int>(first.rows[k]) / design.periods != unit || distance == 0.0) continue;
      rows.push_back(first.rows[k]);
      distances.push_back(distance);
    }
  }
  EXPECT_LT(rows.size(), first.rows.size());  // under variable returns nothing else dominates some
  EXPECT_THAT(joint.warnings, Contains(Field(&Warning::code, "UNDOMINATED_ROWS")));
  crossed.rows = rows;
  crossed.distances = Eigen::Map<const VectorXd>(distances.data(), static_cast<Index>(distances.size()));
  const auto expected =
      SecondStage(world.panel(), crossed, SpecOf("~ z | unit + time", kLogWithin, 99), world.Score(), {});
  ASSERT_TRUE(expected.ok());
  const BootstrapEstimate& z = *Find(joint, "z").coefficient;
  EXPECT_NEAR(*z.bias_corrected, *expected->fit->terms[at].estimate, 1e-12);
  EXPECT_NEAR(*z.statistic, *z.bias_corrected / z.std_error, 1e-14);
  EXPECT_NEAR(*z.p_value, numeric::StudentTTwoSided(*z.statistic, 14.0), 1e-15);
  EXPECT_LT(z.conf_low, *z.bias_corrected);
  EXPECT_GT(z.conf_high, *z.bias_corrected);
  EXPECT_FALSE(z.recentred_low.has_value());
}

// Inputs do not move with z here, so that the pull of units on their own frontiers is all there is of bias.
TEST(SecondStageProperties, JointTakesOutThePullOfUnitsOnTheirOwnFrontier) {
  WorldDesign design;
  design.inputs = 2;
  design.log = true;
  design.scale = 0.75;
  design.sigma = 0.3;
  design.slope = 0.2;
  design.constant = 0.2;
  design.yearly_frontiers = true;
  const int samples = LongRun() ? 400 : 20;
  const double target = LogScoreTarget(design, "~ z | time", 400);
  const SecondStageCoverage found = Cover(design, SpecOf("~ z | time", kJoint, LongRun() ? 399 : 99), target, samples);
  EXPECT_EQ(found.failed, 0);
  EXPECT_GT(found.plain_mean - target, 0.02);
  EXPECT_NEAR(found.mean, target, 4.0 * found.sd / std::sqrt(samples));
  EXPECT_GE(found.percentile, 0.93 - 4.0 * std::sqrt(0.95 * 0.05 / samples));
}

TEST(SecondStageProperties, WarnsAndCounts) {
  const World world(Small(), 7);
  const SecondStageResult rows = Solve(world, SpecOf("~ z", k1, 99));
  for (const char* code : {"FEW_UNITS", "INDEPENDENT_DRAWS", "POOLED_FRONTIER"}) {
    EXPECT_THAT(rows.warnings, Contains(Field(&Warning::code, code)));
  }
  EXPECT_TRUE(rows.experimental);
  EXPECT_EQ(rows.row_count, 60);
  EXPECT_EQ(rows.complete_count, 60);
  EXPECT_EQ(rows.observation_count + rows.frontier_count, 60);
  EXPECT_EQ(rows.unit_count, 15);
  SecondStageSpec spec = SpecOf("~ z", k1, 99);
  spec.resample = Resample::kUnit;
  EXPECT_THAT(Solve(world, spec).warnings, Not(Contains(Field(&Warning::code, "INDEPENDENT_DRAWS"))));
  WorldDesign large = Small();
  large.units = 60;
  const SecondStageResult calm = Solve(World(large, 7), spec);
  EXPECT_FALSE(calm.experimental);
  EXPECT_THAT(calm.warnings, Not(Contains(Field(&Warning::code, "EXPERIMENTAL"))));
  WorldDesign yearly = Small();
  yearly.yearly_frontiers = true;
  yearly.scale = 0.75;
  const SecondStageResult many = Solve(World(yearly, 7), SpecOf("~ z + i(time)", k1, 99));
  for (const char* code : {"SCORES_AT_ONE", "VRS_GROUPS_COMPARED"}) {
    EXPECT_THAT(many.warnings, Contains(Field(&Warning::code, code)));
  }
}

TEST(SecondStageProperties, RefusesWhatItCannotDo) {
  EXPECT_EQ(ParseSecondStageFormula("efficiency ~ z", k1).status().reason(), "FORMULA_INVALID");
  EXPECT_EQ(ParseSecondStageFormula("z", k1).status().reason(), "FORMULA_INVALID");
  EXPECT_EQ(ParseSecondStageFormula("~ score", k1).status().reason(), "FORMULA_INVALID");
  EXPECT_EQ(ParseSecondStageFormula("log(score) ~ z", k1).status().reason(), "FORMULA_INVALID");
  EXPECT_TRUE(ParseSecondStageFormula("log( score ) ~ z", kJoint).ok());
  SecondStageSpec spec = SpecOf("~ z", k1, 5);
  spec.first_replications = 1;
  spec.confidence_level = 1.0;
  spec.frontier_tolerance = -1.0;
  spec.subsample_exponent = 0.1;
  spec.subsample_size = 1;
  EXPECT_EQ(CheckSecondStage(spec).size(), 6U);

  const World world(Small(), 8);
  const auto run = [&](const std::string& formula) {
    return SecondStage(world.panel(), world.First(), SpecOf(formula, k1, 99), world.Score(), {}).status().reason();
  };
  EXPECT_EQ(run("~ z | unit[x0]"), "ESTIMATOR_INVALID");
  EXPECT_EQ(run("~ 1 | 0 | z ~ x0"), "ESTIMATOR_INVALID");
  SecondStageSpec joint = SpecOf("~ z | unit", kJoint, 99);
  joint.subsample_size = 8;  // two of fifteen that share none
  EXPECT_EQ(SecondStage(world.panel(), world.First(), joint, world.Score(), {}).status().reason(), "REQUEST_INVALID");
  EXPECT_EQ(SecondStage(world.panel(), world.First(), SpecOf("~ 1 | unit | z ~ x0", kJoint, 99), world.Score(), {})
                .status()
                .reason(),
            "ESTIMATOR_INVALID");
  FrontierScores efficient = world.First();
  efficient.distances.setOnes();
  EXPECT_EQ(SecondStage(world.panel(), efficient, SpecOf("~ z", k1, 99), world.Score(), {}).status().reason(),
            "NO_OBSERVATIONS");
}

TEST(SecondStageProperties, StopsSoon) {
  const World world(WorldDesign(), 9);
  for (const auto algorithm : {k1, k2, kJoint}) {
    SecondStageSpec spec = SpecOf(algorithm == kJoint ? "~ z | unit + time" : "~ z", algorithm, 100'000);
    spec.first_replications = 10'000;
    std::stop_source source;
    Environment environment;
    environment.stop = source.get_token();
    double stopped = 0;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stopped = farrell::testing::ProcessorMilliseconds();
      source.request_stop();
    });
    const auto result = SecondStage(world.panel(), world.First(), spec, world.Score(), environment);
    const double returned = farrell::testing::ProcessorMilliseconds();
    stopper.join();
    EXPECT_EQ(result.status().code(), Code::kCancelled);
    EXPECT_LT(returned - stopped, 200);
  }
}

TEST(FrontierReplications, MovesRowsAndLeavesUnitsOut) {
  WorldDesign design = Small();
  design.inputs = 2;
  const World world(design, 10);
  const FrontierScores first = world.First();
  std::vector<FrontierDraw> draws(4);
  draws[1].factors = VectorXd::Constant(first.distances.size(), 2.0);
  draws[2].units = {0, 3, 4};
  draws[3].factors = first.distances;  // every row twice as far from the frontier it had: none beyond it
  const auto scores = world.Score()(draws, {}, {});
  ASSERT_TRUE(scores.ok());
  for (Index i = 0; i < first.distances.size(); ++i) {
    EXPECT_NEAR((*scores)(0, i), first.distances(i), 1e-9);
    // Halving every output halves the frontier.
    EXPECT_NEAR((*scores)(1, i), first.distances(i) / 2.0, 1e-9);
    EXPECT_LE((*scores)(2, i), first.distances(i) + 1e-9);
    EXPECT_LE((*scores)(3, i), first.distances(i) + 1e-9);
  }
}

}  // namespace
}  // namespace farrell::regression::testing
