// Texts as statistics bureaus write them into sheets: full-width characters, footnote marks, units in brackets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farrell::data {

// Full-width letters, digits and signs as ASCII; all blanks and line ends as one blank, none at the ends and none
// between Chinese characters ("北  京" is "北京").
std::string Narrowed(std::string_view text);

// A narrowed text without the footnote marks at its end: [1], circled digits, superscript digits, *, †, ‡.
struct Unmarked {
  std::string text;
  std::string marks;
};
Unmarked WithoutMarks(std::string_view text);
// What is written in a sheet or a mapping, as names are compared: narrowed and without marks.
std::string NameIn(std::string_view written);

// "R&D经费(万元)" is named "R&D经费" and measured in "万元"; a bracket with a year in it is no unit. "单位:亿元" and
// "Unit: persons" have a unit and no name.
struct Measured {
  std::string name;
  std::string unit;
};
Measured WithoutUnit(std::string_view text);
// A narrowed text that has nothing but such a unit.
bool IsOnlyUnit(std::string_view text);

// Whether the text has a letter or digit of any script: signs alone, as "-" and "……", name nothing.
bool HasWord(std::string_view text);

// "2019", "2019年", "2019 年底": a year from 1000 to 2999 with nothing but such a word behind it.
std::optional<std::int64_t> YearIn(std::string_view text);

// A note below a table: begins with 注, 资料来源, Note, Source or a footnote mark.
bool IsNote(std::string_view text);

}  // namespace farrell::data
