// Rows that are scored and do not span the frontier: against GLPK, against super-efficiency, and no trace in others.
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/unit_scorer.h"
#include "tests/dea/bytes.h"
#include "tests/dea/glpk_multiplier.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

// The later half of the rows frozen out, so that the rows of the others keep their numbers.
std::size_t FreezeLaterHalf(Observations& data) {
  const std::size_t spanning = data.size() / 2 + data.size() % 2;
  for (std::size_t row = spanning; row < data.size(); ++row) data.roles[row] = RowRole::kFrozenOut;
  return spanning;
}

Observations FirstRows(const Observations& data, std::size_t count) {
  Observations first = data;
  first.roles.resize(count);
  first.cells.resize(count * static_cast<std::size_t>(data.dimension()));
  return first;
}

std::vector<UnitScore> Evaluate(const Observations& data, const Model& model, bool prepare = false, int threads = 1,
                                std::size_t shard = 1 << 20) {
  Evaluation evaluation(data, model);
  const ParallelFor parallel = [threads](std::size_t count, const std::function<void(std::size_t)>& body) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> pool;
    for (int t = 0; t < threads; ++t) {
      pool.emplace_back([&] {
        for (std::size_t i = next++; i < count; i = next++) body(i);
      });
    }
  };
  const bool prepared = !prepare || evaluation.Prepare(parallel, {});
  EXPECT_TRUE(prepared);
  std::vector<UnitScore> results = evaluation.EmptyResults();
  const std::size_t units = evaluation.unit_count();
  parallel((units + shard - 1) / shard, [&](std::size_t s) {
    EXPECT_TRUE(evaluation.Solve(s * shard, std::min((s + 1) * shard, units), results, {}, nullptr));
  });
  return results;
}

TEST(FrozenFrontierTest, RandomProblemsAgreeWithTheMultiplierProgram) {
  const std::uint64_t count = LongRun() ? 2000 : 120;
  int compared = 0;
  int infeasible = 0;
  int beyond = 0;
  int exact = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 40);
    const std::size_t spanning = FreezeLaterHalf(problem.data);
    const Model model = NamedModel(problem.data, problem.rts, problem.orientation);
    const std::vector<UnitScore> scores = Evaluate(problem.data, model);
    const Evaluation evaluation(problem.data, model);
    const GlpkMultiplier glpk(model, problem.data, AllRows(FirstRows(problem.data, spanning)));
    for (std::size_t row = spanning; row < problem.data.size(); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto unit = static_cast<std::int32_t>(row);
      ASSERT_NE(scores[row].status, UnitStatus::kNotSolved) << where;
      ASSERT_EQ(Disagreement(glpk, unit, scores[row], exact), "") << where;
      EXPECT_TRUE(
          CheckUnit(model, evaluation.formulation(), {problem.data, unit, evaluation.reference(0)}, scores[row]).holds)
          << where;
      for (const Peer& peer : scores[row].peers) EXPECT_LT(peer.row, static_cast<std::int32_t>(spanning)) << where;
      ++compared;
      infeasible += scores[row].status == UnitStatus::kInfeasible ? 1 : 0;
      beyond += scores[row].status == UnitStatus::kOptimal && scores[row].score > 1 ? 1 : 0;
    }
  }
  std::cout << compared << " scores compared, " << beyond << " beyond the frontier, " << infeasible << " infeasible, "
            << exact << " decided by glp_exact\n";
  EXPECT_GT(beyond, 0);
  EXPECT_GT(infeasible, 0);
}

// Each row as the only addition to the old sample, left out of its own reference set (Andersen & Petersen 1993).
TEST(FrozenFrontierTest, IsSuperEfficiencyOfRowsAppendedOneAtATime) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 40);
    const std::size_t spanning = FreezeLaterHalf(problem.data);
    const Model model = NamedModel(problem.data, problem.rts, problem.orientation);
    Model super = model;
    super.super = true;
    const std::vector<UnitScore> frozen = Evaluate(problem.data, model);
    for (std::size_t row = spanning; row < problem.data.size(); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      Observations sample = FirstRows(problem.data, spanning);
      sample.roles.push_back(RowRole::kScored);
      sample.cells.insert(sample.cells.end(), problem.data.row(row), problem.data.row(row) + sample.dimension());
      const UnitScore appended = Scores(super, sample).back();
      ASSERT_EQ(frozen[row].status, appended.status) << where;
      if (appended.status == UnitStatus::kOptimal) {
        EXPECT_NEAR(frozen[row].score, appended.score, 1e-11 * appended.score) << where;
      }
    }
  }
}

TEST(FrozenFrontierTest, ChangesNoOtherRow) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 300);
    const std::size_t spanning = FreezeLaterHalf(problem.data);
    Model model = NamedModel(problem.data, problem.rts, problem.orientation);
    model.scale = number % 4 == 0;
    const std::vector<UnitScore> with = Evaluate(problem.data, model, true);
    const std::vector<UnitScore> without = Evaluate(FirstRows(problem.data, spanning), model, true);
    for (std::size_t row = 0; row < spanning; ++row) {
      ASSERT_EQ(Bytes(with[row]), Bytes(without[row])) << problem.description << ", unit " << row;
    }
  }
}

TEST(FrozenFrontierTest, FramesThreadsAndShardsLeaveNoTrace) {
  for (std::uint64_t number = 0; number < 24; ++number) {
    RandomProblem problem = MakeRandomProblem(number, 1500);
    FreezeLaterHalf(problem.data);
    Model model = NamedModel(problem.data, problem.rts, problem.orientation);
    model.scale = number % 4 == 0;
    const std::vector<UnitScore> plain = Evaluate(problem.data, model);
    const std::vector<UnitScore> framed = Evaluate(problem.data, model, true, 3, 37);
    for (std::size_t row = 0; row < plain.size(); ++row) {
      ASSERT_EQ(Bytes(plain[row]), Bytes(framed[row])) << problem.description << ", unit " << row;
    }
  }
}

// Nobody to be compared with: a status that the check accepts, and no other.
TEST(FrozenFrontierTest, WithoutAFrontierARowIsInfeasible) {
  Observations data = MakeCrossSection(1, 1, {1, 2, 2, 2});
  data.times = {1, 2};
  data.roles[1] = RowRole::kFrozenOut;
  const Model model = NamedModel(data, ReturnsToScale::kVrs, Orientation::kInput);
  const std::vector<UnitScore> scores = Evaluate(data, model, true);
  EXPECT_EQ(scores[0].status, UnitStatus::kOptimal);
  EXPECT_EQ(scores[1].status, UnitStatus::kInfeasible);
  const Evaluation evaluation(data, model);
  const Question question{data, 1,
                          evaluation.reference(static_cast<std::size_t>(evaluation.reference_sets().set_of_row[1]))};
  EXPECT_TRUE(CheckUnit(model, evaluation.formulation(), question, scores[1]).holds);
  UnitScore wrong = scores[1];
  wrong.status = UnitStatus::kUnbounded;
  EXPECT_FALSE(CheckUnit(model, evaluation.formulation(), question, wrong).holds);
}

}  // namespace
}  // namespace farrell::dea::testing
