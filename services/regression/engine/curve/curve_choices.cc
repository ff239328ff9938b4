#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/curve/curve_checks.h"
#include "services/regression/engine/estimators/needs.h"
#include "services/regression/engine/panel_columns.h"
#include "services/regression/engine/resolve_inference.h"

namespace farrell::regression {
namespace {

std::string At(const char* list, std::size_t k) { return std::string(list) + "[" + std::to_string(k) + "]"; }

std::string FormulaOf(const CurveModel& model) {
  if (!model.instruments.empty()) {
    return model.outcome + " ~ " + model.controls + " | " + model.effects + " | " + model.term + " ~ " +
           model.instruments;
  }
  std::string text = model.outcome + " ~ " + model.term;
  if (model.controls != kNoControls) text += " + " + model.controls;
  if (model.effects != kNoEffects) text += " | " + model.effects;
  return text;
}

// Every entry of one list by itself, and whether it repeats an earlier one.
void CheckEach(const char* list, const std::vector<std::string>& entries, Violations& violations,
               const std::function<std::string(const std::string& entry)>& mistake, bool may_be_empty = false) {
  if (entries.empty() && !may_be_empty) violations.Add(list, "name at least one");
  std::set<std::string> known;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    std::string wrong = entries[k].empty() ? "is empty" : mistake(entries[k]);
    if (wrong.empty() && !known.insert(CompactText(entries[k])).second) wrong = "'" + entries[k] + "' stands twice";
    if (!wrong.empty()) violations.Add(At(list, k), std::move(wrong));
  }
}

// What is wrong with a part of a formula: the text of the mistake, or that it is more than that part.
std::string PartMistake(const std::string& formula, const std::string& part,
                        const std::function<bool(const Formula&)>& is_part, const char* should_be) {
  const Result<Formula> parsed = ParseFormula(formula);
  if (!parsed.ok()) {
    const auto& found = parsed.status().violations();
    return "'" + part + "' is not " + should_be + ": " +
           (found.empty() ? parsed.status().message() : found.front().description);
  }
  return is_part(*parsed) ? "" : "'" + part + "' is not " + should_be;
}

bool IsRightSideOnly(const Formula& formula) { return formula.effects.empty() && formula.endogenous.empty(); }

void CheckParts(const CurveSpec& spec, Violations& violations) {
  CheckEach("terms", spec.terms, violations, [](const std::string& term) {
    return PartMistake(
        "y ~ " + term, term,
        [](const Formula& formula) {
          return IsRightSideOnly(formula) && formula.terms.size() == 1 && formula.constant;
        },
        "one term of a formula");
  });
  CheckEach("outcomes", spec.outcomes, violations, [](const std::string& outcome) {
    return PartMistake(
        outcome + " ~ 1", outcome,
        [](const Formula& formula) { return IsRightSideOnly(formula) && formula.terms.empty(); },
        "one left side of a formula");
  });
  CheckEach("controls", spec.controls, violations, [](const std::string& controls) {
    return PartMistake("y ~ " + controls, controls, IsRightSideOnly, "a right side without effects and instruments");
  });
  CheckEach("effects", spec.effects, violations, [](const std::string& effects) {
    return PartMistake(
        "y ~ 1 | " + effects, effects,
        [&](const Formula& formula) {
          return formula.endogenous.empty() && (effects == kNoEffects || !formula.effects.empty());
        },
        "a sum of effects");
  });
  CheckEach(
      "instruments", spec.instruments, violations,
      [](const std::string& instruments) {
        return PartMistake(
            "y ~ 1 | 0 | x ~ " + instruments, instruments,
            [](const Formula& formula) { return !formula.instruments.empty() && formula.endogenous.size() == 1; },
            "a sum of instruments");
      },
      true);
  CheckEach("weights", spec.weights, violations, [](const std::string&) { return std::string(); });
}

bool TakesInstruments(Estimator kind) {
  return IsPlain(kind) || kind == Estimator::kTwoStageLeastSquares || kind == Estimator::kLiml;
}

// What the estimator asks of the instruments, and whether it takes formulas of this form at all.
void CheckEstimator(const CurveSpec& spec, Violations& violations) {
  const Estimator kind = spec.estimator.kind;
  const bool likelihood = kind == Estimator::kTobit || kind == Estimator::kTruncated ||
                          kind == Estimator::kFractional || kind == Estimator::kPoisson;
  if (!TakesInstruments(kind) && !likelihood) {
    violations.Add("estimator", "there is no specification curve of '" + std::string(EstimatorName(kind)) +
                                    "'; use ols, within, 2sls, liml, ppml, tobit, truncated or fractional, or fit each "
                                    "model by itself");
    return;
  }
  if (TakesInstruments(kind) && !IsPlain(kind) && spec.instruments.empty()) {
    violations.Add("instruments", "'" + std::string(EstimatorName(kind)) + "' needs instruments of the term");
  }
  if (!TakesInstruments(kind) && !spec.instruments.empty()) {
    violations.Add("instruments", "'" + std::string(EstimatorName(kind)) + "' takes none; use 2sls or liml");
  }
}

bool SameInference(const InferenceSpec& a, const InferenceSpec& b) {
  return InferenceLabel(a) == InferenceLabel(b) && a.ssc == b.ssc && a.draws == b.draws && a.weights == b.weights &&
         a.seed == b.seed && a.variant == b.variant && a.unrestricted == b.unrestricted;
}

}  // namespace

