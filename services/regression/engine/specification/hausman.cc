// Are the unit effects related to the regressors? Within against random effects.
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "services/regression/engine/estimators/unit_means.h"
#include "services/regression/engine/specification/sample.h"

namespace farrell::regression::specification {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr const char* kNull = "unit effects are unrelated to the regressors";

double ErrorVariance(const Fitted& fitted) {
  return fitted.solution.residuals.squaredNorm() / static_cast<double>(fitted.residual_df);
}

// Coefficients of the named terms, and their rows of (X'X)^-1 = R^-1 R^-T.
struct Part {
  VectorXd b;
  MatrixXd inverse;
};

// Positions among the estimated coefficients of terms estimated in both models.
std::vector<std::pair<Index, Index>> Shared(const Fitted& left, const Fitted& right, std::size_t term_count,
                                            const Sample& sample) {
  std::vector<std::pair<Index, Index>> shared;
  for (std::size_t term = 0; term < term_count; ++term) {
    const std::string& name = sample.design().names[static_cast<std::size_t>(sample.slopes()[term])];
    const auto position = [&](const Fitted& fitted) -> Index {
      for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
        if (fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])] == name)
          return static_cast<Index>(k);
      }
      return -1;
    };
    const Index a = position(left);
    const Index b = position(right);
    if (a >= 0 && b >= 0) shared.emplace_back(a, b);
  }
  return shared;
}

Part Take(const Fitted& fitted, const std::vector<Index>& positions) {
  const Index size = fitted.parameters();
  const MatrixXd root = fitted.solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(size, size));
  Part part;
  part.b = fitted.solution.coefficients(positions);
  part.inverse = (root * root.transpose())(positions, positions);
  return part;
}

Result<SpecificationTest> Compare(Sample& sample, const char* name, bool same_variance) {
  FARRELL_ASSIGN_OR_RETURN(const Fitted* within, sample.WithinUnits());
  FARRELL_ASSIGN_OR_RETURN(const Fitted* random, sample.Random());
  if (within->residual_df <= 0 || random->residual_df <= 0) return ChiSquareTest(name, kNull, NAN, 0.0);
  std::vector<Index> left;
  std::vector<Index> right;
  for (const auto& [a, b] : Shared(*within, *random, sample.slopes().size(), sample)) {
    left.push_back(a);
    right.push_back(b);
  }
  if (left.empty()) return Undefined(name, kNull, "no term varies within units");
  const Part fixed = Take(*within, left);
  const Part quasi = Take(*random, right);
  const double random_variance = ErrorVariance(*random);
  const double within_variance = same_variance ? random_variance : ErrorVariance(*within);
  const VectorXd difference = fixed.b - quasi.b;
  const MatrixXd variance = within_variance * fixed.inverse - random_variance * quasi.inverse;
  const double statistic = difference.dot(variance.fullPivLu().solve(difference));
  if (!(statistic >= 0.0)) {
    return Undefined(name, kNull,
                     "the difference of the variances is not positive definite and the statistic negative; "
                     "hausman-robust and mundlak always have one");
  }
  return ChiSquareTest(name, kNull, statistic, static_cast<double>(left.size()));
}

}  // namespace

Result<SpecificationTest> Hausman(Sample& sample, const SpecificationSpec&) {
  return Compare(sample, "hausman", false);
}

Result<SpecificationTest> HausmanSigma(Sample& sample, const SpecificationSpec&) {
  return Compare(sample, "hausman-sigma", true);
}

Result<SpecificationTest> HausmanRobust(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "hausman-robust";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* random, sample.Random());
  const Design& design = random->design;
  const MatrixXd means = LevelMeans(design.x, design.units);
  const MatrixXd y_means = LevelMeans(design.y, design.units);
  const Index rows = design.y.size();
  std::vector<Index> varying;
  for (std::size_t k = 0; k < sample.slopes().size(); ++k) {
    const auto column = static_cast<Index>(k) + 1;
    if (VariesWithin(design.x.col(column), design.units)) varying.push_back(column);
  }
  if (varying.empty()) return Undefined(kName, kNull, "no term varies within units");
  MatrixXd x(rows, design.x.cols() + static_cast<Index>(varying.size()));
  VectorXd y(rows);
  for (Index row = 0; row < rows; ++row) {
    const Index unit = design.units.ids[static_cast<std::size_t>(row)];
    const double theta = random->components->theta(row);
    y(row) = design.y(row) - theta * y_means(unit, 0);
    x.row(row).head(design.x.cols()) = design.x.row(row) - theta * means.row(unit);
    for (std::size_t k = 0; k < varying.size(); ++k) {
      x(row, design.x.cols() + static_cast<Index>(k)) = design.x(row, varying[k]) - means(unit, varying[k]);
    }
  }
  const LeastSquares solution = SolveLeastSquares(x, y);
  std::vector<Index> added;
  for (std::size_t k = 0; k < solution.kept.size(); ++k) {
    if (solution.kept[k] >= design.x.cols()) added.push_back(static_cast<Index>(k));
  }
  const MatrixXd variance = UnitClusteredVariance(solution, design.units.ids);
  const std::optional<double> statistic = QuadraticForm(solution.coefficients(added), variance(added, added));
  if (!statistic) return Undefined(kName, kNull, "fewer units than terms: the clustered variance has not full rank");
  return ChiSquareTest(kName, kNull, *statistic, static_cast<double>(added.size()));
}

Result<SpecificationTest> MundlakTest(Sample& sample, const SpecificationSpec&) {
  constexpr const char* kName = "mundlak";
  FARRELL_ASSIGN_OR_RETURN(const Fitted* random, sample.Random());
  FARRELL_ASSIGN_OR_RETURN(const Fitted* correlated, sample.Correlated());
  std::vector<Index> means;
  for (std::size_t k = 0; k < correlated->solution.kept.size(); ++k) {
    if (correlated->solution.kept[k] >= random->design.x.cols()) means.push_back(static_cast<Index>(k));
  }
  if (means.empty()) return Undefined(kName, kNull, "no term varies both within and between units");
  const auto units = static_cast<double>(sample.units().size());
  const MatrixXd variance =
      units / (units - 1.0) * UnitClusteredVariance(correlated->solution, correlated->design.units.ids);
  const std::optional<double> statistic =
      QuadraticForm(correlated->solution.coefficients(means), variance(means, means));
  if (!statistic) return Undefined(kName, kNull, "fewer units than terms: the clustered variance has not full rank");
  return ChiSquareTest(kName, kNull, *statistic, static_cast<double>(means.size()));
}

}  // namespace farrell::regression::specification
