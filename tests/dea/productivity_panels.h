// Small panels for the tests of productivity indices, and a study of one in one call.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/productivity.h"

namespace farrell::dea::testing {

struct TestPanel {
  Observations data;
  std::vector<std::int32_t> units;  // code of each row's unit
  std::string description;
};

// One row of a panel written by hand; rows are given in (unit, time) order.
struct PanelRow {
  std::int32_t unit;
  std::int64_t time;
  std::vector<double> cells;
};
TestPanel MakePanel(int input_count, int output_count, int bad_count, const std::vector<PanelRow>& rows);

// The panel of that number, the same on every machine: 3 to 10 units, 2 to 5 periods, up to 3 inputs, 2 outputs and
// `bad_count` bad outputs that come with the outputs. Frontiers move from period to period. Some panels lack rows,
// repeat rows, hold small integers (ties), or have columns in units from 1e-6 to 1e9.
TestPanel MakeRandomPanel(std::uint64_t number, int bad_count, bool balanced);

// Inputs named x0, x1, ..., outputs y0, ..., bad outputs b0, ...
ProductivityRequest MakeRequest(const TestPanel& panel, ProductivityIndex index, ReturnsToScale rts,
                                Orientation orientation);

// Plans, solves and combines on the calling thread. Fails the test when the request is invalid.
std::vector<ProductivityChange> Measure(const TestPanel& panel, const ProductivityRequest& request);

const char* Name(ProductivityIndex index);

}  // namespace farrell::dea::testing
