// Two-stage least squares and LIML with effects, and what is said about instruments: identities, collinear instruments,
// what is not identified, confidence sets of every shape, coverage under weak instruments.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/critical_values.h"
#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/estimators/weak_instruments.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Design MakeDesign(const Panel& panel, const std::string& formula, std::vector<std::string> classifications = {}) {
  DesignOptions options;
  options.panel_keys = true;
  options.classifications = std::move(classifications);
  auto design = BuildDesign(panel, MakeSpec(formula).formula, options);
  if (!design.ok()) throw std::runtime_error(design.status().ToString());
  return std::move(design).value();
}

Result<Fitted> TryEstimate(Design design, Estimator kind) {
  EstimatorSpec spec;
  spec.kind = kind;
  return Estimate(std::move(design), spec, {});
}

Fitted MustEstimate(Design design, Estimator kind) {
  auto fitted = TryEstimate(std::move(design), kind);
  if (!fitted.ok()) throw std::runtime_error(fitted.status().ToString());
  return std::move(fitted).value();
}

double Coefficient(const Fitted& fitted, const std::string& name) {
  for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
    if (fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])] == name) {
      return fitted.solution.coefficients(static_cast<Eigen::Index>(k));
    }
  }
  throw std::runtime_error("no coefficient " + name);
}

// y depends on the endogenous d, the exogenous x1 and unit effects; z1, z2, z3 are instruments, z2 weak.
Panel InstrumentPanel(std::int64_t seed, int units = 20, int periods = 6) {
  Panel panel = RandomPanel(seed, units, periods, 0.85);
  const auto draw = [&](std::int64_t stream, std::size_t row) {
    return numeric::NormalDraw(seed + 1000, stream, static_cast<std::int64_t>(row));
  };
  for (const char* name : {"z1", "z2", "z3"}) {
    AddColumn(panel, name, [&](std::size_t row) { return draw(name[1], row); });
  }
  AddColumn(panel, "d", [&](std::size_t row) {
    return Numbers(panel, "z1")[row] + 0.1 * Numbers(panel, "z2")[row] - 0.4 * Numbers(panel, "z3")[row] +
           0.3 * Numbers(panel, "x1")[row] + draw(1, row);
  });
  AddColumn(panel, "d2", [&](std::size_t row) {
    return 0.6 * Numbers(panel, "z3")[row] + 0.5 * Numbers(panel, "z2")[row] + draw(1, row) + draw(3, row);
  });
  std::vector<double>& y = panel.columns[0].numbers;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    y[row] += 0.7 * Numbers(panel, "d")[row] - 0.2 * Numbers(panel, "d2")[row] + draw(1, row) + draw(2, row);
  }
  return panel;
}

TEST(TwoStageLeastSquares, WithTheRegressorAsItsOwnInstrumentIsLeastSquares) {
  const Panel panel = InstrumentPanel(1);
  for (const std::string effects : {"", " | unit", " | unit + time"}) {
    const Fitted plain =
        MustEstimate(MakeDesign(panel, "y ~ d + x1" + effects), effects.empty() ? Estimator::kOls : Estimator::kWithin);
    const std::string part = effects.empty() ? " | 0" : effects;
    for (const Estimator kind : {Estimator::kTwoStageLeastSquares, Estimator::kLiml}) {
      const Fitted own = MustEstimate(MakeDesign(panel, "y ~ x1" + part + " | d ~ d"), kind);
      for (const char* name : {"d", "x1"}) {
        EXPECT_NEAR(Coefficient(own, name), Coefficient(plain, name), 1e-12);
      }
      EXPECT_LT((own.solution.residuals - plain.solution.residuals).norm(), 1e-11 * plain.solution.residuals.norm());
      EXPECT_EQ(own.residual_df, plain.residual_df);
      EXPECT_EQ(own.kappa, 1.0);
    }
  }
}

