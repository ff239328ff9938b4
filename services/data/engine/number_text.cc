#include "services/data/engine/number_text.h"

#include <charconv>
#include <cmath>
#include <system_error>

namespace farrell::data {
namespace {

bool IsDigit(char character) { return character >= '0' && character <= '9'; }

// [+-] 1 to 3 digits, groups of ",ddd", an optional fraction.
bool HasThousandsSeparators(std::string_view text) {
  std::size_t position = 0;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) ++position;
  std::size_t digits = 0;
  while (position < text.size() && IsDigit(text[position])) {
    ++position;
    ++digits;
  }
  if (digits < 1 || digits > 3) return false;
  std::size_t groups = 0;
  while (position + 3 < text.size() && text[position] == ',') {
    if (!IsDigit(text[position + 1]) || !IsDigit(text[position + 2]) || !IsDigit(text[position + 3])) return false;
    position += 4;
    ++groups;
  }
  if (groups == 0) return false;
  if (position < text.size() && text[position] == '.') {
    ++position;
    while (position < text.size() && IsDigit(text[position])) ++position;
  }
  return position == text.size();
}

}  // namespace

ParsedCell ParseCell(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  std::string_view digits = text;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-' && digits[1] != '+') digits.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = !digits.empty() && end == digits.data() + digits.size();
  if (whole && error == std::errc()) {
    if (!std::isfinite(value)) return {CellKind::kInfinite, 0.0};
    return {CellKind::kNumber, value};
  }
  if (whole && error == std::errc::result_out_of_range) {
    // Too small is zero; too large is an error.
    const std::size_t exponent = digits.find_first_of("eE");
    const bool small =
        exponent != std::string_view::npos && exponent + 1 < digits.size() && digits[exponent + 1] == '-';
    return small ? ParsedCell{CellKind::kNumber, 0.0} : ParsedCell{CellKind::kInfinite, 0.0};
  }
  if (HasThousandsSeparators(text)) return {CellKind::kThousandsSeparator, 0.0};
  return {CellKind::kText, 0.0};
}

}  // namespace farrell::data
