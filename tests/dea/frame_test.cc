// A frame changes no bit of any answer, holds what it says it holds, and is small.
#include "services/dea/engine/frame.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/radial.h"
#include "tests/dea/bytes.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

void OneByOne(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) body(i);
}

ReferenceMatrix WholeOf(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return {data, all};
}

TEST(FrameTest, LeavesNoTraceInAnyScore) {
  const std::uint64_t count = LongRun() ? 600 : 30;
  std::size_t units = 0;
  std::size_t kept = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 2000);
    const ReferenceMatrix reference = WholeOf(problem.data);
    const auto frame = MakeFrame(problem.data, reference, problem.rts, OneByOne, {});
    if (!frame) continue;
    units += reference.size();
    kept += frame->units().size();
    RadialSolver solver(problem.data.dimension());
    SolveOptions framed;
    framed.frame = frame.get();
    // Of a large problem an even sample.
    const std::size_t stride = std::max<std::size_t>(1, reference.size() / 100);
    for (std::size_t row = 0; row < reference.size(); row += stride) {
      const auto solve = [&](const SolveOptions& options) {
        return Bytes(solver.Solve(problem.data, static_cast<std::int32_t>(row), reference, problem.rts,
                                  problem.orientation, options, {}));
      };
      ASSERT_EQ(solve(framed), solve({})) << problem.description << ", unit " << row;
    }
  }
  EXPECT_GT(units, 0U);
  std::cout << units << " units, " << kept << " in frames\n";
  EXPECT_LT(kept, units / 2);
}

TEST(FrameTest, ContainsEveryUnitThatIsLeftOut) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 2000);
    const ReferenceMatrix reference = WholeOf(problem.data);
    const auto frame = MakeFrame(problem.data, reference, problem.rts, OneByOne, {});
    if (!frame) continue;
    // A better point for every unit, by the margin in every measure.
    Observations better = problem.data;
    const std::size_t d = static_cast<std::size_t>(better.dimension());
    for (std::size_t at = 0; at < problem.data.cells.size(); ++at) {
      const bool input = static_cast<int>(at % d) < better.input_count;
      better.cells.push_back(problem.data.cells[at] * (input ? 1 - kFrameMargin : 1 + kFrameMargin));
    }
    better.roles.resize(2 * better.roles.size(), RowRole::kScored);
    const ReferenceMatrix kept(better, frame->matrix().members());
    RadialSolver solver(better.dimension());
    const std::size_t stride = std::max<std::size_t>(1, reference.size() / 50);
    for (std::size_t row = 0; row < reference.size(); row += stride) {
      if (frame->Contains(static_cast<int>(row))) continue;
      const UnitScore score = solver.Solve(better, static_cast<std::int32_t>(reference.size() + row), kept, problem.rts,
                                           Orientation::kInput, {}, {});
      ASSERT_EQ(score.status, UnitStatus::kOptimal) << problem.description << ", unit " << row;
      ASSERT_LE(score.farrell, 1 + 1e-9) << problem.description << ", unit " << row;
    }
  }
}

std::string Evaluate(const Observations& data, const Model& model, bool prepare, int threads, std::size_t shard) {
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
  if (prepare) {
    EXPECT_TRUE(evaluation.Prepare(parallel, {}));
  }
  std::vector<UnitScore> results = evaluation.EmptyResults();
  const std::size_t shards = (evaluation.unit_count() + shard - 1) / shard;
  parallel(shards, [&](std::size_t s) {
    const std::size_t begin = s * shard;
    EXPECT_TRUE(evaluation.Solve(begin, std::min(begin + shard, evaluation.unit_count()), results, {}, nullptr));
  });
  std::string bytes;
  for (const UnitScore& result : results) bytes += Bytes(result);
  return bytes;
}

