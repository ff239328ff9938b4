// The loop, the schedule and the histogram of farrell loadtest, with calls that are made up.
#include "cli/load_run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace farrell::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

const LoadProgress kSilent = [](double, std::int64_t, std::int64_t) {};

LoadPlan Calls(std::int64_t calls, int clients) {
  LoadPlan plan;
  plan.mix = *ParseMix("cached");
  plan.clients = clients;
  plan.seconds = 0;
  plan.calls = calls;
  return plan;
}

TEST(LatencyHistogram, QuantilesAreOffByLessThanATenthOfAPerCent) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.QuantileMs(0.5), 0);
  for (std::int64_t i = 1; i <= 100'000; ++i) histogram.Add(nanoseconds(i * 1'017));
  for (const double share : {0.001, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = share * 100'000 * 1'017 / 1e6;
    EXPECT_NEAR(histogram.QuantileMs(share), exact, exact / 1000) << share;
  }
  EXPECT_EQ(histogram.max_ms(), 100'000 * 1'017 / 1e6);
  LatencyHistogram both;
  both.Add(std::chrono::hours(1));
  both.Add(nanoseconds(-5));
  both.Add(histogram);
  EXPECT_EQ(both.count(), 100'002);
  EXPECT_EQ(both.QuantileMs(1), 3.6e6);
  EXPECT_EQ(both.QuantileMs(1e-9), 0);
}

TEST(Mix, HasTheSharesAskedForAndTheSameKindsForTheSameSeed) {
  const Mix mix = *ParseMix("cached=3,read=1,fit=0");
  int read = 0;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    const CallKind kind = mix.Draw(7, i);
    EXPECT_EQ(kind, mix.Draw(7, i));
    ASSERT_TRUE(kind == CallKind::kCached || kind == CallKind::kRead);
    read += kind == CallKind::kRead ? 1 : 0;
  }
  EXPECT_NEAR(read, 5'000, 300);  // five standard deviations
}

TEST(Mix, NamesEveryPartThatIsWrong) {
  const auto wrong = ParseMix("cashed=1,small=-2,fit=x,read=1");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.status().reason(), "MIX_INVALID");
  EXPECT_EQ(wrong.status().violations().size(), 3U);
  EXPECT_NE(wrong.status().violations()[0].description.find("cached"), std::string::npos);
  EXPECT_EQ(ParseMix("cached=0").status().reason(), "MIX_INVALID");
  EXPECT_EQ(ParseMix("").status().reason(), "MIX_INVALID");
}

TEST(RunLoad, MakesEveryCallOnceWhateverTheNumberOfClients) {
  std::mutex mutex;
  std::set<std::int64_t> numbers;
  const LoadOutcome outcome = RunLoad(
      Calls(500, 7), {},
      [&](int) {
        return [&](CallKind, std::int64_t number) {
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(numbers.insert(number).second);
          if (number % 5 == 0) return Unavailable("GONE", "gone");
          return number % 50 == 1 ? NotFound("NONE", "none") : Status();
        };
      },
      kSilent);
  EXPECT_EQ(numbers.size(), 500U);
  const LoadCounts all = outcome.All();
  EXPECT_EQ(all.call_count(), 500);
  EXPECT_EQ(all.errors.at(Code::kUnavailable), 100);
  EXPECT_EQ(all.errors.at(Code::kNotFound), 10);
  EXPECT_EQ(all.latency.count(), 390);
}

// One stall of 300 ms with a call due each millisecond: the calls that had to wait for it say so.
TEST(RunLoad, ChargesAStallToEveryCallThatWasDueMeanwhile) {
  LoadPlan plan = Calls(400, 1);
  plan.rate = 1000;
  const auto stall_once = [](int) {
    return [](CallKind, std::int64_t number) {
      if (number == 10) std::this_thread::sleep_for(milliseconds(300));
      return Status();
    };
  };
  const LoadOutcome open = RunLoad(plan, {}, stall_once, kSilent);
  // Of 400 calls about 300 were due in the stall and waited 150 ms in the mean.
  EXPECT_GT(open.All().latency.QuantileMs(0.5), 50);
  plan.rate = 0;
  const LoadOutcome closed = RunLoad(plan, {}, stall_once, kSilent);
  EXPECT_LT(closed.All().latency.QuantileMs(0.5), 50);
  EXPECT_GE(closed.All().latency.max_ms(), 300);
}

TEST(RunLoad, CountsWhatNoClientWasFreeFor) {
  LoadPlan plan = Calls(0, 2);
  plan.rate = 2000;
  plan.seconds = 0.3;
  const LoadOutcome outcome = RunLoad(
      plan, {},
      [](int) {
        return [](CallKind, std::int64_t) {
          std::this_thread::sleep_for(milliseconds(20));
          return Status();
        };
      },
      kSilent);
  // 600 are due; two clients make at most 2 x 16.
  EXPECT_GT(outcome.unsent, 400);
  EXPECT_NEAR(static_cast<double>(outcome.unsent + outcome.All().call_count()), 600, 150);
}

TEST(RunLoad, EndsWhenAskedToAndLeavesOutTheCallsThatThisEnded) {
  std::stop_source stop;
  std::atomic<int> made = 0;
  const LoadOutcome outcome = RunLoad(
      Calls(1'000'000'000, 3), stop.get_token(),
      [&](int) {
        return [&](CallKind, std::int64_t) {
          if (++made >= 100) stop.request_stop();
          return stop.stop_requested() ? Cancelled() : Status();
        };
      },
      kSilent);
  EXPECT_EQ(outcome.All().error_count(), 0);
  EXPECT_GE(outcome.All().call_count(), 90);
}

}  // namespace
}  // namespace farrell::cli
