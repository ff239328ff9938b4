// The content key of an evaluation: everything its numbers depend on, and nothing else.
#pragma once

#include <string>

#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

// The canonical description of evaluating `model` (measures in the order of names) on `panel`: operation, spec with
// defaults written out, the digest of the used cells of every period with the group and role of each row, the units
// scored, engine revision and numeric ABI. Two snapshots that agree on the cells used give the same description.
canonical::Value DescribeAction(const Panel& panel, const Model& model, const Observations& data);

// SHA-256 over it in the domain "farrell.action.v1".
std::string ActionKey(const Panel& panel, const Model& model, const Observations& data);

}  // namespace farrell::dea
