#include "common/text/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "common/text/json_text.h"

namespace farrell::text {
namespace {

constexpr std::uint32_t kFirst[] = {0, 0, 0x80, 0x800, 0x10000};  // smallest code point of each length

// A code point in `length` bytes by the bit pattern alone: shorter forms, surrogates and numbers that are no code
// points can be written too.
std::string Pattern(std::uint32_t code, std::size_t length) {
  if (length == 1) return {static_cast<char>(code)};
  constexpr std::uint32_t kMarks[] = {0, 0, 0xC0, 0xE0, 0xF0};
  std::string bytes(length, '\0');
  for (std::size_t index = length; index-- > 1; code >>= 6U) bytes[index] = static_cast<char>(0x80U | (code & 0x3FU));
  bytes[0] = static_cast<char>(kMarks[length] | code);
  return bytes;
}

TEST(Utf8Test, EveryCodePointIsTakenInItsShortestFormOnly) {
  for (std::size_t length = 1; length <= 4; ++length) {
    const std::uint32_t end = length == 1 ? 0x80 : length == 2 ? 0x800 : length == 3 ? 0x10000 : 0x1FFFFF;
    for (std::uint32_t code = 0; code < end; ++code) {
      const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
      const bool well_formed = code >= kFirst[length] && code <= 0x10FFFF && !surrogate;
      ASSERT_EQ(Utf8CharacterLength(Pattern(code, length)), well_formed ? length : 0)
          << std::hex << code << " in " << length << " bytes";
    }
  }
}

TEST(Utf8Test, CutOrBrokenCharactersHaveNoLength) {
  EXPECT_EQ(Utf8CharacterLength(""), 0U);
  EXPECT_EQ(Utf8CharacterLength("\x80"), 0U);
  EXPECT_EQ(Utf8CharacterLength("\xFF"), 0U);
  for (const std::string character : {"é", "效", "𝜃"}) {
    for (std::size_t kept = 1; kept < character.size(); ++kept) {
      EXPECT_EQ(Utf8CharacterLength(character.substr(0, kept)), 0U) << character << " cut to " << kept;
      EXPECT_EQ(Utf8CharacterLength(character.substr(0, kept) + "ab" + character), 0U) << character;
    }
    EXPECT_EQ(Utf8CharacterLength(character + "x"), character.size());
  }
}

TEST(JsonTextTest, EscapesWhatJsonForbidsAndNothingElse) {
  std::string out = "[";
  AppendJsonText(out, "a\"b\\c/\n\x1F\x7F é\xFF");
  EXPECT_EQ(out, "[\"a\\\"b\\\\c/\\u000a\\u001f\x7F é\xFF\"");
}

}  // namespace
}  // namespace farrell::text
