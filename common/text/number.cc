#include "common/text/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace farrell::text {
namespace {

// Fixed notation of the largest double has 309 digits before the point.
using Buffer = std::array<char, 400>;

std::string Format(double value, std::chars_format format, int precision) {
  if (!std::isfinite(value)) return {};
  Buffer buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
  std::string text(buffer.data(), end.ptr);
  // "-0" and "-0.00" say nothing that "0" does not, and differ between machines that compute the same result.
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

template <typename T>
std::optional<T> Parse(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::string FormatReal(double value) { return Format(value, std::chars_format::general, 17); }

std::string FormatShort(double value) {
  constexpr int kAlwaysExact = 17;
  for (int digits = std::numeric_limits<double>::digits10; digits < kAlwaysExact; ++digits) {
    std::string text = FormatSignificant(value, digits);
    if (ParseReal(text) == value) return text;
  }
  return FormatReal(value);
}

std::string FormatSignificant(double value, int digits) {
  return Format(value, std::chars_format::general, std::clamp(digits, 1, 17));
}

std::string FormatFixed(double value, int decimals) {
  return Format(value, std::chars_format::fixed, std::clamp(decimals, 0, 17));
}

std::optional<double> ParseReal(std::string_view text) {
  const std::optional<double> value = Parse<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<long long> ParseInteger(std::string_view text) { return Parse<long long>(text); }

std::string FormatCount(long long count) {
  std::string text = std::to_string(count);
  const std::size_t first_digit = count < 0 ? 1 : 0;
  for (std::size_t position = text.size(); position > first_digit + 3;) {
    position -= 3;
    text.insert(position, ",");
  }
  return text;
}

std::string FormatCounted(long long count, std::string_view noun) {
  return FormatCount(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace farrell::text
