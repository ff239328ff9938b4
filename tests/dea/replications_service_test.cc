// ScoreReplications through the service: beside the engine, from any number of threads, errors, cancellation.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "services/dea/engine/inference/replications.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/engine/reference_set.h"
#include "tests/dea/dea_service_fixture.h"
#include "tests/support/processor_time.h"

namespace farrell::dea::testing {
namespace {

using ::testing::UnorderedElementsAre;

struct Replies {
  Status status;
  v1::ReplicationLayout layout;
  std::vector<v1::ReplicationScores> replications;
  int layout_count = 0;
  bool layout_first = true;
};

class ReplicationsTest : public DeaServiceFixture {
 protected:
  static v1::ScoreReplicationsRequest Plain() {
    v1::ScoreReplicationsRequest request;
    request.mutable_table()->set_snapshot_digest("a");
    *request.mutable_model() = Request().model();
    return request;
  }

  // Every row moved by a factor of its own, and half of the units, in turn.
  v1::ScoreReplicationsRequest Drawn(int count) {
    v1::ScoreReplicationsRequest request = Plain();
    const v1::ReplicationLayout layout = Call(request).layout;
    *request.mutable_rows() = layout.rows();
    *request.mutable_units() = layout.units();
    TestRandom random(7);
    for (int r = 0; r < count; ++r) {
      v1::Replication& replication = *request.add_replications();
      for (int i = 0; r % 3 != 1 && i < layout.rows_size(); ++i) replication.add_factors(0.5 + random.Uniform());
      for (int u = 0; r % 3 != 0 && u < layout.units_size(); ++u) {
        if (random.Below(2) == 0) replication.add_units(u);
      }
    }
    return request;
  }

  Replies Call(const v1::ScoreReplicationsRequest& request) {
    grpc::ClientContext context;
    const auto stream = stub_->ScoreReplications(&context, request);
    Replies replies;
    v1::ScoreReplicationsResponse message;
    while (stream->Read(&message)) {
      if (message.has_layout()) {
        replies.layout_first = replies.replications.empty();
        replies.layout = message.layout();
        ++replies.layout_count;
      }
      for (const v1::ReplicationScores& scores : message.block().replications()) replies.replications.push_back(scores);
    }
    replies.status = FromGrpc(stream->Finish());
    return replies;
  }
};

TEST_F(ReplicationsTest, SayWhatTheEngineSays) {
  Panel panel = SampleTable();
  panel.rows.resize(panel.size());
  std::iota(panel.rows.begin(), panel.rows.end(), 0);
  SortPanel(panel);
  for (const bool pooled : {false, true}) {
    for (const bool output : {false, true}) {
      v1::ScoreReplicationsRequest request = Drawn(30);
      if (output) request.mutable_model()->set_orientation(v1::ORIENTATION_OUTPUT);
      request.mutable_model()->set_rts(output ? v1::RETURNS_TO_SCALE_VRS : v1::RETURNS_TO_SCALE_CRS);
      if (pooled) request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
      const Replies replies = Call(request);
      ASSERT_TRUE(replies.status.ok()) << replies.status.ToString();
      EXPECT_EQ(replies.layout_count, 1);
      EXPECT_TRUE(replies.layout_first);

      Model model;
      model.inputs = {"capital", "labour"};  // as the service sorts them
      model.outputs = {"patents"};
      model.rts = output ? ReturnsToScale::kVrs : ReturnsToScale::kCrs;
      model.orientation = output ? Orientation::kOutput : Orientation::kInput;
      model.frontier.scheme = pooled ? FrontierScheme::kGlobal : FrontierScheme::kContemporaneous;
      const Observations data = *MakeObservations(panel, model);
      const FrontierReplications frontiers =
          *FrontierReplications::Make(MakeSamples(data, MakeReferenceSets(data, model.frontier), UnitCodes(panel)),
                                      model.rts, model.orientation, {});
      ASSERT_EQ(replies.layout.rows_size(), 48);
      for (int i = 0; i < 48; ++i) {
        EXPECT_EQ(replies.layout.rows(i), panel.rows[static_cast<std::size_t>(i)]);
        EXPECT_EQ(replies.layout.distances(i), frontiers.distances()[static_cast<std::size_t>(i)]);
      }
      EXPECT_EQ(replies.layout.unit_count(), 12);
      EXPECT_EQ(replies.layout.frontier_count(), pooled ? 1 : 4);
      EXPECT_EQ(replies.layout.rate(), output ? 0.5 : 2.0 / 3.0);

      FrontierReplications::Workspace workspace = frontiers.MakeWorkspace();
      std::vector<double> distances(48);
      ASSERT_EQ(replies.replications.size(), 30U);
      for (int r = 0; r < 30; ++r) {
        const v1::Replication& drawn = request.replications(r);
        FrontierDraw draw;
        draw.factors.assign(drawn.factors().begin(), drawn.factors().end());
        if (!drawn.units().empty()) {
          draw.spans.assign(48, 0);
          for (std::size_t row = 0; row < 48; ++row) {
            for (const std::int32_t unit : drawn.units()) draw.spans[row] |= request.units(unit) == panel.units[row];
          }
        }
        ASSERT_TRUE(frontiers.Score(draw, workspace, distances.data(), {}));
        const v1::ReplicationScores& scores = replies.replications[static_cast<std::size_t>(r)];
        EXPECT_EQ(scores.replication(), r);
        EXPECT_THAT(std::vector<double>(scores.distances().begin(), scores.distances().end()),
                    ::testing::ElementsAreArray(distances))
            << r;
      }
    }
  }
}

TEST_F(ReplicationsTest, NoReplicationsAreTheObservedFrontier) {
  v1::ScoreReplicationsRequest request = Plain();
  const Replies layout = Call(request);
  ASSERT_TRUE(layout.status.ok()) << layout.status.ToString();
  EXPECT_TRUE(layout.replications.empty());
  request.add_replications();  // neither factors nor units
  const Replies observed = Call(request);
  ASSERT_EQ(observed.replications.size(), 1U);
  for (int i = 0; i < layout.layout.rows_size(); ++i) {
    EXPECT_NEAR(observed.replications[0].distances(i), layout.layout.distances(i), 1e-9);
  }
  EXPECT_EQ(observed.layout.content_key(), layout.layout.content_key());
}

TEST_F(ReplicationsTest, SameBitsFromAnyNumberOfThreads) {
  const v1::ScoreReplicationsRequest request = Drawn(100);
  std::string expected;
  for (const int threads : {1, 2, 7}) {
    Restart(threads);
    const Replies replies = Call(request);
    ASSERT_TRUE(replies.status.ok()) << replies.status.ToString();
    std::string bytes = replies.layout.SerializeAsString();
    for (const v1::ReplicationScores& scores : replies.replications) bytes += scores.SerializeAsString();
    if (expected.empty()) expected = bytes;
    EXPECT_EQ(bytes, expected) << threads;
  }
}

std::vector<std::string> FieldsOf(const Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
  return fields;
}

TEST_F(ReplicationsTest, EveryBadFieldIsNamedAtOnce) {
  v1::ScoreReplicationsRequest request = Plain();
  for (const std::int64_t row : {0, 1, 1, 48, -1}) request.add_rows(row);
  for (const char* unit : {"u1", "u1", "nobody"}) request.add_units(unit);
  request.add_replications()->add_factors(1.0);
  v1::Replication& numbers = *request.add_replications();
  for (const double factor : {1.0, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), 1e300}) {
    numbers.add_factors(factor);
  }
  v1::Replication& positions = *request.add_replications();
  for (const std::int32_t unit : {0, 3, -1}) positions.add_units(unit);
  const Status status = Call(request).status;
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.reason(), "REPLICATION_INVALID");
  EXPECT_THAT(FieldsOf(status),
              UnorderedElementsAre("rows[2]", "rows[3]", "rows[4]", "units[1]", "units[2]", "replications[0].factors",
                                   "replications[1].factors", "replications[2].units"));

