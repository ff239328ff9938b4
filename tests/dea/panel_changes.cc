#include "tests/dea/panel_changes.h"

#include <algorithm>
#include <utility>

namespace farrell::dea::testing {
namespace {

using Row = std::vector<double>;

Row RowOf(const std::vector<double>& cells, std::size_t row, std::size_t d) {
  if (cells.empty()) return {};
  return {cells.begin() + static_cast<std::ptrdiff_t>(row * d),
          cells.begin() + static_cast<std::ptrdiff_t>((row + 1) * d)};
}

// Cells of a unit that may be anybody's neighbour, twin or multiple.
Row AnyCells(const Observations& data, TestRandom& random) {
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  const auto some = [&] {
    return RowOf(data.cells, static_cast<std::size_t>(random.Below(static_cast<int>(data.size()))), d);
  };
  Row cells = some();
  switch (random.Below(5)) {
    case 0: break;
    case 1:
      for (double& cell : cells) cell *= random.Below(2) == 0 ? 2 : 0.5;
      break;
    case 2: {
      const Row other = some();
      for (std::size_t i = 0; i < d; ++i) cells[i] = 0.5 * (cells[i] + other[i]);
      break;
    }
    default:
      for (double& cell : cells) cell *= 0.5 + random.Uniform();
  }
  return cells;
}

void Revise(const Observations& data, Row& cells, TestRandom& random) {
  const std::size_t at = static_cast<std::size_t>(random.Below(static_cast<int>(cells.size())));
  switch (random.Below(4)) {
    case 0: cells[at] *= 1 + 0.02 * (random.Uniform() - 0.5); break;
    case 1: cells[at] *= 0.5 + random.Uniform(); break;
    case 2:
      for (double& cell : cells) cell *= 1 + 0.02 * (random.Uniform() - 0.5);
      break;
    default: cells = AnyCells(data, random);
  }
}

}  // namespace

PanelChange ChangePanel(const Observations& then, TestRandom& random) {
  const std::size_t d = static_cast<std::size_t>(then.dimension());
  const int kind = random.Below(4);
  const bool revises = kind == 0 || kind == 3;
  const bool adds = kind == 1 || kind == 3;
  const bool removes = kind == 2 || kind == 3;
  // One unit, or one in ten.
  const bool few = random.Below(2) == 0;
  const int size = static_cast<int>(then.size());
  const auto hit = [&](std::size_t row, std::size_t chosen) { return few ? row == chosen : random.Below(10) == 0; };
  const std::size_t revised = static_cast<std::size_t>(random.Below(size));
  const std::size_t removed = static_cast<std::size_t>(random.Below(size));
  const std::size_t added = static_cast<std::size_t>(random.Below(size));
  PanelChange change;
  change.description = std::string(revises ? " revised" : "") + (adds ? " added" : "") + (removes ? " removed" : "");
  Observations& now = change.now;
  now.input_count = then.input_count;
  now.output_count = then.output_count;
  now.bad_count = then.bad_count;
  const auto append = [&](const Row& cells, std::size_t like, std::int32_t before) {
    now.cells.insert(now.cells.end(), cells.begin(), cells.end());
    const Row direction = RowOf(then.directions, like, d);
    now.directions.insert(now.directions.end(), direction.begin(), direction.end());
    now.roles.push_back(RowRole::kScored);
    change.row_then.push_back(before);
  };
  for (std::size_t row = 0; row < then.size(); ++row) {
    if (adds && hit(row, added)) append(AnyCells(then, random), row, -1);
    if (removes && then.size() > 2 && hit(row, removed)) continue;
    Row cells = RowOf(then.cells, row, d);
    if (revises && hit(row, revised)) Revise(then, cells, random);
    append(cells, row, static_cast<std::int32_t>(row));
  }
  return change;
}

}  // namespace farrell::dea::testing
