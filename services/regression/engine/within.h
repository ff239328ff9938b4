// Effects absorbed: the projection of columns on the complement of everything that one or more effects span, dummies
// and slopes.
//
// The effect with most directions is eliminated level by level; the normal equations of the rest, its Schur complement,
// are solved in closed form (balanced two-way panels), by a dense or sparse factor, or by preconditioned conjugate
// gradients where a factor would fill (within/schur.h). Directions that add nothing are left out: with two effects one
// dummy a connected component (Abowd, Creecy & Kramarz 2002), otherwise by the size of the pivot. What remains in the
// span is measured after every projection, and taken out again until it is rounding; if it does not get there the
// result is an error, never a warning. Results are the same bits for any number of threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/convergence.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/environment.h"

namespace farrell::regression {

// Directions beside the largest effect up to which leverages are computed.
inline constexpr Eigen::Index kMaxDenseLevels = 2500;

// Copies share their state.
class Within {
 public:
  // No effects: the identity.
  Within() = default;
  // All effects have `rows` ids and slopes of that length; there may be none. With weights (positive) the projection is
  // that of weighted least squares in weighted coordinates: columns given to Demean, and dummies and slopes, have their
  // rows multiplied by sqrt(weight); slopes are given without it. When stopped, every later call is CANCELLED.
  static Within Make(const std::vector<Effect>& effects, std::size_t rows, const Eigen::VectorXd& weights = {},
                     const Environment& environment = {});

  bool empty() const { return state_ == nullptr; }
  // Dummies and slopes in all, and those that are linear combinations of others. Exact, except that with three and more
  // effects beyond kMaxDenseLevels that fill (or slopes there) only combinations of two effects are counted.
  std::int64_t level_count() const;
  std::int64_t redundant_count() const;

  // Replaces every column by its residual. Rows must equal those of the effects.
  // FAILED_PRECONDITION, reason NOT_CONVERGED. CANCELLED.
  Status Demean(Eigen::Ref<Eigen::MatrixXd> columns, const std::stop_token& stop = {}) const;
  // The same for columns anywhere, in pieces of environment.parallel. `convergence`, where given: the method, most
  // steps of a column, and the largest |D'v| / |v| of its results v, D an orthonormal basis of every effect (relative
  // to the column as given where nothing but rounding is left of it).
  Status Demean(const std::vector<double*>& columns, const Environment& environment,
                Convergence* convergence = nullptr) const;

  // One vector an effect, in the order given: the coefficients in a regression of v on dummies and slopes, first those
  // of the dummies (one a level), then those of every slope (one a level); 0 where left out. With weights v is in
  // weighted coordinates. The first effect with dummies carries the mean, dummies of every later one have mean zero
  // over its levels. Errors of Demean.
  Result<std::vector<Eigen::VectorXd>> Coefficients(const Eigen::VectorXd& v) const;

  // Diagonal of the projection on the effects. FAILED_PRECONDITION, reason TOO_MANY_LEVELS, beyond kMaxDenseLevels.
  Result<Eigen::VectorXd> Leverage() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace farrell::regression
