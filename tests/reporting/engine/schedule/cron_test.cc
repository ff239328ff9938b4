#include "services/reporting/engine/schedule/cron.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <string>

namespace farrell::reporting::schedule {
namespace {

using ::testing::HasSubstr;

template <std::size_t N>
std::string Values(const std::bitset<N>& set) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) {
    if (set[i]) text += (text.empty() ? "" : ",") + std::to_string(i);
  }
  return text;
}

TEST(CronTest, ReadsListsRangesStepsAndNames) {
  const Cron cron = ParseCron("5,10-12,*/20 0-23/6 1,15 Feb-apr,DEC mon-wed,5").value();
  EXPECT_EQ(Values(cron.minutes), "0,5,10,11,12,20,40");
  EXPECT_EQ(Values(cron.hours), "0,6,12,18");
  EXPECT_EQ(Values(cron.days), "1,15");
  EXPECT_EQ(Values(cron.months), "2,3,4,12");
  EXPECT_EQ(Values(cron.weekdays), "1,2,3,5");
}

TEST(CronTest, SundayIsZeroAndSevenAndMayEndAWeek) {
  EXPECT_EQ(Values(ParseCron("0 0 * * 7")->weekdays), "0");
  EXPECT_EQ(Values(ParseCron("0 0 * * 5-7")->weekdays), "0,5,6");
  EXPECT_EQ(Values(ParseCron("0 0 * * fri-sun")->weekdays), "0,5,6");
  EXPECT_EQ(Values(ParseCron("0 0 * * sun-tue")->weekdays), "0,1,2");
}

TEST(CronTest, NicknamesStandForTheirTables) {
  const Cron weekly = ParseCron("@weekly").value();
  EXPECT_EQ(Values(weekly.weekdays), "0");
  EXPECT_EQ(Values(weekly.hours), "0");
  EXPECT_EQ(Values(ParseCron("@YEARLY")->months), "1");
}

// cron(5): a day fits when either field does, unless one of them begins with a star.
TEST(CronTest, DayOfMonthOrDayOfWeek) {
  const Cron either = ParseCron("0 0 13 * fri").value();
  EXPECT_TRUE(either.Covers(6, 13, 2));
  EXPECT_TRUE(either.Covers(6, 12, 5));
  EXPECT_FALSE(either.Covers(6, 12, 4));
  const Cron both = ParseCron("0 0 */2 * fri").value();
  EXPECT_TRUE(both.Covers(6, 13, 5));
  EXPECT_FALSE(both.Covers(6, 12, 5));
  EXPECT_FALSE(both.Covers(6, 13, 4));
  EXPECT_FALSE(ParseCron("0 0 * 2 fri")->Covers(3, 1, 5));
}

TEST(CronTest, EveryBadFieldIsNamed) {
  const Status status = ParseCron("60 24 0 13 8").status();
  EXPECT_EQ(status.reason(), "CRON_INVALID");
  ASSERT_EQ(status.violations().size(), 5U);
  EXPECT_EQ(status.violations()[0].field, "minute");
  EXPECT_EQ(status.violations()[4].field, "day of week");
  EXPECT_THAT(ParseCron("0 0 * *").status().violations()[0].description, HasSubstr("4 fields"));
  EXPECT_THAT(ParseCron("5/10 * * * *").status().violations()[0].description, HasSubstr("5-59/10"));
  EXPECT_THAT(ParseCron("30-10 * * * *").status().violations()[0].description, HasSubstr("ends before"));
  EXPECT_THAT(ParseCron("*/0 * * * *").status().violations()[0].description, HasSubstr("step"));
  EXPECT_THAT(ParseCron("0 0 30 2 *").status().violations()[0].description, HasSubstr("no day"));
  EXPECT_FALSE(ParseCron("1, * * * *").ok());
  EXPECT_FALSE(ParseCron("").ok());
  EXPECT_FALSE(ParseCron("@daily @daily").ok());
  EXPECT_TRUE(ParseCron("0 0 29 2 *").ok());
  EXPECT_TRUE(ParseCron("0 0 30 2 mon").ok());
}

}  // namespace
}  // namespace farrell::reporting::schedule