// The textbook formula with dummies as columns.
TEST(TwoStageLeastSquares, IsItsFormulaWithDummies) {
  const Panel panel = InstrumentPanel(2);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit + time | d + d2 ~ z1 + z2 + z3"), Estimator::kTwoStageLeastSquares);
  const Fitted dummies = MustEstimate(MakeDesign(panel, "y ~ x1 + i(unit) + i(time) | 0 | d + d2 ~ z1 + z2 + z3"),
                                      Estimator::kTwoStageLeastSquares);
  const Eigen::MatrixXd& x = dummies.design.x;
  Eigen::MatrixXd z(x.rows(), x.cols() - 2 + 3);
  Eigen::Index column = 0;
  for (Eigen::Index c = 0; c < x.cols(); ++c) {
    const auto& endogenous = dummies.design.endogenous;
    if (std::find(endogenous.begin(), endogenous.end(), c) == endogenous.end()) z.col(column++) = x.col(c);
  }
  z.rightCols(3) = dummies.design.z;
  const Eigen::MatrixXd projected = z * (z.transpose() * z).ldlt().solve(z.transpose() * x);
  const Eigen::VectorXd expected =
      (projected.transpose() * x).partialPivLu().solve(projected.transpose() * dummies.design.y);
  for (std::size_t k = 0; k < dummies.design.names.size(); ++k) {
    const std::string& name = dummies.design.names[k];
    EXPECT_NEAR(Coefficient(dummies, name), expected(static_cast<Eigen::Index>(k)), 1e-8) << name;
  }
  for (const char* name : {"d", "d2", "x1"}) {
    EXPECT_NEAR(Coefficient(fitted, name), Coefficient(dummies, name), 1e-9) << name;
  }
  EXPECT_EQ(fitted.residual_df, dummies.residual_df);
  // The estimating equations hold, and R'R = X'PX.
  EXPECT_LT((fitted.solution.q.transpose() * fitted.solution.residuals).norm(), 1e-10);
  const Eigen::MatrixXd bread = fitted.solution.r.transpose() * fitted.solution.r;
  const Eigen::MatrixXd instrumented = fitted.solution.q * fitted.solution.r;
  EXPECT_LT((bread - instrumented.transpose() * fitted.x_within).norm(), 1e-9 * bread.norm());
}

TEST(Liml, IsTwoStageLeastSquaresWhenExactlyIdentified) {
  const Panel panel = InstrumentPanel(3);
  const Design design = MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1 + z3");
  const Fitted a = MustEstimate(design, Estimator::kTwoStageLeastSquares);
  const Fitted b = MustEstimate(design, Estimator::kLiml);
  EXPECT_EQ(a.solution.coefficients, b.solution.coefficients);
  EXPECT_EQ(b.kappa, 1.0);
}

// LIML minimises (y - Xb)'M_1(y - Xb) / (y - Xb)'M(y - Xb), and k is the minimum.
TEST(Liml, MinimisesTheVarianceRatio) {
  const Panel panel = InstrumentPanel(4);
  const Fitted liml = MustEstimate(MakeDesign(panel, "y ~ 0 | unit | d ~ z1 + z2 + z3"), Estimator::kLiml);
  EXPECT_GT(liml.kappa, 1.0);
  Eigen::MatrixXd z = liml.design.z;
  ASSERT_TRUE(liml.within.Demean(z).ok());
  const auto ratio = [&](double b) {
    const Eigen::VectorXd e = liml.y_within - b * liml.x_within.col(0);
    const Eigen::VectorXd rest = e - z * (z.transpose() * z).ldlt().solve(z.transpose() * e);
    return e.squaredNorm() / rest.squaredNorm();
  };
  const double b = Coefficient(liml, "d");
  EXPECT_NEAR(ratio(b), liml.kappa, 1e-12);
  for (const double step : {-1e-3, 1e-3, -0.1, 0.1}) EXPECT_GT(ratio(b + step), liml.kappa);
  // X'(I - kM)(y - Xb) = 0.
  EXPECT_LT((liml.solution.q.transpose() * liml.solution.residuals).norm(), 1e-10);
  const Eigen::MatrixXd bread = liml.solution.r.transpose() * liml.solution.r;
  EXPECT_NEAR((liml.solution.q * liml.solution.r).col(0).dot(liml.x_within.col(0)), bread(0, 0), 1e-9 * bread(0, 0));
}

TEST(Instruments, CollinearOnesAreSetAsideAndTold) {
  Panel panel = InstrumentPanel(5);
  AddColumn(panel, "sum", [&](std::size_t row) { return Numbers(panel, "z1")[row] + Numbers(panel, "x1")[row]; });
  const Fitted clean = MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z3"), Estimator::kTwoStageLeastSquares);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + sum + z3"), Estimator::kTwoStageLeastSquares);
  EXPECT_THAT(fitted.collinear_instruments, ElementsAre("sum"));
  EXPECT_THAT(fitted.design.instrument_names, ElementsAre("z1", "z3"));
  EXPECT_NEAR(Coefficient(fitted, "d"), Coefficient(clean, "d"), 1e-13);
}

