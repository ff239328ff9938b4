// Scores in bulk equal those of the full path, inside and outside the technology, whatever the instructions and
// whatever was scored before.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/bulk_radial.h"
#include "services/dea/engine/radial.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

// The units themselves, and points moved off them: some leave the technology.
std::vector<double> MakePoints(const RandomProblem& problem, std::uint64_t number) {
  TestRandom random(number);
  std::vector<double> points = problem.data.cells;
  const std::size_t d = static_cast<std::size_t>(problem.data.dimension());
  for (std::size_t at = 0; at < problem.data.cells.size(); at += d) {
    if (random.Below(2) == 0) continue;
    for (std::size_t i = 0; i < d; ++i) points.push_back(problem.data.cells[at + i] * (0.5 + random.Uniform()));
  }
  return points;
}

double Expected(RadialSolver& solver, const Observations& data, std::int32_t row, const ReferenceMatrix& reference,
                const RandomProblem& problem) {
  const UnitScore score = solver.Solve(data, row, reference, problem.rts, problem.orientation, {}, {});
  if (score.status == UnitStatus::kOptimal) return score.farrell;
  EXPECT_NE(score.status, UnitStatus::kNotSolved) << problem.description << ", point " << row;
  return problem.orientation == Orientation::kInput ? std::numeric_limits<double>::infinity() : 0.0;
}

TEST(BulkRadialTest, EqualsTheFullPath) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  std::int64_t compared = 0;
  std::int64_t outside = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 200);
    const std::size_t d = static_cast<std::size_t>(problem.data.dimension());
    const std::size_t n = problem.data.size();
    const std::vector<double> points = MakePoints(problem, number);
    std::vector<double> scores(points.size() / d);
    BulkRadial bulk(problem.data.input_count, problem.data.output_count, problem.rts, problem.orientation);
    ASSERT_TRUE(bulk.Score(problem.data.cells.data(), n, points.data(), scores.size(), scores.data(), {}));

    Observations data = problem.data;
    data.cells.insert(data.cells.end(), points.begin(), points.end());
    data.roles.resize(n + scores.size(), RowRole::kScored);
    std::vector<std::int32_t> members(n);
    std::iota(members.begin(), members.end(), 0);
    const ReferenceMatrix reference(data, members);
    RadialSolver solver(data.dimension());
    for (std::size_t p = 0; p < scores.size(); ++p) {
      const double expected = Expected(solver, data, static_cast<std::int32_t>(n + p), reference, problem);
      ++compared;
      if (std::isinf(expected) || expected == 0) {
        ++outside;
        EXPECT_EQ(scores[p], expected) << problem.description << ", point " << p;
      } else {
        EXPECT_NEAR(scores[p], expected, 1e-9 * expected) << problem.description << ", point " << p;
      }
    }
  }
  EXPECT_GT(outside, 0);
  std::cout << count << " problems, " << compared << " scores compared, " << outside << " of points out of reach\n";
}

// Above the size from which reference sets are framed.
TEST(BulkRadialTest, LargeSetsEqualTheFullPath) {
  for (const ReturnsToScale rts :
       {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs, ReturnsToScale::kNdrs}) {
    TestRandom random(static_cast<std::uint64_t>(rts) + 9);
    std::vector<double> cells;
    for (int i = 0; i < 2500 * 3; ++i) cells.push_back(0.2 + random.Uniform());
    const Observations data = MakeCrossSection(2, 1, cells);
    for (double& cell : cells) cell *= 0.9 + 0.3 * random.Uniform();
    std::vector<double> scores(2500);
    BulkRadial bulk(2, 1, rts, Orientation::kOutput);
    ASSERT_TRUE(bulk.Score(data.cells.data(), 2500, cells.data(), 2500, scores.data(), {}));
    RandomProblem problem;
    problem.data = data;
    problem.data.cells.insert(problem.data.cells.end(), cells.begin(), cells.end());
    problem.data.roles.resize(5000, RowRole::kScored);
    problem.rts = rts;
    problem.orientation = Orientation::kOutput;
    std::vector<std::int32_t> members(2500);
    std::iota(members.begin(), members.end(), 0);
    const ReferenceMatrix reference(problem.data, members);
    RadialSolver solver(3);
    for (std::size_t p = 0; p < 2500; p += 50) {
      const double expected = Expected(solver, problem.data, static_cast<std::int32_t>(2500 + p), reference, problem);
      EXPECT_NEAR(scores[p], expected, 1e-9 * expected) << Name(rts) << ", point " << p;
    }
  }
}