  v1::ScoreReplicationsRequest restricted = Plain();
  restricted.mutable_model()->set_kind(v1::MODEL_KIND_FDH);
  EXPECT_EQ(Call(restricted).status.code(), Code::kInvalidArgument);
  v1::ScoreReplicationsRequest nowhere = Plain();
  nowhere.mutable_table()->clear_snapshot_digest();
  EXPECT_EQ(Call(nowhere).status.code(), Code::kInvalidArgument);
  v1::ScoreReplicationsRequest unknown = Plain();
  unknown.mutable_table()->set_snapshot_digest("b");
  EXPECT_EQ(Call(unknown).status.reason(), "SNAPSHOT_NOT_FOUND");
}

TEST_F(ReplicationsTest, CancellingEndsTheWorkWithin200MillisecondsOfWork) {
  Panel table;
  table.columns = {{"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}}};
  TestRandom random(3);
  for (int unit = 0; unit < 3000; ++unit) {
    table.units.push_back("u" + std::to_string(unit));
    table.times.push_back(2020);
    for (PanelColumn& column : table.columns) column.numbers.push_back(1.0 + random.Uniform());
  }
  data_.Put("large", table);
  v1::ScoreReplicationsRequest request = Plain();
  request.mutable_table()->set_snapshot_digest("large");
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  for (int unit = 0; unit < 3000; unit += 2) request.add_units("u" + std::to_string(unit));
  for (int r = 0; r < 5000; ++r) request.add_replications()->add_units(r % 1500);
  for (v1::Replication& replication : *request.mutable_replications()) {
    for (int unit = 0; unit < 50; ++unit) replication.add_units(unit);
  }
  grpc::ClientContext context;
  const auto stream = stub_->ScoreReplications(&context, request);
  v1::ScoreReplicationsResponse message;
  while (stream->Read(&message) && message.progress().stage() != "bootstrap") {
  }
  ASSERT_EQ(message.progress().stage(), "bootstrap");
  const double cancelled = farrell::testing::ProcessorMilliseconds();
  context.TryCancel();
  EXPECT_EQ(FromGrpc(stream->Finish()).code(), Code::kCancelled);
  server_->Shutdown();  // waits for the work
  EXPECT_LT(farrell::testing::ProcessorMilliseconds() - cancelled, 200);
}

}  // namespace
}  // namespace farrell::dea::testing