TEST(Instruments, TooFewAreAnErrorWithCounts) {
  const Panel panel = InstrumentPanel(6);
  const auto few = TryEstimate(MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1"), Estimator::kTwoStageLeastSquares);
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.status().reason(), "NOT_IDENTIFIED");
  EXPECT_THAT(few.status().message(), HasSubstr("2 endogenous regressors and 1 instruments"));
  // Two instruments, of which one is an exogenous regressor.
  const auto collinear =
      TryEstimate(MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1 + x1"), Estimator::kTwoStageLeastSquares);
  ASSERT_FALSE(collinear.ok());
  EXPECT_THAT(collinear.status().message(), HasSubstr("collinear: x1"));
}

TEST(Instruments, WeightsAreRepeatedRows) {
  const Panel panel = InstrumentPanel(7);
  Design weighted = MakeDesign(panel, "y ~ x1 | unit + time | d ~ z1 + z2");
  weighted.weights = Eigen::VectorXd::LinSpaced(weighted.y.size(), 0.5, 2.0);
  const Fitted fitted = MustEstimate(weighted, Estimator::kTwoStageLeastSquares);
  // Weighted by hand: dummies as columns, everything times the root of the weight.
  Design by_hand = MakeDesign(panel, "y ~ 0 + x1 + i(unit) + i(time) | 0 | d ~ z1 + z2");
  WeightRows(by_hand.x, weighted.weights);
  WeightRows(by_hand.z, weighted.weights);
  by_hand.y.array() *= weighted.weights.array().sqrt();
  const Fitted plain = MustEstimate(by_hand, Estimator::kTwoStageLeastSquares);
  EXPECT_NEAR(Coefficient(fitted, "d"), Coefficient(plain, "d"), 1e-9);
  EXPECT_NEAR(Coefficient(fitted, "x1"), Coefficient(plain, "x1"), 1e-9);
  EXPECT_NEAR(fitted.solution.residuals.norm(), plain.solution.residuals.norm(), 1e-9);
}

InstrumentDiagnostics MustDiagnose(const Fitted& fitted, const InferenceSpec& primary,
                                   std::vector<Warning>* warnings = nullptr) {
  std::vector<Warning> unheard;
  auto result = DiagnoseInstruments(fitted, primary, 0.95, {}, warnings != nullptr ? *warnings : unheard);
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).value();
}

// P-value of the joint test of z1, z2, z3 in y - b d on x1 and them, unit effects absorbed.
double RubinPValue(const Panel& panel, double b, const InferenceSpec& primary) {
  Design design = MakeDesign(panel, "y ~ x1 + z1 + z2 + z3 | unit", {"unit", "group"});
  const Design other = MakeDesign(panel, "d ~ x1 + z1 + z2 + z3 | unit");
  design.y -= b * other.y;
  const Fitted fitted = MustEstimate(std::move(design), Estimator::kWithin);
  std::vector<Warning> warnings;
  const auto inference = ComputeInference(fitted, primary, 0.95, {}, warnings);
  if (!inference.ok()) throw std::runtime_error(inference.status().ToString());
  Eigen::MatrixXd restrictions = Eigen::MatrixXd::Zero(3, 4);
  restrictions.rightCols(3).setIdentity();
  const Eigen::VectorXd values = fitted.solution.coefficients.tail(3);
  if (inference->joint_test) return inference->joint_test(restrictions, Eigen::Vector3d::Zero())->p_value;
  return WaldTest(values, inference->vcov.bottomRightCorner(3, 3), inference->df)->p_value;
}

