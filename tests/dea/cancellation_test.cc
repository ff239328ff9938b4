// A stop request ends an evaluation within 50 ms of work, whether it is between units or inside one large program.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/radial.h"
#include "tests/dea/problems.h"
#include "tests/support/processor_time.h"

namespace farrell::dea::testing {
namespace {

Observations LargeData(int units) {
  TestRandom random(3);
  std::vector<double> cells;
  for (int j = 0; j < units * 6; ++j) cells.push_back(0.1 + random.Uniform());
  return MakeCrossSection(3, 3, std::move(cells));
}

TEST(CancellationTest, AStopRequestEndsAnEvaluationWithinFiftyMilliseconds) {
  const Observations data = LargeData(20000);
  Model model;
  model.inputs = {"a", "b", "c"};
  model.outputs = {"d", "e", "f"};
  model.rts = ReturnsToScale::kVrs;
  const Evaluation evaluation(data, model);
  std::vector<UnitScore> results = evaluation.EmptyResults();
  std::stop_source source;
  std::mutex mutex;
  std::condition_variable solving;
  int done = 0;
  bool finished = true;
  std::jthread worker([&] {
    finished = evaluation.Solve(0, evaluation.unit_count(), results, source.get_token(), [&](std::int64_t) {
      const std::scoped_lock lock(mutex);
      ++done;
      solving.notify_all();
    });
  });
  {
    std::unique_lock lock(mutex);
    solving.wait(lock, [&] { return done >= 3; });
  }
  const double asked = farrell::testing::ProcessorMilliseconds();
  source.request_stop();
  worker.join();
  const double took = farrell::testing::ProcessorMilliseconds() - asked;
  EXPECT_FALSE(finished);
  EXPECT_LT(done, 20000);
  EXPECT_LT(took, 50);
}

TEST(CancellationTest, AStopRequestEndsTheMakingOfFramesWithinFiftyMilliseconds) {
  const Observations data = LargeData(200000);
  Model model;
  model.inputs = {"a", "b", "c"};
  model.outputs = {"d", "e", "f"};
  model.rts = ReturnsToScale::kVrs;
  model.frontier.scheme = FrontierScheme::kGlobal;
  Evaluation evaluation(data, model);
  std::stop_source source;
  bool finished = true;
  std::jthread worker([&] {
    const ParallelFor one_by_one = [](std::size_t count, const std::function<void(std::size_t)>& body) {
      for (std::size_t i = 0; i < count; ++i) body(i);
    };
    finished = evaluation.Prepare(one_by_one, source.get_token());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double asked = farrell::testing::ProcessorMilliseconds();
  source.request_stop();
  worker.join();
  const double took = farrell::testing::ProcessorMilliseconds() - asked;
  EXPECT_FALSE(finished);
  EXPECT_LT(took, 50);
}

TEST(CancellationTest, AStoppedUnitIsNotSolved) {
  const Observations data = LargeData(200);
  const ReferenceMatrix reference(data, {0, 1, 2, 3});
  std::stop_source source;
  source.request_stop();
  RadialSolver solver(data.dimension());
  const UnitScore score =
      solver.Solve(data, 7, reference, ReturnsToScale::kCrs, Orientation::kInput, {}, source.get_token());
  EXPECT_EQ(score.status, UnitStatus::kNotSolved);
}

}  // namespace
}  // namespace farrell::dea::testing
