#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/regression/engine/likelihood/average_effects.h"
#include "services/regression/engine/likelihood/likelihood_estimators.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"
#include "services/regression/engine/likelihood/separation.h"
#include "services/regression/engine/within.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMaxIterations = 200;
constexpr int kMaxHalvings = 50;
// Of the change of the index in standard errors, sqrt(sum w mu (change)^2), all effects included.
constexpr double kTolerance = 1e-11;
// Below this a change that no longer shrinks is rounding.
constexpr double kRoundingChange = 1e-6;
constexpr double kDevianceRounding = 1e-12;

// Iteratively reweighted least squares, which is Newton's method: every step regresses (y - mu) / mu on columns and
// effects with weights w mu.
class PoissonIteration {
 public:
  PoissonIteration(const Design& design, const std::vector<Index>& kept, VectorXd weights,
                   const Environment& environment)
      : design_(design), kept_(kept), weights_(std::move(weights)), environment_(environment) {}

  Status Run() {
    const double mean = weights_.dot(design_.y) / weights_.sum();
    index_.resize(design_.y.size());
    for (Index row = 0; row < index_.size(); ++row) index_(row) = numeric::Log(0.5 * (design_.y(row) + mean));
    SetMeans(index_);
    // The first index is none of columns and effects, so that it belongs to the outcome of the first regression.
    FARRELL_RETURN_IF_ERROR(Regress(true));
    index_ += step_;
    coefficients_ = solution_.coefficients;
    SetMeans(index_);
    double deviance = Deviance();
    double last_change = HUGE_VAL;
    for (iterations_ = 1; iterations_ <= kMaxIterations; ++iterations_) {
      if (!std::isfinite(deviance) || !(means_.minCoeff() > 0.0)) return NotConverged();
      FARRELL_RETURN_IF_ERROR(Regress(false));
      change_ = std::sqrt((weights_.array() * means_.array() * step_.array().square()).sum());
      if (!std::isfinite(change_)) return NotConverged();
      if (change_ <= kTolerance || (change_ <= kRoundingChange && change_ > 0.5 * last_change)) return Status::Ok();
      last_change = change_;
      double length = 1.0;
      const VectorXd from = index_;
      for (int halvings = 0;; ++halvings) {
        index_ = from + length * step_;
        SetMeans(index_);
        if (environment_.stop.stop_requested()) return Cancelled();
        const double next = Deviance();
        if (environment_.stop.stop_requested()) return Cancelled();
        const double slack = change_ <= kRoundingChange ? HUGE_VAL : kDevianceRounding * (1.0 + deviance);
        if (std::isfinite(next) && next <= deviance + slack) {
          deviance = next;
          break;
        }
        if (halvings == kMaxHalvings) return NotConverged();
        length *= 0.5;
      }
      coefficients_ += length * solution_.coefficients;
    }
    return NotConverged();
  }

  // At the maximum: the last regression, its effects, means, and coefficients.
  LeastSquares& solution() { return solution_; }
  Within& within() { return within_; }
  const VectorXd& means() const { return means_; }
  const VectorXd& index() const { return index_; }
  const VectorXd& coefficients() const { return coefficients_; }
  // sum of w mu x over rows, effects taken out of x.
  const VectorXd& mean_slopes() const { return mean_slopes_; }
  int iterations() const { return iterations_; }
  double change() const { return change_; }

 private:
  Status NotConverged() const {
    return FailedPrecondition("NOT_CONVERGED",
                              "the Poisson regression did not reach its maximum in " + std::to_string(iterations_) +
                                  " iterations; rescale the regressors, or leave out those that are nearly collinear");
  }

  void SetMeans(const VectorXd& index) {
    means_.resize(index.size());
    for (Index row = 0; row < index.size(); ++row) means_(row) = numeric::Exp(index(row));
  }

  // 2 sum w [y log(y / mu) - (y - mu)].
  double Deviance() const {
    double sum = 0.0;
    for (Index row = 0; row < means_.size(); ++row) {
      const double y = design_.y(row);
      const double mu = means_(row);
      sum += weights_(row) * ((y > 0.0 ? y * (numeric::Log(y) - index_(row)) : 0.0) - (y - mu));
    }
    return 2.0 * sum;
  }

