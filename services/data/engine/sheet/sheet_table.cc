#include "services/data/engine/sheet/sheet_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/text/number.h"
#include "services/data/engine/number_text.h"
#include "services/data/engine/sheet/sheet_header.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

constexpr std::size_t kShownCharacters = 80;

SheetRange AllOf(const Sheet& sheet) {
  SheetRange range{{1, 1}, {1, 1}};
  if (sheet.cells.empty()) return range;
  range = {sheet.cells.begin()->first, sheet.cells.begin()->first};
  for (const auto& [place, cell] : sheet.cells) {
    range.first = {std::min(range.first.first, place.first), std::min(range.first.second, place.second)};
    range.last = {std::max(range.last.first, place.first), std::max(range.last.second, place.second)};
  }
  return range;
}

class BodyReader {
 public:
  BodyReader(const SheetView& view, const SheetMapping& mapping, const SheetHeader& header, SheetNotes& notes)
      : view_(view), mapping_(mapping), header_(header), notes_(notes) {
    for (const std::string& each : mapping.missing) missing_.insert(Narrowed(each));
    for (const std::string& each : mapping.skipped) skipped_.insert(Narrowed(each));
    for (const SheetColumn& column : header.columns) {
      if (position_.try_emplace(column.variable, position_.size()).second) names_.push_back(column.variable);
    }
  }

  TidyTable Read(const std::string& unit_key, const std::string& time_key) {
    const bool with_periods = CheckPeriods();
    for (int row = header_.first_row; row <= view_.range().last.first; ++row) {
      if (row != mapping_.unit_row && !view_.IsEmptyRow(row)) ReadRow(row);
    }
    if (rows_.empty() && notes_.problems.empty()) {
      notes_.Problem(view_.range().first, "", "EMPTY_FILE", "no row below the header has a unit and a value");
    }
    if (thousands_ > 0) notes_.Assume(text::FormatCounted(thousands_, "number") + " written with thousands separators");
    if (texts_ > 0) notes_.Assume(text::FormatCounted(texts_, "number") + " stored as text, read as numbers");
    if (marked_ > 0) notes_.Assume(text::FormatCounted(marked_, "value") + " with a footnote mark, which is left out");
    TidyTable table;
    table.has_periods = with_periods;
    table.header = {unit_key};
    if (with_periods) table.header.push_back(time_key);
    table.header.insert(table.header.end(), names_.begin(), names_.end());
    for (auto& [key, values] : rows_) {
      std::vector<std::string>& row = table.rows.emplace_back();
      row.push_back(key.first);
      if (with_periods) row.push_back(std::to_string(*key.second));
      for (std::string& value : values) row.push_back(std::move(value));
    }
    table.columns = header_.labels;
    return table;
  }

 private:
  using Key = std::pair<std::string, std::optional<std::int64_t>>;

  // Either every column has a period, or none.
  bool CheckPeriods() {
    if (header_.time_column != 0) return true;
    const auto without = std::find_if(header_.columns.begin(), header_.columns.end(),
                                      [](const SheetColumn& column) { return !column.period; });
    const auto with = std::find_if(header_.columns.begin(), header_.columns.end(),
                                   [](const SheetColumn& column) { return column.period.has_value(); });
    if (without == header_.columns.end()) return with != header_.columns.end();
    if (with == header_.columns.end()) return false;
    notes_.Problem(without->header, view_.TextAt(without->header), "NOT_AN_INTEGER_PERIOD",
                   "the column has no year above it, others have: leave it out, or give its `period` in the mapping");
    return false;
  }

  bool HasValues(int row) const {
    return std::any_of(header_.columns.begin(), header_.columns.end(), [&](const SheetColumn& column) {
      return view_.At({row, column.column}) != nullptr;
    });
  }

  void ReadRow(int row) {
    const SheetPlace place = view_.Origin({row, header_.unit_column});
    const std::string whole = view_.TextAt(place);
    const Unmarked unit = WithoutMarks(whole);
    if (!HasValues(row) || IsMergedAcross(row)) {
      if (!whole.empty()) LeaveOut(row, whole, IsNote(whole) ? "is a note" : "has no value in its row");
      return;
    }
    if (skipped_.contains(unit.text)) {
      LeaveOut(row, whole, "is skipped by the mapping");
      return;
    }
    if (whole.empty()) {
      notes_.Problem({row, header_.unit_column}, "", "MISSING_KEY", "the row has values and no unit");
      return;
    }
    if (!unit.marks.empty()) notes_.Assume("footnote mark " + unit.marks + " of " + PlaceName(place) + " is left out");
    std::optional<std::int64_t> time;
    if (header_.time_column != 0) {
      time = TimeOf(row);
      if (!time) return;
    }
    for (const SheetColumn& column : header_.columns) {
      ReadCell({row, column.column}, {unit.text, time ? time : column.period}, position_.at(column.variable));
    }
  }

  // A text that is merged over the values: a heading or a note.
  bool IsMergedAcross(int row) const {
    const SheetPlace unit = view_.Origin({row, header_.unit_column});
    return std::all_of(header_.columns.begin(), header_.columns.end(), [&](const SheetColumn& column) {
      const SheetPlace value{row, column.column};
      return view_.At(value) == nullptr || view_.Origin(value) == unit;
    });
  }

  void LeaveOut(int row, const std::string& text, const std::string& why) {
    notes_.Assume("row " + std::to_string(row) + " '" + Shorten(text, kShownCharacters) + "' " + why + ": left out");
  }

