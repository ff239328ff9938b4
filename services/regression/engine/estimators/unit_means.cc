#include "services/regression/engine/estimators/unit_means.h"

#include <cmath>
#include <vector>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Deviations below this share of the largest magnitude are what rounding leaves of equal values.
constexpr double kRounding = 1e-13;

}  // namespace

VectorXd LevelCounts(const Levels& levels) {
  VectorXd counts = VectorXd::Zero(static_cast<Index>(levels.count()));
  for (const std::int32_t level : levels.ids) counts(level) += 1.0;
  return counts;
}

MatrixXd LevelMeans(const MatrixXd& columns, const Levels& levels) {
  MatrixXd sums = MatrixXd::Zero(static_cast<Index>(levels.count()), columns.cols());
  for (Index c = 0; c < columns.cols(); ++c) {
    for (Index row = 0; row < columns.rows(); ++row) {
      sums(levels.ids[static_cast<std::size_t>(row)], c) += columns(row, c);
    }
  }
  const VectorXd counts = LevelCounts(levels);
  return counts.cwiseInverse().asDiagonal() * sums;
}

bool VariesWithin(const VectorXd& column, const Levels& units) {
  const MatrixXd means = LevelMeans(column, units);
  const double floor = kRounding * column.cwiseAbs().maxCoeff();
  for (Index row = 0; row < column.size(); ++row) {
    if (std::abs(column(row) - means(units.ids[static_cast<std::size_t>(row)], 0)) > floor) return true;
  }
  return false;
}

void AppendUnitMeans(Design& design) {
  const MatrixXd means = LevelMeans(design.x, design.units);
  std::vector<Index> appended;
  for (Index c = design.has_constant ? 1 : 0; c < design.x.cols(); ++c) {
    if (!VariesWithin(design.x.col(c), design.units)) continue;
    const double range = means.col(c).maxCoeff() - means.col(c).minCoeff();
    if (design.has_constant && range <= kRounding * design.x.col(c).cwiseAbs().maxCoeff()) continue;
    appended.push_back(c);
  }
  const Index given = design.x.cols();
  design.x.conservativeResize(Eigen::NoChange, given + static_cast<Index>(appended.size()));
  for (std::size_t k = 0; k < appended.size(); ++k) {
    for (Index row = 0; row < design.x.rows(); ++row) {
      design.x(row, given + static_cast<Index>(k)) =
          means(design.units.ids[static_cast<std::size_t>(row)], appended[k]);
    }
    design.names.push_back("mean(" + design.names[static_cast<std::size_t>(appended[k])] + ")");
  }
}

}  // namespace farrell::regression
