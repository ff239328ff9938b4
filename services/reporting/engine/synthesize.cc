#include "services/reporting/engine/synthesize.h"

#include <algorithm>
#include <cmath>

#include "common/numeric/elementary.h"
#include "services/reporting/engine/synthesize_regressors.h"

namespace farrell::reporting {
namespace {

using numeric::Exp;
using numeric::Log;

constexpr double kDepreciation = 0.15;
constexpr double kInitialGrowth = 0.10;
constexpr double kNeutralProgress = 0.02;
constexpr double kInputResponse = 0.15;
constexpr double kFirstYearPatents = 740000;

struct Inputs {
  SyntheticCells personnel;
  SyntheticCells stock;
};

Inputs DrawInputs(const SyntheticRegressors& drawn, const SynthesisOptions& options) {
  const double personnel_growth = Log(1.07);
  const double stock_growth = Log(options.technology == SynthesisTechnology::kExact ? 1.07 : 1.12);
  const SyntheticCells personnel_shock = SyntheticAr1(options.seed, SyntheticSeries::kPersonnelShock, 0.7, 0.04);
  const SyntheticCells stock_shock = SyntheticAr1(options.seed, SyntheticSeries::kStockShock, 0.7, 0.04);
  Inputs inputs{};
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const double rd = kStylisedProvinces[static_cast<std::size_t>(i)].rd;
    const double mix = -0.20 * SyntheticNormal(options.seed, SyntheticSeries::kInputMix, i);
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      const double response = kInputResponse * (drawn.log_ai[cell] - drawn.ai_level[static_cast<std::size_t>(i)]);
      // 27.7: R&D spending a person-year, 1e4 yuan.
      inputs.personnel[cell] = rd * 1e4 / 27.7 * Exp(mix + personnel_growth * t + response + personnel_shock[cell]);
      double stock = rd * Exp(stock_growth * t + response + stock_shock[cell]);
      // Spending is what the stock gained over depreciation; it must stay positive.
      if (t > 0) stock = std::max(stock, (1 - kDepreciation + 0.01) * inputs.stock[CellOf(i, t - 1)]);
      inputs.stock[cell] = stock;
    }
  }
  return inputs;
}

// f(L, K), constant returns.
class Technology {
 public:
  Technology(SynthesisTechnology kind, const Inputs& inputs) : kind_(kind) {
    for (std::size_t k = 0; k < inputs.stock.size(); ++k) {
      mean_personnel_ += inputs.personnel[k] / static_cast<double>(inputs.stock.size());
      mean_stock_ += inputs.stock[k] / static_cast<double>(inputs.stock.size());
    }
  }
  double mean_personnel() const { return mean_personnel_; }
  double Output(double personnel, double stock) const {
    if (kind_ == SynthesisTechnology::kCobbDouglas) return std::sqrt(personnel * stock);
    return 0.5 * personnel / mean_personnel_ + 0.5 * stock / mean_stock_;
  }

 private:
  SynthesisTechnology kind_;
  double mean_personnel_ = 0;
  double mean_stock_ = 0;
};

// Log productivity before normalisation: log efficiency and neutral progress.
SyntheticCells DrawProductivity(const SyntheticRegressors& drawn, const PresetParameters& parameters,
                                std::int64_t seed) {
  constexpr std::array<double, 3> kLevel = {-0.35, -0.60, -0.75};
  const SyntheticCells unit_noise = SyntheticAr1(seed, SyntheticSeries::kEfficiencyNoise, 0.4, 1.0);
  SyntheticCells productivity{};
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const auto region = static_cast<std::size_t>(kStylisedProvinces[static_cast<std::size_t>(i)].region);
    const double level = kLevel[region] + 0.25 * SyntheticNormal(seed, SyntheticSeries::kEfficiencyLevel, i);
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      const std::size_t first = CellOf(i, 0);
      productivity[cell] =
          level + parameters.slope[region] * (drawn.log_ai[cell] - drawn.ai_level[static_cast<std::size_t>(i)]) +
          0.10 * (drawn.growth[cell] - drawn.growth[first]) + 0.30 * (drawn.urban[cell] - drawn.urban[first]) +
          0.05 * drawn.open[cell] + parameters.noise[region] * unit_noise[cell] + kNeutralProgress * t;
    }
  }
  return productivity;
}

double Count(double value) { return std::max(1.0, std::round(value)); }