TEST(AndersonRubin, EndsOfTheSetAreJustNotRejected) {
  const Panel panel = InstrumentPanel(8);
  const Fitted fitted = MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z2 + z3", {"unit", "group"}),
                                     Estimator::kTwoStageLeastSquares);
  for (const InferenceSpec& primary :
       {MakeInference(InferenceType::kIid), MakeInference(InferenceType::kHc1), MakeInference(InferenceType::kHc3),
        MakeInference(InferenceType::kCr1, "unit"), MakeInference(InferenceType::kCr2, "unit"),
        MakeInference(InferenceType::kCr3, "unit")}) {
    const InstrumentDiagnostics found = MustDiagnose(fitted, primary);
    ASSERT_EQ(found.anderson_rubin_set.size(), 1U) << InferenceLabel(primary);
    const ConfidenceInterval& set = found.anderson_rubin_set[0];
    ASSERT_TRUE(set.low && set.high);
    EXPECT_LT(*set.low, *set.high);
    EXPECT_NEAR(RubinPValue(panel, *set.low, primary), 0.05, 1e-9) << InferenceLabel(primary);
    EXPECT_NEAR(RubinPValue(panel, *set.high, primary), 0.05, 1e-9) << InferenceLabel(primary);
    EXPECT_NEAR(RubinPValue(panel, 0.0, primary), found.anderson_rubin->p_value, 1e-9);
    EXPECT_GT(RubinPValue(panel, 0.5 * (*set.low + *set.high), primary), 0.05);
  }
}

// With iid the least Anderson-Rubin F is that of LIML, (k - 1) df / L: the set is empty exactly when it is rejected.
TEST(AndersonRubin, HoldsTheLimlEstimate) {
  for (std::int64_t seed = 20; seed < 40; ++seed) {
    const Panel panel = InstrumentPanel(seed, 8, 5);
    Design design = MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z2 + z3");
    // An instrument that is not valid empties the set in some of the draws.
    if (seed % 2 == 0) design.y += 0.8 * design.z.col(1);
    const Fitted liml = MustEstimate(std::move(design), Estimator::kLiml);
    const InstrumentDiagnostics found = MustDiagnose(liml, MakeInference(InferenceType::kIid));
    const double df = static_cast<double>(liml.residual_df) - 2.0;
    const double least = (liml.kappa - 1.0) * df / 3.0;
    EXPECT_EQ(found.anderson_rubin_empty, numeric::FSurvival(least, 3.0, df) < 0.05) << seed;
    if (found.anderson_rubin_empty) continue;
    const double b = Coefficient(liml, "d");
    bool inside = false;
    for (const ConfidenceInterval& piece : found.anderson_rubin_set) {
      inside |= (!piece.low || *piece.low <= b) && (!piece.high || b <= *piece.high);
    }
    EXPECT_TRUE(inside) << seed;
  }
}

RubinForms Forms(double outcome_1, double outcome_2, double regressor_1, double regressor_2, double cross) {
  RubinForms forms;
  forms.outcome = Eigen::Vector2d(outcome_1, outcome_2);
  forms.regressor = Eigen::Vector2d(regressor_1, regressor_2);
  forms.outcome_variance = Eigen::Matrix2d::Identity();
  forms.cross_variance = cross * Eigen::Matrix2d::Identity();
  forms.regressor_variance = Eigen::Matrix2d::Identity();
  return forms;
}

TEST(AndersonRubin, SetsOfEveryShape) {
  const std::optional<double> none;
  // |g_y - b g_x|^2 <= 4 (1 - b cross + b^2).
  const RubinForms bounded = Forms(0.5, 1.0, 5.0, 0.0, 0.0);
  const RubinForms rays = Forms(4.0, 0.0, 1.0, 0.0, 0.0);
  const RubinForms line = Forms(0.5, 0.0, 0.2, 0.0, 0.0);
  const RubinForms empty = Forms(0.0, 5.0, 6.0, 0.0, 0.0);
  for (const bool scalar : {true, false}) {
    for (const double scale : {0.1, 1.0, 30.0}) {
      const auto one = InvertRubinTest(bounded, 4.0, scalar, scale);
      ASSERT_EQ(one.size(), 1U);
      // 21 b^2 - 5 b - 2.75 <= 0.
      EXPECT_NEAR(*one[0].low, (5.0 - std::sqrt(256.0)) / 42.0, 1e-12);
      EXPECT_NEAR(*one[0].high, (5.0 + std::sqrt(256.0)) / 42.0, 1e-12);
      // -3 b^2 - 8 b + 12 <= 0.
      const auto two = InvertRubinTest(rays, 4.0, scalar, scale);
      ASSERT_EQ(two.size(), 2U);
      EXPECT_EQ(two[0].low, none);
      EXPECT_NEAR(*two[0].high, (-8.0 - std::sqrt(208.0)) / 6.0, 1e-11);
      EXPECT_NEAR(*two[1].low, (-8.0 + std::sqrt(208.0)) / 6.0, 1e-11);
      EXPECT_EQ(two[1].high, none);
      const auto whole = InvertRubinTest(line, 4.0, scalar, scale);
      ASSERT_EQ(whole.size(), 1U);
      EXPECT_EQ(whole[0].low, none);
      EXPECT_EQ(whole[0].high, none);
      EXPECT_TRUE(InvertRubinTest(empty, 4.0, scalar, scale).empty());
    }
  }
}

