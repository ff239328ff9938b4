#include "tests/regression/likelihood_cases.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "common/numeric/random.h"

namespace farrell::regression::testing {

using Eigen::Index;
using Eigen::MatrixXd;

Result<Fitted> TryEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec,
                           const std::string& weights) {
  auto parsed = ParseFormula(formula);
  if (!parsed.ok()) throw std::runtime_error(parsed.status().ToString());
  DesignOptions options;
  options.panel_keys = true;
  options.weights = weights;
  FARRELL_ASSIGN_OR_RETURN(Design design, BuildDesign(panel, *parsed, options));
  return Estimate(std::move(design), spec, {});
}

Fitted MustEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec,
                    const std::string& weights) {
  auto fitted = TryEstimate(panel, formula, spec, weights);
  if (!fitted.ok()) throw std::runtime_error(formula + ": " + fitted.status().ToString());
  return std::move(fitted).value();
}

EstimatorSpec Kind(Estimator kind) {
  EstimatorSpec spec;
  spec.kind = kind;
  return spec;
}

Panel Made(std::int64_t seed, int units, int periods, double sigma_u) {
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  for (const char* name : {"x1", "x2", "latent", "censored", "share", "count", "weight"}) {
    panel.columns.push_back({name, false, {}, {}});
  }
  for (int unit = 0; unit < units; ++unit) {
    for (int period = 0; period < periods; ++period) {
      const std::int64_t cell = std::int64_t{unit} * periods + period;
      const double u = sigma_u * numeric::NormalDraw(seed, 1, unit);
      const double x1 = numeric::NormalDraw(seed, 2, cell);
      const double x2 = numeric::NormalDraw(seed, 3, cell) + 0.5 * numeric::NormalDraw(seed, 4, unit);
      const double latent = 0.4 + 0.8 * x1 - 0.5 * x2 + u + numeric::NormalDraw(seed, 5, cell);
      const double mean = std::exp(0.2 + 0.5 * x1 - 0.3 * x2 + u);
      double draw = numeric::UniformDraw(seed, 6, cell);
      double count = 0.0;
      for (double term = std::exp(-mean); draw > term && count < 1000.0; count += 1.0, term *= mean / count)
        draw -= term;
      panel.units.push_back("u" + std::to_string(10000 + unit));
      panel.times.push_back(2000 + period);
      panel.rows.push_back(cell);
      const double values[] = {x1,
                               x2,
                               latent,
                               std::max(0.0, latent),
                               std::min(1.0, std::max(0.0, 0.3 + 0.3 * latent)),
                               count,
                               1.0 + unit % 3};
      for (std::size_t c = 0; c < 7; ++c) panel.columns[c].numbers.push_back(values[c]);
    }
  }
  return panel;
}

MatrixXd Inverse(const Fitted& fitted) {
  const Index n = fitted.parameters();
  return fitted.solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(n, n));
}

}  // namespace farrell::regression::testing
