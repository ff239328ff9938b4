// Evaluations checked without solving: what is altered is found.
#include <functional>
#include <limits>
#include <map>
#include <string>

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class VerificationTest : public DeaServiceFixture {
 protected:
  v1::StoredEvaluation Stored(const v1::EvaluateRequest& request) {
    const Reply reply = Evaluate(request);
    EXPECT_TRUE(reply.status.ok()) << reply.status.ToString();
    v1::StoredEvaluation stored;
    *stored.mutable_summary() = reply.summary;
    for (const v1::UnitResult& unit : reply.units) *stored.add_units() = unit;
    return stored;
  }

  Status Verify(const v1::StoredEvaluation& evaluation, const std::string& digest,
                v1::VerifyEvaluationResponse& response) {
    v1::VerifyEvaluationRequest request;
    *request.mutable_evaluation() = evaluation;
    if (!digest.empty()) request.mutable_table()->set_snapshot_digest(digest);
    grpc::ClientContext context;
    response.Clear();
    return FromGrpc(stub_->VerifyEvaluation(&context, request, &response));
  }
};

// An inefficient unit that has peers other than itself.
v1::UnitResult& Inefficient(v1::StoredEvaluation& evaluation) {
  for (v1::UnitResult& unit : *evaluation.mutable_units()) {
    if (unit.score() < 0.9) return unit;
  }
  ADD_FAILURE() << "no inefficient unit";
  return *evaluation.mutable_units(0);
}

TEST_F(VerificationTest, AlteredRowsAreFoundAgainstTheData) {
  using Alter = std::function<void(v1::UnitResult&)>;
  const std::map<std::string, Alter> alterations = {
      {"score",
       [](v1::UnitResult& unit) {
         unit.set_score(unit.score() + 1e-6);
         unit.set_farrell(unit.score());
         unit.mutable_certificate()->set_primal(unit.score());
         unit.mutable_certificate()->set_dual(unit.score());
       }},
      {"weight", [](v1::UnitResult& unit) { unit.mutable_peers(0)->set_weight(unit.peers(0).weight() * (1 + 1e-6)); }},
      {"peer", [](v1::UnitResult& unit) { unit.mutable_peers(0)->set_unit(unit.unit()); }},
      {"peer's period",
       [](v1::UnitResult& unit) { unit.mutable_peers(0)->set_time(unit.time() == 2016 ? 2017 : 2016); }},
      {"price", [](v1::UnitResult& unit) { unit.set_input_prices(0, unit.input_prices(0) * 1.001 + 1e-4); }},
      {"other price", [](v1::UnitResult& unit) { unit.set_output_prices(0, unit.output_prices(0) * 1.001 + 1e-4); }},
      {"slack", [](v1::UnitResult& unit) { unit.set_input_slacks(0, unit.input_slacks(0) + 0.01); }},
      {"target", [](v1::UnitResult& unit) { unit.set_output_targets(0, unit.output_targets(0) + 0.01); }},
      {"status",
       [](v1::UnitResult& unit) {
         unit.set_status(v1::STATUS_INFEASIBLE);
         unit.clear_score();
       }},
      {"excluded",
       [](v1::UnitResult& unit) {
         unit.set_status(v1::STATUS_EXCLUDED);
         unit.clear_score();
         unit.clear_certificate();
         unit.clear_peers();
       }},
      {"unit", [](v1::UnitResult& unit) { unit.set_unit("nobody"); }},
      {"row", [](v1::UnitResult& unit) { unit.set_row(unit.row() + 1); }},
      {"certificate", [](v1::UnitResult& unit) { unit.clear_certificate(); }},
      {"measure", [](v1::UnitResult& unit) { unit.set_measure("rho"); }},
  };
  const v1::StoredEvaluation intact = Stored(Request());
  v1::VerifyEvaluationResponse response;
  ASSERT_TRUE(Verify(intact, "a", response).ok());
  EXPECT_TRUE(response.valid()) << response.DebugString();
  for (const auto& [name, alter] : alterations) {
    v1::StoredEvaluation altered = intact;
    v1::UnitResult& unit = Inefficient(altered);
    alter(unit);
    ASSERT_TRUE(Verify(altered, "a", response).ok()) << name;
    EXPECT_FALSE(response.valid()) << name;
    EXPECT_TRUE(response.data_checked());
    ASSERT_GT(response.findings_size(), 0) << name;
    for (const v1::Finding& finding : response.findings()) {
      EXPECT_TRUE(finding.unit().empty() || finding.unit() == unit.unit()) << name << finding.DebugString();
    }
  }
}

