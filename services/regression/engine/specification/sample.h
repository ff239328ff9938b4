// What specification tests work on: one sample of a panel, the regressions they share, and their rows by unit.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <utility>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "services/regression/engine/specification/specification_tests.h"

namespace farrell::regression::specification {

// Rows [begin, end) of one unit, in the order of periods.
using UnitRows = std::pair<Eigen::Index, Eigen::Index>;

class Sample {
 public:
  // `design`: as the formula writes it, with panel keys, rows sorted by (unit, time).
  Sample(Design design, const Environment& environment);

  const Design& design() const { return design_; }
  const Environment& environment() const { return environment_; }
  const std::vector<UnitRows>& units() const { return units_; }
  // Terms of the formula without the constant: columns of design().x.
  const std::vector<Eigen::Index>& slopes() const { return slopes_; }
  bool balanced() const { return balanced_; }
  Eigen::Index period_count() const { return period_count_; }
  // Position of the row's period among all periods.
  Eigen::Index Period(Eigen::Index row) const { return period_[static_cast<std::size_t>(row)]; }

  // The model as written.
  Result<const Fitted*> AsWritten();
  // OLS with a constant, no effects.
  Result<const Fitted*> Pooled();
  // Unit effects; the other effects as dummies after the terms of the formula.
  Result<const Fitted*> WithinUnits();
  // Swamy-Arora, the other effects as dummies.
  Result<const Fitted*> Random();
  Result<const Fitted*> Correlated();
  // First differences, the other effects absorbed, with and without a constant.
  Result<const Fitted*> Differenced(bool constant);
  // Residuals of one regression with constant a unit; rows of units with too few rows are NaN. RSS and degrees of
  // freedom over the others.
  struct UnitByUnit {
    Eigen::VectorXd residuals;
    double rss = 0.0;
    std::int64_t df = 0;
    bool complete = true;
  };
  const UnitByUnit& Separate();

 private:
  Design WithConstant(bool other_dummies) const;
  Result<const Fitted*> Keep(std::optional<Result<Fitted>>& place, Result<Fitted> fitted);

  Design design_;
  const Environment& environment_;
  std::vector<UnitRows> units_;
  std::vector<Eigen::Index> slopes_;
  std::vector<Eigen::Index> period_;
  Eigen::Index period_count_ = 0;
  bool balanced_ = false;
  std::optional<Result<Fitted>> as_written_, pooled_, within_, random_, correlated_, differenced_,
      differenced_constant_;
  std::optional<UnitByUnit> separate_;
};

// One test each; `undefined` instead of a status where the data do not allow it. CANCELLED and errors of estimation
// that are not the data's are statuses.
using TestFunction = Result<SpecificationTest> (*)(Sample&, const SpecificationSpec&);

Result<SpecificationTest> EffectsF(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> Poolability(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> Hausman(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> HausmanSigma(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> HausmanRobust(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> MundlakTest(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BreuschPaganUnits(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BreuschPaganPeriods(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> HondaUnits(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> HondaPeriods(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> KingWu(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> GourierouxHollyMonfort(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BeraSosaYoonJoint(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BeraSosaYoonSerial(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BeraSosaYoonEffects(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BreuschPaganVariance(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> ModifiedWald(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> WooldridgeDifferences(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> WooldridgeWithin(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> WooldridgeFd(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> WooldridgeFe(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> WooldridgeEffects(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> BreuschGodfrey(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> CrossDependence(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> CrossDependenceIndividual(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> CrossDependenceLm(Sample& sample, const SpecificationSpec& spec);
Result<SpecificationTest> CrossDependenceScaled(Sample& sample, const SpecificationSpec& spec);
// Fills inflation and condition_number of the result as well.
void MeasureCollinearity(Sample& sample, SpecificationResult& result);

// Results of a known shape, p-values filled in.
SpecificationTest FTest(const char* name, const char* null, double statistic, double df1, double df2);
SpecificationTest ChiSquareTest(const char* name, const char* null, double statistic, double df);
// `sides` 1: large values speak against the null; 2: both.
SpecificationTest NormalTest(const char* name, const char* null, double statistic, int sides);
SpecificationTest Undefined(const char* name, const char* null, std::string why);

// R^-1 (sum over units of (sum of q_i e_i)(...)') R^-T: CR0 by unit of a least-squares solution on given rows.
Eigen::MatrixXd UnitClusteredVariance(const LeastSquares& solution, const std::vector<std::int32_t>& unit_of_row);

// b'V^-1 b, or nothing when V is not positive definite.
std::optional<double> QuadraticForm(const Eigen::VectorXd& b, const Eigen::MatrixXd& v);

}  // namespace farrell::regression::specification
