#include "services/dea/service/convert.h"

#include <algorithm>
#include <utility>

#include "services/dea/engine/model_check.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {
namespace {

ReturnsToScale FromProto(v1::ReturnsToScale value, const std::string& field, Violations& violations) {
  switch (value) {
    case v1::RETURNS_TO_SCALE_UNSPECIFIED:
    case v1::RETURNS_TO_SCALE_CRS: return ReturnsToScale::kCrs;
    case v1::RETURNS_TO_SCALE_VRS: return ReturnsToScale::kVrs;
    case v1::RETURNS_TO_SCALE_NIRS: return ReturnsToScale::kNirs;
    case v1::RETURNS_TO_SCALE_NDRS: return ReturnsToScale::kNdrs;
    default: violations.Add(field, "unknown returns to scale; choose CRS, VRS, NIRS or NDRS"); return {};
  }
}

Orientation FromProto(v1::Orientation value, const std::string& field, Violations& violations) {
  switch (value) {
    case v1::ORIENTATION_UNSPECIFIED:
    case v1::ORIENTATION_INPUT: return Orientation::kInput;
    case v1::ORIENTATION_OUTPUT: return Orientation::kOutput;
    default: violations.Add(field, "unknown orientation; choose INPUT or OUTPUT"); return {};
  }
}

FrontierScheme FromProto(v1::Frontier::Scheme value, const std::string& field, Violations& violations) {
  switch (value) {
    case v1::Frontier::SCHEME_UNSPECIFIED:
    case v1::Frontier::SCHEME_CONTEMPORANEOUS: return FrontierScheme::kContemporaneous;
    case v1::Frontier::SCHEME_GLOBAL: return FrontierScheme::kGlobal;
    case v1::Frontier::SCHEME_SEQUENTIAL: return FrontierScheme::kSequential;
    case v1::Frontier::SCHEME_WINDOW: return FrontierScheme::kWindow;
    default: violations.Add(field, "unknown scheme; choose CONTEMPORANEOUS, GLOBAL, SEQUENTIAL or WINDOW"); return {};
  }
}

InvalidDataPolicy FromProto(v1::InvalidDataPolicy value, const std::string& field, Violations& violations) {
  switch (value) {
    case v1::INVALID_DATA_POLICY_UNSPECIFIED:
    case v1::INVALID_DATA_POLICY_ERROR: return InvalidDataPolicy::kError;
    case v1::INVALID_DATA_POLICY_EXCLUDE: return InvalidDataPolicy::kExclude;
    default: violations.Add(field, "unknown policy; choose ERROR or EXCLUDE"); return {};
  }
}

v1::Status ToProto(UnitStatus status) {
  switch (status) {
    case UnitStatus::kOptimal: return v1::STATUS_OPTIMAL;
    case UnitStatus::kInfeasible: return v1::STATUS_INFEASIBLE;
    case UnitStatus::kUnbounded: return v1::STATUS_UNBOUNDED;
    case UnitStatus::kReferenceOnly: return v1::STATUS_REFERENCE_ONLY;
    case UnitStatus::kExcluded: return v1::STATUS_EXCLUDED;
    case UnitStatus::kNotSolved: return v1::STATUS_NOT_SOLVED;
  }
  return v1::STATUS_UNSPECIFIED;
}

v1::ScaleClass ToProto(ScaleClass scale) {
  switch (scale) {
    case ScaleClass::kNotAsked: return v1::SCALE_CLASS_UNSPECIFIED;
    case ScaleClass::kIncreasing: return v1::SCALE_CLASS_INCREASING;
    case ScaleClass::kConstant: return v1::SCALE_CLASS_CONSTANT;
    case ScaleClass::kDecreasing: return v1::SCALE_CLASS_DECREASING;
  }
  return v1::SCALE_CLASS_UNSPECIFIED;
}

void AddWarning(v1::EvaluationSummary& summary, const char* code, const std::string& text) {
  common::v1::Warning* warning = summary.add_warnings();
  warning->set_code(code);
  warning->set_text(text);
}

// Position of each requested name among the sorted names.
std::vector<int> Positions(const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> positions;
  for (const std::string& name : names) {
    positions.push_back(static_cast<int>(std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin()));
  }
  return positions;
}

void Reorder(google::protobuf::RepeatedField<double>& values, const std::vector<int>& positions) {
  if (values.size() != static_cast<int>(positions.size())) return;
  const google::protobuf::RepeatedField<double> sorted = values;
  for (int i = 0; i < values.size(); ++i) values.Set(i, sorted.Get(positions[static_cast<std::size_t>(i)]));
}

}  // namespace