TEST(FrameTest, ThreadsShardsAndFramesLeaveNoTraceInAnEvaluation) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    TestRandom random(seed + 77);
    Observations data;
    data.input_count = 2;
    data.output_count = 2;
    for (int unit = 0; unit < 300; ++unit) {
      for (int time = 0; time < 2; ++time) {
        for (int i = 0; i < 4; ++i) {
          data.cells.push_back(seed % 2 == 0 ? 1 + random.Below(12) : 0.1 + random.Uniform());
        }
        data.times.push_back(time);
        data.roles.push_back(unit % 20 == 0 ? RowRole::kReferenceOnly : RowRole::kScored);
      }
    }
    Model model;
    model.inputs = {"a", "b"};
    model.outputs = {"c", "d"};
    model.rts = seed < 2 ? ReturnsToScale::kVrs : ReturnsToScale::kCrs;
    model.orientation = seed == 1 ? Orientation::kInput : Orientation::kOutput;
    model.frontier.scheme = FrontierScheme::kSequential;
    model.scale = seed == 0;
    const std::string expected = Evaluate(data, model, false, 1, 1000000);
    EXPECT_EQ(Evaluate(data, model, true, 1, 1000000), expected);
    EXPECT_EQ(Evaluate(data, model, true, 2, 16), expected);
    EXPECT_EQ(Evaluate(data, model, true, 8, 1), expected);
    EXPECT_EQ(Evaluate(data, model, false, 8, 120), expected);
  }
}

TEST(FrameTest, LeavesNoTraceInOtherModels) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    TestRandom random(seed + 5);
    std::vector<double> cells;
    for (int i = 0; i < 400 * 4; ++i) cells.push_back(seed % 2 == 0 ? 1 + random.Below(9) : 0.1 + random.Uniform());
    const Observations data = MakeCrossSection(2, 2, std::move(cells));
    for (const ModelKind kind :
         {ModelKind::kAdditive, ModelKind::kRam, ModelKind::kBam, ModelKind::kSbm, ModelKind::kDdf, ModelKind::kRdm}) {
      Model model;
      model.inputs = {"a", "b"};
      model.outputs = {"c", "d"};
      model.kind = kind;
      model.rts = ReturnsToScale::kVrs;
      model.orientation = Orientation::kNone;
      const std::string expected = Evaluate(data, model, false, 2, 50);
      EXPECT_EQ(Evaluate(data, model, true, 2, 100), expected) << "kind " << static_cast<int>(kind);
    }
  }
}

TEST(FrameTest, StopsWhenAsked) {
  TestRandom random(5);
  std::vector<double> cells;
  for (int i = 0; i < 4000 * 4; ++i) cells.push_back(0.1 + random.Uniform());
  const Observations data = MakeCrossSection(2, 2, std::move(cells));
  const ReferenceMatrix reference = WholeOf(data);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(MakeFrame(data, reference, ReturnsToScale::kVrs, OneByOne, source.get_token()), nullptr);
}

// The sampled hull of a large reference is empty when the stop comes while it is made.
TEST(FrameTest, StopsInEveryRound) {
  TestRandom random(6);
  std::vector<double> cells;
  for (int i = 0; i < 9000 * 4; ++i) cells.push_back(0.1 + random.Uniform());
  const Observations data = MakeCrossSection(2, 2, std::move(cells));
  const ReferenceMatrix reference = WholeOf(data);
  for (int last = 0; last < 3; ++last) {
    std::stop_source source;
    int begun = 0;
    const ParallelFor stop_before = [&](std::size_t count, const std::function<void(std::size_t)>& body) {
      if (begun++ == last) source.request_stop();
      OneByOne(count, body);
    };
    EXPECT_EQ(MakeFrame(data, reference, ReturnsToScale::kVrs, stop_before, source.get_token()), nullptr);
    EXPECT_GT(begun, last);
  }
}

TEST(FrameTest, NeedsDataThatAreNotNegative) {
  std::vector<double> cells(400 * 2, 1.0);
  cells[7] = -1;
  const Observations data = MakeCrossSection(1, 1, std::move(cells));
  EXPECT_EQ(MakeFrame(data, WholeOf(data), ReturnsToScale::kVrs, OneByOne, {}), nullptr);
}

}  // namespace
}  // namespace farrell::dea::testing
