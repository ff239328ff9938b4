#include "tests/dea/directional_problems.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "services/dea/engine/formulation.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

const char* Name(Disposability disposability) {
  switch (disposability) {
    case Disposability::kStrong: return "strong";
    case Disposability::kWeak: return "weak";
    case Disposability::kKuosmanen: return "kuosmanen";
  }
  return "";
}

void NameMeasures(const Observations& data, Model& model) {
  for (int i = 0; i < data.input_count; ++i) model.inputs.push_back("x" + std::to_string(i));
  for (int i = 0; i < data.output_count; ++i) model.outputs.push_back("y" + std::to_string(i));
  for (int i = 0; i < data.bad_count; ++i) model.bad_outputs.push_back("b" + std::to_string(i));
}

// The last outputs but one become bad ones.
void TurnBad(TestRandom& random, Observations& data) {
  if (data.output_count < 2) return;
  data.bad_count = 1 + random.Below(data.output_count - 1);
  data.output_count -= data.bad_count;
}

// All rows, or every other one so that half of the units stand outside.
std::vector<std::int32_t> PickMembers(TestRandom& random, const Observations& data, std::string& description) {
  std::vector<std::int32_t> members = AllMembers(data);
  if (random.Below(3) != 0) return members;
  std::erase_if(members, [](std::int32_t row) { return row % 2 != 0; });
  description += " half outside";
  return members;
}

constexpr Orientation kOrientations[] = {Orientation::kNone, Orientation::kInput, Orientation::kOutput};

}  // namespace

std::vector<std::int32_t> AllMembers(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

UnitScore Score(const Observations& data, const Model& model, std::int32_t row, std::vector<std::int32_t> members) {
  const auto formulation = MakeFormulation(model, data);
  const ReferenceMatrix reference(data, std::move(members));
  return UnitSolver(*formulation).Solve({data, row, reference}, {}, {});
}

DirectionalProblem MakeDirectionalProblem(std::uint64_t number, int largest, bool non_radial) {
  RandomProblem random_problem = MakeRandomProblem(number, largest);
  TestRandom random(number * 104729 + 5);
  DirectionalProblem problem{std::move(random_problem.data), {}, {}, random_problem.description};
  Observations& data = problem.data;
  Model& model = problem.model;
  if (random.Below(2) == 0) TurnBad(random, data);
  NameMeasures(data, model);
  model.kind = ModelKind::kDdf;
  model.non_radial = non_radial;
  model.rts = random_problem.rts;
  model.orientation = kOrientations[random.Below(3)];
  if (random.Below(8) == 0) {
    model.rts = ReturnsToScale::kGrs;
    model.weight_sum_low = 0.25 * random.Below(5);
    model.weight_sum_high = 1 + 0.5 * random.Below(4);
  }
  if (data.bad_count > 0) {
    model.disposability = static_cast<Disposability>(random.Below(3));
    if (model.disposability == Disposability::kWeak) {
      if (random.Below(2) == 0) {
        model.orientation = Orientation::kOutput;
      } else {
        model.rts = random.Below(2) == 0 ? ReturnsToScale::kCrs : ReturnsToScale::kNirs;
      }
    }
  }
  model.direction.kind = static_cast<DirectionKind>(random.Below(3));
  if (model.direction.kind == DirectionKind::kColumns) {
    // Multiples of the unit's own values, some of them far from 1, and of the first unit's where these are 0.
    data.directions.resize(data.cells.size());
    const std::size_t d = static_cast<std::size_t>(data.dimension());
    for (std::size_t at = 0; at < data.cells.size(); ++at) {
      const double size = data.cells[at] > 0 ? data.cells[at] : data.cells[at % d];
      double factor = random.Below(4) == 0 ? 0 : 2 * random.Uniform();
      if (random.Below(8) == 0) factor *= random.Below(2) == 0 ? 1e3 : 1e-3;
      data.directions[at] = factor * size;
    }
  }
  model.super = !non_radial && random.Below(4) == 0;
  problem.members = PickMembers(random, data, problem.description);
  constexpr const char* kDirections[] = {"own", "mean", "columns"};
  problem.description += std::string(non_radial ? ": non-radial " : ": directional ") + testing::Name(model.rts) + " " +
                         testing::Name(model.orientation) + " along " +
                         kDirections[static_cast<int>(model.direction.kind)] + (model.super ? " super" : "");
  if (data.bad_count > 0)
    problem.description += " " + std::to_string(data.bad_count) + " bad " + Name(model.disposability);
  return problem;
}

DirectionalProblem MakeRangeProblem(std::uint64_t number, int largest) {
  RandomProblem random_problem = MakeRandomProblem(number, largest);
  TestRandom random(number * 15485863 + 3);
  DirectionalProblem problem{std::move(random_problem.data), {}, {}, random_problem.description};
  Observations& data = problem.data;
  if (random.Below(2) == 0) TurnBad(random, data);
  NameMeasures(data, problem.model);
  problem.model.kind = ModelKind::kRdm;
  problem.model.rts = ReturnsToScale::kVrs;
  problem.model.orientation = kOrientations[random.Below(3)];
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  for (std::size_t i = 0; i < d; ++i) {
    // Down by part of the column's largest value, so that signs are mixed.
    double largest_value = 0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      largest_value = std::max(largest_value, data.cells[row * d + i]);
    }
    const double shift = random.Below(3) == 0 ? 0 : largest_value * random.Uniform();
    for (std::size_t row = 0; row < data.size(); ++row) data.cells[row * d + i] -= shift;
  }
  problem.members = PickMembers(random, data, problem.description);
  problem.description += std::string(": range directional ") + testing::Name(problem.model.orientation);
  return problem;
}

}  // namespace farrell::dea::testing
