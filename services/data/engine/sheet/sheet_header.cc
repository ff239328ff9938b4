#include "services/data/engine/sheet/sheet_header.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "common/text/number.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

constexpr std::size_t kShownCharacters = 80;
constexpr std::string_view kBetweenTexts = " / ";

// Texts above a column, taken apart.
struct Named {
  std::string header;
  std::optional<std::int64_t> period;
  std::string unit;
  SheetPlace lowest;
};

class HeaderReader {
 public:
  HeaderReader(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes)
      : view_(view), mapping_(mapping), notes_(notes) {}

  SheetHeader Read() {
    const SheetRange& range = view_.range();
    header_.unit_column = range.first.second;
    header_.first_row = mapping_.header_rows > 0 ? range.first.first + mapping_.header_rows : FirstBodyRow();
    FindTitles();
    if (!mapping_.unit_column.empty()) header_.unit_column = FindColumn(mapping_.unit_column, "unit_column");
    if (!mapping_.time_column.empty()) header_.time_column = FindColumn(mapping_.time_column, "time_column");
    if (mapping_.unit_column.empty()) {
      notes_.Assume("units stand in column " + ColumnLetters(header_.unit_column) + ", the first");
    }
    for (int column = range.first.second; column <= range.last.second; ++column) {
      if (column != header_.unit_column && column != header_.time_column) ReadColumn(column);
    }
    for (const SheetVariable& variable : mapping_.variables) {
      if (matched_.contains(variable.name)) continue;
      notes_.Problem({header_.first_row - 1, range.first.second}, variable.header, "UNKNOWN_COLUMN",
                     "no column is headed '" + variable.header + "', which the mapping names " + variable.name);
    }
    if (mapping_.header_rows == 0) {
      notes_.Assume("the header ends above row " + std::to_string(header_.first_row) +
                    ", the first with a unit and a number");
    }
    return std::move(header_);
  }

 private:
  // A number below the first column's text that is no year: a header may hold years.
  bool HasValue(int row) const {
    for (int column = view_.range().first.second + 1; column <= view_.range().last.second; ++column) {
      const SheetCell* cell = view_.At({row, column});
      if (cell == nullptr || cell->kind != SheetCell::Kind::kNumber) continue;
      if (!YearIn(text::FormatShort(cell->number))) return true;
    }
    return false;
  }

  int FirstBodyRow() const {
    const SheetRange& range = view_.range();
    for (int row = range.first.first; row <= range.last.first; ++row) {
      if (!view_.TextAt({row, range.first.second}).empty() && HasValue(row)) return row;
    }
    return range.last.first + 1;
  }