bool IsPlain(Estimator kind) {
  return kind == Estimator::kDefault || kind == Estimator::kOls || kind == Estimator::kWithin;
}

bool IsLeastSquares(const CurveSpec& spec) { return IsPlain(spec.estimator.kind) && spec.instruments.empty(); }

std::int64_t CountSpecifications(const CurveSpec& spec) {
  std::int64_t count = 1;
  for (const std::size_t size : {spec.terms.size(), spec.outcomes.size(), spec.controls.size(), spec.effects.size(),
                                 std::max<std::size_t>(spec.instruments.size(), 1), spec.samples.size(),
                                 spec.weights.size(), spec.inferences.size()}) {
    count = std::min(count * static_cast<std::int64_t>(std::min<std::size_t>(size, 1'000'000)), std::int64_t{1} << 40);
  }
  return count;
}

std::vector<CurveModel> EnumerateModels(const CurveSpec& spec) {
  std::vector<CurveModel> models{{}};
  // The model so far times the entries of one more list.
  const auto extend = [&](const auto& entries, const auto& member) {
    std::vector<CurveModel> longer;
    longer.reserve(models.size() * entries.size());
    for (const CurveModel& model : models) {
      for (const auto& entry : entries) {
        longer.push_back(model);
        longer.back().*member = entry;
      }
    }
    models = std::move(longer);
  };
  extend(spec.terms, &CurveModel::term);
  extend(spec.outcomes, &CurveModel::outcome);
  extend(spec.controls, &CurveModel::controls);
  extend(spec.effects, &CurveModel::effects);
  if (!spec.instruments.empty()) extend(spec.instruments, &CurveModel::instruments);
  extend(spec.samples, &CurveModel::sample);
  extend(spec.weights, &CurveModel::weights);
  for (CurveModel& model : models) model.formula = NormaliseSpace(FormulaOf(model));
  return models;
}

Status CheckCurve(const CurveSpec& spec) {
  Violations violations;
  CheckParts(spec, violations);
  CheckEstimator(spec, violations);
  std::vector<std::string> names;
  for (const CurveSample& sample : spec.samples) names.push_back(sample.name);
  CheckEach("samples", names, violations, [](const std::string&) { return std::string(); });
  if (spec.inferences.empty()) violations.Add("inferences", "name at least one");
  for (std::size_t k = 0; k < spec.inferences.size(); ++k) {
    const InferenceSpec& inference = spec.inferences[k];
    if (inference.ssc == kAllPresets) {
      violations.Add(At("inferences", k) + ".ssc", "all is for single models; name one correction an inference");
    }
    for (std::size_t j = 0; j < k; ++j) {
      if (!SameInference(inference, spec.inferences[j])) continue;
      violations.Add(At("inferences", k), "the same as inferences[" + std::to_string(j) + "]");
      break;
    }
  }
  if (!(spec.confidence_level > 0.0 && spec.confidence_level < 1.0)) {
    violations.Add("confidence_level", "must lie in (0, 1)");
  }
  if (spec.draws < 99 || spec.draws > 99999) violations.Add("draws", "must lie in [99, 99999]");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("CURVE_INVALID", "the choices are not valid"));
  const std::int64_t count = CountSpecifications(spec);
  if (count > kMostSpecifications) {
    return InvalidArgument("CURVE_TOO_LARGE",
                           "the choices make " + std::to_string(count) + " specifications; at most " +
                               std::to_string(kMostSpecifications) +
                               " are fitted in one call: leave out choices, or ask in several calls");
  }
  const std::int64_t models = count / static_cast<std::int64_t>(spec.inferences.size());
  if (spec.joint_test && IsLeastSquares(spec) && models * spec.draws > kMostCurveCells) {
    return InvalidArgument("CURVE_TOO_LARGE", std::to_string(spec.draws) + " draws of " + std::to_string(models) +
                                                  " models do not fit in memory; ask for at most " +
                                                  std::to_string(kMostCurveCells / models) + " draws")
        .WithViolations({{"draws", "at most " + std::to_string(kMostCurveCells / models) + " for so many models"}});
  }
  return Status::Ok();
}

Result<std::vector<std::vector<std::size_t>>> RowsOfSamples(const Panel& panel, const CurveSpec& spec) {
  Violations violations;
  std::vector<std::vector<std::size_t>> rows(spec.samples.size());
  for (std::size_t s = 0; s < spec.samples.size(); ++s) {
    const std::string& where = spec.samples[s].where;
    const PanelColumn* column = where.empty() ? nullptr : FindColumn(panel, where);
    if (!where.empty() && (column == nullptr || column->is_text)) {
      violations.Add(At("samples", s) + ".where", "'" + where + "' is not a condition");
      continue;
    }
    for (std::size_t row = 0; row < panel.size(); ++row) {
      if (column != nullptr && !(std::isfinite(column->numbers[row]) && column->numbers[row] != 0.0)) continue;
      rows[s].push_back(row);
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("CURVE_INVALID", "the rows of a sample cannot be told"));
  return rows;
}

}  // namespace farrell::regression
