// A model on all units of a table, in one line.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {

// A model for a problem: measures named "i0", ... and "o0", ...
Model NamedModel(const Observations& data, ReturnsToScale rts, Orientation orientation);

// The score of every row, each against all rows.
std::vector<UnitScore> Scores(const Model& model, const Observations& data);

// The same table with every column multiplied by a random power of ten from 1e-6 to 1e9; `factors`: one a column.
Observations InOtherUnits(const Observations& data, std::uint64_t seed, std::vector<double>& factors);

}  // namespace farrell::dea::testing
