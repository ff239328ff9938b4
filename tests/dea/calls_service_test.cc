// The calls beside Evaluate through the service: results, keys, caches, errors, cancellation.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a stream said last, and everything in its blocks.
template <typename Response>
struct Stream {
  Status status;
  std::vector<Response> messages;
  std::set<std::string> stages;
  const Response& last() const { return messages.back(); }
};

template <typename Response, typename Reader>
Stream<Response> ReadAll(Reader& reader) {
  Stream<Response> stream;
  Response message;
  while (reader.Read(&message)) {
    if (message.has_progress()) {
      stream.stages.insert(message.progress().stage());
    } else {
      stream.messages.push_back(message);
    }
  }
  stream.status = FromGrpc(reader.Finish());
  return stream;
}

std::vector<std::string> FieldsOf(const Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  std::sort(fields.begin(), fields.end());
  return fields;
}

class CallsTest : public DeaServiceFixture {
 protected:
  template <typename Message>
  static Message With(const Message& plain) {
    Message request = plain;
    request.mutable_table()->set_snapshot_digest("a");
    *request.mutable_model() = Request().model();
    return request;
  }

  Stream<v1::MeasureProductivityResponse> Call(const v1::MeasureProductivityRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::MeasureProductivityResponse>(*stub_->MeasureProductivity(&context, request));
  }
  Stream<v1::EvaluateNetworkResponse> Call(const v1::EvaluateNetworkRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::EvaluateNetworkResponse>(*stub_->EvaluateNetwork(&context, request));
  }
  Stream<v1::TestReturnsToScaleResponse> Call(const v1::TestReturnsToScaleRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::TestReturnsToScaleResponse>(*stub_->TestReturnsToScale(&context, request));
  }
  Stream<v1::CompareGroupsResponse> Call(const v1::CompareGroupsRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::CompareGroupsResponse>(*stub_->CompareGroups(&context, request));
  }
  Stream<v1::FindOutliersResponse> Call(const v1::FindOutliersRequest& request) {
    grpc::ClientContext context;
    return ReadAll<v1::FindOutliersResponse>(*stub_->FindOutliers(&context, request));
  }
};

v1::EvaluateNetworkRequest NetworkRequest() {
  v1::EvaluateNetworkRequest request;
  request.mutable_table()->set_snapshot_digest("a");
  for (const char* name : {"labour", "capital"}) request.add_stage1_inputs(name);
  request.add_intermediates("papers");
  request.add_outputs("patents");
  return request;
}

TEST_F(CallsTest, ProductivityIsToldByUnitThenPeriod) {
  v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_THAT(reply.stages, Contains("solving"));
  ASSERT_EQ(reply.messages.size(), 2U);
  const auto& results = reply.messages[0].block().results();
  ASSERT_EQ(results.size(), 36);
  EXPECT_EQ(results[0].unit(), "u0");
  EXPECT_EQ(results[0].from(), 2016);
  EXPECT_EQ(results[0].to(), 2017);
  EXPECT_EQ(results[1].from(), 2017);
  for (const v1::ProductivityResult& result : results) {
    EXPECT_EQ(result.status(), v1::STATUS_OPTIMAL);
    EXPECT_NEAR(result.index(), result.efficiency_change() * result.technical_change(), 1e-12 * result.index());
    EXPECT_EQ(result.distances_size(), 4);
  }
  const v1::ProductivitySummary& summary = reply.last().summary();
  EXPECT_EQ(summary.change_count(), 36);
  EXPECT_EQ(summary.means_size(), 3);
  EXPECT_EQ(summary.index(), v1::PRODUCTIVITY_INDEX_MALMQUIST);
  EXPECT_EQ(summary.model().rts(), v1::RETURNS_TO_SCALE_CRS);
  EXPECT_EQ(summary.provenance().snapshot_digest(), "a");
  EXPECT_FALSE(summary.provenance().has_seed());
  EXPECT_LE(summary.worst_gap(), 1e-9);
  EXPECT_GT(summary.origin().solved_count(), 0);
  // d(t, t) is the score of Evaluate.
  v1::EvaluateRequest evaluate = Request();
  const Reply scores = Evaluate(evaluate);
  for (const v1::UnitResult& unit : scores.units) {
    if (unit.unit() != "u0" || unit.time() != 2016) continue;
    const auto own =
        std::find_if(results[0].distances().begin(), results[0].distances().end(),
                     [](const auto& distance) { return distance.data() == 2016 && distance.frontier() == "t"; });
    ASSERT_NE(own, results[0].distances().end());
    EXPECT_NEAR(own->value(), unit.score(), 1e-12);
  }
  // At hand the second time; spelled-out defaults and another order of columns are the same question.
  *request.mutable_model() = summary.model();
  request.mutable_model()->mutable_inputs()->SwapElements(0, 1);
  request.set_index(v1::PRODUCTIVITY_INDEX_MALMQUIST);
  const auto again = Call(request);
  EXPECT_EQ(again.last().summary().origin().solved_count(), 0);
  EXPECT_EQ(again.last().summary().provenance().action_key(), summary.provenance().action_key());
  EXPECT_EQ(again.messages[0].SerializeAsString(), reply.messages[0].SerializeAsString());
}

