// A bootstrap: the same units scored against many pseudo reference sets.
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "services/dea/engine/bulk_radial.h"
#include "tests/bench/bench.h"
#include "tests/dea/problems.h"

namespace farrell::dea::bench {
namespace {

constexpr std::size_t kReplications = 2000;

struct Replicated {
  Observations data;
  std::vector<double> distances;  // phi of each unit
};

// Outputs as if every unit had the inefficiency of another one, smoothed and reflected at the frontier.
std::vector<double> PseudoReference(const Replicated& original, std::size_t replication) {
  testing::TestRandom random(replication + 1);
  const Observations& data = original.data;
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  std::vector<double> cells = data.cells;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const std::size_t drawn = static_cast<std::size_t>(random.Below(static_cast<int>(data.size())));
    double distance = original.distances[drawn] + 0.05 * random.Normal();
    if (distance < 1) distance = 2 - distance;
    for (std::size_t i = static_cast<std::size_t>(data.input_count); i < d; ++i) {
      cells[unit * d + i] *= original.distances[unit] / distance;
    }
  }
  return cells;
}

bool Measure(int inputs, int outputs) {
  constexpr ReturnsToScale kRts = ReturnsToScale::kVrs;
  Replicated original{MakePanel(300, 1, inputs, outputs), {}};
  const Observations& data = original.data;
  const std::size_t n = data.size();
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  original.distances.resize(n);
  BulkRadial(inputs, outputs, kRts, Orientation::kOutput)
      .Score(data.cells.data(), n, data.cells.data(), n, original.distances.data(), {});

  std::vector<double> scores(kReplications * n);
  const double ours = Seconds([&] {
    InParallel(kReplications, kReplications / kThreads, [&](std::size_t begin, std::size_t end) {
      BulkRadial bulk(inputs, outputs, kRts, Orientation::kOutput);
      for (std::size_t b = begin; b < end; ++b) {
        const std::vector<double> reference = PseudoReference(original, b);
        bulk.Score(reference.data(), n, data.cells.data(), n, scores.data() + b * n, {});
      }
    });
  });

  const std::string name = "300 units, " + std::to_string(inputs) + "x" + std::to_string(outputs) + " VRS";
  const double programs = static_cast<double>(kReplications * n);
  std::printf("%-24s %9.0f %10.3f %10.3f", name.c_str(), programs, ours, ours / programs * 1e6);
  const struct {
    MakeRival make;
    std::size_t replications;
  } rivals[] = {{MakeGlpk, 40}, {MakeClp, 20}};
  bool good = true;
  for (const auto& rival : rivals) {
    const std::vector<std::size_t> sample = EvenSample(kReplications, rival.replications);
    std::vector<std::optional<double>> theirs(sample.size() * n);
    const double seconds = Seconds([&] {
      InParallel(sample.size(), sample.size() / kThreads, [&](std::size_t begin, std::size_t end) {
        const std::unique_ptr<Rival> solver = rival.make(inputs, outputs, kRts);
        for (std::size_t s = begin; s < end; ++s) {
          const std::vector<double> reference = PseudoReference(original, sample[s]);
          solver->SetReference(reference.data(), n);
          for (std::size_t unit = 0; unit < n; ++unit) {
            theirs[s * n + unit] = solver->Solve(data.cells.data() + unit * d);
          }
        }
      });
    });
    std::vector<double> same(theirs.size());
    for (std::size_t s = 0; s < sample.size(); ++s) {
      for (std::size_t unit = 0; unit < n; ++unit) same[s * n + unit] = scores[sample[s] * n + unit];
    }
    const std::optional<double> difference = LargestDifference(same, theirs);
    good = difference && *difference <= 1e-9 && good;
    if (!difference || *difference > 1e-9) {
      std::printf("   scores differ: not measured");
      continue;
    }
    const double each = seconds / static_cast<double>(theirs.size());
    std::printf(" %10.1f %8.0fx %9.0e", each * 1e6, each / (ours / programs), *difference);
  }
  std::printf("\n");
  std::fflush(stdout);
  return good;
}

}  // namespace

bool MeasureBootstrap() {
  std::printf(
      "\nBootstrap, output orientation, B = 2000, %d threads, wall time; draws included. GLPK scores 40 and Clp 20\n"
      "replications, evenly spread, each with one model that is reused and started from the last basis.\n\n",
      kThreads);
  std::printf("%-24s %9s %10s %10s %10s %9s %9s %10s %9s %9s\n", "case", "programs", "ours, s", "us each", "GLPK, us",
              "ratio", "differ", "Clp, us", "ratio", "differ");
  const bool first = Measure(2, 1);
  return Measure(3, 2) && first;
}

}  // namespace farrell::dea::bench
