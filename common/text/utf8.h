// Well-formed characters of UTF-8 (The Unicode Standard, table 3-7): no shorter forms, no surrogates, nothing above
// U+10FFFF. Header only, so that the client library needs no other library for it.
#pragma once

#include <cstddef>
#include <string_view>

namespace farrell::text {

// What the first byte of a character says of the rest.
struct Utf8Lead {
  std::size_t length = 0;    // bytes of the character, 1 to 4; 0: no character starts with this byte
  unsigned char low = 0x80;  // range of the second byte; every later one lies in [0x80, 0xBF]
  unsigned char high = 0xBF;
};

constexpr Utf8Lead ReadUtf8Lead(unsigned char byte) {
  Utf8Lead lead;
  if (byte < 0x80) {
    lead.length = 1;
  } else if (byte >= 0xC2 && byte <= 0xDF) {
    lead.length = 2;
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    lead.length = 3;
    if (byte == 0xE0) lead.low = 0xA0;   // shorter forms exist
    if (byte == 0xED) lead.high = 0x9F;  // surrogates
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    lead.length = 4;
    if (byte == 0xF0) lead.low = 0x90;   // shorter forms exist
    if (byte == 0xF4) lead.high = 0x8F;  // above U+10FFFF
  }
  return lead;
}

// Bytes of the well-formed character at the start of `text`; 0 when there is none.
constexpr std::size_t Utf8CharacterLength(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const Utf8Lead lead = ReadUtf8Lead(byte(0));
  if (lead.length <= 1) return lead.length;
  if (text.size() < lead.length || byte(1) < lead.low || byte(1) > lead.high) return 0;
  for (std::size_t index = 2; index < lead.length; ++index) {
    if (byte(index) < 0x80 || byte(index) > 0xBF) return 0;
  }
  return lead.length;
}

// Bytes at the start of `text` that are well-formed characters other than NUL: text.size() when all are.
constexpr std::size_t ValidUtf8Length(std::string_view text) {
  std::size_t valid = 0;
  while (valid < text.size() && text[valid] != '\0') {
    const std::size_t length = Utf8CharacterLength(text.substr(valid));
    if (length == 0) break;
    valid += length;
  }
  return valid;
}

// Characters of well-formed UTF-8.
constexpr int CharacterCount(std::string_view text) {
  int count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

}  // namespace farrell::text