TEST_F(CallsTest, EveryIndexHasAKeyAndThreadsLeaveNoTrace) {
  std::set<std::string> keys;
  for (int index = v1::PRODUCTIVITY_INDEX_MALMQUIST; index <= v1::PRODUCTIVITY_INDEX_LUENBERGER; ++index) {
    v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
    request.set_index(static_cast<v1::ProductivityIndex>(index));
    if (index >= v1::PRODUCTIVITY_INDEX_MALMQUIST_LUENBERGER) request.mutable_model()->add_bad_outputs("papers");
    std::set<std::string> blocks;
    for (const int threads : {1, 2, 8}) {
      Restart(threads);
      const auto reply = Call(request);
      ASSERT_TRUE(reply.status.ok()) << index << reply.status.ToString();
      keys.insert(reply.last().summary().provenance().action_key());
      blocks.insert(reply.messages[0].SerializeAsString());
    }
    EXPECT_EQ(blocks.size(), 1U) << index;
  }
  EXPECT_EQ(keys.size(), 9U);
}

TEST_F(CallsTest, PlansTellKeyAndCostOfOtherCalls) {
  const auto plan = [&](const v1::PlanEvaluationRequest& request) {
    v1::PlanEvaluationResponse response;
    grpc::ClientContext context;
    const Status status = FromGrpc(stub_->PlanEvaluation(&context, request, &response));
    EXPECT_TRUE(status.ok()) << status.ToString();
    return response;
  };
  v1::PlanEvaluationRequest productivity;
  *productivity.mutable_productivity() = With(v1::MeasureProductivityRequest());
  v1::PlanEvaluationResponse before = plan(productivity);
  const auto measured = Call(productivity.productivity());
  EXPECT_EQ(before.action_key(), measured.last().summary().provenance().action_key());
  EXPECT_EQ(before.problem_count(), measured.last().summary().origin().solved_count());
  EXPECT_EQ(plan(productivity).problem_count(), 0);
  for (const v1::ProductivityResult& result : measured.messages[0].block().results()) {
    const Panel table = SampleTable();
    EXPECT_EQ(table.units[static_cast<std::size_t>(result.row())], result.unit());
    EXPECT_EQ(table.times[static_cast<std::size_t>(result.row())], result.to());
  }
  v1::PlanEvaluationRequest network;
  *network.mutable_network() = NetworkRequest();
  before = plan(network);
  const auto evaluated = Call(network.network());
  EXPECT_EQ(before.action_key(), evaluated.last().summary().provenance().action_key());
  EXPECT_EQ(before.problem_count(), evaluated.last().summary().origin().solved_count());
  EXPECT_EQ(plan(network).at_hand(), common::v1::ResultOrigin::SOURCE_MEMORY);
}

TEST_F(CallsTest, LuenbergerIndicesTakeTheirOwnDefaults) {
  v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
  request.mutable_model()->add_bad_outputs("papers");
  request.set_index(v1::PRODUCTIVITY_INDEX_MALMQUIST_LUENBERGER);
  v1::Model model = Call(request).last().summary().model();
  EXPECT_EQ(model.kind(), v1::MODEL_KIND_DDF);
  EXPECT_EQ(model.orientation(), v1::ORIENTATION_OUTPUT);
  EXPECT_EQ(model.disposability(), v1::DISPOSABILITY_WEAK);
  request.set_index(v1::PRODUCTIVITY_INDEX_LUENBERGER);
  model = Call(request).last().summary().model();
  EXPECT_EQ(model.orientation(), v1::ORIENTATION_NONE);
  EXPECT_EQ(model.disposability(), v1::DISPOSABILITY_STRONG);
}

