// The dea service over an in-process channel: streaming, order, cache keys, errors, cancellation.
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

using ::testing::HasSubstr;

Panel Permuted(const Panel& table) {
  Panel result = table;
  const std::size_t n = table.size();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i * 7 % n;
    result.units[i] = table.units[from];
    result.times[i] = table.times[from];
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].is_text)
        result.columns[c].texts[i] = table.columns[c].texts[from];
      else
        result.columns[c].numbers[i] = table.columns[c].numbers[from];
    }
  }
  return result;
}

class DeaServiceTest : public DeaServiceFixture {
 protected:
  void SetUp() override {
    data_.Put("permuted", Permuted(SampleTable()));
    DeaServiceFixture::SetUp();
  }
};

TEST_F(DeaServiceTest, StreamsProgressThenRowsInTableOrderThenTheSummary) {
  const Reply reply = Evaluate(Request());
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_GE(reply.progress_count, 1);
  EXPECT_TRUE(reply.summary_last);
  const Panel table = SampleTable();
  ASSERT_EQ(reply.units.size(), table.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    EXPECT_EQ(reply.units[row].unit(), table.units[row]);
    EXPECT_EQ(reply.units[row].time(), table.times[row]);
    EXPECT_EQ(reply.units[row].row(), static_cast<std::int64_t>(row));
    EXPECT_EQ(reply.units[row].status(), v1::STATUS_OPTIMAL);
    EXPECT_GT(reply.units[row].score(), 0);
    EXPECT_LE(reply.units[row].score(), 1);
    for (const v1::Peer& peer : reply.units[row].peers()) EXPECT_EQ(peer.time(), table.times[row]);
  }
  const v1::EvaluationSummary& summary = reply.summary;
  EXPECT_EQ(summary.optimal_count(), 48);
  EXPECT_EQ(summary.smallest_reference_count(), 12);
  EXPECT_EQ(summary.warnings_size(), 0);
  EXPECT_LE(summary.worst_gap(), 1e-12);
  EXPECT_EQ(summary.model().rts(), v1::RETURNS_TO_SCALE_CRS);
  EXPECT_EQ(summary.model().orientation(), v1::ORIENTATION_INPUT);
  EXPECT_EQ(summary.model().frontier().scheme(), v1::Frontier::SCHEME_CONTEMPORANEOUS);
  EXPECT_EQ(summary.provenance().snapshot_digest(), "a");
  EXPECT_EQ(summary.provenance().known_at(), "2024-01-31");
  EXPECT_EQ(summary.provenance().engine(), "dea");
  EXPECT_EQ(summary.provenance().action_key().size(), 64U);
  EXPECT_FALSE(summary.provenance().num_abi().empty());
  EXPECT_EQ(summary.origin().source(), common::v1::ResultOrigin::SOURCE_COMPUTED);
  EXPECT_EQ(summary.origin().solved_count(), 48);
}

TEST_F(DeaServiceTest, FewUnitsRaiseRuleW04) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->mutable_frontier()->set_group_column("region");
  const Reply reply = Evaluate(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.summary.smallest_reference_count(), 6);
  ASSERT_EQ(reply.summary.warnings_size(), 1);
  EXPECT_EQ(reply.summary.warnings(0).code(), "W04");
  EXPECT_THAT(reply.summary.warnings(0).text(), HasSubstr("has 6 units, 9 are advised"));
}

TEST_F(DeaServiceTest, ReferenceRowsThatAreNowhereAndNothingToScoreAreSaid) {
  const auto codes = [](const Reply& reply) {
    std::vector<std::string> list;
    for (const auto& warning : reply.summary.warnings()) list.push_back(warning.code());
    return list;
  };
  v1::EvaluateRequest request = Request();
  request.mutable_model()->set_reference_only_column("role");
  EXPECT_THAT(codes(Evaluate(request)), ::testing::IsEmpty());
  request.mutable_model()->set_reference_only_value("frontier");
  EXPECT_THAT(codes(Evaluate(request)), ::testing::ElementsAre("NO_REFERENCE_ONLY_ROWS"));
  // The same content without the column: kept, and without the warning.
  EXPECT_THAT(codes(Evaluate(Request())), ::testing::IsEmpty());
  Panel table = SampleTable();
  table.columns[4].texts[0].clear();
  for (std::string& role : table.columns[5].texts) role = "1";
  data_.Put("odd", std::move(table));
  request = Request("odd");
  request.mutable_model()->mutable_frontier()->set_group_column("region");
  EXPECT_THAT(codes(Evaluate(request)), ::testing::Contains("ROWS_WITHOUT_GROUP"));
  request.mutable_model()->set_reference_only_column("role");
  EXPECT_THAT(codes(Evaluate(request)), ::testing::Contains("NO_ROWS_SCORED"));
}

