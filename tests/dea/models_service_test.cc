// Every model through the service: defaults, order of measures, keys, proofs against the data, plans.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

using Change = std::function<void(v1::Model&)>;

// SampleTable with bad outputs and directions.
Panel ModelTable() {
  Panel table = SampleTable();
  TestRandom random(7);
  for (const char* name : {"waste", "noise", "g1", "g2", "g3", "g4"}) {
    PanelColumn& column = table.columns.emplace_back();
    column.name = name;
    for (std::size_t row = 0; row < table.size(); ++row) column.numbers.push_back(1 + random.Below(20));
  }
  return table;
}

v1::WeightRestriction Restriction(const char* measure, const char* over, double low, double high) {
  v1::WeightRestriction restriction;
  restriction.set_measure(measure);
  restriction.set_over(over);
  restriction.set_low(low);
  restriction.set_high(high);
  return restriction;
}

// One change of the plain model for every model and option, by name.
const std::map<std::string, Change>& Changes() {
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

class ModelsServiceTest : public DeaServiceFixture {
 protected:
  void SetUp() override {
    data_.Put("models", ModelTable());
    DeaServiceFixture::SetUp();
  }

  static v1::EvaluateRequest ModelRequest(const Change& change) {
    v1::EvaluateRequest request = Request("models");
    request.mutable_model()->add_outputs("papers");
    request.mutable_model()->clear_outputs();
    for (const char* output : {"patents", "papers"}) request.mutable_model()->add_outputs(output);
    change(*request.mutable_model());
    if (request.model().direction().columns_size() == 3)
      request.mutable_model()->mutable_direction()->add_columns("g4");
    return request;
  }

  v1::VerifyEvaluationResponse Verify(const Reply& reply, bool with_table) {
    v1::VerifyEvaluationRequest request;
    *request.mutable_evaluation()->mutable_summary() = reply.summary;
    for (const v1::UnitResult& unit : reply.units) *request.mutable_evaluation()->add_units() = unit;
    if (with_table) request.mutable_table()->set_snapshot_digest("models");
    grpc::ClientContext context;
    v1::VerifyEvaluationResponse response;
    const Status status = FromGrpc(stub_->VerifyEvaluation(&context, request, &response));
    EXPECT_TRUE(status.ok()) << status.ToString();
    return response;
  }
};

TEST_F(ModelsServiceTest, EveryModelIsProvenAgainstTheData) {
  for (const auto& [name, change] : Changes()) {
    SCOPED_TRACE(name);
    const Reply reply = Evaluate(ModelRequest(change));
    ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
    ASSERT_EQ(reply.units.size(), 48U);
    EXPECT_GT(reply.summary.optimal_count(), 24);
    for (const v1::UnitResult& unit : reply.units) {
      EXPECT_NE(unit.status(), v1::STATUS_NOT_SOLVED) << unit.unit() << unit.time();
      EXPECT_NE(unit.measure(), "");
    }
    for (const bool with_table : {false, true}) {
      const v1::VerifyEvaluationResponse verified = Verify(reply, with_table);
      EXPECT_TRUE(verified.valid()) << with_table << verified.DebugString();
      EXPECT_EQ(verified.data_checked(), with_table);
      EXPECT_EQ(verified.optimal_count(), reply.summary.optimal_count());
      EXPECT_LE(verified.worst_violation(), 1e-9);
    }
  }
}

TEST_F(ModelsServiceTest, NoTwoModelsShareAKeyOrAnAnswer) {
  std::set<std::string> keys;
  for (const auto& [name, change] : Changes()) {
    EXPECT_TRUE(keys.insert(Evaluate(ModelRequest(change)).summary.provenance().action_key()).second) << name;
  }
}

TEST_F(ModelsServiceTest, DefaultsWrittenOutAreTheSameModel) {
  for (const auto& [name, change] : Changes()) {
    SCOPED_TRACE(name);
    const Reply first = Evaluate(ModelRequest(change));
    v1::EvaluateRequest spelled = ModelRequest(change);
    *spelled.mutable_model() = first.summary.model();
    const v1::Model& model = spelled.model();
    EXPECT_NE(model.kind(), 0);
    EXPECT_NE(model.rts(), 0);
    EXPECT_NE(model.orientation(), 0);
    EXPECT_EQ(model.disposability() != 0, !model.bad_outputs().empty());
    EXPECT_EQ(model.non_discretionary_rule() != 0, !model.non_discretionary().empty());
    const Reply second = Evaluate(spelled);
    EXPECT_EQ(second.summary.provenance().action_key(), first.summary.provenance().action_key());
    EXPECT_EQ(second.summary.origin().solved_count(), 0);
    EXPECT_EQ(second.summary.model().SerializeAsString(), model.SerializeAsString());
  }
}

template <typename Values>
std::vector<double> Reversed(const Values& values) {
  return {values.rbegin(), values.rend()};
}
template <typename Values>
std::vector<double> Plain(const Values& values) {
  return {values.begin(), values.end()};
}

TEST_F(ModelsServiceTest, OrderOfMeasuresChangesOnlyTheOrderOfTheirNumbers) {
  for (const auto& [name, change] : Changes()) {
    SCOPED_TRACE(name);
    const v1::EvaluateRequest request = ModelRequest(change);
    v1::EvaluateRequest swapped = request;
    v1::Model& model = *swapped.mutable_model();
    for (auto* names : {model.mutable_inputs(), model.mutable_outputs(), model.mutable_bad_outputs()}) {
      std::reverse(names->begin(), names->end());
    }
    std::reverse(model.mutable_weight_restrictions()->begin(), model.mutable_weight_restrictions()->end());
    auto* columns = model.mutable_direction()->mutable_columns();
    if (columns->size() == 4) {
      columns->SwapElements(0, 1);
      columns->SwapElements(2, 3);
    }
    const Reply first = Evaluate(request);
    const Reply second = Evaluate(swapped);
    EXPECT_EQ(second.summary.origin().solved_count(), 0);
    ASSERT_EQ(first.units.size(), second.units.size());
    for (std::size_t row = 0; row < first.units.size(); ++row) {
      const v1::UnitResult& a = first.units[row];
      const v1::UnitResult& b = second.units[row];
      EXPECT_EQ(a.score(), b.score());
      EXPECT_EQ(Plain(a.input_slacks()), Reversed(b.input_slacks()));
      EXPECT_EQ(Plain(a.output_targets()), Reversed(b.output_targets()));
      EXPECT_EQ(Plain(a.bad_output_prices()), Reversed(b.bad_output_prices()));
      ASSERT_EQ(a.betas_size(), b.betas_size());
      for (int i = 0; i < a.betas_size(); ++i) EXPECT_EQ(a.betas(i), b.betas(i ^ 1));
    }
    EXPECT_TRUE(Verify(second, true).valid());
  }
}

TEST_F(ModelsServiceTest, PlansCountWhatIsSolved) {
  for (const auto& [name, change] : Changes()) {
    SCOPED_TRACE(name);
    v1::PlanEvaluationRequest request;
    *request.mutable_request() = ModelRequest(change);
    v1::PlanEvaluationResponse plan;
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->PlanEvaluation(&context, request, &plan).ok());
    const Reply reply = Evaluate(request.request());
    EXPECT_EQ(plan.action_key(), reply.summary.provenance().action_key());
    EXPECT_EQ(plan.problem_count(), reply.summary.origin().solved_count());
  }
}

