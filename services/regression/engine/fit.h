// One regression from panel to result.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/cluster_diagnostics.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/design_analysis.h"
#include "services/regression/engine/estimator.h"
#include "services/regression/engine/estimators/weak_instruments.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/inference.h"
#include "services/regression/engine/tests.h"

namespace farrell::regression {

// Increases whenever any output bit may change.
inline constexpr std::int32_t kAlgorithmRevision = 4;

struct FitSpec {
  Formula formula;
  // Kind kDefault: two-stage least squares with instruments, within with effects, else OLS.
  EstimatorSpec estimator;
  // The first is the primary one. Empty: one of kDefault.
  std::vector<InferenceSpec> inferences;
  std::vector<std::string> hypotheses;
  // In (0, 1).
  double confidence_level = 0.95;
  bool observations = false;
  // Column of row weights, or empty.
  std::string weights;
  // "x1" or "x1 by region"; see margins.h.
  std::vector<std::string> margins;
  // Column whose levels are left out one by one; empty: none.
  std::string leave_one_out;
  std::vector<DesignQuestion> design;
  bool cluster_diagnostics = false;
};

struct TermEstimate {
  std::string name;
  // Unset when collinear with earlier columns.
  std::optional<double> estimate;
};

struct EffectSummary {
  std::string name;
  std::int64_t level_count = 0;
  // Nested in the clusters of the primary inference.
  bool nested = false;
  std::vector<std::string> slopes{};
  bool slopes_only = false;
};

// An average partial effect, on the scale of the observed outcome.
struct PartialEffect {
  std::string term;
  std::optional<double> estimate;
  TermInference inference;
};

// An average marginal effect; see margins.h.
struct Margin {
  std::string text;
  std::string variable;
  std::string level;
  double estimate = 0.0;
  TermInference inference;
  std::int64_t observation_count = 0;
};

// The model without the rows of one level, its terms in the order of the whole fit.
struct LeaveOneOutFit {
  std::string level;
  std::vector<PartialEffect> terms;
  std::int64_t observation_count = 0;
};

struct EffectLevel {
  std::string effect;
  std::string level;
  double value = 0.0;
};

struct Observations {
  // Positions in the panel.
  std::vector<std::size_t> rows;
  Eigen::VectorXd residuals;
  Eigen::VectorXd fitted;
  std::vector<EffectLevel> effect_levels;
};

struct FitResult {
  std::string formula;
  // "estimated"; "no_coefficients" when every column was collinear or there was none; "saturated" when no degrees of
  // freedom are left.
  std::string outcome;
  EstimatorSpec estimator;
  std::vector<TermEstimate> terms;
  std::vector<InferenceResult> inferences;
  // Empty where the hypothesis could not be tested; a warning says why.
  std::vector<HypothesisTest> hypotheses;
  std::int64_t observation_count = 0;
  std::int64_t row_count = 0;
  std::int64_t missing_row_count = 0;
  std::int64_t singleton_count = 0;
  std::map<std::string, std::int64_t> missing_by_column;
  std::vector<EffectSummary> effects;
  double residual_sum_of_squares = 0.0;
  std::optional<double> sigma;
  std::int64_t residual_df = 0;
  // Total variation around the mean (with a constant or effects), else around zero.
  std::optional<double> r2;
  std::optional<double> adjusted_r2;
  std::optional<double> r2_within;
  std::optional<JointTest> joint;
  std::vector<Warning> warnings;
  std::optional<Observations> observations;
  std::vector<DroppedRows> dropped;
  std::optional<Convergence> convergence;
  std::optional<VarianceComponents> components;
  std::optional<double> log_likelihood;
  std::int64_t lower_bound_count = 0;
  std::int64_t upper_bound_count = 0;
  std::vector<PartialEffect> partial_effects;
  std::vector<Margin> margins;
  std::vector<LeaveOneOutFit> leave_one_out;
  std::vector<DesignAnswer> design;
  // Of the clusters of the primary inference, named beside.
  std::optional<ClusterDiagnostics> cluster_diagnostics;
  std::string diagnosed_cluster;
  std::optional<InstrumentDiagnostics> instruments;

  // Position of a term by its printed name, or -1.
  std::ptrdiff_t FindTerm(const std::string& name) const;
};

// Estimates one model and everything reported about it.
// INVALID_ARGUMENT: ESTIMATOR_INVALID, INFERENCE_INVALID, HYPOTHESIS_INVALID, MARGIN_INVALID, DESIGN_INVALID (a term
// that the formula has not), NOT_NUMERIC, NOT_FINITE. NOT_FOUND: COLUMN_NOT_FOUND. FAILED_PRECONDITION:
// NO_OBSERVATIONS, NOT_CONVERGED, TOO_MANY_LEVELS. CANCELLED.
Result<FitResult> Fit(const Panel& panel, const FitSpec& spec, const Environment& environment);

// The same on part of the panel and with split columns; `options.classifications` are added to by the clusters.
Result<FitResult> FitDesign(const Panel& panel, const FitSpec& spec, DesignOptions options,
                            const Environment& environment);

// The same, with the estimated model behind it.
struct EstimatedFit {
  FitResult result;
  Fitted fitted;
};
Result<EstimatedFit> EstimateDesign(const Panel& panel, const FitSpec& spec, DesignOptions options,
                                    const Environment& environment);

}  // namespace farrell::regression
