// An orthonormal basis of the columns that one effect absorbs: its dummies and its slopes, level by level.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "services/regression/engine/design.h"

namespace farrell::regression {

// Rows by level, in row order: positions [start[l], start[l + 1]) of `order` hold level l. `order` is empty when the
// rows are in that order already.
struct RowsByLevel {
  std::vector<std::int32_t> start;
  std::vector<std::int32_t> order;

  static RowsByLevel Make(const std::vector<std::int32_t>& ids, std::size_t levels);
  // `start` alone.
  static RowsByLevel Count(const std::vector<std::int32_t>& ids, std::size_t levels);
};

// Row i holds the columns (1, slopes) of its level times sqrt(weight). Within a level they are made orthonormal in the
// order dummy, slopes (Gram-Schmidt, every column twice); a direction that adds less than kCollinearTolerance of its
// length is left out: a slope that is constant in a level beside its dummy, or zero there.
struct EffectBasis {
  Eigen::Index levels = 0;
  // Directions a level: one for the dummy, one a slope.
  int width = 0;
  // Rows x width, row-major, zero in directions left out; empty for plain unweighted dummies, whose values are one.
  std::vector<double> values;
  // Levels x width: squared length of every direction over its rows (the count for plain dummies), 1 or 0 otherwise.
  Eigen::VectorXd gram;
  // Levels x width x width, row-major: original coefficients = back * basis coefficients. Empty for plain dummies.
  std::vector<double> back;

  static EffectBasis Make(const Effect& effect, const RowsByLevel& rows, const Eigen::VectorXd& root_weights,
                          bool plain);
};

}  // namespace farrell::regression
