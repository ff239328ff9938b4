#include "services/regression/service/action_key.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "services/regression/service/compare_conversion.h"

namespace farrell::regression {
namespace {

using canonical::Value;

const char* Name(InferenceType type) {
  switch (type) {
    case InferenceType::kDefault: return "default";
    case InferenceType::kIid: return "iid";
    case InferenceType::kHc0: return "hc0";
    case InferenceType::kHc1: return "hc1";
    case InferenceType::kHc2: return "hc2";
    case InferenceType::kHc4: return "hc4";
    case InferenceType::kCr0: return "cr0";
    case InferenceType::kCr2: return "cr2";
    case InferenceType::kDriscollKraay: return "dk";
    case InferenceType::kNeweyWest: return "nw";
    case InferenceType::kPcse: return "pcse";
    case InferenceType::kPermutation: return "permutation";
    case InferenceType::kPermutationRaw: return "permutation_raw";
    case InferenceType::kHc3: return "hc3";
    case InferenceType::kCr1: return "cr1";
    case InferenceType::kCr3: return "cr3";
    case InferenceType::kWild: return "wild";
  }
  return "";
}

const char* Name(BootstrapWeights weights) {
  switch (weights) {
    case BootstrapWeights::kDefault: return "default";
    case BootstrapWeights::kRademacher: return "rademacher";
    case BootstrapWeights::kWebb: return "webb";
  }
  return "";
}

const char* Name(Estimator estimator) {
  switch (estimator) {
    case Estimator::kDefault: return "default";
    case Estimator::kOls: return "ols";
    case Estimator::kWithin: return "within";
    case Estimator::kBetween: return "between";
    case Estimator::kFirstDifference: return "fd";
    case Estimator::kRandomEffects: return "re";
    case Estimator::kCorrelatedRandomEffects: return "cre";
    case Estimator::kTwoStageLeastSquares: return "2sls";
    case Estimator::kLiml: return "liml";
    case Estimator::kTobit: return "tobit";
    case Estimator::kTruncated: return "truncated";
    case Estimator::kFractional: return "fractional";
    case Estimator::kPoisson: return "ppml";
  }
  return "";
}

Value CellValue(const PanelColumn& column, std::size_t row) {
  if (column.is_text) return column.texts[row].empty() ? Value() : Value(column.texts[row]);
  const double value = column.numbers[row];
  return std::isfinite(value) ? Value(canonical::Real(value)) : Value();
}

// Rows come by (unit, time), so that the cells of a period come in the order of a slice: by unit, then by name.
Value Slices(const Panel& panel) {
  std::vector<const PanelColumn*> columns;
  for (const PanelColumn& column : panel.columns) columns.push_back(&column);
  std::sort(columns.begin(), columns.end(),
            [](const PanelColumn* a, const PanelColumn* b) { return a->name < b->name; });
  std::map<std::int64_t, canonical::SliceStream> periods;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    canonical::SliceStream& slice = periods[panel.has_time() ? panel.times[row] : 0];
    for (const PanelColumn* column : columns) slice.Add(panel.units[row], column->name, CellValue(*column, row));
  }
  Value::Object slices;
  for (auto& [time, slice] : periods) {
    slices[panel.has_time() ? std::to_string(time) : ""] = slice.Finish(panel.has_time() ? Value(time) : Value());
  }
  return slices;
}

Value Optional(const std::optional<double>& value) { return value ? Value(canonical::Real(*value)) : Value(); }

Value Describe(const InferenceSpec& inference) {
  const bool drawn = UsesDraws(inference.type);
  const bool wild = inference.type == InferenceType::kWild;
  Value::Array further;
  for (const std::string& cluster : inference.further_clusters) further.emplace_back(cluster);
  return Value::Object{
      {"type", Name(inference.type)},
      {"cluster", inference.cluster.empty() ? Value() : Value(inference.cluster)},
      {"further_clusters", std::move(further)},
      {"ssc", inference.ssc},
      {"lag", inference.lag ? Value(std::int64_t{*inference.lag}) : Value()},
      {"draws", drawn ? Value(inference.draws) : Value()},
      {"weights", wild ? Value(Name(inference.weights)) : Value()},
      // As text: a seed may be any 64-bit integer.
      {"seed", drawn ? Value(std::to_string(inference.seed)) : Value()},
      {"variant", wild ? Value(std::int64_t{inference.variant}) : Value()},
      {"unrestricted", wild ? Value(inference.unrestricted) : Value()},
  };
}

Value Describe(const EstimatorSpec& spec) {
  return Value::Object{
      {"kind", Name(spec.kind)},
      {"random_effects", std::int64_t{static_cast<int>(spec.random_effects)}},
      {"lower", Optional(spec.lower)},
      {"upper", Optional(spec.upper)},
      {"link", spec.link == Link::kProbit ? "probit" : "logit"},
      {"mundlak", spec.mundlak},
      {"unit_effects", spec.unit_effects},
      {"quadrature_points", std::int64_t{spec.quadrature_points}},
  };
}

Value Describe(const DesignQuestion& question) {
  return Value::Object{
      {"term", question.term},
      {"reference", canonical::Real(question.reference)},
      {"level", canonical::Real(question.level)},
      {"power", canonical::Real(question.power)},
  };
}

Value::Array Texts(const std::vector<std::string>& texts) {
  Value::Array values;
  for (const std::string& text : texts) values.emplace_back(NormaliseSpace(text));
  return values;
}

Value::Object Spec(const FitSpec& spec) {
  Value::Array inferences;
  for (const InferenceSpec& inference : spec.inferences) inferences.emplace_back(Describe(inference));
  Value::Array design;
  for (const DesignQuestion& question : spec.design) design.emplace_back(Describe(question));
  return {
      {"formula", spec.formula.text},
      {"estimator", Describe(spec.estimator)},
      {"inferences", std::move(inferences)},
      {"hypotheses", Texts(spec.hypotheses)},
      {"confidence_level", canonical::Real(spec.confidence_level)},
      {"observations", spec.observations},
      {"weights", spec.weights},
      {"margins", Texts(spec.margins)},
      {"leave_one_out", spec.leave_one_out},
      {"design", std::move(design)},
      {"cluster_diagnostics", spec.cluster_diagnostics},
  };
}

Value Seed(const FitSpec& spec) {
  for (const InferenceSpec& inference : spec.inferences) {
    if (UsesDraws(inference.type)) return std::to_string(inference.seed);
  }
  return {};
}

struct Engine {
  const char* algorithm = "regression";
  std::int64_t revision = kAlgorithmRevision;
};

constexpr Engine kForecastEngine{"regression.forecast", kForecastRevision};

Value Describe(const Panel& panel, Value seed, const char* operation, Value::Object spec, const char* schema,
               const Engine& engine = {}) {
  return Value::Object{
      {"op", operation},
      {"spec", std::move(spec)},
      // The keys are named in labels ("CR3 by province").
      {"keys", Value::Array{panel.unit_key, panel.time_key}},
      {"inputs", Slices(panel)},
      {"engine",
       Value::Object{{"algo", engine.algorithm}, {"algo_rev", engine.revision}, {"num_abi", numeric::kNumAbi}}},
      {"seed", std::move(seed)},
      {"result_schema", schema},
  };
}

}  // namespace

