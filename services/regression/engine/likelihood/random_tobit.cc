#include "services/regression/engine/likelihood/random_tobit.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "common/numeric/elementary.h"
#include "common/numeric/quadrature.h"
#include "services/regression/engine/likelihood/tobit.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A ratio sigma_u / sigma_e below this is a maximum at zero, reached to rounding.
constexpr double kNoEffect = 1e-5;
// Times that the nodes may be moved before the fit counts as not converged; every time the distance to the maximum
// shrinks by the error of the quadrature.
constexpr int kMaxMoves = 40;
constexpr int kMaxModeSteps = 100;
// A mode this close is close enough to put nodes around it.
constexpr double kModeTolerance = 1e-8;

// The likelihood over nodes that stay where they are, so that it is a finite mixture with exact derivatives.
// Parameters: gamma in the coordinates of q, theta, rho = sigma_u theta.
class UnitMixture final : public Objective {
 public:
  UnitMixture(const VectorXd& y, const MatrixXd& q, const std::vector<std::vector<Index>>& units,
              const VectorXd& unit_weights, const Bounds& bounds, int points, std::stop_token stop)
      : q_(q),
        units_(units),
        unit_weights_(unit_weights),
        kernel_(y, bounds),
        rule_(numeric::GaussHermite(points)),
        stop_(std::move(stop)),
        modes_(VectorXd::Zero(static_cast<Index>(units.size()))),
        spreads_(VectorXd::Ones(static_cast<Index>(units.size()))),
        unit_scores_(static_cast<Index>(units.size()), q.cols() + 2) {}

  // Puts the nodes of every unit around the mode of its integrand at these parameters.
  void MoveNodes(const VectorXd& at) {
    const Index columns = q_.cols();
    const double rho = at(columns + 1);
    if (!kernel_.Prepare(at(columns))) return;
    const VectorXd index = q_ * at.head(columns);
    for (std::size_t unit = 0; unit < units_.size(); ++unit) {
      if (stop_.stop_requested()) return;
      double& mode = modes_(static_cast<Index>(unit));
      double curvature = 1.0;
      for (int step = 0; step < kMaxModeSteps; ++step) {
        double slope = 0.0;
        curvature = 0.0;
        for (const Index row : units_[unit]) {
          const RowTerms terms = kernel_(row, index(row) + rho * mode);
          slope += terms.index;
          curvature += terms.index2;
        }
        curvature = 1.0 + rho * rho * curvature;
        const double move = (rho * slope - mode) / curvature;
        // The curvature of far censored rows grows as the mode approaches them; long steps would overshoot.
        mode += std::clamp(move, -2.0, 2.0);
        if (std::fabs(move) <= kModeTolerance) break;
      }
      spreads_(static_cast<Index>(unit)) = 1.0 / std::sqrt(curvature);
    }
  }

  double Evaluate(const VectorXd& at, VectorXd& gradient, MatrixXd& information) override {
    const Index columns = q_.cols();
    if (!at.allFinite() || !kernel_.Prepare(at(columns))) return -std::numeric_limits<double>::infinity();
    const VectorXd index = q_ * at.head(columns);
    double value = 0.0;
    gradient.setZero();
    information.setZero();
    for (std::size_t unit = 0; unit < units_.size(); ++unit) {
      if (stop_.stop_requested()) return 0.0;
      value += AddUnit(unit, index, at(columns + 1), gradient, information);
    }
    return value;
  }

  // Of the last evaluation: one row a unit, weights in them.
  const MatrixXd& unit_scores() const { return unit_scores_; }

