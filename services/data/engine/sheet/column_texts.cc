#include "services/data/engine/sheet/column_texts.h"

#include <algorithm>

#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {

std::string ColumnText::Last(const std::string& joined) {
  const std::size_t bar = joined.rfind(kBetweenTexts);
  return bar == std::string::npos ? joined : joined.substr(bar + kBetweenTexts.size());
}

ColumnTexts::ColumnTexts(const SheetView& view, const SheetMapping& mapping, int first_row, SheetNotes& notes)
    : view_(view), mapping_(mapping), notes_(notes), first_row_(first_row) {
  FindTitles();
}

// Rows of the header that say one thing of the whole sheet: a title, or the unit of measurement of everything.
void ColumnTexts::FindTitles() {
  const SheetRange& range = view_.range();
  for (int row = range.first.first; row < first_row_ && !view_.stopped(); ++row) {
    if (row == mapping_.unit_row) continue;
    std::set<SheetPlace> origins;
    std::set<SheetPlace> units;
    for (int column = range.first.second; column <= range.last.second; ++column) {
      const std::string text = view_.TextAt({row, column});
      if (!text.empty()) (IsOnlyUnit(text) ? units : origins).insert(view_.Origin({row, column}));
    }
    if (units.size() == 1 && origins.size() <= 1) {
      all_unit_place_ = *units.begin();
      all_unit_ = WithoutUnit(WithoutMarks(view_.TextAt(all_unit_place_)).text).unit;
      titles_.insert(row);
      notes_.Assume("'" + all_unit_ + "' in " + PlaceName(all_unit_place_) + " is the unit of measurement of all " +
                    (mapping_.rows == SheetKey::kVariables ? "rows" : "columns") + " without their own");
      if (origins.empty()) continue;
    }
    if (units.size() > 1) continue;
    const bool narrow = range.first.second == range.last.second;
    const bool with_unit = titles_.contains(row);
    if (origins.size() != 1 || narrow || (row == first_row_ - 1 && !with_unit)) continue;
    const SheetPlace place = *origins.begin();
    // One text that does not stand over a single column of values.
    const bool over_all =
        with_unit || view_.Origin({row, range.last.second}) == place || place.second == range.first.second;
    if (!over_all) continue;
    titles_.insert(row);
    notes_.Assume("'" + Shorten(view_.TextAt(place), kShownCharacters) + "' in " + PlaceName(place) +
                  " is a title and names no column");
  }
}

int ColumnTexts::Find(const std::string& wanted, const std::string& field) {
  const SheetRange& range = view_.range();
  for (int column = range.first.second; column <= range.last.second; ++column) {
    if (Above(column).header == NameIn(wanted)) return column;
  }
  const std::optional<int> letters = ParseColumnLetters(wanted);
  if (letters && *letters >= range.first.second && *letters <= range.last.second) return *letters;
  notes_.Problem(range.first, wanted, "UNKNOWN_COLUMN",
                 "no column of the range is headed '" + wanted + "', which the mapping gives as " + field);
  return 0;
}

const ColumnText& ColumnTexts::Above(int column) {
  const auto known = taken_apart_.find(column);
  return known != taken_apart_.end() ? known->second : taken_apart_.emplace(column, TakeApart(column)).first->second;
}

// What a header cannot say, which is then a problem.
bool ColumnTexts::IsNoText(const SheetCell& cell, const SheetPlace& place) {
  switch (cell.kind) {
    case SheetCell::Kind::kDate:
      notes_.Problem(place, cell.text, "DATE_AS_PERIOD",
                     "a date stands where a year is wanted: write the year as a number");
      return true;
    case SheetCell::Kind::kError:
      notes_.Problem(place, cell.text, "ERROR_VALUE", "the sheet shows an error where a column is named");
      return true;
    case SheetCell::Kind::kFormula:
      notes_.Problem(place, cell.text, "FORMULA_NOT_CALCULATED",
                     "the formula that names a column has no calculated value: open the file in a spreadsheet program "
                     "and save it");
      return true;
    default: return false;
  }
}

ColumnText ColumnTexts::TakeApart(int column) {
  ColumnText made;
  made.lowest = made.unit_place = {std::max(first_row_ - 1, view_.range().first.first), column};
  const auto join = [](std::string& to, std::string& last, const std::string& text) {
    if (text == last) return;
    to += (to.empty() ? "" : std::string(kBetweenTexts)) + text;
    last = text;
  };
  std::string last_header;
  std::string last_whole;
  const auto take_unit = [&](const std::string& whole) {
    const Measured measured = WithoutUnit(whole);
    made.unit = measured.unit.empty() ? whole : measured.unit;
    made.unit_place = view_.Origin({mapping_.unit_row, column});
  };
  for (int row = view_.range().first.first; row < first_row_ && !view_.stopped(); ++row) {
    if (titles_.contains(row)) continue;
    const std::string whole = view_.TextAt({row, column});
    if (whole.empty()) continue;
    made.lowest = view_.Origin({row, column});
    if (row == mapping_.unit_row) {
      take_unit(whole);
      continue;
    }
    const SheetCell* cell = view_.At({row, column});
    if (IsNoText(*cell, made.lowest)) continue;
    const Unmarked unmarked = WithoutMarks(whole);
    if (!unmarked.marks.empty() && marked_.insert(made.lowest).second) {
      notes_.Assume("footnote mark " + unmarked.marks + " of " + PlaceName(made.lowest) + " is left out");
    }
    if (const std::optional<std::int64_t> year = YearIn(unmarked.text)) {
      made.two_periods = made.two_periods || (made.period && made.period != year);
      made.period = year;
      continue;
    }
    const Measured measured = WithoutUnit(unmarked.text);
    if (!measured.unit.empty()) {
      made.unit = measured.unit;
      made.unit_place = made.lowest;
    }
    if (measured.name.empty()) continue;
    join(made.header, last_header, measured.name);
    join(made.whole, last_whole, unmarked.text);
  }
  // The row of units may stand below those that `header_rows` counts.
  const std::string below = mapping_.unit_row < first_row_ ? "" : view_.TextAt({mapping_.unit_row, column});
  if (!below.empty()) take_unit(below);
  return made;
}

}  // namespace farrell::data
