#include "common/text/time.h"

#include <gtest/gtest.h>

namespace farrell::text {
namespace {

TEST(TimeTest, AMomentReadsAsItWasWritten) {
  for (const char* moment :
       {"1970-01-01T00:00:00Z", "2026-11-26T10:00:59Z", "2024-02-29T23:59:59Z", "2199-12-31T23:59:59Z"}) {
    const auto time = ParseTime(moment);
    ASSERT_TRUE(time) << moment;
    EXPECT_EQ(FormatTime(*time), moment);
  }
}

TEST(TimeTest, ADistanceToUtcIsTakenAway) {
  EXPECT_EQ(FormatTime(ParseTime("2026-12-01T09:00:00+08:00").value()), "2026-12-01T01:00:00Z");
  EXPECT_EQ(FormatTime(ParseTime("2026-12-31T22:30:00-03:30").value()), "2027-01-01T02:00:00Z");
}

TEST(TimeTest, AFractionIsLeftOut) {
  EXPECT_EQ(FormatTime(SystemTime(std::chrono::milliseconds(1999))), "1970-01-01T00:00:01Z");
}

TEST(TimeTest, WhatIsNoMomentIsNothing) {
  for (const char* text :
       {"", "Z", "2026-11-26", "2026-11-26T10:00:00", "2026-11-26 10:00:00Z", "2026-02-30T10:00:00Z",
        "2026-11-26T24:00:00Z", "2026-11-26T10:60:00Z", "2026-11-26T10:00:60Z", "2026-11-26T10:00:00z",
        "2026-11-26T10:00:00+08", "2026-11-26T10:00:00+0800", "2026-11-26T10:00:00+24:00", "2026-11-26T10:00:00Z ",
        "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "20a6-11-26T10:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

}  // namespace
}  // namespace farrell::text
