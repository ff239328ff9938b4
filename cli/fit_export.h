// Files of a fit beyond its coefficients.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::cli {

// What --export may name.
inline const std::vector<std::string> kFitExports{"residuals", "fitted", "effects", "vcov"};

// Writes DIR/NAME.csv for every name: residuals and fitted as unit,time,VALUE in (unit, time) order; effects as
// effect,level,value; vcov of the primary inference as term and one column a term that was estimated.
Status ExportFit(const regression::v1::FitResult& fit, const std::vector<std::string>& names,
                 const std::string& folder);

}  // namespace farrell::cli
