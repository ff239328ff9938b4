// Numbers as text, the same on every machine and in every locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace farrell::text {

// 17 significant digits as C's "%.17g": reading it back gives the same double. Minus zero is "0". Not finite: empty,
// the spelling of a missing number in CSV.
std::string FormatReal(double value);

// As few of these digits, at least 15, as reading back gives the same double: 1213.4 rather than 1213.4000000000001.
std::string FormatShort(double value);

// `digits` significant digits (range [1, 17]) as "%.*g", for people. Not finite: empty.
std::string FormatSignificant(double value, int digits);

// Fixed notation with `decimals` digits after the point (range [0, 17]); a value that rounds to zero has no sign. Not
// finite: empty.
std::string FormatFixed(double value, int decimals);

// The finite number that is the whole text ("1", "-2.5e3"; no blanks, no leading '+'), or nothing.
std::optional<double> ParseReal(std::string_view text);

// Integer with the same rule.
std::optional<long long> ParseInteger(std::string_view text);

// "1,234,567" for people.
std::string FormatCount(long long count);

// "1 row", "2,000 rows": the count and the noun, which takes an s unless the count is one.
std::string FormatCounted(long long count, std::string_view noun);

}  // namespace farrell::text
