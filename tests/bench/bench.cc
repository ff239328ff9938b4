#include "tests/bench/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "tests/dea/problems.h"

namespace farrell::dea::bench {

Observations MakePanel(int units, int periods, int inputs, int outputs) {
  testing::TestRandom random(20240101);
  Observations data;
  data.input_count = inputs;
  data.output_count = outputs;
  for (int unit = 0; unit < units; ++unit) {
    for (int time = 0; time < periods; ++time) {
      double product = 1;
      for (int i = 0; i < inputs; ++i) {
        const double x = 1 + 9 * random.Uniform();
        data.cells.push_back(x);
        product *= x;
      }
      const double level = std::sqrt(product) / (1 + std::abs(0.3 * random.Normal()));
      for (int r = 0; r < outputs; ++r) data.cells.push_back(level * (0.7 + 0.6 * random.Uniform()));
      data.times.push_back(time);
      data.roles.push_back(RowRole::kScored);
    }
  }
  return data;
}

double Seconds(const std::function<void()>& run, int repeats) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

void InParallel(std::size_t count, std::size_t stretch, const std::function<void(std::size_t, std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (std::size_t begin = next.fetch_add(stretch); begin < count; begin = next.fetch_add(stretch)) {
        body(begin, std::min(begin + stretch, count));
      }
    });
  }
}

void ForEachInParallel(std::size_t count, const std::function<void(std::size_t)>& body) {
  InParallel(count, 1, [&](std::size_t begin, std::size_t) { body(begin); });
}

double PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<std::size_t> EvenSample(std::size_t count, std::size_t most) {
  std::vector<std::size_t> sample;
  const std::size_t size = std::min(count, most);
  for (std::size_t i = 0; i < size; ++i) sample.push_back(i * count / size);
  return sample;
}

std::optional<double> LargestDifference(const std::vector<double>& ours,
                                        const std::vector<std::optional<double>>& theirs) {
  double worst = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (!theirs[i]) return std::nullopt;
    const double difference = std::abs(ours[i] - *theirs[i]) / std::abs(*theirs[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

}  // namespace farrell::dea::bench
