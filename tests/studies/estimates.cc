#include "tests/studies/estimates.h"

#include <cmath>
#include <stdexcept>
#include <stop_token>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "services/dea/engine/evaluate.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/engine/vcov/vcov.h"
#include "services/regression/engine/wild_bootstrap.h"

namespace farrell::studies {
namespace {

template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return std::move(result).value();
}

double TwoSided(double distance, double error, std::int64_t df) {
  return numeric::StudentTTwoSided(distance / error, static_cast<double>(df));
}

regression::Fitted EstimateOn(const Panel& panel, const std::string& formula, const std::string& by,
                              const std::string& group) {
  regression::DesignOptions options;
  options.classifications = {"province"};
  if (!by.empty()) {
    options.use_subset = true;
    const std::vector<std::string>& labels = panel.Find(by)->texts;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      if (labels[k] == group) options.subset.push_back(k);
    }
  }
  const regression::Formula parsed = Take(regression::ParseFormula(formula));
  return Take(regression::Estimate(Take(regression::BuildDesign(panel, parsed, options))));
}

}  // namespace

Scores Evaluate(const Panel& panel, const ScoreOptions& options) {
  dea::Model model;
  model.inputs = options.inputs;
  model.outputs = {"patents"};
  model.rts = options.rts;
  model.orientation = dea::Orientation::kOutput;
  model.frontier.scheme = options.frontier;
  model.reference_only_column = "role";
  model.reference_only_value = "reference_only";
  const dea::Observations data = Take(dea::MakeObservations(panel, model));
  const dea::Evaluation evaluation(data, model);
  Scores scores;
  scores.units = evaluation.EmptyResults();
  evaluation.Solve(0, evaluation.unit_count(), scores.units, std::stop_token(), nullptr);
  double at_one = 0;
  double scored = 0;
  for (const dea::UnitScore& unit : scores.units) {
    const bool optimal = unit.status == dea::UnitStatus::kOptimal;
    scores.logs.push_back(optimal ? numeric::Log(unit.score) : kMissing);
    scored += optimal ? 1 : 0;
    at_one += optimal && unit.score >= 1 - 1e-9 ? 1 : 0;
  }
  scores.share_at_one = at_one / scored;
  return scores;
}

double Slope::PIid(double value) const { return TwoSided(estimate - value, iid, residual_df); }
double Slope::PCr1(double value) const { return TwoSided(estimate - value, cr1, clusters - 1); }
double Slope::PCr3(double value) const { return TwoSided(estimate - value, cr3, clusters - 1); }

Slope FitSlope(const Panel& panel, const std::string& formula, const std::string& by, const std::string& group) {
  const regression::Fitted fitted = EstimateOn(panel, formula, by, group);
  const regression::Levels& clusters = fitted.design.classifications.at("province");
  const Eigen::MatrixXd iid = regression::IidVcov(fitted);
  const Eigen::MatrixXd cr0 = regression::ClusterVcov(fitted, clusters);
  const regression::Jackknife jackknife = Take(regression::JackknifeVcov(fitted, clusters, std::stop_token()));

  Slope slope;
  slope.observations = fitted.observations();
  slope.residual_df = fitted.residual_df;
  slope.clusters = static_cast<std::int64_t>(clusters.count());
  for (Eigen::Index k = 0; k < fitted.parameters(); ++k) slope.all.push_back(fitted.solution.coefficients[k]);
  // The constant is absorbed where there are effects; without them the first slope comes second.
  const Eigen::Index first = fitted.design.has_constant ? 1 : 0;
  slope.estimate = fitted.solution.coefficients[first];
  regression::SscInput counts;
  counts.observations = slope.observations;
  counts.clusters = slope.clusters;
  counts.parameters = fitted.parameters();
  counts.has_constant = fitted.design.has_constant;
  for (const regression::Levels& effect : fitted.design.effects) {
    counts.effects.push_back({static_cast<std::int64_t>(effect.count()), regression::IsNested(effect, clusters)});
  }
  counts.residual_df = fitted.residual_df;
  const double groups = static_cast<double>(slope.clusters);
  slope.iid = std::sqrt(iid(first, first));
  slope.cr1 = std::sqrt(cr0(first, first) * regression::ClusterSsc("fixest", counts).value);
  slope.cr3 = std::sqrt(jackknife.vcov(first, first) * (groups - 1) / groups);
  const double total = fitted.y_within.squaredNorm();
  slope.r2_within = 1 - fitted.solution.residuals.squaredNorm() / total;
  return slope;
}

double WildP(const Panel& panel, const std::string& formula, const WildOptions& options, const std::string& by,
             const std::string& group) {
  const regression::Fitted fitted = EstimateOn(panel, formula, by, group);
  regression::WildBootstrapSpec spec;
  spec.draws = options.draws;
  spec.seed = options.seed;
  spec.weights = regression::BootstrapWeights::kWebb;
  spec.null_value = options.null_value;
  const regression::WildBootstrap bootstrap =
      Take(regression::RunWildBootstrap(fitted, fitted.design.classifications.at("province"), spec, {}));
  const std::size_t first = fitted.design.has_constant ? 1 : 0;
  return static_cast<double>(bootstrap.tests[first].greater_or_equal) / static_cast<double>(bootstrap.draws);
}

}  // namespace farrell::studies
