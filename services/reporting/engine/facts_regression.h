// Facts of regressions and of comparisons of groups: estimates, and every kind of inference with its name.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_diagnostics.h"
#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

enum class InferenceType {
  kIid,
  kHc0,
  kHc1,
  kHc2,
  kHc3,
  kHc4,
  kCr0,
  kCr1,
  kCr2,
  kCr3,
  kWild,
  kDriscollKraay,
  kNeweyWest,
  kPcse
};

inline bool IsClustered(InferenceType type) {
  return type == InferenceType::kCr0 || type == InferenceType::kCr1 || type == InferenceType::kCr2 ||
         type == InferenceType::kCr3 || type == InferenceType::kWild;
}
// Rows are taken to be independent, also those of one unit.
inline bool IgnoresSerialCorrelation(InferenceType type) {
  return type == InferenceType::kIid || type == InferenceType::kHc0 || type == InferenceType::kHc1 ||
         type == InferenceType::kHc2 || type == InferenceType::kHc3 || type == InferenceType::kHc4 ||
         type == InferenceType::kPcse;
}

struct TermInferenceFacts {
  std::optional<double> std_error;
  std::optional<double> statistic;
  std::optional<double> p_value;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  std::optional<double> df;
};

// One kind of standard error for all terms of a fit, with everything needed to name it.
struct InferenceFacts {
  InferenceType type = InferenceType::kCr3;
  std::string label;
  // Empty when not clustered; several ways joined: "state and year".
  std::string cluster;
  // 0 when not clustered; of several ways the fewest.
  std::int64_t cluster_count = 0;
  // p-values and intervals from the normal distribution: there are no degrees of freedom.
  bool normal = false;
  // Named small-sample correction, e.g. "fixest", and its value.
  std::string ssc;
  double ssc_value = 1;
  // In the order of FitFacts::terms.
  std::vector<TermInferenceFacts> terms;
  // Bootstrap only: draws, "webb" or "rademacher", whether all sign vectors were enumerated.
  std::int64_t draws = 0;
  std::string weights;
  bool enumerated = false;
  std::optional<std::int64_t> seed;
};

struct TermFacts {
  std::string name;
  // Empty: the name.
  std::string label;
  // Unset when collinear.
  std::optional<double> estimate;
  bool collinear = false;
  // R2 of the regressor on period dummies within units: r2_within of `term ~ i(time) | unit` over the rows of the fit.
  // Unset: not computed (no periods, the constant, or the fit has period effects); rule W08 then stays silent for the
  // term.
  std::optional<double> trend_r2;
};

struct EffectFacts {
  std::string name;
  std::int64_t level_count = 0;
  bool is_unit = false;
  // The periods, alone or combined with something (region^year).
  bool is_time = false;
};

struct JointTestFacts {
  double statistic = 0;
  double df1 = 0;
  double df2 = 0;
  double p_value = 1;
};

struct HypothesisFacts {
  std::string text;
  double estimate = 0;
  double std_error = 0;
  double statistic = 0;
  double df = 0;
  double p_value = 1;
};

struct FitFacts {
  std::string id;
  // Head of the column; empty: "(1)", "(2)", ….
  std::string label;
  std::string formula;
  std::string outcome;
  // Empty: the outcome as written.
  std::string outcome_label;
  // "ols" or "within".
  std::string estimator = "within";
  std::string where;
  std::vector<TermFacts> terms;
  // The first is primary: standard errors in parentheses, stars, intervals. At least one, or no table can be built.
  std::vector<InferenceFacts> inferences;
  std::vector<HypothesisFacts> hypotheses;
  std::vector<EffectFacts> effects;
  std::int64_t observation_count = 0;
  std::int64_t row_count = 0;
  std::int64_t missing_row_count = 0;
  std::int64_t singleton_count = 0;
  std::int64_t residual_df = 0;
  std::optional<double> r2;
  std::optional<double> adjusted_r2;
  std::optional<double> r2_within;
  std::optional<JointTestFacts> joint;
  // Distinct periods among the rows used; 1 for a cross-section.
  std::int64_t period_count = 1;
  // Id of the DEA whose score (or a function of it) is the outcome; empty: none.
  std::string outcome_dea;
  // The outcome is a logarithm.
  bool outcome_is_log = false;
  double confidence_level = 0.95;
  std::vector<PublishedFacts> published;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
  // Column whose levels were left out one by one; empty: none were.
  std::string left_out_column = {};
  std::vector<LeaveOneOutFacts> leave_one_out = {};
  std::vector<DesignFacts> design = {};
  std::vector<MarginFacts> margins = {};
  std::optional<ClusterDiagnosticsFacts> cluster_diagnostics = {};
  std::optional<InstrumentFacts> instruments = {};
  // Variables that the data lack: nothing was fitted, only `id` and `label` are set. For a column of a table.
  std::vector<std::string> lacking = {};
};

