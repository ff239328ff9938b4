// How often nominal 95 per cent intervals of a second stage hold the truth (docs/second-stage.md). Arguments: `--long`
// for the samples of the documented tables, `--samples N` for another number, a section name to run it alone.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
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

// Both algorithms on panels with one frontier a period, units resampled.
void PrintYearly(int samples, std::int64_t replications) {
  PrintHeader("Estimated distances, one frontier a period, 30 units, 10 periods, true slope 0.5");
  for (const double scale : {1.0, 0.75}) {
    for (const auto algorithm : {SecondStageAlgorithm::kSimarWilson1, SecondStageAlgorithm::kSimarWilson2}) {
      for (const double persistence : {0.0, 0.7}) {
        WorldDesign design;
        design.scale = scale;
        design.persistence = persistence;
        design.yearly_frontiers = true;
        SecondStageSpec spec = SpecOf("~ z", algorithm, replications);
        spec.resample = Resample::kUnit;
        const std::string name = std::string(scale == 1.0 ? "CRS" : "VRS") + ", algorithm " +
                                 (algorithm == SecondStageAlgorithm::kSimarWilson1 ? "1" : "2");
        PrintLine(Label(name.c_str(), persistence), Cover(design, spec, design.slope, samples));
      }
    }
  }
}

void PrintJointLine(const WorldDesign& design, const std::string& formula, const std::string& name, int samples,
                    std::int64_t replications) {
  const double target = LogScoreTarget(design, formula, 10 * samples);
  const SecondStageCoverage coverage =
      Cover(design, SpecOf(formula, SecondStageAlgorithm::kJoint, replications), target, samples);
  PrintLine(Label(name.c_str(), design.persistence), coverage);
  std::printf("    target %.4f, mean of plain estimates %.4f\n", target, coverage.plain_mean);
}

// Two inputs. `response`: how far inputs move with z.
WorldDesign JointDesign(bool yearly, double scale, double persistence, double response) {
  WorldDesign design;
  design.inputs = 2;
  design.scale = scale;
  design.persistence = persistence;
  design.log = true;
  design.sigma = 0.3;
  design.slope = 0.2;
  design.constant = 0.2;
  design.yearly_frontiers = yearly;
  design.input_response = response;
  return design;
}

void PrintJoint(int samples, std::int64_t replications, double response) {
  for (const char* formula : {"~ z | unit + time", "~ z | time"}) {
    PrintHeader((std::string("Joint bootstrap, ") + formula + (response == 0.0 ? "" : ", inputs move with z")).c_str());
    for (const bool yearly : {false, true}) {
      for (const double scale : {1.0, 0.75}) {
        for (const double persistence : {0.0, 0.7}) {
          PrintJointLine(JointDesign(yearly, scale, persistence, response), formula,
                         std::string(yearly ? "yearly " : "global ") + (scale == 1.0 ? "CRS" : "VRS"), samples,
                         replications);
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool full = false;
  int samples = 0;
  std::string section;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--long") == 0) {
      full = true;
    } else if (std::strcmp(argv[i], "--samples") == 0 && i + 1 < argc) {
      samples = std::max(1, std::atoi(argv[++i]));
    } else {
      section = argv[i];
    }
  }
  if (samples == 0) samples = full ? 500 : 25;
  const std::int64_t replications = full ? 399 : 199;
  if (section.empty() || section == "resampling") PrintResampling(samples, replications);
  if (section.empty() || section == "algorithms") PrintAlgorithms(samples, replications);
  if (section.empty() || section == "yearly") PrintYearly(samples, replications);
  if (section.empty() || section == "joint") PrintJoint(samples, replications, 0.0);
  if (section.empty() || section == "moving") PrintJoint(samples, replications, 0.1);
  return 0;
}
