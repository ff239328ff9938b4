#include "services/regression/engine/forecast/ridge_logit.h"

#include <cmath>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/regression/engine/likelihood/fractional.h"
#include "services/regression/engine/likelihood/newton.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Beyond it exp() under- or overflows.
constexpr double kLargestLogOdds = 700.0;

// The log-likelihood less the penalty on all parameters but the first.
class Penalised final : public Objective {
 public:
  Penalised(Objective& likelihood, double penalty) : likelihood_(likelihood), penalty_(penalty) {}

  double Evaluate(const VectorXd& at, VectorXd& gradient, MatrixXd& information) override {
    const double value = likelihood_.Evaluate(at, gradient, information);
    const Index slopes = at.size() - 1;
    gradient.tail(slopes) -= penalty_ * at.tail(slopes);
    information.diagonal().tail(slopes).array() += penalty_;
    return value - 0.5 * penalty_ * at.tail(slopes).squaredNorm();
  }

 private:
  Objective& likelihood_;
  double penalty_;
};

}  // namespace

Standardisation::Standardisation(const MatrixXd& x) : mean(x.colwise().mean()), deviation(x.cols()) {
  for (Index column = 0; column < x.cols(); ++column) {
    const double squares = (x.col(column).array() - mean(column)).square().sum();
    const double sd = std::sqrt(squares / static_cast<double>(x.rows() - 1));
    // What rounding leaves of a constant.
    constexpr double kConstant = 1e-12;
    deviation(column) = sd > kConstant * std::fabs(mean(column)) ? sd : 1.0;
  }
}

MatrixXd Standardisation::Apply(const MatrixXd& x) const {
  return (x.rowwise() - mean.transpose()).array().rowwise() / deviation.transpose().array();
}

VectorXd RidgeLogit::LogOdds(const MatrixXd& x) const {
  return ((x * slopes).array() + intercept).cwiseMax(-kLargestLogOdds).cwiseMin(kLargestLogOdds);
}

VectorXd RidgeLogit::Probabilities(const MatrixXd& x) const {
  VectorXd values = LogOdds(x);
  for (double& value : values) value = Probability(value);
  return values;
}

Result<RidgeLogit> FitRidgeLogit(const MatrixXd& x, const VectorXd& y, const VectorXd& weights, double penalty,
                                 const std::stop_token& stop) {
  const double total = weights.size() > 0 ? weights.sum() : static_cast<double>(y.size());
  const double events = weights.size() > 0 ? weights.dot(y) : y.sum();
  RidgeLogit fit{0.0, VectorXd::Zero(x.cols())};
  if (events <= 0.0 || events >= total) {
    fit.intercept = events <= 0.0 ? -kLargestLogOdds : kLargestLogOdds;
    return fit;
  }
  MatrixXd columns(x.rows(), x.cols() + 1);
  columns << VectorXd::Ones(x.rows()), x;
  IndexObjective<FractionalKernel> likelihood(columns, weights, false, false, FractionalKernel(y, Link::kLogit), stop);
  Penalised objective(likelihood, penalty);
  VectorXd start = VectorXd::Zero(columns.cols());
  start(0) = numeric::Log(events / (total - events));
  FARRELL_ASSIGN_OR_RETURN(const Maximum maximum, Maximise(objective, start, NewtonOptions(), stop));
  if (!maximum.converged) {
    return FailedPrecondition("NOT_CONVERGED", "the penalised logit did not converge; raise the penalty");
  }
  fit.intercept = maximum.at(0);
  fit.slopes = maximum.at.tail(x.cols());
  return fit;
}

double LogScore(double y, double log_odds) {
  const double rest = numeric::Log1p(numeric::Exp(-std::fabs(log_odds)));
  return y * std::fmin(log_odds, 0.0) - (1.0 - y) * std::fmax(log_odds, 0.0) - rest;
}

double Probability(double log_odds) {
  const double e = numeric::Exp(-std::fabs(log_odds));
  return log_odds > 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

}  // namespace farrell::regression
