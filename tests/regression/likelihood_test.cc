// Tobit, fractional and Poisson regressions: identities, exact derivatives, quadrature, separation, errors.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/normal_tail.h"
#include "common/numeric/quadrature.h"
#include "common/numeric/random.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "tests/regression/likelihood_cases.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Richardson's extrapolation of central differences.
double Derivative(const std::function<double(double)>& f, double step) {
  const auto central = [&](double h) { return (f(h) - f(-h)) / (2.0 * h); };
  return (64.0 * central(step / 4) - 20.0 * central(step / 2) + central(step)) / 45.0;
}

using RowFunction = std::function<double(Index row, const VectorXd& p)>;

// Scores of rows, minus the Hessian and the effects' gradient against the functions they are derivatives of.
void CheckDerivatives(const Fitted& fitted, const RowFunction& likelihood, const RowFunction& mean) {
  const VectorXd p = fitted.solution.coefficients;
  const MatrixXd scores = fitted.likelihood_scores * fitted.solution.r;
  const auto moved = [&](Index k, double h) {
    VectorXd at = p;
    at(k) += h;
    return at;
  };
  double total = 0.0;
  for (Index row = 0; row < fitted.observations(); ++row) total += likelihood(row, p);
  EXPECT_NEAR(*fitted.log_likelihood, total, 1e-9 * (1.0 + std::fabs(total)));
  for (Index row = 0; row < 30; ++row) {
    for (Index k = 0; k < p.size(); ++k) {
      EXPECT_NEAR(scores(row, k), Derivative([&](double h) { return likelihood(row, moved(k, h)); }, 0.02), 1e-7);
    }
  }
  EXPECT_LT(fitted.likelihood_scores.colwise().sum().norm(), 1e-7);
  const MatrixXd information = fitted.solution.r.transpose() * fitted.solution.r;
  for (Index k = 0; k < p.size(); ++k) {
    for (Index l = 0; l <= k; ++l) {
      double second = 0.0;
      for (Index row = 0; row < fitted.observations(); ++row) {
        second -= Derivative(
            [&](double h) {
              return Derivative(
                  [&](double g) {
                    VectorXd at = moved(k, h);
                    at(l) += g;
                    return likelihood(row, at);
                  },
                  0.02);
            },
            0.02);
      }
      EXPECT_NEAR(information(k, l), second, 1e-6 * std::sqrt(information(k, k) * information(l, l)));
    }
  }
  // Effects: means over rows of the derivative of the mean by a column; columns 1 and 2.
  const auto effect = [&](Index column, const VectorXd& at) {
    double sum = 0.0;
    for (Index row = 0; row < fitted.observations(); ++row) {
      // The mean depends on the row through its index only; moving the constant by d and scaling by the slope is the
      // derivative by the column.
      sum += at(column) * Derivative(
                              [&](double h) {
                                VectorXd up = at;
                                up(0) += h;
                                return mean(row, up);
                              },
                              0.02);
    }
    return sum / static_cast<double>(fitted.observations());
  };
  for (Index e = 0; e < fitted.average_effects.size(); ++e) {
    EXPECT_NEAR(fitted.average_effects(e), effect(e + 1, p), 1e-8);
    for (Index k = 0; k < p.size(); ++k) {
      EXPECT_NEAR(fitted.effect_gradient(e, k), Derivative([&](double h) { return effect(e + 1, moved(k, h)); }, 0.02),
                  1e-6)
          << e << " " << k;
    }
  }
  // Residuals are y less the mean.
  for (Index row = 0; row < 20; ++row) {
    EXPECT_NEAR(fitted.solution.residuals(row), fitted.design.y(row) - mean(row, p), 1e-10);
  }
}

