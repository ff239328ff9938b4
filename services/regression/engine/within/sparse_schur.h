// The Schur complement as a sparse matrix, where it is one.
#pragma once

#include <optional>

#include "services/regression/engine/environment.h"
#include "services/regression/engine/within/crossing.h"
#include "services/regression/engine/within/sparse_cholesky.h"

namespace farrell::regression {

// Nothing when a sample of the nodes has too many neighbours, when putting it together would cost more than conjugate
// gradients do, or when stopped. Row by row, so that threads do not change a bit.
std::optional<SparseLower> SparseSchur(const Crossing& crossing, const Environment& environment);

}  // namespace farrell::regression
