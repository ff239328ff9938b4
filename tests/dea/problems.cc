#include "tests/dea/problems.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/numeric/elementary.h"

namespace farrell::dea::testing {

std::vector<std::int32_t> AllRows(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::uint64_t TestRandom::Next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double TestRandom::Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }

int TestRandom::Below(int limit) { return static_cast<int>(Next() % static_cast<std::uint64_t>(limit)); }

double TestRandom::Normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += Uniform();
  return sum;
}

Observations MakeCrossSection(int input_count, int output_count, std::vector<double> cells) {
  Observations data;
  data.input_count = input_count;
  data.output_count = output_count;
  data.roles.assign(cells.size() / static_cast<std::size_t>(input_count + output_count), RowRole::kScored);
  data.cells = std::move(cells);
  return data;
}

RandomProblem MakeRandomProblem(std::uint64_t number, int largest) {
  TestRandom random(number * 7919 + 17);
  RandomProblem problem;
  constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                              ReturnsToScale::kNdrs};
  problem.rts = kTechnologies[number % 4];
  problem.orientation = number / 4 % 2 == 0 ? Orientation::kInput : Orientation::kOutput;
  const int m = 1 + random.Below(4);
  const int s = 1 + random.Below(3);
  const int d = m + s;
  // Small problems are cheap and degenerate, large ones rare: a cubed uniform.
  const double u = random.Uniform();
  const int n = std::max(2, static_cast<int>(u * u * u * largest) + 2);
  const bool integers = random.Below(4) == 0;
  const bool duplicates = random.Below(3) == 0;
  const bool zeros = random.Below(3) == 0;
  const bool wild = random.Below(2) == 0;

  std::vector<double> cells(static_cast<std::size_t>(n * d));
  for (int j = 0; j < n; ++j) {
    double* row = cells.data() + static_cast<std::size_t>(j * d);
    if (duplicates && j > 0 && random.Below(4) == 0) {
      const double* other = cells.data() + static_cast<std::size_t>(random.Below(j) * d);
      const double factor = random.Below(2) == 0 ? 1.0 : random.Below(2) == 0 ? 2.0 : 0.5;
      for (int i = 0; i < d; ++i) row[i] = other[i] * factor;
      continue;
    }
    double size = 0;
    for (int i = 0; i < m; ++i) {
      row[i] = numeric::Exp(random.Normal());
      size += numeric::Log(row[i]) / m;
    }
    for (int r = m; r < d; ++r) row[r] = numeric::Exp(0.9 * size + 0.3 * random.Normal() - 0.4 * random.Uniform());
    if (integers) {
      for (int i = 0; i < d; ++i) row[i] = 1 + random.Below(6);
    }
    if (zeros) {
      const int input = random.Below(m);
      const int output = m + random.Below(s);
      for (int i = 0; i < d; ++i) {
        if (i != input && i != output && random.Below(4) == 0) row[i] = 0;
      }
    }
  }
  if (wild) {
    for (int i = 0; i < d; ++i) {
      double scale = 1e-6;
      for (int step = random.Below(16); step > 0; --step) scale *= 10;
      for (int j = 0; j < n; ++j) cells[static_cast<std::size_t>(j * d + i)] *= scale;
    }
  }
  problem.data = MakeCrossSection(m, s, std::move(cells));
  problem.description = "problem " + std::to_string(number) + ": " + std::to_string(n) + " units, " +
                        std::to_string(m) + "x" + std::to_string(s) + " " + Name(problem.rts) + " " +
                        Name(problem.orientation) + (integers ? " integers" : "") + (duplicates ? " duplicates" : "") +
                        (zeros ? " zeros" : "") + (wild ? " scales" : "");
  return problem;
}

const char* Name(ReturnsToScale rts) {
  switch (rts) {
    case ReturnsToScale::kCrs: return "crs";
    case ReturnsToScale::kVrs: return "vrs";
    case ReturnsToScale::kNirs: return "nirs";
    case ReturnsToScale::kNdrs: return "ndrs";
    case ReturnsToScale::kGrs: return "grs";
  }
  return "";
}

const char* Name(Orientation orientation) {
  switch (orientation) {
    case Orientation::kInput: return "input";
    case Orientation::kOutput: return "output";
    case Orientation::kNone: return "none";
  }
  return "";
}

}  // namespace farrell::dea::testing