TEST_F(CallsTest, ChangesHaveIntervals) {
  v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
  request.set_replication_count(50);
  request.set_seed(3);
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_THAT(reply.stages, Contains("bootstrap"));
  int intervals = 0;
  for (const v1::ProductivityResult& result : reply.messages[0].block().results()) {
    if (!result.has_index_interval()) continue;
    ++intervals;
    EXPECT_LE(result.index_interval().conf_low(), result.index_interval().conf_high());
    EXPECT_NEAR(result.index_interval().corrected(), result.index() - result.index_interval().bias(), 1e-9);
  }
  EXPECT_EQ(intervals, 36);
  EXPECT_EQ(reply.last().summary().provenance().seed(), 3);
  request.set_seed(4);
  const auto other = Call(request);
  EXPECT_NE(other.last().summary().provenance().action_key(), reply.last().summary().provenance().action_key());
  EXPECT_NE(other.messages[0].SerializeAsString(), reply.messages[0].SerializeAsString());
}

TEST_F(CallsTest, ProductivityNamesEveryBadField) {
  v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
  request.mutable_model()->set_kind(v1::MODEL_KIND_SBM);
  request.mutable_model()->set_influence(true);
  request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
  request.set_replication_count(1);
  request.set_confidence_level(2);
  const Status status = Call(request).status;
  EXPECT_EQ(status.reason(), "MODEL_INVALID");
  EXPECT_THAT(FieldsOf(status), ::testing::IsSupersetOf({"confidence_level", "model.frontier.scheme", "model.influence",
                                                         "model.kind", "replication_count"}));
  request = With(v1::MeasureProductivityRequest());
  request.set_index(static_cast<v1::ProductivityIndex>(77));
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("index"));
  request.clear_table();
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("table.snapshot_digest"));
  // No periods, no change.
  Panel table = SampleTable();
  table.times.clear();
  for (std::size_t row = 0; row < table.size(); ++row) table.units[row] += "-" + std::to_string(row);
  data_.Put("cross-section", table);
  request = With(v1::MeasureProductivityRequest());
  request.mutable_table()->set_snapshot_digest("cross-section");
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("table.time_key"));
}

TEST_F(CallsTest, NetworksComeInTableOrder) {
  const Panel table = SampleTable();
  for (const auto decomposition : {v1::DECOMPOSITION_KAO_HWANG, v1::DECOMPOSITION_CHEN}) {
    v1::EvaluateNetworkRequest request = NetworkRequest();
    request.set_decomposition(decomposition);
    const auto reply = Call(request);
    ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
    ASSERT_EQ(reply.messages[0].block().results_size(), 48);
    for (int row = 0; row < 48; ++row) {
      const v1::NetworkResult& result = reply.messages[0].block().results(row);
      EXPECT_EQ(result.unit(), table.units[static_cast<std::size_t>(row)]);
      EXPECT_EQ(result.row(), row);
      ASSERT_EQ(result.status(), v1::STATUS_OPTIMAL);
      EXPECT_EQ(result.input_prices_size(), 2);
      EXPECT_LE(result.stage1_second(), result.stage1_first() + 1e-9);
      if (decomposition == v1::DECOMPOSITION_KAO_HWANG) {
        EXPECT_NEAR(result.score(), result.stage1_first() * result.stage2_first(), 1e-9);
        EXPECT_NEAR(result.score(), result.stage1_second() * result.stage2_second(), 1e-9);
      }
    }
    EXPECT_EQ(reply.last().summary().optimal_count(), 48);
    EXPECT_LE(reply.last().summary().worst_violation(), 1e-9);
    std::swap(*request.mutable_stage1_inputs(0), *request.mutable_stage1_inputs(1));
    const auto swapped = Call(request);
    EXPECT_EQ(swapped.last().summary().origin().solved_count(), 0);
    for (int row = 0; row < 48; ++row) {
      EXPECT_EQ(swapped.messages[0].block().results(row).input_prices(0),
                reply.messages[0].block().results(row).input_prices(1));
    }
  }
}

TEST_F(CallsTest, NetworksNameEveryBadField) {
  v1::EvaluateNetworkRequest request = NetworkRequest();
  request.clear_outputs();
  request.set_rts(static_cast<v1::ReturnsToScale>(9));
  request.set_decomposition(static_cast<v1::Decomposition>(9));
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("decomposition", "outputs", "rts"));
  request = NetworkRequest();
  request.set_rts(v1::RETURNS_TO_SCALE_VRS);
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("rts"));
  request = NetworkRequest();
  request.add_outputs("absent");
  EXPECT_EQ(Call(request).status.reason(), "COLUMN_NOT_FOUND");
}