TEST_F(DeaServiceTest, TheSecondRequestSolvesNothingAndAgreesBitForBit) {
  const Reply first = Evaluate(Request());
  const Reply second = Evaluate(Request());
  EXPECT_EQ(second.summary.origin().source(), common::v1::ResultOrigin::SOURCE_MEMORY);
  EXPECT_EQ(second.summary.origin().solved_count(), 0);
  EXPECT_EQ(Numbers(first), Numbers(second));
  v1::EvaluateRequest again = Request();
  again.set_skip_cache_lookup(true);
  const Reply third = Evaluate(again);
  EXPECT_EQ(third.summary.origin().source(), common::v1::ResultOrigin::SOURCE_COMPUTED);
  EXPECT_EQ(third.summary.origin().solved_count(), 48);
  EXPECT_EQ(Numbers(first), Numbers(third));
}

TEST_F(DeaServiceTest, RowOrderOfTheTableChangesOnlyTheOrderOfTheReply) {
  const Reply first = Evaluate(Request());
  const Reply permuted = Evaluate(Request("permuted"));
  EXPECT_EQ(permuted.summary.provenance().snapshot_digest(), "permuted");
  EXPECT_EQ(permuted.summary.provenance().action_key(), first.summary.provenance().action_key());
  EXPECT_EQ(permuted.summary.origin().solved_count(), 0);
  EXPECT_EQ(permuted.units[1].unit(), SampleTable().units[7]);
  EXPECT_EQ(permuted.units[1].row(), 1);
  EXPECT_EQ(Numbers(first), Numbers(permuted));
}

TEST_F(DeaServiceTest, OrderOfMeasuresChangesOnlyTheOrderOfTheirNumbers) {
  const Reply first = Evaluate(Request());
  v1::EvaluateRequest swapped = Request();
  swapped.mutable_model()->mutable_inputs()->SwapElements(0, 1);
  const Reply second = Evaluate(swapped);
  EXPECT_EQ(second.summary.origin().solved_count(), 0);
  for (std::size_t row = 0; row < first.units.size(); ++row) {
    EXPECT_EQ(first.units[row].score(), second.units[row].score());
    EXPECT_EQ(first.units[row].input_slacks(0), second.units[row].input_slacks(1));
    EXPECT_EQ(first.units[row].input_targets(1), second.units[row].input_targets(0));
    EXPECT_EQ(first.units[row].input_prices(0), second.units[row].input_prices(1));
  }
  // Targets stand in the request's order: no target exceeds the unit's own input.
  const Panel table = SampleTable();
  for (std::size_t row = 0; row < first.units.size(); ++row) {
    EXPECT_LE(first.units[row].input_targets(0), table.columns[0].numbers[row]);
    EXPECT_LE(second.units[row].input_targets(0), table.columns[1].numbers[row]);
  }
}

TEST_F(DeaServiceTest, ThreadsLeaveNoTrace) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_SEQUENTIAL);
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  request.mutable_model()->set_scale(true);
  std::set<std::string> replies;
  for (const int threads : {1, 2, 8}) {
    Restart(threads);
    const Reply reply = Evaluate(request);
    ASSERT_TRUE(reply.status.ok());
    EXPECT_EQ(reply.summary.origin().solved_count(), 7 * 48);
    replies.insert(Numbers(reply));
  }
  EXPECT_EQ(replies.size(), 1U);
}

