// The slacks-based measure: worked cases, properties, certificates, and an independent witness.
#include "services/dea/engine/sbm.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/dea/glpk_slacks.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr Orientation kOrientations[] = {Orientation::kNone, Orientation::kInput, Orientation::kOutput};

bool Long() {
  const char* value = std::getenv("FARRELL_LONG");
  return value != nullptr && std::string(value) == "1";
}

Model MakeModel(ReturnsToScale rts, Orientation orientation = Orientation::kNone, bool super = false) {
  Model model;
  model.kind = ModelKind::kSbm;
  model.rts = rts;
  model.orientation = orientation;
  model.super = super;
  model.weight_sum_low = 0.5;
  model.weight_sum_high = 1.5;
  return model;
}

std::string NameOf(const Model& model) {
  return std::string(model.super ? "super " : "") + "sbm " + Name(model.rts) + " " + Name(model.orientation);
}

std::vector<std::int32_t> AllRows(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

UnitScore Solve(const Observations& data, std::int32_t row, const Model& model) {
  const ReferenceMatrix reference(data, AllRows(data));
  const auto formulation = MakeFormulation(model, data);
  return UnitSolver(*formulation).Solve({data, row, reference}, {}, {});
}

double Distance(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

// Five units, one input and one output: (2,1) (4,5) (6,6) (9,8) (5,3). Frontier under VRS: the first, second and
// fourth.
Observations Five() { return MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 9, 8, 5, 3}); }

TEST(SbmTest, WorkedExample) {
  const Observations data = Five();
  const UnitScore vrs = Solve(data, 4, MakeModel(ReturnsToScale::kVrs));
  EXPECT_EQ(vrs.status, UnitStatus::kOptimal);
  EXPECT_EQ(vrs.measure, Measure::kRho);
  // (4,5) against (5,3): (1 - 1/5) / (1 + 2/3).
  EXPECT_NEAR(vrs.score, 0.48, 1e-15);
  EXPECT_EQ(vrs.farrell, vrs.score);
  EXPECT_NEAR(vrs.input_slacks[0], 1, 1e-15);
  EXPECT_NEAR(vrs.output_slacks[0], 2, 1e-15);
  EXPECT_NEAR(vrs.input_targets[0], 4, 1e-15);
  EXPECT_NEAR(vrs.output_targets[0], 5, 1e-15);
  ASSERT_EQ(vrs.peers.size(), 1U);
  EXPECT_EQ(vrs.peers[0].row, 1);
  EXPECT_NEAR(vrs.peers[0].weight, 1, 1e-15);
  // With one input and one output CRS compares ratios: (3/5) / (5/4).
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kCrs)).score, 0.48, 1e-15);
  // At y = 3 the frontier has x = 3; at x = 5, y = 5.6.
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kVrs, Orientation::kInput)).score, 0.6, 1e-15);
  EXPECT_NEAR(Solve(data, 4, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput)).score, 3 / 5.6, 1e-15);
  const UnitScore efficient = Solve(data, 1, MakeModel(ReturnsToScale::kVrs));
  EXPECT_EQ(efficient.score, 1);
  EXPECT_EQ(efficient.input_slacks, std::vector<double>{0});
  EXPECT_EQ(efficient.output_slacks, std::vector<double>{0});
  ASSERT_EQ(efficient.peers.size(), 1U);
  EXPECT_EQ(efficient.peers[0].weight, 1);
}

TEST(SbmTest, SuperEfficiencyWorkedExample) {
  const Observations data = Five();
  // Without (4,5) the frontier runs from (2,1) to (6,6): x = 5.2 at y = 5 and y = 3.5 at x = 4. x / y falls along it.
  const UnitScore none = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kNone, true));
  EXPECT_EQ(none.measure, Measure::kRho);
  EXPECT_NEAR(none.score, 5.2 / 4, 1e-14);
  EXPECT_NEAR(none.input_targets[0], 5.2, 1e-14);
  EXPECT_NEAR(none.output_targets[0], 5, 1e-14);
  EXPECT_EQ(none.input_slacks, std::vector<double>{0});
  const UnitScore input = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kInput, true));
  EXPECT_NEAR(input.score, 5.2 / 4, 1e-14);
  const UnitScore output = Solve(data, 1, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput, true));
  EXPECT_NEAR(output.score, 5 / 3.5, 1e-14);
  EXPECT_NEAR(output.output_targets[0], 3.5, 1e-14);
  // Nobody else makes 8 of output, nobody else gets by with 2 of input.
  EXPECT_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kVrs, Orientation::kInput, true)).status, UnitStatus::kInfeasible);
  EXPECT_EQ(Solve(data, 0, MakeModel(ReturnsToScale::kVrs, Orientation::kOutput, true)).status,
            UnitStatus::kInfeasible);
  EXPECT_EQ(Solve(data, 3, MakeModel(ReturnsToScale::kVrs, Orientation::kNone, true)).status, UnitStatus::kOptimal);
  // The others keep their score.
  for (const Orientation orientation : kOrientations) {
    const UnitScore plain = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, orientation));
    const UnitScore super = Solve(data, 4, MakeModel(ReturnsToScale::kVrs, orientation, true));
    EXPECT_NEAR(super.score, plain.score, 1e-15);
  }
}

