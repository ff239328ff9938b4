#include "services/regression/engine/specification/sample.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "common/numeric/distributions.h"
#include "services/regression/engine/estimators/panel_estimators.h"
#include "services/regression/engine/estimators/random_effects.h"

namespace farrell::regression::specification {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Sample::Sample(Design design, const Environment& environment)
    : design_(std::move(design)), environment_(environment), period_(design_.rows.size(), 0) {
  const auto rows = static_cast<Index>(design_.rows.size());
  const bool keyed = !design_.units.ids.empty();
  for (Index row = 0; keyed && row < rows; ++row) {
    const bool first = row == 0 || design_.units.ids[static_cast<std::size_t>(row)] !=
                                       design_.units.ids[static_cast<std::size_t>(row - 1)];
    if (first) units_.emplace_back(row, row);
    units_.back().second = row + 1;
  }
  for (std::size_t column = design_.has_constant ? 1 : 0; column < design_.names.size(); ++column) {
    slopes_.push_back(static_cast<Index>(column));
  }
  std::map<std::int64_t, Index> positions;
  for (std::int64_t period : design_.periods) positions[period] = 0;
  for (auto& [period, position] : positions) position = period_count_++;
  for (std::size_t row = 0; row < design_.periods.size(); ++row) period_[row] = positions[design_.periods[row]];
  balanced_ = period_count_ > 0 && rows == static_cast<Index>(units_.size()) * period_count_;
}

Design Sample::WithConstant(bool other_dummies) const {
  Design design = design_;
  design.effects.clear();
  const Index rows = design_.x.rows();
  std::vector<VectorXd> columns = {VectorXd::Ones(rows)};
  design.names = {kConstantName};
  for (Index slope : slopes_) {
    columns.emplace_back(design_.x.col(slope));
    design.names.push_back(design_.names[static_cast<std::size_t>(slope)]);
  }
  for (const Effect& effect : design_.effects) {
    if (!other_dummies || IsNested(effect.levels, design_.units)) continue;
    for (std::size_t level = 1; level < effect.count(); ++level) {
      VectorXd dummy(rows);
      for (Index row = 0; row < rows; ++row) {
        dummy(row) = effect.levels.ids[static_cast<std::size_t>(row)] == static_cast<std::int32_t>(level) ? 1.0 : 0.0;
      }
      columns.push_back(std::move(dummy));
      design.names.push_back(effect.name() + "::" + effect.levels.labels[level]);
    }
  }
  design.x.resize(rows, static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) design.x.col(static_cast<Index>(k)) = columns[k];
  design.has_constant = true;
  return design;
}

Result<const Fitted*> Sample::Keep(std::optional<Result<Fitted>>& place, Result<Fitted> fitted) {
  place.emplace(std::move(fitted));
  if (!place->ok()) return place->status();
  return &place->value();
}

namespace {

// A design whose constant is taken away: the first column.
Design WithoutConstant(Design design) {
  design.x = MatrixXd(design.x.rightCols(design.x.cols() - 1));
  design.names.erase(design.names.begin());
  design.has_constant = false;
  return design;
}

Result<const Fitted*> Kept(const std::optional<Result<Fitted>>& place) {
  if (!place->ok()) return place->status();
  return &place->value();
}

}  // namespace

Result<const Fitted*> Sample::AsWritten() {
  if (as_written_) return Kept(as_written_);
  return Keep(as_written_, EstimateLeastSquares(design_, environment_.stop));
}

Result<const Fitted*> Sample::Pooled() {
  if (pooled_) return Kept(pooled_);
  return Keep(pooled_, EstimateLeastSquares(WithConstant(false), environment_.stop));
}

Result<const Fitted*> Sample::WithinUnits() {
  if (within_) return Kept(within_);
  Design design = WithoutConstant(WithConstant(true));
  design.effects.push_back({design.units, {}, {}, true});
  return Keep(within_, EstimateLeastSquares(std::move(design), environment_.stop));
}

Result<const Fitted*> Sample::Random() {
  if (random_) return Kept(random_);
  return Keep(random_, EstimateRandomEffects(WithConstant(true), RandomEffectsMethod::kSwamyArora, environment_));
}

Result<const Fitted*> Sample::Correlated() {
  if (correlated_) return Kept(correlated_);
  return Keep(correlated_,
              EstimateCorrelatedRandomEffects(WithConstant(true), RandomEffectsMethod::kSwamyArora, environment_));
}

Result<const Fitted*> Sample::Differenced(bool constant) {
  std::optional<Result<Fitted>>& place = constant ? differenced_constant_ : differenced_;
  if (place) return Kept(place);
  Design design = WithConstant(false);
  if (!constant) design = WithoutConstant(std::move(design));
  for (const Effect& effect : design_.effects) {
    if (!IsNested(effect.levels, design_.units)) design.effects.push_back(effect);
  }
  return Keep(place, EstimateFirstDifference(std::move(design), environment_));
}

const Sample::UnitByUnit& Sample::Separate() {
  if (separate_) return *separate_;
  UnitByUnit separate;
  separate.residuals = VectorXd::Constant(design_.y.size(), std::numeric_limits<double>::quiet_NaN());
  for (const auto& [begin, end] : units_) {
    const Index rows = end - begin;
    MatrixXd x(rows, static_cast<Index>(slopes_.size()) + 1);
    x.col(0).setOnes();
    for (std::size_t k = 0; k < slopes_.size(); ++k) {
      x.col(static_cast<Index>(k) + 1) = design_.x.col(slopes_[k]).segment(begin, rows);
    }
    if (rows <= x.cols()) {
      separate.complete = false;
      continue;
    }
    const LeastSquares solution = SolveLeastSquares(x, design_.y.segment(begin, rows));
    separate.residuals.segment(begin, rows) = solution.residuals;
    separate.rss += solution.residuals.squaredNorm();
    separate.df += rows - solution.coefficients.size();
  }
  separate_ = std::move(separate);
  return *separate_;
}

SpecificationTest FTest(const char* name, const char* null, double statistic, double df1, double df2) {
  SpecificationTest test{name, null, "F", {}, df1, df2, {}, ""};
  if (!(df1 > 0.0) || !(df2 > 0.0) || !std::isfinite(statistic)) {
    test.undefined = "no degrees of freedom are left, or the residuals are zero";
    return test;
  }
  test.statistic = statistic;
  test.p_value = numeric::FSurvival(statistic, df1, df2);
  return test;
}

SpecificationTest ChiSquareTest(const char* name, const char* null, double statistic, double df) {
  SpecificationTest test{name, null, "chi2", {}, df, 0.0, {}, ""};
  if (!(df > 0.0) || !std::isfinite(statistic)) {
    test.undefined = "no degrees of freedom are left, or the residuals are zero";
    return test;
  }
  test.statistic = statistic;
  test.p_value = numeric::ChiSquareSurvival(std::max(statistic, 0.0), df);
  return test;
}

SpecificationTest NormalTest(const char* name, const char* null, double statistic, int sides) {
  SpecificationTest test{name, null, "normal", {}, 0.0, 0.0, {}, ""};
  if (!std::isfinite(statistic)) {
    test.undefined = "the residuals are zero";
    return test;
  }
  test.statistic = statistic;
  test.p_value = sides == 1 ? numeric::NormalSurvival(statistic) : 2.0 * numeric::NormalSurvival(std::fabs(statistic));
  return test;
}

SpecificationTest Undefined(const char* name, const char* null, std::string why) {
  return {name, null, "", {}, 0.0, 0.0, {}, std::move(why)};
}

MatrixXd UnitClusteredVariance(const LeastSquares& solution, const std::vector<std::int32_t>& unit_of_row) {
  const std::int32_t last = *std::max_element(unit_of_row.begin(), unit_of_row.end());
  MatrixXd scores = MatrixXd::Zero(last + 1, solution.q.cols());
  for (Index row = 0; row < solution.q.rows(); ++row) {
    scores.row(unit_of_row[static_cast<std::size_t>(row)]) += solution.residuals(row) * solution.q.row(row);
  }
  const MatrixXd factor = solution.r.triangularView<Eigen::Upper>().solve(scores.transpose());
  return factor * factor.transpose();
}

std::optional<double> QuadraticForm(const VectorXd& b, const MatrixXd& v) {
  const Eigen::LLT<MatrixXd> factor(v);
  if (b.size() == 0 || factor.info() != Eigen::Success) return std::nullopt;
  return b.dot(factor.solve(b));
}

}  // namespace farrell::regression::specification
