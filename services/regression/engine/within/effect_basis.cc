#include "services/regression/engine/within/effect_basis.h"

#include <algorithm>
#include <cmath>

#include "services/regression/engine/least_squares.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Orthonormalises the columns of `z` in place and returns T with original z = (new z) T; directions left out are zero
// columns of z and rows of T.
MatrixXd Orthonormalise(MatrixXd& z, std::vector<char>& used) {
  const Index width = z.cols();
  MatrixXd t = MatrixXd::Zero(width, width);
  used.assign(static_cast<std::size_t>(width), 0);
  for (Index q = 0; q < width; ++q) {
    const double length = z.col(q).stableNorm();
    for (int pass = 0; pass < 2; ++pass) {
      for (Index s = 0; s < q; ++s) {
        const double along = z.col(s).dot(z.col(q));
        t(s, q) += along;
        z.col(q) -= along * z.col(s);
      }
    }
    const double rest = z.col(q).stableNorm();
    if (rest > kCollinearTolerance * length) {
      t(q, q) = rest;
      z.col(q) /= rest;
      used[static_cast<std::size_t>(q)] = 1;
    } else {
      z.col(q).setZero();
    }
  }
  return t;
}

// Inverse of T over the directions used, zero elsewhere.
MatrixXd InverseOfUsed(const MatrixXd& t, const std::vector<char>& used) {
  const Index width = t.rows();
  MatrixXd inverse = MatrixXd::Zero(width, width);
  for (Index c = 0; c < width; ++c) {
    if (used[static_cast<std::size_t>(c)] == 0) continue;
    for (Index r = c + 1; r-- > 0;) {
      if (used[static_cast<std::size_t>(r)] == 0) continue;
      double sum = r == c ? 1.0 : 0.0;
      for (Index k = r + 1; k <= c; ++k) sum -= t(r, k) * inverse(k, c);
      inverse(r, c) = sum / t(r, r);
    }
  }
  return inverse;
}

}  // namespace

RowsByLevel RowsByLevel::Count(const std::vector<std::int32_t>& ids, std::size_t levels) {
  RowsByLevel rows;
  rows.start.assign(levels + 1, 0);
  for (std::int32_t id : ids) ++rows.start[static_cast<std::size_t>(id) + 1];
  for (std::size_t level = 0; level < levels; ++level) rows.start[level + 1] += rows.start[level];
  return rows;
}

RowsByLevel RowsByLevel::Make(const std::vector<std::int32_t>& ids, std::size_t levels) {
  RowsByLevel rows = Count(ids, levels);
  if (std::is_sorted(ids.begin(), ids.end())) return rows;
  std::vector<std::int32_t> next(rows.start.begin(), rows.start.end() - 1);
  rows.order.resize(ids.size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    rows.order[static_cast<std::size_t>(next[static_cast<std::size_t>(ids[row])]++)] = static_cast<std::int32_t>(row);
  }
  return rows;
}

EffectBasis EffectBasis::Make(const Effect& effect, const RowsByLevel& rows, const VectorXd& root_weights, bool plain) {
  EffectBasis basis;
  const std::size_t levels = effect.count();
  basis.levels = static_cast<Index>(levels);
  basis.width = (effect.dummies ? 1 : 0) + static_cast<int>(effect.slopes.size());
  basis.gram = VectorXd::Zero(basis.levels * basis.width);
  if (plain) {
    for (std::size_t level = 0; level < levels; ++level) {
      basis.gram(static_cast<Index>(level)) = rows.start[level + 1] - rows.start[level];
    }
    return basis;
  }
  const auto width = static_cast<std::size_t>(basis.width);
  basis.values.assign(effect.levels.ids.size() * width, 0.0);
  basis.back.assign(levels * width * width, 0.0);
  MatrixXd z;
  std::vector<char> used;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::int32_t first = rows.start[level];
    const Index count = rows.start[level + 1] - first;
    if (count == 0) continue;
    const auto row_at = [&](Index k) {
      const auto position = static_cast<std::size_t>(first + k);
      return static_cast<Index>(rows.order.empty() ? static_cast<std::int32_t>(position) : rows.order[position]);
    };
    z.resize(count, basis.width);
    for (Index k = 0; k < count; ++k) {
      const Index row = row_at(k);
      const double root = root_weights.size() > 0 ? root_weights(row) : 1.0;
      Index q = 0;
      if (effect.dummies) z(k, q++) = root;
      for (const VectorXd& slope : effect.slopes) z(k, q++) = root * slope(row);
    }
    const MatrixXd inverse = InverseOfUsed(Orthonormalise(z, used), used);
    for (std::size_t q = 0; q < width; ++q) {
      basis.gram(static_cast<Index>(level * width + q)) = used[q] != 0 ? 1.0 : 0.0;
      for (Index k = 0; k < count; ++k) {
        basis.values[static_cast<std::size_t>(row_at(k)) * width + q] = z(k, static_cast<Index>(q));
      }
      for (std::size_t s = 0; s < width; ++s) {
        basis.back[(level * width + q) * width + s] = inverse(static_cast<Index>(q), static_cast<Index>(s));
      }
    }
  }
  return basis;
}

}  // namespace farrell::regression
