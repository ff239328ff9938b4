// Whole evaluations with everything that is reported: both phases, peers, prices, certificates.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "services/dea/engine/evaluate.h"
#include "tests/bench/bench.h"

namespace farrell::dea::bench {
namespace {

struct Case {
  const char* name;
  int units;
  int periods;
  int inputs;
  int outputs;
  FrontierScheme scheme;
  ReturnsToScale rts;
  int sample;  // most units that a rival scores
  int repeats;
};

// A rival's wall seconds a program, over a sample of the units, the sets shared out among the threads.
struct Rivalry {
  double seconds_each = 0;
  std::optional<double> difference;
};

Rivalry Challenge(MakeRival make, const Case& c, const Observations& data, const Evaluation& evaluation,
                  const std::vector<double>& scores) {
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  const std::vector<std::size_t> sample = EvenSample(evaluation.unit_count(), static_cast<std::size_t>(c.sample));
  std::vector<std::optional<double>> theirs(sample.size());
  const ReferenceSets& sets = evaluation.reference_sets();
  const double seconds = Seconds([&] {
    InParallel(sample.size(), (sample.size() + kThreads - 1) / kThreads, [&](std::size_t begin, std::size_t end) {
      const std::unique_ptr<Rival> solver = make(c.inputs, c.outputs, c.rts);
      std::int32_t set = ReferenceSets::kNone;
      std::vector<double> reference;
      for (std::size_t s = begin; s < end; ++s) {
        const std::size_t row = static_cast<std::size_t>(evaluation.row_at(sample[s]));
        if (sets.set_of_row[row] != set) {
          set = sets.set_of_row[row];
          reference.clear();
          for (const std::int32_t member : sets.sets[static_cast<std::size_t>(set)]) {
            const double* cells = data.row(static_cast<std::size_t>(member));
            reference.insert(reference.end(), cells, cells + d);
          }
          solver->SetReference(reference.data(), reference.size() / d);
        }
        theirs[s] = solver->Solve(data.row(row));
      }
    });
  });
  std::vector<double> same;
  for (const std::size_t position : sample) {
    same.push_back(scores[static_cast<std::size_t>(evaluation.row_at(position))]);
  }
  return {seconds / static_cast<double>(sample.size()), LargestDifference(same, theirs)};
}

// Whether a few units get the same score, bit for bit, from programs over the whole reference set.
bool EqualsPlainPath(const Evaluation& plain, const std::vector<double>& scores) {
  bool equal = true;
  const auto compare = [&](std::int32_t row, UnitScore&& score) {
    equal = equal && score.status == UnitStatus::kOptimal && score.farrell == scores[static_cast<std::size_t>(row)];
  };
  for (const std::size_t position : EvenSample(plain.unit_count(), 5)) {
    plain.Solve(position, position + 1, compare, {}, nullptr);
  }
  return equal;
}

bool Measure(const Case& c) {
  const Observations data = MakePanel(c.units, c.periods, c.inputs, c.outputs);
  Model model;
  model.inputs.resize(static_cast<std::size_t>(c.inputs));
  model.outputs.resize(static_cast<std::size_t>(c.outputs));
  model.rts = c.rts;
  model.orientation = Orientation::kOutput;
  model.frontier.scheme = c.scheme;
  std::vector<double> scores(data.size());
  const double seconds = Seconds(
      [&] {
        Evaluation evaluation(data, model);
        evaluation.Prepare(ForEachInParallel, {});
        // Results are taken as they come, none is kept.
        const auto take = [&](std::int32_t row, UnitScore&& score) {
          scores[static_cast<std::size_t>(row)] = score.status == UnitStatus::kOptimal ? score.farrell : -1;
        };
        InParallel(evaluation.unit_count(), std::clamp<std::size_t>(evaluation.unit_count() / 16, 30, 4096),
                   [&](std::size_t begin, std::size_t end) { evaluation.Solve(begin, end, take, {}, nullptr); });
      },
      c.repeats);
  const double each = seconds / static_cast<double>(data.size());
  std::printf("%-28s %9zu %10.2f %9.2f %8.0f", c.name, data.size(), seconds * 1e3, each * 1e6, PeakMemory());
  std::fflush(stdout);
  const Evaluation evaluation(data, model);
  bool good = EqualsPlainPath(evaluation, scores);
  if (!good) std::printf("   differs from programs over all units");
  for (const MakeRival make : {MakeGlpk, MakeClp}) {
    if (static_cast<std::size_t>(c.sample) == 0) {
      std::printf(" %10s %9s %8s", "-", "-", "-");
      continue;
    }
    const Rivalry rivalry = Challenge(make, c, data, evaluation, scores);
    if (!rivalry.difference || *rivalry.difference > 1e-9) {
      std::printf("   scores differ: not measured");
      good = false;
      continue;
    }
    std::printf(" %10.1f %8.0fx %8.0e", rivalry.seconds_each * 1e6, rivalry.seconds_each / each, *rivalry.difference);
  }
  std::printf("\n");
  std::fflush(stdout);
  return good;
}

}  // namespace

bool MeasureEvaluations() {
  std::printf(
      "Radial DEA, output orientation, %d threads, wall time: both phases, peers, prices and certificates of every "
      "unit.\n"
      "GLPK and Clp: the score alone, of an even sample of units, one model a thread, reused and started from the "
      "last\n"
      "basis. Memory: the peak of this process so far. A few scores of each case are compared bit for bit with "
      "programs\n"
      "over all units.\n\n",
      kThreads);
  std::printf("%-28s %9s %10s %9s %8s %10s %9s %8s %10s %9s %8s\n", "case", "units", "ours, ms", "us each", "MiB",
              "GLPK, us", "ratio", "differ", "Clp, us", "ratio", "differ");
  constexpr FrontierScheme kYearly = FrontierScheme::kContemporaneous;
  constexpr FrontierScheme kPooled = FrontierScheme::kGlobal;
  constexpr ReturnsToScale kCrs = ReturnsToScale::kCrs;
  constexpr ReturnsToScale kVrs = ReturnsToScale::kVrs;
  const Case cases[] = {
      {"30 x 10 yearly, 2x1 CRS", 30, 10, 2, 1, kYearly, kCrs, 300, 20},
      {"30 x 10 yearly, 2x1 VRS", 30, 10, 2, 1, kYearly, kVrs, 300, 20},
      {"300 pooled, 3x2 VRS", 30, 10, 3, 2, kPooled, kVrs, 300, 20},
      {"5,000 pooled, 3x2 CRS", 500, 10, 3, 2, kPooled, kCrs, 500, 10},
      {"5,000 pooled, 3x2 VRS", 500, 10, 3, 2, kPooled, kVrs, 500, 10},
      {"10,000 pooled, 3x2 VRS", 1000, 10, 3, 2, kPooled, kVrs, 200, 3},
      {"100,000 pooled, 3x2 VRS", 10000, 10, 3, 2, kPooled, kVrs, 10, 1},
      {"1,000,000 pooled, 3x2 VRS", 100000, 10, 3, 2, kPooled, kVrs, 0, 1},
  };
  bool good = true;
  for (const Case& c : cases) good = Measure(c) && good;
  return good;
}

}  // namespace farrell::dea::bench
