#include "services/regression/engine/cluster_diagnostics.h"

#include <cmath>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Sums of squares below this share of the largest possible are what rounding leaves of sums that cancel.
constexpr double kCancelled = 1e-24;

// Sums of the rows of every cluster: G x columns.
MatrixXd ClusterSums(const MatrixXd& columns, const Levels& clusters) {
  MatrixXd sums = MatrixXd::Zero(static_cast<Index>(clusters.count()), columns.cols());
  for (Index row = 0; row < columns.rows(); ++row) {
    sums.row(clusters.ids[static_cast<std::size_t>(row)]) += columns.row(row);
  }
  return sums;
}

}  // namespace

VectorXd EffectiveClusters(const Fitted& fitted, const Levels& clusters, double rho) {
  const MatrixXd weights = fitted.solution.Weights();
  const MatrixXd squares = ClusterSums(weights.cwiseAbs2(), clusters);
  const MatrixXd totals = ClusterSums(weights, clusters).cwiseAbs2();
  const auto count = static_cast<double>(clusters.count());
  VectorXd effective = VectorXd::Zero(weights.cols());
  for (Index j = 0; j < weights.cols(); ++j) {
    VectorXd gamma = (1.0 - rho) * squares.col(j);
    // Zero but for rounding where effects are nested in the clusters.
    const double most = static_cast<double>(weights.rows()) * squares.col(j).sum();
    if (totals.col(j).sum() > kCancelled * most) gamma += rho * totals.col(j);
    const double mean = gamma.mean();
    if (!(mean > 0.0)) continue;
    effective(j) = count / (1.0 + (gamma.array() / mean - 1.0).square().mean());
  }
  return effective;
}

Result<ClusterDiagnostics> DiagnoseClusters(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop) {
  if (!IsLeastSquares(fitted.estimator.kind)) {
    return InvalidArgument("ESTIMATOR_INVALID", "leverage and influence of clusters are those of least squares");
  }
  const auto& solution = fitted.solution;
  FARRELL_ASSIGN_OR_RETURN(VectorXd leverage, fitted.within.Leverage());
  if (leverage.size() == 0) leverage = VectorXd::Zero(fitted.observations());
  leverage += solution.q.rowwise().squaredNorm();
  const MatrixXd weights = solution.Weights();
  const MatrixXd shares = ClusterSums(weights.cwiseAbs2(), clusters);
  const MatrixXd traces = ClusterSums(leverage, clusters);
  const MatrixXd counts = ClusterSums(VectorXd::Ones(fitted.observations()), clusters);
  const Eigen::RowVectorXd totals = shares.colwise().sum();
  FARRELL_ASSIGN_OR_RETURN(const Jackknife jackknife, JackknifeScores(fitted, clusters, stop));
  const MatrixXd scores = jackknife.scores.transpose();
  const MatrixXd shifts = solution.r.triangularView<Eigen::Upper>().solve(scores);
  ClusterDiagnostics result;
  for (std::size_t g = 0; g < clusters.count(); ++g) {
    const auto row = static_cast<Index>(g);
    ClusterDiagnostics::Cluster& cluster = result.clusters.emplace_back();
    cluster.label = clusters.labels[g];
    cluster.observations = static_cast<std::int64_t>(counts(row, 0));
    cluster.leverage = traces(row, 0);
    cluster.partial_leverage = shares.row(row).cwiseQuotient(totals).transpose();
    cluster.leave_out = solution.coefficients + shifts.col(row);
  }
  for (const std::int32_t g : jackknife.unidentified) result.clusters[static_cast<std::size_t>(g)].identified = false;
  result.effective = EffectiveClusters(fitted, clusters, 0.0);
  return result;
}

}  // namespace farrell::regression
