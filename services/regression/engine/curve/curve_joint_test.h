// Joint test of a specification curve (Simonsohn, Simmons & Nelson 2020, step 3) with a wild cluster bootstrap.
//
// In every model the null b = 0 is imposed on the term, and restricted residuals are multiplied by one weight a
// cluster, the same in all models: the dependence between specifications is that of the data. The distribution of the
// curve's statistics over draws is that under no effect anywhere. t-values are CR1 (fixest) in the sample and in every
// draw, and z = Phi^-1(T_(G-1)(t)).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "services/regression/engine/wild_bootstrap_weights.h"

namespace farrell::regression {

struct CurveStatistic {
  // "median", "significant", "stouffer".
  std::string name;
  double observed = 0.0;
  // Draws at least as far from zero; ties at relative 1e-10 count.
  std::int64_t greater_or_equal = 0;
  double p_value = 0.0;
};

struct CurveJointTest {
  std::vector<CurveStatistic> statistics;
  std::string cluster;
  std::int64_t cluster_count = 0;
  std::int64_t model_count = 0;
  std::int64_t excluded_model_count = 0;
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kRademacher;
  bool enumerated = false;
  std::int64_t seed = 0;
  // Why there is no test.
  std::string undefined;
};

// Estimates and t-values of one model, in the sample and in the draws under the null.
struct CurveDraws {
  double estimate = 0.0;
  double t = 0.0;
  // Of t.
  double df = 0.0;
  Eigen::VectorXd estimates;
  Eigen::VectorXd ts;
};

// Draws of one model. `numbers`: of its clusters among those of `weights`. `column`: of the design. Unset where the
// term or its variance is not defined. Errors of RunWildTests.
Result<std::optional<CurveDraws>> DrawCurveModel(const Fitted& fitted, const std::string& cluster,
                                                 const std::vector<std::int32_t>& numbers, std::size_t column,
                                                 const ClusterWeights& weights, const Environment& environment);

// The three statistics of models with equal numbers of draws (at least one model), significance at `level`. CANCELLED.
Result<std::vector<CurveStatistic>> TestCurve(const std::vector<CurveDraws>& models, double level,
                                              const Environment& environment);

}  // namespace farrell::regression
