#include "services/reporting/engine/schedule/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farrell::reporting::schedule {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// What a field may hold.
struct Field {
  const char* name;
  int low;
  int high;
  const std::string_view* names;
  std::size_t name_count;
};
constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59, nullptr, 0},
                                           {"hour", 0, 23, nullptr, 0},
                                           {"day of month", 1, 31, nullptr, 0},
                                           {"month", 1, 12, kMonths.data(), kMonths.size()},
                                           {"day of week", 0, 7, kWeekdays.data(), kWeekdays.size()}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNicknames = {{{"@hourly", "0 * * * *"},
                                                                                      {"@daily", "0 0 * * *"},
                                                                                      {"@weekly", "0 0 * * 0"},
                                                                                      {"@monthly", "0 0 1 * *"},
                                                                                      {"@yearly", "0 0 1 1 *"},
                                                                                      {"@annually", "0 0 1 1 *"}}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::vector<std::string> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (separators.find(c) == std::string_view::npos) {
      part += c;
    } else {
      parts.push_back(std::exchange(part, {}));
    }
  }
  parts.push_back(std::move(part));
  return parts;
}

std::optional<int> ParseDigits(const std::string& text) {
  constexpr std::size_t kMostDigits = 4;
  if (text.empty() || text.size() > kMostDigits) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

// A number or a name of the field.
std::optional<int> ParseValue(const Field& field, const std::string& text) {
  for (std::size_t i = 0; i < field.name_count; ++i) {
    if (Lower(text) == field.names[i]) return field.low + static_cast<int>(i);
  }
  const std::optional<int> value = ParseDigits(text);
  if (!value || *value < field.low || *value > field.high) return std::nullopt;
  return value;
}

// One element of a list into `values`; what is wrong with it, or nothing.
std::string AddElement(const Field& field, const std::string& element, std::bitset<64>& values) {
  const std::size_t slash = element.find('/');
  const std::string range = element.substr(0, slash);
  int first = field.low;
  int last = field.high;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    const std::optional<int> from = ParseValue(field, range.substr(0, dash));
    std::optional<int> to = from;
    if (dash != std::string::npos) to = ParseValue(field, range.substr(dash + 1));
    if (!from || !to) {
      return "'" + range + "' is no value of this field: from " + std::to_string(field.low) + " to " +
             std::to_string(field.high) + (field.names != nullptr ? ", or a name of three letters" : "");
    }
    first = *from;
    last = *to;
    // Sunday may end a week.
    if (field.high == 7 && dash != std::string::npos && last == 0 && first > 0) last = 7;
    if (first > last) return "the range '" + range + "' ends before it begins";
    if (slash != std::string::npos && dash == std::string::npos) {
      return "the step of '" + element + "' needs a range: write " + range + "-" + std::to_string(field.high) +
             element.substr(slash);
    }
  }
  int step = 1;
  if (slash != std::string::npos) {
    const std::optional<int> given = ParseDigits(element.substr(slash + 1));
    if (!given || *given < 1) return "the step of '" + element + "' is no number of at least 1";
    step = *given;
  }
  for (int value = first; value <= last; value += step) values.set(static_cast<std::size_t>(value));
  return {};
}

template <std::size_t N>
std::bitset<N> Part(const std::bitset<64>& values) {
  std::bitset<N> part;
  for (std::size_t i = 0; i < N; ++i) part[i] = values[i];
  return part;
}

unsigned LongestMonth(unsigned month) {
  return month == 2 ? 29U : month == 4 || month == 6 || month == 9 || month == 11 ? 30U : 31U;
}

// Whether any day of any year fits: every date falls on every weekday in some year.
bool HasDays(const Cron& cron) {
  for (unsigned month = 1; month <= 12; ++month) {
    for (unsigned day = 1; day <= LongestMonth(month); ++day) {
      for (unsigned weekday = 0; weekday < 7; ++weekday) {
        if (cron.Covers(month, day, weekday)) return true;
      }
    }
  }
  return false;
}

}  // namespace

bool Cron::Covers(unsigned month, unsigned day, unsigned weekday) const {
  if (!months[month]) return false;
  return either_day ? days[day] || weekdays[weekday] : days[day] && weekdays[weekday];
}

Result<Cron> ParseCron(std::string_view text) {
  Violations violations;
  std::vector<std::string> fields;
  for (std::string& part : Split(text, " \t")) {
    if (!part.empty()) fields.push_back(std::move(part));
  }
  if (fields.size() == 1) {
    for (const auto& [nickname, meaning] : kNicknames) {
      if (Lower(fields.front()) == nickname) return ParseCron(meaning);
    }
  }
  if (fields.size() != kFields.size()) {
    violations.Add("expression", "has " + std::to_string(fields.size()) +
                                     " fields, not 5: minute, hour, day of month, month, day of week");
    return std::move(violations).Finish("CRON_INVALID", "'" + std::string(text) + "' is no time table");
  }
  std::array<std::bitset<64>, kFields.size()> values;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    for (const std::string& element : Split(fields[i], ",")) {
      const std::string wrong = AddElement(kFields[i], element, values[i]);
      if (!wrong.empty()) violations.Add(kFields[i].name, wrong);
    }
  }
  if (values[4][7]) values[4].set(0);
  Cron cron{.minutes = Part<60>(values[0]),
            .hours = Part<24>(values[1]),
            .days = Part<32>(values[2]),
            .months = Part<13>(values[3]),
            .weekdays = Part<7>(values[4]),
            .either_day = fields[2].front() != '*' && fields[4].front() != '*'};
  if (violations.empty() && !HasDays(cron)) violations.Add("expression", "no day of any year fits it");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("CRON_INVALID", "'" + std::string(text) + "' is no time table"));
  return cron;
}

}  // namespace farrell::reporting::schedule
