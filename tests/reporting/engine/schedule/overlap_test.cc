#include "services/reporting/engine/schedule/overlap.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

namespace farrell::reporting::schedule {
namespace {

using Kind = OverlapDecision::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

OpenRun Waiting(const std::string& id, int at) { return {id, Moment(std::chrono::seconds(at)), false}; }
OpenRun UnderWay(const std::string& id, int at) { return {id, Moment(std::chrono::seconds(at)), true}; }
OverlapDecision Start(const std::string& id) { return {Kind::kStart, id, {}}; }

TEST(OverlapTest, OneAloneStartsUnderEveryPolicy) {
  for (const Overlap policy :
       {Overlap::kBufferOne, Overlap::kSkip, Overlap::kBufferAll, Overlap::kCancelOther, Overlap::kAllow}) {
    EXPECT_THAT(DecideOverlap(policy, {Waiting("a", 1)}), ElementsAre(Start("a")));
    EXPECT_THAT(DecideOverlap(policy, {UnderWay("a", 1)}), IsEmpty());
    EXPECT_THAT(DecideOverlap(policy, {}), IsEmpty());
  }
}

TEST(OverlapTest, BufferOneKeepsTheNewestWaiting) {
  EXPECT_THAT(DecideOverlap(Overlap::kBufferOne, {UnderWay("a", 1), Waiting("b", 2)}), IsEmpty());
  EXPECT_THAT(DecideOverlap(Overlap::kBufferOne, {Waiting("c", 3), UnderWay("a", 1), Waiting("b", 2)}),
              ElementsAre(OverlapDecision{Kind::kSupersede, "b", "c"}));
  EXPECT_THAT(DecideOverlap(Overlap::kBufferOne, {Waiting("b", 2), Waiting("c", 3)}),
              ElementsAre(OverlapDecision{Kind::kSupersede, "b", "c"}, Start("c")));
}

TEST(OverlapTest, SkipRunsNothingWhileOneIsUnderWay) {
  EXPECT_THAT(DecideOverlap(Overlap::kSkip, {UnderWay("a", 1), Waiting("b", 2), Waiting("c", 3)}),
              ElementsAre(OverlapDecision{Kind::kSkip, "b", "a"}, OverlapDecision{Kind::kSkip, "c", "a"}));
  EXPECT_THAT(DecideOverlap(Overlap::kSkip, {Waiting("c", 3), Waiting("b", 2)}),
              ElementsAre(Start("b"), OverlapDecision{Kind::kSkip, "c", "b"}));
}

TEST(OverlapTest, BufferAllRunsOneAfterTheOther) {
  EXPECT_THAT(DecideOverlap(Overlap::kBufferAll, {Waiting("c", 3), Waiting("b", 2)}), ElementsAre(Start("b")));
  EXPECT_THAT(DecideOverlap(Overlap::kBufferAll, {Waiting("c", 3), UnderWay("b", 2)}), IsEmpty());
}

TEST(OverlapTest, CancelOtherMakesRoomForTheNewest) {
  EXPECT_THAT(DecideOverlap(Overlap::kCancelOther, {UnderWay("a", 1), Waiting("b", 2), Waiting("c", 3)}),
              ElementsAre(OverlapDecision{Kind::kSupersede, "b", "c"}, OverlapDecision{Kind::kCancel, "a", "c"}));
  EXPECT_THAT(DecideOverlap(Overlap::kCancelOther, {Waiting("c", 3)}), ElementsAre(Start("c")));
}

TEST(OverlapTest, AllowRunsAllSideBySide) {
  EXPECT_THAT(DecideOverlap(Overlap::kAllow, {UnderWay("a", 1), Waiting("c", 3), Waiting("b", 2)}),
              ElementsAre(Start("b"), Start("c")));
}

}  // namespace
}  // namespace farrell::reporting::schedule
