// The additive family: worked cases, properties, certificates, and an independent witness.
#include "services/dea/engine/additive.h"

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

constexpr ModelKind kKinds[] = {ModelKind::kAdditive, ModelKind::kRam, ModelKind::kBam};
constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr Orientation kOrientations[] = {Orientation::kNone, Orientation::kInput, Orientation::kOutput};

bool Long() {
  const char* value = std::getenv("FARRELL_LONG");
  return value != nullptr && std::string(value) == "1";
}

Model MakeModel(ModelKind kind, ReturnsToScale rts, Orientation orientation = Orientation::kNone) {
  Model model;
  model.kind = kind;
  model.rts = rts;
  model.orientation = orientation;
  model.weight_sum_low = 0.5;
  model.weight_sum_high = 1.5;
  return model;
}

std::string NameOf(const Model& model) {
  const char* kind = model.kind == ModelKind::kAdditive ? "additive" : model.kind == ModelKind::kRam ? "ram" : "bam";
  return std::string(kind) + " " + Name(model.rts) + " " + Name(model.orientation);
}

std::vector<std::int32_t> AllRows(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

UnitScore Solve(const Observations& data, std::int32_t row, const Model& model) {
  const ReferenceMatrix reference(data, AllRows(data));
  const auto formulation = MakeAdditive(model, data);
  return UnitSolver(*formulation).Solve({data, row, reference}, {}, {});
}

// Largest difference relative to the size of the numbers.
double Distance(double a, double b) { return a == b ? 0 : std::abs(a - b) / std::max(std::abs(a), std::abs(b)); }

// Five units, one input and one output: (2,1) (4,5) (6,6) (9,8) (5,3). Frontier under VRS: the first, second and
// fourth.
Observations Five() { return MakeCrossSection(1, 1, {2, 1, 4, 5, 6, 6, 9, 8, 5, 3}); }

TEST(AdditiveTest, WorkedExample) {
  const Observations data = Five();
  // (5,3): every point (4 + t, 5 + 3t/5) up to t = 1 and (4 - 2t, 5 - 4t) is dominating; 1 + 2 at (4,5), less at
  // (5, 5.6): 2.6.
  const UnitScore additive = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs));
  EXPECT_EQ(additive.status, UnitStatus::kOptimal);
  EXPECT_EQ(additive.measure, Measure::kSlackSum);
  EXPECT_DOUBLE_EQ(additive.score, 3);
  EXPECT_DOUBLE_EQ(additive.farrell, 3);
  EXPECT_DOUBLE_EQ(additive.certificate.primal, 3);
  EXPECT_EQ(additive.input_slacks, std::vector<double>{1});
  EXPECT_EQ(additive.output_slacks, std::vector<double>{2});
  EXPECT_EQ(additive.input_targets, std::vector<double>{4});
  EXPECT_EQ(additive.output_targets, std::vector<double>{5});
  ASSERT_EQ(additive.peers.size(), 1U);
  EXPECT_EQ(additive.peers[0].row, 1);
  // Ranges are 7 and 7: 1 - (1/7 + 2/7) / 2.
  const UnitScore ram = Solve(data, 4, MakeModel(ModelKind::kRam, ReturnsToScale::kVrs));
  EXPECT_EQ(ram.measure, Measure::kRam);
  EXPECT_DOUBLE_EQ(ram.score, 1 - 3.0 / 14);
  // One-sided ranges are 3 and 5: 1 - (1/3 + 2/5) / 2.
  const UnitScore bam = Solve(data, 4, MakeModel(ModelKind::kBam, ReturnsToScale::kVrs));
  EXPECT_EQ(bam.measure, Measure::kBam);
  EXPECT_DOUBLE_EQ(bam.score, 1 - 11.0 / 30);
  // CRS: the ray y = 5/4 x. Going up at x = 5 gains 3.25, and no more than 4 is lost of x for 5 of y.
  const UnitScore crs = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kCrs));
  EXPECT_DOUBLE_EQ(crs.score, 3.25);
  // Only inputs count: x may fall to the frontier at y = 3, x = 3; the output slack is what is left, none.
  const UnitScore input = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs, Orientation::kInput));
  EXPECT_DOUBLE_EQ(input.score, 2);
  EXPECT_EQ(input.output_slacks, std::vector<double>{0});
  const UnitScore output = Solve(data, 4, MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs, Orientation::kOutput));
  EXPECT_DOUBLE_EQ(output.score, 2.6);
  // Input prices: a unit of x more would be a unit of slack more.
  EXPECT_DOUBLE_EQ(additive.input_prices[0], 1);
}

TEST(AdditiveTest, BoundsKeepThePointWithinTheObservedData) {
  // Under CRS the ray through (4,5) leaves the observed range beyond (6.4, 8): (9,8) could go to (9, 11.25) but for the
  // bound on the output, and to (6.4, 8) at best.
  const Observations data = Five();
  const UnitScore free = Solve(data, 3, MakeModel(ModelKind::kAdditive, ReturnsToScale::kCrs));
  EXPECT_DOUBLE_EQ(free.score, 3.25);
  const UnitScore bam = Solve(data, 3, MakeModel(ModelKind::kBam, ReturnsToScale::kCrs));
  EXPECT_NEAR(bam.input_slacks[0], 2.6, 1e-14);
  EXPECT_EQ(bam.output_slacks[0], 0);
  // Room of 7 on the input, none on the output: 1 - (2.6/7 + 0) / 2.
  EXPECT_NEAR(bam.score, 1 - 1.3 / 7, 1e-15);
}

