// Do units move together? Correlations of residuals between units.
#include <cmath>
#include <limits>

#include "services/regression/engine/specification/sample.h"

namespace farrell::regression::specification {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr const char* kNull = "no dependence between units";

// Sums over all pairs of units with at least three common periods: of sqrt(T_ij) r_ij, T_ij r_ij^2, and the pairs.
struct Correlations {
  double signed_sum = 0.0;
  double squared_sum = 0.0;
  double pairs = 0.0;
};

Result<Correlations> Correlate(const Sample& sample, const VectorXd& residuals) {
  const auto units = static_cast<Index>(sample.units().size());
  MatrixXd table = MatrixXd::Constant(sample.period_count(), units, std::numeric_limits<double>::quiet_NaN());
  for (Index unit = 0; unit < units; ++unit) {
    const auto [begin, end] = sample.units()[static_cast<std::size_t>(unit)];
    for (Index row = begin; row < end; ++row) table(sample.Period(row), unit) = residuals(row);
  }
  Correlations result;
  for (Index i = 0; i < units; ++i) {
    if (sample.environment().stop.stop_requested()) return Cancelled();
    for (Index j = i + 1; j < units; ++j) {
      double count = 0.0;
      double si = 0.0;
      double sj = 0.0;
      for (Index t = 0; t < table.rows(); ++t) {
        if (std::isnan(table(t, i)) || std::isnan(table(t, j))) continue;
        count += 1.0;
        si += table(t, i);
        sj += table(t, j);
      }
      if (count < 3.0) continue;
      double sii = 0.0;
      double sjj = 0.0;
      double sij = 0.0;
      for (Index t = 0; t < table.rows(); ++t) {
        if (std::isnan(table(t, i)) || std::isnan(table(t, j))) continue;
        const double a = table(t, i) - si / count;
        const double b = table(t, j) - sj / count;
        sii += a * a;
        sjj += b * b;
        sij += a * b;
      }
      if (!(sii > 0.0) || !(sjj > 0.0)) continue;
      const double r = sij / std::sqrt(sii * sjj);
      result.signed_sum += std::sqrt(count) * r;
      result.squared_sum += count * r * r;
      result.pairs += 1.0;
    }
  }
  return result;
}

constexpr const char* kNoPairs = "no two units have three common periods with residuals that vary";

Result<SpecificationTest> PesaranCd(const Sample& sample, const char* name, const VectorXd& residuals) {
  FARRELL_ASSIGN_OR_RETURN(const Correlations correlations, Correlate(sample, residuals));
  if (correlations.pairs == 0.0) return Undefined(name, kNull, kNoPairs);
  return NormalTest(name, kNull, correlations.signed_sum / std::sqrt(correlations.pairs), 2);
}

}  // namespace

Result<SpecificationTest> CrossDependence(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  return PesaranCd(sample, "cd", fitted->solution.residuals);
}

Result<SpecificationTest> CrossDependenceIndividual(Sample& sample, const SpecificationSpec&) {
  return PesaranCd(sample, "cd-individual", sample.Separate().residuals);
}

Result<SpecificationTest> CrossDependenceLm(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "cd-lm";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  FARRELL_ASSIGN_OR_RETURN(const Correlations correlations, Correlate(sample, fitted->solution.residuals));
  if (correlations.pairs == 0.0) return Undefined(kName, kNull, kNoPairs);
  return ChiSquareTest(kName, kNull, correlations.squared_sum, correlations.pairs);
}

Result<SpecificationTest> CrossDependenceScaled(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "cd-scaled-lm";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* fitted, sample.AsWritten());
  FARRELL_ASSIGN_OR_RETURN(const Correlations correlations, Correlate(sample, fitted->solution.residuals));
  if (correlations.pairs == 0.0) return Undefined(kName, kNull, kNoPairs);
  return NormalTest(kName, kNull, (correlations.squared_sum - correlations.pairs) / std::sqrt(2.0 * correlations.pairs),
                    2);
}

}  // namespace farrell::regression::specification