TEST_F(ModelsServiceTest, GroupsAndGapsAreTold) {
  const Reply reply = Evaluate(ModelRequest(Changes().at("metafrontier")));
  v1::EvaluateRequest by_group = ModelRequest(Changes().at("plain"));
  by_group.mutable_model()->mutable_frontier()->set_group_column("region");
  const Reply groups = Evaluate(by_group);
  for (std::size_t row = 0; row < reply.units.size(); ++row) {
    const v1::UnitResult& unit = reply.units[row];
    EXPECT_EQ(unit.group_score(), groups.units[row].score());
    EXPECT_DOUBLE_EQ(unit.gap_ratio(), unit.score() / unit.group_score());
    EXPECT_LE(unit.gap_ratio(), 1);
  }
  EXPECT_THAT(Verify(reply, true).unproven_fields(), ::testing::ElementsAre("group_score", "gap_ratio"));
}

TEST_F(ModelsServiceTest, EveryUnknownValueIsNamed) {
  v1::EvaluateRequest request = ModelRequest(Changes().at("plain"));
  v1::Model& model = *request.mutable_model();
  model.set_kind(static_cast<v1::ModelKind>(99));
  model.set_rts(static_cast<v1::ReturnsToScale>(99));
  model.set_orientation(static_cast<v1::Orientation>(99));
  model.set_super_remedy(static_cast<v1::SuperRemedy>(99));
  model.set_cross(static_cast<v1::CrossEfficiency>(99));
  model.set_disposability(static_cast<v1::Disposability>(99));
  model.set_non_discretionary_rule(static_cast<v1::NonDiscretionaryRule>(99));
  model.set_invalid_data(static_cast<v1::InvalidDataPolicy>(99));
  model.mutable_frontier()->set_scheme(static_cast<v1::Frontier::Scheme>(99));
  model.mutable_direction()->set_kind(static_cast<v1::Direction::Kind>(99));
  model.mutable_bootstrap()->set_method(static_cast<v1::Bootstrap::Method>(99));
  model.mutable_bootstrap()->set_smoothing(static_cast<v1::Bootstrap::Smoothing>(99));
  model.mutable_bootstrap()->set_interval(static_cast<v1::Bootstrap::Interval>(99));
  model.mutable_bootstrap()->set_bandwidth_rule(static_cast<v1::Bootstrap::BandwidthRule>(99));
  const Status status = Evaluate(request).status;
  EXPECT_EQ(status.reason(), "MODEL_INVALID");
  std::set<std::string> fields;
  for (const FieldViolation& violation : status.violations()) {
    fields.insert(violation.field);
    EXPECT_THAT(violation.description, ::testing::HasSubstr("choose"));
  }
  EXPECT_EQ(fields, (std::set<std::string>{"model.kind", "model.rts", "model.orientation", "model.super_remedy",
                                           "model.cross", "model.disposability", "model.non_discretionary_rule",
                                           "model.invalid_data", "model.frontier.scheme", "model.direction.kind",
                                           "model.bootstrap.method", "model.bootstrap.smoothing",
                                           "model.bootstrap.interval", "model.bootstrap.bandwidth_rule"}));
}

}  // namespace
}  // namespace farrell::dea::testing
