// Every score of every random problem agrees with GLPK to 1e-9; where they differ glp_exact decides and the case is
// listed.
#include <cmath>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/radial.h"
#include "tests/dea/glpk_radial.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

double Distance(double a, double b) { return std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

struct Tally {
  int units = 0;
  int exact_agrees = 0;
  std::vector<std::string> listed;
};

void Compare(const RandomProblem& problem, Tally& tally) {
  std::vector<std::int32_t> all(problem.data.size());
  std::iota(all.begin(), all.end(), 0);
  const ReferenceMatrix reference(problem.data, all);
  GlpkRadial glpk(problem.data, all, problem.rts, problem.orientation);
  RadialSolver solver(problem.data.dimension());
  // Of a large problem every unit is scored, but GLPK judges an even sample of 25.
  const std::size_t stride = std::max<std::size_t>(1, all.size() / 25);
  for (const std::int32_t row : all) {
    const UnitScore result = solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, {}, {});
    const std::string where = problem.description + ", unit " + std::to_string(row);
    ASSERT_EQ(result.status, UnitStatus::kOptimal)
        << where << " gap " << result.certificate.gap << " violation " << result.certificate.max_violation;
    ASSERT_GT(result.score, 0) << where;
    ASSERT_LE(result.score, 1) << where;
    ASSERT_LE(result.certificate.gap, 1e-9) << where;
    ASSERT_LE(result.certificate.max_violation, 1e-9) << where;
    EXPECT_LE(result.certificate.slack_gap, 1e-9) << where;
    if (static_cast<std::size_t>(row) % stride != 0) continue;
    ++tally.units;
    const std::optional<double> expected = glpk.Solve(row);
    if (expected && Distance(result.farrell, *expected) <= 1e-9) continue;
    const std::optional<double> exact = glpk.SolveExactly(row);
    const std::string floating = expected ? std::to_string(Distance(result.farrell, *expected)) : "none";
    ASSERT_TRUE(exact.has_value()) << where << ": glp_exact found no optimum";
    EXPECT_LE(Distance(result.farrell, *exact), 1e-9) << where << ": ours " << result.farrell << ", exact " << *exact;
    ++tally.exact_agrees;
    tally.listed.push_back(where + ": GLPK differs by " + floating + ", glp_exact agrees with ours");
  }
}

TEST(GlpkTest, RandomProblemsAgree) {
  const std::uint64_t count = LongRun() ? 2000 : 200;
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    Compare(MakeRandomProblem(number, 500), tally);
    if (HasFatalFailure()) return;
  }
  std::cout << count << " problems, " << tally.units << " scores compared with GLPK, " << tally.listed.size()
            << " decided by glp_exact\n";
  for (const std::string& line : tally.listed) std::cout << "  " << line << "\n";
  EXPECT_GE(tally.units, static_cast<int>(count));
}

}  // namespace
}  // namespace farrell::dea::testing
