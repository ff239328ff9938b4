// Second stages on a technology whose coefficients are known: estimates, bias, coverage, and the same bits from any
// threads.
#include "services/regression/engine/second_stage/second_stage.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "services/regression/engine/likelihood/truncated.h"
#include "tests/regression/panels.h"
#include "tests/regression/second_stage_world.h"

namespace farrell::regression::testing {
namespace {

SecondStageResult MustRun(const World& world, const SecondStageSpec& spec, bool known = false,
                          const Environment& environment = {}) {
  auto result = SecondStage(world.panel(), world.First(known), spec, world.Score(), environment);
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    return {};
  }
  return std::move(result).value();
}

const SecondStageTerm& Find(const SecondStageResult& result, const std::string& name) {
  for (const SecondStageTerm& term : result.terms) {
    if (term.name == name) return term;
  }
  throw std::out_of_range(name);
}

// Pieces on as many threads as there are.
ParallelFor Threads() {
  return [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
    std::vector<std::jthread> threads;
    for (std::int64_t k = 0; k < count; ++k) threads.emplace_back([&body, k] { body(k, k + 1); });
  };
}

void ExpectSameBits(const SecondStageResult& a, const SecondStageResult& b) {
  ASSERT_EQ(a.terms.size(), b.terms.size());
  for (std::size_t k = 0; k < a.terms.size(); ++k) {
    EXPECT_EQ(a.terms[k].coefficient->estimate, b.terms[k].coefficient->estimate);
    EXPECT_EQ(a.terms[k].coefficient->std_error, b.terms[k].coefficient->std_error);
    EXPECT_EQ(a.terms[k].coefficient->conf_low, b.terms[k].coefficient->conf_low);
  }
}

TEST(SecondStage, AlgorithmOneIsTheTruncatedRegressionOfRowsBeyondTheFrontier) {
  const World world(WorldDesign{}, 5);
  const SecondStageResult result = MustRun(world, SpecOf("~ z", SecondStageAlgorithm::kSimarWilson1, 99));
  const FrontierScores first = world.First();
  std::vector<double> y;
  std::vector<double> z;
  for (std::size_t k = 0; k < first.rows.size(); ++k) {
    if (first.distances(static_cast<Eigen::Index>(k)) <= 1.0 + 1e-6) continue;
    y.push_back(first.distances(static_cast<Eigen::Index>(k)));
    z.push_back(Numbers(world.panel(), "z")[first.rows[k]]);
  }
  const auto rows = static_cast<Eigen::Index>(y.size());
  Eigen::MatrixXd x(rows, 2);
  x.col(0).setOnes();
  x.col(1) = Eigen::Map<const Eigen::VectorXd>(z.data(), rows);
  Bounds bounds;
  bounds.lower = 1.0;
  const auto fit = FitTruncated(Eigen::Map<const Eigen::VectorXd>(y.data(), rows), x, bounds, {}, {});
  ASSERT_TRUE(fit.ok()) << fit.status().message();
  EXPECT_EQ(result.observation_count, rows);
  EXPECT_EQ(result.frontier_count + result.observation_count, result.score_count);
  EXPECT_NEAR(Find(result, "z").coefficient->estimate, fit->coefficients(1), 1e-8);
  EXPECT_NEAR(Find(result, "sigma").coefficient->estimate, fit->sigma, 1e-8);
}

TEST(SecondStage, AlgorithmTwoTakesBiasOutOfDistances) {
  // DEA distances are too small; those corrected are nearer to the truth on average.
  WorldDesign design;
  design.periods = 1;
  design.units = 60;
  double plain = 0.0;
  double corrected = 0.0;
  for (std::int64_t seed = 1; seed <= 10; ++seed) {
    const World world(design, seed);
    SecondStageSpec spec = SpecOf("~ z", SecondStageAlgorithm::kSimarWilson2, 99);
    spec.distances = true;
    const SecondStageResult result = MustRun(world, spec);
    ASSERT_TRUE(result.mean_bias.has_value());
    for (const DistanceRow& row : result.distances) {
      const double truth = world.truth()(static_cast<Eigen::Index>(row.row));
      plain += row.distance - truth;
      corrected += row.corrected.value_or(row.distance) - truth;
    }
  }
  EXPECT_LT(plain, 0.0);
  EXPECT_LT(std::fabs(corrected), std::fabs(plain));
}

TEST(SecondStage, TheSameSeedGivesTheSameBitsFromAnyNumberOfThreads) {
  const World world(WorldDesign{}, 9);
  Environment threads;
  threads.parallel = Threads();
  for (const auto algorithm : {SecondStageAlgorithm::kSimarWilson1, SecondStageAlgorithm::kSimarWilson2}) {
    SecondStageSpec spec = SpecOf("~ z", algorithm, 199, 4);
    ExpectSameBits(MustRun(world, spec), MustRun(world, spec, false, threads));
    spec.resample = Resample::kUnit;
    ExpectSameBits(MustRun(world, spec), MustRun(world, spec, false, threads));
    SecondStageSpec other = spec;
    other.seed = 5;
    EXPECT_NE(Find(MustRun(world, spec), "z").coefficient->std_error,
              Find(MustRun(world, other), "z").coefficient->std_error);
  }
  SecondStageSpec joint = SpecOf("~ z | unit + time", SecondStageAlgorithm::kJoint, 199, 4);
  ExpectSameBits(MustRun(world, joint), MustRun(world, joint, false, threads));
}

TEST(SecondStage, LogWithinIsTheFitOfLogScores) {
  const World world(WorldDesign{}, 3);
  const SecondStageResult result = MustRun(world, SpecOf("~ z | unit + time", SecondStageAlgorithm::kLogWithin, 99));
  ASSERT_TRUE(result.fit.has_value());
  Panel panel = world.panel();
  const FrontierScores first = world.First();
  AddColumn(panel, "log_score", [&](std::size_t row) {
    for (std::size_t k = 0; k < first.rows.size(); ++k) {
      if (first.rows[k] == row) return -std::log(first.distances(static_cast<Eigen::Index>(k)));
    }
    return kMissing;
  });
  const FitResult fit = MustFit(panel, MakeSpec("log_score ~ z | unit + time"));
  EXPECT_NEAR(*result.fit->terms[0].estimate, *fit.terms[0].estimate, 1e-12);
}

TEST(SecondStage, TheJointBootstrapSaysThatItIsExperimental) {
  const World world(WorldDesign{}, 2);
  const SecondStageResult result = MustRun(world, SpecOf("~ z | unit + time", SecondStageAlgorithm::kJoint, 99));
  EXPECT_TRUE(result.experimental);
  EXPECT_GT(result.subsample_size, 1);
  bool warned = false;
  for (const Warning& warning : result.warnings) warned = warned || warning.code == "EXPERIMENTAL";
  EXPECT_TRUE(warned);
}

// Independent draws are too short when errors persist; units keep more of it.
TEST(SecondStage, ResamplingUnitsCoversMoreWhereErrorsPersist) {
  const int samples = LongRun() ? 500 : 40;
  WorldDesign design;
  design.persistence = 0.7;
  SecondStageSpec spec = SpecOf("~ z", SecondStageAlgorithm::kSimarWilson1, 199);
  const SecondStageCoverage rows = Cover(design, spec, design.slope, samples, true);
  spec.resample = Resample::kUnit;
  const SecondStageCoverage units = Cover(design, spec, design.slope, samples, true);
  EXPECT_LT(rows.percentile, 0.90);
  EXPECT_GT(units.percentile, rows.percentile);
  EXPECT_GT(units.percentile, 0.95 - 4.0 * std::sqrt(0.95 * 0.05 / samples) - 0.05);
  EXPECT_EQ(rows.failed + units.failed, 0);
}

TEST(SecondStage, HearsAStopAndRefusesWhatItCannotDo) {
  const World world(WorldDesign{}, 1);
  std::stop_source source;
  source.request_stop();
  Environment environment;
  environment.stop = source.get_token();
  const auto stopped = SecondStage(world.panel(), world.First(), SpecOf("~ z", SecondStageAlgorithm::kSimarWilson1, 99),
                                   world.Score(), environment);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.status().code(), Code::kCancelled);
  // Every unit at the frontier: nothing is left to regress.
  FrontierScores flat = world.First();
  flat.distances.setOnes();
  const auto none =
      SecondStage(world.panel(), flat, SpecOf("~ z", SecondStageAlgorithm::kSimarWilson1, 99), world.Score(), {});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace farrell::regression::testing
