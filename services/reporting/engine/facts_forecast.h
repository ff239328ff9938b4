// Facts of statements about periods that are not finished.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

struct UnitNowcastFacts {
  std::string unit;
  // In the scale of the formula, as are `low`, `high`, `last_value` and `observed`.
  double prediction = 0;
  std::optional<double> low;
  std::optional<double> high;
  double last_value = 0;
  std::int64_t last_period = 0;
  std::optional<double> observed;
  // Score of one unit of the output with the inputs of the period, against the frontier of the periods before. Unset:
  // not asked for, or no row there to compare with.
  std::optional<double> unit_score;
};

struct BacktestFacts {
  std::int64_t period = 0;
  std::int64_t count = 0;
  double rmse = 0;
  double rmse_random_walk = 0;
};

struct NowcastFacts {
  std::string id;
  std::string label;
  std::string formula;
  std::string outcome;
  std::int64_t period = 0;
  double level = 0.8;
  std::vector<UnitNowcastFacts> units;
  std::vector<BacktestFacts> backtest;
  std::int64_t error_count = 0;
  double rmse = 0;
  double rmse_random_walk = 0;
  // Of the intervals that the past alone would have given.
  std::optional<double> coverage;
  std::int64_t coverage_count = 0;
  std::vector<std::string> left_out;
  // Label of the DEA that scores the period; empty: none.
  std::string dea;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

enum class WarningLight { kClear, kUndecided, kFlagged };

struct UnitWarningFacts {
  std::string unit;
  double probability = 0;
  double low = 0;
  double high = 0;
  WarningLight light = WarningLight::kUndecided;
};

struct WarningPredictorFacts {
  std::string name;
  std::string label;
  // On the standardised predictor.
  double slope = 0;
};

struct CalibrationFacts {
  std::int64_t count = 0;
  double mean_predicted = 0;
  double event_share = 0;
};

struct EarlyWarningFacts {
  std::string id;
  std::string label;
  std::string event;
  std::int64_t period = 0;
  std::int64_t transition_count = 0;
  std::int64_t event_count = 0;
  double base_rate = 0;
  double penalty = 0;
  double threshold = 0;
  double confidence_level = 0.95;
  std::int64_t replication_count = 0;
  std::vector<WarningPredictorFacts> predictors;
  // By probability, largest first.
  std::vector<UnitWarningFacts> units;
  // Out of sample.
  double brier_score = 0;
  double brier_score_base = 0;
  std::optional<double> calibration_intercept;
  std::optional<double> calibration_slope;
  // By fifths of the predicted probability.
  std::vector<CalibrationFacts> calibration;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

}  // namespace farrell::reporting
