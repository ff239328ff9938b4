// Strength and validity of instruments, and inference that does not lean on their strength.
//
// All of it is least squares on the exogenous columns W and the instruments Z, effects taken out, with the variances of
// the primary inference (a wild bootstrap counts as the CR1 its statistics are made with):
//   first stages      every endogenous regressor on [W Z]; joint test of Z; partial R2
//   effective F       x'P_Z x / tr(S), S the variance of the first-stage coefficients in orthonormal coordinates of Z
//                     (W taken out); its critical value for a worst-case bias of 10 % at level 5 %: the simplified
//                     conservative one, by Patnaik's curve (Montiel Olea & Pflueger 2013, section 4)
//   Cragg & Donald    (1993) smallest root over L, times degrees of freedom
//   Kleibergen & Paap (2006) rk Wald statistic that the rank is one less than full, over the number of its restrictions
//   Anderson & Rubin  (1949) test that the endogenous coefficients are zero, and the set of values not rejected
//   overidentification with iid Sargan's (1958) N e'Pe / e'e; else Hansen's (1982) J, the two-step efficient minimum of
//                     the moments' distance at the variance without small-sample factors
//   endogeneity       Durbin-Wu-Hausman: first-stage residuals as further regressors, jointly tested (Wooldridge 2010,
//                     6.3.1)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/estimators/anderson_rubin.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"

namespace farrell::regression {

struct FirstStage {
  std::string term;
  // Unset where the variance has not full rank, or the instruments reproduce the regressor.
  std::optional<JointTest> joint;
  double partial_r2 = 0.0;
  // With one endogenous regressor.
  std::optional<double> effective_f;
  std::optional<double> effective_f_critical;
};

struct InstrumentDiagnostics {
  // In the order of the design.
  std::vector<FirstStage> first_stages;
  std::optional<double> kleibergen_paap_f;
  std::optional<double> cragg_donald_f;
  std::optional<JointTest> anderson_rubin;
  // One endogenous regressor: pieces of the confidence set, increasing. The whole line is one piece without ends.
  std::vector<ConfidenceInterval> anderson_rubin_set;
  bool anderson_rubin_empty = false;
  // Unset when exactly identified or the moments' variance has not full rank.
  std::optional<JointTest> overidentification;
  // "Sargan" or "Hansen J"; empty where it is unset.
  std::string overidentification_name;
  std::optional<JointTest> endogeneity;
  double kappa = 1.0;
  std::vector<std::string> collinear_instruments;
};

// `fitted` is that of EstimateInstruments; `primary` is resolved and its clusters stand in the design's
// classifications; `level` is the confidence level of the Anderson-Rubin set, in (0, 1). Warns WEAK_INSTRUMENTS when
// the effective F is below its critical value (several endogenous regressors: the Kleibergen-Paap F below 10, Staiger &
// Stock's 1997 rule). Errors of ComputeInference and of EstimateLeastSquares.
Result<InstrumentDiagnostics> DiagnoseInstruments(const Fitted& fitted, const InferenceSpec& primary, double level,
                                                  const Environment& environment, std::vector<Warning>& warnings);

// Critical value of the effective F for the variance S of the first-stage coefficients in orthonormal coordinates.
double EffectiveFCritical(const Eigen::MatrixXd& variance, double bias, double level);

}  // namespace farrell::regression
