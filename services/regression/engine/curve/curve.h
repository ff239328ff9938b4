// Specification curve (Simonsohn, Simmons & Nelson 2020): the term of interest under every combination of declared
// choices of one model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/curve/curve_joint_test.h"
#include "services/regression/engine/fit.h"

namespace farrell::regression {

inline constexpr std::int64_t kMostSpecifications = 10000;
// Draws times models of the joint test: 400 MB.
inline constexpr std::int64_t kMostCurveCells = 25'000'000;
// Choices of no controls, no effects, no weights.
inline constexpr const char* kNoControls = "1";
inline constexpr const char* kNoEffects = "0";
inline constexpr const char* kNoWeights = "1";

// One way of choosing the rows.
struct CurveSample {
  // Printed; unique.
  std::string name;
  // A column of the panel (an expression of the data service): rows where it is a number other than 0. Empty: all.
  std::string where;
};

// Lists of choices; none but the instruments is empty, entries of a list differ. The first entries make the main
// specification.
struct CurveSpec {
  // As printed; each stands in the formula of its specifications.
  std::vector<std::string> terms;
  std::vector<std::string> outcomes;
  std::vector<std::string> controls = {kNoControls};
  std::vector<std::string> effects = {kNoEffects};
  // Of the term, for two-stage least squares and limited-information maximum likelihood. Empty: none.
  std::vector<std::string> instruments;
  std::vector<CurveSample> samples = {{"all", ""}};
  // Columns.
  std::vector<std::string> weights = {kNoWeights};
  // No preset "all". Every model is fitted under all of them at once, on the rows that all of them can use.
  std::vector<InferenceSpec> inferences = {InferenceSpec()};
  // kDefault, kOls, kWithin: least squares, or two-stage least squares with instruments. Else kTwoStageLeastSquares,
  // kLiml, kTobit, kTruncated, kFractional, kPoisson.
  EstimatorSpec estimator;
  // In (0, 1); one minus it is the level of significance.
  double confidence_level = 0.95;
  // Of least squares only; with another estimator the test is there and says why it is undefined.
  bool joint_test = true;
  std::int64_t draws = 999;
  std::int64_t seed = 0;
  // Of the joint test; empty: the first clustered inference's, else the unit key.
  std::string joint_cluster;
};

// All choices but the inference.
struct CurveModel {
  std::string term;
  std::string outcome;
  std::string controls;
  std::string effects;
  std::string instruments;
  CurveSample sample;
  std::string weights;
  std::string formula;
};

struct CurveEntry {
  // Position in CurveResult::models.
  std::size_t model = 0;
  // Label.
  std::string inference;
  std::optional<double> estimate;
  TermInference term_inference;
  std::int64_t observation_count = 0;
  std::int64_t cluster_count = 0;
  // Why there is no estimate or no standard error.
  std::string undefined;
};

// Over entries with an estimate; shares of significant ones over entries with a p-value.
struct CurveSummary {
  std::int64_t estimated = 0;
  std::optional<double> positive_share;
  std::optional<double> significant_share;
  std::optional<double> significant_with_median_sign_share;
  std::optional<double> min;
  std::optional<double> median;
  std::optional<double> max;
  // Positions of entries by increasing estimate, ties by position.
  std::vector<std::size_t> order;
};

struct CurveResult {
  std::vector<CurveModel> models;
  // Model by model, one an inference.
  std::vector<CurveEntry> entries;
  CurveSummary summary;
  std::optional<CurveJointTest> joint_test;
  // Each once, with the number of models it stands for.
  std::vector<Warning> warnings;
};

// Models in the order of the lists, the last varying fastest.
std::vector<CurveModel> EnumerateModels(const CurveSpec& spec);

// Least squares, without instruments.
bool IsLeastSquares(const CurveSpec& spec);

// Product of the lengths of all lists; saturates.
std::int64_t CountSpecifications(const CurveSpec& spec);

CurveSummary SummariseCurve(const std::vector<CurveEntry>& entries, double confidence_level);

// Models without observations, or whose instruments do not identify the term, are entries without estimates. Progress
// counts models, twice with the joint test. INVALID_ARGUMENT: CURVE_INVALID (a choice that is not what it should be,
// every one at once; fields as in CurveSpec), CURVE_TOO_LARGE, and those of Fit, which name the model. NOT_FOUND
// COLUMN_NOT_FOUND. FAILED_PRECONDITION NOT_CONVERGED. CANCELLED.
Result<CurveResult> FitCurve(const Panel& panel, const CurveSpec& spec, const Environment& environment);

}  // namespace farrell::regression
