// Bandwidths for the density of distances >= 1 (Simar & Wilson 1998; Daraio & Simar 2007, section 3.4).
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/status/status.h"

namespace farrell::dea {

enum class BandwidthRule : std::uint8_t {
  kSilverman,        // 0.9 min(s, IQR / 1.34) N^(-1/5) (Silverman 1986, eq. 3.31)
  kNormalReference,  // 1.06 min(s, IQR / 1.34) N^(-1/5) (Silverman 1986, eq. 3.30)
  kCrossValidation,  // unbiased (least-squares) cross-validation
  kFixed,            // given
};

// Bandwidth for `distances` (each >= 1) by a rule that is not kFixed.
//
// The rule sees the N = 2m values {d, 2 - d} of the m distances above 1: the ones on the frontier are artefacts of the
// estimator. Its bandwidth is then adjusted to the n distances that are resampled:
//   h = rule * (2m / n)^(1/5) * s(distances) / s(reflected)       (Daraio & Simar 2007, eq. 3.26).
//
// Cross-validation minimises over [0.1, 1] * 1.144 s N^(-1/5)
//   UCV(h) = (1/2 + sum_{i<j} [exp(-u^2/4) - sqrt(8) exp(-u^2/2)] / N) / (N h sqrt(pi)),   u = (x_i - x_j) / h,
// by a grid and golden sections, with differences counted in 1,000 equal classes.
//
// Errors: FAILED_PRECONDITION NO_INEFFICIENT_UNIT when no distance exceeds 1; CANCELLED.
Result<double> ChooseBandwidth(const std::vector<double>& distances, BandwidthRule rule, const std::stop_token& stop);

}  // namespace farrell::dea
