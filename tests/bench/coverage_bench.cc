// How often nominal 95 per cent intervals hold the truth, on technologies whose distances are known: the table behind
// the choice between the methods. The argument is the number of samples a row, 20 without it.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/dea/inference/coverage.h"

namespace {

using namespace farrell::dea;           // NOLINT(google-build-using-namespace): a program, not a header
using namespace farrell::dea::testing;  // NOLINT(google-build-using-namespace)

Design Variable(int units, int inputs) {
  Design design;
  design.units = units;
  design.inputs = inputs;
  return design;
}

Design Constant(int units, int inputs) {
  Design design = Variable(units, inputs);
  design.scale = 1;
  design.rts = ReturnsToScale::kCrs;
  return design;
}

const std::pair<const char*, Design> kDesigns[] = {
    {"VRS, 1 input, 25 units", Variable(25, 1)},    {"VRS, 1 input, 100 units", Variable(100, 1)},
    {"VRS, 2 inputs, 100 units", Variable(100, 2)}, {"VRS, 4 inputs, 100 units", Variable(100, 4)},
    {"CRS, 2 inputs, 100 units", Constant(100, 2)},
};

BootstrapOptions Smoothed(BandwidthRule rule, IntervalKind kind) {
  BootstrapOptions options;
  options.replication_count = 200;
  options.bandwidth_rule = rule;
  options.interval = kind;
  return options;
}

BootstrapOptions Subsampled(UndominatedDraws undominated) {
  BootstrapOptions options;
  options.method = BootstrapMethod::kSubsampling;
  options.replication_count = 200;
  options.undominated = undominated;
  return options;
}

void PrintScores(int samples) {
  const std::pair<const char*, BootstrapOptions> methods[] = {
      {"sw98, Silverman, basic", Smoothed(BandwidthRule::kSilverman, IntervalKind::kBasic)},
      {"sw98, cross-validated, basic", Smoothed(BandwidthRule::kCrossValidation, IntervalKind::kBasic)},
      {"sw98, Silverman, percentile - 2 bias", Smoothed(BandwidthRule::kSilverman, IntervalKind::kPercentileBias)},
      {"sw98, Silverman, percentile", Smoothed(BandwidthRule::kSilverman, IntervalKind::kPercentile)},
      {"ksw, n^0.7", Subsampled(UndominatedDraws::kZeroDistance)},
      {"ksw, n^0.7, undominated left out", Subsampled(UndominatedDraws::kLeaveOut)},
  };
  for (const auto& [design_name, design] : kDesigns) {
    std::printf("%-38s %9s %9s %9s %9s\n", design_name, "coverage", "width", "bias", "corrected");
    for (const auto& [name, options] : methods) {
      const Coverage coverage = ScoreCoverage(design, options, samples);
      std::printf("  %-36s %9.3f %9.4f %9.4f %9.4f\n", name, coverage.covered, coverage.width, coverage.bias,
                  coverage.corrected_bias);
    }
  }
}

void PrintMeans(int samples) {
  GroupMeanOptions plain;
  plain.split_count = 20;
  GroupMeanOptions corrected = plain;
  corrected.variance = VarianceRule::kBiasCorrected;
  GroupMeanOptions welch = plain;
  welch.method = GroupMeanMethod::kWelch;
  const std::pair<const char*, GroupMeanOptions> methods[] = {
      {"limit theorem", plain}, {"limit theorem, bias in variance", corrected}, {"t-test", welch}};
  for (const auto& [design_name, design] : kDesigns) {
    std::printf("%-38s %9s %9s %9s\n", design_name, "coverage", "width", "size");
    for (const auto& [name, options] : methods) {
      const MeanCoverage coverage = GroupMeanCoverage(design, options, 10 * samples);
      std::printf("  %-36s %9.3f %9.4f %9.3f\n", name, coverage.covered, coverage.width, coverage.rejected);
    }
  }
}

// One frontier over 30 units in five periods: rows or units drawn.
void PrintPanels(int samples) {
  std::printf("%-38s %9s %9s %9s %9s\n", "Panel, 30 units, 5 periods", "sw98 row", "sw98 unit", "ksw row", "ksw unit");
  for (const double persistence : {0.0, 0.9, 1.0}) {
    Design panel = Variable(30, 1);
    panel.periods = 5;
    panel.persistence = persistence;
    std::printf("  persistence of inefficiency %-8.1f", persistence);
    for (BootstrapOptions options :
         {Smoothed(BandwidthRule::kSilverman, IntervalKind::kBasic), Subsampled(UndominatedDraws::kZeroDistance)}) {
      for (const bool by_unit : {false, true}) {
        options.by_unit = by_unit;
        std::printf(" %9.3f", ScoreCoverage(panel, options, samples).covered);
      }
    }
    std::printf("\n");
  }
}

void PrintRanksAndChanges(int samples) {
  std::printf("%-38s %9s\n", "Intervals of ranks, sw98", "coverage");
  for (const auto& [design_name, design] : kDesigns) {
    BootstrapOptions options = Smoothed(BandwidthRule::kSilverman, IntervalKind::kBasic);
    options.ranks = true;
    std::printf("  %-36s %9.3f\n", design_name, ScoreCoverage(design, options, samples).ranks_covered);
  }
  std::printf("%-38s %9s %9s %9s\n", "Malmquist, CRS, 2 inputs", "index", "ec", "tc");
  for (const int units : {30, 100}) {
    MalmquistBootstrapOptions options;
    options.replication_count = 200;
    const ChangeCoverage coverage = MalmquistCoverage(units, options, samples);
    std::printf("  %-3d units %27s %9.3f %9.3f %9.3f\n", units, "", coverage.index, coverage.efficiency,
                coverage.technical);
  }
}

void PrintReturnsToScale(int samples) {
  std::printf("%-38s %9s\n", "Constant returns rejected at 5 %", "share");
  RtsTestOptions options;
  options.replication_count = 199;
  for (const double scale : {1.0, 0.9, 0.7}) {
    Design design = Variable(60, 1);
    design.scale = scale;
    std::printf("  returns to scale %-19.1f %9.3f\n", scale, RtsRejections(design, options, 2 * samples));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int samples = argc > 1 ? std::atoi(argv[1]) : 20;  // NOLINT(cert-err34-c): a wrong one is refused below
  if (samples < 1) {
    std::fprintf(stderr, "the number of samples must be positive\n");
    return 2;
  }
  std::printf("Scores: intervals of the distance that hold the true one, nominal 0.95\n");
  PrintScores(samples);
  std::printf(
      "\nGroup means: intervals that hold the true mean 0.75, nominal 0.95; equal means rejected, nominal 0.05\n");
  PrintMeans(samples);
  std::printf("\nNominal 0.95\n");
  PrintPanels(samples);
  PrintRanksAndChanges(samples);
  std::printf("\n");
  PrintReturnsToScale(samples);
  return 0;
}