TEST_F(DeaServiceTest, ANewPeriodCostsOnlyItself) {
  Panel longer = SampleTable();
  const std::size_t old_size = longer.size();
  for (std::size_t row = 0; row < 12; ++row) {
    longer.units.push_back(longer.units[row]);
    longer.times.push_back(2020);
    for (PanelColumn& column : longer.columns) {
      if (column.is_text)
        column.texts.push_back(column.texts[row]);
      else
        column.numbers.push_back(column.numbers[row] + 1);
    }
  }
  data_.Put("longer", longer);
  Evaluate(Request());
  v1::PlanEvaluationRequest plan_request;
  *plan_request.mutable_request() = Request("longer");
  v1::PlanEvaluationResponse plan;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->PlanEvaluation(&context, plan_request, &plan).ok());
  EXPECT_EQ(plan.problem_count(), 12);
  const Reply extended = Evaluate(Request("longer"));
  EXPECT_EQ(extended.summary.origin().solved_count(), 12);
  // The same numbers as without a cache.
  Restart(1);
  EXPECT_EQ(Numbers(Evaluate(Request("longer"))), Numbers(extended));
  EXPECT_EQ(extended.units.size(), old_size + 12);
  // One revised cell costs its own period.
  longer.columns[2].numbers[0] += 1;
  data_.Put("revised", longer);
  EXPECT_EQ(Evaluate(Request("revised")).summary.origin().solved_count(), 12);
}

TEST_F(DeaServiceTest, KeysFollowWhatDecidesTheNumbersAndNothingElse) {
  std::set<std::string> keys;
  const auto key = [&](const v1::EvaluateRequest& request) {
    const Reply reply = Evaluate(request);
    EXPECT_TRUE(reply.status.ok()) << reply.status.ToString();
    return reply.summary.provenance().action_key();
  };
  const std::string base = key(Request());
  keys.insert(base);
  const auto changed = [&](const std::function<void(v1::Model&)>& change) {
    v1::EvaluateRequest request = Request();
    change(*request.mutable_model());
    EXPECT_TRUE(keys.insert(key(request)).second) << request.model().DebugString();
  };
  changed([](v1::Model& model) { model.set_rts(v1::RETURNS_TO_SCALE_VRS); });
  changed([](v1::Model& model) { model.set_rts(v1::RETURNS_TO_SCALE_NIRS); });
  changed([](v1::Model& model) { model.set_orientation(v1::ORIENTATION_OUTPUT); });
  changed([](v1::Model& model) { model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL); });
  changed([](v1::Model& model) {
    model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_WINDOW);
    model.mutable_frontier()->set_window(2);
  });
  changed([](v1::Model& model) {
    model.mutable_frontier()->set_scheme(v1::Frontier::SCHEME_WINDOW);
    model.mutable_frontier()->set_window(3);
  });
  changed([](v1::Model& model) { model.mutable_frontier()->set_group_column("region"); });
  changed([](v1::Model& model) { model.set_reference_only_column("role"); });
  changed([](v1::Model& model) { model.set_scale(true); });
  changed([](v1::Model& model) { model.add_outputs("papers"); });

  // Defaults written out, or a column nobody uses: the same key.
  v1::EvaluateRequest spelled = Request();
  spelled.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_CRS);
  spelled.mutable_model()->set_orientation(v1::ORIENTATION_INPUT);
  spelled.mutable_model()->set_invalid_data(v1::INVALID_DATA_POLICY_EXCLUDE);
  EXPECT_EQ(key(spelled), base);
  Panel other = SampleTable();
  other.columns[6].numbers[0] = 99;
  data_.Put("other", other);
  EXPECT_EQ(key(Request("other")), base);
  other.columns[0].numbers[0] += 1;
  data_.Put("changed", other);
  EXPECT_TRUE(keys.insert(key(Request("changed"))).second);
}

TEST_F(DeaServiceTest, PlanTellsKeyAndCost) {
  v1::PlanEvaluationRequest request;
  *request.mutable_request() = Request();
  const auto plan = [&] {
    v1::PlanEvaluationResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->PlanEvaluation(&context, request, &response).ok());
    return response;
  };
  const v1::PlanEvaluationResponse before = plan();
  EXPECT_EQ(before.problem_count(), 48);
  EXPECT_EQ(before.at_hand(), common::v1::ResultOrigin::SOURCE_UNSPECIFIED);
  EXPECT_EQ(cache_->counts().computed, 0);
  EXPECT_EQ(Evaluate(Request()).summary.provenance().action_key(), before.action_key());
  EXPECT_EQ(plan().at_hand(), common::v1::ResultOrigin::SOURCE_MEMORY);
  EXPECT_EQ(plan().problem_count(), 0);
}

