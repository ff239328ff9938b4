// Reference sets by the names that people give them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

// Name of each set by the rows scored against it: "2019", "2019/east", "east"; empty where the set has rows of all.
std::vector<std::string> NamesOf(const Panel& panel, const Model& model, const ReferenceSets& sets);

// The text of a cell; numbers in their shortest form.
std::string CellText(const PanelColumn& column, std::size_t row);

// "east@2019", or the unit alone in a cross-section.
std::string RowName(const Panel& panel, std::int32_t row);

}  // namespace farrell::dea
