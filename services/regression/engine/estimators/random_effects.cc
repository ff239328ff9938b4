#include "services/regression/engine/estimators/random_effects.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/estimators/unit_means.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Residuals within units below this share of y are rounding: the regressors reproduce y up to unit effects.
constexpr double kExact = 10.0 * std::numeric_limits<double>::epsilon();

// Variances of the row and of the unit.
struct Variances {
  double row = 0.0;
  double unit = 0.0;
};

VectorXd ColumnNorms(const MatrixXd& x) {
  VectorXd norms(x.cols());
  for (Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  return norms;
}

class Components {
 public:
  Components(const Design& design, RandomEffectsMethod method)
      : design_(design),
        method_(method),
        counts_(LevelCounts(design.units)),
        means_(LevelMeans(design.x, design.units)) {
    balanced_ = counts_.minCoeff() == counts_.maxCoeff();
    units_ = static_cast<double>(counts_.size());
    rows_ = static_cast<double>(design.rows.size());
  }

  Result<Variances> Estimate(const Environment& environment) {
    FARRELL_RETURN_IF_ERROR(FitWithin(environment));
    if (units_ < 2.0 || rows_ <= units_) {
      return NotIdentified("random effects need two units, and one with two rows or more; there are " +
                           std::to_string(counts_.size()) + " units and " + std::to_string(design_.rows.size()) +
                           " rows");
    }
    switch (method_) {
      case RandomEffectsMethod::kSwamyArora:
      case RandomEffectsMethod::kBaltagiChang: return SwamyArora();
      case RandomEffectsMethod::kWallaceHussain: return WallaceHussain();
      case RandomEffectsMethod::kAmemiya: return Amemiya();
      case RandomEffectsMethod::kNerlove: return Nerlove();
    }
    return NotIdentified("unknown method");
  }

 private:
  static Status NotIdentified(std::string text) { return FailedPrecondition("NOT_IDENTIFIED", std::move(text)); }

  Status FitWithin(const Environment& environment) {
    const Within within = Within::Make({{design_.units, {}, {}, true}}, design_.rows.size(), {}, environment);
    MatrixXd x = design_.x;
    VectorXd y = design_.y;
    std::vector<double*> columns = {y.data()};
    for (Index c = 0; c < x.cols(); ++c) columns.push_back(x.col(c).data());
    FARRELL_RETURN_IF_ERROR(within.Demean(columns, environment));
    within_ = SolveLeastSquares(std::move(x), y, ColumnNorms(design_.x), environment);
    if (environment.stop.stop_requested()) return Cancelled();
    rss_within_ = within_.residuals.squaredNorm();
    if (within_.residuals.norm() <= kExact * design_.y.norm()) rss_within_ = 0.0;
    return Status::Ok();
  }

  // RSS_w / (N - n - K_w).
  Result<double> RowVariance() const {
    const double df = rows_ - units_ - static_cast<double>(within_.kept.size());
    if (df > 0.0) return rss_within_ / df;
    return NotIdentified("no degrees of freedom are left within units: " + std::to_string(design_.rows.size()) +
                         " rows, " + std::to_string(counts_.size()) + " units, " + std::to_string(within_.kept.size()) +
                         " coefficients");
  }

  Result<Variances> SwamyArora() const {
    FARRELL_ASSIGN_OR_RETURN(const double row, RowVariance());
    const bool weighted = method_ == RandomEffectsMethod::kBaltagiChang && !balanced_;
    const VectorXd root = weighted ? VectorXd(counts_.cwiseSqrt()) : VectorXd(VectorXd::Ones(counts_.size()));
    const VectorXd y = LevelMeans(design_.y, design_.units);
    const LeastSquares between = SolveLeastSquares(root.asDiagonal() * means_, root.cwiseProduct(y));
    const double df = units_ - static_cast<double>(between.kept.size());
    if (df <= 0.0) {
      return NotIdentified("no degrees of freedom are left between units: " + std::to_string(counts_.size()) +
                           " units, " + std::to_string(between.kept.size()) +
                           " coefficients; use walhus, amemiya or nerlove");
    }
    const double rss = between.residuals.squaredNorm();
    if (!weighted) return Variances{row, rss / df - row * counts_.cwiseInverse().sum() / units_};
    const double repeated = counts_.dot(between.q.rowwise().squaredNorm());
    return Variances{row, (rss - df * row) / (rows_ - repeated)};
  }

  // Sum over rows of the squared unit means of v.
  double BetweenSquares(const VectorXd& v) const {
    return counts_.dot(LevelMeans(v, design_.units).col(0).cwiseAbs2());
  }

  // Balanced panels: no correction for coefficients.
  Variances Plain(double within_squares, double between_squares) const {
    const double row = within_squares / (rows_ - units_);
    return {row, (between_squares - units_ * row) / rows_};
  }

  Result<Variances> WallaceHussain() const {
    const LeastSquares pooled = SolveLeastSquares(design_.x, design_.y);
    const double between = BetweenSquares(pooled.residuals);
    const double within = std::max(0.0, pooled.residuals.squaredNorm() - between);
    if (balanced_) return Plain(within, between);
    const MatrixXd means = LevelMeans(pooled.q, design_.units);
    const MatrixXd b = means.transpose() * counts_.asDiagonal() * means;
    const MatrixXd s = means.transpose() * counts_.cwiseAbs2().asDiagonal() * means;
    const double overlap = (b * s).trace();
    const double within_row = rows_ - units_ - static_cast<double>(pooled.kept.size()) + b.trace();
    const double within_unit = s.trace() - overlap;
    const double between_row = units_ - b.trace();
    const double between_unit = rows_ - 2.0 * s.trace() + overlap;
    const double determinant = within_row * between_unit - within_unit * between_row;
    if (!(determinant > 0.0)) return NotIdentified("the sums of squares of pooled residuals do not tell the variances");
    return Variances{(within * between_unit - within_unit * between) / determinant,
                     (within_row * between - between_row * within) / determinant};
  }

  // y - x'b_w around its mean.
  VectorXd LevelsLeft() const {
    VectorXd rest = design_.y - design_.x(Eigen::all, within_.kept) * within_.coefficients;
    rest.array() -= rest.mean();
    return rest;
  }

  Result<Variances> Amemiya() const {
    const double between = BetweenSquares(LevelsLeft());
    if (balanced_) return Plain(rss_within_, between);
    FARRELL_ASSIGN_OR_RETURN(const double row, RowVariance());
    MatrixXd means = means_(Eigen::all, within_.kept);
    const VectorXd centre = means.transpose() * counts_ / rows_;
    means.rowwise() -= centre.transpose();
    const MatrixXd scaled = within_.r.transpose().triangularView<Eigen::Lower>().solve(means.transpose());
    const double between_row = units_ - 1.0 + scaled.colwise().squaredNorm().dot(counts_);
    return Variances{row, (between - between_row * row) / (rows_ - counts_.squaredNorm() / rows_)};
  }

  Variances Nerlove() const {
    // Around the mean over rows, which LevelsLeft() takes out; every unit counts by its rows.
    return {rss_within_ / rows_, BetweenSquares(LevelsLeft()) / rows_ * units_ / (units_ - 1.0)};
  }

  const Design& design_;
  RandomEffectsMethod method_;
  VectorXd counts_;
  MatrixXd means_;
  bool balanced_ = false;
  double units_ = 0.0;
  double rows_ = 0.0;
  LeastSquares within_;
  double rss_within_ = 0.0;
};

// theta_i of every row.
VectorXd QuasiDemeaning(const Design& design, const Variances& variances) {
  const VectorXd counts = LevelCounts(design.units);
  VectorXd theta(static_cast<Index>(design.rows.size()));
  for (Index row = 0; row < theta.size(); ++row) {
    const double unit = counts(design.units.ids[static_cast<std::size_t>(row)]) * variances.unit;
    // The form 1 - sqrt(.) would lose the digits of small shares.
    const double kept = variances.row / (unit + variances.row);
    theta(row) = unit > 0.0 ? unit / (unit + variances.row) / (1.0 + std::sqrt(kept)) : 0.0;
  }
  return theta;
}

MatrixXd Transform(const MatrixXd& columns, const Levels& units, const VectorXd& theta) {
  const MatrixXd means = LevelMeans(columns, units);
  MatrixXd result = columns;
  for (Index c = 0; c < columns.cols(); ++c) {
    for (Index row = 0; row < columns.rows(); ++row) {
      result(row, c) -= theta(row) * means(units.ids[static_cast<std::size_t>(row)], c);
    }
  }
  return result;
}

}  // namespace

