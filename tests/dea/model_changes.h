// Every model and option of Evaluate as a change of the plain model, and the table they are asked on.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {

using Change = std::function<void(v1::Model&)>;

// SampleTable with bad outputs and directions.
inline Panel ModelTable() {
  Panel table = SampleTable();
  TestRandom random(7);
  for (const char* name : {"waste", "noise", "g1", "g2", "g3", "g4"}) {
    PanelColumn& column = table.columns.emplace_back();
    column.name = name;
    for (std::size_t row = 0; row < table.size(); ++row) column.numbers.push_back(1 + random.Below(20));
  }
  return table;
}

inline v1::WeightRestriction Restriction(const char* measure, const char* over, double low, double high) {
  v1::WeightRestriction restriction;
  restriction.set_measure(measure);
  restriction.set_over(over);
  restriction.set_low(low);
  restriction.set_high(high);
  return restriction;
}

// One change of the plain model for every model and option, by name.
inline const std::map<std::string, Change>& Changes() {
  const auto kind = [](v1::ModelKind value) { return [value](v1::Model& model) { model.set_kind(value); }; };
  const auto bad = [](v1::Model& model) {
    model.add_bad_outputs("waste");
    model.add_bad_outputs("noise");
  };
  static const std::map<std::string, Change> changes = {
      {"plain", [](v1::Model&) {}},
      {"vrs", [](v1::Model& model) { model.set_rts(v1::RETURNS_TO_SCALE_VRS); }},
      {"grs",
       [](v1::Model& model) {
         model.set_rts(v1::RETURNS_TO_SCALE_GRS);
         model.set_weight_sum_low(0.8);
         model.set_weight_sum_high(1.25);
       }},
      {"grs wider",
       [](v1::Model& model) {
         model.set_rts(v1::RETURNS_TO_SCALE_GRS);
         model.set_weight_sum_low(0.5);
         model.set_weight_sum_high(1.25);
       }},
      {"output", [](v1::Model& model) { model.set_orientation(v1::ORIENTATION_OUTPUT); }},
      {"scale", [](v1::Model& model) { model.set_scale(true); }},
      {"biennial", [](v1::Model& model) { model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_BIENNIAL); }},
      {"fdh", kind(v1::MODEL_KIND_FDH)},
      {"fdh super",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_FDH);
         model.set_super(true);
       }},
      {"additive", kind(v1::MODEL_KIND_ADDITIVE)},
      {"ram", kind(v1::MODEL_KIND_RAM)},
      {"bam", kind(v1::MODEL_KIND_BAM)},
      {"sbm", kind(v1::MODEL_KIND_SBM)},
      {"sbm input",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_SBM);
         model.set_orientation(v1::ORIENTATION_INPUT);
       }},
      {"sbm super",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_SBM);
         model.set_super(true);
       }},
      {"sbm bad",
       [bad](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_SBM);
         bad(model);
       }},
      {"ddf", kind(v1::MODEL_KIND_DDF)},
      {"ddf mean",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_DDF);
         model.mutable_direction()->set_kind(v1::Direction::KIND_MEAN);
       }},
      {"ddf columns",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_DDF);
         model.mutable_direction()->set_kind(v1::Direction::KIND_COLUMNS);
         for (const char* column : {"g1", "g2", "g3"}) model.mutable_direction()->add_columns(column);
       }},
      {"ddf other columns",
       [](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_DDF);
         model.mutable_direction()->set_kind(v1::Direction::KIND_COLUMNS);
         for (const char* column : {"g2", "g1", "g3"}) model.mutable_direction()->add_columns(column);
       }},
      {"ddf non-radial",
       [bad](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_DDF);
         model.set_non_radial(true);
         bad(model);
       }},
      {"ddf weak",
       [bad](v1::Model& model) {
         model.set_kind(v1::MODEL_KIND_DDF);
         model.set_disposability(v1::DISPOSABILITY_WEAK);
         bad(model);
       }},
      {"rdm", kind(v1::MODEL_KIND_RDM)},
      {"super", [](v1::Model& model) { model.set_super(true); }},
      {"super vrs",
       [](v1::Model& model) {
         model.set_super(true);
         model.set_rts(v1::RETURNS_TO_SCALE_VRS);
       }},
      {"super cook",
       [](v1::Model& model) {
         model.set_super(true);
         model.set_rts(v1::RETURNS_TO_SCALE_VRS);
         model.set_super_remedy(v1::SUPER_REMEDY_COOK);
       }},
      {"super ddf",
       [](v1::Model& model) {
         model.set_super(true);
         model.set_rts(v1::RETURNS_TO_SCALE_VRS);
         model.set_super_remedy(v1::SUPER_REMEDY_DDF);
       }},
      {"bad strong", bad},
      {"bad weak",
       [bad](v1::Model& model) {
         bad(model);
         model.set_disposability(v1::DISPOSABILITY_WEAK);
       }},
      {"bad kuosmanen",
       [bad](v1::Model& model) {
         bad(model);
         model.set_rts(v1::RETURNS_TO_SCALE_VRS);
         model.set_disposability(v1::DISPOSABILITY_KUOSMANEN);
       }},
      {"non-discretionary", [](v1::Model& model) { model.add_non_discretionary("capital"); }},
      {"ncn",
       [](v1::Model& model) {
         model.add_non_discretionary("capital");
         model.set_non_discretionary_rule(v1::NON_DISCRETIONARY_RULE_NCN);
       }},
      {"restricted",
       [](v1::Model& model) { *model.add_weight_restrictions() = Restriction("labour", "capital", 0.2, 5); }},
      {"restricted twice",
       [](v1::Model& model) {
         *model.add_weight_restrictions() = Restriction("labour", "capital", 0.2, 5);
         *model.add_weight_restrictions() = Restriction("patents", "papers", 0.1, 9);
       }},
      {"metafrontier", [](v1::Model& model) { model.set_metafrontier_column("region"); }},
      {"frozen row",
       [](v1::Model& model) {
         model.set_frozen_out_column("role");
         model.set_frozen_out_value("reference_only");
       }},
      {"frozen units",
       [](v1::Model& model) {
         model.set_frozen_out_column("region");
         model.set_frozen_out_value("west");
         model.set_rts(v1::RETURNS_TO_SCALE_VRS);
       }},
  };
  return changes;
}

// The plain model with two outputs, changed, on the table "models".
inline v1::EvaluateRequest ModelRequest(const Change& change) {
  v1::EvaluateRequest request = DeaServiceFixture::Request("models");
  request.mutable_model()->add_outputs("papers");
  request.mutable_model()->clear_outputs();
  for (const char* output : {"patents", "papers"}) request.mutable_model()->add_outputs(output);
  change(*request.mutable_model());
  if (request.model().direction().columns_size() == 3) request.mutable_model()->mutable_direction()->add_columns("g4");
  return request;
}

}  // namespace farrell::dea::testing
