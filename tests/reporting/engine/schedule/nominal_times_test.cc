#include "services/reporting/engine/schedule/nominal_times.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "common/text/time.h"

namespace farrell::reporting::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Moment At(const std::string& text) { return std::chrono::floor<std::chrono::seconds>(text::ParseTime(text).value()); }

NominalTimes Table(const std::string& cron, const std::string& zone) {
  return {ParseCron(cron).value(), TimeZone::Find(zone).value()};
}

std::vector<std::string> Between(const std::string& cron, const std::string& zone, const std::string& after,
                                 const std::string& through) {
  std::vector<std::string> texts;
  for (const Moment moment : Table(cron, zone).Between(At(after), At(through), 1000)) {
    texts.push_back(TimeZone::Find(zone)->Describe(moment));
  }
  return texts;
}

TEST(NominalTimesTest, AZoneIsTheSystemsOrAnError) {
  EXPECT_TRUE(TimeZone::Find("Asia/Shanghai").ok());
  EXPECT_TRUE(TimeZone::Find("UTC").ok());
  for (const char* wrong : {"Asia/Beijng", "", "../../etc/passwd", "/etc/localtime", "CST8"}) {
    EXPECT_EQ(TimeZone::Find(wrong).status().reason(), "TIME_ZONE_UNKNOWN") << wrong;
  }
}