  std::optional<std::int64_t> TimeOf(int row) {
    const SheetPlace place = view_.Origin({row, header_.time_column});
    const SheetCell* cell = view_.At(place);
    const std::string text = WithoutMarks(view_.TextAt(place)).text;
    if (cell != nullptr && cell->kind == SheetCell::Kind::kDate) {
      notes_.Problem(place, text, "DATE_AS_PERIOD", "a date stands where a year is wanted: write the year as a number");
      return std::nullopt;
    }
    if (const std::optional<std::int64_t> year = YearIn(text)) return year;
    if (const std::optional<long long> whole = text::ParseInteger(text)) return *whole;
    notes_.Problem(place, text, "NOT_AN_INTEGER_PERIOD", "the period is a whole number such as 2019");
    return std::nullopt;
  }

  void ReadCell(const SheetPlace& place, const Key& key, std::size_t position) {
    const SheetCell* cell = view_.At(place);
    const auto [entry, fresh] = places_.try_emplace({key, position}, place);
    if (!fresh) {
      notes_.Problem(place, key.first, "DUPLICATE_KEY",
                     key.first + (key.second ? ", " + std::to_string(*key.second) : "") + " stands in " +
                         PlaceName(entry->second) + " already");
      return;
    }
    std::string value;
    if (cell != nullptr) {
      if (view_.Origin(place) != place) {
        notes_.Problem(place, view_.TextAt(place), "MERGED_VALUE",
                       "a value is merged over several cells: it is not said whose it is");
        return;
      }
      value = ValueOf(place, *cell);
    }
    RowOf(key)[position] = std::move(value);
  }

  std::string ValueOf(const SheetPlace& place, const SheetCell& cell) {
    switch (cell.kind) {
      case SheetCell::Kind::kNumber: return text::FormatShort(cell.number);
      case SheetCell::Kind::kText: return NumberIn(place, cell.text);
      case SheetCell::Kind::kDate:
        notes_.Problem(place, cell.text, "DATE_AS_VALUE", "a date stands where a number is wanted");
        return {};
      case SheetCell::Kind::kBoolean:
        notes_.Problem(place, cell.text, "NOT_NUMERIC", "a truth value stands where a number is wanted");
        return {};
      case SheetCell::Kind::kError:
        notes_.Problem(place, cell.text, "ERROR_VALUE", "the sheet shows an error here");
        return {};
      case SheetCell::Kind::kFormula:
        notes_.Problem(place, cell.text, "FORMULA_NOT_CALCULATED",
                       "the formula has no calculated value: open the file in a spreadsheet program and save it");
        return {};
    }
    return {};
  }

  std::string NumberIn(const SheetPlace& place, const std::string& written) {
    const std::string whole = Narrowed(written);
    if (whole.empty() || missing_.contains(whole)) return {};
    const Unmarked unmarked = WithoutMarks(whole);
    if (missing_.contains(unmarked.text)) return {};
    ParsedCell parsed = ParseCell(unmarked.text);
    const bool separated = parsed.kind == CellKind::kThousandsSeparator;
    if (separated) {
      std::string digits = unmarked.text;
      std::erase(digits, ',');
      parsed = ParseCell(digits);
    }
    if (parsed.kind != CellKind::kNumber) {
      notes_.Problem(place, whole, "NOT_NUMERIC",
                     "'" + Shorten(whole, kShownCharacters) +
                         "' is no number: name it in `missing` of the mapping if it "
                         "means that there is none");
      return {};
    }
    ++texts_;
    if (separated) ++thousands_;
    if (!unmarked.marks.empty()) ++marked_;
    return text::FormatShort(parsed.number);
  }

  std::vector<std::string>& RowOf(const Key& key) {
    const auto [found, fresh] = row_of_.try_emplace(key, rows_.size());
    if (fresh) rows_.push_back({key, std::vector<std::string>(names_.size())});
    return rows_[found->second].second;
  }

  const SheetView& view_;
  const SheetMapping& mapping_;
  const SheetHeader& header_;
  SheetNotes& notes_;
  std::set<std::string> missing_;
  std::set<std::string> skipped_;
  std::map<std::string, std::size_t> position_;
  std::vector<std::string> names_;
  std::map<Key, std::size_t> row_of_;
  std::vector<std::pair<Key, std::vector<std::string>>> rows_;
  std::map<std::pair<Key, std::size_t>, SheetPlace> places_;
  long long thousands_ = 0;
  long long texts_ = 0;
  long long marked_ = 0;
};

}  // namespace

SheetOutcome ReadSheet(const Sheet& sheet, const SheetMapping& mapping, const std::string& unit_key,
                       const std::string& time_key) {
  SheetNotes notes(sheet.name);
  const SheetRange range = mapping.range.value_or(AllOf(sheet));
  if (!mapping.range)
    notes.Assume("the table is " + PlaceName(range.first) + ":" + PlaceName(range.last) + ", all that is there");
  const SheetView view(sheet, range);
  const SheetHeader header = ReadHeader(view, mapping, notes);
  SheetOutcome outcome;
  if (header.unit_column != 0) outcome.table = BodyReader(view, mapping, header, notes).Read(unit_key, time_key);
  outcome.assumptions = std::move(notes.assumptions);
  outcome.problems = std::move(notes.problems);
  if (!outcome.problems.empty()) outcome.table.rows.clear();
  if (outcome.problems.size() > kMaxProblems) outcome.problems.resize(kMaxProblems);
  return outcome;
}

}  // namespace farrell::data
