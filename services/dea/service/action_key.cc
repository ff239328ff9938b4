#include "services/dea/service/action_key.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"

namespace farrell::dea {
namespace {

using canonical::Value;

constexpr const char* kDomain = "farrell.action.v1";
// A name that no column can have keeps the role of a row apart from its measures.
constexpr const char* kRole = "@role";

const char* Name(ReturnsToScale rts) {
  switch (rts) {
    case ReturnsToScale::kCrs: return "crs";
    case ReturnsToScale::kVrs: return "vrs";
    case ReturnsToScale::kNirs: return "nirs";
    case ReturnsToScale::kNdrs: return "ndrs";
    case ReturnsToScale::kGrs: return "grs";
  }
  return "";
}

const char* Name(Orientation orientation) {
  switch (orientation) {
    case Orientation::kInput: return "input";
    case Orientation::kOutput: return "output";
    case Orientation::kNone: return "none";
  }
  return "";
}

const char* Name(FrontierScheme scheme) {
  switch (scheme) {
    case FrontierScheme::kContemporaneous: return "contemporaneous";
    case FrontierScheme::kGlobal: return "global";
    case FrontierScheme::kSequential: return "sequential";
    case FrontierScheme::kWindow: return "window";
    case FrontierScheme::kBiennial: return "biennial";
  }
  return "";
}

const char* Name(ModelKind kind) {
  switch (kind) {
    case ModelKind::kRadial: return "radial";
    case ModelKind::kFdh: return "fdh";
    case ModelKind::kAdditive: return "additive";
    case ModelKind::kRam: return "ram";
    case ModelKind::kBam: return "bam";
    case ModelKind::kSbm: return "sbm";
    case ModelKind::kDdf: return "ddf";
    case ModelKind::kRdm: return "rdm";
  }
  return "";
}

const char* Name(SuperRemedy remedy) {
  switch (remedy) {
    case SuperRemedy::kNone: return "none";
    case SuperRemedy::kCook: return "cook";
    case SuperRemedy::kDdf: return "ddf";
  }
  return "";
}

const char* Name(CrossEfficiency cross) {
  switch (cross) {
    case CrossEfficiency::kNone: return "none";
    case CrossEfficiency::kArbitrary: return "arbitrary";
    case CrossEfficiency::kAggressive: return "aggressive";
    case CrossEfficiency::kBenevolent: return "benevolent";
    case CrossEfficiency::kAggressiveIii: return "aggressive_iii";
    case CrossEfficiency::kBenevolentIii: return "benevolent_iii";
  }
  return "";
}

const char* Name(Disposability disposability) {
  switch (disposability) {
    case Disposability::kStrong: return "strong";
    case Disposability::kWeak: return "weak";
    case Disposability::kKuosmanen: return "kuosmanen";
  }
  return "";
}

const char* Name(NonDiscretionaryRule rule) {
  switch (rule) {
    case NonDiscretionaryRule::kBankerMorey: return "banker_morey";
    case NonDiscretionaryRule::kNcn: return "ncn";
  }
  return "";
}

const char* Name(DirectionKind kind) {
  switch (kind) {
    case DirectionKind::kOwn: return "own";
    case DirectionKind::kMean: return "mean";
    case DirectionKind::kColumns: return "columns";
  }
  return "";
}

const char* Name(Smoothing smoothing) {
  switch (smoothing) {
    case Smoothing::kReflectedSet: return "reflected_set";
    case Smoothing::kShrinkReflect: return "shrink_reflect";
    case Smoothing::kShrinkAboutOne: return "shrink_about_one";
    case Smoothing::kReflectShrink: return "reflect_shrink";
  }
  return "";
}

const char* Name(IntervalKind interval) {
  switch (interval) {
    case IntervalKind::kBasic: return "basic";
    case IntervalKind::kPercentile: return "percentile";
    case IntervalKind::kPercentileBias: return "percentile_bias";
  }
  return "";
}

const char* Name(BandwidthRule rule) {
  switch (rule) {
    case BandwidthRule::kSilverman: return "silverman";
    case BandwidthRule::kNormalReference: return "normal_reference";
    case BandwidthRule::kCrossValidation: return "cross_validation";
    case BandwidthRule::kFixed: return "fixed";
  }
  return "";
}

const char* Name(RowRole role) {
  switch (role) {
    case RowRole::kScored: return "scored";
    case RowRole::kReferenceOnly: return "reference_only";
    case RowRole::kFrozenOut: return "frozen_out";
    case RowRole::kExcluded: return "excluded";
  }
  return "";
}

Value OptionalReal(const std::optional<double>& value) { return value ? Value(canonical::Real(*value)) : Value(); }

Value Restrictions(const Model& model) {
  Value::Array list;
  for (const WeightRestriction& restriction : model.weight_restrictions) {
    list.emplace_back(Value::Object{{"measure", restriction.measure},
                                    {"over", restriction.over.empty() ? Value() : Value(restriction.over)},
                                    {"low", OptionalReal(restriction.low)},
                                    {"high", OptionalReal(restriction.high)}});
  }
  return list;
}

Value DescribeDirection(const Model& model) {
  if (model.kind != ModelKind::kDdf) return {};
  Value::Object columns;
  std::size_t at = 0;
  for (const auto* names : {&model.inputs, &model.outputs, &model.bad_outputs}) {
    for (const std::string& name : *names) {
      if (model.direction.kind == DirectionKind::kColumns) columns[name] = model.direction.columns[at];
      ++at;
    }
  }
  return Value::Object{{"kind", Name(model.direction.kind)}, {"columns", std::move(columns)}};
}

Value CellValue(const PanelColumn& column, std::size_t row) {
  if (column.is_text) return column.texts[row].empty() ? Value() : Value(column.texts[row]);
  const double value = column.numbers[row];
  return std::isnan(value) ? Value() : Value(canonical::Real(value));
}

}  // namespace

Value::Object Describe(const Model& model) {
  const bool bounded = model.rts == ReturnsToScale::kGrs;
  return {
      {"model", Name(model.kind)},
      {"inputs", canonical::Set(model.inputs)},
      {"outputs", canonical::Set(model.outputs)},
      {"bad_outputs", canonical::Set(model.bad_outputs)},
      {"rts", Name(model.rts)},
      {"weight_sum",
       bounded ? Value(Value::Array{canonical::Real(model.weight_sum_low), canonical::Real(model.weight_sum_high)})
               : Value()},
      {"orientation", Name(model.orientation)},
      {"disposability", model.bad_outputs.empty() ? Value() : Value(Name(model.disposability))},
      {"non_discretionary", canonical::Set(model.non_discretionary)},
      {"non_discretionary_rule", model.non_discretionary.empty() ? Value() : Value(Name(model.non_discretionary_rule))},
      {"weight_restrictions", Restrictions(model)},
      {"direction", DescribeDirection(model)},
      {"non_radial", model.non_radial},
      {"super", model.super},
      {"super_remedy", Name(model.super_remedy)},
      {"cross", Name(model.cross)},
      {"scale", model.scale},
      {"metafrontier", !model.metafrontier_column.empty()},
      {"influence", model.influence},
      {"second_phase", "slack_sum_then_lexicographic"},
  };
}

Value Describe(const BootstrapOptions& options) {
  Value::Object spec{{"replications", options.replication_count},
                     {"confidence_level", canonical::Real(options.confidence_level)},
                     {"by_unit", options.by_unit},
                     {"ranks", options.ranks}};
  if (options.method == BootstrapMethod::kSmoothed) {
    const bool fixed = options.bandwidth_rule == BandwidthRule::kFixed;
    spec["method"] = "sw98";
    spec["smoothing"] = Name(options.smoothing);
    spec["interval"] = Name(options.interval);
    spec["bandwidth_rule"] = Name(options.bandwidth_rule);
    spec.emplace("bandwidth", fixed ? Value(canonical::Real(options.bandwidth)) : Value());
  } else {
    const bool given = options.subsample_size > 0;
    spec["method"] = "ksw";
    spec.emplace("subsample_size", given ? Value(options.subsample_size) : Value());
    spec.emplace("subsample_exponent", given ? Value() : Value(canonical::Real(options.subsample_exponent)));
    spec["with_replacement"] = options.with_replacement;
    spec["undominated"] = options.undominated == UndominatedDraws::kLeaveOut ? "leave_out" : "zero_distance";
  }
  return spec;
}

Slices::Slices(const Panel& panel, const Observations& data, const std::vector<std::string>& columns,
               const PanelColumn* group) {
  std::vector<std::pair<std::string, const PanelColumn*>> variables{{kRole, nullptr}};
  for (const std::string& name : columns) variables.emplace_back(name, panel.Find(name));
  std::sort(variables.begin(), variables.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  std::map<std::string, std::size_t> index;
  std::vector<std::unique_ptr<canonical::SliceStream>> streams;
  std::vector<std::size_t> first_rows;
  slice_of_row_.reserve(panel.size());
  for (std::size_t row = 0; row < panel.size(); ++row) {
    std::string name = panel.has_time() ? std::to_string(panel.times[row]) : "";
    if (group != nullptr) name += "/" + CellValue(*group, row).Encode();
    const auto [found, added] = index.try_emplace(name, streams.size());
    if (added) {
      slices_.push_back({std::move(name), {}});
      streams.push_back(std::make_unique<canonical::SliceStream>());
      first_rows.push_back(row);
    }
    slice_of_row_.push_back(found->second);
    for (const auto& [variable, column] : variables) {
      streams[found->second]->Add(panel.units[row], variable,
                                  column == nullptr ? Value(Name(data.roles[row])) : CellValue(*column, row));
    }
  }
  for (std::size_t at = 0; at < slices_.size(); ++at) {
    slices_[at].digest =
        panel.has_time() ? streams[at]->Finish(panel.times[first_rows[at]]) : streams[at]->Finish(Value());
  }
}

Value::Object Slices::Describe(const std::vector<char>& included) const {
  Value::Object described;
  for (std::size_t at = 0; at < slices_.size(); ++at) {
    if (included[at] != 0) described.emplace(slices_[at].name, slices_[at].digest);
  }
  return described;
}

Value::Object DescribeFrontier(const Frontier& frontier, const Slices& slices) {
  const bool window = frontier.scheme == FrontierScheme::kWindow;
  return {{"scheme", Name(frontier.scheme)},
          {"window", window ? Value(frontier.window) : Value()},
          {"grouped", !frontier.group_column.empty()},
          {"slices", slices.DescribeAll()}};
}

Value Action::Description() const {
  return Value::Object{
      {"op", operation},
      {"spec", spec},
      {"reference", reference},
      {"eval", eval},
      {"inputs", Value::Array{}},
      {"engine", Value::Object{{"algo", "dea"}, {"algo_rev", kAlgorithmRevision}, {"num_abi", numeric::kNumAbi}}},
      {"seed", seed},
      {"result_schema", result_schema},
  };
}

std::string Action::Key() const { return canonical::Digest(kDomain, Description()); }

std::vector<std::string> KeysOfSets(Action action, const Slices& slices, const ReferenceSets& sets) {
  std::vector<std::vector<char>> scored(sets.sets.size(), std::vector<char>(slices.size(), 0));
  for (std::size_t row = 0; row < sets.set_of_row.size(); ++row) {
    if (sets.set_of_row[row] == ReferenceSets::kNone) continue;
    scored[static_cast<std::size_t>(sets.set_of_row[row])][slices.of_row(row)] = 1;
  }
  std::vector<std::string> keys;
  for (std::size_t set = 0; set < sets.sets.size(); ++set) {
    std::vector<char> spanning(slices.size(), 0);
    for (const std::int32_t row : sets.sets[set]) spanning[slices.of_row(static_cast<std::size_t>(row))] = 1;
    action.reference = {{"slices", slices.Describe(spanning)}};
    action.eval = slices.Describe(scored[set]);
    keys.push_back(action.Key());
  }
  return keys;
}

ActionKeys::ActionKeys(const Panel& panel, const EvaluationSpec& spec, const Observations& data,
                       const ReferenceSets& sets) {
  const Model& model = spec.model;
  const std::string& group_column =
      model.metafrontier_column.empty() ? model.frontier.group_column : model.metafrontier_column;
  const PanelColumn* group = group_column.empty() ? nullptr : panel.Find(group_column);
  const Slices slices(panel, data, NumberColumnsOf(model), group);
  Value::Object description = Describe(model);
  description.emplace("bootstrap", spec.bootstrap ? Describe(*spec.bootstrap) : Value());
  const Value seed = spec.bootstrap ? Value(spec.bootstrap->seed) : Value();

  const Action whole{.operation = "dea.evaluate",
                     .result_schema = "farrell.dea.v1.StoredEvaluation",
                     .spec = description,
                     .reference = DescribeFrontier(model.frontier, slices),
                     .eval = "scored",
                     .seed = seed};
  description_ = whole.Description();
  whole_ = whole.Key();

  of_set_ = KeysOfSets({.operation = "dea.solve",
                        .result_schema = "farrell.dea.v1.StoredEvaluation",
                        .spec = std::move(description),
                        .reference = {},
                        .eval = {},
                        .seed = seed},
                       slices, sets);
}

}  // namespace farrell::dea