TEST(NominalTimesTest, WallClockTimesBecomeMoments) {
  EXPECT_THAT(Between("0 6 * * *", "Asia/Shanghai", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z"),
              ElementsAre("2026-11-26T06:00:00+08:00", "2026-11-27T06:00:00+08:00"));
  EXPECT_EQ(TimeZone::Find("Asia/Shanghai")->DateOf(At("2026-11-25T16:00:00Z")), "2026-11-26");
}

TEST(NominalTimesTest, BeginsAfterTheMomentAndEndsWithTheLast) {
  EXPECT_THAT(Between("0 * * * *", "UTC", "2026-01-01T10:00:00Z", "2026-01-01T12:00:00Z"),
              ElementsAre("2026-01-01T11:00:00+00:00", "2026-01-01T12:00:00+00:00"));
}

// Berlin, 2026-03-29: 02:00 to 03:00 does not exist.
TEST(NominalTimesTest, ATimeThatDoesNotExistIsTheFirstMomentAfterTheGap) {
  EXPECT_THAT(Between("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z"),
              ElementsAre("2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"));
  // All that falls into the gap falls together, with what stands at its end.
  EXPECT_THAT(Between("0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"),
              ElementsAre("2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"));
}

// Berlin, 2026-10-25: 02:00 to 03:00 exists twice.
TEST(NominalTimesTest, ATimeThatExistsTwiceIsItsFirst) {
  EXPECT_THAT(Between("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
              ElementsAre("2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"));
  EXPECT_THAT(Between("0 1-4 * * *", "Europe/Berlin", "2026-10-24T22:30:00Z", "2026-10-25T04:00:00Z"),
              ElementsAre("2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00",
                          "2026-10-25T04:00:00+01:00"));
}

// Apia skipped the whole of 2011-12-30.
TEST(NominalTimesTest, ADayThatDoesNotExistIsTheFirstMomentOfTheNext) {
  EXPECT_THAT(Between("0 12 * * *", "Pacific/Apia", "2011-12-28T12:00:00Z", "2011-12-31T12:00:00Z"),
              ElementsAre("2011-12-28T12:00:00-10:00", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00",
                          "2011-12-31T12:00:00+14:00"));
}

// The number of days with a time is the number of days, in every zone and year that is looked at.
TEST(NominalTimesTest, EveryDayOnceWhateverTheClocksDo) {
  for (const char* zone :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca"}) {
    for (const char* cron : {"30 2 * * *", "15 1 * * *", "59 23 * * *", "0 0 * * *"}) {
      const std::vector<Moment> times =
          Table(cron, zone).Between(At("2020-01-01T12:00:00Z"), At("2024-01-01T12:00:00Z"), 10'000);
      EXPECT_NEAR(static_cast<double>(times.size()), 1461, 1) << zone << " " << cron;
      for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_GE(times[i] - times[i - 1], hours(22)) << zone << " " << cron;
        EXPECT_LE(times[i] - times[i - 1], hours(26)) << zone << " " << cron;
      }
    }
  }
}

TEST(NominalTimesTest, RareDaysAreFound) {
  EXPECT_EQ(Table("0 0 29 2 *", "UTC").After(At("2096-03-01T00:00:00Z")), At("2104-02-29T00:00:00Z"));
  // A Sunday that is a 29th of February: the star keeps the rule of both.
  EXPECT_EQ(Table("0 0 29 2 */8", "UTC").After(At("2026-01-01T00:00:00Z")), At("2032-02-29T00:00:00Z"));
}

TEST(DueTimesTest, WhatIsDueSinceTheLastLook) {
  const NominalTimes hourly = Table("0 * * * *", "UTC");
  const Due due = DueTimes(hourly, At("2026-01-01T10:00:00Z"), At("2026-01-01T12:30:00Z"), hours(24), 100);
  EXPECT_THAT(due.times, ElementsAre(At("2026-01-01T11:00:00Z"), At("2026-01-01T12:00:00Z")));
  EXPECT_EQ(due.missed, 0);
  EXPECT_EQ(due.looked_through, At("2026-01-01T12:30:00Z"));
  EXPECT_THAT(DueTimes(hourly, due.looked_through, At("2026-01-01T12:59:59Z"), hours(24), 100).times, IsEmpty());
}

TEST(DueTimesTest, AfterDowntimeTheWindowIsCaughtUpAndTheRestIsCounted) {
  const NominalTimes hourly = Table("0 * * * *", "UTC");
  const Due due = DueTimes(hourly, At("2026-01-01T00:00:00Z"), At("2026-01-02T00:30:00Z"), hours(3), 100);
  EXPECT_THAT(due.times,
              ElementsAre(At("2026-01-01T22:00:00Z"), At("2026-01-01T23:00:00Z"), At("2026-01-02T00:00:00Z")));
  EXPECT_EQ(due.missed, 21);
  // The edge of the window belongs to it.
  EXPECT_THAT(DueTimes(hourly, At("2026-01-01T00:00:00Z"), At("2026-01-01T06:00:00Z"), hours(1), 100).times,
              ElementsAre(At("2026-01-01T05:00:00Z"), At("2026-01-01T06:00:00Z")));
}

TEST(DueTimesTest, AClockSetBackRepeatsNothing) {
  const NominalTimes hourly = Table("0 * * * *", "UTC");
  const Due first = DueTimes(hourly, At("2026-01-01T09:30:00Z"), At("2026-01-01T12:30:00Z"), hours(24), 100);
  ASSERT_EQ(first.times.size(), 3U);
  const Due back = DueTimes(hourly, first.looked_through, At("2026-01-01T08:00:00Z"), hours(24), 100);
  EXPECT_THAT(back.times, IsEmpty());
  EXPECT_EQ(back.looked_through, first.looked_through);
  const Due again = DueTimes(hourly, back.looked_through, At("2026-01-01T13:00:00Z"), hours(24), 100);
  EXPECT_THAT(again.times, ElementsAre(At("2026-01-01T13:00:00Z")));
}

TEST(DueTimesTest, AClockThatJumpsAheadMissesWhatIsOlderThanTheWindow) {
  const NominalTimes daily = Table("0 6 * * *", "Asia/Shanghai");
  const Due due = DueTimes(daily, At("2026-01-01T00:00:00Z"), At("2036-01-01T00:00:00Z"), hours(48), 100);
  EXPECT_EQ(due.times.size(), 2U);
  EXPECT_EQ(due.missed + 2, 3652);
}

TEST(DueTimesTest, MoreThanTheLimitIsDueAtTheNextLooks) {
  const NominalTimes often = Table("* * * * *", "UTC");
  const Moment now = At("2026-01-01T02:00:00Z");
  Moment through = At("2026-01-01T00:00:00Z");
  std::vector<Moment> all;
  while (through < now) {
    const Due due = DueTimes(often, through, now, hours(24), 7);
    EXPECT_LE(due.times.size(), 7U);
    EXPECT_EQ(due.missed, 0);
    all.insert(all.end(), due.times.begin(), due.times.end());
    through = due.looked_through;
  }
  ASSERT_EQ(all.size(), 120U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(all[i] - all[i - 1], minutes(1));
}

}  // namespace
}  // namespace farrell::reporting::schedule
