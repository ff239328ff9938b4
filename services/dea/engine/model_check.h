// Which options of a model go together.
#pragma once

#include <string>

#include "common/status/status.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// The checks that need no data; adds a violation for every field that is wrong. Paths begin with `prefix`, e.g.
// "model.".
void CheckModel(const Model& model, const std::string& prefix, Violations& violations);

// Whether the score does not change when a constant is added to a column, so that data may have any sign: the additive
// model, RAM and BAM under VRS (Ali & Seiford 1990), RDM, and directional distances under VRS along columns.
bool AllowsNegativeData(const Model& model);

// Whether a unit without a positive input or without a positive output cannot be scored.
bool NeedsPositiveSides(const Model& model);

}  // namespace farrell::dea