TEST(AndersonRubin, NarrowPiecesAreFound) {
  // 21 + 32 b^2 <= c (1 + b^2): half width sqrt((c - 21) / (32 - c)).
  const RubinForms forms = Forms(0.0, std::sqrt(21.0), std::sqrt(32.0), 0.0, 0.0);
  const double half = 1e-5;
  const auto set = InvertRubinTest(forms, 21.0 + 11.0 * half * half, false, 1.0);
  ASSERT_EQ(set.size(), 1U);
  EXPECT_NEAR(*set[0].high - *set[0].low, 2.0 * half, 1e-9);
}

// Coverage does not depend on strength: it is exact with normal errors.
TEST(AndersonRubin, CoversUnderWeakInstruments) {
  const int replications = LongRun() ? 8000 : 400;
  const double truth = 0.7;
  int covered = 0;
  int unbounded = 0;
  for (int replication = 0; replication < replications; ++replication) {
    Design design;
    constexpr Eigen::Index kRows = 50;
    const auto draw = [&](int column, Eigen::Index row) {
      return numeric::NormalDraw(99, replication, 10 * row + column);
    };
    design.rows.resize(kRows);
    design.y.resize(kRows);
    design.x = Eigen::MatrixXd::Ones(kRows, 2);
    design.z.resize(kRows, 3);
    for (Eigen::Index row = 0; row < kRows; ++row) {
      for (int column = 0; column < 3; ++column) design.z(row, column) = draw(column, row);
      design.x(row, 1) = 0.15 * design.z.row(row).sum() + draw(3, row);
      design.y(row) = truth * design.x(row, 1) + 0.9 * draw(3, row) + 0.4 * draw(4, row);
    }
    design.names = {kConstantName, "d"};
    design.has_constant = true;
    design.endogenous = {1};
    design.instrument_names = {"z1", "z2", "z3"};
    const InstrumentDiagnostics found = MustDiagnose(MustEstimate(std::move(design), Estimator::kTwoStageLeastSquares),
                                                     MakeInference(InferenceType::kIid));
    for (const ConfidenceInterval& piece : found.anderson_rubin_set) {
      if ((!piece.low || *piece.low <= truth) && (!piece.high || truth <= *piece.high)) ++covered;
    }
    if (!found.anderson_rubin_empty && (!found.anderson_rubin_set[0].low || !found.anderson_rubin_set.back().high)) {
      ++unbounded;
    }
  }
  const double error = std::sqrt(0.05 * 0.95 / replications);
  EXPECT_NEAR(static_cast<double>(covered) / replications, 0.95, 3.5 * error);
  EXPECT_GT(unbounded, replications / 20);
}

TEST(EffectiveF, IsTheFirstStageFWithIid) {
  const Panel panel = InstrumentPanel(9);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z2 + z3", {"unit"}), Estimator::kTwoStageLeastSquares);
  const InstrumentDiagnostics iid = MustDiagnose(fitted, MakeInference(InferenceType::kIid));
  const FirstStage& stage = iid.first_stages.at(0);
  EXPECT_EQ(stage.term, "d");
  EXPECT_NEAR(*stage.effective_f, stage.joint->statistic, 1e-9 * *stage.effective_f);
  EXPECT_NEAR(*iid.cragg_donald_f, stage.joint->statistic, 1e-9 * *stage.effective_f);
  EXPECT_NEAR(*iid.kleibergen_paap_f, stage.joint->statistic, 1e-9 * *stage.effective_f);
  EXPECT_GT(*stage.effective_f_critical, 10.0);
  // A wild bootstrap is judged by the variance of its statistics.
  const InstrumentDiagnostics wild = MustDiagnose(fitted, MakeInference(InferenceType::kWild, "unit"));
  const InstrumentDiagnostics cr1 = MustDiagnose(fitted, MakeInference(InferenceType::kCr1, "unit"));
  EXPECT_EQ(*wild.first_stages[0].effective_f, *cr1.first_stages[0].effective_f);
}

