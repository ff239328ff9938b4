#include "services/regression/engine/vcov/cr2.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <utility>

#include "common/numeric/distributions.h"
#include "services/regression/engine/vcov/cluster_basis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cells of a basis with crossed columns, 400 MB.
constexpr double kMaxCells = 5e7;

// A pivot or an eigenvalue below this share of the largest is zero.
constexpr double kRank = 1e-12;

// Side of the matrix of moments, 70 MB.
constexpr Index kMaxMoments = 3000;

// sum_gh [(tr Z_gh)^2 + tr(Z_gh Z_gh)] for Z_gh = [g=h] D_g - U_g'U_h, over pairs of clusters. 0 when stopped, as
// below.
double SumOverPairs(const std::vector<MatrixXd>& squares, const std::vector<MatrixXd>& shadows,
                    const std::stop_token& stop) {
  double sum = 0.0;
  const auto add = [&sum](const MatrixXd& z, double times) {
    const double trace = z.trace();
    sum += times * (trace * trace + (z * z).trace());
  };
  for (std::size_t g = 0; g < squares.size(); ++g) {
    if (stop.stop_requested()) return 0.0;
    add(squares[g] - shadows[g].transpose() * shadows[g], 1.0);
    for (std::size_t h = 0; h < g; ++h) add(-(shadows[g].transpose() * shadows[h]), 2.0);
  }
  return sum;
}

// The same in time that is linear in the clusters: with M the sum over g of vec(U_g) vec(U_g)', of blocks M_ij,
//   sum_gh (tr U_g'U_h)^2 = sum_ij |M_ij|^2,   sum_gh tr(U_g'U_h U_g'U_h) = sum_ij tr(M_ij M_ij).
double SumByMoments(const std::vector<MatrixXd>& squares, const std::vector<MatrixXd>& shadows,
                    const std::stop_token& stop) {
  const Index width = shadows[0].rows();
  const Index q = shadows[0].cols();
  MatrixXd moments = MatrixXd::Zero(width * q, width * q);
  double sum = 0.0;
  for (std::size_t g = 0; g < squares.size(); ++g) {
    if (stop.stop_requested()) return 0.0;
    const Eigen::Map<const VectorXd> stacked(shadows[g].data(), width * q);
    moments.noalias() += stacked * stacked.transpose();
    const MatrixXd own = shadows[g].transpose() * shadows[g];
    const MatrixXd z = squares[g] - own;
    sum += z.trace() * z.trace() + (z * z).trace() - own.trace() * own.trace() - (own * own).trace();
  }
  for (Index i = 0; i < q; ++i) {
    for (Index j = 0; j < q; ++j) {
      const MatrixXd block = moments.block(i * width, j * width, width, width);
      sum += block.squaredNorm() + block.cwiseProduct(block.transpose()).sum();
    }
  }
  return sum;
}

}  // namespace

Result<BiasReduced> BiasReduced::Make(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop) {
  const Index crossed = CrossedColumns(fitted, clusters);
  const Index slopes = fitted.parameters();
  if (crossed > 0 && static_cast<double>(crossed + slopes) * static_cast<double>(fitted.observations()) > kMaxCells) {
    return FailedPrecondition("TOO_MANY_LEVELS", "cr2 needs the " + std::to_string(crossed) +
                                                     " levels that are not nested in " + clusters.name +
                                                     " as columns, which take more than 400 MB; use cr1 or cr3");
  }
  FARRELL_ASSIGN_OR_RETURN(const ClusterBasis basis, ClusterBasis::Make(fitted, clusters, stop));
  BiasReduced result;
  result.stop_ = stop;
  result.coefficients_ = fitted.solution.coefficients;
  result.r_ = fitted.solution.r;
  result.meat_ = MatrixXd::Zero(slopes, slopes);
  const std::vector<std::vector<Index>> members = RowsByCluster(clusters);
  for (std::size_t g = 0; g < members.size(); ++g) {
    if (stop.stop_requested()) return Cancelled();
    const ClusterBlock block(basis.q()(members[g], Eigen::all), slopes);
    const MatrixXd w = block.Reduced();
    const VectorXd score = w.transpose() * fitted.solution.residuals(members[g]);
    result.meat_.noalias() += score * score.transpose();
    result.squares_.emplace_back(w.transpose() * w);
    result.shadows_.emplace_back(block.q().transpose() * w);
    if (block.LosesSlope()) result.unidentified_.push_back(static_cast<std::int32_t>(g));
  }
  return result;
}

