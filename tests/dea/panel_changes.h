// A table and what becomes of it: units revised, added, removed, with ties, duplicates and zeros among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/observations.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {

struct PanelChange {
  Observations now;
  std::vector<std::int32_t> row_then;  // of each row of `now`; -1: it was not there
  std::string description;
};

// One of: a few cells of one unit or of some revised, by little or much or to those of another unit; units added that
// are new, copies of others, multiples of others or mixtures of them; units removed; all of these. Columns for
// directions are kept or, for new units, copied.
PanelChange ChangePanel(const Observations& then, TestRandom& random);

}  // namespace farrell::dea::testing
