// Directional distances of random problems agree with GLPK to 1e-9, and so does what has no distance; where they differ
// glp_exact decides and the case is listed. Every answer proves itself to CheckScore.
#include "tests/dea/glpk_directional.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/directional.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/non_radial_directional.h"
#include "tests/dea/directional_problems.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

struct Tally {
  int units = 0;
  int negative = 0;
  int infeasible = 0;
  int unbounded = 0;
  std::vector<std::string> listed;
};

Outcome OutcomeOf(UnitStatus status) {
  switch (status) {
    case UnitStatus::kOptimal: return Outcome::kOptimal;
    case UnitStatus::kInfeasible: return Outcome::kInfeasible;
    case UnitStatus::kUnbounded: return Outcome::kUnbounded;
    default: return Outcome::kUnknown;
  }
}

// The direction, written anew from the definitions.
std::vector<double> DirectionFor(const DirectionalProblem& problem, std::int32_t row) {
  const Observations& data = problem.data;
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  std::vector<double> direction(d);
  for (std::size_t i = 0; i < d; ++i) {
    const bool output = data.is_output(static_cast<int>(i));
    const bool input = data.is_input(static_cast<int>(i));
    const double own = data.cells[static_cast<std::size_t>(row) * d + i];
    const auto cell = [&](std::int32_t member) { return data.cells[static_cast<std::size_t>(member) * d + i]; };
    if (problem.model.kind == ModelKind::kRdm) {
      if (problem.model.orientation == (output ? Orientation::kInput : Orientation::kOutput)) continue;
      for (const std::int32_t member : problem.members) {
        direction[i] = std::max(direction[i], output ? cell(member) - own : own - cell(member));
      }
      continue;
    }
    if ((output && problem.model.orientation == Orientation::kInput) ||
        (input && problem.model.orientation == Orientation::kOutput)) {
      continue;
    }
    switch (problem.model.direction.kind) {
      case DirectionKind::kOwn: direction[i] = own; break;
      case DirectionKind::kColumns: direction[i] = data.directions[static_cast<std::size_t>(row) * d + i]; break;
      case DirectionKind::kMean:
        for (const std::int32_t member : problem.members) direction[i] += cell(member);
        direction[i] /= static_cast<double>(problem.members.size());
        break;
    }
  }
  return direction;
}

// Whether the witness says the same; distances are compared relative to the length that moves some measure by itself.
bool Agrees(const UnitScore& ours, const Witness& witness, double length) {
  // An abatement that leaves nothing is an optimum without a value.
  if (ours.status == UnitStatus::kUnbounded && ours.certificate.kind == CertificateKind::kOptimal) {
    return witness.outcome == Outcome::kOptimal && ours.peers.empty();
  }
  if (OutcomeOf(ours.status) != witness.outcome) return false;
  if (witness.outcome != Outcome::kOptimal) return true;
  return std::abs(ours.farrell - witness.value) <=
         1e-9 * std::max({std::abs(ours.farrell), std::abs(witness.value), length});
}

void Compare(const DirectionalProblem& problem, Tally& tally) {
  const auto formulation = MakeFormulation(problem.model, problem.data);
  const ReferenceMatrix reference(problem.data, problem.members);
  UnitSolver solver(*formulation);
  const std::size_t stride = std::max<std::size_t>(1, problem.data.size() / 10);
  for (std::size_t at = 0; at < problem.data.size(); at += stride) {
    const auto row = static_cast<std::int32_t>(at);
    const Question question{problem.data, row, reference};
    const UnitScore ours = solver.Solve(question, {}, {});
    const std::string where = problem.description + ", unit " + std::to_string(row);
    ASSERT_NE(ours.status, UnitStatus::kNotSolved)
        << where << " gap " << ours.certificate.gap << " violation " << ours.certificate.max_violation;
    EXPECT_TRUE(CheckScore(*formulation, question, ours).holds) << where;
    EXPECT_LE(ours.certificate.slack_gap, 1e-9) << where;
    DirectionalProgram program{problem.data, row, problem.members, problem.model.rts};
    program.weight_sum_low = problem.model.weight_sum_low;
    program.weight_sum_high = problem.model.weight_sum_high;
    program.disposability = problem.model.disposability;
    program.direction = DirectionFor(problem, row);
    if (problem.model.non_radial) program.weights = GroupWeights(problem.data, program.direction);
    if (problem.model.super) std::erase(program.members, row);
    const bool moves =
        std::any_of(program.direction.begin(), program.direction.end(), [](double value) { return value > 0; });
    if (problem.model.kind == ModelKind::kRdm && !moves) {
      EXPECT_TRUE(ours.status != UnitStatus::kOptimal || ours.score == 1) << where;
      continue;
    }
    ++tally.units;
    if (ours.status == UnitStatus::kInfeasible) ++tally.infeasible;
    if (ours.status == UnitStatus::kUnbounded) ++tally.unbounded;
    if (ours.status == UnitStatus::kOptimal && ours.farrell < 0) ++tally.negative;
    double length = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < program.direction.size(); ++i) {
      const double own = std::abs(question.own()[i]);
      if (program.direction[i] > 0 && own > 0) length = std::min(length, own / program.direction[i]);
    }
    if (!std::isfinite(length)) length = 0;
    const Witness expected = SolveByGlpk(program);
    if (Agrees(ours, expected, length)) continue;
    const Witness exact = SolveExactlyByGlpk(program);
    EXPECT_TRUE(Agrees(ours, exact, length))
        << where << ": ours " << static_cast<int>(ours.status) << " " << ours.farrell << ", exact "
        << static_cast<int>(exact.outcome) << " " << exact.value << ", GLPK " << static_cast<int>(expected.outcome)
        << " " << expected.value;
    tally.listed.push_back(where);
  }
}

template <typename MakeProblem>
void CompareFamily(const MakeProblem& make, const char* name) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    Compare(make(number), tally);
    if (::testing::Test::HasFatalFailure()) return;
  }
  std::cout << name << ": " << count << " problems, " << tally.units << " units compared with GLPK (" << tally.negative
            << " below 0, " << tally.infeasible << " infeasible, " << tally.unbounded << " unbounded), "
            << tally.listed.size() << " decided by glp_exact\n";
  for (const std::string& line : tally.listed) std::cout << "  " << line << "\n";
  EXPECT_GE(tally.units, static_cast<int>(count));
}

TEST(GlpkDirectionalTest, DirectionalDistancesAgree) {
  CompareFamily([](std::uint64_t number) { return MakeDirectionalProblem(number, 120, false); }, "directional");
}

TEST(GlpkDirectionalTest, NonRadialDistancesAgree) {
  CompareFamily([](std::uint64_t number) { return MakeDirectionalProblem(number, 120, true); }, "non-radial");
}

TEST(GlpkDirectionalTest, RangeDirectionalDistancesAgree) {
  CompareFamily([](std::uint64_t number) { return MakeRangeProblem(number, 120); }, "range directional");
}

}  // namespace
}  // namespace farrell::dea::testing
