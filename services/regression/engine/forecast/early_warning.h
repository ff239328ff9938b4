// Who will see an event next period, and how far the list can be trusted.
//
// Transitions pair what a unit showed in one period with the event in the next. A ridge logit on all of them gives
// probabilities for the last period; it is judged by leaving out one period after the other, predictors standardised
// anew each time. Intervals are percentiles over units drawn with replacement, all their transitions with them, penalty
// and standardisation held.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/environment.h"

namespace farrell::regression {

inline constexpr std::size_t kMostWarningPredictors = 5;
inline constexpr std::int64_t kTransitionsPerPredictor = 10;

struct EarlyWarningSpec {
  // Names of columns of the panel: expressions of the data service.
  std::string event;
  std::vector<std::string> predictors;
  // > 0. Unset: chosen.
  std::optional<double> penalty;
  // In (0, 1). Unset: the base rate.
  std::optional<double> threshold;
  double confidence_level = 0.95;   // (0, 1)
  std::int64_t replications = 999;  // [99, 99999]
  std::int64_t seed = 0;
};

enum class Light : std::uint8_t { kClear, kUndecided, kFlagged };

struct UnitWarning {
  std::string unit;
  double probability = 0.0;
  double low = 0.0;
  double high = 0.0;
  Light light = Light::kUndecided;
};

struct WarningPredictor {
  std::string name;
  double slope = 0.0;
  double mean = 0.0;
  double standard_deviation = 0.0;
};

struct CalibrationBin {
  std::int64_t count = 0;
  double mean_predicted = 0.0;
  double event_share = 0.0;
};

struct EarlyWarningResult {
  std::int64_t period = 0;
  std::int64_t transition_count = 0;
  std::int64_t event_count = 0;
  double base_rate = 0.0;
  double penalty = 0.0;
  double threshold = 0.0;
  double intercept = 0.0;
  std::vector<WarningPredictor> predictors;
  // By probability, largest first; then by unit.
  std::vector<UnitWarning> units;
  double brier_score = 0.0;
  double brier_score_base = 0.0;
  std::optional<double> calibration_intercept;
  std::optional<double> calibration_slope;
  std::vector<CalibrationBin> bins;
  std::vector<Warning> warnings;
};

// A violation for every option out of range; fields have the names of the contract.
std::vector<FieldViolation> CheckEarlyWarning(const EarlyWarningSpec& spec);

// INVALID_ARGUMENT WARNING_INVALID (options, an event that is not 0 or 1), NOT_NUMERIC; NOT_FOUND COLUMN_NOT_FOUND;
// FAILED_PRECONDITION WARNING_INVALID (no event or only events, also without one period; too few transitions; nobody to
// warn of), NOT_CONVERGED; CANCELLED. Progress counts replications.
Result<EarlyWarningResult> WarnEarly(const Panel& panel, const EarlyWarningSpec& spec, const Environment& environment);

}  // namespace farrell::regression
