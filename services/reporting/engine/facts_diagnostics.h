// Facts beside the estimates of one fit: what happens without a part of the data, what the design can see, how unequal
// the clusters are, how strong the instruments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farrell::reporting {

// The model without one level of a column.
struct LeaveOneOutFacts {
  std::string level;
  // In the order of FitFacts::terms; unset where not estimated.
  std::vector<std::optional<double>> estimates;
};

// What the design can see of a coefficient (Gelman & Carlin 2014).
struct DesignFacts {
  std::string term;
  // The effect it is judged by; not the estimate.
  double reference = 0;
  double std_error = 0;
  // Of a two-sided test at `level`, in (0, 1).
  double power = 0;
  // Effect found with the wanted power.
  double minimum_detectable = 0;
  // Mean of |estimate| over |reference|, given significance.
  double exaggeration = 1;
  // Probability that a significant estimate has the wrong sign.
  double wrong_sign = 0;
  double level = 0.05;
  double wanted_power = 0.8;
};

// Average marginal effect of a number column, over all rows or those of one level of a column.
struct MarginFacts {
  // As asked, "x by m".
  std::string text;
  std::string variable;
  // Empty: all rows.
  std::string level;
  double estimate = 0;
  std::optional<double> std_error;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  std::int64_t observation_count = 0;
};

struct ClusterFacts {
  std::string label;
  std::int64_t observation_count = 0;
  double leverage = 0;
  // Per term, in the order of FitFacts::terms.
  std::vector<double> partial_leverage;
  std::vector<double> leave_out_estimates;
};

struct ClusterDiagnosticsFacts {
  std::string cluster;
  std::vector<ClusterFacts> clusters;
  // Effective number of clusters G*(0), one a term (Carter, Schnepel & Steigerwald 2017).
  std::vector<double> effective_clusters;
};

struct InstrumentFacts {
  struct Test {
    double statistic = 0;
    double df1 = 0;
    // 0: chi-squared.
    double df2 = 0;
    double p_value = 1;
  };
  struct FirstStage {
    std::string term;
    Test joint;
    double partial_r2 = 0;
    std::optional<double> effective_f;
    std::optional<double> effective_f_critical;
  };
  struct Interval {
    // Unset: not bounded.
    std::optional<double> low;
    std::optional<double> high;
  };
  std::vector<FirstStage> first_stages;
  std::optional<double> kleibergen_paap_f;
  std::optional<double> cragg_donald_f;
  std::optional<Test> anderson_rubin;
  // Union of intervals; empty and not `anderson_rubin_empty`: no set was computed.
  std::vector<Interval> anderson_rubin_set;
  bool anderson_rubin_empty = false;
  std::optional<Test> overidentification;
  std::string overidentification_name;
  std::optional<Test> endogeneity;
  double kappa = 1;
};

}  // namespace farrell::reporting