// As the program weakivtest prints for one instrument and worst-case biases of 5, 10 and 20 %.
TEST(EffectiveF, CriticalValuesOfOneInstrument) {
  const Eigen::MatrixXd one = Eigen::MatrixXd::Constant(1, 1, 3.0);
  EXPECT_NEAR(EffectiveFCritical(one, 0.05, 0.05), 37.418, 5e-4);
  EXPECT_NEAR(EffectiveFCritical(one, 0.10, 0.05), 23.109, 5e-4);
  EXPECT_NEAR(EffectiveFCritical(one, 0.20, 0.05), 15.062, 5e-4);
}

TEST(EffectiveF, BelowItsCriticalValueIsAWarning) {
  const Panel panel = InstrumentPanel(10);
  std::vector<Warning> warnings;
  MustDiagnose(MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z2"), Estimator::kTwoStageLeastSquares),
               MakeInference(InferenceType::kHc1), &warnings);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, "WEAK_INSTRUMENTS");
  warnings.clear();
  MustDiagnose(MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1"), Estimator::kTwoStageLeastSquares),
               MakeInference(InferenceType::kHc1), &warnings);
  EXPECT_TRUE(warnings.empty());
}

TEST(Rank, KleibergenPaapIsCraggDonaldWithIid) {
  const Panel panel = InstrumentPanel(11);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1 + z2 + z3"), Estimator::kTwoStageLeastSquares);
  const InstrumentDiagnostics found = MustDiagnose(fitted, MakeInference(InferenceType::kIid));
  EXPECT_NEAR(2.0 * *found.kleibergen_paap_f, 3.0 * *found.cragg_donald_f, 1e-9 * *found.cragg_donald_f);
  EXPECT_TRUE(found.anderson_rubin_set.empty());
  EXPECT_FALSE(found.anderson_rubin_empty);
  EXPECT_EQ(found.anderson_rubin->df1, 3.0);
  EXPECT_EQ(found.first_stages.size(), 2U);
  // The smallest root of |Y'P_Z Y - m Y'M Y| by its definition.
  Eigen::MatrixXd w = fitted.design.x.col(2);
  Eigen::MatrixXd z = fitted.design.z;
  Eigen::MatrixXd y = fitted.x_within.leftCols(2);
  ASSERT_TRUE(fitted.within.Demean(w).ok() && fitted.within.Demean(z).ok());
  const auto residual = [](const Eigen::MatrixXd& on, const Eigen::MatrixXd& of) {
    return Eigen::MatrixXd(of - on * (on.transpose() * on).ldlt().solve(on.transpose() * of));
  };
  z = residual(w, z);
  y = residual(w, y);
  const Eigen::MatrixXd rest = residual(z, y);
  const Eigen::MatrixXd ratio = (rest.transpose() * rest).ldlt().solve((y - rest).transpose() * (y - rest));
  const double trace = ratio.trace();
  const double least = 0.5 * (trace - std::sqrt(trace * trace - 4.0 * ratio.determinant()));
  const double df = static_cast<double>(fitted.residual_df) - 1.0;
  EXPECT_NEAR(*found.cragg_donald_f, least * df / 3.0, 1e-8 * *found.cragg_donald_f);
}

// Hausman's (1978) contrast with one variance of the error, that of the control-function regression.
TEST(Endogeneity, IsHausmansContrast) {
  const Panel panel = InstrumentPanel(12);
  const Fitted iv = MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z3"), Estimator::kTwoStageLeastSquares);
  const Fitted ols = MustEstimate(MakeDesign(panel, "y ~ d + x1 | unit"), Estimator::kWithin);
  const InstrumentDiagnostics found = MustDiagnose(iv, MakeInference(InferenceType::kIid));
  const double contrast = Coefficient(iv, "d") - Coefficient(ols, "d");
  const auto inverse = [](const Fitted& fitted) {
    const Eigen::MatrixXd bread = fitted.solution.r.transpose() * fitted.solution.r;
    return bread.inverse()(0, 0);
  };
  ASSERT_EQ(iv.design.names[0], "d");
  // RSS of the control-function regression: RSS_ols less what its F explains.
  const double gain = contrast * contrast / (inverse(iv) - inverse(ols));
  const double df = static_cast<double>(ols.residual_df) - 1.0;
  const double variance = (ols.solution.residuals.squaredNorm() - gain) / df;
  EXPECT_NEAR(found.endogeneity->statistic, gain / variance, 1e-8 * gain / variance);
  EXPECT_EQ(found.endogeneity->df2, df);
}

