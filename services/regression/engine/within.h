// Effects absorbed: the projection of columns on the complement of all dummies of one or more effects.
//
// One effect: group means. Two and more: the effect with most levels is eliminated, and the normal equations of the
// rest, the Schur complement S = sum_rows u u' - sum_a n_a ubar_a ubar_a' (u the indicators of the other effects, a the
// levels of the largest one), are factorised once; levels that add nothing are left out (with two effects one a
// connected component, Abowd, Creecy & Kramarz 2002; with more, by the size of the pivot). Balanced two-way panels have
// the closed form. Every projection is done twice, so that what remains in the space of the dummies is rounding only.
// With more than kMaxDenseLevels levels beside the largest effect, conjugate gradients on the same equations replace
// the factorisation; if they do not reach rounding error the result is an error, never a warning.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

inline constexpr Eigen::Index kMaxDenseLevels = 2500;

class Within {
 public:
  // No effects: the identity.
  Within() = default;
  // All effects have `rows` ids; there may be none. With weights the projection is that of weighted least squares in
  // weighted coordinates: columns given to Demean, and the dummies, have their rows multiplied by sqrt(weight).
  static Within Make(const std::vector<Effect>& effects, std::size_t rows, const Eigen::VectorXd& weights = {});

  bool empty() const { return effects_.empty(); }
  // Dummies in all, and those that are linear combinations of others.
  std::int64_t level_count() const { return level_count_; }
  std::int64_t redundant_count() const { return redundant_count_; }

  // Replaces every column by its residual on all dummies. Rows must equal those of the effects.
  // FAILED_PRECONDITION, reason NOT_CONVERGED. CANCELLED.
  Status Demean(Eigen::Ref<Eigen::MatrixXd> columns, const std::stop_token& stop = {}) const;

  // One vector an effect, in the order given: the dummies' coefficients in a regression of v on them. The first effect
  // carries the mean, every later one has mean zero over its levels.
  Result<std::vector<Eigen::VectorXd>> Coefficients(const Eigen::VectorXd& v) const;

  // Diagonal of the projection on the dummies. FAILED_PRECONDITION, reason TOO_MANY_LEVELS, beyond kMaxDenseLevels.
  Result<Eigen::VectorXd> Leverage() const;

 private:
  void Factorise();
  void FindRedundantPair();
  // Coefficients of the minor levels for a column whose major means are already taken out. Defects below `floor` count
  // as none.
  bool SolveMinor(const Eigen::VectorXd& totals, double floor, const std::stop_token& stop,
                  Eigen::VectorXd& solution) const;
  Eigen::VectorXd MajorMeans(const Eigen::Ref<const Eigen::VectorXd>& column) const;
  Eigen::VectorXd MinorTotals(const Eigen::Ref<const Eigen::VectorXd>& column) const;
  Eigen::VectorXd ApplySchur(const Eigen::VectorXd& z) const;

  std::vector<Levels> effects_;
  std::size_t rows_ = 0;
  std::int64_t level_count_ = 0;
  std::int64_t redundant_count_ = 0;
  // Effect with most levels; the others are the minor ones, their levels numbered through.
  std::size_t major_ = 0;
  std::vector<std::size_t> minors_;
  std::vector<Eigen::Index> minor_offset_;
  Eigen::Index minor_levels_ = 0;
  Eigen::VectorXd major_count_;
  Eigen::VectorXd minor_count_;
  bool balanced_ = false;
  bool dense_ = true;
  // Minor levels that are not redundant, and the factorised Schur complement over them.
  std::vector<Eigen::Index> kept_;
  Eigen::LLT<Eigen::MatrixXd> schur_;
};

}  // namespace farrell::regression
