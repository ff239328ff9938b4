#include "services/regression/engine/likelihood/separation.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "services/regression/engine/least_squares.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"
#include "services/regression/engine/likelihood/separated_pairs.h"
#include "services/regression/engine/singletons.h"
#include "services/regression/engine/within.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A fitted value this near to zero is zero.
constexpr double kZero = 1e-5;
// Weight of rows with y > 0 beside those with y = 0. It decides how fast the fitted values settle, not where.
constexpr double kPositiveWeight = 1e5;
constexpr int kMaxRectifications = 5000;

// Rows of levels without a positive outcome.
bool DropZeroLevels(Design& design) {
  std::vector<char> keep(design.rows.size(), 1);
  bool any = false;
  for (const Effect& effect : design.effects) {
    if (!effect.dummies) continue;
    std::vector<char> positive(effect.count(), 0);
    for (std::size_t row = 0; row < keep.size(); ++row) {
      if (design.y(static_cast<Index>(row)) > 0.0) positive[static_cast<std::size_t>(effect.levels.ids[row])] = 1;
    }
    for (std::size_t row = 0; row < keep.size(); ++row) {
      if (positive[static_cast<std::size_t>(effect.levels.ids[row])] != 0) continue;
      keep[row] = 0;
      any = true;
    }
  }
  if (any) KeepRows(design, keep, "separated");
  return any;
}

// Rows that two effects separate by themselves.
bool DropSeparatedByPairs(Design& design) {
  std::vector<char> keep(design.rows.size(), 1);
  for (std::size_t a = 0; a < design.effects.size(); ++a) {
    for (std::size_t b = a + 1; b < design.effects.size(); ++b) {
      if (!design.effects[a].dummies || !design.effects[b].dummies) continue;
      MarkSeparated(design.effects[a].levels, design.effects[b].levels, design.y, keep);
    }
  }
  if (std::find(keep.begin(), keep.end(), 0) == keep.end()) return false;
  KeepRows(design, keep, "separated");
  return true;
}

bool DropSingletons(Design& design) {
  const std::vector<std::int32_t> alone = FindSingletons(design.effects, design.rows.size());
  std::vector<char> keep(alone.size(), 1);
  std::int64_t count = 0;
  for (std::size_t row = 0; row < alone.size(); ++row) {
    if (alone[row] < 0) continue;
    keep[row] = 0;
    ++count;
  }
  if (count == 0) return false;
  KeepRows(design, keep, "singleton");
  design.singleton_count += count;
  return true;
}

// Rank of columns and effects over some rows.
Result<std::int64_t> Rank(const Design& design, const std::vector<char>& keep, const Environment& environment) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) rows.push_back(static_cast<Index>(row));
  }
  std::vector<Effect> effects = design.effects;
  for (Effect& effect : effects) {
    effect.levels = RestrictLevels(effect.levels, keep);
    for (VectorXd& slope : effect.slopes) slope = VectorXd(slope(rows));
  }
  const Within within = Within::Make(effects, rows.size(), {}, environment);
  MatrixXd x = design.x(rows, Eigen::all);
  VectorXd norms(x.cols());
  for (Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  FARRELL_RETURN_IF_ERROR(within.Demean(x, environment.stop));
  const auto size = static_cast<Index>(rows.size());
  const LeastSquares solution = SolveLeastSquares(std::move(x), VectorXd::Zero(size), norms, environment);
  if (environment.stop.stop_requested()) return Cancelled();
  return static_cast<std::int64_t>(solution.kept.size()) + within.level_count() - within.redundant_count();
}

// Marks the separated rows with zero.
Result<std::vector<char>> Rectify(const Design& design, const Environment& environment) {
  const Index rows = design.y.size();
  VectorXd weights(rows);
  VectorXd target(rows);
  for (Index row = 0; row < rows; ++row) {
    const bool zero = design.y(row) == 0.0;
    weights(row) = zero ? 1.0 : kPositiveWeight;
    target(row) = zero ? 1.0 : 0.0;
  }
  const VectorXd root = weights.cwiseSqrt();
  const Within within = Within::Make(design.effects, design.rows.size(), weights, environment);
  MatrixXd x = root.asDiagonal() * design.x;
  VectorXd norms(x.cols());
  for (Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  FARRELL_RETURN_IF_ERROR(within.Demean(x, environment.stop));
  const MatrixXd q = SolveLeastSquares(std::move(x), VectorXd::Zero(rows), norms, environment).q;
  std::vector<char> keep(design.rows.size(), 1);
  for (int pass = 0; pass < kMaxRectifications; ++pass) {
    if (environment.stop.stop_requested()) return Cancelled();
    MatrixXd residual = root.cwiseProduct(target);
    FARRELL_RETURN_IF_ERROR(within.Demean(residual, environment.stop));
    residual.col(0) -= q * (q.transpose() * residual.col(0));
    const VectorXd fitted = target - residual.col(0).cwiseQuotient(root);
    double lowest = 0.0;
    double highest = 0.0;
    double tied = 0.0;
    for (Index row = 0; row < rows; ++row) {
      if (design.y(row) > 0.0) {
        tied = std::max(tied, std::fabs(fitted(row)));
        continue;
      }
      lowest = std::min(lowest, fitted(row));
      highest = std::max(highest, fitted(row));
      target(row) = std::max(0.0, fitted(row));
    }
    // Let z >= 0 separate. A projection on the span of the columns keeps the sum of target times z, which begins as the
    // sum of z, and rectifying does not lower it; so some fitted value stays at one or above.
    if (highest < 1.0 - kZero) return keep;
    if (lowest >= -kZero && tied <= kZero) {
      for (Index row = 0; row < rows; ++row) {
        if (design.y(row) == 0.0 && fitted(row) > kZero) keep[static_cast<std::size_t>(row)] = 0;
      }
      return keep;
    }
  }
  return FailedPrecondition("NOT_CONVERGED",
                            "whether zeros are separated by the regressors could not be told in " +
                                std::to_string(kMaxRectifications) +
                                " passes; leave out regressors or effects that hold nearly only zeros");
}

}  // namespace

Status DropSeparated(Design& design, const Environment& environment) {
  while (true) {
    bool changed = true;
    while (changed) {
      changed = DropZeroLevels(design);
      changed = DropSingletons(design) || changed;
      if (!changed) changed = DropSeparatedByPairs(design);
    }
    std::vector<char> positive(design.rows.size(), 0);
    std::size_t count = 0;
    for (std::size_t row = 0; row < positive.size(); ++row) {
      positive[row] = design.y(static_cast<Index>(row)) > 0.0 ? 1 : 0;
      count += static_cast<std::size_t>(positive[row]);
    }
    if (count == 0) {
      return FailedPrecondition("NO_OBSERVATIONS",
                                "no row with a positive outcome is left; a Poisson regression has nothing to explain");
    }
    if (count == positive.size()) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(const std::int64_t among_positive, Rank(design, positive, environment));
    FARRELL_ASSIGN_OR_RETURN(const std::int64_t among_all,
                             Rank(design, std::vector<char>(design.rows.size(), 1), environment));
    if (among_positive == among_all) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(const std::vector<char> keep, Rectify(design, environment));
    if (std::find(keep.begin(), keep.end(), 0) == keep.end()) return Status::Ok();
    KeepRows(design, keep, "separated");
  }
}

}  // namespace farrell::regression