TEST(Overidentification, SarganAndHansen) {
  const Panel panel = InstrumentPanel(13);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z2 + z3", {"unit"}), Estimator::kTwoStageLeastSquares);
  Eigen::MatrixXd all(fitted.observations(), 4);
  all << fitted.design.x.col(1), fitted.design.z;
  ASSERT_TRUE(fitted.within.Demean(all).ok());
  const Eigen::VectorXd& e = fitted.solution.residuals;
  const Eigen::VectorXd moments = all.transpose() * e;
  const double sargan =
      moments.dot((all.transpose() * all).ldlt().solve(moments)) * static_cast<double>(e.size()) / e.squaredNorm();
  const InstrumentDiagnostics iid = MustDiagnose(fitted, MakeInference(InferenceType::kIid));
  EXPECT_EQ(iid.overidentification_name, "Sargan");
  EXPECT_EQ(iid.overidentification->df1, 2.0);
  EXPECT_NEAR(iid.overidentification->statistic, sargan, 1e-9 * sargan);

  const Eigen::MatrixXd rows = e.asDiagonal() * all;
  const Eigen::MatrixXd weight = (rows.transpose() * rows).inverse();
  const Eigen::MatrixXd gradient = all.transpose() * fitted.x_within;
  const Eigen::VectorXd outcome = all.transpose() * fitted.y_within;
  const Eigen::VectorXd b =
      (gradient.transpose() * weight * gradient).ldlt().solve(gradient.transpose() * weight * outcome);
  const Eigen::VectorXd rest = outcome - gradient * b;
  const double hansen = rest.dot(weight * rest);
  // Every robust inference has the same moments' variance.
  for (const InferenceType type : {InferenceType::kHc1, InferenceType::kHc3}) {
    const InstrumentDiagnostics robust = MustDiagnose(fitted, MakeInference(type));
    EXPECT_EQ(robust.overidentification_name, "Hansen J");
    EXPECT_NEAR(robust.overidentification->statistic, hansen, 1e-8 * hansen);
  }
  const Fitted exact = MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1"), Estimator::kTwoStageLeastSquares);
  EXPECT_FALSE(MustDiagnose(exact, MakeInference(InferenceType::kHc1)).overidentification.has_value());
}

TEST(CriticalValues, AreWhereTheTailsAre) {
  for (const double p : {0.5, 0.05, 1e-6}) {
    for (const double df : {1.0, 2.7, 40.0}) {
      EXPECT_NEAR(numeric::ChiSquareSurvival(numeric::ChiSquareCritical(p, df), df), p, 1e-11 * p);
      EXPECT_NEAR(numeric::FSurvival(numeric::FCritical(p, df, 17.0), df, 17.0), p, 1e-11 * p);
    }
  }
  // One degree of freedom: a normal around the root of the noncentrality.
  for (const double noncentrality : {0.5, 10.0, 400.0}) {
    const double root = std::sqrt(noncentrality);
    for (const double x : {0.3, 12.0, 500.0}) {
      const double expected = numeric::NormalSurvival(std::sqrt(x) - root) + numeric::NormalCdf(-std::sqrt(x) - root);
      EXPECT_NEAR(numeric::NoncentralChiSquareSurvival(x, 1.0, noncentrality), expected, 1e-12);
    }
    EXPECT_NEAR(numeric::NoncentralChiSquareSurvival(numeric::NoncentralChiSquareCritical(0.05, 3.3, noncentrality),
                                                     3.3, noncentrality),
                0.05, 1e-11);
  }
  EXPECT_TRUE(std::isnan(numeric::FCritical(0.0, 1.0, 1.0)));
  EXPECT_TRUE(std::isnan(numeric::ChiSquareCritical(0.05, -1.0)));
}

}  // namespace
}  // namespace farrell::regression::testing
