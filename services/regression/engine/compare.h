// One model by group, or several equations side by side: estimates, differences, and whether they differ.
//
// Interacting everything (regressors and effects) equals fitting every group by itself, and groups are then independent
// samples: variances of a difference add. A group coefficient has t(G_g - 1), G_g the clusters of its group (with CR2
// its own degrees of freedom); a pairwise difference has Satterthwaite's (1946) degrees of freedom
//   (v_a + v_b)^2 / (v_a^2/f_a + v_b^2/f_b),  f_g = G_g - 1;
// equality of all k groups is tested in Welch's (1951) form: with w_g = 1/v_g, W = sum w_g, b the weighted mean and
// L = sum (1 - w_g/W)^2 / f_g,
//   F = [sum w_g (b_g - b)^2 / (k-1)] / [1 + 2 (k-2)/(k^2-1) L]  on  k-1 and (k^2-1)/(3 L)  degrees of freedom.
// Cochran's (1954) Q = sum w_g (b_g - b)^2 stands beside it. With CR2 differences and equality are HTZ tests
// (Pustejovsky & Tipton 2018) of the groups as one model. The wild bootstrap imposes equality and draws one weight a
// cluster over all fits; permutation gives whole clusters to groups anew. Chow's (1960) F supposes errors of one
// variance everywhere and stands beside for contrast.
//
// Interacting only the compared terms shares the other slopes and the effects; estimates are then correlated, which the
// variance of a difference takes into account, and equality is tested by Wald's F on k-1 and G-1 degrees of freedom.
// Without effects the groups keep intercepts of their own.
//
// Estimates of different fits whose clusters have the same labels (several equations on one set of units; clusters that
// span groups, as periods do) are correlated. Their correlation is that of their cluster scores s, as in stacked
// estimation (Weesie 1999): of the matrix M with elements sum_g s_ag s_bg; with several ways of clustering the sum over
// their subsets with the signs of Cameron, Gelbach & Miller (2011), negative eigenvalues set to zero where a
// correlation is beyond one; with Driscoll-Kraay and Newey-West sums over lags with Bartlett's weights; without
// clusters over rows. It is multiplied by their own standard errors, small-sample corrections included. Degrees of
// freedom of such differences are the smaller of both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/fit.h"
#include "services/regression/engine/multiple_testing.h"

