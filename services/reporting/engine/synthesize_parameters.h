// What the synthetic panels start from: thirty provinces with stylised levels of 2010, and the presets' slopes and
// noise.
#pragma once

#include <array>
#include <string_view>

#include "services/reporting/engine/synthesize.h"

namespace farrell::reporting {

inline constexpr int kSyntheticProvinces = 30;
inline constexpr int kSyntheticYears = 10;
inline constexpr std::int64_t kSyntheticFirstYear = 2010;

// Two-digit stylised levels. They give the panels plausible magnitudes and are not data.
struct StylisedProvince {
  std::string_view name;
  SyntheticRegion region;
  std::string_view region4;
  double gdp;         // 1e8 yuan
  double population;  // 1e4 persons
  double rd;          // R&D stock at the start, 1e8 yuan
  double urban;       // share
  double open;        // trade over GDP
};

extern const std::array<StylisedProvince, kSyntheticProvinces> kStylisedProvinces;

// Yuan per US dollar, yearly averages 2010-2019.
extern const std::array<double, kSyntheticYears> kYuanPerDollar;

struct PresetParameters {
  // By SyntheticRegion.
  std::array<double, 3> slope;
  // Stationary standard deviation of the noise of log efficiency, by SyntheticRegion.
  std::array<double, 3> noise;
  double pooled;
  // Solve the central kappa for the pooled slope; otherwise kTypicalKappa.
  bool solve_kappa;
};

inline constexpr double kTypicalKappa = 0.428;

PresetParameters ParametersOf(SynthesisPreset preset);

}  // namespace farrell::reporting
