// Synthetic panels with planted effects: thirty provinces, ten years, and two reference-only rows that own the
// frontier.
//
// The process. For province i in region r and year t = 0..9, with stylised 2010 levels (two digits, not data):
//   ln AI   = a_i + g_t + 0.8 (shock of growth) + 0.5 (shock of openness) + kappa_r e_it; e is AR(1) 0.6, with unit
//             variance, freed of province and year means inside each region
//   inputs  = growth + 0.15 (ln AI - a_i) + AR(1) noise, for R&D personnel L and the R&D stock K
//   frontier  exact: f = 0.5 L/Lbar + 0.5 K/Kbar (bars: means of the 300 cells); Cobb-Douglas: L^0.5 K^0.5
//   ln theta = mu_i + slope_r (ln AI - a_i) + 0.10 growth + 0.30 urban + 0.05 open + u_it, u AR(1) 0.4
//   patents = A f(L, K) exp(0.02 t) theta, rounded; A makes 740,000 in the first year
// The central region's kappa is solved so that the pooled two-way slope expected given the regressors is the planned
// one. With one output, constant returns and one frontier over all years, the log score is the log of theta up to a
// constant and a common trend, so that a two-way regression on it returns the planted slopes: exactly on average, never
// in one draw.
//
// Random numbers are counter-based, indexed by (seed, series, cell): the same preset and seed give the same bytes
// anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::reporting {

enum class SynthesisPreset {
  // Slopes 0.014 east, 0.090 central, 0 west; pooled 0.045; noise 0.009, 0.045, 0.050: stars as published in most
  // draws.
  kPattern,
  // The same slopes with noise 0.08 everywhere: stars as published in one draw of ten.
  kRealistic,
  // One slope, 0.045, everywhere; noise 0.08. For coverage and for the size of equality tests.
  kHomogeneous,
  // No effect of AI on efficiency; noise 0.08. The negative control.
  kNull,
};

enum class SynthesisTechnology {
  // Linear isoquant between two reference-only rows just beyond the extreme input mixes: DEA recovers the planted
  // scores.
  kExact,
  // Cobb-Douglas, constant returns, no reference-only rows: DEA approximates the frontier.
  kCobbDouglas,
};

struct SynthesisOptions {
  SynthesisPreset preset = SynthesisPreset::kPattern;
  std::int64_t seed = 0;
  SynthesisTechnology technology = SynthesisTechnology::kExact;
};

enum class SyntheticRegion { kEast, kCentral, kWest };

// One row. Unset fields print as empty cells (reference-only rows carry inputs and patents only).
struct SyntheticRow {
  std::string province;
  bool reference_only = false;
  std::optional<SyntheticRegion> region;
  // "E", "C", "W", "N": the four regions of the National Bureau of Statistics.
  std::string region4;
  std::int64_t year = 0;
  std::optional<double> gdp;         // 1e8 yuan
  std::optional<double> population;  // 1e4 persons
  std::optional<double> urban;       // 1e4 persons
  std::optional<double> trade;       // 1e8 US dollars
  std::optional<double> exchange;    // yuan per US dollar
  std::optional<double> investment;  // in information transmission and software, 1e8 yuan
  double personnel = 0;              // person-years
  double spending = 0;               // on R&D, 1e8 current yuan
  double price = 1;                  // of R&D, first year = 1
  double patents = 0;                // whole numbers in the sample
  std::optional<double> applications_university;
  std::optional<double> applications_institute;
  std::optional<double> applications_enterprise;
  std::optional<double> applications_other;
  std::optional<double> papers;
  std::optional<double> tech_market;  // 1e8 yuan
  double log_productivity = 0;        // log of the planted score, <= 0

  // Not written to the file: what checks need.
  double stock = 0;  // R&D stock, 1e8 yuan of the first year
  double unrounded_patents = 0;
};

// What was planted.
struct SyntheticPlan {
  double east = 0;
  double central = 0;
  double west = 0;
  double pooled = 0;
  // Scale of the central region's AI shocks.
  double kappa = 0;
};

struct SyntheticPanel {
  // 300 sample rows by province in the order of the yearbooks, then year; with the exact technology two reference-only
  // rows.
  std::vector<SyntheticRow> rows;
  SyntheticPlan plan;
};

// Names of the presets, in the order of the enum: "pattern", "realistic", "homogeneous", "null".
inline constexpr std::array<std::string_view, 4> kSynthesisPresetNames = {"pattern", "realistic", "homogeneous",
                                                                          "null"};

// Unknown name: INVALID_ARGUMENT, reason PRESET_UNKNOWN, violation of field "preset".
Result<SynthesisPreset> ParseSynthesisPreset(std::string_view name);

// Any seed is good. The result depends on the options alone.
SyntheticPanel Synthesize(const SynthesisOptions& options);

// CSV with the first line "# SYNTHETIC", a header and one line a row, numbers with 17 significant digits.
std::string SyntheticCsv(const SyntheticPanel& panel);

}  // namespace farrell::reporting