TEST_F(CallsTest, ReturnsToScaleAreTestedBySet) {
  v1::TestReturnsToScaleRequest request = With(v1::TestReturnsToScaleRequest());
  request.set_replication_count(40);
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_NDRS);  // not read
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_THAT(reply.stages, Contains("bootstrap"));
  const v1::ReturnsToScaleTests& tests = reply.last().tests();
  std::vector<std::string> sets;
  for (const v1::ReturnsToScaleTest& test : tests.tests()) {
    if (test.null_hypothesis() == v1::RETURNS_TO_SCALE_CRS) sets.push_back(test.reference_set());
    EXPECT_EQ(test.rejected(), test.p_value() < 0.05);
    EXPECT_GE(test.statistic(), 1);
    EXPECT_EQ(test.unit_count(), 12);
    EXPECT_EQ(test.replication_count(), 40);
  }
  EXPECT_THAT(sets, ElementsAre("2016", "2017", "2018", "2019"));
  EXPECT_EQ(tests.provenance().seed(), 0);
  EXPECT_GT(tests.origin().solved_count(), 0);
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_CRS);
  request.set_statistic(v1::TestReturnsToScaleRequest::STATISTIC_RATIO_OF_MEANS);
  const auto again = Call(request);
  EXPECT_EQ(again.last().tests().origin().solved_count(), 0);
  EXPECT_EQ(again.last().tests().provenance().action_key(), tests.provenance().action_key());
  request.set_by_unit(true);
  request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
  const auto pooled = Call(request);
  ASSERT_TRUE(pooled.status.ok()) << pooled.status.ToString();
  EXPECT_EQ(pooled.last().tests().tests(0).reference_set(), "");
  EXPECT_EQ(pooled.last().tests().tests(0).unit_count(), 48);
  request.mutable_model()->set_super(true);
  request.set_replication_count(1);
  request.set_statistic(static_cast<v1::TestReturnsToScaleRequest::Statistic>(5));
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("model.super"));
  request.mutable_model()->set_super(false);
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("replication_count", "statistic"));
}

TEST_F(CallsTest, GroupsAreComparedByTheirOwnFrontiers) {
  v1::CompareGroupsRequest request = With(v1::CompareGroupsRequest());
  request.set_group_column("region");
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  const v1::GroupComparison& comparison = reply.last().comparison();
  ASSERT_EQ(comparison.means_size(), 2);
  EXPECT_EQ(comparison.means(0).group(), "east");
  EXPECT_EQ(comparison.means(1).group(), "west");
  EXPECT_EQ(comparison.means(0).unit_count(), 24);
  ASSERT_EQ(comparison.differences_size(), 1);
  EXPECT_NEAR(comparison.differences(0).difference(), comparison.means(0).corrected() - comparison.means(1).corrected(),
              1e-12);
  EXPECT_EQ(comparison.warnings(0).code(), "PERIODS_POOLED");
  EXPECT_TRUE(comparison.provenance().has_seed());
  v1::EvaluateRequest evaluate = Request();
  evaluate.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  evaluate.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
  evaluate.mutable_model()->mutable_frontier()->set_group_column("region");
  double sum = 0;
  for (const v1::UnitResult& unit : Evaluate(evaluate).units) {
    if (std::stoi(unit.unit().substr(1)) % 2 == 0) sum += unit.score();
  }
  EXPECT_NEAR(comparison.means(0).mean(), sum / 24, 1e-9);
  request.set_method(v1::CompareGroupsRequest::METHOD_T_TEST);
  const auto welch = Call(request);
  EXPECT_FALSE(welch.last().comparison().provenance().has_seed());
  EXPECT_EQ(welch.last().comparison().means(0).bias(), 0);
  request.clear_group_column();
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_NIRS);
  request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("group_column", "model.frontier", "model.rts"));
}

