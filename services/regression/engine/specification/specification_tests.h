// Specification tests: is this the right model, and which standard errors does it need?
//
// Tests of residuals use the model as the formula writes it (effects after `|` included). Tests that compare estimators
// use unit effects; other effects of the formula enter as dummies there. e are residuals, N rows, n units, T_i periods
// of unit i, K slopes without constant.
//   f                  F: the effects of the formula (of the units, when it has none) are all zero
//   poolability        F: slopes are the same for all units (Chow 1960), within against one regression a unit
//   hausman            chi2: within and random effects (Swamy-Arora) differ by chance only (Hausman 1978), the
//   variances
//                      of both as each fit prints them (as plm)
//   hausman-sigma      the same with the random-effects error variance in both (Stata: sigmamore)
//   hausman-robust     chi2: the within regressors added to the random-effects regression, CR0 by unit (Wooldridge
//   2010,
//                      10.7.3; as plm, method "aux")
//   mundlak            chi2: the unit means in correlated random effects, CR1 by unit (Mundlak 1978)
//   bp-lm, bp-lm-time  chi2(1): no variance of unit (period) effects (Breusch & Pagan 1980; unbalanced Baltagi & Li
//   1990) honda, honda-time  their signed root, one-sided (Honda 1985) king-wu            both together, one-sided
//   (King & Wu 1997) ghm                both together (Gourieroux, Holly & Monfort 1982): mixture of chi2(0), chi2(1),
//   chi2(2) breusch-pagan      chi2(K): squared residuals on the regressors, N R^2 (Koenker 1981) modified-wald
//   chi2(n): the same error variance in all units; V_i = sum_t (e_it^2 - s_i^2)^2 / (T_i (T_i - 1))
//                      (Greene 2000; Baum 2001)
//   wooldridge         F(1, n - 1): no first-order serial correlation, from first differences (Wooldridge 2010, 10.6.3;
//                      Drukker 2003, Stata: xtserial)
//   wooldridge-within  F(1, .): residuals of the within regression on their lag, coefficient -1/(T-1) (as plm:
//   pwartest) wooldridge-fd      F(1, .): differenced errors are not correlated (plm: pwfdtest, h0 = "fd")
//   wooldridge-fe      F(1, .): original errors are not correlated, differenced ones with -1/2 (plm: pwfdtest, "fe")
//   wooldridge-effects z: no unobserved effect, sum over units of products of residuals (Wooldridge 2010, 10.4.4)
//   breusch-godfrey    chi2(order): serial correlation up to `order`, residuals on regressors and lagged residuals, the
//                      rows taken as one series in (unit, time) order (as plm: pbgtest); default order the shortest T_i
//   cd                 z: no cross-section dependence (Pesaran 2004; unbalanced Pesaran 2015)
//   cd-individual      the same on the residuals of one regression a unit
//   cd-lm, cd-scaled-lm  chi2(n(n-1)/2) (Breusch & Pagan 1980) and its standardised form (Pesaran 2004)
//   vif                variance inflation factors and the condition number of the scaled regressors (Belsley, Kuh &
//   Welsch
//                      1980); no p-value
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/fit.h"

namespace farrell::regression {

// Names in the order of the list above.
const std::vector<std::string>& SpecificationTestNames();

struct SpecificationSpec {
  Formula formula;
  // Names of the list; empty: all that the data allow.
  std::vector<std::string> tests;
  // Lags of breusch-godfrey; 0: the shortest T_i.
  int order = 0;
};

struct SpecificationTest {
  std::string name;
  // The null hypothesis in words.
  std::string null_hypothesis;
  // "F", "chi2", "normal", "chi2 mixture".
  std::string distribution;
  std::optional<double> statistic;
  double df1 = 0.0;
  double df2 = 0.0;
  std::optional<double> p_value;
  // Why there is no statistic; empty otherwise.
  std::string undefined;
};

struct VarianceInflation {
  std::string term;
  // Unset when collinear with the others.
  std::optional<double> factor;
};

struct SpecificationResult {
  std::vector<SpecificationTest> tests;
  // With vif among the tests.
  std::vector<VarianceInflation> inflation;
  std::optional<double> condition_number;
  std::int64_t observation_count = 0;
  std::int64_t unit_count = 0;
  std::int64_t period_count = 0;
  bool balanced = false;
  std::vector<DroppedRows> dropped;
  std::vector<Warning> warnings;
};

// A test whose needs the data do not meet is undefined and says why, when it was not asked for by name as when it was.
// INVALID_ARGUMENT TEST_INVALID (unknown names, with the nearest); errors of BuildDesign. CANCELLED. Without unit and
// time keys f, breusch-pagan and vif are left.
Result<SpecificationResult> RunSpecificationTests(const Panel& panel, const SpecificationSpec& spec,
                                                  const Environment& environment);

}  // namespace farrell::regression
