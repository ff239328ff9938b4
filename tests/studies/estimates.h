// Scores and slopes straight from the engines, as the checks of the founding study need them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "services/dea/engine/model.h"

namespace farrell::studies {

struct ScoreOptions {
  dea::ReturnsToScale rts = dea::ReturnsToScale::kCrs;
  dea::FrontierScheme frontier = dea::FrontierScheme::kGlobal;
  std::vector<std::string> inputs = {"rd_fte", "rd_stock"};
};

struct Scores {
  std::vector<dea::UnitScore> units;  // in the panel's order
  double share_at_one = 0;            // over scored rows, score >= 1 - 1e-9
  std::vector<double> logs;           // kMissing where there is no score
};

// Output-oriented scores of patents; rows with role reference_only span the frontier only.
Scores Evaluate(const Panel& panel, const ScoreOptions& options = {});

// Slope of the first regressor and its standard errors, clustered by province.
struct Slope {
  double estimate = 0;
  double iid = 0;
  double cr1 = 0;
  double cr3 = 0;
  double r2_within = 0;
  std::int64_t clusters = 0;
  std::int64_t observations = 0;
  std::int64_t residual_df = 0;
  std::vector<double> all;  // every slope, in the order of the formula

  // Two-sided p-value of estimate = value with t(G-1); iid with the residual degrees of freedom.
  double PIid(double value = 0) const;
  double PCr1(double value = 0) const;
  double PCr3(double value = 0) const;
};

// `group`: rows whose column `by` holds this text; empty: all.
Slope FitSlope(const Panel& panel, const std::string& formula, const std::string& by = "",
               const std::string& group = "");

struct WildOptions {
  std::int64_t draws = 9999;
  std::int64_t seed = 20211206;
  double null_value = 0;
};

// p-value of the first regressor's slope = null_value by the restricted wild cluster bootstrap with Webb weights.
double WildP(const Panel& panel, const std::string& formula, const WildOptions& options, const std::string& by = "",
             const std::string& group = "");

// Controls and effects of the founding study.
inline constexpr const char* kControls = " ~ ln_ai + growth + urban + open | province + year";

}  // namespace farrell::studies