TEST_F(CallsTest, OutliersAreSoughtInEverySet) {
  v1::FindOutliersRequest request = With(v1::FindOutliersRequest());
  request.set_largest_subset(2);
  request.set_kept_count(3);
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  const v1::Outliers& outliers = reply.last().outliers();
  ASSERT_EQ(outliers.subsets_size(), 4 * 2 * 3);
  EXPECT_EQ(outliers.subsets(0).reference_set(), "2016");
  EXPECT_EQ(outliers.subsets(0).size(), 1);
  EXPECT_EQ(outliers.subsets(0).log_ratio(), 0);
  EXPECT_THAT(outliers.subsets(0).units(0), HasSubstr("@2016"));
  EXPECT_EQ(outliers.subsets(3).units_size(), 2);
  // The technology is not part of the question.
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  EXPECT_EQ(Call(request).last().outliers().origin().solved_count(), 0);
  request.set_largest_subset(13);
  request.set_kept_count(-1);
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("kept_count", "largest_subset"));
  request.set_method(static_cast<v1::FindOutliersRequest::Method>(9));
  EXPECT_THAT(FieldsOf(Call(request).status), ElementsAre("method"));
}

TEST_F(CallsTest, PeersLeftOutMoveTheScoresOfOthers) {
  v1::FindOutliersRequest request = With(v1::FindOutliersRequest());
  request.set_method(v1::FindOutliersRequest::METHOD_LEAVE_ONE_OUT);
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  const auto& units = reply.last().outliers().units();
  ASSERT_GT(units.size(), 4);
  for (int i = 0; i < units.size(); ++i) {
    EXPECT_GT(units[i].influence().peer_count(), 0);
    EXPECT_GE(units[i].influence().largest_change(), units[i].influence().mean_change());
    EXPECT_GE(units[i].influence().mean_change(), 0);
    EXPECT_LE(units[i].influence().largest_change(), units[std::max(i - 1, 0)].influence().largest_change());
  }
  // The scores without the most influential unit, computed anew.
  Panel table = SampleTable();
  std::size_t gone = 0;
  while (table.units[gone] != units[0].unit() || table.times[gone] != units[0].time()) ++gone;
  Panel without = table;
  without.units.erase(without.units.begin() + static_cast<std::ptrdiff_t>(gone));
  without.times.erase(without.times.begin() + static_cast<std::ptrdiff_t>(gone));
  for (PanelColumn& column : without.columns) {
    if (column.is_text) {
      column.texts.erase(column.texts.begin() + static_cast<std::ptrdiff_t>(gone));
    } else {
      column.numbers.erase(column.numbers.begin() + static_cast<std::ptrdiff_t>(gone));
    }
  }
  data_.Put("without", without);
  const Reply with = Evaluate(Request());
  const Reply after = Evaluate(Request("without"));
  double largest = 0;
  std::size_t at = 0;
  for (std::size_t row = 0; row < with.units.size(); ++row) {
    if (row == gone) continue;
    largest = std::max(largest, after.units[at++].score() - with.units[row].score());
  }
  EXPECT_NEAR(largest, units[0].influence().largest_change(), 1e-12);
  // The same through Model.influence, at hand now.
  v1::EvaluateRequest evaluate = Request();
  evaluate.mutable_model()->set_influence(true);
  const Reply influence = Evaluate(evaluate);
  EXPECT_EQ(influence.summary.origin().solved_count(), 0);
  EXPECT_EQ(influence.units[gone].influence().SerializeAsString(), units[0].influence().SerializeAsString());
}

TEST_F(CallsTest, UnitsRateOneAnother) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->set_cross(v1::CROSS_EFFICIENCY_BENEVOLENT);
  std::set<std::string> replies;
  for (const int threads : {1, 3}) {
    Restart(threads);
    const Reply reply = Evaluate(request);
    ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
    EXPECT_EQ(reply.summary.origin().solved_count(), 2 * 48);
    for (const v1::UnitResult& unit : reply.units) {
      ASSERT_TRUE(unit.has_cross_score());
      EXPECT_LE(unit.cross_score(), unit.score() + 1e-9);
    }
    replies.insert(Numbers(reply));
  }
  EXPECT_EQ(replies.size(), 1U);
}

