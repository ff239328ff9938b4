#include "services/regression/engine/cluster_diagnostics.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Fitted Prepare(const Panel& panel, const std::string& formula) {
  DesignOptions options;
  options.classifications = {"unit"};
  auto design = BuildDesign(panel, ParseFormula(formula).value(), options);
  EXPECT_TRUE(design.ok());
  auto fitted = EstimateLeastSquares(std::move(design).value());
  EXPECT_TRUE(fitted.ok());
  return std::move(fitted).value();
}

const Levels& Units(const Fitted& fitted) { return fitted.design.classifications.at("unit"); }

MatrixXd WithDummies(const Design& design) {
  Index columns = design.x.cols();
  for (const Effect& effect : design.effects) columns += static_cast<Index>(effect.count());
  MatrixXd x = MatrixXd::Zero(design.x.rows(), columns);
  x.leftCols(design.x.cols()) = design.x;
  Index offset = design.x.cols();
  for (const Effect& effect : design.effects) {
    for (Index row = 0; row < x.rows(); ++row) x(row, offset + effect.levels.ids[static_cast<std::size_t>(row)]) = 1.0;
    offset += static_cast<Index>(effect.count());
  }
  return x;
}

// Traces from the hat matrix of the regression with dummies, partial leverages from regressing one column on all
// others, coefficients from fits without the cluster.
TEST(ClusterDiagnostics, AreThoseOfPlainRegressions) {
  for (const char* formula : {"y ~ x1 + x2", "y ~ x1 + x2 | unit", "y ~ x1 + x2 | unit + time"}) {
    SCOPED_TRACE(formula);
    const Panel panel = RandomPanel(81, 12, 8, 0.8);
    const Fitted fitted = Prepare(panel, formula);
    const auto diagnostics = DiagnoseClusters(fitted, Units(fitted));
    ASSERT_TRUE(diagnostics.ok()) << diagnostics.status().ToString();
    const MatrixXd x = WithDummies(fitted.design);
    const auto decomposition = x.completeOrthogonalDecomposition();
    const MatrixXd hat = x * decomposition.pseudoInverse();
    VectorXd traces = VectorXd::Zero(12);
    for (Index row = 0; row < x.rows(); ++row)
      traces(Units(fitted).ids[static_cast<std::size_t>(row)]) += hat(row, row);
    const Index slopes = fitted.parameters();
    MatrixXd partial = MatrixXd::Zero(12, slopes);
    for (Index k = 0; k < slopes; ++k) {
      MatrixXd others = x;
      others.col(k).setZero();
      const VectorXd rest = x.col(k) - others * others.completeOrthogonalDecomposition().solve(VectorXd(x.col(k)));
      for (Index row = 0; row < x.rows(); ++row) {
        partial(Units(fitted).ids[static_cast<std::size_t>(row)], k) += rest(row) * rest(row) / rest.squaredNorm();
      }
    }
    double total = 0.0;
    std::int64_t rows = 0;
    for (std::size_t g = 0; g < 12; ++g) {
      const ClusterDiagnostics::Cluster& cluster = diagnostics->clusters[g];
      EXPECT_EQ(cluster.label, Units(fitted).labels[g]);
      EXPECT_NEAR(cluster.leverage, traces(static_cast<Index>(g)), 1e-10);
      EXPECT_TRUE(cluster.identified);
      total += cluster.leverage;
      rows += cluster.observations;
      const FitResult without =
          MustFit(Filter(panel, [&](std::size_t row) { return panel.units[row] != cluster.label; }),
                  MakeSpec(formula, {MakeInference(InferenceType::kIid)}));
      for (Index k = 0; k < slopes; ++k) {
        EXPECT_NEAR(cluster.partial_leverage(k), partial(static_cast<Index>(g), k), 1e-10);
        EXPECT_NEAR(cluster.leave_out(k), *without.terms[static_cast<std::size_t>(k)].estimate, 1e-9);
      }
    }
    EXPECT_EQ(rows, fitted.observations());
    EXPECT_NEAR(total, static_cast<double>(fitted.observations() - fitted.residual_df), 1e-9);
    // With rho = 0 the effective number is one over the sum of squared shares.
    for (Index k = 0; k < slopes; ++k) {
      EXPECT_NEAR(diagnostics->effective(k), 1.0 / partial.col(k).squaredNorm(), 1e-8);
      EXPECT_GT(diagnostics->effective(k), 1.0);
      EXPECT_LT(diagnostics->effective(k), 12.0);
    }
  }
}

