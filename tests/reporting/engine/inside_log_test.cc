#include "services/reporting/engine/inside_log.h"

#include <gtest/gtest.h>

namespace farrell::reporting {
namespace {

TEST(InsideLog, IsWhatOneLogarithmIsOf) {
  EXPECT_EQ(InsideLog("log(x)"), "x");
  EXPECT_EQ(InsideLog(" log( score.main ) "), "score.main");
  EXPECT_EQ(InsideLog("log(max(a, (b + 1) * 2))"), "max(a,(b+1)*2)");
}

TEST(InsideLog, IsNothingOfAnythingElse) {
  for (const char* text : {"", "x", "log", "log(", "log()", "log(x) - log(y)", "log(x)/log(y)", "log(x) + (y)",
                           "diff(log(x))", "log(x))", "logit(x)"}) {
    EXPECT_EQ(InsideLog(text), "") << text;
  }
}

}  // namespace
}  // namespace farrell::reporting
