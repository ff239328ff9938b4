#include "tests/studies/estimates.h"

#include <stdexcept>
#include <stop_token>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "services/dea/engine/evaluate.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/formula.h"
#include "tests/studies/study_panel.h"

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

regression::FitResult FitOn(const Panel& panel, const std::string& formula,
                            const std::vector<regression::InferenceSpec>& inferences, const std::string& by,
                            const std::string& group) {
  regression::FitSpec spec;
  spec.formula = Take(regression::ParseFormula(formula));
  spec.inferences = inferences;
  regression::DesignOptions options;
  if (!by.empty()) {
    options.use_subset = true;
    const std::vector<std::string>& labels = panel.Find(by)->texts;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      if (labels[k] == group) options.subset.push_back(k);
    }
  }
  return Take(regression::FitDesign(panel, spec, std::move(options), {}));
}

regression::InferenceSpec InferenceOf(regression::InferenceType type) {
  regression::InferenceSpec spec;
  spec.type = type;
  if (regression::IsClustered(type)) spec.cluster = "province";
  return spec;
}

// The first regressor: after the constant, where there is one.
std::size_t FirstTerm(const regression::FitResult& fit) { return fit.terms.front().name == "(Intercept)" ? 1 : 0; }

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
  using regression::InferenceType;
  const regression::FitResult fit =
      FitOn(panel, formula,
            {InferenceOf(InferenceType::kIid), InferenceOf(InferenceType::kCr1), InferenceOf(InferenceType::kCr3)}, by,
            group);
  const std::size_t first = FirstTerm(fit);
  const auto error = [&](std::size_t inference) { return fit.inferences[inference].terms[first].std_error.value(); };
  Slope slope;
  slope.observations = fit.observation_count;
  slope.residual_df = fit.residual_df;
  slope.clusters = fit.inferences[1].cluster_count;
  for (const regression::TermEstimate& term : fit.terms) slope.all.push_back(term.estimate.value());
  slope.estimate = slope.all[first];
  slope.iid = error(0);
  slope.cr1 = error(1);
  slope.cr3 = error(2);
  slope.r2_within = fit.r2_within.value_or(kMissing);
  return slope;
}

double WildP(const Panel& panel, const std::string& formula, const WildOptions& options, const std::string& by,
             const std::string& group) {
  regression::InferenceSpec wild = InferenceOf(regression::InferenceType::kWild);
  wild.draws = options.draws;
  wild.seed = options.seed;
  wild.weights = regression::BootstrapWeights::kWebb;
  // slope = value in y is slope = 0 in y - value * ln_ai.
  Panel shifted = panel;
  const std::size_t tilde = formula.find('~');
  const std::string outcome(regression::NormaliseSpace(formula.substr(0, tilde)));
  std::vector<double> numbers = panel.Find(outcome)->numbers;
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] -= options.null_value * panel.Find("ln_ai")->numbers[k];
  AddColumn(shifted, "shifted", std::move(numbers));
  const regression::FitResult fit = FitOn(shifted, "shifted " + formula.substr(tilde), {wild}, by, group);
  return fit.inferences[0].terms[FirstTerm(fit)].p_value.value();
}

}  // namespace farrell::studies
