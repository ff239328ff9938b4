// What the errors look like: variances that differ, serial correlation.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/text/number.h"
#include "services/regression/engine/specification/sample.h"

namespace farrell::regression::specification {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A residual beside that of the period before of the same unit.
struct Pairs {
  VectorXd now;
  VectorXd before;
  std::vector<std::int32_t> unit;
};

Pairs ConsecutivePairs(const Fitted& fitted) {
  const Design& design = fitted.design;
  std::vector<Index> later;
  for (Index row = 1; row < design.y.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const bool same_unit = design.units.ids[at] == design.units.ids[at - 1];
    if (same_unit && design.periods[at] == design.periods[at - 1] + 1) later.push_back(row);
  }
  Pairs pairs;
  pairs.now.resize(static_cast<Index>(later.size()));
  pairs.before.resize(static_cast<Index>(later.size()));
  for (std::size_t k = 0; k < later.size(); ++k) {
    pairs.now(static_cast<Index>(k)) = fitted.solution.residuals(later[k]);
    pairs.before(static_cast<Index>(k)) = fitted.solution.residuals(later[k] - 1);
    pairs.unit.push_back(design.units.ids[static_cast<std::size_t>(later[k])]);
  }
  return pairs;
}

std::size_t UnitCount(const Pairs& pairs) {
  std::vector<std::int32_t> units = pairs.unit;
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units.size();
}

// (coefficient of the lagged residual - null)^2 over its variance clustered by unit.
double LagStatistic(const Pairs& pairs, bool constant, double null_value) {
  MatrixXd x(pairs.now.size(), constant ? 2 : 1);
  if (constant) x.col(0).setOnes();
  x.rightCols(1) = pairs.before;
  const LeastSquares solution = SolveLeastSquares(x, pairs.now);
  if (solution.coefficients.size() < x.cols()) return NAN;
  const MatrixXd variance = UnitClusteredVariance(solution, pairs.unit);
  const double deviation = solution.coefficients(x.cols() - 1) - null_value;
  return deviation * deviation / variance(x.cols() - 1, x.cols() - 1);
}

constexpr const char* kNoSerial = "no serial correlation of the errors";

Result<SpecificationTest> LagRegression(const char* name, const char* null, Result<const Fitted*> fitted,
                                        double null_value) {
  if (!fitted.ok()) return fitted.status();
  const Pairs pairs = ConsecutivePairs(**fitted);
  if (UnitCount(pairs) < 2 || pairs.now.size() < 3) {
    return Undefined(name, null, "fewer than two units have consecutive residuals");
  }
  return FTest(name, null, LagStatistic(pairs, true, null_value), 1.0, static_cast<double>(pairs.now.size() - 2));
}

// Rows of units in the order of their numbers where every label is one, else of their texts; periods within units.
std::vector<Index> RowsByUnitNumber(Sample& sample) {
  const Levels& units = sample.design().units;
  std::vector<std::pair<double, UnitRows>> order;
  bool numbers = true;
  for (const UnitRows& unit : sample.units()) {
    const auto level = static_cast<std::size_t>(units.ids[static_cast<std::size_t>(unit.first)]);
    const std::optional<double> number = text::ParseReal(units.labels[level]);
    numbers = numbers && number.has_value();
    order.emplace_back(number.value_or(0.0), unit);
  }
  if (numbers) {
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<Index> rows;
  for (const auto& [number, unit] : order) {
    for (Index row = unit.first; row < unit.second; ++row) rows.push_back(row);
  }
  return rows;
}

}  // namespace

Result<SpecificationTest> BreuschPaganVariance(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "breusch-pagan";
  constexpr const char* kNull = "the error variance does not depend on the regressors";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  FARRELL_ASSIGN_OR_RETURN(const Fitted* pooled, sample.Pooled());
  const VectorXd squares = fitted->solution.residuals.cwiseAbs2();
  const LeastSquares solution = SolveLeastSquares(pooled->design.x, squares);
  const double total = (squares.array() - squares.mean()).matrix().squaredNorm();
  const double statistic = static_cast<double>(squares.size()) * (1.0 - solution.residuals.squaredNorm() / total);
  return ChiSquareTest(kName, kNull, statistic, static_cast<double>(solution.coefficients.size() - 1));
}

Result<SpecificationTest> ModifiedWald(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "modified-wald";
  constexpr const char* kNull = "the error variance is the same in all units";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  const VectorXd squares = fitted->solution.residuals.cwiseAbs2();
  const double overall = squares.mean();
  double statistic = 0.0;
  for (const auto& [begin, end] : sample.units()) {
    const auto size = static_cast<double>(end - begin);
    if (end - begin < 2) return Undefined(kName, kNull, "a unit has a single row");
    const auto part = squares.segment(begin, end - begin);
    const double variance = part.mean();
    const double spread = (part.array() - variance).matrix().squaredNorm() / (size * (size - 1.0));
    statistic += (variance - overall) * (variance - overall) / spread;
  }
  return ChiSquareTest(kName, kNull, statistic, static_cast<double>(sample.units().size()));
}

Result<SpecificationTest> WooldridgeDifferences(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "wooldridge";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* differenced, sample.Differenced(false));
  const Pairs pairs = ConsecutivePairs(*differenced);
  const auto units = static_cast<double>(UnitCount(pairs));
  if (units < 2.0) return Undefined(kName, kNoSerial, "fewer than two units have three consecutive periods");
  return FTest(kName, kNoSerial, LagStatistic(pairs, false, -0.5) * (units - 1.0) / units, 1.0, units - 1.0);
}

