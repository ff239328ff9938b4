// The range directional model: invariance, range, worked cases.
#include "services/dea/engine/range_directional.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "tests/dea/directional_problems.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

using testing::Score;

UnitScore Score(const Observations& data, const Model& model, std::int32_t row) {
  return Score(data, model, row, AllMembers(data));
}

Model RangeDirectional(Orientation orientation) {
  Model model;
  model.kind = ModelKind::kRdm;
  model.rts = ReturnsToScale::kVrs;
  model.orientation = orientation;
  return model;
}

void ForEachRow(const Observations& data, const std::function<void(std::int32_t)>& visit) {
  for (std::size_t row = 0; row < data.size(); ++row) visit(static_cast<std::int32_t>(row));
}

// Small whole numbers, so that the shifts are exact.
TEST(RangeDirectionalTest, ShiftsOfTheDataDoNotMatter) {
  for (std::uint64_t number = 0; number < 150; ++number) {
    DirectionalProblem problem = MakeRangeProblem(number, 40);
    TestRandom random(number);
    for (double& cell : problem.data.cells) cell = random.Below(200) - 100;
    std::vector<double> shifts;
    for (int i = 0; i < problem.data.dimension(); ++i) shifts.push_back(random.Below(2000) - 1000);
    Observations shifted = problem.data;
    for (std::size_t at = 0; at < shifted.cells.size(); ++at) shifted.cells[at] += shifts[at % shifts.size()];
    ForEachRow(problem.data, [&](std::int32_t row) {
      const UnitScore before = Score(problem.data, problem.model, row, problem.members);
      const UnitScore after = Score(shifted, problem.model, row, problem.members);
      ASSERT_EQ(after.status, before.status) << problem.description << ", unit " << row;
      EXPECT_NEAR(after.score, before.score, 1e-11 * (1 + std::abs(before.score)))
          << problem.description << ", unit " << row;
    });
  }
}

// With a best input of 0 in every column the range of an input is the input itself: the score is theta of BCC.
TEST(RangeDirectionalTest, WithZeroAsTheBestInputTheScoreIsRadial) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 40);
    const Observations units = problem.data;
    Observations& data = problem.data;
    for (int i = 0; i < data.input_count; ++i) {
      for (int j = 0; j < data.dimension(); ++j) data.cells.push_back(i == j ? 0 : j < data.input_count ? 1e-3 : 0);
      data.roles.push_back(RowRole::kScored);
    }
    Model radial;
    radial.rts = ReturnsToScale::kVrs;
    ForEachRow(units, [&](std::int32_t row) {
      const UnitScore score = Score(data, RangeDirectional(Orientation::kInput), row);
      ASSERT_EQ(score.status, UnitStatus::kOptimal);
      EXPECT_NEAR(score.score, Score(data, radial, row).score, 1e-10) << problem.description << ", unit " << row;
    });
  }
}

TEST(RangeDirectionalTest, ScoresLieBetweenZeroAndOneWithinTheSet) {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const DirectionalProblem problem = MakeRangeProblem(number, 40);
    ForEachRow(problem.data, [&](std::int32_t row) {
      const UnitScore score = Score(problem.data, problem.model, row);
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << problem.description;
      EXPECT_GE(score.score, -1e-12) << problem.description;
      EXPECT_LE(score.score, 1) << problem.description;
    });
  }
}

TEST(RangeDirectionalTest, AUnitBestInEverythingScoresOne) {
  const Observations data = MakeCrossSection(1, 2, {-3, 5, 1, 2, 4, -2, 1, 5, 0});
  for (const Orientation orientation : {Orientation::kNone, Orientation::kInput, Orientation::kOutput}) {
    const auto formulation = MakeFormulation(RangeDirectional(orientation), data);
    const ReferenceMatrix reference(data, AllMembers(data));
    const Question question{data, 0, reference};
    const UnitScore best = UnitSolver(*formulation).Solve(question, {}, {});
    ASSERT_EQ(best.status, UnitStatus::kOptimal);
    EXPECT_EQ(best.score, 1);
    EXPECT_TRUE(CheckScore(*formulation, question, best).holds);
  }
  // By hand: unit 2 has ranges 4, 0 and 1; nothing but unit 0 makes 5 of the first output with less input, and at it
  // both other measures reach their best at once: beta = 1.
  EXPECT_NEAR(Score(data, RangeDirectional(Orientation::kNone), 2).score, 0, 1e-15);
}

}  // namespace
}  // namespace farrell::dea::testing
