#include "common/notation/dea_model_text.h"

#include <utility>

#include "common/notation/dea_notation.h"
#include "common/text/number.h"

namespace farrell::notation {
namespace {

// Reads members one by one and collects what is wrong with them.
class Reader {
 public:
  Reader(const FieldName& name, Violations& violations) : name_(name), violations_(violations) {}

  template <typename Value, typename Set>
  void Take(const char* member, Result<Value> result, const Set& set) {
    if (result.ok()) {
      set(std::move(result).value());
    } else {
      Add(member, result.status());
    }
  }
  void Take(const char* member, const Status& status) {
    if (!status.ok()) Add(member, status);
  }
  // A member that says nothing where `other` is not given.
  void Needs(bool given, const char* member, bool other_given, const char* other) {
    if (given && !other_given) violations_.Add(name_(member), "needs " + name_(other));
  }

 private:
  void Add(const char* member, const Status& status) { violations_.Add(name_(member), status.message()); }
  const FieldName& name_;
  Violations& violations_;
};

void ReadBootstrap(const DeaModelText& text, Reader& reader, dea::v1::Model& model) {
  const bool given = !text.bootstrap.empty() && text.bootstrap != "none";
  reader.Needs(text.reps.has_value(), "reps", given, "bootstrap");
  reader.Needs(text.level.has_value(), "level", given, "bootstrap");
  reader.Needs(!text.smoothing.empty(), "smoothing", given, "bootstrap");
  reader.Needs(!text.interval.empty(), "interval", given, "bootstrap");
  reader.Needs(!text.bandwidth.empty(), "bandwidth", given, "bootstrap");
  reader.Needs(text.by_unit, "by_unit", given, "bootstrap");
  reader.Needs(text.subsample.has_value(), "subsample", given, "bootstrap");
  reader.Needs(text.ranks, "ranks", given, "bootstrap");
  reader.Needs(text.seed.has_value(), "seed", given, "bootstrap");
  if (!given) return;
  dea::v1::Bootstrap& bootstrap = *model.mutable_bootstrap();
  reader.Take("bootstrap", ParseBootstrapMethod(text.bootstrap), [&](auto method) { bootstrap.set_method(method); });
  reader.Take("smoothing", ParseSmoothing(text.smoothing), [&](auto smoothing) { bootstrap.set_smoothing(smoothing); });
  reader.Take("interval", ParseInterval(text.interval), [&](auto interval) { bootstrap.set_interval(interval); });
  reader.Take("bandwidth", ParseBandwidth(text.bandwidth, bootstrap));
  if (text.reps) bootstrap.set_replication_count(*text.reps);
  if (text.seed) bootstrap.set_seed(*text.seed);
  if (text.level) bootstrap.set_confidence_level(*text.level);
  if (text.subsample) bootstrap.set_subsample_size(*text.subsample);
  bootstrap.set_by_unit(text.by_unit);
  bootstrap.set_ranks(text.ranks);
}

}  // namespace

Result<dea::v1::Model> ParseDeaModel(const DeaModelText& text, const FieldName& name) {
  dea::v1::Model model;
  Violations violations;
  Reader reader(name, violations);
  model.mutable_inputs()->Assign(text.inputs.begin(), text.inputs.end());
  model.mutable_outputs()->Assign(text.outputs.begin(), text.outputs.end());
  model.mutable_bad_outputs()->Assign(text.bad_outputs.begin(), text.bad_outputs.end());
  model.mutable_non_discretionary()->Assign(text.non_discretionary.begin(), text.non_discretionary.end());
  model.mutable_weight_restrictions()->Assign(text.weights.begin(), text.weights.end());
  if (text.inputs.empty()) violations.Add(name("inputs"), "name at least one column");
  if (text.outputs.empty()) violations.Add(name("outputs"), "name at least one column");
  reader.Take("model", ParseModelKind(text.model), [&](auto kind) { model.set_kind(kind); });
  reader.Take("rts", ParseRts(text.rts, model));
  reader.Take("orientation", ParseOrientation(text.orientation),
              [&](auto orientation) { model.set_orientation(orientation); });
  reader.Take("frontier", ParseFrontier(text.frontier),
              [&](auto frontier) { *model.mutable_frontier() = std::move(frontier); });
  reader.Take("reference_only", ParseMarkedRows(text.reference_only, "reference_only"), [&](const MarkedRows& rows) {
    model.set_reference_only_column(rows.column);
    model.set_reference_only_value(rows.value);
  });
  reader.Take("frozen_out", ParseMarkedRows(text.frozen_out, "frozen_out"), [&](const MarkedRows& rows) {
    model.set_frozen_out_column(rows.column);
    model.set_frozen_out_value(rows.value);
  });
  reader.Take("super_remedy", ParseSuperRemedy(text.super_remedy),
              [&](auto remedy) { model.set_super_remedy(remedy); });
  reader.Take("cross", ParseCrossEfficiency(text.cross), [&](auto cross) { model.set_cross(cross); });
  reader.Needs(!text.disposability.empty(), "disposability", !text.bad_outputs.empty(), "bad_outputs");
  reader.Take("disposability", ParseDisposability(text.disposability),
              [&](auto disposability) { model.set_disposability(disposability); });
  reader.Needs(!text.nd_rule.empty(), "nd_rule", !text.non_discretionary.empty(), "non_discretionary");
  reader.Take("nd_rule", ParseNonDiscretionaryRule(text.nd_rule),
              [&](auto rule) { model.set_non_discretionary_rule(rule); });
  if (!text.direction.empty()) {
    reader.Take("direction", ParseDirection(text.direction),
                [&](auto direction) { *model.mutable_direction() = std::move(direction); });
  }
  model.set_invalid_data(text.exclude_invalid ? dea::v1::INVALID_DATA_POLICY_EXCLUDE
                                              : dea::v1::INVALID_DATA_POLICY_ERROR);
  model.set_scale(text.scale);
  model.set_super(text.super);
  model.set_non_radial(text.non_radial);
  model.set_metafrontier_column(text.metafrontier);
  model.set_influence(text.influence);
  ReadBootstrap(text, reader, model);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the model cannot be read"));
  return model;
}

std::string DescribeDeaModel(const dea::v1::Model& model) {
  std::string text = FormatRts(model);
  if (model.orientation() == dea::v1::ORIENTATION_NONE) {
    text += " non-oriented";
  } else {
    text += " " + FormatOrientation(model.orientation()) + "-oriented";
  }
  if (model.kind() != dea::v1::MODEL_KIND_RADIAL) text += " " + FormatModelKind(model.kind());
  if (model.super()) text += " super-efficiency";
  if (!model.bad_outputs().empty()) text += ", bad outputs " + FormatDisposability(model.disposability());
  if (!model.non_discretionary().empty()) {
    text += ", non-discretionary " + FormatNonDiscretionaryRule(model.non_discretionary_rule());
  }
  if (model.direction().kind() != dea::v1::Direction::KIND_UNSPECIFIED) {
    text += ", direction " + FormatDirection(model.direction());
  }
  text += ", frontier " + FormatFrontier(model.frontier());
  if (!model.metafrontier_column().empty()) text += ", metafrontier of " + model.metafrontier_column();
  return text;
}

std::string FormatMeasure(const dea::v1::UnitResult& result, bool farrell) {
  return farrell && result.measure() == "1/phi" ? "phi" : result.measure();
}

}  // namespace farrell::notation
