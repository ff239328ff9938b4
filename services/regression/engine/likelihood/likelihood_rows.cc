#include "services/regression/engine/likelihood/likelihood_rows.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <utility>

#include "services/regression/engine/estimators/needs.h"
#include "services/regression/engine/estimators/unit_means.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// In orthonormal coordinates a direction that the data tell about has information of the order of the share of its rows
// that are not censored. What is left below this is what Newton's steps have not yet driven to zero.
constexpr double kFlat = 1e-9;

VectorXd Restrict(const VectorXd& column, const std::vector<Index>& rows) {
  return column.size() > 0 ? VectorXd(column(rows)) : column;
}

}  // namespace

void KeepRows(Design& design, const std::vector<char>& keep, const std::string& reason) {
  std::vector<Index> rows;
  std::vector<std::size_t> panel_rows;
  std::vector<std::int64_t> periods;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] == 0) continue;
    rows.push_back(static_cast<Index>(row));
    panel_rows.push_back(design.rows[row]);
    if (!design.periods.empty()) periods.push_back(design.periods[row]);
  }
  if (rows.size() == keep.size()) return;
  const bool timed = !design.periods.empty();
  std::map<std::int64_t, std::int64_t> left_by_period;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] == 0) ++left_by_period[timed ? design.periods[row] : 0];
  }
  for (const auto& [period, count] : left_by_period) {
    DroppedRows dropped;
    dropped.reason = reason;
    if (timed) dropped.period = period;
    dropped.count = count;
    design.dropped.push_back(std::move(dropped));
  }
  design.rows = std::move(panel_rows);
  design.periods = std::move(periods);
  design.y = Restrict(design.y, rows);
  design.x = MatrixXd(design.x(rows, Eigen::all));
  if (design.z.cols() > 0) design.z = MatrixXd(design.z(rows, Eigen::all));
  design.weights = Restrict(design.weights, rows);
  for (Effect& effect : design.effects) {
    effect.levels = RestrictLevels(effect.levels, keep);
    for (VectorXd& slope : effect.slopes) slope = Restrict(slope, rows);
  }
  if (!design.units.ids.empty()) design.units = RestrictLevels(design.units, keep);
  for (auto& [name, levels] : design.classifications) levels = RestrictLevels(levels, keep);
}

Result<LikelihoodColumns> OrthonormalColumns(const Design& design, int scales, const Environment& environment) {
  LikelihoodColumns columns;
  const Index rows = design.x.rows();
  MatrixXd x = design.x;
  if (design.weights.size() > 0) {
    columns.weights = design.weights * (static_cast<double>(rows) / design.weights.sum());
    WeightRows(x, columns.weights);
  }
  LeastSquares solution = SolveLeastSquares(std::move(x), VectorXd::Zero(rows), {}, environment);
  if (environment.stop.stop_requested()) return Cancelled();
  columns.kept = std::move(solution.kept);
  const auto estimated = static_cast<Index>(columns.kept.size());
  if (estimated == 0) {
    return FailedPrecondition("NOT_IDENTIFIED", "no column is left to estimate; add a regressor or the constant");
  }
  if (rows <= estimated + scales) {
    return FailedPrecondition("NOT_IDENTIFIED", std::to_string(rows) + " rows are too few for " +
                                                    std::to_string(estimated + scales) +
                                                    " parameters; leave out regressors");
  }
  columns.x = design.x(Eigen::all, columns.kept);
  columns.q = std::move(solution.q);
  columns.r = std::move(solution.r);
  if (columns.weights.size() > 0) columns.q = columns.weights.cwiseSqrt().cwiseInverse().asDiagonal() * columns.q;
  return columns;
}

Status PrepareDesign(Design& design, const EstimatorSpec& spec) {
  const std::string name(EstimatorName(spec.kind));
  Violations violations;
  for (const Effect& effect : design.effects) {
    violations.Add("formula", name + " absorbs no effects, their estimates would bias the others; " +
                                  (spec.kind == Estimator::kTobit ? "add unit means (mundlak) or unit_effects"
                                                                  : "add unit means (mundlak)") +
                                  ", or write i(" + effect.name() + ") among the terms");
  }
  if ((spec.mundlak || spec.unit_effects) && design.units.ids.empty()) {
    violations.Add("table.unit_key", "unit means and unit effects need a unit key; name the column of units");
  }
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish("ESTIMATOR_INVALID", "the estimator " + name + " cannot use this model"));
  if (spec.mundlak) AppendUnitMeans(design);
  return Status::Ok();
}

Fitted MakeLikelihoodFit(Design design, const EstimatorSpec& spec, const LikelihoodColumns& columns,
                         const std::vector<std::string>& scales, LikelihoodResult result) {
  Fitted fitted;
  fitted.estimator = spec;
  fitted.large_sample = true;
  fitted.solution.kept = columns.kept;
  const Index given = design.x.cols();
  const auto scale_count = static_cast<Index>(scales.size());
  design.x.conservativeResize(Eigen::NoChange, given + scale_count);
  design.x.rightCols(scale_count).setZero();
  design.names.insert(design.names.end(), scales.begin(), scales.end());
  const Index estimated = result.coefficients.size();
  for (Index k = static_cast<Index>(columns.kept.size()), column = given; k < estimated; ++k, ++column) {
    fitted.solution.kept.push_back(column);
  }
  fitted.residual_df = static_cast<std::int64_t>(design.rows.size()) - static_cast<std::int64_t>(estimated);
  fitted.log_likelihood = result.log_likelihood;
  fitted.convergence = std::move(result.convergence);
  // u_i = R^-T s_i.
  fitted.likelihood_scores =
      result.root.triangularView<Eigen::Upper>().transpose().solve(result.scores.transpose()).transpose();
  fitted.solution.coefficients = std::move(result.coefficients);
  fitted.solution.r = std::move(result.root);
  fitted.solution.residuals = std::move(result.residuals);
  if (design.weights.size() > 0) fitted.solution.residuals.array() *= design.weights.array().sqrt();
  fitted.y_within = design.y;
  if (design.weights.size() > 0) fitted.y_within.array() *= design.weights.array().sqrt();
  fitted.design = std::move(design);
  return fitted;
}

Status CheckSeparation(const MatrixXd& information, const LikelihoodColumns& columns, const Design& design,
                       const std::string& rows_told_apart) {
  const Eigen::LLT<MatrixXd> factor(information);
  Index flat = -1;
  if (factor.info() != Eigen::Success) {
    flat = information.rows() - 1;
  } else {
    const VectorXd pivots = factor.matrixLLT().diagonal();
    if (pivots.minCoeff(&flat) > std::sqrt(kFlat)) return Status::Ok();
  }
  const std::string& name = design.names[static_cast<std::size_t>(columns.kept[static_cast<std::size_t>(flat)])];
  return FailedPrecondition("NOT_IDENTIFIED", "some combination of columns ending with " + name + " tells " +
                                                  rows_told_apart +
                                                  " from the others, so that its coefficient is infinite: leave " +
                                                  name + " out, or the rows that it tells apart")
      .With("column", name);
}

}  // namespace farrell::regression
