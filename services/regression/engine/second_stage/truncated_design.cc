#include "services/regression/engine/second_stage/truncated_design.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/regression/engine/least_squares.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Status CheckShape(const Design& design) {
  if (!design.instrument_names.empty() || !design.endogenous.empty()) {
    return InvalidArgument("ESTIMATOR_INVALID", "a truncated second stage takes no instruments")
        .WithViolations({{"formula", "instruments after the second `|`"}});
  }
  for (const Effect& effect : design.effects) {
    if (effect.slopes.empty() && effect.dummies) continue;
    return InvalidArgument("ESTIMATOR_INVALID", "a truncated second stage takes no slopes that differ by level")
        .WithViolations({{"formula", "slopes in the effect " + effect.name()}});
  }
  return Status::Ok();
}

// Rows whose levels all have a row beyond the frontier; repeated, since leaving rows out may empty another level.
std::vector<Index> IdentifiedRows(const Design& design, double tolerance) {
  std::vector<char> keep(static_cast<std::size_t>(design.y.size()), 1);
  for (bool changed = true; changed;) {
    changed = false;
    for (const Effect& effect : design.effects) {
      std::vector<char> seen(effect.count(), 0);
      for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] != 0 && design.y(static_cast<Index>(row)) > 1.0 + tolerance) {
          seen[static_cast<std::size_t>(effect.levels.ids[row])] = 1;
        }
      }
      for (std::size_t row = 0; row < keep.size(); ++row) {
        if (keep[row] == 0 || seen[static_cast<std::size_t>(effect.levels.ids[row])] != 0) continue;
        keep[row] = 0;
        changed = true;
      }
    }
  }
  std::vector<Index> rows;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) rows.push_back(static_cast<Index>(row));
  }
  return rows;
}

}  // namespace

std::vector<Index> TruncatedDesign::Beyond(const VectorXd& values, double limit) const {
  std::vector<Index> rows;
  for (Index row = 0; row < values.size(); ++row) {
    if (values(row) > limit) rows.push_back(row);
  }
  return rows;
}

Result<TruncatedDesign> MakeTruncatedDesign(Design design, double tolerance) {
  FARRELL_RETURN_IF_ERROR(CheckShape(design));
  TruncatedDesign made;
  const std::vector<Index> identified = IdentifiedRows(design, tolerance);
  made.unidentified_count = design.y.size() - static_cast<Index>(identified.size());
  made.design = made.unidentified_count > 0 ? TakeRows(design, identified) : std::move(design);
  made.distances = made.design.y;
  const std::vector<Index> used = made.Beyond(made.distances, 1.0 + tolerance);
  if (used.empty()) {
    return FailedPrecondition("NO_OBSERVATIONS", "no row with all columns lies off the frontier");
  }

  const Index rows = made.design.y.size();
  std::vector<VectorXd> columns;
  if (!made.design.effects.empty()) {
    columns.emplace_back(VectorXd::Ones(rows));
    made.term_of_column.push_back(-1);
  }
  for (const Effect& effect : made.design.effects) {
    for (std::size_t level = 1; level < effect.count(); ++level) {
      VectorXd dummy(rows);
      for (Index row = 0; row < rows; ++row) {
        dummy(row) = effect.levels.ids[static_cast<std::size_t>(row)] == static_cast<std::int32_t>(level) ? 1.0 : 0.0;
      }
      columns.push_back(std::move(dummy));
      made.term_of_column.push_back(-1);
    }
  }
  for (Index column = 0; column < made.design.x.cols(); ++column) {
    columns.emplace_back(made.design.x.col(column));
    made.term_of_column.push_back(column);
  }
  MatrixXd all(rows, static_cast<Index>(columns.size()));
  for (std::size_t column = 0; column < columns.size(); ++column) all.col(static_cast<Index>(column)) = columns[column];
  const LeastSquares solved = SolveLeastSquares(all(used, Eigen::all), VectorXd(made.distances(used)));
  made.x = all(Eigen::all, solved.kept);
  std::vector<Index> terms;
  for (const Index kept : solved.kept) {
    terms.push_back(made.term_of_column[static_cast<std::size_t>(kept)]);
    if (terms.back() < 0) ++made.dummy_count;
  }
  made.term_of_column = std::move(terms);
  return made;
}

}  // namespace farrell::regression