TEST_F(CallsTest, ScoresHaveIntervals) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  v1::Bootstrap& bootstrap = *request.mutable_model()->mutable_bootstrap();
  std::set<std::string> keys;
  for (const auto method : {v1::Bootstrap::METHOD_SW98, v1::Bootstrap::METHOD_KSW}) {
    bootstrap.set_method(method);
    bootstrap.set_replication_count(60);
    bootstrap.set_ranks(true);
    std::set<std::string> replies;
    for (const int threads : {1, 2, 8}) {
      Restart(threads);
      const Reply reply = Evaluate(request);
      ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
      for (const v1::UnitResult& unit : reply.units) {
        ASSERT_TRUE(unit.has_interval());
        EXPECT_LE(unit.interval().conf_low(), unit.interval().conf_high());
        EXPECT_TRUE(unit.interval().has_rank_low());
      }
      EXPECT_EQ(reply.summary.provenance().seed(), 0);
      EXPECT_EQ(reply.summary.model().bootstrap().confidence_level(), 0.95);
      keys.insert(reply.summary.provenance().action_key());
      replies.insert(Numbers(reply));
    }
    EXPECT_EQ(replies.size(), 1U);
  }
  EXPECT_EQ(keys.size(), 2U);
  bootstrap.set_seed(1);
  EXPECT_TRUE(keys.insert(Evaluate(request).summary.provenance().action_key()).second);
  bootstrap.set_replication_count(1);
  bootstrap.set_confidence_level(1);
  request.mutable_model()->set_super(true);
  EXPECT_THAT(FieldsOf(Evaluate(request).status),
              ElementsAre("model.bootstrap", "model.bootstrap.confidence_level", "model.bootstrap.replication_count"));
}

TEST_F(CallsTest, OptionsOfAnotherMethodAreNamed) {
  v1::EvaluateRequest request = Request();
  v1::Model& model = *request.mutable_model();
  model.set_weight_sum_low(0.5);
  model.set_weight_sum_high(2);
  model.mutable_bootstrap()->set_replication_count(50);
  EXPECT_THAT(FieldsOf(Evaluate(request).status),
              ElementsAre("model.bootstrap.method", "model.weight_sum_high", "model.weight_sum_low"));
  model.clear_weight_sum_low();
  model.clear_weight_sum_high();
  model.mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_SW98);
  model.mutable_bootstrap()->set_subsample_size(5);
  model.mutable_bootstrap()->set_with_replacement(true);
  EXPECT_THAT(FieldsOf(Evaluate(request).status),
              ElementsAre("model.bootstrap.subsample_size", "model.bootstrap.with_replacement"));
  model.mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_KSW);
  model.mutable_bootstrap()->set_smoothing(v1::Bootstrap::SMOOTHING_REFLECT_SHRINK);
  EXPECT_THAT(FieldsOf(Evaluate(request).status), ElementsAre("model.bootstrap.smoothing"));
}

TEST_F(CallsTest, GroupsOfOnePeriodKeepTheirNames) {
  Panel table = SampleTable();
  for (std::size_t row = 0; row < table.size(); ++row) {
    table.units[row] += "-" + std::to_string(table.times[row]);
    table.times[row] = 2016;
  }
  data_.Put("one period", table);
  v1::CompareGroupsRequest request = With(v1::CompareGroupsRequest());
  request.mutable_table()->set_snapshot_digest("one period");
  request.set_group_column("region");
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.last().comparison().means(0).group(), "east");
  EXPECT_EQ(reply.last().comparison().warnings_size(), 0);
}

TEST_F(CallsTest, RowsLeftOutAreSaidByEveryCall) {
  Panel table = SampleTable();
  table.columns[2].numbers[5] = kMissing;
  data_.Put("holes", table);
  v1::MeasureProductivityRequest request = With(v1::MeasureProductivityRequest());
  request.mutable_table()->set_snapshot_digest("holes");
  EXPECT_EQ(Call(request).status.reason(), "DATA_INVALID");
  request.mutable_model()->set_invalid_data(v1::INVALID_DATA_POLICY_EXCLUDE);
  const auto reply = Call(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.ToString();
  EXPECT_EQ(reply.last().summary().warnings(0).code(), "ROWS_EXCLUDED");
  EXPECT_EQ(reply.last().summary().change_count(), 35);
}

TEST_F(CallsTest, CancellingABootstrapEndsIt) {
  v1::EvaluateRequest request = Request();
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  request.mutable_model()->mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_SW98);
  request.mutable_model()->mutable_bootstrap()->set_replication_count(1000000);
  grpc::ClientContext context;
  const auto stream = stub_->Evaluate(&context, request);
  v1::EvaluateResponse message;
  while (stream->Read(&message) &&
         !(message.progress().stage() == "bootstrap" && message.progress().completed_count() > 0)) {
  }
  ASSERT_EQ(message.progress().stage(), "bootstrap");
  EXPECT_EQ(message.progress().total_count(), 4000000);
  context.TryCancel();
  EXPECT_EQ(FromGrpc(stream->Finish()).code(), Code::kCancelled);
  const auto stopped = std::chrono::steady_clock::now();
  server_->Shutdown();
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(5));
  EXPECT_EQ(cache_->counts().computed, 0);
}

}  // namespace
}  // namespace farrell::dea::testing
