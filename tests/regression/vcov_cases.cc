#include "tests/regression/vcov_cases.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace farrell::regression::testing {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

const std::vector<std::string> kWays = {"unit", "time", "group", "block"};

}  // namespace

Panel Weighted(std::int64_t seed, int units, int periods, double share) {
  Panel panel = RandomPanel(seed, units, periods, share);
  AddColumn(panel, "w", [&](std::size_t row) { return 0.5 + static_cast<double>(row * 7 % 11) / 5.0; });
  return panel;
}

Fitted MustEstimate(const Panel& panel, const std::string& formula, Estimator kind, const std::string& weights) {
  DesignOptions options;
  // One row a unit has no clusters within units.
  options.classifications = kind == Estimator::kBetween ? std::vector<std::string>{"unit", "group"} : kWays;
  options.panel_keys = true;
  options.weights = weights;
  auto design = BuildDesign(panel, MakeSpec(formula).formula, options);
  if (!design.ok()) throw std::runtime_error(design.status().ToString());
  EstimatorSpec spec;
  spec.kind = kind;
  auto fitted = Estimate(std::move(design).value(), spec, {});
  if (!fitted.ok()) throw std::runtime_error(fitted.status().ToString());
  return std::move(fitted).value();
}

InferenceResult MustCompute(const Fitted& fitted, const InferenceSpec& spec) {
  std::vector<Warning> warnings;
  auto result = ComputeInference(fitted, spec, 0.95, {}, warnings);
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).value();
}

InferenceSpec Ways(InferenceType type, const std::vector<std::string>& ways, const std::string& ssc) {
  InferenceSpec spec = MakeInference(type, ways[0], ssc);
  spec.further_clusters.assign(ways.begin() + 1, ways.end());
  return spec;
}

InferenceSpec Lagged(InferenceType type, std::optional<int> lag, const std::string& ssc) {
  InferenceSpec spec = MakeInference(type, "", ssc);
  spec.lag = lag;
  return spec;
}

void ExpectSame(const MatrixXd& a, const MatrixXd& b, double relative) {
  ASSERT_EQ(a.rows(), b.rows());
  EXPECT_LT((a - b).cwiseAbs().maxCoeff(), relative * b.cwiseAbs().maxCoeff());
}

MatrixXd WrittenOut(const Fitted& fitted) {
  const Design& design = fitted.design;
  const Index rows = design.y.size();
  std::vector<VectorXd> columns;
  for (const Index column : fitted.solution.kept) columns.emplace_back(design.x.col(column));
  for (const Effect& effect : design.effects) {
    for (std::size_t level = 0; level < effect.count(); ++level) {
      VectorXd dummy(rows);
      for (Index row = 0; row < rows; ++row)
        dummy(row) = effect.levels.ids[static_cast<std::size_t>(row)] == static_cast<std::int32_t>(level) ? 1.0 : 0.0;
      if (effect.dummies) columns.push_back(dummy);
      for (const VectorXd& slope : effect.slopes) columns.emplace_back(dummy.cwiseProduct(slope));
    }
  }
  MatrixXd z(rows, static_cast<Index>(columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) z.col(static_cast<Index>(k)) = columns[k];
  if (design.weights.size() > 0) z = design.weights.cwiseSqrt().asDiagonal() * z;
  return z;
}

MatrixXd Pseudoinverse(const MatrixXd& z) {
  Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition(z);
  decomposition.setThreshold(1e-10);
  return decomposition.pseudoInverse();
}

MatrixXd Power(const MatrixXd& a, double exponent) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(a);
  VectorXd powers = eigen.eigenvalues();
  for (double& value : powers) value = value < 1e-8 ? 0.0 : std::pow(value, exponent);
  return eigen.eigenvectors() * powers.asDiagonal() * eigen.eigenvectors().transpose();
}

}  // namespace farrell::regression::testing
