// The draws of the bootstraps against the full solver, with its certificates, on the samples they stand for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/reference_matrix.h"
#include "tests/dea/inference/bootstrap_cases.h"
#include "tests/dea/inference/samples.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

// A draw is the score of the full path, with its certificate, of the original point against the moved sample.
TEST(BootstrapDrawsTest, DrawsAreScoresOfTheMovedSample) {
  int compared = 0;
  for (std::uint64_t number = 0; number < (LongRun() ? 2000U : 100U); ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 20);
    SCOPED_TRACE(problem.description);
    const Sample sample = MakeSample(problem.data.input_count, problem.data.output_count, problem.data.cells);
    BootstrapOptions options = Few();
    options.replication_count = 2;
    const auto bootstrap =
        ScoreBootstrap::Make(sample, problem.rts, problem.orientation, MeasureOf(problem.orientation), options, {});
    if (!bootstrap) continue;
    std::vector<double> draws(bootstrap->draw_count());
    ASSERT_TRUE(bootstrap->Run(0, 2, draws.data(), {}, nullptr));

    std::vector<double> estimated;
    ASSERT_TRUE(ScoreMembers(sample, problem.rts, problem.orientation, estimated, {}));
    const double bandwidth = bootstrap->Finish(draws, {}).value().bandwidth;
    const DistanceSmoother smoother(sample, estimated, options.smoothing, bandwidth, false);
    std::vector<double> drawn;
    smoother.Draw(options.seed, 1, drawn);
    // Members 0 .. n-1 moved, then the original points; only the former span the frontier.
    std::vector<double> cells = sample.cells;
    const std::size_t n = sample.size();
    const auto first = static_cast<std::size_t>(problem.orientation == Orientation::kInput ? 0 : sample.input_count);
    const std::size_t last =
        problem.orientation == Orientation::kInput ? static_cast<std::size_t>(sample.input_count) : sample.dimension();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t c = first; c < last; ++c) {
        double& cell = cells[i * sample.dimension() + c];
        cell = problem.orientation == Orientation::kInput ? cell * drawn[i] / estimated[i]
                                                          : cell * estimated[i] / drawn[i];
      }
    }
    cells.insert(cells.end(), sample.cells.begin(), sample.cells.end());
    const Observations data = MakeCrossSection(sample.input_count, sample.output_count, cells);
    const ReferenceMatrix reference(data, sample.rows);
    RadialSolver solver(data.dimension());
    for (std::size_t i = 0; i < n; ++i) {
      const UnitScore score =
          solver.Solve(data, static_cast<std::int32_t>(n + i), reference, problem.rts, problem.orientation, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal);
      EXPECT_NEAR(draws[n + i] * score.score, 1, 1e-9);
      ++compared;
    }
  }
  EXPECT_GT(compared, LongRun() ? 9000 : 400);
}

// m = n - 1 leaves one member out: every draw is one of n scores by the full path, and all of them occur.
TEST(BootstrapDrawsTest, SubsamplesLeaveMembersOut) {
  const Sample sample = Simulate(12, 6, 1, 0.5, Orientation::kOutput).sample;
  const Observations data = MakeCrossSection(1, 1, sample.cells);
  BootstrapOptions options = Few(BootstrapMethod::kSubsampling);
  options.replication_count = 300;
  options.subsample_size = 5;
  options.with_replacement = false;
  const auto bootstrap =
      ScoreBootstrap::Make(sample, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  std::vector<double> draws(bootstrap->draw_count());
  ASSERT_TRUE(bootstrap->Run(0, 300, draws.data(), {}, nullptr));
  RadialSolver solver(2);
  std::vector<std::vector<double>> without(6, std::vector<double>(6));
  for (std::int32_t out = 0; out < 6; ++out) {
    std::vector<std::int32_t> members;
    for (std::int32_t member = 0; member < 6; ++member) {
      if (member != out) members.push_back(member);
    }
    const ReferenceMatrix reference(data, members);
    for (std::int32_t i = 0; i < 6; ++i) {
      const UnitScore score = solver.Solve(data, i, reference, ReturnsToScale::kVrs, Orientation::kOutput, {}, {});
      without[static_cast<std::size_t>(out)][static_cast<std::size_t>(i)] =
          score.status == UnitStatus::kOptimal ? 1 / score.score : 0;
    }
  }
  std::vector<int> seen(6, 0);
  for (std::size_t r = 0; r < 300; ++r) {
    const auto same = [&](const std::vector<double>& scores) {
      for (std::size_t i = 0; i < 6; ++i) {
        if (std::abs(draws[r * 6 + i] - scores[i]) > 1e-9) return false;
      }
      return true;
    };
    const auto found = std::find_if(without.begin(), without.end(), same);
    ASSERT_NE(found, without.end());
    ++seen[static_cast<std::size_t>(found - without.begin())];
  }
  for (std::size_t out = 0; out < 6; ++out) {
    // Interior members leave the frontier alone, so their scores are the same: count them together.
    const auto alike = std::count(without.begin(), without.end(), without[out]);
    if (alike == 1) {
      EXPECT_NEAR(seen[out], 50, 30) << out;
    }
  }
}

// By unit, n and m count units, and all periods of a unit enter together.
TEST(BootstrapDrawsTest, ByUnitSubsamplesTakeWholeUnits) {
  Sample sample = Simulate(13, 12, 1, 0.5, Orientation::kOutput).sample;
  sample.units = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
  for (std::int64_t row = 0; row < 12; ++row) sample.times.push_back(row % 3);
  BootstrapOptions options = Few(BootstrapMethod::kSubsampling);
  options.by_unit = true;
  options.subsample_size = 1;
  options.with_replacement = false;
  options.replication_count = 60;
  const auto bootstrap =
      ScoreBootstrap::Make(sample, ReturnsToScale::kCrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  ASSERT_TRUE(bootstrap.ok());
  std::vector<double> draws(bootstrap->draw_count());
  ASSERT_TRUE(bootstrap->Run(0, 60, draws.data(), {}, nullptr));
  EXPECT_EQ(bootstrap->Finish(draws, {}).value().sample_size, 4);
  // Under constant returns with one input and output a draw is the best ratio of the chosen unit's three rows over the
  // point's own.
  std::vector<int> seen(4, 0);
  for (std::size_t r = 0; r < 60; ++r) {
    for (std::size_t unit = 0; unit < 4; ++unit) {
      double best = 0;
      for (std::size_t row = 3 * unit; row < 3 * unit + 3; ++row) {
        best = std::max(best, sample.row(row)[1] / sample.row(row)[0]);
      }
      if (std::abs(draws[r * 12] - best * sample.row(0)[0] / sample.row(0)[1]) < 1e-9) ++seen[unit];
    }
  }
  EXPECT_EQ(seen[0] + seen[1] + seen[2] + seen[3], 60);
  for (const int count : seen) EXPECT_GT(count, 3);
}

}  // namespace
}  // namespace farrell::dea::testing