// Noise of a series of outcomes: AR(1) 0.4 with the given standard deviation of its innovations.
SyntheticCells OutcomeNoise(std::int64_t seed, SyntheticSeries series, double innovation_sd) {
  constexpr double kRho = 0.4;
  return SyntheticAr1(seed, series, kRho, innovation_sd / std::sqrt(1 - kRho * kRho));
}

// One actor's log-linear series.
struct Actor {
  double elasticity;
  double share;
  double dispersion;
  SyntheticSeries share_series;
  SyntheticCells noise;

  double At(std::int64_t seed, int province, std::size_t cell, double base, double x) const {
    const double own_share = Log(share) + dispersion * SyntheticNormal(seed, share_series, province);
    return Count(Exp(base + own_share + elasticity * x + noise[cell]));
  }
};

// Applications, papers and technology-market value. x is log AI minus the province's own first year.
void FillOutcomes(const SyntheticRegressors& drawn, std::int64_t seed, std::vector<SyntheticRow>& rows) {
  const Actor university{0.461, 0.16, 0.15, SyntheticSeries::kUniversityShare,
                         OutcomeNoise(seed, SyntheticSeries::kUniversityNoise, 0.11)};
  const Actor institute{0.228, 0.05, 0.30, SyntheticSeries::kInstituteShare,
                        OutcomeNoise(seed, SyntheticSeries::kInstituteNoise, 0.10)};
  const Actor enterprise{0.010, 0.50, 0.06, SyntheticSeries::kEnterpriseShare,
                         OutcomeNoise(seed, SyntheticSeries::kEnterpriseNoise, 0.03)};
  const SyntheticCells total_noise = OutcomeNoise(seed, SyntheticSeries::kTotalNoise, 0.03);
  const SyntheticCells papers_noise = OutcomeNoise(seed, SyntheticSeries::kPapersNoise, 0.05);
  const SyntheticCells market_noise = OutcomeNoise(seed, SyntheticSeries::kMarketNoise, 0.10);
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const StylisedProvince& province = kStylisedProvinces[static_cast<std::size_t>(i)];
    const double papers_level = 0.3 * SyntheticNormal(seed, SyntheticSeries::kPapersLevel, i);
    // Beijing hosts the national technology market.
    const double market_level = 0.6 * SyntheticNormal(seed, SyntheticSeries::kMarketLevel, i) + (i == 0 ? 3.0 : 0.0);
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      const std::size_t first = CellOf(i, 0);
      const double x = drawn.log_ai[cell] - drawn.log_ai[first];
      const double common = 0.03 * SyntheticNormal(seed, SyntheticSeries::kCommonShock, static_cast<int>(cell));
      const double base =
          Log(province.rd) + 4.9 + 0.10 * t + 0.05 * (drawn.growth[cell] - drawn.growth[first]) + common;
      SyntheticRow& row = rows[cell];
      const double from_university = university.At(seed, i, cell, base, x);
      const double from_institute = institute.At(seed, i, cell, base, x);
      const double from_enterprise = enterprise.At(seed, i, cell, base, x);
      const double total = Count(Exp(base + 0.195 * x + total_noise[cell]));
      row.applications_university = from_university;
      row.applications_institute = from_institute;
      row.applications_enterprise = from_enterprise;
      // Where the three exceed the drawn total, the total is lifted to their sum.
      row.applications_other = std::max(0.0, total - from_university - from_institute - from_enterprise);
      row.papers = Count(Exp(Log(province.rd) + 4.2 + papers_level + 0.06 * t + 0.013 * x + papers_noise[cell]));
      row.tech_market = *row.gdp * Exp(Log(0.006) + market_level + 0.06 * t + 0.06 * x + market_noise[cell]);
    }
  }
}