// Cells over twelve orders of magnitude in every measure, zeros among them.
TEST(BulkRadialTest, WideRangesEqualTheFullPath) {
  TestRandom random(99);
  const double powers[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 1e2, 1e3, 1e4, 1e5};
  for (int trial = 0; trial < 100; ++trial) {
    RandomProblem problem;
    problem.rts = static_cast<ReturnsToScale>(trial % 4);
    problem.orientation = trial % 8 < 4 ? Orientation::kInput : Orientation::kOutput;
    const int inputs = 1 + random.Below(3);
    const int outputs = 1 + random.Below(2);
    const int count = 2 + random.Below(60);
    std::vector<double> cells;
    for (int j = 0; j < count; ++j) {
      for (int i = 0; i < inputs + outputs; ++i) {
        const bool zero = i != 0 && i != inputs && random.Below(6) == 0;
        cells.push_back(zero ? 0 : powers[random.Below(12)] * (1 + 9 * random.Uniform()));
      }
    }
    problem.data = MakeCrossSection(inputs, outputs, cells);
    problem.description = "trial " + std::to_string(trial);
    std::vector<std::int32_t> members(problem.data.size());
    std::iota(members.begin(), members.end(), 0);
    const ReferenceMatrix reference(problem.data, members);
    std::vector<double> scores(problem.data.size());
    BulkRadial bulk(inputs, outputs, problem.rts, problem.orientation);
    ASSERT_TRUE(bulk.Score(cells.data(), scores.size(), cells.data(), scores.size(), scores.data(), {}));
    RadialSolver solver(inputs + outputs);
    for (std::size_t p = 0; p < scores.size(); ++p) {
      const double expected = Expected(solver, problem.data, static_cast<std::int32_t>(p), reference, problem);
      EXPECT_NEAR(scores[p], expected, 1e-9 * expected) << problem.description << ", unit " << p;
    }
  }
}

TEST(BulkRadialTest, TheSameBitsWhateverWasAskedBefore) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 100);
    const std::size_t n = problem.data.size();
    const std::vector<double>& cells = problem.data.cells;
    std::vector<double> first(n);
    std::vector<double> again(n);
    BulkRadial bulk(problem.data.input_count, problem.data.output_count, problem.rts, problem.orientation);
    ASSERT_TRUE(bulk.Score(cells.data(), n, cells.data(), n, first.data(), {}));
    ASSERT_TRUE(bulk.Score(cells.data(), (n + 1) / 2, cells.data(), n, again.data(), {}));
    ASSERT_TRUE(bulk.Score(cells.data(), n, cells.data(), n, again.data(), {}));
    EXPECT_EQ(first, again) << problem.description;
  }
}

TEST(BulkRadialTest, AStopRequestIsAnswered) {
  const RandomProblem problem = MakeRandomProblem(3, 100);
  const std::size_t n = problem.data.size();
  std::vector<double> scores(n);
  std::stop_source source;
  source.request_stop();
  BulkRadial bulk(problem.data.input_count, problem.data.output_count, problem.rts, problem.orientation);
  EXPECT_FALSE(
      bulk.Score(problem.data.cells.data(), n, problem.data.cells.data(), n, scores.data(), source.get_token()));
}

}  // namespace
}  // namespace farrell::dea::testing