TEST(Tobit, ExactDerivatives) {
  const Panel panel = Made(21, 20, 4, 0.0);
  for (const double upper : {1.5, HUGE_VAL}) {
    EstimatorSpec spec = Kind(Estimator::kTobit);
    spec.lower = 0.0;
    if (std::isfinite(upper)) spec.upper = upper;
    const Fitted fitted = MustEstimate(panel, "latent ~ x1 + x2", spec);
    EXPECT_GT(fitted.lower_bound_count, 10);
    const auto index = [&](Index row, const VectorXd& p) { return fitted.design.x.row(row).head(3).dot(p.head(3)); };
    CheckDerivatives(
        fitted,
        [&](Index row, const VectorXd& p) {
          const double sigma = std::exp(p(3));
          const double y = fitted.design.y(row);
          if (y <= 0.0) return std::log(numeric::NormalCdf(-index(row, p) / sigma));
          if (y >= upper) return std::log(numeric::NormalSurvival((upper - index(row, p)) / sigma));
          return numeric::LogNormalDensity((y - index(row, p)) / sigma) - p(3);
        },
        [&](Index row, const VectorXd& p) {
          const double sigma = std::exp(p(3));
          const double a = -index(row, p) / sigma;
          const double b = (upper - index(row, p)) / sigma;
          const auto density = [](double z) { return std::isfinite(z) ? std::exp(numeric::LogNormalDensity(z)) : 0.0; };
          const double above = std::isfinite(upper) ? upper * numeric::NormalSurvival(b) : 0.0;
          return above + index(row, p) * (numeric::NormalCdf(b) - numeric::NormalCdf(a)) +
                 sigma * (density(a) - density(b));
        });
  }
}

// The outcome's censoring changes residuals of the check above only where y is given beyond the bound.
TEST(Truncated, ExactDerivatives) {
  const Panel panel = Made(22, 20, 4, 0.0);
  for (int which = 0; which < 3; ++which) {
    EstimatorSpec spec = Kind(Estimator::kTruncated);
    if (which != 1) spec.lower = -0.5;
    if (which != 0) spec.upper = 1.8;
    const Fitted fitted = MustEstimate(panel, "latent ~ x1 + x2", spec);
    EXPECT_EQ(fitted.design.dropped.back().reason, "out_of_bounds");
    const auto index = [&](Index row, const VectorXd& p) { return fitted.design.x.row(row).head(3).dot(p.head(3)); };
    const auto bounds = [&](Index row, const VectorXd& p) {
      const double sigma = std::exp(p(3));
      return std::pair((spec.lower.value_or(-HUGE_VAL) - index(row, p)) / sigma,
                       (spec.upper.value_or(HUGE_VAL) - index(row, p)) / sigma);
    };
    CheckDerivatives(
        fitted,
        [&](Index row, const VectorXd& p) {
          const auto [a, b] = bounds(row, p);
          return numeric::LogNormalDensity((fitted.design.y(row) - index(row, p)) / std::exp(p(3))) - p(3) -
                 std::log(numeric::NormalCdf(b) - numeric::NormalCdf(a));
        },
        [&](Index row, const VectorXd& p) {
          const auto [a, b] = bounds(row, p);
          const auto density = [](double z) { return std::isfinite(z) ? std::exp(numeric::LogNormalDensity(z)) : 0.0; };
          return index(row, p) +
                 std::exp(p(3)) * (density(a) - density(b)) / (numeric::NormalCdf(b) - numeric::NormalCdf(a));
        });
  }
}

TEST(Fractional, ExactDerivatives) {
  const Panel panel = Made(23, 20, 4, 0.0);
  for (const Link link : {Link::kLogit, Link::kProbit}) {
    EstimatorSpec spec = Kind(Estimator::kFractional);
    spec.link = link;
    const Fitted fitted = MustEstimate(panel, "share ~ x1 + x2", spec);
    EXPECT_GT(fitted.lower_bound_count, 0);
    EXPECT_GT(fitted.upper_bound_count, 0);
    const auto mean = [&](Index row, const VectorXd& p) {
      const double m = fitted.design.x.row(row).dot(p);
      return link == Link::kLogit ? 1.0 / (1.0 + std::exp(-m)) : numeric::NormalCdf(m);
    };
    CheckDerivatives(
        fitted,
        [&](Index row, const VectorXd& p) {
          const double y = fitted.design.y(row);
          return y * std::log(mean(row, p)) + (1.0 - y) * std::log1p(-mean(row, p));
        },
        mean);
  }
}

