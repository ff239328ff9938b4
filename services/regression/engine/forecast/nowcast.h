// The outcome of a period whose regressors have arrived and whose outcome has not.
//
// A bridge equation: least squares on the earlier periods, one effect absorbed at most; a prediction is the fitted line
// plus the effect of the row's level. The same is done for every earlier period from its past alone, beside the last
// value of the unit (random walk). Intervals are split conformal from the errors of that backtest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/formula.h"

namespace farrell::regression {

// Increases whenever any output bit of a nowcast or an early warning may change.
inline constexpr std::int32_t kForecastRevision = 1;

// Periods that every prediction is fitted on, at least.
inline constexpr std::size_t kFewestPeriods = 3;

struct NowcastSpec {
  Formula formula;
  // Unset: the last period of the panel.
  std::optional<std::int64_t> period;
  // Unset: the earliest that leaves kFewestPeriods to fit on and more rows than coefficients.
  std::optional<std::int64_t> first_backtest;
  double level = 0.8;  // (0, 1)
};

struct UnitNowcast {
  std::string unit;
  double prediction = 0.0;
  std::optional<double> low;
  std::optional<double> high;
  double last_value = 0.0;
  std::int64_t last_period = 0;
  std::optional<double> observed;
};

struct BacktestPeriod {
  std::int64_t period = 0;
  std::int64_t count = 0;
  double rmse = 0.0;
  double rmse_random_walk = 0.0;
};

struct NowcastResult {
  std::int64_t period = 0;
  std::vector<UnitNowcast> units;
  std::vector<BacktestPeriod> backtest;
  std::int64_t error_count = 0;
  double rmse = 0.0;
  double rmse_random_walk = 0.0;
  std::optional<double> coverage;
  std::int64_t coverage_count = 0;
  std::optional<double> half_width;
  std::vector<std::string> left_out;
  std::vector<Warning> warnings;
};

// A violation for everything that can be told without the panel; fields have the names of the contract.
std::vector<FieldViolation> CheckNowcast(const NowcastSpec& spec);

// Errors of BuildDesign; INVALID_ARGUMENT NOWCAST_INVALID (period effects, keys that lack, periods that are none);
// FAILED_PRECONDITION NOWCAST_INVALID (no past to fit on, nothing to predict); CANCELLED. Progress counts periods.
Result<NowcastResult> Nowcast(const Panel& panel, const NowcastSpec& spec, const Environment& environment);

}  // namespace farrell::regression
