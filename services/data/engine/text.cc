#include "services/data/engine/text.h"

#include <array>

#include "common/text/utf8.h"

namespace farrell::data {

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string Shorten(std::string_view text, std::size_t characters) {
  std::string out;
  std::size_t count = 0;
  while (!text.empty()) {
    if (count == characters) return out + "…";
    const std::size_t length = text::Utf8CharacterLength(text);
    const bool printable =
        length > 1 || (length == 1 && static_cast<unsigned char>(text[0]) >= 0x20 && text[0] != 0x7F);
    out += printable ? std::string(text.substr(0, length)) : std::string("?");
    text.remove_prefix(length == 0 ? 1 : length);
    ++count;
  }
  return out;
}

bool IsIsoDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int number[3] = {0, 0, 0};
  constexpr std::array<std::size_t, 3> kStart = {0, 5, 8};
  constexpr std::array<std::size_t, 3> kLength = {4, 2, 2};
  for (std::size_t part = 0; part < 3; ++part) {
    for (std::size_t index = kStart[part]; index < kStart[part] + kLength[part]; ++index) {
      if (text[index] < '0' || text[index] > '9') return false;
      number[part] = number[part] * 10 + (text[index] - '0');
    }
  }
  const int year = number[0];
  const int month = number[1];
  if (month < 1 || month > 12) return false;
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
  return number[2] >= 1 && number[2] <= days;
}

}  // namespace farrell::data
