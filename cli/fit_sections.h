// What a fit says beyond its coefficients, as rows: partial effects, margins, tests, instruments, design, clusters.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::cli {

struct FitSection {
  // As --export names it, e.g. "margins".
  std::string name;
  // For people.
  std::string title;
  std::string rows;
};

// The names, in the order of printing: partial-effects, margins, hypotheses, instruments, design, leave-one-out,
// clusters, dropped.
const std::vector<std::string>& FitSectionNames();

// The section rendered; empty rows where the fit has nothing to say there.
FitSection SectionOf(const regression::v1::FitResult& fit, const std::string& name, Format format);

// All that the fit has, as aligned tables under their titles, `dropped` left to the warnings.
std::string PrintedSections(const regression::v1::FitResult& fit);

}  // namespace farrell::cli