Value DescribeAction(const Panel& panel, const FitSpec& spec) {
  return Describe(panel, Seed(spec), "regression.fit", Spec(spec), "farrell.regression.v1.FitResult");
}

Value DescribeAction(const Panel& panel, const CompareSpec& spec) {
  Value::Object object = Spec(spec.fit);
  Value::Array terms;
  for (const std::string& term : spec.terms) terms.emplace_back(CompactText(term));
  object["by"] = spec.by;
  object["terms"] = std::move(terms);
  object["interact"] = spec.interact == Interact::kEverything ? "everything" : "x_only";
  object["adjustment"] = AdjustmentName(spec.adjustment);
  object["family"] = FamilyName(spec.family);
  object["orderings"] = Texts(spec.orderings);
  Value::Array equations;
  for (const Equation& equation : spec.equations) {
    equations.emplace_back(Value::Object{
        {"name", equation.name}, {"formula", equation.formula.text}, {"where", NormaliseSpace(equation.where)}});
  }
  object["equations"] = std::move(equations);
  return Describe(panel, Seed(spec.fit), "regression.compare", std::move(object),
                  "farrell.regression.v1.CompareResult");
}

Value DescribeAction(const Panel& panel, const SpecificationSpec& spec) {
  Value::Object object{
      {"formula", spec.formula.text},
      {"tests", Texts(spec.tests)},
      {"order", std::int64_t{spec.order}},
  };
  return Describe(panel, {}, "regression.specification", std::move(object),
                  "farrell.regression.v1.SpecificationResult");
}

Value DescribeAction(const Panel& panel, const CurveSpec& spec) {
  Value::Array samples;
  for (const CurveSample& sample : spec.samples) {
    samples.emplace_back(Value::Object{{"name", sample.name}, {"where", NormaliseSpace(sample.where)}});
  }
  Value::Array inferences;
  for (const InferenceSpec& inference : spec.inferences) inferences.emplace_back(Describe(inference));
  Value::Object object{
      {"terms", Texts(spec.terms)},
      {"outcomes", Texts(spec.outcomes)},
      {"controls", Texts(spec.controls)},
      {"effects", Texts(spec.effects)},
      {"samples", std::move(samples)},
      {"weights", Texts(spec.weights)},
      {"inferences", std::move(inferences)},
      {"confidence_level", canonical::Real(spec.confidence_level)},
      {"joint_test", spec.joint_test},
      {"draws", spec.joint_test ? Value(spec.draws) : Value()},
      {"joint_cluster", spec.joint_cluster},
      {"estimator", Describe(spec.estimator)},
      {"instruments", Texts(spec.instruments)},
  };
  return Describe(panel, std::to_string(spec.seed), "regression.curve", std::move(object),
                  "farrell.regression.v1.SpecificationCurveResult");
}

Value DescribeAction(const Panel& panel, const NowcastSpec& spec) {
  const auto optional = [](const std::optional<std::int64_t>& period) { return period ? Value(*period) : Value(); };
  Value::Object object{
      {"formula", spec.formula.text},
      {"period", optional(spec.period)},
      {"first_backtest", optional(spec.first_backtest)},
      {"level", canonical::Real(spec.level)},
  };
  return Describe(panel, {}, "regression.nowcast", std::move(object), "farrell.regression.v1.NowcastResult",
                  kForecastEngine);
}

Value DescribeAction(const Panel& panel, const EarlyWarningSpec& spec) {
  Value::Object object{
      {"event", spec.event},
      {"predictors", Texts(spec.predictors)},
      {"penalty", Optional(spec.penalty)},
      {"threshold", Optional(spec.threshold)},
      {"confidence_level", canonical::Real(spec.confidence_level)},
      {"replications", spec.replications},
  };
  return Describe(panel, std::to_string(spec.seed), "regression.early_warning", std::move(object),
                  "farrell.regression.v1.EarlyWarningResult", kForecastEngine);
}

}  // namespace farrell::regression
