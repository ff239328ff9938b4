// Random questions for directional models: any technology, direction, orientation and place of the unit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

struct DirectionalProblem {
  Observations data;
  Model model;
  std::vector<std::int32_t> members;  // the reference set; every row is a question
  std::string description;
};

// The directional (radial or not) problem of that number, the same on every machine; n from 2 to `largest`. Ties,
// duplicates, zeros and wild units as in problems.h; bad outputs in half of them, units beyond the reference set in a
// third, super-efficiency in some.
DirectionalProblem MakeDirectionalProblem(std::uint64_t number, int largest, bool non_radial);

// A range directional problem: VRS, columns shifted below zero.
DirectionalProblem MakeRangeProblem(std::uint64_t number, int largest);

// The score of a row against the members.
UnitScore Score(const Observations& data, const Model& model, std::int32_t row, std::vector<std::int32_t> members);

// The rows of `data` in their order.
std::vector<std::int32_t> AllMembers(const Observations& data);

}  // namespace farrell::dea::testing