TEST_F(VerificationTest, AlteredSolutionsAreFoundWhereTheCertificateTellsThem) {
  using Alter = std::function<void(v1::Certificate&)>;
  const std::map<std::string, Alter> alterations = {
      {"price", [](v1::Certificate& certificate) { certificate.set_prices(0, certificate.prices(0) * 1.001 + 1e-4); }},
      {"column",
       [](v1::Certificate& certificate) { certificate.set_variables(0, certificate.variables(0) * 1.001 + 1e-4); }},
      {"no columns", [](v1::Certificate& certificate) { certificate.clear_variables(); }},
      {"no prices", [](v1::Certificate& certificate) { certificate.clear_prices(); }},
      {"one column more", [](v1::Certificate& certificate) { certificate.add_variables(0); }},
  };
  for (const auto kind : {v1::MODEL_KIND_SBM, v1::MODEL_KIND_ADDITIVE, v1::MODEL_KIND_DDF}) {
    v1::EvaluateRequest request = Request();
    request.mutable_model()->set_kind(kind);
    request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
    const v1::StoredEvaluation intact = Stored(request);
    for (const auto& [name, alter] : alterations) {
      v1::StoredEvaluation altered = intact;
      for (v1::UnitResult& unit : *altered.mutable_units()) {
        if (unit.peers_size() < 2) continue;
        alter(*unit.mutable_certificate());
        break;
      }
      v1::VerifyEvaluationResponse response;
      ASSERT_TRUE(Verify(altered, "a", response).ok()) << name;
      EXPECT_EQ(response.findings_size(), 1) << kind << name;
    }
  }
}

TEST_F(VerificationTest, PlainRowsAreProvenUnderEveryTechnology) {
  for (const auto rts :
       {v1::RETURNS_TO_SCALE_CRS, v1::RETURNS_TO_SCALE_VRS, v1::RETURNS_TO_SCALE_NIRS, v1::RETURNS_TO_SCALE_NDRS}) {
    for (const auto orientation : {v1::ORIENTATION_INPUT, v1::ORIENTATION_OUTPUT}) {
      for (const auto scheme : {v1::Frontier::SCHEME_CONTEMPORANEOUS, v1::Frontier::SCHEME_SEQUENTIAL}) {
        v1::EvaluateRequest request = Request();
        request.mutable_model()->set_rts(rts);
        request.mutable_model()->set_orientation(orientation);
        request.mutable_model()->mutable_frontier()->set_scheme(scheme);
        request.mutable_model()->set_reference_only_column("role");
        v1::StoredEvaluation evaluation = Stored(request);
        EXPECT_EQ(evaluation.units(0).certificate().variables_size(), 0);
        v1::VerifyEvaluationResponse response;
        ASSERT_TRUE(Verify(evaluation, "a", response).ok());
        EXPECT_TRUE(response.valid()) << response.DebugString();
        EXPECT_LE(response.worst_violation(), 1e-12);
        v1::UnitResult& unit = Inefficient(evaluation);
        unit.set_scale_price(unit.scale_price() + 0.01);
        ASSERT_TRUE(Verify(evaluation, "a", response).ok());
        EXPECT_EQ(response.findings_size(), 1) << rts << orientation << scheme;
      }
    }
  }
}

TEST_F(VerificationTest, WithoutDataTheEvaluationIsHeldToItself) {
  using Alter = std::function<void(v1::StoredEvaluation&)>;
  const auto unit = [](v1::StoredEvaluation& stored) -> v1::UnitResult& { return Inefficient(stored); };
  const std::map<std::string, std::pair<Alter, const char*>> alterations = {
      {"score", {[&](auto& stored) { unit(stored).set_score(0.5); }, "theta differs"}},
      {"certificate",
       {[&](auto& stored) { unit(stored).mutable_certificate()->set_dual(2); }, "gap is not that of its primal"}},
      {"gap",
       {[&](auto& stored) {
          v1::Certificate& certificate = *unit(stored).mutable_certificate();
          certificate.set_dual(certificate.primal() + 0.1);
          certificate.set_gap(0.1);
        },
        "leaves a gap"}},
      {"violation", {[&](auto& stored) { unit(stored).mutable_certificate()->set_max_violation(1e-6); }, "violates"}},
      {"kind",
       {[&](auto& stored) { unit(stored).mutable_certificate()->set_kind(v1::Certificate::KIND_DOMINANCE); },
        "another kind than the model"}},
      {"peer", {[&](auto& stored) { unit(stored).mutable_peers(0)->set_unit("nobody"); }, "peer nobody at"}},
      {"weight", {[&](auto& stored) { unit(stored).mutable_peers(0)->set_weight(-1); }, "no positive weight"}},
      {"slack", {[&](auto& stored) { unit(stored).set_input_slacks(0, -1); }, "slack is negative"}},
      {"vectors", {[&](auto& stored) { unit(stored).add_input_slacks(0); }, "do not fit"}},
      {"not finite",
       {[&](auto& stored) { unit(stored).mutable_peers(0)->set_weight(std::numeric_limits<double>::infinity()); },
        "not finite"}},
      {"twice", {[&](auto& stored) { *stored.add_units() = stored.units(0); }, "appears twice"}},
      {"status", {[&](auto& stored) { unit(stored).set_status(v1::STATUS_EXCLUDED); }, "if and only if"}},
      {"count", {[](auto& stored) { stored.mutable_summary()->set_optimal_count(3); }, "counts 3 optimal units"}},
      {"share", {[](auto& stored) { stored.mutable_summary()->set_share_at_one(0.9); }, "share at one as 0.9"}},
      {"lost", {[](auto& stored) { stored.mutable_units()->RemoveLast(); }, "counts 48 optimal units, there are 47"}},
  };
  const v1::StoredEvaluation intact = Stored(Request());
  v1::VerifyEvaluationResponse response;
  ASSERT_TRUE(Verify(intact, "", response).ok());
  EXPECT_TRUE(response.valid());
  EXPECT_FALSE(response.data_checked());
  EXPECT_EQ(response.optimal_count(), 48);
  for (const auto& [name, alteration] : alterations) {
    v1::StoredEvaluation altered = intact;
    alteration.first(altered);
    ASSERT_TRUE(Verify(altered, "", response).ok()) << name;
    EXPECT_FALSE(response.valid()) << name;
    EXPECT_THAT(response.DebugString(), HasSubstr(alteration.second)) << name;
  }
}

