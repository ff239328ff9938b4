// Text as a JSON string. Header only, so that the client library needs no other library for it.
#pragma once

#include <string>
#include <string_view>

namespace farrell::text {

// Appends `text` in double quotes: quote and backslash behind a backslash, control characters as \u00xx in lower case,
// every other byte as it is. Content keys are digests of these bytes (common/canonical): they never change.
inline void AppendJsonText(std::string& out, std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  out += '"';
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += '\\';
      out += character;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHexDigits[byte >> 4U];
      out += kHexDigits[byte & 15U];
    } else {
      out += character;
    }
  }
  out += '"';
}

}  // namespace farrell::text
