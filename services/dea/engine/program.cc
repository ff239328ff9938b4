#include "services/dea/engine/program.h"

namespace farrell::dea {

void LinearProgram::Clear(const ReferenceMatrix& matrix, int rows) {
  const std::size_t count = static_cast<std::size_t>(rows);
  reference = &matrix;
  row_count = rows;
  block_count = 1;
  source.assign(count, 0);
  factor.assign(count, 0.0);
  column_count = first_artificial = 0;
  columns.clear();
  rhs.assign(count, 0.0);
  objectives.clear();
  sense = 1;
  excluded = -1;
  start.clear();
}

int LinearProgram::AddColumn() {
  columns.resize(columns.size() + static_cast<std::size_t>(row_count), 0.0);
  first_artificial = column_count + 1;
  return column_count++;
}

int LinearProgram::AddArtificialColumn() {
  columns.resize(columns.size() + static_cast<std::size_t>(row_count), 0.0);
  return column_count++;
}

Objective& LinearProgram::AddObjective() {
  Objective& objective = objectives.emplace_back();
  objective.cost.assign(static_cast<std::size_t>(column_count), 0.0);
  return objective;
}

}  // namespace farrell::dea
