// One model by group: estimates, differences, and whether they differ.
//
// Interacting everything (regressors and effects) equals fitting every group by itself, and groups are then independent
// samples: variances of a difference add. A group coefficient has t(G_g - 1), G_g the clusters of its group; a pairwise
// difference has Satterthwaite's (1946) degrees of freedom
//   (v_a + v_b)^2 / (v_a^2/f_a + v_b^2/f_b),  f_g = G_g - 1;
// equality of all k groups is tested in Welch's (1951) form: with w_g = 1/v_g, W = sum w_g, b the weighted mean and
// L = sum (1 - w_g/W)^2 / f_g,
//   F = [sum w_g (b_g - b)^2 / (k-1)] / [1 + 2 (k-2)/(k^2-1) L]  on  k-1 and (k^2-1)/(3 L)  degrees of freedom.
// Cochran's (1954) Q = sum w_g (b_g - b)^2 stands beside it.
//
// Interacting only the compared terms shares the other slopes and the effects; estimates are then correlated, which the
// variance of a difference takes into account, and equality is tested by Wald's F on k-1 and G-1 degrees of freedom.
// Without effects the groups keep intercepts of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/fit.h"
#include "services/regression/engine/multiple_testing.h"

namespace farrell::regression {

enum class Interact { kEverything, kTermsOnly };

struct CompareSpec {
  FitSpec fit;
  // Column that defines the groups.
  std::string by;
  // Printed names of the terms compared; empty: the first after the constant.
  std::vector<std::string> terms;
  Interact interact = Interact::kEverything;
  // Holm's (1979) adjustment over all differences; false: none.
  bool holm = true;
};

struct GroupFit {
  std::string group;
  // The group by itself.
  FitResult fit;
  // One a compared term, under the way of interacting asked for.
  std::vector<std::optional<double>> estimates;
  std::vector<TermInference> compared;
};

struct Difference {
  std::string group;
  std::string versus;
  std::string term;
  // group minus versus; unset where one side is not estimated.
  std::optional<double> estimate;
  TermInference inference;
  std::optional<double> p_adjusted;
};

struct JointEquality {
  std::string term;
  std::optional<JointTest> test;
  std::optional<double> cochran_q;
};

struct AlternativeEstimate {
  std::string group;
  std::string term;
  double estimate = 0.0;
};

struct CompareResult {
  std::string by;
  Interact interact = Interact::kEverything;
  std::vector<std::string> terms;
  std::vector<GroupFit> groups;
  FitResult pooled;
  std::vector<Difference> differences;
  std::vector<JointEquality> joints;
  std::vector<AlternativeEstimate> alternatives;
  std::vector<Warning> warnings;
};

// Beside the errors of Fit: INVALID_ARGUMENT COMPARE_INVALID (unknown terms), FAILED_PRECONDITION TOO_FEW_GROUPS. A
// group that cannot be fitted by itself is left out with a warning.
Result<CompareResult> Compare(const Panel& panel, const CompareSpec& spec, const Environment& environment);

// Welch's F and Cochran's Q from estimates, variances and their degrees of freedom (all positive, at least two groups).
JointEquality WelchTest(const std::vector<double>& estimates, const std::vector<double>& variances,
                        const std::vector<double>& df);

}  // namespace farrell::regression