Result<Model> ModelFromProto(const v1::Model& message, const std::string& prefix) {
  Violations violations;
  Model model;
  model.inputs.assign(message.inputs().begin(), message.inputs().end());
  model.outputs.assign(message.outputs().begin(), message.outputs().end());
  model.rts = FromProto(message.rts(), prefix + "rts", violations);
  model.orientation = FromProto(message.orientation(), prefix + "orientation", violations);
  model.frontier.scheme = FromProto(message.frontier().scheme(), prefix + "frontier.scheme", violations);
  model.frontier.window = message.frontier().window();
  model.frontier.group_column = message.frontier().group_column();
  model.reference_only_column = message.reference_only_column();
  model.reference_only_value = message.reference_only_value();
  model.invalid_data = FromProto(message.invalid_data(), prefix + "invalid_data", violations);
  model.scale = message.scale();
  CheckModel(model, prefix, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the model cannot be evaluated"));
  std::sort(model.inputs.begin(), model.inputs.end());
  std::sort(model.outputs.begin(), model.outputs.end());
  return model;
}

v1::Model CompleteModel(const v1::Model& message) {
  v1::Model model = message;
  if (model.rts() == v1::RETURNS_TO_SCALE_UNSPECIFIED) model.set_rts(v1::RETURNS_TO_SCALE_CRS);
  if (model.orientation() == v1::ORIENTATION_UNSPECIFIED) model.set_orientation(v1::ORIENTATION_INPUT);
  if (model.frontier().scheme() == v1::Frontier::SCHEME_UNSPECIFIED) {
    model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  }
  if (model.invalid_data() == v1::INVALID_DATA_POLICY_UNSPECIFIED)
    model.set_invalid_data(v1::INVALID_DATA_POLICY_ERROR);
  return model;
}

std::vector<std::string> ColumnsOf(const Model& model) {
  std::vector<std::string> columns;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  };
  for (const std::string& name : model.inputs) add(name);
  for (const std::string& name : model.outputs) add(name);
  add(model.frontier.group_column);
  add(model.reference_only_column);
  return columns;
}

v1::UnitResult UnitToProto(const Panel& panel, std::size_t row, const UnitScore& score) {
  v1::UnitResult unit;
  unit.set_unit(panel.units[row]);
  if (panel.has_time()) unit.set_time(panel.times[row]);
  unit.set_status(ToProto(score.status));
  if (score.status != UnitStatus::kOptimal) return unit;
  unit.set_score(score.score);
  unit.set_farrell(score.farrell);
  unit.mutable_input_slacks()->Add(score.input_slacks.begin(), score.input_slacks.end());
  unit.mutable_output_slacks()->Add(score.output_slacks.begin(), score.output_slacks.end());
  unit.mutable_input_targets()->Add(score.input_targets.begin(), score.input_targets.end());
  unit.mutable_output_targets()->Add(score.output_targets.begin(), score.output_targets.end());
  for (const Peer& peer : score.peers) {
    v1::Peer* message = unit.add_peers();
    const std::size_t at = static_cast<std::size_t>(peer.row);
    message->set_unit(panel.units[at]);
    if (panel.has_time()) message->set_time(panel.times[at]);
    message->set_weight(peer.weight);
  }
  v1::Certificate* certificate = unit.mutable_certificate();
  certificate->set_primal(score.certificate.primal);
  certificate->set_dual(score.certificate.dual);
  certificate->set_gap(score.certificate.gap);
  certificate->set_max_violation(score.certificate.max_violation);
  if (score.scale_class != ScaleClass::kNotAsked) unit.set_scale_efficiency(score.scale_efficiency);
  unit.set_scale_class(ToProto(score.scale_class));
  unit.mutable_input_prices()->Add(score.input_prices.begin(), score.input_prices.end());
  unit.mutable_output_prices()->Add(score.output_prices.begin(), score.output_prices.end());
  unit.set_scale_price(score.scale_price);
  unit.set_peers_unique(score.peers_unique);
  return unit;
}

