// An order in which points follow their neighbours, so that a solver that starts from the last answer has little to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace farrell::dea {

// Fills `order` with 0 .. count - 1 along a Morton curve (Morton 1966) through the points' coordinates, which are `d`
// numbers >= 0 a point, row-major. Depends on the arguments alone; equal keys keep the order of their indices.
void OrderPoints(const double* points, std::size_t count, std::size_t d, std::vector<std::uint32_t>& order);

}  // namespace farrell::dea
