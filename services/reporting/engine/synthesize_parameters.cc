#include "services/reporting/engine/synthesize_parameters.h"

namespace farrell::reporting {

const std::array<StylisedProvince, kSyntheticProvinces> kStylisedProvinces = {{
    {"Beijing", SyntheticRegion::kEast, "E", 14000, 1960, 820, 0.86, 1.45},
    {"Tianjin", SyntheticRegion::kEast, "E", 9200, 1300, 230, 0.80, 0.60},
    {"Hebei", SyntheticRegion::kEast, "E", 20000, 7200, 160, 0.44, 0.14},
    {"Shanxi", SyntheticRegion::kCentral, "C", 9200, 3600, 90, 0.48, 0.09},
    {"InnerMongolia", SyntheticRegion::kWest, "W", 12000, 2500, 64, 0.56, 0.05},
    {"Liaoning", SyntheticRegion::kEast, "N", 18000, 4400, 290, 0.62, 0.30},
    {"Jilin", SyntheticRegion::kCentral, "N", 8700, 2700, 76, 0.53, 0.13},
    {"Heilongjiang", SyntheticRegion::kCentral, "N", 10000, 3800, 120, 0.56, 0.17},
    {"Shanghai", SyntheticRegion::kEast, "E", 17000, 2300, 480, 0.89, 1.45},
    {"Jiangsu", SyntheticRegion::kEast, "E", 41000, 7900, 860, 0.61, 0.76},
    {"Zhejiang", SyntheticRegion::kEast, "E", 28000, 5400, 490, 0.62, 0.62},
    {"Anhui", SyntheticRegion::kCentral, "C", 12000, 6000, 160, 0.43, 0.13},
    {"Fujian", SyntheticRegion::kEast, "E", 15000, 3700, 170, 0.57, 0.50},
    {"Jiangxi", SyntheticRegion::kCentral, "C", 9500, 4500, 87, 0.44, 0.15},
    {"Shandong", SyntheticRegion::kEast, "E", 39000, 9600, 670, 0.50, 0.33},
    {"Henan", SyntheticRegion::kCentral, "C", 23000, 9400, 210, 0.39, 0.05},
    {"Hubei", SyntheticRegion::kCentral, "C", 16000, 5700, 260, 0.50, 0.11},
    {"Hunan", SyntheticRegion::kCentral, "C", 16000, 6600, 190, 0.43, 0.06},
    {"Guangdong", SyntheticRegion::kEast, "E", 46000, 10400, 810, 0.66, 1.15},
    {"Guangxi", SyntheticRegion::kWest, "W", 9600, 4600, 63, 0.40, 0.13},
    {"Hainan", SyntheticRegion::kEast, "E", 2100, 870, 7, 0.50, 0.28},
    {"Chongqing", SyntheticRegion::kWest, "W", 7900, 2900, 100, 0.53, 0.11},
    {"Sichuan", SyntheticRegion::kWest, "W", 17000, 8000, 260, 0.40, 0.13},
    {"Guizhou", SyntheticRegion::kWest, "W", 4600, 3500, 30, 0.34, 0.05},
    {"Yunnan", SyntheticRegion::kWest, "W", 7200, 4600, 44, 0.35, 0.13},
    {"Shaanxi", SyntheticRegion::kWest, "W", 10000, 3700, 220, 0.46, 0.08},
    {"Gansu", SyntheticRegion::kWest, "W", 4100, 2600, 42, 0.36, 0.12},
    {"Qinghai", SyntheticRegion::kWest, "W", 1400, 560, 10, 0.45, 0.04},
    {"Ningxia", SyntheticRegion::kWest, "W", 1700, 630, 12, 0.48, 0.08},
    {"Xinjiang", SyntheticRegion::kWest, "W", 5400, 2200, 27, 0.43, 0.21},
}};

const std::array<double, kSyntheticYears> kYuanPerDollar = {6.7695, 6.4588, 6.3125, 6.1932, 6.1428,
                                                            6.2284, 6.6423, 6.7518, 6.6174, 6.8985};

PresetParameters ParametersOf(SynthesisPreset preset) {
  switch (preset) {
    case SynthesisPreset::kPattern: return {{0.014, 0.090, 0.0}, {0.009, 0.045, 0.050}, 0.045, true};
    case SynthesisPreset::kRealistic: return {{0.014, 0.090, 0.0}, {0.08, 0.08, 0.08}, 0.045, true};
    case SynthesisPreset::kHomogeneous: return {{0.045, 0.045, 0.045}, {0.08, 0.08, 0.08}, 0.045, false};
    case SynthesisPreset::kNull: break;
  }
  return {{0.0, 0.0, 0.0}, {0.08, 0.08, 0.08}, 0.0, false};
}

}  // namespace farrell::reporting
