// Are there effects, and are they the units'? Poolability and the Lagrange multiplier tests.
#include <algorithm>
#include <cmath>
#include <optional>

#include "common/numeric/distributions.h"
#include "services/regression/engine/specification/sample.h"

namespace farrell::regression::specification {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Honda's roots for units and periods, and the weights by which King and Wu join them.
struct Roots {
  double units = 0.0;
  double periods = 0.0;
  double unit_pairs = 0.0;
  double period_pairs = 0.0;
};

// sqrt(N^2 / (2 (M - N))) (sum over groups of (sum of e)^2 / sum of e^2 - 1), M the sum of squared group sizes.
double Root(const VectorXd& sums, const VectorXd& sizes, double squares, double& pairs) {
  const double rows = sizes.sum();
  pairs = sizes.squaredNorm() - rows;
  return std::sqrt(rows * rows / (2.0 * pairs)) * (sums.squaredNorm() / squares - 1.0);
}

Result<Roots> HondaRoots(Sample& sample) {
  FARRELL_ASSIGN_OR_RETURN(const Fitted* pooled, sample.Pooled());
  const VectorXd& e = pooled->solution.residuals;
  VectorXd unit_sums = VectorXd::Zero(static_cast<Index>(sample.units().size()));
  VectorXd unit_sizes = unit_sums;
  VectorXd period_sums = VectorXd::Zero(sample.period_count());
  VectorXd period_sizes = period_sums;
  for (std::size_t unit = 0; unit < sample.units().size(); ++unit) {
    const auto [begin, end] = sample.units()[unit];
    for (Index row = begin; row < end; ++row) {
      unit_sums(static_cast<Index>(unit)) += e(row);
      unit_sizes(static_cast<Index>(unit)) += 1.0;
      period_sums(sample.Period(row)) += e(row);
      period_sizes(sample.Period(row)) += 1.0;
    }
  }
  Roots roots;
  roots.units = Root(unit_sums, unit_sizes, e.squaredNorm(), roots.unit_pairs);
  roots.periods = Root(period_sums, period_sizes, e.squaredNorm(), roots.period_pairs);
  return roots;
}

// A = 1 - sum_i (sum_t e)^2 / sum e^2 and B = sum e_t e_{t-1} / sum e_t^2 (t from the second period in both sums, as
// plm) of the pooled residuals on a balanced panel.
struct Moments {
  double a = 0.0;
  double b = 0.0;
  double units = 0.0;
  double periods = 0.0;
};

constexpr const char* kUnbalanced = "needs a balanced panel of at least three periods";

Result<std::optional<Moments>> BalancedMoments(Sample& sample) {
  if (!sample.balanced() || sample.period_count() < 3) return std::optional<Moments>();
  FARRELL_ASSIGN_OR_RETURN(const Fitted* pooled, sample.Pooled());
  const VectorXd& e = pooled->solution.residuals;
  double sums = 0.0;
  double products = 0.0;
  double later = 0.0;
  for (const auto& [begin, end] : sample.units()) {
    const auto part = e.segment(begin, end - begin);
    sums += part.sum() * part.sum();
    products += part.tail(end - begin - 1).dot(part.head(end - begin - 1));
    later += part.tail(end - begin - 1).squaredNorm();
  }
  return std::optional<Moments>(Moments{1.0 - sums / e.squaredNorm(), products / later,
                                        static_cast<double>(sample.units().size()),
                                        static_cast<double>(sample.period_count())});
}

}  // namespace

Result<SpecificationTest> BeraSosaYoonJoint(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "bsy-joint";
  constexpr const char* kNull = "no unit effects and no serial correlation";
  FARRELL_ASSIGN_OR_RETURN(const std::optional<Moments> m, BalancedMoments(sample));
  if (!m) return Undefined(kName, kNull, kUnbalanced);
  const double scale = m->units * m->periods * m->periods / (2.0 * (m->periods - 1.0) * (m->periods - 2.0));
  return ChiSquareTest(kName, kNull, scale * (m->a * m->a + 4.0 * m->a * m->b + 2.0 * m->periods * m->b * m->b), 2.0);
}

Result<SpecificationTest> BeraSosaYoonSerial(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "bsy-ar";
  constexpr const char* kNull = "no serial correlation, whether or not there are unit effects";
  FARRELL_ASSIGN_OR_RETURN(const std::optional<Moments> m, BalancedMoments(sample));
  if (!m) return Undefined(kName, kNull, kUnbalanced);
  const double scale = m->units * m->periods * m->periods / ((m->periods - 1.0) * (1.0 - 2.0 / m->periods));
  const double moment = m->b + m->a / m->periods;
  return ChiSquareTest(kName, kNull, scale * moment * moment, 1.0);
}

