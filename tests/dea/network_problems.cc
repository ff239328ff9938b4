#include "tests/dea/network_problems.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "common/numeric/elementary.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {

NetworkProblem MakeNetwork(int input_count, int intermediate_count, int output_count, std::vector<double> cells) {
  NetworkProblem problem;
  problem.data = SplitStages(MakeCrossSection(input_count, intermediate_count + output_count, std::move(cells)),
                             intermediate_count);
  const auto name = [](char letter, int count, std::vector<std::string>& names) {
    for (int i = 0; i < count; ++i) names.push_back(letter + std::to_string(i));
  };
  name('x', input_count, problem.model.stage1_inputs);
  name('z', intermediate_count, problem.model.intermediates);
  name('y', output_count, problem.model.outputs);
  return problem;
}

NetworkProblem MakeRandomNetwork(std::uint64_t number, int largest) {
  TestRandom random(number * 5003 + 41);
  const int counts[] = {1 + random.Below(3), 1 + random.Below(3), 1 + random.Below(3)};
  const int d = counts[0] + counts[1] + counts[2];
  const double u = random.Uniform();
  const int n = 2 + static_cast<int>(u * u * largest);
  const bool integers = random.Below(4) == 0;
  const bool duplicates = random.Below(3) == 0;
  const bool zeros = random.Below(3) == 0;
  const bool wild = random.Below(2) == 0;
  std::vector<double> cells(static_cast<std::size_t>(n * d));
  for (int j = 0; j < n; ++j) {
    double* const row = cells.data() + static_cast<std::size_t>(j * d);
    if (duplicates && j > 0 && random.Below(4) == 0) {
      const double* other = cells.data() + static_cast<std::size_t>(random.Below(j) * d);
      const double factor = random.Below(2) == 0 ? 1.0 : random.Below(2) == 0 ? 2.0 : 0.5;
      for (int i = 0; i < d; ++i) row[i] = other[i] * factor;
      continue;
    }
    double size = random.Normal();
    for (int side = 0, begin = 0; side < 3; begin += counts[side++]) {
      const int kept = begin + random.Below(counts[side]);
      double mean = 0;
      for (int i = begin; i < begin + counts[side]; ++i) {
        const double value = 0.9 * size + 0.4 * random.Normal() - 0.3 * random.Uniform();
        mean += value / counts[side];
        row[i] = integers ? 1 + random.Below(6) : numeric::Exp(value);
        if (zeros && i != kept && random.Below(4) == 0) row[i] = 0;
      }
      size = mean;
    }
  }
  if (wild) {
    for (int i = 0; i < d; ++i) {
      double scale = 1e-6;
      for (int step = random.Below(16); step > 0; --step) scale *= 10;
      for (int j = 0; j < n; ++j)
        cells[static_cast<std::size_t>(j) * static_cast<std::size_t>(d) + static_cast<std::size_t>(i)] *= scale;
    }
  }
  NetworkProblem problem = MakeNetwork(counts[0], counts[1], counts[2], std::move(cells));
  problem.model.decomposition = number % 3 == 0 ? Decomposition::kKaoHwang : Decomposition::kChen;
  problem.model.rts = number % 3 == 2 ? ReturnsToScale::kVrs : ReturnsToScale::kCrs;
  problem.description = "network " + std::to_string(number) + ": " + std::to_string(n) + " units, " +
                        std::to_string(counts[0]) + "x" + std::to_string(counts[1]) + "x" + std::to_string(counts[2]) +
                        " " + Name(problem.model.decomposition) + " " + Name(problem.model.rts) +
                        (integers ? " integers" : "") + (duplicates ? " duplicates" : "") + (zeros ? " zeros" : "") +
                        (wild ? " scales" : "");
  return problem;
}

std::vector<NetworkScore> Evaluate(const NetworkProblem& problem) {
  const Network network(problem.data, problem.model);
  std::vector<NetworkScore> results = network.EmptyResults();
  EXPECT_TRUE(network.Solve(0, network.unit_count(), results, {}, nullptr));
  return results;
}

const char* Name(Decomposition decomposition) {
  return decomposition == Decomposition::kKaoHwang ? "kao-hwang" : "chen";
}

}  // namespace farrell::dea::testing