TEST(ClusterDiagnostics, EqualClustersAreAllEffective) {
  // One column, the same in every cluster.
  Design design;
  constexpr Index kRows = 40;
  design.y.resize(kRows);
  design.x.resize(kRows, 1);
  design.names = {"x"};
  Levels& clusters = design.classifications["unit"];
  for (Index row = 0; row < kRows; ++row) {
    design.rows.push_back(static_cast<std::size_t>(row));
    design.x(row, 0) = static_cast<double>(row % 5) + 1.0;
    design.y(row) = static_cast<double>(row * row % 7);
    clusters.ids.push_back(static_cast<std::int32_t>(row / 5));
  }
  for (int g = 0; g < 8; ++g) clusters.labels.push_back(std::to_string(g));
  const Fitted fitted = EstimateLeastSquares(design).value();
  for (const double rho : {0.0, 0.5, 1.0}) EXPECT_NEAR(EffectiveClusters(fitted, Units(fitted), rho)(0), 8.0, 1e-10);
}

// A regressor that is one in three of ten clusters and zero elsewhere, without a constant: three clusters speak. By
// hand: gamma is proportional to (1, 1, 1, 0, ..., 0), so that G* = 10 / (1 + (3 (7/3)^2 + 7) / 10) = 3, whatever rho.
TEST(ClusterDiagnostics, FewTreatedClusters) {
  Design design;
  constexpr Index kRows = 60;
  design.y.resize(kRows);
  design.x.resize(kRows, 1);
  design.names = {"x"};
  Levels& clusters = design.classifications["unit"];
  for (Index row = 0; row < kRows; ++row) {
    design.rows.push_back(static_cast<std::size_t>(row));
    design.x(row, 0) = row / 6 < 3 ? 1.0 : 0.0;
    design.y(row) = static_cast<double>(row * row % 11);
    clusters.ids.push_back(static_cast<std::int32_t>(row / 6));
  }
  for (int g = 0; g < 10; ++g) clusters.labels.push_back(std::to_string(g));
  const Fitted fitted = EstimateLeastSquares(design).value();
  for (const double rho : {0.0, 0.3, 1.0}) EXPECT_NEAR(EffectiveClusters(fitted, Units(fitted), rho)(0), 3.0, 1e-10);
}

TEST(ClusterDiagnostics, NestedEffectsLeaveNoTotals) {
  const Fitted fitted = Prepare(RandomPanel(82, 10, 8, 0.9), "y ~ x1 + x2 | unit");
  EXPECT_EQ(EffectiveClusters(fitted, Units(fitted), 1.0)(0), 0.0);
  const double zero = EffectiveClusters(fitted, Units(fitted), 0.0)(0);
  EXPECT_NEAR(EffectiveClusters(fitted, Units(fitted), 0.5)(0), zero, 1e-10);
}

TEST(ClusterDiagnostics, ATermThatOneClusterIdentifies) {
  Panel panel = RandomPanel(83, 8, 8, 1.0);
  const std::string chosen = panel.units.front();
  AddColumn(panel, "own",
            [&](std::size_t row) { return panel.units[row] == chosen ? Numbers(panel, "x2")[row] : 0.0; });
  const Fitted fitted = Prepare(panel, "y ~ own | unit");
  const auto diagnostics = DiagnoseClusters(fitted, Units(fitted));
  ASSERT_TRUE(diagnostics.ok());
  EXPECT_FALSE(diagnostics->clusters[0].identified);
  EXPECT_TRUE(diagnostics->clusters[1].identified);
  EXPECT_NEAR(diagnostics->clusters[0].partial_leverage(0), 1.0, 1e-12);
  EXPECT_NEAR(diagnostics->effective(0), 1.0, 1e-10);
}

}  // namespace
}  // namespace farrell::regression::testing