TEST_F(VerificationTest, AnotherTableIsNoProof) {
  Panel other = SampleTable();
  other.columns[0].numbers[5] += 1;
  data_.Put("other", other);
  v1::StoredEvaluation evaluation = Stored(Request());
  v1::VerifyEvaluationResponse response;
  Status status = Verify(evaluation, "other", response);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.reason(), "SNAPSHOT_MISMATCH");
  // A result that claims to be of the other table: the key and the rows of that year give it away.
  evaluation.mutable_summary()->mutable_provenance()->set_snapshot_digest("other");
  ASSERT_TRUE(Verify(evaluation, "other", response).ok());
  EXPECT_FALSE(response.valid());
  EXPECT_THAT(response.findings(0).text(), HasSubstr("content key"));
  EXPECT_GT(response.findings_size(), 1);
}

TEST_F(VerificationTest, FindingsAreLimited) {
  v1::StoredEvaluation evaluation = Stored(Request());
  for (v1::UnitResult& unit : *evaluation.mutable_units()) {
    unit.set_score(2);
    unit.mutable_certificate()->set_dual(7);
    unit.set_input_slacks(0, -1);
  }
  v1::VerifyEvaluationResponse response;
  ASSERT_TRUE(Verify(evaluation, "a", response).ok());
  EXPECT_EQ(response.findings_size(), 100);
  EXPECT_FALSE(response.valid());
}

TEST_F(VerificationTest, WhatCannotBeReadIsNamed) {
  v1::StoredEvaluation evaluation = Stored(Request());
  v1::VerifyEvaluationResponse response;
  evaluation.mutable_summary()->clear_provenance();
  evaluation.mutable_summary()->mutable_model()->clear_inputs();
  Status status = Verify(evaluation, "", response);
  EXPECT_EQ(status.reason(), "RESULT_INVALID");
  ASSERT_EQ(status.violations().size(), 2U);
  EXPECT_EQ(status.violations()[0].field, "evaluation.summary.provenance.snapshot_digest");
  EXPECT_EQ(status.violations()[1].field, "evaluation.summary.model.inputs");
  status = Verify({}, "", response);
  EXPECT_EQ(status.violations().at(0).field, "evaluation.summary.model");
}

TEST_F(VerificationTest, RowsThatAreNotScoredAreCounted) {
  Panel table = SampleTable();
  table.columns[2].numbers[5] = kMissing;
  data_.Put("holes", table);
  v1::EvaluateRequest request = Request("holes");
  request.mutable_model()->set_invalid_data(v1::INVALID_DATA_POLICY_EXCLUDE);
  request.mutable_model()->set_reference_only_column("role");
  v1::VerifyEvaluationResponse response;
  ASSERT_TRUE(Verify(Stored(request), "holes", response).ok());
  EXPECT_TRUE(response.valid()) << response.DebugString();
  EXPECT_EQ(response.unproven_count(), 2);
  EXPECT_EQ(response.optimal_count(), 46);
}

TEST_F(VerificationTest, IntervalsAreDeclaredUnproven) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  request.mutable_model()->mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_SW98);
  request.mutable_model()->mutable_bootstrap()->set_replication_count(20);
  v1::StoredEvaluation evaluation = Stored(request);
  v1::VerifyEvaluationResponse response;
  ASSERT_TRUE(Verify(evaluation, "a", response).ok());
  EXPECT_TRUE(response.valid()) << response.DebugString();
  EXPECT_THAT(response.unproven_fields(), ElementsAre("interval"));
  v1::Interval& interval = *evaluation.mutable_units(0)->mutable_interval();
  interval.set_corrected(interval.corrected() + 1);
  ASSERT_TRUE(Verify(evaluation, "", response).ok());
  EXPECT_THAT(response.findings(0).text(), HasSubstr("less the bias"));
}

}  // namespace
}  // namespace farrell::dea::testing
