#include "common/text/time.h"

#include <array>
#include <ctime>

namespace farrell::text {
namespace {

// The digits of `text` that stand where `pattern` has a 0, one number for each run of them; nothing when the text
// differs from the pattern elsewhere.
template <std::size_t kCount>
std::optional<std::array<int, kCount>> Numbers(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return std::nullopt;
  std::array<int, kCount> numbers{};
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] != '0') {
      if (text[i] != pattern[i]) return std::nullopt;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    if (i > 0 && pattern[i - 1] != '0') ++run;
    numbers[run] = numbers[run] * 10 + (text[i] - '0');
  }
  return numbers;
}

// Minutes east of UTC.
std::optional<int> ParseDistance(std::string_view text) {
  if (text == "Z") return 0;
  const bool east = text.starts_with('+');
  const auto numbers = Numbers<2>(text.substr(text.empty() ? 0 : 1), "00:00");
  if ((!east && !text.starts_with('-')) || !numbers || (*numbers)[0] > 23 || (*numbers)[1] > 59) return std::nullopt;
  const int minutes = (*numbers)[0] * 60 + (*numbers)[1];
  return east ? minutes : -minutes;
}

}  // namespace

std::string FormatTime(SystemTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::optional<SystemTime> ParseTime(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00T00:00:00";
  const auto numbers = Numbers<6>(text.substr(0, kPattern.size()), kPattern);
  if (!numbers) return std::nullopt;
  const std::optional<int> distance = ParseDistance(text.substr(kPattern.size()));
  const auto [year, month, day, hour, minute, second] = *numbers;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!distance || !date.ok() || year < 1970 || year > 2199 || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return SystemTime(std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute - *distance) +
                    std::chrono::seconds(second));
}

}  // namespace farrell::text
