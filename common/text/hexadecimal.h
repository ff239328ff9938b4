// Digests, keys and identifiers are written in lower-case hexadecimal digits.
#pragma once

#include <algorithm>
#include <string_view>

namespace farrell::text {

// True for digits 0-9 and a-f, and nothing else; true for an empty text.
constexpr bool IsHexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace farrell::text
