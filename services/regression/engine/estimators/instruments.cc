#include "services/regression/engine/estimators/instruments.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kExact = 10.0 * std::numeric_limits<double>::epsilon();

VectorXd ColumnNorms(const MatrixXd& x) {
  VectorXd norms(x.cols());
  for (Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  return norms;
}

// v less its part in the span of the orthonormal columns of q, twice so that rounding alone is left of it.
MatrixXd Residual(const MatrixXd& q, MatrixXd v) {
  for (int pass = 0; pass < 2; ++pass) v -= q * (q.transpose() * v);
  return v;
}

class KClass {
 public:
  KClass(Design design, Estimator kind, const Environment& environment) : kind_(kind), environment_(environment) {
    fitted_.design = std::move(design);
  }

  Result<Fitted> Run() {
    FARRELL_RETURN_IF_ERROR(TakeOutEffects());
    ChooseRegressors();
    FARRELL_RETURN_IF_ERROR(ChooseInstruments());
    if (environment_.stop.stop_requested()) return Cancelled();
    if (kind_ == Estimator::kLiml && design().z.cols() > static_cast<Index>(endogenous_.size())) FindKappa();
    FARRELL_RETURN_IF_ERROR(Solve());
    fitted_.estimator.kind = kind_;
    fitted_.residual_df = static_cast<std::int64_t>(design().rows.size()) -
                          static_cast<std::int64_t>(fitted_.parameters()) -
                          (fitted_.within.level_count() - fitted_.within.redundant_count());
    return std::move(fitted_);
  }

 private:
  Design& design() { return fitted_.design; }

  Status TakeOutEffects() {
    fitted_.within = Within::Make(design().effects, design().rows.size(), design().weights, environment_);
    x_ = design().x;
    z_ = design().z;
    MatrixXd y = design().y;
    std::vector<double*> columns;
    for (MatrixXd* part : {&x_, &z_, &y}) {
      WeightRows(*part, design().weights);
      for (Index c = 0; c < part->cols(); ++c) columns.push_back(part->col(c).data());
    }
    x_norms_ = ColumnNorms(x_);
    z_norms_ = ColumnNorms(z_);
    y_length_ = y.norm();
    if (!fitted_.within.empty()) {
      fitted_.convergence.emplace();
      FARRELL_RETURN_IF_ERROR(fitted_.within.Demean(columns, environment_, &*fitted_.convergence));
    }
    fitted_.y_within = y.col(0);
    return Status::Ok();
  }

  bool IsEndogenous(Index column) {
    const auto& list = design().endogenous;
    return std::find(list.begin(), list.end(), column) != list.end();
  }

  // Columns of x that are not collinear, those of the exogenous before those of the endogenous.
  void ChooseRegressors() {
    std::vector<Index> order;
    for (const bool endogenous : {false, true}) {
      for (Index c = 0; c < x_.cols(); ++c) {
        if (IsEndogenous(c) == endogenous) order.push_back(c);
      }
    }
    const LeastSquares solved =
        SolveLeastSquares(x_(Eigen::all, order), fitted_.y_within, x_norms_(order), environment_);
    for (const Index position : solved.kept) kept_.push_back(order[static_cast<std::size_t>(position)]);
    std::sort(kept_.begin(), kept_.end());
    for (const Index c : kept_) (IsEndogenous(c) ? endogenous_ : exogenous_).push_back(c);
    fitted_.x_within = x_(Eigen::all, kept_);
  }

  Status ChooseInstruments() {
    const auto included = static_cast<Index>(exogenous_.size());
    MatrixXd all(x_.rows(), included + z_.cols());
    all << x_(Eigen::all, exogenous_), z_;
    VectorXd norms(all.cols());
    norms << x_norms_(exogenous_), z_norms_;
    const LeastSquares solved = SolveLeastSquares(all, fitted_.y_within, norms, environment_);
    basis_ = solved.q;
    included_ = included;
    std::vector<Index> used;
    for (const Index position : solved.kept) {
      if (position >= included) used.push_back(position - included);
    }
    std::vector<std::string> names;
    for (Index c = 0; c < z_.cols(); ++c) {
      const bool keep = std::find(used.begin(), used.end(), c) != used.end();
      (keep ? names : fitted_.collinear_instruments).push_back(design().instrument_names[static_cast<std::size_t>(c)]);
    }
    design().z = design().z(Eigen::all, used).eval();
    design().instrument_names = std::move(names);
    if (used.size() >= endogenous_.size()) return Status::Ok();
    std::string message = Counts() + "; name more instruments";
    if (!fitted_.collinear_instruments.empty()) {
      message += " (collinear:";
      for (const std::string& name : fitted_.collinear_instruments) message += " " + name;
      message += ")";
    }
    return FailedPrecondition("NOT_IDENTIFIED", message);
  }

  std::string Counts() {
    return "the model is not identified: " + std::to_string(endogenous_.size()) + " endogenous regressors and " +
           std::to_string(design().z.cols()) + " instruments that are not collinear";
  }

  // 1 / k is the largest eigenvalue of Y'MY relative to Y'M_1 Y, Y = [y, endogenous], M_1 the exogenous columns taken
  // out. Where those make y an exact function of the endogenous columns every k-class estimator finds it, and k
  // stays 1.
  void FindKappa() {
    MatrixXd outcomes(x_.rows(), static_cast<Index>(endogenous_.size()) + 1);
    outcomes << fitted_.y_within, x_(Eigen::all, endogenous_);
    const VectorXd norms = ColumnNorms(outcomes);
    const MatrixXd reduced = Residual(basis_.leftCols(included_), outcomes);
    const LeastSquares solved = SolveLeastSquares(reduced, fitted_.y_within, norms, environment_);
    if (solved.kept.size() < static_cast<std::size_t>(outcomes.cols())) return;
    const MatrixXd rest = Residual(basis_, outcomes);
    const MatrixXd scaled = solved.r.transpose().triangularView<Eigen::Lower>().solve(rest.transpose()).transpose();
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(scaled.transpose() * scaled, Eigen::EigenvaluesOnly);
    const double largest = eigen.eigenvalues().maxCoeff();
    if (largest > 0.0 && largest < 1.0) fitted_.kappa = 1.0 / largest;
  }

  Status Solve() {
    const MatrixXd& x = fitted_.x_within;
    const MatrixXd rest = Residual(basis_, x);
    MatrixXd projected = x - rest;
    // Exogenous columns are their own projections.
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      if (!IsEndogenous(kept_[k])) projected.col(static_cast<Index>(k)) = x.col(static_cast<Index>(k));
    }
    LeastSquares solution = SolveLeastSquares(projected, fitted_.y_within, x_norms_(kept_), environment_);
    if (solution.kept.size() < kept_.size()) {
      return FailedPrecondition("NOT_IDENTIFIED",
                                Counts() + ", whose projections on the instruments are collinear (rank " +
                                    std::to_string(solution.kept.size()) + " of " + std::to_string(kept_.size()) + ")");
    }
    if (fitted_.kappa > 1.0) {
      // R'R = R_0'(I - (k - 1) R_0^-T X'MX R_0^-1) R_0, R_0 that of two-stage least squares.
      const MatrixXd scaled = solution.r.transpose().triangularView<Eigen::Lower>().solve(rest.transpose());
      MatrixXd inner = -(fitted_.kappa - 1.0) * (scaled * scaled.transpose());
      inner.diagonal().array() += 1.0;
      const Eigen::LLT<MatrixXd> factor(inner);
      if (factor.info() != Eigen::Success) {
        return FailedPrecondition("NOT_IDENTIFIED", Counts() + ", too weak for liml");
      }
      const MatrixXd upper = factor.matrixU();
      solution.r = (upper * solution.r).eval();
      const MatrixXd instruments = projected - (fitted_.kappa - 1.0) * rest;
      solution.q = solution.r.transpose().triangularView<Eigen::Lower>().solve(instruments.transpose()).transpose();
      solution.coefficients.setZero();
    }
    // The equations Q'(y - X b) = 0 solved again for what rounding left of them.
    constexpr int kRefinements = 3;
    for (int step = 0; step < kRefinements; ++step) {
      solution.residuals = fitted_.y_within - x * solution.coefficients;
      solution.coefficients +=
          solution.r.triangularView<Eigen::Upper>().solve(solution.q.transpose() * solution.residuals);
    }
    solution.residuals = fitted_.y_within - x * solution.coefficients;
    if (solution.residuals.norm() <= kExact * y_length_) solution.residuals.setZero();
    solution.kept = kept_;
    fitted_.solution = std::move(solution);
    return Status::Ok();
  }

  Estimator kind_;
  const Environment& environment_;
  Fitted fitted_;
  // Effects taken out, in weighted coordinates.
  MatrixXd x_;
  MatrixXd z_;
  VectorXd x_norms_;
  VectorXd z_norms_;
  double y_length_ = 0.0;
  // Columns of x that are estimated, and which of them are which.
  std::vector<Index> kept_;
  std::vector<Index> endogenous_;
  std::vector<Index> exogenous_;
  // Orthonormal basis of exogenous columns (the first `included_`) and instruments.
  MatrixXd basis_;
  Index included_ = 0;
};

}  // namespace

Result<Fitted> EstimateInstruments(Design design, Estimator kind, const Environment& environment) {
  return KClass(std::move(design), kind, environment).Run();
}

}  // namespace farrell::regression
