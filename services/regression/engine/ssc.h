// Small-sample corrections by name: the scalar by which an uncorrected sandwich is multiplied, and the parameters it
// counts.
//
// N observations, G clusters, K slopes (the constant counts as one where it is a column), L_e levels of effect e. An
// effect is nested when each of its levels lies inside one cluster. G/(G-1) * (N-1)/(N-K*) with
//   fixest         K* = K + sum of L_e of effects not nested + number of nested effects - (number of effects - 1)
//   fixest_full    K* = K + sum of all L_e - (number of effects - 1)
//   fixest_none    K* = K
//   xtreg_fe       K* = K + 1 + sum of (L_e - 1) of effects not nested  (Stata: xtreg, fe with dummies for the others)
//   reghdfe        K* = K + sum of L_e of effects not nested (later ones less one) + 1 if any is nested
//   areg, sandwich K* = K + levels of all effects that are not redundant
//   stata_regress  K* = K, the constant always counted
//   plm_sss        K* = K
// and without that form: plm_hc1 N/(N-K); plm_hc0, none 1.
// HC1: N/(N-K*) with K* as areg, except plm_hc1, plm_sss, fixest_none (K) and plm_hc0, none (1).
// Sources: Cameron & Miller (2015); the manuals of the programs named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farrell::regression {

inline constexpr const char* kDefaultSsc = "fixest";

// In the order of the documentation. "clubsandwich" has a meaning for CR3 only.
const std::vector<std::string>& SscPresets();
bool IsSscPreset(std::string_view name);

struct EffectSize {
  std::int64_t levels = 0;
  bool nested = false;
};

struct SscInput {
  std::int64_t observations = 0;
  // 0: not clustered (HC1).
  std::int64_t clusters = 0;
  // Columns estimated, the constant included where it is one of them.
  std::int64_t parameters = 0;
  bool has_constant = false;
  // In the order of the formula.
  std::vector<EffectSize> effects;
  // N minus all parameters, redundant levels not counted.
  std::int64_t residual_df = 0;
};

struct Ssc {
  // Not positive or not finite: the correction is not defined for these counts.
  double value = 1.0;
  // Parameters counted, K*; 0 when none are.
  std::int64_t k = 0;
};

Ssc ClusterSsc(std::string_view preset, const SscInput& input);
Ssc HeteroskedasticSsc(std::string_view preset, const SscInput& input);

}  // namespace farrell::regression
