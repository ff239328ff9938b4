#include "services/data/engine/sheet/header_end.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/text/number.h"
#include "services/data/engine/number_text.h"
#include "services/data/engine/sheet/cell_number.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

// Texts of one row by column.
using RowTexts = std::map<int, std::string>;

bool IsYear(const std::string& text) { return YearIn(WithoutMarks(text).text).has_value(); }
bool IsNumeric(const std::string& text) { return ParseCell(WithoutMarks(text).text).kind != CellKind::kText; }

// What the rows so far say of the columns: columns with the same texts above them are in one group.
class TextsAbove {
 public:
  void Add(const RowTexts& row) {
    std::map<std::pair<int, std::string>, int> groups;
    for (const auto& [column, text] : row) {
      const auto [entry, fresh] = groups.try_emplace({group_[column], text}, groups_ + 1);
      if (fresh) ++groups_;
      group_[column] = entry->second;
      if (IsYear(text)) with_year_.insert(column);
    }
  }
  bool empty() const { return groups_ == 0; }
  // Whether every column of the row has texts above it, and others than its neighbours.
  bool TellApart(const RowTexts& row) const {
    std::set<int> seen;
    return std::all_of(row.begin(), row.end(), [&](const auto& cell) {
      const auto group = group_.find(cell.first);
      return group != group_.end() && seen.insert(group->second).second;
    });
  }
  bool HaveYears(const RowTexts& row) const {
    return std::all_of(row.begin(), row.end(), [&](const auto& cell) { return with_year_.contains(cell.first); });
  }

 private:
  std::map<int, int> group_;
  int groups_ = 0;
  std::set<int> with_year_;
};

// A number that is no year begins the body, a header may hold years. Below other texts so does whatever can only stand
// for a value. Where the first row of values may look like a row of years (2154, 1560), rows that are variables or
// periods are told by the corner, the header's row with a text in the first column, as 指标 or 年份: below it the next
// such text begins the body. The header of units may have such texts in several rows, as in two languages.
class HeaderEnd {
 public:
  HeaderEnd(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes)
      : view_(view), mapping_(mapping), notes_(notes), missing_(mapping.missing) {}

  int Find() {
    const SheetRange& range = view_.range();
    for (int row = range.first.first; row <= range.last.first && !view_.stopped(); ++row) {
      if (row == mapping_.unit_row) continue;
      const SheetPlace first{row, range.first.second};
      const std::string name = view_.TextAt(first);
      const bool own = !name.empty() && view_.Origin(first) == first;
      const RowTexts beside = TextsBeside(row);
      if (BeginsBody(row, name, own, beside)) return row;
      if (own && !beside.empty()) {
        if (IsUnclear(beside)) {
          const std::string above = std::to_string(row - range.first.first);
          notes_.Problem(first, name, "HEADER_UNCLEAR",
                         "the row may be of the header or the first of values: give `header_rows` in the mapping, " +
                             above + " if it is the first of values");
          return row;
        }
        // Said of the first: a sheet of texts may have many.
        if (++corners_ == 2) {
          notes_.Assume("row " + std::to_string(row) + " '" + Shorten(name, kShownCharacters) +
                        "' is another row of the header");
        }
      }
      above_.Add(beside);
    }
    return range.last.first + 1;
  }

 private:
  // Cells of the row that say something and are not merged into its first one.
  RowTexts TextsBeside(int row) const {
    const SheetRange& range = view_.range();
    const SheetPlace first = view_.Origin({row, range.first.second});
    RowTexts texts;
    for (int column = range.first.second + 1; column <= range.last.second; ++column) {
      const SheetPlace place = view_.Origin({row, column});
      const std::string text = view_.TextAt(place);
      if (!text.empty() && place != first && !IsOnlyUnit(text)) texts[column] = text;
    }
    return texts;
  }

  bool BeginsBody(int row, const std::string& name, bool own, const RowTexts& beside) const {
    const bool units = mapping_.rows == SheetKey::kUnits;
    // A unit may be merged over several rows, the first of them without a number.
    if ((own || (units && !name.empty())) && HasNumber(row)) return true;
    if (!own) return false;
    if (!units && corners_ > 0) return true;
    if (mapping_.rows == SheetKey::kPeriods && IsYear(name) && !beside.empty()) return true;
    return !above_.empty() && std::any_of(beside.begin(), beside.end(), [&](const auto& cell) {
      return CanOnlyBeValue(*view_.At({row, cell.first}), cell.second);
    });
  }

  bool HasNumber(int row) const {
    for (int column = view_.range().first.second + 1; column <= view_.range().last.second; ++column) {
      const SheetCell* cell = view_.At({row, column});
      if (cell == nullptr || cell->kind != SheetCell::Kind::kNumber) continue;
      if (!YearIn(text::FormatShort(cell->number))) return true;
    }
    return false;
  }

  bool CanOnlyBeValue(const SheetCell& cell, const std::string& text) const {
    switch (cell.kind) {
      case SheetCell::Kind::kNumber: return !IsYear(text);
      case SheetCell::Kind::kText: return missing_.Hold(text) || !HasWord(text) || (IsNumeric(text) && !IsYear(text));
      case SheetCell::Kind::kDate: return false;  // may be meant as a year, and is refused as such
      case SheetCell::Kind::kBoolean:
      case SheetCell::Kind::kError:
      case SheetCell::Kind::kFormula: return true;
    }
    return false;
  }

  // The header does not need the row, as those above it name every column, and it may hold values: numbers that look
  // like years, or texts where the year of every column stands above already.
  bool IsUnclear(const RowTexts& beside) const {
    const bool named = above_.TellApart(beside) && (corners_ > 0 || beside.size() > 1);
    const bool like_years = std::any_of(beside.begin(), beside.end(),
                                        [](const auto& cell) { return IsYear(cell.second) && IsNumeric(cell.second); });
    return named && (like_years || above_.HaveYears(beside));
  }

  const SheetView& view_;
  const SheetMapping& mapping_;
  SheetNotes& notes_;
  MissingTexts missing_;
  TextsAbove above_;
  int corners_ = 0;  // rows of the header with texts of their own in the first column and beside it
};

}  // namespace

int FirstBodyRow(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes) {
  if (mapping.header_rows > 0) return view.range().first.first + mapping.header_rows;
  return HeaderEnd(view, mapping, notes).Find();
}

}  // namespace farrell::data
