// The regressors of a synthetic panel: AI development and three controls, drawn before anything depends on them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "services/reporting/engine/synthesize_parameters.h"

namespace farrell::reporting {

// One number a province and year, provinces outermost.
using SyntheticCells =
    std::array<double, static_cast<std::size_t>(kSyntheticProvinces) * static_cast<std::size_t>(kSyntheticYears)>;

inline std::size_t CellOf(int province, int year) {
  return static_cast<std::size_t>(province) * static_cast<std::size_t>(kSyntheticYears) +
         static_cast<std::size_t>(year);
}

// Streams of the generator. The numbers are part of the format: changing one changes every panel.
enum class SyntheticSeries : std::int64_t {
  kAiLevel = 1,
  kAiYear = 2,
  kAiShock = 3,
  kGrowthTrend = 4,
  kGrowthShock = 5,
  kUrbanShock = 6,
  kOpenShock = 7,
  kInputMix = 8,
  kPersonnelShock = 9,
  kStockShock = 10,
  kEfficiencyLevel = 11,
  kEfficiencyNoise = 12,
  kCommonShock = 13,
  kUniversityShare = 14,
  kUniversityNoise = 15,
  kInstituteShare = 16,
  kInstituteNoise = 17,
  kEnterpriseShare = 18,
  kEnterpriseNoise = 19,
  kTotalNoise = 20,
  kPapersLevel = 21,
  kPapersNoise = 22,
  kMarketLevel = 23,
  kMarketNoise = 24,
};

// Standard normal number `index` of a series.
double SyntheticNormal(std::int64_t seed, SyntheticSeries series, int index);

// Stationary AR(1) by province with standard deviation `sd`, started from its stationary distribution.
SyntheticCells SyntheticAr1(std::int64_t seed, SyntheticSeries series, double rho, double sd);

struct SyntheticRegressors {
  SyntheticCells log_ai;
  // The province's own level a_i of log_ai.
  std::array<double, kSyntheticProvinces> ai_level;
  SyntheticCells growth;  // log GDP per head, 1e4 yuan
  SyntheticCells urban;   // share
  SyntheticCells open;    // trade over GDP
  double kappa;
};

SyntheticRegressors DrawRegressors(const PresetParameters& parameters, std::int64_t seed);

}  // namespace farrell::reporting
