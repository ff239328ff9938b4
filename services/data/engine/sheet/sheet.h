// One sheet of a workbook as it was read: cells where they stand, nothing interpreted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farrell::data {

// 1-based row and column.
using SheetPlace = std::pair<int, int>;

struct SheetCell {
  enum class Kind : std::uint8_t {
    kNumber,
    kText,
    kDate,     // `text` is the ISO date
    kBoolean,  // `text` is TRUE or FALSE
    kError,    // `text` is what the sheet shows, e.g. #REF!
    kFormula,  // without a calculated value; `text` is the formula
  };
  Kind kind = Kind::kText;
  double number = 0.0;
  std::string text;
};

struct SheetRange {
  SheetPlace first;
  SheetPlace last;
  bool Holds(const SheetPlace& place) const {
    return place.first >= first.first && place.first <= last.first && place.second >= first.second &&
           place.second <= last.second;
  }
};

struct Sheet {
  std::string name;
  std::map<SheetPlace, SheetCell> cells;  // those that are not empty
  std::vector<SheetRange> merged;

  const SheetCell* Find(const SheetPlace& place) const {
    const auto found = cells.find(place);
    return found == cells.end() ? nullptr : &found->second;
  }
};

// "B7", and back; columns to XFD, rows to 1048576.
std::string PlaceName(const SheetPlace& place);
std::string ColumnLetters(int column);
std::optional<SheetPlace> ParsePlace(std::string_view name);
std::optional<int> ParseColumnLetters(std::string_view letters);
// "A3:Z40".
std::optional<SheetRange> ParseRange(std::string_view text);

}  // namespace farrell::data
