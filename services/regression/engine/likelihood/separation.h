// Rows of a Poisson regression whose fitted mean is zero at the supremum of the likelihood.
//
// A combination z of columns and effects with z = 0 where y > 0, z <= 0 where y = 0 and z < 0 somewhere makes the
// likelihood rise for ever along z; the rows with z < 0 tell nothing about the other coefficients and are left out
// (Correia, Guimaraes & Zylkin 2019, "Verifying the existence of maximum likelihood estimates for generalized linear
// models"). Levels in which every outcome is zero are the simplest case, then rows that two effects separate
// (separated_pairs.h). Otherwise, where columns and effects have the same rank on the rows with y > 0 as on all rows
// there is no such z; else it is sought by the authors' iterative rectifier: least squares with large weights where y >
// 0, negative fitted values set to zero and fitted again.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/environment.h"

namespace farrell::regression {

// Leaves those rows out, reason "separated", and then singletons of the effects, reason "singleton". Outcomes are not
// negative. FAILED_PRECONDITION NO_OBSERVATIONS: every outcome is zero; NOT_CONVERGED. CANCELLED.
Status DropSeparated(Design& design, const Environment& environment);

}  // namespace farrell::regression
