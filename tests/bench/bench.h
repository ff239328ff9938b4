// What the measurements share: data, clocks, threads, and the table of rivals.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "tests/bench/rival.h"

namespace farrell::dea::bench {

inline constexpr int kThreads = 2;

// Cobb-Douglas technology with half-normal inefficiency; `units` x `periods` rows, the same on every machine.
Observations MakePanel(int units, int periods, int inputs, int outputs);

// Wall seconds of the fastest of several runs.
double Seconds(const std::function<void()>& run, int repeats = 1);

// Calls body(begin, end) for stretches of [0, count) from kThreads threads at once.
void InParallel(std::size_t count, std::size_t stretch, const std::function<void(std::size_t, std::size_t)>& body);

// The same, one item at a time.
void ForEachInParallel(std::size_t count, const std::function<void(std::size_t)>& body);

// Largest resident memory of this process so far, in MiB.
double PeakMemory();

// 0 .. count - 1, or `most` of them at even distances.
std::vector<std::size_t> EvenSample(std::size_t count, std::size_t most);

using MakeRival = std::unique_ptr<Rival> (*)(int inputs, int outputs, ReturnsToScale rts);

// Largest relative difference between `ours` and `theirs`; nothing where a rival found no optimum.
std::optional<double> LargestDifference(const std::vector<double>& ours,
                                        const std::vector<std::optional<double>>& theirs);

// The sections of the programme; false when an answer is wrong.
bool MeasureEvaluations();
bool MeasureBootstrap();
bool MeasureProvinces();
bool MeasureArrivals();

}  // namespace farrell::dea::bench