MeasureOrder::MeasureOrder(const v1::Model& requested)
    : inputs_(Positions(requested.inputs())), outputs_(Positions(requested.outputs())) {}

void MeasureOrder::Apply(v1::UnitResult& unit) const {
  Reorder(*unit.mutable_input_slacks(), inputs_);
  Reorder(*unit.mutable_input_targets(), inputs_);
  Reorder(*unit.mutable_input_prices(), inputs_);
  Reorder(*unit.mutable_output_slacks(), outputs_);
  Reorder(*unit.mutable_output_targets(), outputs_);
  Reorder(*unit.mutable_output_prices(), outputs_);
}

v1::EvaluationSummary Summarise(const Model& model, const Evaluation& evaluation, const v1::StoredEvaluation& results) {
  v1::EvaluationSummary summary;
  std::int64_t optimal = 0;
  std::int64_t infeasible = 0;
  std::int64_t excluded = 0;
  std::int64_t not_solved = 0;
  std::int64_t at_one = 0;
  double worst_gap = 0;
  double worst_violation = 0;
  for (const v1::UnitResult& unit : results.units()) {
    switch (unit.status()) {
      case v1::STATUS_OPTIMAL:
        ++optimal;
        if (unit.score() >= 1 - 1e-9) ++at_one;
        worst_gap = std::max(worst_gap, unit.certificate().gap());
        worst_violation = std::max(worst_violation, unit.certificate().max_violation());
        break;
      case v1::STATUS_INFEASIBLE: ++infeasible; break;
      case v1::STATUS_EXCLUDED: ++excluded; break;
      case v1::STATUS_REFERENCE_ONLY: break;
      default: ++not_solved; break;
    }
  }
  summary.set_optimal_count(optimal);
  summary.set_infeasible_count(infeasible);
  summary.set_excluded_count(excluded);
  summary.set_share_at_one(optimal > 0 ? static_cast<double>(at_one) / static_cast<double>(optimal) : 0);
  summary.set_worst_gap(worst_gap);
  summary.set_worst_violation(worst_violation);
  const std::int64_t smallest = evaluation.reference_sets().smallest();
  summary.set_smallest_reference_count(smallest);

  // Rule W04: discrimination needs max(3 (m + s), 2 m s) units.
  const auto m = static_cast<std::int64_t>(model.inputs.size());
  const auto s = static_cast<std::int64_t>(model.outputs.size());
  const std::int64_t advised = std::max(3 * (m + s), 2 * m * s);
  if (evaluation.unit_count() > 0 && smallest < advised) {
    AddWarning(
        summary, "W04",
        "Too few units for the number of inputs and outputs; discrimination is weak. The smallest reference set has " +
            std::to_string(smallest) + " units, " + std::to_string(advised) + " are advised for " + std::to_string(m) +
            " inputs and " + std::to_string(s) + " outputs.");
  }
  if (optimal + infeasible + not_solved == 0) {
    AddWarning(summary, "NO_ROWS_SCORED", "No row is scored: none is left, or all are reference-only or excluded.");
  }
  if (excluded > 0) {
    AddWarning(summary, "ROWS_EXCLUDED",
               std::to_string(excluded) +
                   " rows with negative or missing cells, or without a positive input or output, were left out.");
  }
  if (not_solved > 0) {
    AddWarning(summary, "NOT_SOLVED",
               std::to_string(not_solved) +
                   " units were not solved: the iteration limit was reached or the certificate failed.");
  }
  return summary;
}

void AddRequestWarnings(const Model& model, const Observations& data, v1::EvaluationSummary& summary) {
  if (!model.reference_only_column.empty() &&
      std::find(data.roles.begin(), data.roles.end(), RowRole::kReferenceOnly) == data.roles.end()) {
    AddWarning(summary, "NO_REFERENCE_ONLY_ROWS",
               "No row is reference-only: " + model.reference_only_column + " is nowhere " +
                   (model.reference_only_value.empty() ? "reference_only, 1 or true" : model.reference_only_value) +
                   ".");
  }
  if (data.rows_without_group > 0) {
    AddWarning(summary, "ROWS_WITHOUT_GROUP",
               std::to_string(data.rows_without_group) + " rows have no " + model.frontier.group_column +
                   "; they are a group of their own.");
  }
}

}  // namespace farrell::dea
