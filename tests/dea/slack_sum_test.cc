// The slacks of radial models: their sum against GLPK.
#include <cmath>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "tests/dea/glpk_radial.h"
#include "tests/dea/glpk_slacks.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

double Distance(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

struct Tally {
  int units = 0;
  int with_slack = 0;
  int decided_exactly = 0;
  std::vector<std::string> listed;
};

// Agrees with GLPK's floating-point sum to 1e-9; where it does not (the sum has as many units of measurement as the
// data) the sum in rational arithmetic decides. That one jumps where units tie within rounding: the engine takes them
// to tie, so that its sum is no smaller, and no larger than what missing rows and score by 1e-10 allows.
void Judge(GlpkRadial& floating, const GlpkSlacks& exact, std::int32_t row, const UnitScore& score,
           const std::string& where, Tally& tally) {
  double sum = 0;
  for (const double slack : score.input_slacks) sum += slack;
  for (const double slack : score.output_slacks) sum += slack;
  ++tally.units;
  tally.with_slack += sum > 0 ? 1 : 0;
  const std::optional<double> told = floating.SlackSum(row, score.farrell);
  if (told && Distance(sum, *told) <= 1e-9) return;
  const std::optional<double> best = exact.RadialSlackSum(row, 0);
  ASSERT_TRUE(best.has_value()) << where << ": glp_exact found no optimum";
  ++tally.decided_exactly;
  if (Distance(sum, *best) <= 1e-9) return;
  const std::optional<double> most = exact.RadialSlackSum(row, 1e-10);
  ASSERT_TRUE(most.has_value()) << where << ": glp_exact found no optimum with room";
  const std::string line = where + ": ours " + std::to_string(sum) + ", exact " + std::to_string(*best) +
                           ", with room " + std::to_string(*most);
  EXPECT_LE(sum, *most * (1 + 1e-9)) << line;
  EXPECT_GE(sum, *best - (*most - *best) - 1e-9 * *best) << line;
  tally.listed.push_back(line);
}

TEST(SlackSumTest, RandomProblemsAgree) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number + 120000, 100);
    Model model;
    model.rts = problem.rts;
    model.orientation = problem.orientation;
    std::vector<std::int32_t> all(problem.data.size());
    std::iota(all.begin(), all.end(), 0);
    const ReferenceMatrix reference(problem.data, all);
    const auto formulation = MakeFormulation(model, problem.data);
    UnitSolver solver(*formulation);
    GlpkRadial floating(problem.data, all, model.rts, model.orientation);
    const GlpkSlacks exact(problem.data, all, model);
    const std::size_t stride = std::max<std::size_t>(1, problem.data.size() / 10);
    for (std::size_t row = 0; row < problem.data.size(); row += stride) {
      const std::int32_t at = static_cast<std::int32_t>(row);
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const UnitScore score = solver.Solve({problem.data, at, reference}, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << where;
      Judge(floating, exact, at, score, where, tally);
      if (HasFatalFailure()) return;
    }
  }
  std::cout << count << " problems, " << tally.units << " slack sums compared with GLPK, " << tally.with_slack
            << " above 0, " << tally.decided_exactly << " decided by glp_exact, " << tally.listed.size()
            << " with ties within rounding\n";
  for (const std::string& line : tally.listed) std::cout << "  " << line << "\n";
  EXPECT_GT(tally.with_slack, tally.units / 4);
  EXPECT_LE(tally.listed.size(), static_cast<std::size_t>(tally.units / 200));
}

}  // namespace
}  // namespace farrell::dea::testing