Result<SpecificationTest> WooldridgeWithin(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "wooldridge-within";
  if (sample.period_count() < 3) return Undefined(kName, kNoSerial, "needs three periods");
  return LagRegression(kName, kNoSerial, sample.WithinUnits(), -1.0 / static_cast<double>(sample.period_count() - 1));
}

Result<SpecificationTest> WooldridgeFd(Sample& sample, const SpecificationSpec&) {
  return LagRegression("wooldridge-fd", "no serial correlation of the differenced errors", sample.Differenced(true),
                       0.0);
}

Result<SpecificationTest> WooldridgeFe(Sample& sample, const SpecificationSpec&) {
  return LagRegression("wooldridge-fe", kNoSerial, sample.Differenced(true), -0.5);
}

Result<SpecificationTest> WooldridgeEffects(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Fitted* pooled, sample.Pooled());
  double sum = 0.0;
  double squares = 0.0;
  for (const auto& [begin, end] : sample.units()) {
    const auto e = pooled->solution.residuals.segment(begin, end - begin);
    const double products = 0.5 * (e.sum() * e.sum() - e.squaredNorm());
    sum += products;
    squares += products * products;
  }
  return NormalTest("wooldridge-effects", "no unobserved effect of units", sum / std::sqrt(squares), 2);
}

Result<SpecificationTest> BreuschGodfrey(Sample& sample, const SpecificationSpec& spec) {
  constexpr const char* kName = "breusch-godfrey";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  Index order = spec.order;
  if (order == 0) {
    order = sample.units().front().second - sample.units().front().first;
    for (const auto& [begin, end] : sample.units()) order = std::min(order, end - begin);
  }
  // One series of rows, as R's plm takes it: lags reach from a unit into the one before, so that the order matters.
  const std::vector<Index> rows = RowsByUnitNumber(sample);
  const VectorXd e = fitted->solution.residuals(rows);
  const Index regressors = fitted->parameters();
  if (order + regressors >= e.size()) return Undefined(kName, kNoSerial, "more lags and terms than rows");
  MatrixXd x = MatrixXd::Zero(e.size(), regressors + order);
  x.leftCols(regressors) = fitted->solution.q(rows, Eigen::all);
  for (Index lag = 1; lag <= order; ++lag) x.col(regressors + lag - 1).tail(e.size() - lag) = e.head(e.size() - lag);
  const LeastSquares solution = SolveLeastSquares(x, e);
  const double statistic = static_cast<double>(e.size()) * (1.0 - solution.residuals.squaredNorm() / e.squaredNorm());
  return ChiSquareTest(kName, kNoSerial, statistic, static_cast<double>(order));
}

}  // namespace farrell::regression::specification
