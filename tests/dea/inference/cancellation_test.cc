// A stop request ends every bootstrap within 50 ms of work, wherever it is: scoring, resampling or summarising.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/inference/group_means.h"
#include "services/dea/engine/inference/malmquist_bootstrap.h"
#include "services/dea/engine/inference/rts_hypothesis.h"
#include "tests/dea/inference/samples.h"
#include "tests/support/processor_time.h"

namespace farrell::dea::testing {
namespace {

// Runs `work` on a thread, asks it to stop after `delay` and expects it to say CANCELLED within 50 ms of work.
void ExpectToStop(const std::function<Code(std::stop_token)>& work, std::chrono::milliseconds delay) {
  std::stop_source source;
  Code code = Code::kOk;
  std::jthread worker([&] { code = work(source.get_token()); });
  std::this_thread::sleep_for(delay);
  const double asked = farrell::testing::ProcessorMilliseconds();
  source.request_stop();
  worker.join();
  const double took = farrell::testing::ProcessorMilliseconds() - asked;
  EXPECT_EQ(code, Code::kCancelled);
  EXPECT_LT(took, 50) << "after " << delay.count();
}

// Large enough that nothing ends by itself.
const Sample& LargeSample() {
  static const Sample sample = Simulate(1, 20000, 4, 0.6, Orientation::kOutput).sample;
  return sample;
}

TEST(InferenceCancellationTest, Bootstraps) {
  for (const BootstrapMethod method : {BootstrapMethod::kSmoothed, BootstrapMethod::kSubsampling}) {
    for (const int delay : {20, 200, 900}) {
      ExpectToStop(
          [&](const std::stop_token& stop) {
            BootstrapOptions options;
            options.method = method;
            options.bandwidth_rule = BandwidthRule::kCrossValidation;
            return RunBootstrap(LargeSample(), ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi,
                                options, stop, nullptr)
                .status()
                .code();
          },
          std::chrono::milliseconds(delay));
    }
  }
}

TEST(InferenceCancellationTest, ReturnsToScaleAndMeans) {
  for (const int delay : {20, 900}) {
    ExpectToStop(
        [&](const std::stop_token& stop) {
          return RunRtsTests(LargeSample(), Orientation::kOutput, {}, stop, nullptr).status().code();
        },
        std::chrono::milliseconds(delay));
    ExpectToStop(
        [&](const std::stop_token& stop) {
          GroupMeanOptions options;
          options.split_count = 1000;
          return RunGroupMeans({LargeSample()}, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi,
                               options, stop, nullptr)
              .status()
              .code();
        },
        std::chrono::milliseconds(delay));
  }
}

TEST(InferenceCancellationTest, Malmquist) {
  TwoPeriods data;
  data.input_count = 4;
  data.output_count = 1;
  data.first = LargeSample().cells;
  data.second = Simulate(2, 20000, 4, 0.6, Orientation::kOutput).sample.cells;
  data.matched = LargeSample().rows;
  for (const int delay : {20, 900}) {
    ExpectToStop(
        [&](const std::stop_token& stop) {
          MalmquistBootstrapOptions options;
          options.replication_count = 1000;
          return RunMalmquistBootstrap(data, ReturnsToScale::kCrs, Orientation::kOutput, options, stop, nullptr)
              .status()
              .code();
        },
        std::chrono::milliseconds(delay));
  }
}

// Ranks of many units over many replications: the summary takes longest.
TEST(InferenceCancellationTest, Summaries) {
  BootstrapOptions options;
  options.replication_count = 4000;
  options.ranks = true;
  options.bandwidth_rule = BandwidthRule::kFixed;
  options.bandwidth = 0.1;
  const Sample sample = Simulate(3, 5000, 1, 0.6, Orientation::kOutput).sample;
  const auto bootstrap =
      ScoreBootstrap::Make(sample, ReturnsToScale::kVrs, Orientation::kOutput, RadialMeasure::kInversePhi, options, {});
  ASSERT_TRUE(bootstrap.ok());
  std::vector<double> draws(bootstrap->draw_count());
  for (std::size_t i = 0; i < draws.size(); ++i) draws[i] = 1 + static_cast<double>(i * 7919 % 100003) / 100003;
  for (const int delay : {5, 100, 700}) {
    ExpectToStop([&](const std::stop_token& stop) { return bootstrap->Finish(draws, stop).status().code(); },
                 std::chrono::milliseconds(delay));
  }
}

}  // namespace
}  // namespace farrell::dea::testing
