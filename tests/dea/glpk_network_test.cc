// Every two-stage score and both ends of its split agree with the multiplier programs of the sources solved by GLPK;
// where they differ, or an end has no value, the umpire in quadruple precision decides and the case is counted.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/network.h"
#include "tests/dea/glpk_network.h"
#include "tests/dea/network_problems.h"
#include "tests/dea/network_umpire.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

using Goal = GlpkNetwork::Goal;

bool Near(double a, double b) { return std::abs(a - b) <= 1e-9; }

struct Tally {
  int units = 0;
  int ends = 0;
  int split = 0;    // units whose two ends differ
  int decided = 0;  // by the umpire
  int unset = 0;
};

void Compare(const NetworkProblem& problem, Tally& tally) {
  std::vector<std::int32_t> all(problem.data.all.size());
  std::iota(all.begin(), all.end(), 0);
  const GlpkNetwork glpk(problem.data, problem.model, all);
  const NetworkUmpire umpire(problem.data, problem.model);
  const std::vector<NetworkScore> scores = Evaluate(problem);
  const std::size_t stride = std::max<std::size_t>(1, all.size() / 12);
  for (const std::int32_t row : all) {
    const NetworkScore& score = scores[static_cast<std::size_t>(row)];
    const std::string where = problem.description + ", unit " + std::to_string(row);
    ASSERT_EQ(score.status, UnitStatus::kOptimal) << where;
    ASSERT_LE(score.worst_gap, 1e-9) << where;
    ASSERT_LE(score.worst_violation, 1e-9) << where;
    if (static_cast<std::size_t>(row) % stride != 0) continue;
    std::optional<NetworkUmpire::Verdict> verdict;
    const auto judge = [&]() -> const NetworkUmpire::Verdict& {
      if (!verdict) verdict = umpire.Judge(row);
      return *verdict;
    };
    ++tally.units;
    if (const auto expected = glpk.Solve(row, Goal::kSystem, 0); !expected || !Near(score.score, *expected)) {
      EXPECT_NEAR(score.score, judge().score, 1e-9) << where;
      ++tally.decided;
    }
    const auto check_end = [&](const std::optional<double>& stage, Goal goal, const char* what,
                               std::optional<double> NetworkUmpire::Verdict::*end) {
      if (!stage) {
        ++tally.unset;
        EXPECT_FALSE((judge().*end).has_value()) << where << ", " << what;
        return;
      }
      ++tally.ends;
      // Below the score by a rounding, so that rounding leaves a solution.
      const std::optional<double> expected = glpk.Solve(row, goal, score.score * (1 - 0x1p-52));
      if (expected && Near(*stage, *expected)) return;
      ++tally.decided;
      ASSERT_TRUE((judge().*end).has_value()) << where << ", " << what;
      EXPECT_NEAR(*stage, *(judge().*end), 1e-9) << where << ", " << what;
    };
    check_end(score.first.stage1, Goal::kStage1, "stage 1 first", &NetworkUmpire::Verdict::stage1);
    check_end(score.second.stage2, Goal::kStage2, "stage 2 first", &NetworkUmpire::Verdict::stage2);
    tally.split += score.split_unique ? 0 : 1;
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(GlpkNetworkTest, RandomSystemsAgree) {
  const std::uint64_t count = LongRun() ? 6000 : 300;  // three families: Kao-Hwang, Chen under CRS and under VRS
  Tally tallies[3];
  for (std::uint64_t number = 0; number < count; ++number) {
    Compare(MakeRandomNetwork(number, 80), tallies[number % 3]);
    if (HasFatalFailure()) return;
  }
  const char* names[] = {"kao-hwang", "chen crs", "chen vrs"};
  for (int family = 0; family < 3; ++family) {
    const Tally& tally = tallies[family];
    std::cout << names[family] << ": " << count / 3 << " systems, " << tally.units << " scores and " << tally.ends
              << " ends compared with GLPK, " << tally.decided << " decided by the umpire, " << tally.split
              << " splits not unique, " << tally.unset << " ends unset\n";
    EXPECT_GT(tally.split, 0);
    if (family < 2) {
      EXPECT_EQ(tally.unset, 0);
    }
  }
}

}  // namespace
}  // namespace farrell::dea::testing
