#include "services/reporting/engine/schedule/nominal_times.h"

#include <date/date.h>
#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

namespace farrell::reporting::schedule {

class TimeZone::Rules {
 public:
  explicit Rules(const date::time_zone* zone) : zone_(zone) {}

  date::local_seconds ToLocal(Moment moment) const { return zone_->to_local(moment); }

  Moment ToMoment(date::local_seconds local) const {
    const date::local_info info = zone_->get_info(local);
    if (info.result == date::local_info::nonexistent) return info.second.begin;
    return Moment(local.time_since_epoch()) - info.first.offset;
  }

  std::string Format(const char* format, Moment moment) const {
    std::ostringstream out;
    out << date::format(format, date::make_zoned(zone_, moment));
    return out.str();
  }

 private:
  const date::time_zone* zone_;
};

Result<TimeZone> TimeZone::Find(const std::string& name) {
  // The database takes what is not a name of its own for a path.
  const bool is_name = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos;
  try {
    if (is_name) return TimeZone(std::make_shared<const Rules>(date::locate_zone(name)));
  } catch (const std::exception&) {
    // Told below.
  }
  return InvalidArgument("TIME_ZONE_UNKNOWN",
                         "there is no time zone '" + name + "': write one such as Asia/Shanghai, Europe/Berlin or UTC");
}

std::string TimeZone::DateOf(Moment moment) const { return rules_->Format("%F", moment); }
std::string TimeZone::Describe(Moment moment) const { return rules_->Format("%FT%T%Ez", moment); }

namespace {

// Every date falls on every weekday within 40 years, 2100 included.
constexpr int kMostDays = 41 * 366;

}  // namespace

std::optional<Moment> NominalTimes::After(Moment moment) const {
  // A gap may move a time to the next day.
  const date::local_days start = date::floor<date::days>(zone_.rules_->ToLocal(moment)) - date::days(1);
  for (int i = 0; i < kMostDays; ++i) {
    const date::local_days day = start + date::days(i);
    const date::year_month_day when(day);
    const date::weekday weekday(day);
    if (!cron_.Covers(unsigned{when.month()}, unsigned{when.day()}, weekday.c_encoding())) continue;
    for (std::size_t hour = 0; hour < cron_.hours.size(); ++hour) {
      if (!cron_.hours[hour]) continue;
      for (std::size_t minute = 0; minute < cron_.minutes.size(); ++minute) {
        if (!cron_.minutes[minute]) continue;
        const date::local_seconds local = day + std::chrono::hours(hour) + std::chrono::minutes(minute);
        const Moment candidate = zone_.rules_->ToMoment(local);
        if (candidate > moment) return candidate;
      }
    }
  }
  return std::nullopt;
}

std::vector<Moment> NominalTimes::Between(Moment after, Moment through, std::size_t limit) const {
  std::vector<Moment> times;
  for (std::optional<Moment> next = After(after); next && *next <= through && times.size() < limit;
       next = After(*next)) {
    times.push_back(*next);
  }
  return times;
}

Due DueTimes(const NominalTimes& times, Moment looked_through, Moment now, std::chrono::seconds catch_up,
             std::size_t limit) {
  Due due{.times = {}, .missed = 0, .looked_through = looked_through};
  if (now <= looked_through) return due;
  // The window ends before `begin`: its first moment still counts.
  const Moment begin = std::max(looked_through, now - catch_up - std::chrono::seconds(1));
  constexpr std::size_t kMostMissed = 100'000;
  due.missed = static_cast<std::int64_t>(times.Between(looked_through, begin, kMostMissed).size());
  due.times = times.Between(begin, now, limit);
  due.looked_through = due.times.size() == limit ? due.times.back() : now;
  return due;
}

}  // namespace farrell::reporting::schedule
