#include "services/regression/engine/forecast/unit_intervals.h"

#include <algorithm>
#include <utility>

#include "common/numeric/quantile.h"
#include "common/numeric/random.h"
#include "services/regression/engine/forecast/ridge_logit.h"
#include "services/regression/engine/second_stage/replications.h"
#include "services/regression/engine/widened_level.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// How often the unit of every transition is drawn.
VectorXd DrawUnits(const Levels& units, std::int64_t seed, std::int64_t replication) {
  std::vector<double> drawn(units.count(), 0.0);
  for (std::size_t unit = 0; unit < drawn.size(); ++unit) {
    const double u = numeric::UniformDraw(seed, replication, static_cast<std::int64_t>(unit));
    const auto at = static_cast<std::size_t>(u * static_cast<double>(drawn.size()));
    drawn[std::min(at, drawn.size() - 1)] += 1.0;
  }
  VectorXd weights(static_cast<Index>(units.ids.size()));
  for (std::size_t row = 0; row < units.ids.size(); ++row) {
    weights(static_cast<Index>(row)) = drawn[static_cast<std::size_t>(units.ids[row])];
  }
  return weights;
}

}  // namespace

Result<std::vector<ProbabilityInterval>> BootstrapProbabilities(const Transitions& transitions, const MatrixXd& x,
                                                                const MatrixXd& listed, double penalty,
                                                                const EarlyWarningSpec& spec,
                                                                const Environment& environment) {
  MatrixXd draws(spec.replications, listed.rows());
  std::vector<Status> failures(static_cast<std::size_t>(spec.replications));
  const auto replicate = [&](std::int64_t replication) {
    const VectorXd weights = DrawUnits(transitions.units, spec.seed, replication);
    const Result<RidgeLogit> fit = FitRidgeLogit(x, transitions.event, weights, penalty, environment.stop);
    if (fit.ok()) {
      draws.row(replication) = fit->Probabilities(listed).transpose();
    } else {
      failures[static_cast<std::size_t>(replication)] = fit.status();
    }
  };
  if (!RunReplications(spec.replications, 0, spec.replications, environment, replicate)) return Cancelled();
  for (Status& failure : failures) FARRELL_RETURN_IF_ERROR(std::move(failure));
  const double level = WidenedLevel(spec.confidence_level, static_cast<std::int64_t>(transitions.units.count()));
  const double tail = 0.5 * (1.0 - level);
  std::vector<ProbabilityInterval> intervals;
  for (Index unit = 0; unit < listed.rows(); ++unit) {
    std::vector<double> sorted(draws.col(unit).begin(), draws.col(unit).end());
    std::sort(sorted.begin(), sorted.end());
    intervals.push_back({numeric::Quantile(sorted, tail), numeric::Quantile(sorted, 1.0 - tail)});
  }
  return intervals;
}

}  // namespace farrell::regression
