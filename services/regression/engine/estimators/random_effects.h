// Random effects: y_it = x_it'b + u_i + e_it by feasible generalised least squares.
//
// Every row has the share theta_i = 1 - sqrt(s2_e / (T_i s2_u + s2_e)) of its unit's mean taken out (Fuller & Battese
// 1974); inference is that of the transformed regression, sigma^2 = RSS / (N - K), large-sample. With N rows, n units
// of T_i rows, K_w and K_b coefficients (constant included) of the within and between regressions:
//   Swamy & Arora (1972)      s2_e = RSS_w / (N - n - K_w); s2_u = RSS_b / (n - K_b) - s2_e / Tbar, the between
//                             regression on unweighted unit means, Tbar the harmonic mean of T_i (as xtreg, re)
//   Baltagi & Chang (1994)    the same on balanced panels; else the between regression weighted by T_i and its expected
//                             residual sum of squares (as plm; xtreg, re sa)
//   Wallace & Hussain (1969)  pooled residuals; balanced: s2_e = SSW / (n (T - 1)), s2_e + T s2_u = SSB / n; else both
//                             sums against their expectations
//   Amemiya (1971)            residuals y - x'b_w around their mean; balanced: s2_e = RSS_w / (n (T - 1)),
//                             s2_e + T s2_u = SSB / n; else s2_e = RSS_w / (N - n - K_w) and SSB against its
//                             expectation
//   Nerlove (1971)            s2_e = RSS_w / N; s2_u = sum T_i a_i^2 / N * n / (n - 1), a_i the
//                             estimated unit effects around their mean over rows; unbalanced as R's plm
// A negative s2_u counts as zero: the estimator is then pooled OLS.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"

namespace farrell::regression {

// Needs Design::units and no effects. Fitted: y and x of the design as given, the solution that of the transformed
// rows. FAILED_PRECONDITION NOT_IDENTIFIED: no degrees of freedom are left within units, or between them where the
// method needs those; the message says which methods remain.
Result<Fitted> EstimateRandomEffects(Design design, RandomEffectsMethod method, const Environment& environment);

// The same with the unit means of all regressors that vary within units appended (Mundlak 1978), whose coefficients are
// then those of the within estimator.
Result<Fitted> EstimateCorrelatedRandomEffects(Design design, RandomEffectsMethod method,
                                               const Environment& environment);

}  // namespace farrell::regression