TEST(Poisson, ExactDerivatives) {
  const Panel panel = Made(24, 20, 4, 0.3);
  const Fitted fitted = MustEstimate(panel, "count ~ x1 + x2", Kind(Estimator::kPoisson));
  const auto mean = [&](Index row, const VectorXd& p) { return std::exp(fitted.design.x.row(row).dot(p)); };
  CheckDerivatives(
      fitted,
      [&](Index row, const VectorXd& p) {
        const double y = fitted.design.y(row);
        return y * fitted.design.x.row(row).dot(p) - mean(row, p) - std::lgamma(y + 1.0);
      },
      mean);
}

TEST(Tobit, WithoutCensoredRowsIsLeastSquares) {
  const Panel panel = Made(25, 30, 4, 0.5);
  EstimatorSpec spec = Kind(Estimator::kTobit);
  spec.lower = -1e6;
  const Fitted tobit = MustEstimate(panel, "latent ~ x1 + x2", spec);
  const Fitted ols = MustEstimate(panel, "latent ~ x1 + x2", Kind(Estimator::kOls));
  EXPECT_LT((tobit.solution.coefficients.head(3) - ols.solution.coefficients).norm(), 1e-12);
  EXPECT_NEAR(std::exp(tobit.solution.coefficients(3)), ols.solution.residuals.norm() / std::sqrt(120.0), 1e-12);
  EXPECT_NEAR(tobit.average_effects(0), ols.solution.coefficients(1), 1e-12);
  EXPECT_TRUE(tobit.large_sample);
}

TEST(Mundlak, WithoutCensoringItsSlopesAreWithin) {
  const Panel panel = Made(26, 30, 4, 0.5);
  EstimatorSpec spec = Kind(Estimator::kTobit);
  spec.lower = -1e6;
  spec.mundlak = true;
  const Fitted tobit = MustEstimate(panel, "latent ~ x1 + x2", spec);
  const Fitted within = MustEstimate(panel, "latent ~ x1 + x2 | unit", Kind(Estimator::kWithin));
  EXPECT_LT((tobit.solution.coefficients.segment(1, 2) - within.solution.coefficients).norm(), 1e-11);
  EXPECT_EQ(tobit.design.names[3], "mean(x1)");
}

TEST(RandomTobit, SettlesAsNodesGrowAndWithLongPanels) {
  for (const int periods : {3, 12}) {
    const Panel panel = Made(27, 40, periods, 1.5);
    EstimatorSpec spec = Kind(Estimator::kTobit);
    spec.unit_effects = true;
    spec.quadrature_points = 64;
    const Fitted most = MustEstimate(panel, "censored ~ x1 + x2", spec);
    double last = 1.0;
    for (const int points : {8, 16, 24, 40}) {
      spec.quadrature_points = points;
      const Fitted fitted = MustEstimate(panel, "censored ~ x1 + x2", spec);
      const double distance = (most.solution.r * (fitted.solution.coefficients - most.solution.coefficients)).norm();
      EXPECT_LT(distance, last + 1e-9) << periods << " " << points;
      last = distance;
      if (points == 24) {
        EXPECT_LT(distance, 1e-5) << periods;
      }
    }
    EXPECT_LT(last, 1e-6);
    EXPECT_EQ(most.components->unit, std::exp(most.solution.coefficients(4)));
  }
}

