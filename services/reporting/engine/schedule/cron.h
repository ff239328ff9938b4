// A time table as cron(5) writes it: minute, hour, day of month, month, day of week.
//
//   0 6 * * *          every day at six
//   30 18 * * mon-fri  on working days
//   0 9 1 1,4,7,10 *   at the beginning of every quarter
//   */15 * * * *       four times an hour
//
// A field is `*`, or a list of numbers, names (jan, sun) and ranges; a range or `*` may have a step. Both 0 and 7 are
// Sunday. Where day of month and day of week are both given – neither begins with `*` – a day that fits either of them
// counts; else it must fit both. @hourly, @daily, @weekly, @monthly and @yearly stand for what they say.
#pragma once

#include <bitset>
#include <string_view>

#include "common/status/status.h"

namespace farrell::reporting::schedule {

struct Cron {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;     // 1 to 31
  std::bitset<13> months;   // 1 to 12
  std::bitset<7> weekdays;  // 0: Sunday
  bool either_day = false;  // day of month or day of week, not both

  // Whether the times of day of this table hold on that day; weekday 0 is Sunday.
  bool Covers(unsigned month, unsigned day, unsigned weekday) const;
};

// Errors: INVALID_ARGUMENT CRON_INVALID with a violation for every field that is wrong, and for a table with no day at
// all, such as the 30th of February.
Result<Cron> ParseCron(std::string_view text);

}  // namespace farrell::reporting::schedule
