// The moments a time table stands for in a time zone. Nothing here asks what time it is.
//
// A wall-clock time that does not exist, because the clocks go forward over it, stands for the first moment after the
// gap; one that exists twice stands for its first. So every time of the table happens once a day, also on the two days
// a year that are not 24 hours long; times that fall together happen once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/schedule/cron.h"

namespace farrell::reporting::schedule {

using Moment = std::chrono::sys_seconds;

// A zone of the system's time-zone database, such as "Asia/Shanghai". Cheap to copy.
class TimeZone {
 public:
  // Errors: INVALID_ARGUMENT TIME_ZONE_UNKNOWN.
  static Result<TimeZone> Find(const std::string& name);

  // The date on the wall, "2026-11-26".
  std::string DateOf(Moment moment) const;
  // With the distance to UTC, "2026-11-26T18:00:00+08:00".
  std::string Describe(Moment moment) const;

 private:
  friend class NominalTimes;
  class Rules;
  explicit TimeZone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> rules_;
};

class NominalTimes {
 public:
  NominalTimes(Cron cron, TimeZone zone) : cron_(cron), zone_(std::move(zone)) {}

  // The first after a moment; nothing: none within 41 years.
  std::optional<Moment> After(Moment moment) const;
  // Those in (after, through], the oldest first, at most `limit`.
  std::vector<Moment> Between(Moment after, Moment through, std::size_t limit) const;

 private:
  Cron cron_;
  TimeZone zone_;
};

// What is due at `now` of the times since those that were looked at before.
struct Due {
  // The oldest first.
  std::vector<Moment> times;
  // Times that came while nobody looked and are older than the catch-up window.
  std::int64_t missed = 0;
  // Through when all times are among the above: where the next look begins. Never before `looked_through`, so that a
  // clock that is set back repeats nothing.
  Moment looked_through;
};

// `limit` bounds `times`; the rest is due at the next look.
Due DueTimes(const NominalTimes& times, Moment looked_through, Moment now, std::chrono::seconds catch_up,
             std::size_t limit);

}  // namespace farrell::reporting::schedule
