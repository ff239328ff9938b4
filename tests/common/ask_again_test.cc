// What is asked again, and what is not.
#include "common/rpc/ask_again.h"

#include <gtest/gtest.h>

#include <thread>

namespace farrell {
namespace {

using std::chrono::milliseconds;

Status Full(const std::string& later) {
  return Status(Code::kResourceExhausted, "QUEUE_FULL", "full").With(std::string(kRetryAfterKey), later);
}

// How often a server is asked that gives `first` so many times, then Ok.
int Asked(const Status& first, int times, bool begun) {
  int asked = 0;
  (void)AskAgain(
      std::stop_token(), [&] { return asked++ < times ? first : Status(); }, [&](const Status&) { return begun; });
  return asked;
}

TEST(AskAgain, AFullServerIsAskedUntilThereIsRoom) {
  EXPECT_EQ(Asked(Full("1"), 20, false), 21);
  int asked = 0;
  const Result<int> answer = AskAgain(
      std::stop_token(), [&]() -> Result<int> { return asked++ < 2 ? Result<int>(Full("1")) : Result<int>(7); },
      [](const Status&) { return false; });
  EXPECT_EQ(answer.value(), 7);
}

TEST(AskAgain, OtherRefusalsAreAnswers) {
  EXPECT_EQ(Asked(Full("3600000"), 5, true), 1) << "tomorrow is too late to wait for";
  EXPECT_EQ(Asked(Full("soon"), 5, true), 1);
  EXPECT_EQ(Asked(Status(Code::kResourceExhausted, "STORE_FULL", ""), 5, true), 1);
  EXPECT_EQ(Asked(Status(Code::kNotFound, "X", "").With(std::string(kRetryAfterKey), "1"), 5, true), 1);
}

TEST(AskAgain, ALostServerIsAskedOnlyIfItHadAnswered) {
  EXPECT_EQ(Asked(Unavailable("X", ""), 1, true), 2);
  EXPECT_EQ(Asked(Unavailable("X", ""), 1, false), 1);
}

TEST(AskAgain, StoppingEndsTheWait) {
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(20));
    source.request_stop();
  });
  const Status last = AskAgain(
      source.get_token(), [&] { return Full("60000"); }, [](const Status&) { return false; });
  EXPECT_EQ(last.reason(), "QUEUE_FULL");
}

}  // namespace
}  // namespace farrell