 private:
  double AddUnit(std::size_t unit, const VectorXd& index, double rho, VectorXd& gradient, MatrixXd& information) {
    const std::vector<Index>& rows = units_[unit];
    const auto position = static_cast<Index>(unit);
    const auto periods = static_cast<Index>(rows.size());
    const auto points = static_cast<Index>(rule_.nodes.size());
    const Index columns = q_.cols();
    // By node and row: first derivative by the index; by row: posterior means of minus the second derivatives.
    MatrixXd by_index(points, periods);
    MatrixXd index2(points, periods);
    MatrixXd cross(points, periods);
    VectorXd by_scale = VectorXd::Zero(points);
    VectorXd scale2 = VectorXd::Zero(points);
    VectorXd log_share(points);
    VectorXd nodes(points);
    for (Index k = 0; k < points; ++k) {
      const double z = rule_.nodes[static_cast<std::size_t>(k)];
      const double v = modes_(position) + spreads_(position) * z;
      nodes(k) = v;
      double sum =
          numeric::Log(rule_.weights[static_cast<std::size_t>(k)] * spreads_(position)) + 0.5 * (z - v) * (z + v);
      for (Index t = 0; t < periods; ++t) {
        const Index row = rows[static_cast<std::size_t>(t)];
        const RowTerms terms = kernel_(row, index(row) + rho * v);
        sum += terms.value;
        by_index(k, t) = terms.index;
        index2(k, t) = terms.index2;
        cross(k, t) = terms.cross;
        by_scale(k) += terms.scale;
        scale2(k) += terms.scale2;
      }
      log_share(k) = sum;
    }
    const double highest = log_share.maxCoeff();
    VectorXd share(points);
    for (Index k = 0; k < points; ++k) share(k) = numeric::Exp(log_share(k) - highest);
    const double total = share.sum();
    share /= total;

    MatrixXd x(periods, columns);
    for (Index t = 0; t < periods; ++t) x.row(t) = q_.row(rows[static_cast<std::size_t>(t)]);
    MatrixXd scores(points, columns + 2);
    scores.leftCols(columns).noalias() = by_index * x;
    scores.col(columns) = by_scale;
    scores.col(columns + 1) = nodes.cwiseProduct(by_index.rowwise().sum());
    const VectorXd mean = scores.transpose() * share;
    const MatrixXd centred = share.cwiseSqrt().asDiagonal() * (scores.rowwise() - mean.transpose());

    const double weight = unit_weights_.size() > 0 ? unit_weights_(position) : 1.0;
    const VectorXd node_share = nodes.cwiseProduct(share);
    const VectorXd mean_index2 = index2.transpose() * share;
    const VectorXd mean_cross = cross.transpose() * share;
    const VectorXd node_index2 = index2.transpose() * node_share;
    information.topLeftCorner(columns, columns).noalias() += weight * (x.transpose() * mean_index2.asDiagonal() * x);
    const VectorXd with_theta = weight * (x.transpose() * mean_cross);
    const VectorXd with_rho = weight * (x.transpose() * node_index2);
    information.col(columns).head(columns) += with_theta;
    information.row(columns).head(columns) += with_theta.transpose();
    information.col(columns + 1).head(columns) += with_rho;
    information.row(columns + 1).head(columns) += with_rho.transpose();
    information(columns, columns) += weight * scale2.dot(share);
    const double theta_rho = weight * cross.rowwise().sum().dot(node_share);
    information(columns, columns + 1) += theta_rho;
    information(columns + 1, columns) += theta_rho;
    information(columns + 1, columns + 1) += weight * index2.rowwise().sum().dot(node_share.cwiseProduct(nodes));
    information.noalias() -= weight * (centred.transpose() * centred);
    gradient += weight * mean;
    unit_scores_.row(position) = weight * mean.transpose();
    return weight * (highest + numeric::Log(total));
  }

  const MatrixXd& q_;
  const std::vector<std::vector<Index>>& units_;
  const VectorXd& unit_weights_;
  TobitKernel kernel_;
  numeric::GaussHermiteRule rule_;
  std::stop_token stop_;
  VectorXd modes_;
  VectorXd spreads_;
  MatrixXd unit_scores_;
};

Status WeightsVary(const std::string& unit) {
  return InvalidArgument("ESTIMATOR_INVALID", "weights with unit effects")
      .WithViolations({{"weights", "with unit effects the weights must not vary within a unit, as they do in " + unit +
                                       "; use a weight a unit, or leave out unit_effects"}});
}

// The pooled model, its scores gathered by unit.
RandomTobitFit WithoutEffects(const LocationScaleFit& pooled, const std::vector<std::vector<Index>>& units,
                              int iterations, double decrement) {
  RandomTobitFit fit;
  fit.coefficients = pooled.coefficients;
  fit.sigma_e = pooled.sigma;
  fit.log_likelihood = pooled.log_likelihood;
  fit.root = pooled.root;
  fit.scores = MatrixXd::Zero(pooled.scores.rows(), pooled.scores.cols());
  for (const std::vector<Index>& rows : units) {
    for (const Index row : rows) fit.scores.row(rows.front()) += pooled.scores.row(row);
  }
  fit.iterations = iterations;
  fit.decrement = decrement;
  return fit;
}

}  // namespace

