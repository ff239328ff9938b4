// Answers that are sent again: whose they are, how long, how many, and that they are the same bytes.
#include "services/dea/service/recent_answers.h"

#include <gtest/gtest.h>

#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

using Clock = RecentAnswers::Clock;

RecentAnswer AnswerOf(std::size_t bytes) {
  RecentAnswer answer;
  v1::EvaluateResponse block;
  block.mutable_block()->add_units()->set_unit(std::string(bytes, 'u'));
  answer.blocks.push_back(Packed(block));
  return answer;
}

std::string KeyFor(const CallInfo& call, const v1::EvaluateRequest& request) {
  const CallScope scope(&call);
  return RecentAnswers::KeyOf(request);
}

TEST(RecentAnswers, BelongToTheCallerAndTheRequest) {
  v1::EvaluateRequest request;
  request.mutable_table()->set_snapshot_digest("a");
  v1::EvaluateRequest other = request;
  other.mutable_table()->set_where("x1 > 3");
  CallInfo ada;
  ada.principal = "ada";
  ada.passed_on = {{"authorization", "Bearer 1"}};
  CallInfo bob = ada;
  bob.principal = "bob";
  CallInfo elsewhere = ada;
  elsewhere.project = "provinces";
  CallInfo other_token = ada;
  other_token.passed_on = {{"authorization", "Bearer 2"}};
  CallInfo later = ada;
  later.request_id = "another";

  const std::string key = KeyFor(ada, request);
  EXPECT_EQ(KeyFor(later, request), key);
  EXPECT_NE(KeyFor(ada, other), key);
  for (const CallInfo& call : {bob, elsewhere, other_token}) EXPECT_NE(KeyFor(call, request), key);
}

TEST(RecentAnswers, AreNobodysOutsideOfACall) {
  RecentAnswers recent;
  const std::string key = RecentAnswers::KeyOf({});
  recent.Keep(key, Clock::now(), AnswerOf(8));
  EXPECT_EQ(recent.Find(key), nullptr);
}

TEST(RecentAnswers, LiveForAMomentFromWhenTheTableWasAskedFor) {
  RecentAnswers recent(1 << 20U, std::chrono::hours(1));
  recent.Keep("fresh", Clock::now(), AnswerOf(8));
  recent.Keep("stale", Clock::now() - std::chrono::hours(1), AnswerOf(8));
  EXPECT_NE(recent.Find("fresh"), nullptr);
  EXPECT_EQ(recent.Find("stale"), nullptr);
}

TEST(RecentAnswers, GiveWayToNewerOnes) {
  constexpr std::size_t kBytes = 16'000;
  RecentAnswers recent(kBytes, std::chrono::hours(1));
  recent.Keep("too large", Clock::now(), AnswerOf(kBytes / 16));
  EXPECT_EQ(recent.Find("too large"), nullptr);
  for (int i = 0; i < 40; ++i) recent.Keep(std::to_string(i), Clock::now(), AnswerOf(kBytes / 20));
  EXPECT_EQ(recent.Find("0"), nullptr);
  EXPECT_NE(recent.Find("39"), nullptr);
}

TEST(RecentAnswers, PackedBlocksAreTheSameBytes) {
  v1::EvaluateResponse block;
  for (int i = 0; i < 3; ++i) {
    v1::UnitResult& unit = *block.mutable_block()->add_units();
    unit.set_unit("u" + std::to_string(i));
    unit.set_row(i);
  }
  EXPECT_EQ(Packed(block).SerializeAsString(), block.SerializeAsString());
}

class RepeatedEvaluate : public DeaServiceFixture {};

TEST_F(RepeatedEvaluate, GivesTheSameBytesWhereverTheyComeFrom) {
  const auto bytes = [](Reply reply) {
    reply.summary.clear_origin();
    std::string all = reply.summary.SerializeAsString();
    for (const v1::UnitResult& unit : reply.units) all += unit.SerializeAsString();
    return all;
  };
  const auto request = Request();
  const Reply computed = Evaluate(request);
  ASSERT_TRUE(computed.status.ok());
  for (int i = 0; i < 50; ++i) {
    const Reply again = Evaluate(request);
    ASSERT_TRUE(again.status.ok());
    EXPECT_TRUE(again.summary_last);
    EXPECT_EQ(again.summary.origin().source(), common::v1::ResultOrigin::SOURCE_MEMORY);
    EXPECT_EQ(bytes(again), bytes(computed));
  }
  EXPECT_EQ(cache_->counts().memory_hits, 50);
  auto fresh = request;
  fresh.set_skip_cache_lookup(true);
  EXPECT_EQ(Evaluate(fresh).summary.origin().source(), common::v1::ResultOrigin::SOURCE_COMPUTED);
}

// Over a socket nothing may wait in a buffer for somebody else's bytes.
TEST_F(RepeatedEvaluate, LeavesAtOnce) {
  const auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<v1::DeaService>(service_.get())});
  ASSERT_TRUE(server.ok());
  stub_ = v1::DeaService::NewStub(MakeChannel("127.0.0.1:" + std::to_string((*server)->port())));
  const auto end =
      std::chrono::system_clock::now() + std::chrono::seconds(20);  // of them all; they take a tenth of one
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    context.set_deadline(end);
    const auto stream = stub_->Evaluate(&context, Request());
    v1::EvaluateResponse message;
    while (stream->Read(&message)) {
    }
    ASSERT_TRUE(stream->Finish().ok()) << i;
  }
}

}  // namespace
}  // namespace farrell::dea::testing
