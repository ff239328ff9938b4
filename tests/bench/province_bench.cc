// The measures of a study of 30 provinces over 10 years, each with everything that is reported.
#include <cstdio>
#include <vector>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/productivity.h"
#include "tests/bench/bench.h"

namespace farrell::dea::bench {
namespace {

constexpr int kUnits = 30;
constexpr int kPeriods = 10;
constexpr int kRepeats = 20;

// Seconds for scores against the frontier of each year; negative where one is missing.
double TimeScores(const Observations& data, Model model) {
  std::size_t answered = 0;
  const double seconds = Seconds(
      [&] {
        Evaluation evaluation(data, model);
        evaluation.Prepare(ForEachInParallel, {});
        std::vector<UnitScore> results = evaluation.EmptyResults();
        InParallel(evaluation.unit_count(), static_cast<std::size_t>(kUnits),
                   [&](std::size_t begin, std::size_t end) { evaluation.Solve(begin, end, results, {}, nullptr); });
        answered = 0;
        for (const UnitScore& result : results) answered += result.status == UnitStatus::kOptimal ? 1U : 0U;
      },
      kRepeats);
  return answered == data.size() ? seconds : -1;
}

double TimeGlobalMalmquist(const Observations& data, const Model& model) {
  std::vector<std::int32_t> units;
  for (int row = 0; row < kUnits * kPeriods; ++row) units.push_back(row / kPeriods);
  ProductivityRequest request;
  request.index = ProductivityIndex::kGlobal;
  request.model = model;
  std::size_t answered = 0;
  const double seconds = Seconds(
      [&] {
        const Productivity productivity(data, units, request);
        std::vector<Productivity::Score> scores(productivity.program_count());
        InParallel(productivity.program_count(), static_cast<std::size_t>(kUnits),
                   [&](std::size_t begin, std::size_t end) { productivity.Solve(begin, end, scores, {}, nullptr); });
        answered = 0;
        for (const ProductivityChange& change : productivity.Changes(scores)) {
          answered += change.status == UnitStatus::kOptimal ? 1U : 0U;
        }
      },
      kRepeats);
  return answered == static_cast<std::size_t>(kUnits) * static_cast<std::size_t>(kPeriods - 1) ? seconds : -1;
}

}  // namespace

bool MeasureProvinces() {
  const Observations data = MakePanel(kUnits, kPeriods, 2, 1);
  Model radial;
  radial.inputs = {"labour", "capital"};
  radial.outputs = {"patents"};
  Model sbm = radial;
  sbm.kind = ModelKind::kSbm;
  sbm.orientation = Orientation::kNone;
  Model super = sbm;
  super.super = true;
  const struct {
    const char* name;
    double seconds;
  } lines[] = {{"radial, CRS", TimeScores(data, radial)},
               {"SBM, CRS", TimeScores(data, sbm)},
               {"super-SBM, CRS", TimeScores(data, super)},
               {"global Malmquist, CRS", TimeGlobalMalmquist(data, radial)}};
  std::printf("\n30 provinces x 10 years, 2x1, %d threads, wall time of the engine.\n\n%-28s %9s\n", kThreads, "case",
              "ms");
  double sum = 0;
  bool good = true;
  for (const auto& line : lines) {
    good = good && line.seconds >= 0;
    sum += line.seconds;
    std::printf("%-28s %9.2f%s\n", line.name, line.seconds * 1e3, line.seconds < 0 ? "  not every unit answered" : "");
  }
  std::printf("%-28s %9.2f\n", "together", sum * 1e3);
  std::fflush(stdout);
  return good;
}

}  // namespace farrell::dea::bench
