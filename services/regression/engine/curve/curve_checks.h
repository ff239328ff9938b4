// Whether a specification curve can be asked for, and the rows its samples stand for.
#pragma once

#include <cstddef>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/curve/curve.h"

namespace farrell::regression {

// Least squares, whatever a formula makes of it: with effects, with instruments.
bool IsPlain(Estimator kind);

// CURVE_INVALID, CURVE_TOO_LARGE.
Status CheckCurve(const CurveSpec& spec);

// Rows of the panel, one list a sample. CURVE_INVALID.
Result<std::vector<std::vector<std::size_t>>> RowsOfSamples(const Panel& panel, const CurveSpec& spec);

}  // namespace farrell::regression
