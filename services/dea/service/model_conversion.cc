#include "services/dea/service/model_conversion.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "services/dea/engine/model_check.h"
#include "services/dea/service/enum_conversion.h"

namespace farrell::dea {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;

template <typename Proto, typename Engine>
using Pair = EnumPair<Proto, Engine>;

constexpr auto kRts =
    std::to_array<Pair<v1::ReturnsToScale, ReturnsToScale>>({{v1::RETURNS_TO_SCALE_CRS, ReturnsToScale::kCrs, "CRS"},
                                                             {v1::RETURNS_TO_SCALE_VRS, ReturnsToScale::kVrs, "VRS"},
                                                             {v1::RETURNS_TO_SCALE_NIRS, ReturnsToScale::kNirs, "NIRS"},
                                                             {v1::RETURNS_TO_SCALE_NDRS, ReturnsToScale::kNdrs, "NDRS"},
                                                             {v1::RETURNS_TO_SCALE_GRS, ReturnsToScale::kGrs, "GRS"}});
constexpr auto kOrientations =
    std::to_array<Pair<v1::Orientation, Orientation>>({{v1::ORIENTATION_INPUT, Orientation::kInput, "INPUT"},
                                                       {v1::ORIENTATION_OUTPUT, Orientation::kOutput, "OUTPUT"},
                                                       {v1::ORIENTATION_NONE, Orientation::kNone, "NONE"}});
constexpr auto kSchemes = std::to_array<Pair<v1::Frontier::Scheme, FrontierScheme>>(
    {{v1::Frontier::SCHEME_CONTEMPORANEOUS, FrontierScheme::kContemporaneous, "CONTEMPORANEOUS"},
     {v1::Frontier::SCHEME_GLOBAL, FrontierScheme::kGlobal, "GLOBAL"},
     {v1::Frontier::SCHEME_SEQUENTIAL, FrontierScheme::kSequential, "SEQUENTIAL"},
     {v1::Frontier::SCHEME_WINDOW, FrontierScheme::kWindow, "WINDOW"},
     {v1::Frontier::SCHEME_BIENNIAL, FrontierScheme::kBiennial, "BIENNIAL"}});
constexpr auto kPolicies = std::to_array<Pair<v1::InvalidDataPolicy, InvalidDataPolicy>>(
    {{v1::INVALID_DATA_POLICY_ERROR, InvalidDataPolicy::kError, "ERROR"},
     {v1::INVALID_DATA_POLICY_EXCLUDE, InvalidDataPolicy::kExclude, "EXCLUDE"}});
constexpr auto kKinds =
    std::to_array<Pair<v1::ModelKind, ModelKind>>({{v1::MODEL_KIND_RADIAL, ModelKind::kRadial, "RADIAL"},
                                                   {v1::MODEL_KIND_FDH, ModelKind::kFdh, "FDH"},
                                                   {v1::MODEL_KIND_ADDITIVE, ModelKind::kAdditive, "ADDITIVE"},
                                                   {v1::MODEL_KIND_RAM, ModelKind::kRam, "RAM"},
                                                   {v1::MODEL_KIND_BAM, ModelKind::kBam, "BAM"},
                                                   {v1::MODEL_KIND_SBM, ModelKind::kSbm, "SBM"},
                                                   {v1::MODEL_KIND_DDF, ModelKind::kDdf, "DDF"},
                                                   {v1::MODEL_KIND_RDM, ModelKind::kRdm, "RDM"}});
constexpr auto kRemedies =
    std::to_array<Pair<v1::SuperRemedy, SuperRemedy>>({{v1::SUPER_REMEDY_NONE, SuperRemedy::kNone, "NONE"},
                                                       {v1::SUPER_REMEDY_COOK, SuperRemedy::kCook, "COOK"},
                                                       {v1::SUPER_REMEDY_DDF, SuperRemedy::kDdf, "DDF"}});
constexpr auto kCross = std::to_array<Pair<v1::CrossEfficiency, CrossEfficiency>>(
    {{v1::CROSS_EFFICIENCY_NONE, CrossEfficiency::kNone, "NONE"},
     {v1::CROSS_EFFICIENCY_ARBITRARY, CrossEfficiency::kArbitrary, "ARBITRARY"},
     {v1::CROSS_EFFICIENCY_AGGRESSIVE, CrossEfficiency::kAggressive, "AGGRESSIVE"},
     {v1::CROSS_EFFICIENCY_BENEVOLENT, CrossEfficiency::kBenevolent, "BENEVOLENT"},
     {v1::CROSS_EFFICIENCY_AGGRESSIVE_III, CrossEfficiency::kAggressiveIii, "AGGRESSIVE_III"},
     {v1::CROSS_EFFICIENCY_BENEVOLENT_III, CrossEfficiency::kBenevolentIii, "BENEVOLENT_III"}});
constexpr auto kDisposabilities = std::to_array<Pair<v1::Disposability, Disposability>>(
    {{v1::DISPOSABILITY_STRONG, Disposability::kStrong, "STRONG"},
     {v1::DISPOSABILITY_WEAK, Disposability::kWeak, "WEAK"},
     {v1::DISPOSABILITY_KUOSMANEN, Disposability::kKuosmanen, "KUOSMANEN"}});
constexpr auto kRules = std::to_array<Pair<v1::NonDiscretionaryRule, NonDiscretionaryRule>>(
    {{v1::NON_DISCRETIONARY_RULE_BANKER_MOREY, NonDiscretionaryRule::kBankerMorey, "BANKER_MOREY"},
     {v1::NON_DISCRETIONARY_RULE_NCN, NonDiscretionaryRule::kNcn, "NCN"}});
constexpr auto kDirections = std::to_array<Pair<v1::Direction::Kind, DirectionKind>>(
    {{v1::Direction::KIND_OWN, DirectionKind::kOwn, "OWN"},
     {v1::Direction::KIND_MEAN, DirectionKind::kMean, "MEAN"},
     {v1::Direction::KIND_COLUMNS, DirectionKind::kColumns, "COLUMNS"}});

// A bootstrap method or none.
enum class Resampling : std::uint8_t { kNone, kSmoothed, kSubsampling };
constexpr auto kMethods = std::to_array<Pair<v1::Bootstrap::Method, Resampling>>(
    {{v1::Bootstrap::METHOD_NONE, Resampling::kNone, "NONE"},
     {v1::Bootstrap::METHOD_SW98, Resampling::kSmoothed, "SW98"},
     {v1::Bootstrap::METHOD_KSW, Resampling::kSubsampling, "KSW"}});
constexpr auto kSmoothings = std::to_array<Pair<v1::Bootstrap::Smoothing, Smoothing>>(
    {{v1::Bootstrap::SMOOTHING_REFLECTED_SET, Smoothing::kReflectedSet, "REFLECTED_SET"},
     {v1::Bootstrap::SMOOTHING_SHRINK_REFLECT, Smoothing::kShrinkReflect, "SHRINK_REFLECT"},
     {v1::Bootstrap::SMOOTHING_SHRINK_ABOUT_ONE, Smoothing::kShrinkAboutOne, "SHRINK_ABOUT_ONE"},
     {v1::Bootstrap::SMOOTHING_REFLECT_SHRINK, Smoothing::kReflectShrink, "REFLECT_SHRINK"}});
constexpr auto kIntervals = std::to_array<Pair<v1::Bootstrap::Interval, IntervalKind>>(
    {{v1::Bootstrap::INTERVAL_BASIC, IntervalKind::kBasic, "BASIC"},
     {v1::Bootstrap::INTERVAL_PERCENTILE, IntervalKind::kPercentile, "PERCENTILE"},
     {v1::Bootstrap::INTERVAL_PERCENTILE_BIAS, IntervalKind::kPercentileBias, "PERCENTILE_BIAS"}});
constexpr auto kBandwidthRules = std::to_array<Pair<v1::Bootstrap::BandwidthRule, BandwidthRule>>(
    {{v1::Bootstrap::BANDWIDTH_RULE_SILVERMAN, BandwidthRule::kSilverman, "SILVERMAN"},
     {v1::Bootstrap::BANDWIDTH_RULE_CROSS_VALIDATION, BandwidthRule::kCrossValidation, "CROSS_VALIDATION"},
     {v1::Bootstrap::BANDWIDTH_RULE_FIXED, BandwidthRule::kFixed, "FIXED"},
     {v1::Bootstrap::BANDWIDTH_RULE_NORMAL_REFERENCE, BandwidthRule::kNormalReference, "NORMAL_REFERENCE"}});

bool LooksToOneSide(ModelKind kind) { return kind == ModelKind::kRadial || kind == ModelKind::kFdh; }

// The technology a model was defined under, where a request names none.
ReturnsToScale DefaultRts(ModelKind kind) {
  switch (kind) {
    case ModelKind::kFdh:
    case ModelKind::kRam:
    case ModelKind::kBam:
    case ModelKind::kRdm: return ReturnsToScale::kVrs;
    default: return ReturnsToScale::kCrs;
  }
}

bool HasBootstrap(const v1::Model& message) {
  return message.has_bootstrap() && message.bootstrap().method() != v1::Bootstrap::METHOD_UNSPECIFIED &&
         message.bootstrap().method() != v1::Bootstrap::METHOD_NONE;
}

std::vector<std::string> ListOf(const RepeatedPtrField<std::string>& names) { return {names.begin(), names.end()}; }

std::optional<BootstrapOptions> BootstrapFromProto(const v1::Bootstrap& message, const std::string& prefix,
                                                   Violations& violations) {
  const Resampling method =
      EnumFromProto(message.method(), Resampling::kNone, kMethods, prefix + "method", "bootstrap method", violations);
  BootstrapOptions options;
  options.smoothing =
      EnumFromProto(message.smoothing(), options.smoothing, kSmoothings, prefix + "smoothing", "smoothing", violations);
  options.interval = EnumFromProto(message.interval(), options.interval, kIntervals, prefix + "interval",
                                   "kind of interval", violations);
  options.bandwidth_rule = EnumFromProto(message.bandwidth_rule(), options.bandwidth_rule, kBandwidthRules,
                                         prefix + "bandwidth_rule", "bandwidth rule", violations);
  if (method == Resampling::kNone) {
    if (message.method() == v1::Bootstrap::METHOD_UNSPECIFIED && message.ByteSizeLong() > 0) {
      violations.Add(prefix + "method", "choose SW98 or KSW, or leave the bootstrap out");
    }
    return std::nullopt;
  }
  const auto only_with = [&](bool set, Resampling owner, const char* field, const char* name) {
    if (set && method != owner) violations.Add(prefix + field, std::string("only with ") + name);
  };
  // The other method's defaults, written out, say nothing.
  only_with(options.smoothing != BootstrapOptions().smoothing, Resampling::kSmoothed, "smoothing", "SW98");
  only_with(options.interval != BootstrapOptions().interval, Resampling::kSmoothed, "interval", "SW98");
  only_with(options.bandwidth_rule != BootstrapOptions().bandwidth_rule, Resampling::kSmoothed, "bandwidth_rule",
            "SW98");
  only_with(message.subsample_size() != 0, Resampling::kSubsampling, "subsample_size", "KSW");
  only_with(message.subsample_exponent() != 0 && message.subsample_exponent() != BootstrapOptions().subsample_exponent,
            Resampling::kSubsampling, "subsample_exponent", "KSW");
  only_with(message.with_replacement(), Resampling::kSubsampling, "with_replacement", "KSW");
  only_with(message.leave_out_undominated(), Resampling::kSubsampling, "leave_out_undominated", "KSW");
  options.method = method == Resampling::kSmoothed ? BootstrapMethod::kSmoothed : BootstrapMethod::kSubsampling;
  if (message.replication_count() != 0) options.replication_count = message.replication_count();
  options.seed = message.seed();
  if (message.confidence_level() != 0) options.confidence_level = message.confidence_level();
  options.by_unit = message.by_unit();
  options.ranks = message.ranks();
  options.bandwidth = message.bandwidth();
  options.subsample_size = message.subsample_size();
  if (message.subsample_exponent() != 0) options.subsample_exponent = message.subsample_exponent();
  options.with_replacement = message.with_replacement();
  if (message.leave_out_undominated()) options.undominated = UndominatedDraws::kLeaveOut;
  CheckBootstrapOptions(options, prefix, violations);
  return options;
}

// What bootstraps and tests know: a plain radial model.
bool IsPlain(const Model& model) {
  return model.kind == ModelKind::kRadial && model.rts != ReturnsToScale::kGrs && model.bad_outputs.empty() &&
         !model.super && model.weight_restrictions.empty() && model.non_discretionary.empty();
}

void CompleteBootstrap(v1::Model& model) {
  if (!HasBootstrap(model)) {
    model.clear_bootstrap();
    return;
  }
  const BootstrapOptions defaults;
  v1::Bootstrap& bootstrap = *model.mutable_bootstrap();
  if (bootstrap.replication_count() == 0) {
    bootstrap.set_replication_count(static_cast<std::int32_t>(defaults.replication_count));
  }
  if (bootstrap.confidence_level() == 0) bootstrap.set_confidence_level(defaults.confidence_level);
  if (bootstrap.method() == v1::Bootstrap::METHOD_KSW) {
    if (bootstrap.subsample_exponent() == 0) bootstrap.set_subsample_exponent(defaults.subsample_exponent);
    bootstrap.clear_smoothing();
    bootstrap.clear_interval();
    bootstrap.clear_bandwidth_rule();
    return;
  }
  bootstrap.clear_subsample_exponent();
  if (bootstrap.smoothing() == 0) bootstrap.set_smoothing(EnumToProto(defaults.smoothing, kSmoothings));
  if (bootstrap.interval() == 0) bootstrap.set_interval(EnumToProto(defaults.interval, kIntervals));
  if (bootstrap.bandwidth_rule() == 0) {
    bootstrap.set_bandwidth_rule(EnumToProto(defaults.bandwidth_rule, kBandwidthRules));
  }
}

// Position of each requested name among the sorted names.
std::vector<int> Positions(const RepeatedPtrField<std::string>& names) {
  std::vector<std::string> sorted = ListOf(names);
  std::sort(sorted.begin(), sorted.end());
  std::vector<int> positions;
  for (const std::string& name : names) {
    positions.push_back(static_cast<int>(std::lower_bound(sorted.begin(), sorted.end(), name) - sorted.begin()));
  }
  return positions;
}

void Reorder(RepeatedField<double>& values, const std::vector<int>& positions, bool to_request) {
  if (values.size() != static_cast<int>(positions.size())) return;
  const RepeatedField<double> before = values;
  for (int i = 0; i < values.size(); ++i) {
    const int sorted = positions[static_cast<std::size_t>(i)];
    values.Set(to_request ? i : sorted, before.Get(to_request ? sorted : i));
  }
}

void AddOnce(const std::string& name, std::vector<std::string>& columns) {
  if (!name.empty() && std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
}

}  // namespace

EvaluationSpec ReadSpec(const v1::Model& message, const std::string& prefix, Violations& violations) {
  EvaluationSpec spec;
  Model& model = spec.model;
  const auto choose = [&](auto value, auto unset, const auto& table, const char* field, const char* what) {
    return EnumFromProto(value, unset, table, prefix + field, what, violations);
  };
  model.inputs = ListOf(message.inputs());
  model.outputs = ListOf(message.outputs());
  model.bad_outputs = ListOf(message.bad_outputs());
  model.kind = choose(message.kind(), ModelKind::kRadial, kKinds, "kind", "kind of model");
  model.rts = choose(message.rts(), DefaultRts(model.kind), kRts, "rts", "returns to scale");
  model.orientation =
      choose(message.orientation(), LooksToOneSide(model.kind) ? Orientation::kInput : Orientation::kNone,
             kOrientations, "orientation", "orientation");
  model.frontier.scheme =
      choose(message.frontier().scheme(), FrontierScheme::kContemporaneous, kSchemes, "frontier.scheme", "scheme");
  model.frontier.window = message.frontier().window();
  model.frontier.group_column = message.frontier().group_column();
  model.reference_only_column = message.reference_only_column();
  model.reference_only_value = message.reference_only_value();
  model.frozen_out_column = message.frozen_out_column();
  model.frozen_out_value = message.frozen_out_value();
  model.invalid_data = choose(message.invalid_data(), InvalidDataPolicy::kError, kPolicies, "invalid_data", "policy");
  model.scale = message.scale();
  model.super = message.super();
  model.super_remedy = choose(message.super_remedy(), SuperRemedy::kNone, kRemedies, "super_remedy", "remedy");
  model.cross = choose(message.cross(), CrossEfficiency::kNone, kCross, "cross", "cross-efficiency");
  model.disposability =
      choose(message.disposability(), Disposability::kStrong, kDisposabilities, "disposability", "disposability");
  model.non_discretionary = ListOf(message.non_discretionary());
  model.non_discretionary_rule = choose(message.non_discretionary_rule(), NonDiscretionaryRule::kBankerMorey, kRules,
                                        "non_discretionary_rule", "rule");
  for (const v1::WeightRestriction& restriction : message.weight_restrictions()) {
    WeightRestriction& made = model.weight_restrictions.emplace_back();
    made.measure = restriction.measure();
    made.over = restriction.over();
    if (restriction.has_low()) made.low = restriction.low();
    if (restriction.has_high()) made.high = restriction.high();
  }
  if (model.rts == ReturnsToScale::kGrs) {
    model.weight_sum_low = message.weight_sum_low();
    model.weight_sum_high = message.weight_sum_high();
  } else {
    if (message.weight_sum_low() != 0) violations.Add(prefix + "weight_sum_low", "only with GRS");
    if (message.weight_sum_high() != 0) violations.Add(prefix + "weight_sum_high", "only with GRS");
  }
  model.direction.kind =
      choose(message.direction().kind(), DirectionKind::kOwn, kDirections, "direction.kind", "direction");
  model.direction.columns = ListOf(message.direction().columns());
  model.non_radial = message.non_radial();
  model.metafrontier_column = message.metafrontier_column();
  model.influence = message.influence();
  spec.bootstrap = BootstrapFromProto(message.bootstrap(), prefix + "bootstrap.", violations);
  return spec;
}

void SortMeasures(Model& model) {
  std::vector<std::string>& columns = model.direction.columns;
  const std::size_t count = model.inputs.size() + model.outputs.size() + model.bad_outputs.size();
  const bool directed = columns.size() == count;
  std::size_t first = 0;
  for (std::vector<std::string>* names : {&model.inputs, &model.outputs, &model.bad_outputs}) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t i = 0; i < names->size(); ++i) pairs.emplace_back((*names)[i], directed ? columns[first + i] : "");
    std::sort(pairs.begin(), pairs.end());
    for (std::size_t i = 0; i < names->size(); ++i) {
      (*names)[i] = pairs[i].first;
      if (directed) columns[first + i] = pairs[i].second;
    }
    first += names->size();
  }
  std::sort(model.non_discretionary.begin(), model.non_discretionary.end());
  const auto key = [](const WeightRestriction& restriction) {
    return std::tie(restriction.measure, restriction.over, restriction.low, restriction.high);
  };
  std::sort(model.weight_restrictions.begin(), model.weight_restrictions.end(),
            [&](const WeightRestriction& a, const WeightRestriction& b) { return key(a) < key(b); });
}

