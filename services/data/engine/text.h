// Small things about UTF-8 text that messages and options need.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farrell::data {

// Without blanks and tabs at both ends.
std::string_view TrimBlanks(std::string_view text);

// At most `characters` characters, cut at a character boundary and ended with "…" when shortened. Bytes that are not
// UTF-8 and control characters become "?", because messages travel as UTF-8.
std::string Shorten(std::string_view text, std::size_t characters);

// A calendar date YYYY-MM-DD.
bool IsIsoDate(std::string_view text);

}  // namespace farrell::data