std::optional<double> BiasReduced::DegreesOfFreedom(const MatrixXd& restrictions) const {
  const Index q = restrictions.rows();
  const std::size_t count = squares_.size();
  std::vector<MatrixXd> squares(count);
  std::vector<MatrixXd> shadows(count);
  MatrixXd omega = MatrixXd::Zero(q, q);
  for (std::size_t g = 0; g < count; ++g) {
    squares[g] = restrictions * squares_[g] * restrictions.transpose();
    shadows[g] = shadows_[g] * restrictions.transpose();
    omega += squares[g] - shadows[g].transpose() * shadows[g];
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(omega);
  // The rows are orthonormal, so that Omega is near the identity unless a generalised inverse took part.
  if (!(eigen.eigenvalues()(0) > kRank)) return std::nullopt;
  const MatrixXd root = eigen.eigenvectors() * eigen.eigenvalues().cwiseSqrt().cwiseInverse().asDiagonal() *
                        eigen.eigenvectors().transpose();
  for (std::size_t g = 0; g < count; ++g) {
    squares[g] = root * squares[g] * root;
    shadows[g] = shadows[g] * root;
  }
  const Index width = shadows[0].rows();
  const bool moments = width < static_cast<Index>(count) && width * q <= kMaxMoments;
  const double sum = moments ? SumByMoments(squares, shadows, stop_) : SumOverPairs(squares, shadows, stop_);
  if (!(sum > 0.0)) return std::nullopt;
  return static_cast<double>(q * (q + 1)) / sum;
}

std::optional<JointTest> BiasReduced::Test(const MatrixXd& restrictions, const VectorXd& values) const {
  const Index q = restrictions.rows();
  if (q == 0 || q > coefficients_.size()) return std::nullopt;
  // L = R_restrictions R^-1 = T'P with orthonormal rows P: the test does not depend on T, and is better conditioned
  // without it.
  const MatrixXd rotated = r_.transpose().triangularView<Eigen::Lower>().solve(restrictions.transpose());
  const Eigen::HouseholderQR<MatrixXd> decomposition(rotated);
  const MatrixXd t = decomposition.matrixQR().topRows(q).triangularView<Eigen::Upper>();
  const VectorXd pivots = t.diagonal().cwiseAbs();
  if (!(pivots.minCoeff() > kRank * pivots.maxCoeff())) return std::nullopt;
  const MatrixXd p = (decomposition.householderQ() * MatrixXd::Identity(rotated.rows(), q)).transpose();
  const VectorXd gap = restrictions * coefficients_ - values;
  const VectorXd distance = t.transpose().triangularView<Eigen::Lower>().solve(gap);
  const auto wald = WaldTest(distance, p * meat_ * p.transpose(), static_cast<double>(squares_.size()));
  const std::optional<double> eta = DegreesOfFreedom(p);
  const auto count = static_cast<double>(q);
  if (!wald || !eta || !(*eta - count + 1.0 > 0.0)) return std::nullopt;
  JointTest test;
  test.df1 = count;
  test.df2 = *eta - count + 1.0;
  // The F of Wald's test is Q/q.
  test.statistic = test.df2 / *eta * wald->statistic;
  test.p_value = numeric::FSurvival(test.statistic, test.df1, test.df2);
  test.distribution = "HTZ";
  return test;
}

}  // namespace farrell::regression
