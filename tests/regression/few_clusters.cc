#include "tests/regression/few_clusters.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "common/numeric/random.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;

constexpr double kSlope = 1.0;
constexpr int kShortest = 8;
constexpr int kLongest = 20;

// A sample that cannot be estimated would be a defect of the engine: it ends the program.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

// Periods of unit g: most units are short, the last two have all periods.
int Length(int g, int clusters) {
  if (g + 2 >= clusters) return kLongest;
  const double share = static_cast<double>(g) / (clusters - 1);
  return kShortest + static_cast<int>((kLongest - kShortest) * share * share);
}

double Start(double persistence) { return 1.0 / std::sqrt(1.0 - persistence * persistence); }

InferenceSpec Spec(InferenceType type, int draws, int variant = 11) {
  InferenceSpec spec;
  spec.type = type;
  spec.cluster = "unit";
  spec.draws = draws;
  spec.variant = variant;
  return spec;
}

}  // namespace

Fitted DrawFewClusters(const FewClusters& world, std::int64_t seed) {
  constexpr double kRegressorPersistence = 0.7;
  Design design;
  Effect units;
  Effect periods;
  units.levels.name = "unit";
  periods.levels.name = "period";
  std::vector<double> x;
  std::vector<double> y;
  for (int g = 0; g < world.clusters; ++g) {
    units.levels.labels.push_back(std::to_string(g + 1));
    const double level = numeric::NormalDraw(seed, g, 0);
    const double spread = 0.7 + 0.7 * (g % 3) / 2.0;
    double regressor = 0.0;
    double error = 0.0;
    for (int t = 0; t < Length(g, world.clusters); ++t) {
      const double innovation = numeric::NormalDraw(seed, g, 2 * t + 1);
      const double shock = numeric::NormalDraw(seed, g, 2 * t + 2);
      regressor = t == 0 ? innovation * Start(kRegressorPersistence) : kRegressorPersistence * regressor + innovation;
      error = t == 0 ? shock * Start(world.persistence) : world.persistence * error + shock;
      units.levels.ids.push_back(g);
      periods.levels.ids.push_back(t);
      x.push_back(level + regressor);
      y.push_back(level + 0.1 * t + kSlope * x.back() + spread * error);
    }
  }
  for (int t = 0; t < kLongest; ++t) periods.levels.labels.push_back(std::to_string(t + 1));
  design.y = Eigen::Map<const Eigen::VectorXd>(y.data(), static_cast<Index>(y.size()));
  design.x = Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Index>(x.size()));
  design.names = {"x"};
  for (std::size_t row = 0; row < y.size(); ++row) design.rows.push_back(row);
  design.classifications["unit"] = units.levels;
  design.effects = {units, periods};
  return Must(EstimateLeastSquares(std::move(design)));
}

std::vector<FewClusterCell> RunFewClusters(const FewClusters& world, std::int64_t first, int samples, int draws) {
  const std::vector<std::pair<std::string, InferenceSpec>> ways = {{"CR1", Spec(InferenceType::kCr1, draws)},
                                                                   {"CR2", Spec(InferenceType::kCr2, draws)},
                                                                   {"CR3", Spec(InferenceType::kCr3, draws)},
                                                                   {"wild 11", Spec(InferenceType::kWild, draws)},
                                                                   {"wild 33", Spec(InferenceType::kWild, draws, 33)}};
  std::vector<FewClusterCell> cells(ways.size());
  for (int sample = 0; sample < samples; ++sample) {
    const std::int64_t seed = first + sample;
    const Fitted fitted = DrawFewClusters(world, seed);
    for (std::size_t k = 0; k < ways.size(); ++k) {
      InferenceSpec spec = ways[k].second;
      spec.seed = seed;
      std::vector<Warning> warnings;
      const InferenceResult result = Must(ComputeInference(fitted, spec, 0.95, {}, warnings));
      const TermInference& term = result.terms[0];
      FewClusterCell& cell = cells[k];
      cell.name = ways[k].first;
      ++cell.samples;
      const bool below = term.conf_low && *term.conf_low > kSlope;
      const bool above = term.conf_high && *term.conf_high < kSlope;
      cell.rejected += below || above ? 1 : 0;
      if (term.conf_low && term.conf_high) {
        ++cell.bounded;
        cell.width += *term.conf_high - *term.conf_low;
      }
    }
  }
  for (FewClusterCell& cell : cells) cell.width = cell.bounded > 0 ? cell.width / cell.bounded : 0.0;
  return cells;
}

}  // namespace farrell::regression::testing
