// Likelihoods on data drawn from them: the squared distance of the estimates from the truth, in the metric of the
// estimated variance, is chi-square with as many degrees of freedom as parameters; 95 % intervals cover 95 %.
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "services/regression/engine/fitted.h"
#include "tests/regression/panels.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kUnits = 150;
constexpr int kPeriods = 4;

int Replications() { return testing::LongRun() ? 1000 : 50; }

// Regressors and units; y is the caller's.
Design MakeDesign(std::int64_t seed) {
  Design design;
  const Index rows = Index{kUnits} * kPeriods;
  design.y.resize(rows);
  design.x.resize(rows, 3);
  design.names = {"(Intercept)", "x1", "x2"};
  design.has_constant = true;
  design.units.name = "unit";
  for (int unit = 0; unit < kUnits; ++unit) design.units.labels.push_back("u" + std::to_string(1000 + unit));
  for (Index row = 0; row < rows; ++row) {
    design.rows.push_back(static_cast<std::size_t>(row));
    design.units.ids.push_back(static_cast<std::int32_t>(row / kPeriods));
    design.periods.push_back(row % kPeriods);
    design.x(row, 0) = 1.0;
    design.x(row, 1) = numeric::NormalDraw(seed, 1, row);
    design.x(row, 2) = numeric::UniformDraw(seed, 2, row) < 0.4 ? 1.0 : 0.0;
  }
  return design;
}

using Draw = std::function<double(std::int64_t seed, Index row, double index)>;

struct Experiment {
  EstimatorSpec spec;
  VectorXd truth;
  Draw draw;
  // The variance is the sandwich, not the inverse Hessian.
  bool robust = false;
};

void Replicate(const Experiment& experiment) {
  const int replications = Replications();
  const Index parameters = experiment.truth.size();
  double distance = 0.0;
  VectorXd covered = VectorXd::Zero(parameters);
  for (int k = 0; k < replications; ++k) {
    const std::int64_t seed = 1000 + k;
    Design design = MakeDesign(seed);
    for (Index row = 0; row < design.y.size(); ++row) {
      design.y(row) = experiment.draw(seed, row, design.x.row(row).dot(experiment.truth.head(3)));
    }
    const auto fitted = Estimate(std::move(design), experiment.spec, {});
    ASSERT_TRUE(fitted.ok()) << fitted.status().ToString();
    ASSERT_EQ(fitted->parameters(), parameters);
    const VectorXd error = fitted->solution.coefficients - experiment.truth;
    const MatrixXd inverse =
        fitted->solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(parameters, parameters));
    MatrixXd variance = inverse * inverse.transpose();
    if (experiment.robust) {
      const MatrixXd half = fitted->likelihood_scores * inverse.transpose();
      variance = half.transpose() * half;
    }
    distance += error.dot(variance.ldlt().solve(error));
    for (Index p = 0; p < parameters; ++p)
      covered(p) += std::fabs(error(p)) <= 1.96 * std::sqrt(variance(p, p)) ? 1 : 0;
  }
  const double count = replications;
  const auto df = static_cast<double>(parameters);
  EXPECT_NEAR(distance / count, df, 4.0 * std::sqrt(2.0 * df / count));
  for (Index p = 0; p < parameters; ++p)
    EXPECT_NEAR(covered(p) / count, 0.95, 4.0 * std::sqrt(0.05 * 0.95 / count)) << p;
}

double Noise(std::int64_t seed, Index row) { return numeric::NormalDraw(seed, 3, row); }
double UnitNoise(std::int64_t seed, Index row) { return numeric::NormalDraw(seed, 4, row / kPeriods); }

TEST(Recovery, Tobit) {
  Experiment experiment;
  experiment.spec.kind = Estimator::kTobit;
  experiment.spec.lower = 0.0;
  experiment.spec.upper = 2.0;
  experiment.truth = (VectorXd(4) << 0.4, 0.8, -0.6, std::log(1.2)).finished();
  experiment.draw = [](std::int64_t seed, Index row, double index) { return index + 1.2 * Noise(seed, row); };
  Replicate(experiment);
}

TEST(Recovery, TobitWithUnitEffects) {
  Experiment experiment;
  experiment.spec.kind = Estimator::kTobit;
  experiment.spec.unit_effects = true;
  experiment.truth = (VectorXd(5) << 0.4, 0.8, -0.6, 0.0, std::log(1.5)).finished();
  experiment.draw = [](std::int64_t seed, Index row, double index) {
    return index + 1.5 * UnitNoise(seed, row) + Noise(seed, row);
  };
  Replicate(experiment);
}

TEST(Recovery, Truncated) {
  Experiment experiment;
  experiment.spec.kind = Estimator::kTruncated;
  experiment.spec.lower = 0.0;
  experiment.truth = (VectorXd(4) << 0.9, 0.5, -0.3, std::log(0.7)).finished();
  experiment.draw = [](std::int64_t seed, Index row, double index) {
    const double below = numeric::NormalCdf(-index / 0.7);
    return index + 0.7 * numeric::NormalQuantile(below + numeric::UniformDraw(seed, 5, row) * (1.0 - below));
  };
  Replicate(experiment);
}

TEST(Recovery, FractionalWithTheSandwich) {
  // Shares among seven trials, so that the variance is not that of the likelihood.
  for (const Link link : {Link::kLogit, Link::kProbit}) {
    Experiment experiment;
    experiment.spec.kind = Estimator::kFractional;
    experiment.spec.link = link;
    experiment.robust = true;
    experiment.truth = (VectorXd(3) << 0.2, 0.7, -0.5).finished();
    experiment.draw = [&](std::int64_t seed, Index row, double index) {
      const double mean = link == Link::kLogit ? 1.0 / (1.0 + std::exp(-index)) : numeric::NormalCdf(index);
      double successes = 0.0;
      for (std::int64_t trial = 0; trial < 7; ++trial) {
        successes += numeric::UniformDraw(seed, 6 + trial, row) < mean ? 1.0 : 0.0;
      }
      return successes / 7.0;
    };
    Replicate(experiment);
  }
}

TEST(Recovery, PoissonOfOutcomesThatAreNotPoisson) {
  // Exponential draws with the mean of the model.
  Experiment experiment;
  experiment.spec.kind = Estimator::kPoisson;
  experiment.robust = true;
  experiment.truth = (VectorXd(3) << 0.2, 0.4, -0.5).finished();
  experiment.draw = [](std::int64_t seed, Index row, double index) {
    return -std::exp(index) * std::log(numeric::UniformDraw(seed, 20, row));
  };
  Replicate(experiment);
}

}  // namespace
}  // namespace farrell::regression
