#include "services/reporting/engine/synthesize_regressors.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/numeric/elementary.h"
#include "common/numeric/random.h"

namespace farrell::reporting {
namespace {

std::size_t RegionIndex(int province) {
  return static_cast<std::size_t>(kStylisedProvinces[static_cast<std::size_t>(province)].region);
}

const StylisedProvince& ProvinceAt(int province) { return kStylisedProvinces[static_cast<std::size_t>(province)]; }

// Takes province and year means out over the provinces listed (a balanced panel: one pass is exact).
void TakeMeansOut(SyntheticCells& cells, const std::vector<int>& provinces) {
  const auto count = static_cast<double>(provinces.size());
  for (const int province : provinces) {
    double sum = 0;
    for (int t = 0; t < kSyntheticYears; ++t) sum += cells[CellOf(province, t)];
    for (int t = 0; t < kSyntheticYears; ++t) cells[CellOf(province, t)] -= sum / kSyntheticYears;
  }
  for (int t = 0; t < kSyntheticYears; ++t) {
    double sum = 0;
    for (const int province : provinces) sum += cells[CellOf(province, t)];
    for (const int province : provinces) cells[CellOf(province, t)] -= sum / count;
  }
}

std::vector<int> ProvincesOf(std::size_t region) {
  std::vector<int> provinces;
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    if (RegionIndex(i) == region) provinces.push_back(i);
  }
  return provinces;
}

std::vector<int> AllProvinces() {
  std::vector<int> provinces(kSyntheticProvinces);
  for (int i = 0; i < kSyntheticProvinces; ++i) provinces[static_cast<std::size_t>(i)] = i;
  return provinces;
}

double Dot(const SyntheticCells& a, const SyntheticCells& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// Shocks of AI: free of province and year means inside each region, unit variance inside each region.
SyntheticCells DrawAiShocks(std::int64_t seed) {
  SyntheticCells shocks = SyntheticAr1(seed, SyntheticSeries::kAiShock, 0.6, 1.0);
  for (std::size_t region = 0; region < 3; ++region) {
    const std::vector<int> provinces = ProvincesOf(region);
    TakeMeansOut(shocks, provinces);
    double squares = 0;
    for (const int i : provinces) {
      for (int t = 0; t < kSyntheticYears; ++t) squares += shocks[CellOf(i, t)] * shocks[CellOf(i, t)];
    }
    const double sd = std::sqrt(squares / static_cast<double>(provinces.size() * kSyntheticYears));
    for (const int i : provinces) {
      for (int t = 0; t < kSyntheticYears; ++t) shocks[CellOf(i, t)] /= sd;
    }
  }
  return shocks;
}

// What a two-way regression with the three controls leaves of a series.
class ResidualMaker {
 public:
  explicit ResidualMaker(const std::vector<const SyntheticCells*>& controls) {
    for (const SyntheticCells* control : controls) {
      SyntheticCells direction = Residual(*control);
      const double length = std::sqrt(Dot(direction, direction));
      for (double& value : direction) value /= length;
      basis_.push_back(direction);
    }
  }

  SyntheticCells Residual(SyntheticCells cells) const {
    TakeMeansOut(cells, provinces_);
    // Twice: the second pass removes what rounding left of the first.
    for (int pass = 0; pass < 2; ++pass) {
      for (const SyntheticCells& direction : basis_) {
        const double along = Dot(cells, direction);
        for (std::size_t k = 0; k < cells.size(); ++k) cells[k] -= along * direction[k];
      }
    }
    return cells;
  }

 private:
  std::vector<int> provinces_ = AllProvinces();
  std::vector<SyntheticCells> basis_;
};

// The central region's scale of AI shocks at which the expected pooled slope is the planned one. log_ai = base + kappa
// * central shocks, so that residuals are linear in kappa and the slope is a ratio of two quadratics; bisection, since
// the slope rises from near the mean of the other regions' slopes to the central one.
double SolveKappa(const PresetParameters& parameters, const SyntheticRegressors& drawn, const SyntheticCells& base,
                  const SyntheticCells& shocks) {
  SyntheticCells central = shocks;
  SyntheticCells planted_base{};
  SyntheticCells planted_central{};
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      if (ProvinceAt(i).region != SyntheticRegion::kCentral) central[cell] = 0;
      planted_base[cell] = parameters.slope[RegionIndex(i)] * base[cell];
      planted_central[cell] = parameters.slope[RegionIndex(i)] * central[cell];
    }
  }
  const ResidualMaker maker({&drawn.growth, &drawn.urban, &drawn.open});
  const SyntheticCells residual_base = maker.Residual(base);
  const SyntheticCells residual_central = maker.Residual(central);
  const double xx0 = Dot(residual_base, residual_base);
  const double xx1 = Dot(residual_base, residual_central);
  const double xx2 = Dot(residual_central, residual_central);
  const double xy0 = Dot(residual_base, planted_base);
  const double xy1 = Dot(residual_base, planted_central) + Dot(residual_central, planted_base);
  const double xy2 = Dot(residual_central, planted_central);
  const auto slope = [&](double kappa) {
    return (xy0 + kappa * xy1 + kappa * kappa * xy2) / (xx0 + 2 * kappa * xx1 + kappa * kappa * xx2);
  };
  double low = 0.02;
  double high = 4.0;
  for (int step = 0; step < 80; ++step) {
    const double middle = 0.5 * (low + high);
    (slope(middle) < parameters.pooled ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double SyntheticNormal(std::int64_t seed, SyntheticSeries series, int index) {
  return numeric::NormalDraw(seed, static_cast<std::int64_t>(series), index);
}

SyntheticCells SyntheticAr1(std::int64_t seed, SyntheticSeries series, double rho, double sd) {
  SyntheticCells cells{};
  const double innovation = sd * std::sqrt(1 - rho * rho);
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    double value = 0;
    for (int t = 0; t < kSyntheticYears; ++t) {
      const double draw = SyntheticNormal(seed, series, i * kSyntheticYears + t);
      value = t == 0 ? sd * draw : rho * value + innovation * draw;
      cells[CellOf(i, t)] = value;
    }
  }
  return cells;
}

SyntheticRegressors DrawRegressors(const PresetParameters& parameters, std::int64_t seed) {
  constexpr std::array<double, 3> kGrowthTrend = {0.085, 0.090, 0.095};
  constexpr double kEastShock = 0.30;
  constexpr double kWestShock = 0.27;
  SyntheticRegressors drawn{};
  const SyntheticCells growth_shock = SyntheticAr1(seed, SyntheticSeries::kGrowthShock, 0.6, 0.015);
  const SyntheticCells urban_shock = SyntheticAr1(seed, SyntheticSeries::kUrbanShock, 0.5, 0.004);
  const SyntheticCells open_shock = SyntheticAr1(seed, SyntheticSeries::kOpenShock, 0.6, 0.08);
  const SyntheticCells ai_shock = DrawAiShocks(seed);
  SyntheticCells base{};
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const StylisedProvince& province = ProvinceAt(i);
    const bool west = province.region == SyntheticRegion::kWest;
    const double level =
        numeric::Log(0.007) + 0.35 * SyntheticNormal(seed, SyntheticSeries::kAiLevel, i) + (west ? 0.10 : 0.0);
    drawn.ai_level[static_cast<std::size_t>(i)] = level;
    const double trend = kGrowthTrend[RegionIndex(i)] + 0.008 * SyntheticNormal(seed, SyntheticSeries::kGrowthTrend, i);
    const double urban_trend = province.urban > 0.75 ? 0.003 : 0.011;
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      drawn.growth[cell] = numeric::Log(province.gdp / province.population) + trend * t + growth_shock[cell];
      drawn.urban[cell] = std::min(0.90, province.urban + urban_trend * t + urban_shock[cell]);
      drawn.open[cell] = province.open * numeric::Exp(-0.03 * t + open_shock[cell]);
      const double year = 0.04 * t + 0.02 * SyntheticNormal(seed, SyntheticSeries::kAiYear, t);
      base[cell] = level + year + 0.8 * growth_shock[cell] + 0.5 * open_shock[cell];
      if (province.region == SyntheticRegion::kEast) base[cell] += kEastShock * ai_shock[cell];
      if (west) base[cell] += kWestShock * ai_shock[cell];
    }
  }
  drawn.kappa = parameters.solve_kappa ? SolveKappa(parameters, drawn, base, ai_shock) : kTypicalKappa;
  drawn.log_ai = base;
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    if (ProvinceAt(i).region != SyntheticRegion::kCentral) continue;
    for (int t = 0; t < kSyntheticYears; ++t) drawn.log_ai[CellOf(i, t)] += drawn.kappa * ai_shock[CellOf(i, t)];
  }
  return drawn;
}

}  // namespace farrell::reporting