struct GroupFacts {
  // Of several equations "EQUATION, GROUP", or the equation where there are no groups; so are the sides of a
  // difference.
  std::string group;
  // Empty: the group.
  std::string label;
  FitFacts fit;
  // One a compared term, with t(G_g - 1).
  std::vector<std::optional<double>> estimates;
  std::vector<TermInferenceFacts> compared;
};

// A difference under one inference. A permutation has no standard error.
struct DifferenceInferenceFacts {
  // "CR3 by state", "wild bootstrap by state", "permutation of state, studentised".
  std::string label;
  TermInferenceFacts inference;
  std::optional<double> p_adjusted;
  // Bootstraps and permutations; 0 otherwise.
  std::int64_t draws = 0;
  bool enumerated = false;
};

struct DifferenceFacts {
  std::string term;
  // Group minus versus.
  std::string group;
  std::string versus;
  std::optional<double> estimate;
  std::optional<double> std_error;
  std::optional<double> statistic;
  std::optional<double> df;
  std::optional<double> p_value;
  std::optional<double> p_adjusted;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  // Under every inference asked for; the fields above repeat the first.
  std::vector<DifferenceInferenceFacts> inferences = {};
  // One side is significant at 5 %, the other is not, and the difference is not rejected.
  bool stars_differ_only = false;
};

struct EqualityTestFacts {
  // "Welch (CR3 by state)", "HTZ (CR2 by state)", "Chow", "wild bootstrap by state".
  std::string label;
  std::optional<double> statistic;
  std::optional<double> df1;
  std::optional<double> df2;
  std::optional<double> p_value;
  std::int64_t draws = 0;
  bool enumerated = false;
};

struct JointEqualityFacts {
  std::string term;
  std::optional<double> statistic;
  std::optional<double> df1;
  std::optional<double> df2;
  std::optional<double> p_value;
  // Under every inference asked for, then Chow's.
  std::vector<EqualityTestFacts> tests = {};
  // Empty without equations.
  std::string equation = {};
};

// An order of the coefficients as a hypothesis (Robertson, Wright & Dykstra 1988; Berger 1982).
struct OrderingFacts {
  std::string text;
  std::string term;
  // Null: the order holds.
  std::optional<double> violation_statistic;
  std::optional<double> violation_p_value;
  // Null: some neighbours are equal or reversed.
  std::optional<double> strict_p_value;
  // Share of bootstrap draws in which the strict order holds; unset without draws.
  std::optional<double> probability;
};

struct RankFacts {
  std::string term;
  std::string group;
  // 1: the largest.
  int rank = 0;
  double probability = 0;
};

struct AlternativeFacts {
  std::string group;
  std::string term;
  double estimate = 0;
};

// The slope over all rows as a sum over the groups, weighted by their shares in the residual variance of the regressor
// (Frisch-Waugh-Lovell): exactly, of the slopes through the pooled residuals; with a remainder, of the groups' own
// slopes, since other slopes and effects differ.
struct PooledSlopeFacts {
  std::string term;
  double estimate = 0;
  // In the order of CompareFacts::groups; the weights are positive and sum to one.
  std::vector<double> weights;
  std::vector<double> residual_slopes;
  // Of the groups' own slopes.
  double weighted_mean = 0;
  // The slope over all rows minus the weighted mean.
  double remainder = 0;

  // Only then is the slope over all rows called a weighted mean of the groups' slopes.
  bool is_mean() const { return std::fabs(remainder) < 0.05 * std::fabs(estimate); }
};

struct CompareFacts {
  std::string id;
  std::string label;
  // Grouping column and its printed name.
  std::string by;
  std::string by_label;
  // "everything" or "x-only".
  std::string interact = "everything";
  // Terms compared, in order, with their labels.
  std::vector<TermFacts> terms;
  std::vector<GroupFacts> groups;
  FitFacts pooled;
  std::vector<DifferenceFacts> differences;
  std::vector<JointEqualityFacts> joints;
  // Estimates under the other way of interacting.
  std::vector<AlternativeFacts> alternatives;
  // The adjustment used: "holm", "bh", "romano-wolf" or "none".
  std::string adjustment = "holm";
  // What differences it is over: "all", "term" or "equation".
  std::string family = "all";
  // Empty: one model.
  std::vector<std::string> equations;
  std::vector<OrderingFacts> orderings;
  std::vector<RankFacts> ranks;
  std::vector<PublishedFacts> published;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
  // One a compared term, where it is defined.
  std::vector<PooledSlopeFacts> pooled_slopes = {};
};

}  // namespace farrell::reporting