Result<Fitted> EstimateRandomEffects(Design design, RandomEffectsMethod method, const Environment& environment) {
  FARRELL_ASSIGN_OR_RETURN(Variances variances, Components(design, method).Estimate(environment));
  variances.row = std::max(0.0, variances.row);
  variances.unit = std::max(0.0, variances.unit);
  Fitted fitted;
  fitted.estimator.kind = Estimator::kRandomEffects;
  fitted.estimator.random_effects = method;
  fitted.large_sample = true;
  VarianceComponents components;
  components.method = method;
  components.idiosyncratic = std::sqrt(variances.row);
  components.unit = std::sqrt(variances.unit);
  components.theta = QuasiDemeaning(design, variances);
  fitted.y_within = Transform(design.y, design.units, components.theta);
  fitted.solution = SolveLeastSquares(Transform(design.x, design.units, components.theta), fitted.y_within,
                                      ColumnNorms(design.x), environment);
  if (environment.stop.stop_requested()) return Cancelled();
  if (fitted.solution.residuals.norm() <= kExact * design.y.norm()) fitted.solution.residuals.setZero();
  fitted.residual_df = static_cast<std::int64_t>(design.rows.size()) - static_cast<std::int64_t>(fitted.parameters());
  fitted.components = std::move(components);
  fitted.design = std::move(design);
  return fitted;
}

Result<Fitted> EstimateCorrelatedRandomEffects(Design design, RandomEffectsMethod method,
                                               const Environment& environment) {
  AppendUnitMeans(design);
  FARRELL_ASSIGN_OR_RETURN(Fitted fitted, EstimateRandomEffects(std::move(design), method, environment));
  fitted.estimator.kind = Estimator::kCorrelatedRandomEffects;
  return fitted;
}

}  // namespace farrell::regression
