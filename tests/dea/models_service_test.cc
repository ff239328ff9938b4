// Every model through the service: defaults, order of measures, keys, proofs against the data, plans.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"
#include "tests/dea/model_changes.h"

namespace farrell::dea::testing {
namespace {

class ModelsServiceTest : public DeaServiceFixture {
 protected:
  void SetUp() override {
    data_.Put("models", ModelTable());
    DeaServiceFixture::SetUp();
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