namespace farrell::regression {

// Every pair of groups is compared.
inline constexpr std::size_t kMostGroups = 100;

enum class Interact { kEverything, kTermsOnly };
enum class Adjustment { kNone, kHolm, kBenjaminiHochberg, kRomanoWolf };
// Over what p-values are adjusted: all differences, those of a term, those of an equation.
enum class Family { kAll, kTerm, kEquation };

struct Equation {
  // Printed; unique, not empty.
  std::string name;
  Formula formula;
  // A column of the panel (an expression of the data service): rows where it is a number other than 0 are used. Empty:
  // all.
  std::string where;
};

struct CompareSpec {
  // The formula is not read when there are equations.
  FitSpec fit;
  // Column that defines the groups; may be empty with equations.
  std::string by;
  // Printed names of the terms compared; empty: the first after the constant. With several equations "a | b | c" names
  // the term of every equation, where they differ.
  std::vector<std::string> terms;
  Interact interact = Interact::kEverything;
  // Romano & Wolf (2016) from one set of wild draws over all differences of the family; Holm where there are none to
  // share: without least squares or clusters, and for the p-values of permutations.
  Adjustment adjustment = Adjustment::kHolm;
  Family family = Family::kAll;
  // "central > east > west", or "TERM: central > east"; labels of groups, or of equations where there are no groups.
  std::vector<std::string> orderings;
  std::vector<Equation> equations;
};

struct GroupFit {
  std::string equation;
  std::string group;
  // The group by itself.
  FitResult fit;
  // One a compared term, under the way of interacting asked for.
  std::vector<std::optional<double>> estimates;
  // With the first inference that has standard errors.
  std::vector<TermInference> compared;
};

// A difference or an equality under one inference; what is not defined is unset.
struct DifferenceInference {
  InferenceType type = InferenceType::kDefault;
  std::string label;
  // As InferenceResult::ssc; empty for permutations.
  std::string ssc;
  TermInference inference;
  std::optional<double> p_adjusted;
  // How p_adjusted was made.
  Adjustment adjustment = Adjustment::kNone;
  std::int64_t draws = 0;
  bool enumerated = false;
};

struct Difference {
  std::string equation;
  std::string versus_equation;
  std::string group;
  std::string versus;
  std::string term;
  // group minus versus; unset where one side is not estimated.
  std::optional<double> estimate;
  // Those of the first inference.
  TermInference inference;
  std::optional<double> p_adjusted;
  // In the order of CompareSpec::fit.inferences, those with the correction "all" once a preset that has a meaning for
  // them; empty where there is no estimate.
  std::vector<DifferenceInference> inferences;
  // One side is significant at 5 %, the other is not, and the difference is not rejected at 5 %.
  bool stars_differ_only = false;
};

struct EqualityTest {
  InferenceType type = InferenceType::kDefault;
  std::string label;
  // As InferenceResult::ssc; empty for permutations and Chow's F.
  std::string ssc{};
  std::optional<double> statistic;
  std::optional<double> df1;
  std::optional<double> df2;
  std::optional<double> p_value;
  std::optional<std::int64_t> greater_or_equal_count;
  std::int64_t draws = 0;
  bool enumerated = false;
};

struct JointEquality {
  std::string equation{};
  std::string term{};
  // Welch's F, or Wald's with shared clusters, under the first inference that has standard errors.
  std::optional<JointTest> test{};
  std::optional<double> cochran_q{};
  std::vector<EqualityTest> tests{};
};

struct AlternativeEstimate {
  std::string group;
  std::string term;
  double estimate = 0.0;
};

struct Ordering {
  std::string text;
  std::string term;
  // Null: b_1 >= b_2 >= ... Distance D of compare/ordering.h in the metric of the bootstrap's cluster covariance, its
  // own in the sample and in every draw; p from wild draws under equality, the least favourable case.
  std::optional<double> violation_statistic;
  std::optional<double> violation_p_value;
  // Alternative: b_1 > b_2 > ... The largest of the one-sided p-values of neighbours (Berger 1982).
  std::optional<double> strict_p_value;
  // Share of unrestricted wild draws b + (b* - b) in which the strict order holds.
  std::optional<double> probability;
};

struct RankProbability {
  std::string term;
  std::string group;
  // 1: the largest.
  int rank = 0;
  double probability = 0.0;
};

// The part of one group in a pooled coefficient.
struct PooledSlopeShare {
  std::string group;
  // In [0, 1]; they sum to one.
  double weight = 0.0;
  // Through the group's residuals of the pooled model.
  double residual_slope = 0.0;
  // Of the group's own fit.
  double estimate = 0.0;
};

// estimate = sum weight x residual_slope = weighted_mean + remainder; see compare/pooled_slope.h.
struct PooledSlope {
  std::string term;
  double estimate = 0.0;
  // In the order of CompareResult::groups.
  std::vector<PooledSlopeShare> shares;
  // Of the groups' own estimates.
  double weighted_mean = 0.0;
  double remainder = 0.0;
};

struct CompareResult {
  std::string by;
  Interact interact = Interact::kEverything;
  // What was done to the p-values of the first inference.
  Adjustment adjustment = Adjustment::kHolm;
  std::vector<std::string> terms;
  std::vector<std::string> equations;
  // Equation by equation.
  std::vector<GroupFit> groups;
  // Of the first equation.
  FitResult pooled;
  std::vector<Difference> differences;
  // One a term, equation by equation; none without groups.
  std::vector<JointEquality> joints;
  // Of the first equation.
  std::vector<AlternativeEstimate> alternatives;
  std::vector<Ordering> orderings;
  // Where orderings were asked for.
  std::vector<RankProbability> rank_probabilities;
  // One a term of least squares that every group estimates; none with equations.
  std::vector<PooledSlope> pooled_slopes;
  std::vector<Warning> warnings;
};

// Beside the errors of Fit: INVALID_ARGUMENT COMPARE_INVALID (unknown terms, orders), INFERENCE_INVALID (permutations
// without groups; PCSE between fits, whose errors it does not relate), FAILED_PRECONDITION TOO_FEW_GROUPS,
// TOO_MANY_GROUPS. A group that
// cannot be fitted by itself is left out with a warning.
Result<CompareResult> Compare(const Panel& panel, const CompareSpec& spec, const Environment& environment);

// Welch's F and Cochran's Q from estimates, variances and their degrees of freedom (all positive, at least two groups).
JointEquality WelchTest(const std::vector<double>& estimates, const std::vector<double>& variances,
                        const std::vector<double>& df);

}  // namespace farrell::regression