  Status Regress(bool with_index) {
    if (environment_.stop.stop_requested()) return Cancelled();
    const VectorXd working = weights_.cwiseProduct(means_);
    const VectorXd root = working.cwiseSqrt();
    within_ = Within::Make(design_.effects, design_.rows.size(), working, environment_);
    MatrixXd x(design_.x.rows(), static_cast<Index>(kept_.size()));
    VectorXd norms(x.cols());
    for (Index k = 0; k < x.cols(); ++k) {
      x.col(k) = root.cwiseProduct(design_.x.col(kept_[static_cast<std::size_t>(k)]));
      norms(k) = x.col(k).stableNorm();
    }
    const VectorXd outcome =
        ((design_.y - means_).cwiseQuotient(means_) + (with_index ? index_ : VectorXd::Zero(index_.size())))
            .cwiseProduct(root);
    VectorXd rest = outcome;
    std::vector<double*> columns = {rest.data()};
    for (Index k = 0; k < x.cols(); ++k) columns.push_back(x.col(k).data());
    if (!within_.empty()) FARRELL_RETURN_IF_ERROR(within_.Demean(columns, environment_));
    mean_slopes_ = x.transpose() * root;
    solution_ = SolveLeastSquares(std::move(x), rest, norms, environment_);
    if (environment_.stop.stop_requested()) return Cancelled();
    if (static_cast<std::size_t>(solution_.coefficients.size()) != kept_.size()) {
      return FailedPrecondition("NOT_IDENTIFIED",
                                "a regressor is collinear with others where the fitted means are not negligible; leave "
                                "it out");
    }
    step_ = (outcome - solution_.residuals).cwiseQuotient(root);
    if (with_index) step_ -= index_;
    return Status::Ok();
  }

  const Design& design_;
  const std::vector<Index>& kept_;
  VectorXd weights_;
  const Environment& environment_;
  VectorXd index_;
  VectorXd means_;
  VectorXd coefficients_;
  VectorXd step_;
  VectorXd mean_slopes_;
  LeastSquares solution_;
  Within within_;
  int iterations_ = 0;
  double change_ = 0.0;
};

Status CheckOutcomes(const VectorXd& y) {
  Index negative = 0;
  double first = 0.0;
  for (Index row = y.size(); row-- > 0;) {
    if (y(row) >= 0.0) continue;
    ++negative;
    first = y(row);
  }
  if (negative == 0) return Status::Ok();
  return InvalidArgument("ESTIMATOR_INVALID", "Poisson regression needs outcomes of zero or more")
      .WithViolations({{"formula", std::to_string(negative) + " outcomes are negative, the first is " +
                                       std::to_string(first) + "; use ols or within"}});
}

// Columns that are not collinear with earlier ones and the effects.
Result<std::vector<Index>> KeptColumns(const Design& design, const Environment& environment) {
  const Within within = Within::Make(design.effects, design.rows.size(), {}, environment);
  MatrixXd x = design.x;
  VectorXd norms(x.cols());
  for (Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  FARRELL_RETURN_IF_ERROR(within.Demean(x, environment.stop));
  const VectorXd none = VectorXd::Zero(design.y.size());
  std::vector<Index> kept = SolveLeastSquares(std::move(x), none, norms, environment).kept;
  if (environment.stop.stop_requested()) return Cancelled();
  return kept;
}

}  // namespace

Result<Fitted> EstimatePoisson(Design design, const EstimatorSpec& spec, const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(CheckOutcomes(design.y));
  FARRELL_RETURN_IF_ERROR(DropSeparated(design, environment));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<Index> kept, KeptColumns(design, environment));
  const Index rows = design.y.size();
  const bool weighted = design.weights.size() > 0;
  const VectorXd weights =
      weighted ? VectorXd(design.weights * (static_cast<double>(rows) / design.weights.sum())) : VectorXd::Ones(rows);
  PoissonIteration iteration(design, kept, weights, environment);
  FARRELL_RETURN_IF_ERROR(iteration.Run());

  Fitted fitted;
  fitted.estimator = spec;
  fitted.large_sample = true;
  fitted.within = std::move(iteration.within());
  const VectorXd& means = iteration.means();
  double log_likelihood = 0.0;
  VectorXd score(rows);
  for (Index row = 0; row < rows; ++row) {
    const double y = design.y(row);
    log_likelihood += weights(row) * (y * iteration.index()(row) - means(row) - numeric::LogGamma(y + 1.0));
    score(row) = std::sqrt(weights(row) / means(row)) * (y - means(row));
  }
  fitted.log_likelihood = log_likelihood;
  fitted.convergence = Convergence{"irls", iteration.iterations(), iteration.change()};
  // u_i = R^-T w_i (y_i - mu_i) x_i, and q_i = sqrt(w_i mu_i) R^-T x_i.
  fitted.likelihood_scores = score.asDiagonal() * iteration.solution().q;
  fitted.solution.kept = kept;
  fitted.solution.coefficients = iteration.coefficients();
  fitted.solution.r = std::move(iteration.solution().r);
  fitted.solution.residuals = design.y - means;
  fitted.y_within = design.y;
  if (weighted) {
    fitted.solution.residuals.array() *= design.weights.array().sqrt();
    fitted.y_within.array() *= design.weights.array().sqrt();
  }
  fitted.residual_df = static_cast<std::int64_t>(rows) - static_cast<std::int64_t>(kept.size()) -
                       (fitted.within.level_count() - fitted.within.redundant_count());
  fitted.lower_bound_count = (design.y.array() == 0.0).count();
  fitted.design = std::move(design);
  const double total = weights.sum();
  SetAverageEffects(fitted, weights.dot(means) / total, iteration.mean_slopes() / total, 0);
  return fitted;
}

}  // namespace farrell::regression