  // Rows of the header that say one thing of the whole sheet: a title, or the unit of measurement of everything.
  void FindTitles() {
    const SheetRange& range = view_.range();
    for (int row = range.first.first; row < header_.first_row; ++row) {
      std::set<SheetPlace> origins;
      std::set<SheetPlace> units;
      for (int column = range.first.second; column <= range.last.second; ++column) {
        const std::string text = view_.TextAt({row, column});
        if (text.empty()) continue;
        const Measured measured = WithoutUnit(WithoutMarks(text).text);
        const bool only_unit = measured.name.empty() && !measured.unit.empty();
        (only_unit ? units : origins).insert(view_.Origin({row, column}));
      }
      if (units.size() == 1 && origins.size() <= 1 && row != mapping_.unit_row) {
        all_unit_ = WithoutUnit(WithoutMarks(view_.TextAt(*units.begin())).text).unit;
        titles_.insert(row);
        notes_.Assume("'" + all_unit_ + "' in " + PlaceName(*units.begin()) +
                      " is the unit of measurement of all columns without their own");
        if (origins.empty()) continue;
      }
      if (units.size() > 1) continue;
      const bool narrow = range.first.second == range.last.second;
      const bool with_unit = titles_.contains(row);
      if (origins.size() != 1 || narrow || (row == header_.first_row - 1 && !with_unit)) continue;
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

  int FindColumn(const std::string& wanted, const std::string& field) {
    const SheetRange& range = view_.range();
    for (int column = range.first.second; column <= range.last.second; ++column) {
      if (TakeApart(column).header == Narrowed(wanted)) return column;
    }
    const std::optional<int> letters = ParseColumnLetters(wanted);
    if (letters && *letters >= range.first.second && *letters <= range.last.second) return *letters;
    notes_.Problem(range.first, wanted, "UNKNOWN_COLUMN",
                   "no column of the range is headed '" + wanted + "', which the mapping gives as " + field);
    return 0;
  }

  Named TakeApart(int column) {
    Named named;
    named.lowest = {std::max(header_.first_row - 1, view_.range().first.first), column};
    std::string last;
    for (int row = view_.range().first.first; row < header_.first_row; ++row) {
      if (titles_.contains(row)) continue;
      const std::string whole = view_.TextAt({row, column});
      if (whole.empty()) continue;
      named.lowest = view_.Origin({row, column});
      if (row == mapping_.unit_row) {
        const Measured measured = WithoutUnit(whole);
        named.unit = measured.unit.empty() ? whole : measured.unit;
        continue;
      }
      const SheetCell* cell = view_.At({row, column});
      if (cell->kind == SheetCell::Kind::kDate) {
        notes_.Problem(named.lowest, whole, "DATE_AS_PERIOD",
                       "a date stands where a year is wanted: write the year as a number");
        continue;
      }
      const Unmarked unmarked = WithoutMarks(whole);
      if (!unmarked.marks.empty() && marked_.insert(named.lowest).second) {
        notes_.Assume("footnote mark " + unmarked.marks + " of " + PlaceName(named.lowest) + " is left out");
      }
      if (const std::optional<std::int64_t> year = YearIn(unmarked.text)) {
        named.period = year;
        continue;
      }
      const Measured measured = WithoutUnit(unmarked.text);
      if (!measured.unit.empty()) named.unit = measured.unit;
      if (measured.name.empty() || measured.name == last) continue;
      last = measured.name;
      if (!named.header.empty()) named.header += kBetweenTexts;
      named.header += measured.name;
    }
    return named;
  }

  const SheetVariable* Match(const Named& named, int column) const {
    const std::size_t bar = named.header.rfind(kBetweenTexts);
    const std::string lowest =
        bar == std::string::npos ? named.header : named.header.substr(bar + kBetweenTexts.size());
    for (const SheetVariable& variable : mapping_.variables) {
      const std::string wanted = Narrowed(variable.header);
      if (wanted == named.header || wanted == lowest || wanted == ColumnLetters(column)) return &variable;
    }
    return nullptr;
  }

  bool HasAnyCell(int column) const {
    for (int row = header_.first_row; row <= view_.range().last.first; ++row) {
      if (view_.At({row, column}) != nullptr) return true;
    }
    return false;
  }

  void ReadColumn(int column) {
    Named named = TakeApart(column);
    if (named.header.empty() && !named.period && !HasAnyCell(column)) return;
    SheetColumn made{.column = column, .variable = {}, .period = named.period, .header = named.lowest};
    if (!made.period && header_.time_column == 0) made.period = mapping_.period;
    ColumnLabels labels{.name = {}, .label = named.header, .unit = named.unit, .source = {}};
    if (const SheetVariable* variable = Match(named, column)) {
      matched_.insert(variable->name);
      made.variable = labels.name = variable->name;
      if (!variable->label.empty()) labels.label = variable->label;
      if (!variable->unit.empty()) labels.unit = variable->unit;
    } else if (!mapping_.variables.empty() && !(named.header.empty() && !mapping_.variable.empty())) {
      notes_.Assume("column " + ColumnLetters(column) + " '" + Shorten(named.header, kShownCharacters) +
                    "' is left out: the mapping does not name it");
      return;
    } else if (!mapping_.variable.empty()) {
      made.variable = labels.name = mapping_.variable;
    } else if (!named.header.empty()) {
      made.variable = labels.name = named.header;
    } else {
      notes_.Problem(named.lowest, view_.TextAt(named.lowest), "EMPTY_COLUMN_NAME",
                     "column " + ColumnLetters(column) +
                         " has no name above it: give `variable` in the mapping, or the rows of the header");
      return;
    }
    if (labels.unit.empty()) labels.unit = all_unit_;
    const auto [first, fresh] = taken_.try_emplace({made.variable, made.period}, made.header);
    if (!fresh) {
      notes_.Problem(made.header, view_.TextAt(made.header), "DUPLICATE_COLUMN",
                     made.variable + (made.period ? " of " + std::to_string(*made.period) : "") +
                         " is also the column of " + PlaceName(first->second) + ": name them apart in the mapping");
      return;
    }
    header_.columns.push_back(made);
    const bool known = std::any_of(header_.labels.begin(), header_.labels.end(),
                                   [&](const ColumnLabels& each) { return each.name == labels.name; });
    if (known) return;
    if (labels.label == labels.name) labels.label.clear();
    if (!labels.unit.empty()) {
      notes_.Assume(labels.name + " is measured in '" + labels.unit + "'");
    }
    header_.labels.push_back(std::move(labels));
  }

  const SheetView& view_;
  const SheetMapping& mapping_;
  SheetNotes& notes_;
  SheetHeader header_;
  std::set<int> titles_;
  std::string all_unit_;
  std::set<std::string> matched_;
  std::set<SheetPlace> marked_;
  std::map<std::pair<std::string, std::optional<std::int64_t>>, SheetPlace> taken_;
};

}  // namespace

void SheetNotes::Problem(const SheetPlace& place, const std::string& value, std::string reason, std::string message) {
  problems.push_back({place.first, sheet_ + "!" + PlaceName(place), Shorten(value, kShownCharacters), std::move(reason),
                      std::move(message)});
}

SheetView::SheetView(const Sheet& sheet, const SheetRange& range) : sheet_(sheet), range_(range) {
  for (const SheetRange& merged : sheet.merged) {
    for (int row = merged.first.first; row <= std::min(merged.last.first, range.last.first); ++row) {
      for (int column = merged.first.second; column <= std::min(merged.last.second, range.last.second); ++column) {
        if (SheetPlace{row, column} != merged.first) origin_[{row, column}] = merged.first;
      }
    }
  }
}

SheetPlace SheetView::Origin(const SheetPlace& place) const {
  const auto merged = origin_.find(place);
  return merged == origin_.end() ? place : merged->second;
}

const SheetCell* SheetView::At(const SheetPlace& place) const { return sheet_.Find(Origin(place)); }

std::string SheetView::TextAt(const SheetPlace& place) const {
  const SheetCell* cell = At(place);
  if (cell == nullptr) return {};
  if (cell->kind != SheetCell::Kind::kNumber) return Narrowed(cell->text);
  return text::FormatShort(cell->number);
}

bool SheetView::IsEmptyRow(int row) const {
  for (int column = range_.first.second; column <= range_.last.second; ++column) {
    if (At({row, column}) != nullptr) return false;
  }
  return true;
}

SheetHeader ReadHeader(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes) {
  return HeaderReader(view, mapping, notes).Read();
}

}  // namespace farrell::data
