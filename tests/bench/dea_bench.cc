// Measures radial DEA beside GLPK in the same run, on the same data, and prints a table. Scores are compared first: a
// measurement of wrong answers is worth nothing.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "services/dea/engine/evaluate.h"
#include "tests/dea/glpk_radial.h"
#include "tests/dea/problems.h"

namespace {

using namespace farrell::dea;           // NOLINT(google-build-using-namespace): a program, not a header
using namespace farrell::dea::testing;  // NOLINT(google-build-using-namespace)

// Cobb-Douglas technology with half-normal inefficiency.
Observations MakePanel(int units, int periods, int inputs, int outputs) {
  TestRandom random(20240101);
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

// Processor seconds of the fastest of several runs: other work on the machine does not count.
double Time(const std::function<void()>& run, int repeats) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const std::clock_t start = std::clock();
    run();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

struct Case {
  const char* name;
  int units;
  int periods;
  int inputs;
  int outputs;
  FrontierScheme scheme;
  ReturnsToScale rts;
  int glpk_units;  // GLPK scores so many; its time is per program
};

bool MeasureCase(const Case& c) {
  const Observations data = MakePanel(c.units, c.periods, c.inputs, c.outputs);
  Model model;
  model.inputs.resize(static_cast<std::size_t>(c.inputs));
  model.outputs.resize(static_cast<std::size_t>(c.outputs));
  model.rts = c.rts;
  model.orientation = Orientation::kOutput;
  model.frontier.scheme = c.scheme;
  std::vector<UnitScore> results;
  const double ours = Time(
      [&] {
        const Evaluation evaluation(data, model);
        results = evaluation.EmptyResults();
        evaluation.Solve(0, evaluation.unit_count(), results, {}, nullptr);
      },
      data.size() > 5000 ? 1 : 20 * 300 / static_cast<int>(data.size()) + 1);

  const ReferenceSets sets = MakeReferenceSets(data, model.frontier);
  const std::size_t count = std::min(data.size(), static_cast<std::size_t>(c.glpk_units));
  std::vector<std::optional<double>> witness(count);
  const double glpk = Time(
      [&] {
        std::int32_t set = ReferenceSets::kNone;
        std::optional<GlpkRadial> solver;
        std::vector<std::size_t> order(count);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return sets.set_of_row[a] < sets.set_of_row[b]; });
        for (const std::size_t row : order) {
          if (sets.set_of_row[row] != set) {
            set = sets.set_of_row[row];
            solver.emplace(data, sets.sets[static_cast<std::size_t>(set)], model.rts, model.orientation);
          }
          witness[row] = solver->Solve(static_cast<std::int32_t>(row));
        }
      },
      1);

  double worst = 0;
  for (std::size_t row = 0; row < count; ++row) {
    if (!witness[row] || results[row].status != UnitStatus::kOptimal) {
      std::printf("%-34s unit %zu was not solved\n", c.name, row);
      return false;
    }
    worst = std::max(worst, std::abs(results[row].farrell - *witness[row]) / *witness[row]);
  }
  if (worst > 1e-9) {
    std::printf("%-34s scores differ by %.1e: not measured\n", c.name, worst);
    return false;
  }
  const double ours_each = ours / static_cast<double>(data.size());
  const double glpk_each = glpk / static_cast<double>(count);
  std::printf("%-34s %8zu %12.3f %12.2f %12.2f %9.0fx %10.1e\n", c.name, data.size(), ours * 1e3, ours_each * 1e6,
              glpk_each * 1e6, glpk_each / ours_each, worst);
  std::fflush(stdout);
  return true;
}

}  // namespace

int main() {
  std::printf(
      "Radial DEA, output orientation, one thread: both phases, peers, prices and certificate;\n"
      "GLPK: phase one only, one program per unit. Processor time.\n\n");
  std::printf("%-34s %8s %12s %12s %12s %10s %10s\n", "case", "units", "all, ms", "us/unit", "GLPK us/unit", "ratio",
              "difference");
  const Case cases[] = {
      {"30 x 10 per year, 2x1 CRS", 30, 10, 2, 1, FrontierScheme::kContemporaneous, ReturnsToScale::kCrs, 300},
      {"30 x 10 per year, 2x1 VRS", 30, 10, 2, 1, FrontierScheme::kContemporaneous, ReturnsToScale::kVrs, 300},
      {"300 pooled, 2x1 CRS", 30, 10, 2, 1, FrontierScheme::kGlobal, ReturnsToScale::kCrs, 300},
      {"300 pooled, 2x1 VRS", 30, 10, 2, 1, FrontierScheme::kGlobal, ReturnsToScale::kVrs, 300},
      {"300 pooled, 3x2 VRS", 30, 10, 3, 2, FrontierScheme::kGlobal, ReturnsToScale::kVrs, 300},
      {"3,000 pooled, 3x2 VRS", 300, 10, 3, 2, FrontierScheme::kGlobal, ReturnsToScale::kVrs, 100},
      {"10,000 pooled, 3x2 VRS", 1000, 10, 3, 2, FrontierScheme::kGlobal, ReturnsToScale::kVrs, 20},
  };
  bool good = true;
  for (const Case& c : cases) good = MeasureCase(c) && good;
  return good ? 0 : 1;
}