TEST(AdditiveTest, ARangeOfZeroIsWorthNothing) {
  const Observations data = MakeCrossSection(2, 1, {3, 4, 1, 3, 2, 1, 3, 2, 2});
  const UnitScore ram = Solve(data, 0, MakeModel(ModelKind::kRam, ReturnsToScale::kVrs));
  // Inputs (3, 4), range (0, 2); output 1, range 1: 1 - (0 + 2/2 + 1/1) / 3.
  EXPECT_DOUBLE_EQ(ram.score, 1.0 / 3);
  EXPECT_DOUBLE_EQ(Solve(data, 0, MakeModel(ModelKind::kBam, ReturnsToScale::kVrs)).score, 1.0 / 3);
}

TEST(AdditiveTest, BadOutputsCountAsInputs) {
  Observations data = Five();
  const Observations as_input = MakeCrossSection(2, 1, {2, 7, 1, 4, 6, 5, 6, 5, 6, 9, 3, 8, 5, 8, 3});
  data.bad_count = 1;
  data.cells = {2, 1, 7, 4, 5, 6, 6, 6, 5, 9, 8, 3, 5, 3, 8};
  for (const ModelKind kind : kKinds) {
    for (const Orientation orientation : kOrientations) {
      const Model model = MakeModel(kind, ReturnsToScale::kVrs, orientation);
      for (const std::int32_t row : AllRows(data)) {
        const UnitScore bad = Solve(data, row, model);
        const UnitScore input = Solve(as_input, row, model);
        EXPECT_DOUBLE_EQ(bad.score, input.score) << NameOf(model) << " " << row;
        ASSERT_EQ(bad.bad_output_slacks.size(), 1U);
        EXPECT_DOUBLE_EQ(bad.bad_output_targets[0],
                         data.row(static_cast<std::size_t>(row))[2] - bad.bad_output_slacks[0]);
      }
    }
  }
}

TEST(AdditiveTest, NonDiscretionarySlacksDoNotCount) {
  Observations data = MakeCrossSection(2, 1, {2, 7, 1, 4, 6, 5, 6, 5, 6, 9, 3, 8, 5, 8, 3});
  Model model = MakeModel(ModelKind::kAdditive, ReturnsToScale::kVrs);
  model.inputs = {"a", "b"};
  model.outputs = {"c"};
  model.non_discretionary = {"b"};
  // (5, 8, 3) against (4, 6, 5): the slack of 2 in b is there and not worth anything.
  const UnitScore score = Solve(data, 4, model);
  EXPECT_DOUBLE_EQ(score.score, 3);
  EXPECT_EQ(score.input_slacks, (std::vector<double>{1, 2}));
}

// The problem with all data positive or, every other one, shifted so that some are negative.
struct Case {
  RandomProblem problem;
  Model model;
};

Case MakeCase(ModelKind kind, std::uint64_t number) {
  Case made;
  made.problem = MakeRandomProblem(number + 5000 * static_cast<std::uint64_t>(kind), 120);
  const ReturnsToScale rts = kind == ModelKind::kRam ? ReturnsToScale::kVrs : kTechnologies[number % 5];
  made.model = MakeModel(kind, rts, kOrientations[number / 5 % 3]);
  if (rts == ReturnsToScale::kVrs && number % 2 == 0) {
    const std::size_t d = static_cast<std::size_t>(made.problem.data.dimension());
    TestRandom random(number);
    for (std::size_t i = 0; i < d; ++i) {
      const double shift =
          made.problem.data
              .cells[static_cast<std::size_t>(random.Below(static_cast<int>(made.problem.data.size()))) * d + i];
      for (std::size_t j = i; j < made.problem.data.cells.size(); j += d) made.problem.data.cells[j] -= shift;
    }
    made.problem.description += " negative";
  }
  made.problem.description += " " + NameOf(made.model);
  return made;
}

void CompareWithGlpk(ModelKind kind, std::uint64_t count) {
  int units = 0;
  int decided_exactly = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const Case made = MakeCase(kind, number);
    const Observations& data = made.problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    const auto formulation = MakeAdditive(made.model, data);
    UnitSolver solver(*formulation);
    const GlpkSlacks glpk(data, AllRows(data), made.model);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 10);
    for (std::size_t row = 0; row < data.size(); row += stride) {
      const std::int32_t at = static_cast<std::int32_t>(row);
      const std::string where = made.problem.description + ", unit " + std::to_string(row);
      const UnitScore score = solver.Solve({data, at, reference}, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal)
          << where << " gap " << score.certificate.gap << " violation " << score.certificate.max_violation;
      EXPECT_TRUE(CheckScore(*formulation, {data, at, reference}, score).holds) << where;
      ++units;
      const auto floating = glpk.Solve(at, false);
      if (floating && floating->feasible && Distance(score.farrell, floating->value) <= 1e-9) continue;
      const auto exact = glpk.Solve(at, true);
      ASSERT_TRUE(exact && exact->feasible) << where << ": glp_exact found no optimum";
      ++decided_exactly;
      EXPECT_LE(Distance(score.farrell, exact->value), 1e-9)
          << where << ": ours " << score.farrell << ", exact " << exact->value;
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
  std::cout << count << " problems, " << units << " scores compared with GLPK, " << decided_exactly
            << " decided by glp_exact\n";
  EXPECT_GE(units, static_cast<int>(count));
}

TEST(AdditiveTest, PlainSumsAgreeWithGlpk) { CompareWithGlpk(ModelKind::kAdditive, Long() ? 2000 : 100); }
TEST(AdditiveTest, RangeAdjustedMeasuresAgreeWithGlpk) { CompareWithGlpk(ModelKind::kRam, Long() ? 2000 : 100); }
TEST(AdditiveTest, BoundedMeasuresAgreeWithGlpk) { CompareWithGlpk(ModelKind::kBam, Long() ? 2000 : 100); }

}  // namespace
}  // namespace farrell::dea::testing
