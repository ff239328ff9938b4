// The canonical finish: pricing rule, starting basis, row order and thread count leave no trace in any bit.
#include <algorithm>
#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/panel/panel.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/scout.h"
#include "tests/dea/bytes.h"
#include "tests/dea/problems.h"
#include "tests/support/long_run.h"

namespace farrell::dea::testing {
namespace {

constexpr int kLargest = 120;

std::uint64_t ProblemCount() { return farrell::testing::LongRun() ? 6000 : 300; }

TEST(CanonicalFinishTest, PricingRuleLeavesNoTrace) {
  for (std::uint64_t number = 0; number < ProblemCount(); ++number) {
    const RandomProblem problem = MakeRandomProblem(number, kLargest);
    std::vector<std::int32_t> all(problem.data.size());
    std::iota(all.begin(), all.end(), 0);
    const ReferenceMatrix reference(problem.data, all);
    RadialSolver solver(problem.data.dimension());
    for (const std::int32_t row : all) {
      const auto solve = [&](Pricing pricing) {
        SolveOptions options;
        options.pricing = pricing;
        return Bytes(solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, options, {}));
      };
      const std::string expected = solve(Pricing::kRelative);
      ASSERT_EQ(solve(Pricing::kDantzig), expected) << problem.description << ", unit " << row;
      ASSERT_EQ(solve(Pricing::kSmallestIndex), expected) << problem.description << ", unit " << row;
    }
  }
}

TEST(CanonicalFinishTest, WarmStartLeavesNoTrace) {
  int warm_pivots = 0;
  int scouted = 0;
  int cold_pivots = 0;
  for (std::uint64_t number = 0; number < ProblemCount(); ++number) {
    const RandomProblem problem = MakeRandomProblem(number, kLargest);
    std::vector<std::int32_t> all(problem.data.size());
    std::iota(all.begin(), all.end(), 0);
    const ReferenceMatrix reference(problem.data, all);
    RadialSolver solver(problem.data.dimension());
    Scout scout(problem.data.input_count, problem.data.output_count, problem.rts, problem.orientation);
    scout.SetReference({reference.row(0), reference.padded_size(), reference.padded_size(), 0}, reference.size());
    SolveOptions warm;
    for (const std::int32_t row : all) {
      const std::string cold =
          Bytes(solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, {}, {}));
      cold_pivots += solver.iterations();
      const std::string warmed =
          Bytes(solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, warm, {}));
      warm_pivots += solver.iterations();
      ASSERT_EQ(warmed, cold) << problem.description << ", unit " << row;
      warm.start = solver.basis();
      if (scout.Solve(problem.data.row(static_cast<std::size_t>(row))) != Scout::Outcome::kOptimal) continue;
      ++scouted;
      SolveOptions options;
      scout.GetBasis(static_cast<int>(reference.padded_size()), options.start);
      ASSERT_EQ(Bytes(solver.Solve(problem.data, row, reference, problem.rts, problem.orientation, options, {})), cold)
          << problem.description << ", unit " << row;
    }
  }
  EXPECT_GT(scouted, 0);
  EXPECT_NE(warm_pivots, cold_pivots) << "no warm start was taken, the test proves nothing";
}

Panel RandomPanel(std::uint64_t seed) {
  TestRandom random(seed);
  Panel panel;
  panel.columns.resize(4);
  const char* names[] = {"labour", "capital", "patents", "region"};
  for (std::size_t c = 0; c < 4; ++c) panel.columns[c].name = names[c];
  panel.columns[3].is_text = true;
  for (int unit = 0; unit < 17; ++unit) {
    for (int time = 2010; time < 2016; ++time) {
      if (random.Below(10) == 0) continue;  // unbalanced
      panel.units.push_back("unit" + std::to_string(unit * 37 % 17));
      panel.times.push_back(time);
      panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
      for (std::size_t c = 0; c < 3; ++c) panel.columns[c].numbers.push_back(1 + random.Below(9));
      panel.columns[3].texts.push_back(unit % 3 == 0 ? "east" : "west");
    }
  }
  return panel;
}

Panel Shuffled(const Panel& panel, std::uint64_t seed) {
  TestRandom random(seed);
  std::vector<std::size_t> order(panel.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.Below(static_cast<int>(i)))]);
  Panel result = panel;
  for (std::size_t i = 0; i < order.size(); ++i) {
    result.units[i] = panel.units[order[i]];
    result.times[i] = panel.times[order[i]];
    for (std::size_t c = 0; c < 3; ++c) result.columns[c].numbers[i] = panel.columns[c].numbers[order[i]];
    result.columns[3].texts[i] = panel.columns[3].texts[order[i]];
  }
  return result;
}

Model PanelModel(FrontierScheme scheme, ReturnsToScale rts) {
  Model model;
  model.inputs = {"labour", "capital"};
  model.outputs = {"patents"};
  model.rts = rts;
  model.orientation = Orientation::kOutput;
  model.frontier.scheme = scheme;
  model.frontier.window = scheme == FrontierScheme::kWindow ? 3 : 0;
  model.scale = true;
  return model;
}

std::string EvaluateWithThreads(Panel panel, const Model& model, int threads) {
  SortPanel(panel);
  const Result<Observations> data = MakeObservations(panel, model);
  EXPECT_TRUE(data.ok()) << data.status().ToString();
  const Evaluation evaluation(*data, model);
  std::vector<UnitScore> results = evaluation.EmptyResults();
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> pool;
    for (int t = 0; t < threads; ++t) {
      pool.emplace_back([&] {
        for (std::size_t at = next++; at < evaluation.unit_count(); at = next++) {
          EXPECT_TRUE(evaluation.Solve(at, at + 1, results, {}, nullptr));
        }
      });
    }
  }
  std::string bytes;
  for (const UnitScore& result : results) bytes += Bytes(result);
  return bytes;
}

TEST(CanonicalFinishTest, RowOrderAndThreadsLeaveNoTrace) {
  const Panel panel = RandomPanel(5);
  for (const FrontierScheme scheme : {FrontierScheme::kContemporaneous, FrontierScheme::kGlobal,
                                      FrontierScheme::kSequential, FrontierScheme::kWindow}) {
    for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kVrs}) {
      const Model model = PanelModel(scheme, rts);
      const std::string expected = EvaluateWithThreads(panel, model, 1);
      EXPECT_EQ(EvaluateWithThreads(panel, model, 2), expected);
      EXPECT_EQ(EvaluateWithThreads(panel, model, 8), expected);
      EXPECT_EQ(EvaluateWithThreads(Shuffled(panel, 11), model, 1), expected);
      EXPECT_EQ(EvaluateWithThreads(Shuffled(panel, 12), model, 8), expected);
    }
  }
}

}  // namespace
}  // namespace farrell::dea::testing
