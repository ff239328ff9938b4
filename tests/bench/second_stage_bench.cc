// How often nominal 95 per cent intervals of a second stage hold the truth (docs/second-stage.md). Arguments: `--long`
// for the samples of the documented tables, a section name to run it alone.
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/regression/second_stage_world.h"

namespace {

using namespace farrell::regression;           // NOLINT(google-build-using-namespace): a program, not a header
using namespace farrell::regression::testing;  // NOLINT(google-build-using-namespace)

constexpr double kPersistence[] = {0.0, 0.4, 0.7};

void PrintHeader(const char* title) {
  std::printf("%s\n%-44s %10s %10s %10s %8s %8s %8s %6s\n", title, "", "percentile", "recentred", "normal", "mean",
              "sd", "std err", "failed");
}

void PrintLine(const std::string& name, const SecondStageCoverage& coverage) {
  std::printf("%-44s %10.3f %10.3f %10.3f %8.4f %8.4f %8.4f %6d\n", name.c_str(), coverage.percentile,
              coverage.recentred, coverage.normal, coverage.mean, coverage.sd, coverage.std_error, coverage.failed);
  std::fflush(stdout);
}

std::string Label(const char* what, double persistence) {
  char text[80];
  std::snprintf(text, sizeof text, "  %s, autocorrelation %.1f", what, persistence);
  return text;
}

// Algorithm 1 as if distances were known, so that resampling alone is judged: 30 units, 10 periods.
void PrintResampling(int samples, std::int64_t replications) {
  for (const bool effects : {false, true}) {
    PrintHeader(effects ? "Known distances, log, unit and period dummies" : "Known distances");
    for (const Resample resample : {Resample::kRows, Resample::kUnit}) {
      for (const double persistence : kPersistence) {
        WorldDesign design;
        design.persistence = persistence;
        design.log = effects;
        if (effects) design.constant = 1.0;
        SecondStageSpec spec =
            SpecOf(effects ? "~ z | unit + time" : "~ z", SecondStageAlgorithm::kSimarWilson1, replications);
        spec.resample = resample;
        spec.log = effects;
        PrintLine(Label(resample == Resample::kRows ? "rows" : "units", persistence),
                  Cover(design, spec, design.slope, samples, true));
      }
    }
  }
}

// Both algorithms on distances from one frontier.
void PrintAlgorithms(int samples, std::int64_t replications) {
  PrintHeader("Estimated distances, true slope 0.5");
  for (const double scale : {1.0, 0.75}) {
    for (const int units : {30, 100}) {
      for (const auto algorithm : {SecondStageAlgorithm::kSimarWilson1, SecondStageAlgorithm::kSimarWilson2}) {
        WorldDesign design;
        design.units = units;
        design.periods = 1;
        design.scale = scale;
        const SecondStageSpec spec = SpecOf("~ z", algorithm, replications);
        std::string name = "  " + std::string(scale == 1.0 ? "CRS" : "VRS") + ", " + std::to_string(units) +
                           " units, algorithm " + (algorithm == SecondStageAlgorithm::kSimarWilson1 ? "1" : "2");
        PrintLine(name, Cover(design, spec, design.slope, samples));
      }
    }
  }
}

void PrintJoint(int samples, std::int64_t replications) {
  for (const bool effects : {true, false}) {
    const std::string formula = effects ? "~ z | unit + time" : "~ z | time";
    PrintHeader(("Joint bootstrap, " + formula).c_str());
    for (const bool yearly : {false, true}) {
      for (const double scale : {1.0, 0.75}) {
        for (const double persistence : {0.0, 0.7}) {
          WorldDesign design;
          design.inputs = 2;
          design.scale = scale;
          design.persistence = persistence;
          design.log = true;
          design.sigma = 0.3;
          design.slope = 0.2;
          design.constant = 0.2;
          design.yearly_frontiers = yearly;
          const double target = LogScoreTarget(design, formula, 10 * samples);
          const SecondStageSpec spec = SpecOf(formula, SecondStageAlgorithm::kJoint, replications);
          const SecondStageCoverage coverage = Cover(design, spec, target, samples);
          PrintLine(Label((std::string(yearly ? "yearly " : "global ") + (scale == 1.0 ? "CRS" : "VRS")).c_str(),
                          persistence),
                    coverage);
          std::printf("    target %.4f, corrected mean %.4f\n", target, coverage.corrected_mean);
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool full = false;
  std::string section;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--long") == 0) {
      full = true;
    } else {
      section = argv[i];
    }
  }
  const int samples = full ? 500 : 25;
  const std::int64_t replications = full ? 399 : 199;
  if (section.empty() || section == "resampling") PrintResampling(samples, replications);
  if (section.empty() || section == "algorithms") PrintAlgorithms(samples, replications);
  if (section.empty() || section == "joint") PrintJoint(samples, replications);
  return 0;
}