Result<SpecificationTest> BeraSosaYoonEffects(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "bsy-re";
  constexpr const char* kNull = "no variance of unit effects, whether or not there is serial correlation";
  FARRELL_ASSIGN_OR_RETURN(const std::optional<Moments> m, BalancedMoments(sample));
  if (!m) return Undefined(kName, kNull, kUnbalanced);
  const double scale = m->units * m->periods / (2.0 * (m->periods - 1.0) * (1.0 - 2.0 / m->periods));
  return NormalTest(kName, kNull, -std::sqrt(scale) * (m->a + 2.0 * m->b), 1);
}

Result<SpecificationTest> EffectsF(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kNull = "all effects are zero";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* pooled, sample.Pooled());
  FARRELL_ASSIGN_OR_RETURN(const Fitted* effects,
                           sample.design().effects.empty() ? sample.WithinUnits() : sample.AsWritten());
  const double restricted = pooled->solution.residuals.squaredNorm();
  const double free = effects->solution.residuals.squaredNorm();
  const auto df1 = static_cast<double>(pooled->residual_df - effects->residual_df);
  const auto df2 = static_cast<double>(effects->residual_df);
  return FTest("f", kNull, (restricted - free) / df1 / (free / df2), df1, df2);
}

Result<SpecificationTest> Poolability(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "poolability";
  constexpr const char* kNull = "slopes are the same for all units";
  for (const Effect& effect : sample.design().effects) {
    if (!IsNested(effect.levels, sample.design().units)) {
      return Undefined(kName, kNull, "not defined with effects beside those of the units (" + effect.name() + ")");
    }
  }
  const Sample::UnitByUnit& separate = sample.Separate();
  if (!separate.complete) {
    return Undefined(kName, kNull, "a unit has too few rows for a regression of its own");
  }
  FARRELL_ASSIGN_OR_RETURN(const Fitted* within, sample.WithinUnits());
  const double restricted = within->solution.residuals.squaredNorm();
  const auto df1 = static_cast<double>(within->residual_df - separate.df);
  const auto df2 = static_cast<double>(separate.df);
  return FTest(kName, kNull, (restricted - separate.rss) / df1 / (separate.rss / df2), df1, df2);
}

Result<SpecificationTest> BreuschPaganUnits(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  return ChiSquareTest("bp-lm", "no variance of unit effects", roots.units * roots.units, 1.0);
}

Result<SpecificationTest> BreuschPaganPeriods(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  return ChiSquareTest("bp-lm-time", "no variance of period effects", roots.periods * roots.periods, 1.0);
}

Result<SpecificationTest> HondaUnits(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  return NormalTest("honda", "no variance of unit effects", roots.units, 1);
}

Result<SpecificationTest> HondaPeriods(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  return NormalTest("honda-time", "no variance of period effects", roots.periods, 1);
}

Result<SpecificationTest> KingWu(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  const double total = std::sqrt(roots.unit_pairs + roots.period_pairs);
  const double statistic =
      std::sqrt(roots.unit_pairs) / total * roots.units + std::sqrt(roots.period_pairs) / total * roots.periods;
  return NormalTest("king-wu", "no variance of unit or period effects", statistic, 1);
}

Result<SpecificationTest> GourierouxHollyMonfort(Sample& sample, const SpecificationSpec&) {
  FARRELL_ASSIGN_OR_RETURN(const Roots roots, HondaRoots(sample));
  const double units = std::max(roots.units, 0.0);
  const double periods = std::max(roots.periods, 0.0);
  const double statistic = units * units + periods * periods;
  SpecificationTest test{"ghm", "no variance of unit or period effects", "chi2 mixture", {}, 0.0, 2.0, {}, ""};
  if (!std::isfinite(statistic)) {
    test.undefined = "the residuals are zero, or no unit or period has two rows";
    return test;
  }
  test.statistic = statistic;
  test.p_value = statistic > 0.0 ? 0.5 * numeric::ChiSquareSurvival(statistic, 1.0) +
                                       0.25 * numeric::ChiSquareSurvival(statistic, 2.0)
                                 : 1.0;
  return test;
}

}  // namespace farrell::regression::specification
