// Likelihoods whose rows depend on an index m = x'b and perhaps one common scale.
//
// Tobit and truncated regression in Olsen's (1978) parameters: gamma = beta / sigma and theta = 1 / sigma, so that
// m = x'gamma is the standardised mean. Fractional responses have the index alone.
#pragma once

#include <Eigen/Core>
#include <limits>
#include <stop_token>
#include <utility>

#include "services/regression/engine/likelihood/newton.h"

namespace farrell::regression {

// One row's log-likelihood, its first derivatives, and minus its second derivatives.
struct RowTerms {
  double value = 0.0;
  double index = 0.0;
  double scale = 0.0;
  double index2 = 0.0;
  double cross = 0.0;
  double scale2 = 0.0;
};

// Kernel: `bool Prepare(double theta)`, false outside the domain, then `RowTerms operator()(Index row, double m) const`
// for every row. Parameters: one a column of x, then theta where `has_scale`.
template <class Kernel>
class IndexObjective final : public Objective {
 public:
  // x is referred to, not copied. Weights may be empty. `exponential_family`: the information is that of the
  // exponential family with natural parameters (theta gamma, theta^2), which is positive definite everywhere and equals
  // minus the Hessian at the maximum: I = -H + sum_k g_k (second derivatives of natural parameter k).
  IndexObjective(const Eigen::MatrixXd& x, const Eigen::VectorXd& weights, bool has_scale, bool exponential_family,
                 Kernel kernel, std::stop_token stop)
      : x_(x),
        weights_(weights),
        has_scale_(has_scale),
        exponential_family_(exponential_family),
        kernel_(std::move(kernel)),
        stop_(std::move(stop)),
        index_(x.rows()),
        index_score_(x.rows()),
        scale_score_(has_scale ? x.rows() : 0),
        cross_(has_scale ? x.rows() : 0),
        rooted_(x.rows(), x.cols()) {}

  double Evaluate(const Eigen::VectorXd& at, Eigen::VectorXd& gradient, Eigen::MatrixXd& information) override {
    constexpr Eigen::Index kRowsBetweenStops = 4096;
    const Eigen::Index columns = x_.cols();
    const double theta = has_scale_ ? at(columns) : 1.0;
    if (!at.allFinite() || !kernel_.Prepare(theta)) return -std::numeric_limits<double>::infinity();
    index_.noalias() = x_ * at.head(columns);
    double value = 0.0;
    double scale = 0.0;
    double scale2 = 0.0;
    // The square root of minus the second derivative stands in index_ once the index is used.
    for (Eigen::Index row = 0; row < x_.rows(); ++row) {
      if (row % kRowsBetweenStops == 0 && stop_.stop_requested()) return 0.0;
      const RowTerms terms = kernel_(row, index_(row));
      const double weight = weights_.size() > 0 ? weights_(row) : 1.0;
      value += weight * terms.value;
      index_score_(row) = weight * terms.index;
      index_(row) = std::sqrt(std::max(0.0, weight * terms.index2));
      if (has_scale_) {
        scale_score_(row) = weight * terms.scale;
        cross_(row) = weight * terms.cross;
        scale += weight * terms.scale;
        scale2 += weight * terms.scale2;
      }
    }
    gradient.head(columns).noalias() = x_.transpose() * index_score_;
    rooted_.noalias() = index_.asDiagonal() * x_;
    information.setZero();
    information.topLeftCorner(columns, columns)
        .template selfadjointView<Eigen::Lower>()
        .rankUpdate(rooted_.transpose());
    if (has_scale_) {
      gradient(columns) = scale;
      information.row(columns).head(columns).noalias() = (x_.transpose() * cross_).transpose();
      information(columns, columns) = scale2;
      if (exponential_family_) {
        information.row(columns).head(columns) += gradient.head(columns).transpose() / theta;
        information(columns, columns) += (scale - at.head(columns).dot(gradient.head(columns)) / theta) / theta;
      }
    }
    information.template triangularView<Eigen::StrictlyUpper>() = information.transpose();
    return value;
  }

  // Of the last evaluation: derivatives of every row with respect to the parameters, weights in them.
  Eigen::MatrixXd Scores() const {
    Eigen::MatrixXd scores(x_.rows(), x_.cols() + (has_scale_ ? 1 : 0));
    scores.leftCols(x_.cols()) = index_score_.asDiagonal() * x_;
    if (has_scale_) scores.rightCols(1) = scale_score_;
    return scores;
  }

 private:
  const Eigen::MatrixXd& x_;
  const Eigen::VectorXd& weights_;
  bool has_scale_;
  bool exponential_family_;
  Kernel kernel_;
  std::stop_token stop_;
  Eigen::VectorXd index_;
  Eigen::VectorXd index_score_;
  Eigen::VectorXd scale_score_;
  Eigen::VectorXd cross_;
  Eigen::MatrixXd rooted_;
};

}  // namespace farrell::regression