struct Tally {
  int units = 0;
  int decided_exactly = 0;
  int above_one = 0;
  int infeasible = 0;
  int too_close = 0;
};

// Agrees with GLPK to 1e-9; where it does not glp_exact decides.
void Judge(const GlpkSlacks& glpk, std::int32_t row, const UnitScore& score, const std::string& where, Tally& tally) {
  ++tally.units;
  auto answer = glpk.Solve(row, false);
  const auto agrees = [&] {
    if (!answer || answer->feasible != (score.status == UnitStatus::kOptimal)) return false;
    return !answer->feasible || Distance(score.score, answer->value) <= 1e-9;
  };
  if (agrees()) return;
  answer = glpk.Solve(row, true);
  ASSERT_TRUE(answer.has_value()) << where << ": glp_exact gives up";
  ++tally.decided_exactly;
  EXPECT_TRUE(agrees()) << where << ": ours " << static_cast<int>(score.status) << " " << score.score << ", exact "
                        << (answer->feasible ? answer->value : 0);
}

void CompareWithGlpk(std::uint64_t count, bool super, bool bad) {
  Tally tally;
  for (std::uint64_t number = 0; number < count; ++number) {
    RandomProblem problem = MakeRandomProblem(number + 60000 + (super ? 10000 : 0) + (bad ? 20000 : 0), 120);
    Observations& data = problem.data;
    if (bad && data.output_count > 1) {
      --data.output_count;
      ++data.bad_count;
      // A row without positive output is not a unit.
      for (std::size_t at = static_cast<std::size_t>(data.input_count); at < data.cells.size();
           at += static_cast<std::size_t>(data.dimension())) {
        if (data.output_count == 1 && data.cells[at] == 0) data.cells[at] = 1;
      }
    }
    const Model model = MakeModel(kTechnologies[number % 5], kOrientations[number / 5 % 3], super);
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeFormulation(model, data);
    UnitSolver solver(*formulation);
    const GlpkSlacks glpk(data, AllRows(data), model);
    Model plain = model;
    plain.super = false;
    const GlpkSlacks glpk_plain(data, AllRows(data), plain);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 10);
    for (std::size_t row = 0; row < data.size(); row += stride) {
      const std::int32_t at = static_cast<std::int32_t>(row);
      const std::string where = problem.description + " " + NameOf(model) + ", unit " + std::to_string(row);
      const UnitScore score = solver.Solve({data, at, reference}, {}, {});
      ASSERT_TRUE(score.status == UnitStatus::kOptimal || (super && score.status == UnitStatus::kInfeasible))
          << where << " status " << static_cast<int>(score.status) << " gap " << score.certificate.gap << " violation "
          << score.certificate.max_violation;
      EXPECT_TRUE(CheckScore(*formulation, {data, at, reference}, score).holds) << where;
      tally.above_one += score.score > 1 ? 1 : 0;
      tally.infeasible += score.status == UnitStatus::kInfeasible ? 1 : 0;
      const bool inefficient = score.status == UnitStatus::kOptimal && score.score < 1;
      Judge(inefficient ? glpk_plain : glpk, at, score, where, tally);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
  std::cout << count << " problems, " << tally.units << " scores compared with GLPK, " << tally.decided_exactly
            << " decided by glp_exact, " << tally.above_one << " above 1, " << tally.infeasible << " infeasible\n";
  EXPECT_GE(tally.units, static_cast<int>(count));
}

TEST(SbmGlpkTest, ScoresAgree) { CompareWithGlpk(Long() ? 2000 : 100, false, false); }
TEST(SbmGlpkTest, ScoresWithBadOutputsAgree) { CompareWithGlpk(Long() ? 2000 : 100, false, true); }
TEST(SbmGlpkTest, SuperEfficiencyAgrees) { CompareWithGlpk(Long() ? 2000 : 100, true, false); }
TEST(SbmGlpkTest, SuperEfficiencyWithBadOutputsAgrees) { CompareWithGlpk(Long() ? 2000 : 100, true, true); }

}  // namespace
}  // namespace farrell::dea::testing