// The likelihood itself, integrated by a fine trapezoidal rule.
TEST(RandomTobit, LikelihoodScoresAndHessianAreThoseOfTheIntegral) {
  const Panel panel = Made(28, 12, 3, 1.0);
  EstimatorSpec spec = Kind(Estimator::kTobit);
  spec.unit_effects = true;
  spec.quadrature_points = 48;
  const Fitted fitted = MustEstimate(panel, "censored ~ x1", spec);
  const VectorXd p = fitted.solution.coefficients;
  ASSERT_EQ(p.size(), 4);
  const auto unit_likelihood = [&](std::int32_t unit, const VectorXd& at) {
    const double sigma = std::exp(at(2));
    const double sigma_u = std::exp(at(3));
    double sum = 0.0;
    constexpr double kStep = 0.02;
    for (int k = -450; k <= 450; ++k) {
      const double v = k * kStep;
      double log_density = numeric::LogNormalDensity(v);
      for (Index row = 0; row < fitted.observations(); ++row) {
        if (fitted.design.units.ids[static_cast<std::size_t>(row)] != unit) continue;
        const double m = fitted.design.x.row(row).head(2).dot(at.head(2)) + sigma_u * v;
        const double y = fitted.design.y(row);
        log_density +=
            y <= 0.0 ? numeric::LogNormalCdf(-m / sigma) : numeric::LogNormalDensity((y - m) / sigma) - at(2);
      }
      sum += kStep * std::exp(log_density);
    }
    return std::log(sum);
  };
  const auto total = [&](const VectorXd& at) {
    double sum = 0.0;
    for (std::int32_t unit = 0; unit < 12; ++unit) sum += unit_likelihood(unit, at);
    return sum;
  };
  EXPECT_NEAR(*fitted.log_likelihood, total(p), 1e-9);
  const MatrixXd scores = fitted.likelihood_scores * fitted.solution.r;
  const auto moved = [&](Index k, double h) {
    VectorXd at = p;
    at(k) += h;
    return at;
  };
  const MatrixXd information = fitted.solution.r.transpose() * fitted.solution.r;
  for (Index k = 0; k < 4; ++k) {
    // The first row of unit 3 holds its score.
    EXPECT_NEAR(scores(9, k), Derivative([&](double h) { return unit_likelihood(3, moved(k, h)); }, 0.02), 1e-6);
    EXPECT_EQ(scores(10, k), 0.0);
    for (Index l = 0; l <= k; ++l) {
      const double second = -Derivative(
          [&](double h) {
            return Derivative(
                [&](double g) {
                  VectorXd at = moved(k, h);
                  at(l) += g;
                  return total(at);
                },
                0.05);
          },
          0.05);
      EXPECT_NEAR(information(k, l), second, 1e-5 * std::sqrt(information(k, k) * information(l, l)));
    }
  }
}

TEST(RandomTobit, WithoutCensoringIsTheNormalRandomEffectsModel) {
  // Balanced panels: maximum likelihood solves for the two variances in closed form given slopes; here only a constant,
  // so that everything is closed form.
  const int units = 25;
  const int periods = 5;
  const Panel panel = Made(29, units, periods, 1.2);
  EstimatorSpec spec = Kind(Estimator::kTobit);
  spec.unit_effects = true;
  spec.lower = -1e6;
  const Fitted fitted = MustEstimate(panel, "latent ~ 1", spec);
  const std::vector<double>& y = Numbers(panel, "latent");
  double mean = 0.0;
  for (const double value : y) mean += value / (units * periods);
  double between = 0.0;
  double within = 0.0;
  for (int unit = 0; unit < units; ++unit) {
    double unit_mean = 0.0;
    for (int t = 0; t < periods; ++t)
      unit_mean += y[static_cast<std::size_t>(unit) * periods + static_cast<std::size_t>(t)] / periods;
    between += periods * (unit_mean - mean) * (unit_mean - mean);
    for (int t = 0; t < periods; ++t)
      within += std::pow(y[static_cast<std::size_t>(unit) * periods + static_cast<std::size_t>(t)] - unit_mean, 2);
  }
  const double e2 = within / (units * (periods - 1));
  const double u2 = (between / units - e2) / periods;
  EXPECT_NEAR(fitted.solution.coefficients(0), mean, 1e-9);
  EXPECT_NEAR(fitted.components->idiosyncratic, std::sqrt(e2), 1e-8);
  EXPECT_NEAR(fitted.components->unit, std::sqrt(u2), 1e-8);
}