Result<std::optional<RandomTobitFit>> FitRandomTobit(const Design& design, const LikelihoodColumns& columns,
                                                     const Bounds& bounds, const LocationScaleFit& pooled, int points,
                                                     const std::stop_token& stop) {
  std::vector<std::vector<Index>> units(design.units.count());
  for (std::size_t row = 0; row < design.units.ids.size(); ++row) {
    units[static_cast<std::size_t>(design.units.ids[row])].push_back(static_cast<Index>(row));
  }
  const bool repeated = std::any_of(units.begin(), units.end(), [](const auto& rows) { return rows.size() > 1; });
  if (!repeated) {
    return FailedPrecondition("NOT_IDENTIFIED",
                              "no unit has two rows, so that unit effects cannot be told from the errors; leave out "
                              "unit_effects");
  }
  VectorXd unit_weights;
  if (columns.weights.size() > 0) {
    unit_weights.resize(static_cast<Index>(units.size()));
    for (std::size_t unit = 0; unit < units.size(); ++unit) {
      const double weight = columns.weights(units[unit].front());
      for (const Index row : units[unit]) {
        if (columns.weights(row) != weight) return WeightsVary(design.units.labels[unit]);
      }
      unit_weights(static_cast<Index>(unit)) = weight;
    }
  }
  const Index estimated = columns.q.cols();
  UnitMixture mixture(design.y, columns.q, units, unit_weights, bounds, points, stop);
  // Half of the pooled variance to either part.
  const double theta = std::sqrt(2.0) / pooled.sigma;
  VectorXd at(estimated + 2);
  at.head(estimated) = columns.r.triangularView<Eigen::Upper>() * pooled.coefficients;
  at.head(estimated) *= theta;
  at.tail(2) << theta, 1.0;
  Maximum maximum;
  int iterations = 0;
  bool settled = false;
  for (int move = 0; move < kMaxMoves && !settled; ++move) {
    mixture.MoveNodes(at);
    FARRELL_ASSIGN_OR_RETURN(maximum, Maximise(mixture, at, NewtonOptions{}, stop));
    if (!maximum.converged) return std::optional<RandomTobitFit>();
    iterations += maximum.iterations;
    settled = maximum.iterations == 0;
    at = maximum.at;
  }
  if (!settled) return std::optional<RandomTobitFit>();
  const double rho = at(estimated + 1);
  if (std::fabs(rho) < kNoEffect) {
    return std::optional(WithoutEffects(pooled, units, iterations, maximum.decrement));
  }
  RandomTobitFit fit;
  fit.sigma_e = 1.0 / at(estimated);
  fit.sigma_u = std::fabs(rho) * fit.sigma_e;
  fit.coefficients = columns.r.triangularView<Eigen::Upper>().solve(at.head(estimated)) * fit.sigma_e;
  fit.log_likelihood = maximum.value;
  fit.iterations = iterations;
  fit.decrement = maximum.decrement;
  // J = d(gamma, theta, rho) / d(b, log sigma_e, log sigma_u).
  MatrixXd jacobian = MatrixXd::Zero(estimated + 2, estimated + 2);
  jacobian.topLeftCorner(estimated, estimated) = at(estimated) * columns.r;
  jacobian.col(estimated) = -at;
  jacobian(estimated + 1, estimated + 1) = rho;
  FARRELL_ASSIGN_OR_RETURN(const MatrixXd root, UpperRoot(maximum.information));
  const MatrixXd product = root.triangularView<Eigen::Upper>() * jacobian;
  fit.root = Eigen::HouseholderQR<MatrixXd>(product).matrixQR().triangularView<Eigen::Upper>();
  const MatrixXd unit_scores = mixture.unit_scores() * jacobian;
  fit.scores = MatrixXd::Zero(design.y.size(), estimated + 2);
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    fit.scores.row(units[unit].front()) = unit_scores.row(static_cast<Index>(unit));
  }
  return std::optional(std::move(fit));
}

}  // namespace farrell::regression
