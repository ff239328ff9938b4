// What a cell of text is when a number is wanted.
#pragma once

#include <string_view>

namespace farrell::data {

enum class CellKind {
  kNumber,              // a finite number
  kInfinite,            // "inf", "nan" in any spelling, or a number beyond the range of a double
  kThousandsSeparator,  // "1,234", "-12,345.6"
  kText,                // anything else
};

struct ParsedCell {
  CellKind kind = CellKind::kText;
  double number = 0.0;  // when kNumber
};

// Blanks and tabs at both ends and one leading '+' are ignored. The decimal mark is a point in every locale.
ParsedCell ParseCell(std::string_view text);

}  // namespace farrell::data