TEST(RandomTobit, NoUnitEffectIsThePooledModel) {
  // Outcomes whose unit means differ less than chance would have it: residuals with alternating signs.
  Panel panel = Made(30, 30, 4, 0.0);
  AddColumn(panel, "even", [&](std::size_t row) {
    const double e = std::fabs(numeric::NormalDraw(31, 0, static_cast<std::int64_t>(row / 2)));
    return 0.3 + 0.5 * Numbers(panel, "x1")[row] + (row % 2 == 0 ? e : -e);
  });
  EstimatorSpec spec = Kind(Estimator::kTobit);
  const Fitted pooled = MustEstimate(panel, "even ~ x1", spec);
  spec.unit_effects = true;
  const Fitted random = MustEstimate(panel, "even ~ x1", spec);
  EXPECT_EQ(random.components->unit, 0.0);
  EXPECT_EQ(random.solution.coefficients, pooled.solution.coefficients);
  EXPECT_EQ(random.design.names.back(), "log(sigma_u)");
  EXPECT_EQ(random.solution.kept.size(), 3U);
}

TEST(Weights, AreRepetitionsUpToScale) {
  const Panel panel = Made(32, 24, 4, 0.6);
  Panel repeated;
  repeated.unit_key = "unit";
  repeated.time_key = "time";
  for (const PanelColumn& column : panel.columns) repeated.columns.push_back({column.name, false, {}, {}});
  for (std::size_t row = 0; row < panel.size(); ++row) {
    for (int copy = 0; copy < static_cast<int>(Numbers(panel, "weight")[row]); ++copy) {
      // Copies of a unit are units.
      repeated.units.push_back(panel.units[row] + "c" + std::to_string(copy));
      repeated.times.push_back(panel.times[row]);
      repeated.rows.push_back(static_cast<std::int64_t>(repeated.units.size()));
      for (std::size_t c = 0; c < panel.columns.size(); ++c) {
        repeated.columns[c].numbers.push_back(panel.columns[c].numbers[row]);
      }
    }
  }
  SortPanel(repeated);
  struct Case {
    EstimatorSpec spec;
    std::string formula;
  };
  EstimatorSpec random = Kind(Estimator::kTobit);
  random.unit_effects = true;
  const Case cases[] = {{Kind(Estimator::kTobit), "censored ~ x1 + x2"},
                        {Kind(Estimator::kTruncated), "censored ~ x1 + x2"},
                        {random, "censored ~ x1 + x2"},
                        {Kind(Estimator::kFractional), "share ~ x1 + x2"},
                        {Kind(Estimator::kPoisson), "count ~ x1 + x2"},
                        {Kind(Estimator::kPoisson), "count ~ x1 + x2 | time"}};
  for (const Case& c : cases) {
    const Fitted weighted = MustEstimate(panel, c.formula, c.spec, "weight");
    const Fitted long_way = MustEstimate(repeated, c.formula, c.spec);
    EXPECT_LT((weighted.solution.coefficients - long_way.solution.coefficients).norm(), 1e-8) << c.formula;
    EXPECT_LT((weighted.average_effects - long_way.average_effects).norm(), 1e-9) << c.formula;
    // The variance is that of as many rows as there are: larger by the mean weight.
    const MatrixXd a = Inverse(weighted);
    const MatrixXd b = Inverse(long_way);
    const double ratio = static_cast<double>(long_way.observations()) / static_cast<double>(weighted.observations());
    EXPECT_LT((a * a.transpose() - ratio * (b * b.transpose())).norm(), 1e-7) << c.formula;
    // Scores by unit: those of its copies, whose labels begin with the unit's.
    const auto by_unit = [](const Fitted& fitted) {
      std::map<std::string, VectorXd> sums;
      const MatrixXd scores = fitted.likelihood_scores * fitted.solution.r;
      for (Index row = 0; row < scores.rows(); ++row) {
        const std::int32_t unit = fitted.design.units.ids[static_cast<std::size_t>(row)];
        const std::string label = fitted.design.units.labels[static_cast<std::size_t>(unit)].substr(0, 6);
        sums.emplace(label, VectorXd::Zero(scores.cols())).first->second += scores.row(row).transpose();
      }
      return sums;
    };
    const auto copies = by_unit(long_way);
    for (const auto& [unit, score] : by_unit(weighted)) {
      EXPECT_LT((ratio * score - copies.at(unit)).norm(), 1e-6) << c.formula << " " << unit;
    }
  }
}

