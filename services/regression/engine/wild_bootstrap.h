// Wild cluster bootstrap (Cameron, Gelbach & Miller 2008; Roodman, Nielsen, MacKinnon & Webb 2019; MacKinnon, Nielsen &
// Webb 2023) of linear hypotheses R b = r, q >= 1 equations, on least squares of any kind, with effects.
//
// Residuals e~ - restricted, unless asked otherwise - are multiplied by one random weight a cluster. Effects that are
// not nested in the clusters are projected out of every draw again, because the weights undo their orthogonality.
// Small-sample factors cancel. Variants, after MacKinnon, Nielsen & Webb (2023), by two digits:
//   first 3: e~_g is divided by I - H~_gg, H~ the hat matrix of the restricted model with all effects, that is the
//   residuals
//            of cluster g are prediction errors of a fit without g (their -S and -B); 1: as they are (-C and -V);
//   second 3: the variance in the statistic, of the sample and of every draw, is the jackknife CV3 (-V, -B); 1: CV1
//   (-C, -S).
// Unrestricted (WCU): residuals of the fit itself, and draws are centred at its estimate.
//
// Draws of the weights depend on the seed, the draw and the position of a cluster alone, so that hypotheses, columns
// and models that share clusters share them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"

namespace farrell::regression {

struct WildBootstrapSpec {
  // [1, 999999].
  std::int64_t draws = 9999;
  // Default: Webb when there are fewer than 12 clusters, else Rademacher. With Rademacher weights all 2^G sign vectors
  // take the place of random ones when 2^G <= draws.
  BootstrapWeights weights = BootstrapWeights::kDefault;
  std::int64_t seed = 0;
  double confidence_level = 0.95;
  // RunWildBootstrap: the value under the null, the same for every column.
  double null_value = 0.0;
  // 11, 13, 31 or 33.
  int variant = 11;
  bool unrestricted = false;
  // RunWildBootstrap: positions among the columns estimated; empty: all.
  std::vector<Eigen::Index> columns;
};

// One hypothesis.
struct WildTest {
  // |t| of the observed statistic (q = 1), or the Wald statistic (Rb - r)'V^-1 (Rb - r), without small-sample factor
  // and without (G-1)/G. 0 where the variance is not defined (scores that cancel in every cluster, fewer clusters than
  // equations); counts are then 0 too.
  double abs_t = 0.0;
  bool defined = false;
  // Draws with a statistic > and >= the observed one; ties at relative 1e-10 count as equal. p = greater_or_equal /
  // draws.
  std::int64_t greater = 0;
  std::int64_t greater_or_equal = 0;
  // q = 1: values r around the estimate that the test does not reject at 1 - confidence_level; unset where the interval
  // is not bounded.
  std::optional<double> conf_low;
  std::optional<double> conf_high;
};

struct WildBootstrap {
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kRademacher;
  bool enumerated = false;
  // RunWildBootstrap: one a column estimated, not defined for columns not asked for. RunWildTests: one a hypothesis.
  std::vector<WildTest> tests;
};

// One of several models whose clusters with equal labels get equal weights. Both pointees outlive the call.
struct WildModel {
  const Fitted* fitted = nullptr;
  const Levels* clusters = nullptr;
};

// restrictions * b = values, b the coefficients estimated of all models one after another; q x sum of K, and q. The
// null is imposed by least squares over the models it involves.
struct WildHypothesis {
  Eigen::MatrixXd restrictions;
  Eigen::VectorXd values;
};

// Errors of all: INVALID_ARGUMENT WILD_INVALID (variant, draws, sizes, redundant equations; an estimator that is not
// least squares), FAILED_PRECONDITION TOO_MANY_CLUSTERS (crossed effects that fit in no memory), CANCELLED, those of
// Within::Demean. At least two clusters.

// Every column of one model by itself.
Result<WildBootstrap> RunWildBootstrap(const Fitted& fitted, const Levels& clusters, const WildBootstrapSpec& spec,
                                       const Environment& environment);

// Any hypotheses on one or several models.
Result<WildBootstrap> RunWildTests(const std::vector<WildModel>& models, const std::vector<WildHypothesis>& hypotheses,
                                   const WildBootstrapSpec& spec, const Environment& environment);

// One hypothesis R b = r on one model.
Result<WildBootstrap> RunWildTest(const Fitted& fitted, const Levels& clusters, const Eigen::MatrixXd& restrictions,
                                  const Eigen::VectorXd& values, const WildBootstrapSpec& spec,
                                  const Environment& environment);

// The statistics of every draw, each under its own null, for step-down procedures and one-sided tests.
struct WildStatistics {
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kRademacher;
  bool enumerated = false;
  // Hypotheses whose statistic exists; the columns of the others are zero.
  std::vector<char> defined;
  // One a hypothesis: signed t (q = 1) or Wald statistic, without small-sample factor.
  Eigen::VectorXd observed;
  // draws x hypotheses.
  Eigen::MatrixXd statistics;
};
Result<WildStatistics> DrawWildStatistics(const std::vector<WildModel>& models,
                                          const std::vector<WildHypothesis>& hypotheses, const WildBootstrapSpec& spec,
                                          const Environment& environment);

// A statistic of one's own of one hypothesis, large against the null: a finite function of Rb - r and its cluster
// covariance (CV1 or CV3 by the variant, without factors), those of the sample and those of every draw. It is called
// from several threads at once.
using GapStatistic = std::function<double(const Eigen::VectorXd& gap, const Eigen::MatrixXd& covariance)>;
Result<WildStatistics> DrawGapStatistics(const std::vector<WildModel>& models, const WildHypothesis& hypothesis,
                                         const GapStatistic& statistic, const WildBootstrapSpec& spec,
                                         const Environment& environment);

// Coefficients of every draw less the coefficients it is drawn around: draws x sum of K.
struct WildCoefficients {
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kRademacher;
  bool enumerated = false;
  // Without `null` the estimates; with it the estimates under the null. Length sum of K.
  Eigen::VectorXd centre;
  Eigen::MatrixXd deviations;
};
// `null`: unset: unrestricted residuals. spec.variant 3x adjusts residuals as above.
Result<WildCoefficients> DrawWildCoefficients(const std::vector<WildModel>& models,
                                              const std::optional<WildHypothesis>& null, const WildBootstrapSpec& spec,
                                              const Environment& environment);

}  // namespace farrell::regression