std::vector<SyntheticRow> SampleRows(const SyntheticRegressors& drawn, const Inputs& inputs) {
  std::vector<SyntheticRow> rows(inputs.stock.size());
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const StylisedProvince& province = kStylisedProvinces[static_cast<std::size_t>(i)];
    for (int t = 0; t < kSyntheticYears; ++t) {
      const std::size_t cell = CellOf(i, t);
      SyntheticRow& row = rows[cell];
      row.province = std::string(province.name);
      row.region = province.region;
      row.region4 = std::string(province.region4);
      row.year = kSyntheticFirstYear + t;
      row.population = province.population * Exp(Log(1.005) * t);
      row.gdp = Exp(drawn.growth[cell]) * *row.population;
      row.urban = drawn.urban[cell] * *row.population;
      row.exchange = kYuanPerDollar[static_cast<std::size_t>(t)];
      row.trade = drawn.open[cell] * *row.gdp / *row.exchange;
      row.investment = Exp(drawn.log_ai[cell]) * *row.gdp;
      row.personnel = inputs.personnel[cell];
      row.stock = inputs.stock[cell];
      row.price = Exp(Log(1.025) * t);
      const double gained = t == 0 ? (kDepreciation + kInitialGrowth) * row.stock
                                   : row.stock - (1 - kDepreciation) * inputs.stock[CellOf(i, t - 1)];
      row.spending = gained * row.price;
    }
  }
  return rows;
}

// Two rows just beyond the extreme input mixes with the highest productivity: the segment between them is the frontier
// of all.
void AddReferenceRows(const Inputs& inputs, const Technology& technology, double scale, double log_top,
                      std::vector<SyntheticRow>& rows) {
  double least = inputs.stock[0] / inputs.personnel[0];
  double most = least;
  for (std::size_t k = 0; k < inputs.stock.size(); ++k) {
    least = std::min(least, inputs.stock[k] / inputs.personnel[k]);
    most = std::max(most, inputs.stock[k] / inputs.personnel[k]);
  }
  const std::array<double, 2> mixes = {least * 0.98, most * 1.02};
  for (std::size_t r = 0; r < mixes.size(); ++r) {
    SyntheticRow row;
    row.province = r == 0 ? "REF_1" : "REF_2";
    row.reference_only = true;
    row.year = kSyntheticFirstYear;
    row.personnel = technology.mean_personnel();
    row.stock = row.personnel * mixes[r];
    row.spending = (kDepreciation + kInitialGrowth) * row.stock;
    row.patents = scale * technology.Output(row.personnel, row.stock) * Exp(log_top);
    row.unrounded_patents = row.patents;
    rows.push_back(std::move(row));
  }
}

}  // namespace

Result<SynthesisPreset> ParseSynthesisPreset(std::string_view name) {
  for (std::size_t k = 0; k < kSynthesisPresetNames.size(); ++k) {
    if (kSynthesisPresetNames[k] == name) return static_cast<SynthesisPreset>(k);
  }
  Violations violations;
  violations.Add("preset",
                 "unknown preset `" + std::string(name) + "`: choose pattern, realistic, homogeneous or null");
  return std::move(violations).Finish("PRESET_UNKNOWN", "no such preset");
}

SyntheticPanel Synthesize(const SynthesisOptions& options) {
  const PresetParameters parameters = ParametersOf(options.preset);
  const SyntheticRegressors drawn = DrawRegressors(parameters, options.seed);
  const Inputs inputs = DrawInputs(drawn, options);
  const Technology technology(options.technology, inputs);
  const SyntheticCells productivity = DrawProductivity(drawn, parameters, options.seed);

  // With the exact technology no sample row is on the frontier: the reference rows are two per cent above the best.
  const bool exact = options.technology == SynthesisTechnology::kExact;
  const double log_top = *std::max_element(productivity.begin(), productivity.end()) + (exact ? 0.02 : 0.0);
  SyntheticPanel panel;
  panel.plan = {parameters.slope[0], parameters.slope[1], parameters.slope[2], parameters.pooled, drawn.kappa};
  panel.rows = SampleRows(drawn, inputs);
  double first_year = 0;
  for (int i = 0; i < kSyntheticProvinces; ++i) {
    const std::size_t cell = CellOf(i, 0);
    first_year += technology.Output(inputs.personnel[cell], inputs.stock[cell]) * Exp(productivity[cell]);
  }
  const double scale = kFirstYearPatents / first_year;
  for (std::size_t cell = 0; cell < productivity.size(); ++cell) {
    SyntheticRow& row = panel.rows[cell];
    row.unrounded_patents = scale * technology.Output(row.personnel, row.stock) * Exp(productivity[cell]);
    row.patents = Count(row.unrounded_patents);
    row.log_productivity = productivity[cell] - log_top;
  }
  FillOutcomes(drawn, options.seed, panel.rows);
  if (exact) AddReferenceRows(inputs, technology, scale, log_top, panel.rows);
  return panel;
}

}  // namespace farrell::reporting