Result<EvaluationSpec> SpecFromProto(const v1::Model& message, const std::string& prefix) {
  Violations violations;
  EvaluationSpec spec = ReadSpec(message, prefix, violations);
  CheckModel(spec.model, prefix, violations);
  if (spec.bootstrap && !IsPlain(spec.model)) {
    violations.Add(prefix + "bootstrap",
                   "only with RADIAL under CRS, VRS, NIRS or NDRS, without super, bad outputs, non-discretionary "
                   "measures or weight restrictions");
  }
  if (spec.bootstrap && !spec.model.frozen_out_column.empty()) {
    violations.Add(prefix + "frozen_out_column", "not with bootstrap");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the model cannot be evaluated"));
  SortMeasures(spec.model);
  return spec;
}

Result<EvaluationSpec> PlainSpecFromProto(const v1::Model& message, const std::string& prefix) {
  Violations violations;
  EvaluationSpec spec = ReadSpec(message, prefix, violations);
  CheckModel(spec.model, prefix, violations);
  const Model& model = spec.model;
  const auto forbid = [&](bool present, const char* field) {
    if (present) violations.Add(prefix + field, "not for this call, which takes plain radial scores");
  };
  forbid(model.kind != ModelKind::kRadial, "kind");
  forbid(model.rts == ReturnsToScale::kGrs, "rts");
  forbid(!model.bad_outputs.empty(), "bad_outputs");
  forbid(!model.non_discretionary.empty(), "non_discretionary");
  forbid(!model.weight_restrictions.empty(), "weight_restrictions");
  forbid(model.super, "super");
  forbid(model.scale, "scale");
  forbid(model.cross != CrossEfficiency::kNone, "cross");
  forbid(model.influence, "influence");
  forbid(!model.metafrontier_column.empty(), "metafrontier_column");
  forbid(!model.frozen_out_column.empty(), "frozen_out_column");
  forbid(spec.bootstrap.has_value(), "bootstrap");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the model cannot be evaluated"));
  SortMeasures(spec.model);
  return spec;
}

v1::Model CompleteModel(const v1::Model& message) {
  v1::Model model = message;
  if (model.kind() == v1::MODEL_KIND_UNSPECIFIED) model.set_kind(v1::MODEL_KIND_RADIAL);
  Violations ignored;
  const ModelKind kind = EnumFromProto(model.kind(), ModelKind::kRadial, kKinds, "", "", ignored);
  if (model.rts() == v1::RETURNS_TO_SCALE_UNSPECIFIED) model.set_rts(EnumToProto(DefaultRts(kind), kRts));
  if (model.orientation() == v1::ORIENTATION_UNSPECIFIED) {
    model.set_orientation(LooksToOneSide(kind) ? v1::ORIENTATION_INPUT : v1::ORIENTATION_NONE);
  }
  if (model.frontier().scheme() == v1::Frontier::SCHEME_UNSPECIFIED) {
    model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  }
  if (model.invalid_data() == v1::INVALID_DATA_POLICY_UNSPECIFIED) {
    model.set_invalid_data(v1::INVALID_DATA_POLICY_ERROR);
  }
  if (model.super() && model.super_remedy() == 0) model.set_super_remedy(v1::SUPER_REMEDY_NONE);
  if (model.cross() == v1::CROSS_EFFICIENCY_NONE) model.clear_cross();
  if (model.bad_outputs().empty()) {
    model.clear_disposability();
  } else if (model.disposability() == 0) {
    model.set_disposability(v1::DISPOSABILITY_STRONG);
  }
  if (model.non_discretionary().empty()) {
    model.clear_non_discretionary_rule();
  } else if (model.non_discretionary_rule() == 0) {
    model.set_non_discretionary_rule(v1::NON_DISCRETIONARY_RULE_BANKER_MOREY);
  }
  if (kind != ModelKind::kDdf) {
    model.clear_direction();
  } else if (model.direction().kind() == 0) {
    model.mutable_direction()->set_kind(v1::Direction::KIND_OWN);
  }
  CompleteBootstrap(model);
  return model;
}

std::vector<std::string> NumberColumnsOf(const Model& model) {
  std::vector<std::string> columns;
  for (const auto* names : {&model.inputs, &model.outputs, &model.bad_outputs, &model.direction.columns}) {
    for (const std::string& name : *names) AddOnce(name, columns);
  }
  return columns;
}

std::vector<std::string> ColumnsOf(const Model& model) {
  std::vector<std::string> columns = NumberColumnsOf(model);
  AddOnce(model.frontier.group_column, columns);
  AddOnce(model.metafrontier_column, columns);
  AddOnce(model.reference_only_column, columns);
  AddOnce(model.frozen_out_column, columns);
  return columns;
}

MeasureOrder::MeasureOrder(const v1::Model& requested)
    : inputs_(Positions(requested.inputs())),
      outputs_(Positions(requested.outputs())),
      bad_outputs_(Positions(requested.bad_outputs())) {
  for (const std::vector<int>* part : {&inputs_, &outputs_, &bad_outputs_}) {
    const int first = static_cast<int>(all_.size());
    for (const int position : *part) all_.push_back(first + position);
  }
}

void MeasureOrder::Apply(v1::UnitResult& unit, bool to_request) const {
  for (auto* values : {unit.mutable_input_slacks(), unit.mutable_input_targets(), unit.mutable_input_prices()}) {
    Reorder(*values, inputs_, to_request);
  }
  for (auto* values : {unit.mutable_output_slacks(), unit.mutable_output_targets(), unit.mutable_output_prices()}) {
    Reorder(*values, outputs_, to_request);
  }
  for (auto* values :
       {unit.mutable_bad_output_slacks(), unit.mutable_bad_output_targets(), unit.mutable_bad_output_prices()}) {
    Reorder(*values, bad_outputs_, to_request);
  }
  Reorder(*unit.mutable_betas(), all_, to_request);
}

}  // namespace farrell::dea