TEST_F(DeaServiceTest, ReferenceOnlyAndExcludedRowsKeepTheirPlace) {
  Panel table = SampleTable();
  table.columns[2].numbers[5] = kMissing;
  table.columns[0].numbers[6] = -1;
  data_.Put("holes", table);
  v1::EvaluateRequest request = Request("holes");
  request.mutable_model()->set_reference_only_column("role");
  Reply reply = Evaluate(request);
  EXPECT_EQ(reply.status.code(), Code::kInvalidArgument);
  EXPECT_EQ(reply.status.reason(), "DATA_INVALID");
  EXPECT_EQ(reply.status.violations().size(), 2U);
  request.mutable_model()->set_invalid_data(v1::INVALID_DATA_POLICY_EXCLUDE);
  reply = Evaluate(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.units[5].status(), v1::STATUS_EXCLUDED);
  EXPECT_FALSE(reply.units[5].has_score());
  EXPECT_EQ(reply.units[6].status(), v1::STATUS_EXCLUDED);
  EXPECT_EQ(reply.units[12 + 8].status(), v1::STATUS_REFERENCE_ONLY);
  EXPECT_FALSE(reply.units[12 + 8].has_score());
  EXPECT_EQ(reply.summary.excluded_count(), 2);
  EXPECT_EQ(reply.summary.optimal_count(), 45);
}

TEST_F(DeaServiceTest, BadRequestsNameEveryField) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->clear_outputs();
  request.mutable_model()->add_inputs("labour");
  request.mutable_model()->set_rts(static_cast<v1::ReturnsToScale>(9));
  request.mutable_model()->mutable_frontier()->set_window(3);
  const Status status = Evaluate(request).status;
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.reason(), "MODEL_INVALID");
  std::set<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.insert(violation.field);
  EXPECT_EQ(fields, (std::set<std::string>{"model.rts", "model.outputs", "model.inputs[2]", "model.frontier.window"}));
  EXPECT_EQ(Evaluate(v1::EvaluateRequest()).status.violations().at(0).field, "table.snapshot_digest");
  EXPECT_EQ(Evaluate(Request("absent")).status.reason(), "SNAPSHOT_NOT_FOUND");
}

TEST_F(DeaServiceTest, LargeTablesComeInBlocks) {
  Panel table;
  table.columns = {{"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}}};
  TestRandom random(1);
  for (int unit = 0; unit < 5000; ++unit) {
    table.units.push_back("u" + std::to_string(unit));
    table.times.push_back(unit % 500);
    for (PanelColumn& column : table.columns) column.numbers.push_back(1 + random.Uniform());
  }
  data_.Put("large", table);
  const Reply reply = Evaluate(Request("large"));
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.units.size(), 5000U);
  EXPECT_EQ(reply.largest_block, 4096);
}

TEST_F(DeaServiceTest, CancellingEndsTheWork) {
  Panel table;
  for (const char* name : {"labour", "capital", "land", "energy", "patents", "papers"}) {
    table.columns.push_back({name, false, {}, {}});
  }
  TestRandom random(2);
  for (int unit = 0; unit < 40000; ++unit) {
    table.units.push_back("u" + std::to_string(unit));
    for (PanelColumn& column : table.columns) column.numbers.push_back(1 + random.Uniform());
  }
  data_.Put("huge", table);
  v1::EvaluateRequest request = Request("huge");
  for (const char* input : {"land", "energy"}) request.mutable_model()->add_inputs(input);
  request.mutable_model()->add_outputs("papers");
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  grpc::ClientContext context;
  const auto stream = stub_->Evaluate(&context, request);
  v1::EvaluateResponse message;
  while (stream->Read(&message) &&
         !(message.progress().stage() == "solving" && message.progress().completed_count() > 0)) {
  }
  ASSERT_TRUE(message.has_progress());
  context.TryCancel();
  const Status status = FromGrpc(stream->Finish());
  EXPECT_EQ(status.code(), Code::kCancelled);
  // The server has no handler left: it stops at once and nothing was kept.
  const auto stopped = std::chrono::steady_clock::now();
  server_->Shutdown();
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(5));
  EXPECT_EQ(cache_->counts().computed, 0);
}

TEST_F(DeaServiceTest, CapabilitiesAreTold) {
  grpc::ClientContext context;
  v1::GetCapabilitiesResponse response;
  ASSERT_TRUE(stub_->GetCapabilities(&context, {}, &response).ok());
  EXPECT_GE(response.algo_rev(), 1);
  EXPECT_FALSE(response.num_abi().empty());
  EXPECT_EQ(response.max_dimension(), 64);
}

}  // namespace
}  // namespace farrell::dea::testing