TEST(Errors, SayWhatToDo) {
  Panel panel = Made(36, 20, 5, 0.3);
  const auto status = [&](const std::string& formula, const EstimatorSpec& spec) {
    const auto fitted = TryEstimate(panel, formula, spec);
    return fitted.ok() ? Status::Ok() : fitted.status();
  };
  EXPECT_EQ(status("latent ~ x1", Kind(Estimator::kFractional)).reason(), "ESTIMATOR_INVALID");
  EXPECT_EQ(status("latent ~ x1", Kind(Estimator::kPoisson)).reason(), "ESTIMATOR_INVALID");
  EXPECT_EQ(status("share ~ x1 | unit + time", Kind(Estimator::kFractional)).violations().size(), 2U);
  EXPECT_EQ(status("censored ~ x1 | unit", Kind(Estimator::kTobit)).reason(), "ESTIMATOR_INVALID");
  EstimatorSpec narrow = Kind(Estimator::kTobit);
  narrow.lower = 1.0;
  narrow.upper = 1.0;
  EXPECT_EQ(status("censored ~ x1", narrow).reason(), "ESTIMATOR_INVALID");
  narrow.lower = 1e6;
  narrow.upper = {};
  EXPECT_EQ(status("censored ~ x1", narrow).reason(), "NOT_IDENTIFIED");
  narrow.kind = Estimator::kTruncated;
  EXPECT_EQ(status("censored ~ x1", narrow).reason(), "NO_OBSERVATIONS");
  // A column that tells censored rows from the others; zeros and ones told apart.
  AddColumn(panel, "only",
            [&](std::size_t row) { return Numbers(panel, "censored")[row] == 0.0 && row % 3 == 0 ? 1.0 : 0.0; });
  const Status separated = status("censored ~ x1 + only", Kind(Estimator::kTobit));
  EXPECT_EQ(separated.reason(), "NOT_IDENTIFIED") << separated.ToString();
  EXPECT_EQ(separated.metadata().at("column"), "only");
  AddColumn(panel, "sign", [&](std::size_t row) { return Numbers(panel, "x1")[row] > 0.0 ? 1.0 : 0.0; });
  for (const Link link : {Link::kLogit, Link::kProbit}) {
    EstimatorSpec spec = Kind(Estimator::kFractional);
    spec.link = link;
    EXPECT_EQ(status("sign ~ x1", spec).reason(), "NOT_IDENTIFIED");
    EXPECT_EQ(status("sign ~ x2", spec).reason(), "");
  }
  AddColumn(panel, "zero", [](std::size_t) { return 0.0; });
  EXPECT_EQ(status("zero ~ x1", Kind(Estimator::kPoisson)).reason(), "NO_OBSERVATIONS");
  EstimatorSpec random = Kind(Estimator::kTobit);
  random.unit_effects = true;
  AddColumn(panel, "w", [](std::size_t row) { return 1.0 + static_cast<double>(row % 2); });
  const auto varying = TryEstimate(panel, "censored ~ x1", random, "w");
  ASSERT_FALSE(varying.ok());
  EXPECT_EQ(varying.status().violations()[0].field, "weights");
  // Without errors sigma is zero.
  AddColumn(panel, "exact", [&](std::size_t row) { return std::max(0.0, 0.5 + Numbers(panel, "x1")[row]); });
  EXPECT_EQ(status("exact ~ x1 + x2", Kind(Estimator::kTobit)).reason(), "NOT_CONVERGED");
  EXPECT_EQ(status("exact ~ x1 + x2", random).reason(), "NOT_CONVERGED");
  EXPECT_EQ(status("exact ~ x1 + x2", Kind(Estimator::kTruncated)).reason(), "NOT_CONVERGED");
  panel = Made(36, 20, 1, 0.3);
  EXPECT_EQ(status("censored ~ x1", random).reason(), "NOT_IDENTIFIED");
}

