// What stands above the columns of a sheet, taken apart: titles, texts, years, units of measurement.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "services/data/engine/sheet/sheet_table.h"
#include "services/data/engine/sheet/sheet_view.h"

namespace farrell::data {

// Several rows of a header are joined by this.
inline constexpr std::string_view kBetweenTexts = " / ";

struct ColumnText {
  std::string header;  // without year, unit of measurement and marks
  std::string whole;   // the same with brackets, as names of units have them
  std::optional<std::int64_t> period;
  bool two_periods = false;  // different years stand above it; `period` is the lowest
  std::string unit;          // of measurement
  SheetPlace unit_place;
  SheetPlace lowest;  // the lowest cell above it that says something

  // The lowest row of a joined text.
  static std::string Last(const std::string& joined);
};

// Finds the titles of the header, which ends above `first_row` (header_end.h), and tells them. All it is given outlives
// it.
class ColumnTexts {
 public:
  ColumnTexts(const SheetView& view, const SheetMapping& mapping, int first_row, SheetNotes& notes);

  // Of the body.
  int first_row() const { return first_row_; }
  // Unit of measurement of all that have none of their own, or empty.
  const std::string& all_unit() const { return all_unit_; }
  // Its cell, or this one where nothing says it.
  SheetPlace AllUnitPlace(const SheetPlace& otherwise) const { return all_unit_.empty() ? otherwise : all_unit_place_; }

  const ColumnText& Above(int column);
  // The column of this header, or of these letters; 0, and a problem: none is.
  int Find(const std::string& wanted, const std::string& field);

 private:
  void FindTitles();
  bool IsNoText(const SheetCell& cell, const SheetPlace& place);
  ColumnText TakeApart(int column);

  const SheetView& view_;
  const SheetMapping& mapping_;
  SheetNotes& notes_;
  int first_row_ = 0;
  std::set<int> titles_;
  std::string all_unit_;
  SheetPlace all_unit_place_;
  std::map<int, ColumnText> taken_apart_;
  std::set<SheetPlace> marked_;
};

}  // namespace farrell::data
