// UTF-8 text as a terminal shows it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farrell::text {

// Columns the text takes on a terminal: two for wide East Asian characters and emoji, none for combining marks and
// control characters, one otherwise. A byte that is not UTF-8 counts one.
std::size_t DisplayWidth(std::string_view utf8);

// The text cut to at most `width` columns, with an ellipsis in the last one when something was cut. Never cuts a
// character.
std::string Shorten(std::string_view utf8, std::size_t width);

}  // namespace farrell::text