TEST(Inference, HessianAndSandwichesWithTheNormalDistribution) {
  const Panel panel = Made(37, 30, 4, 0.5);
  EstimatorSpec random = Kind(Estimator::kTobit);
  random.unit_effects = true;
  const std::pair<EstimatorSpec, std::string> cases[] = {{Kind(Estimator::kTobit), "censored ~ x1 + x2"},
                                                         {random, "censored ~ x1 + x2"},
                                                         {Kind(Estimator::kTruncated), "censored ~ x1 + x2"},
                                                         {Kind(Estimator::kFractional), "share ~ x1 + x2"},
                                                         {Kind(Estimator::kPoisson), "count ~ x1 + x2 | time"}};
  for (const auto& [spec, formula] : cases) {
    Fitted fitted = MustEstimate(panel, formula, spec);
    fitted.design.classifications["unit"] = fitted.design.units;
    const MatrixXd inverse = Inverse(fitted);
    const MatrixXd& rows = fitted.likelihood_scores;
    MatrixXd by_unit = MatrixXd::Zero(static_cast<Index>(fitted.design.units.count()), rows.cols());
    for (Index row = 0; row < rows.rows(); ++row) {
      by_unit.row(fitted.design.units.ids[static_cast<std::size_t>(row)]) += rows.row(row);
    }
    const std::pair<InferenceSpec, MatrixXd> types[] = {
        {MakeInference(InferenceType::kIid), MatrixXd::Identity(rows.cols(), rows.cols())},
        {MakeInference(InferenceType::kHc0), rows},
        {MakeInference(InferenceType::kCr0, "unit"), by_unit}};
    for (const auto& [inference, factor] : types) {
      std::vector<Warning> warnings;
      const auto result = ComputeInference(fitted, inference, 0.95, {}, warnings);
      ASSERT_TRUE(result.ok()) << result.status().ToString();
      const MatrixXd half = factor * inverse.transpose();
      const MatrixXd variance = half.transpose() * half;
      EXPECT_LT((result->vcov - variance).norm(), 1e-12 * variance.norm()) << formula << " " << result->label;
      EXPECT_TRUE(std::isinf(result->df));
      const auto last = static_cast<std::size_t>(fitted.solution.kept.back());
      EXPECT_NEAR(*result->terms[last].conf_high - *result->terms[last].conf_low,
                  2.0 * 1.959963984540054 * *result->terms[last].std_error, 1e-12);
    }
  }
}

TEST(GaussHermite, IntegratesPolynomials) {
  for (const int n : {1, 2, 5, 24, 64}) {
    const numeric::GaussHermiteRule rule = numeric::GaussHermite(n);
    double moment = 1.0;
    for (int degree = 0; degree < std::min(2 * n, 40); degree += 2) {
      double even = 0.0;
      double odd = 0.0;
      for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
        even += rule.weights[k] * std::pow(rule.nodes[k], degree);
        odd += rule.weights[k] * std::pow(rule.nodes[k], degree + 1);
      }
      EXPECT_NEAR(even / moment, 1.0, 1e-12) << n << " " << degree;
      EXPECT_NEAR(odd / moment, 0.0, 1e-10) << n << " " << degree;
      moment *= degree + 1;
    }
  }
}

}  // namespace
}  // namespace farrell::regression::testing
