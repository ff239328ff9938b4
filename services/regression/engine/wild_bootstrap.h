// Restricted wild cluster bootstrap (Cameron, Gelbach & Miller 2008; WCR-11 of Roodman, Nielsen, MacKinnon & Webb
// 2019).
//
// For the null b_j = r the restricted residuals e~ are multiplied by one random weight a cluster. Effects that are not
// nested in the clusters are projected out of every draw again, because the weights undo their orthogonality. The
// statistic is the CR1 t of every draw; small-sample factors cancel.
//
// With a = X (X'X)^-1 c_j (so that b_j = a'y), X = Q R and M the projection off the effects, a draw with weights w has
//   numerator  sum_h w_h a_h'e~_h,      score of cluster g  a_g'[M (w e~)]_g - a_g'Q_g (sum_h w_h Q_h'e~_h),
// both linear in w: a draw costs G^2 operations, or G K when all effects are nested. Both are also linear in r, so that
// the interval by inversion of the test needs no further draws.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"

namespace farrell::regression {

struct WildBootstrapSpec {
  std::int64_t draws = 9999;
  // Default: Webb when there are fewer than 12 clusters, else Rademacher.
  BootstrapWeights weights = BootstrapWeights::kDefault;
  std::int64_t seed = 0;
  double confidence_level = 0.95;
  // The value under the null, the same for every column.
  double null_value = 0.0;
};

struct WildTest {
  // |t| of the observed statistic without small-sample factor.
  double abs_t = 0.0;
  // Draws with |t*| > |t| and >= |t|; ties at relative 1e-10 count as equal.
  std::int64_t greater = 0;
  std::int64_t greater_or_equal = 0;
  // Values r that the test does not reject; unset where the interval is not bounded.
  std::optional<double> conf_low;
  std::optional<double> conf_high;
};

struct WildBootstrap {
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kRademacher;
  // All 2^G sign vectors instead of random ones; done with Rademacher weights when 2^G <= draws.
  bool enumerated = false;
  // One a column estimated.
  std::vector<WildTest> tests;
};

// At least two clusters. CANCELLED when asked to stop; FAILED_PRECONDITION TOO_MANY_CLUSTERS; errors of Within::Demean.
Result<WildBootstrap> RunWildBootstrap(const Fitted& fitted, const Levels& clusters, const WildBootstrapSpec& spec,
                                       const Environment& environment);

}  // namespace farrell::regression
