// Files of a fit beyond its coefficients.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::cli {

// What --export may name: residuals, fitted, effects, vcov, and the sections of fit_sections.h.
const std::vector<std::string>& FitExports();

// Writes DIR/NAME.csv for every name: residuals and fitted as unit,time,VALUE in (unit, time) order; effects as
// effect,level,value; sections as they are, only where the fit has them; vcov of the primary inference as term and one
// column a term that was estimated.
Status ExportFit(const regression::v1::FitResult& fit, const std::vector<std::string>& names,
                 const std::string& folder);

}  // namespace farrell::cli
