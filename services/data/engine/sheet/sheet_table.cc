#include "services/data/engine/sheet/sheet_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "common/text/number.h"
#include "services/data/engine/sheet/cell_number.h"
#include "services/data/engine/sheet/header_end.h"
#include "services/data/engine/sheet/sheet_header.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/sheet/skipped_names.h"
#include "services/data/engine/sheet/year_column.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

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

// The range as far as there are cells: a range of the whole sheet names thousands of millions. Its top stays where
// `header_rows` are counted from it.
SheetRange Clipped(SheetRange range, const SheetRange& all, bool counted) {
  range.last = {std::max(range.first.first, std::min(range.last.first, all.last.first)),
                std::max(range.first.second, std::min(range.last.second, all.last.second))};
  range.first.second = std::min(std::max(range.first.second, all.first.second), range.last.second);
  if (!counted) range.first.first = std::min(std::max(range.first.first, all.first.first), range.last.first);
  return range;
}

class BodyReader {
 public:
  BodyReader(const SheetView& view, const SheetMapping& mapping, ColumnTexts& texts, const SheetHeader& header,
             SkippedNames& skipped, TidyRows& rows, SheetNotes& notes)
      : view_(view),
        mapping_(mapping),
        texts_(texts),
        header_(header),
        skipped_(skipped),
        rows_(rows),
        notes_(notes),
        numbers_(mapping.missing, notes) {}

  // `time_key`: the column of periods that the table must have, or empty.
  void Read(const std::string& time_key) {
    CheckPeriods();
    const std::vector<NamedRow> named = RowsWithValues();
    if (TellRepeated(named)) return;
    for (const NamedRow& each : named) {
      if (view_.stopped()) return;
      ReadRow(each);
    }
    if (mapping_.rows == SheetKey::kVariables) CheckVariables();
    if (!any_ && notes_.problems.empty()) {
      notes_.Problem(view_.range().first, "", "EMPTY_FILE",
                     "no row below the header has a " + std::string(KeyWord(mapping_.rows)) + " and a value");
    }
    if (!time_key.empty() && !HasPeriods() && notes_.problems.empty()) TellMissed(time_key, named);
    numbers_.Tell();
    skipped_.Tell(notes_);
  }

 private:
  bool HasPeriods() const {
    return header_.time_column != 0 || std::any_of(header_.columns.begin(), header_.columns.end(),
                                                   [](const SheetColumn& column) { return column.period.has_value(); });
  }

  // Either every column has a period, or none.
  void CheckPeriods() {
    const SheetPlace& first = view_.range().first;
    if (header_.time_column != 0) return rows_.Periods(true, first);
    const auto without = std::find_if(header_.columns.begin(), header_.columns.end(),
                                      [](const SheetColumn& column) { return !column.period; });
    if (header_.columns.empty()) return;
    if (without == header_.columns.end() || !HasPeriods()) return rows_.Periods(HasPeriods(), first);
    notes_.Problem(without->header, view_.TextAt(without->header), "NOT_AN_INTEGER_PERIOD",
                   "the column has no year above it, others have: leave it out, or give its `period` in the mapping");
  }

  bool HasValues(int row) const {
    return std::any_of(header_.columns.begin(), header_.columns.end(), [&](const SheetColumn& column) {
      return view_.At({row, column.column}) != nullptr;
    });
  }

  // Rows of the body but notes, headings and those that are skipped.
  std::vector<NamedRow> RowsWithValues() {
    std::vector<NamedRow> named;
    for (int row = texts_.first_row(); row <= view_.range().last.first && !view_.stopped(); ++row) {
      if (row == mapping_.unit_row || view_.IsEmptyRow(row)) continue;
      const std::string whole = view_.TextAt({row, header_.name_column});
      std::string name = WithoutMarks(whole).text;
      const bool skipped = skipped_.Hold(name);
      if (!HasValues(row) || IsMergedAcross(row)) {
        if (!whole.empty()) LeaveOut(row, whole, IsNote(whole) ? "is a note" : "has no value in its row");
      } else if (skipped) {
        LeaveOut(row, whole, "is skipped by the mapping");
      } else {
        named.push_back({row, std::move(name)});
      }
    }
    return named;
  }

  // Rows that come once a year on a page whose mapping does not say so: one problem, not one a value.
  bool TellRepeated(const std::vector<NamedRow>& named) {
    const bool variables = mapping_.rows == SheetKey::kVariables;
    // What is named in the mapping may come twice, told apart by the numbers of its rows.
    if (header_.time_column != 0 || (variables && !mapping_.variables.empty())) return false;
    std::map<std::string_view, int> first_of;
    for (const auto& [row, name] : named) {
      const auto [first, fresh] = first_of.try_emplace(name, row);
      if (fresh || name.empty()) continue;
      const std::string column = FindYearColumn(view_, texts_, header_, named);
      if (column.empty()) return false;
      notes_.Problem({row, header_.name_column}, name, variables ? "DUPLICATE_ROW" : "DUPLICATE_KEY",
                     name + " stands in " + PlaceName({first->second, header_.name_column}) +
                         " already: give `time_column: " + column +
                         "` in the mapping, as every row has its year there");
      return true;
    }
    return false;
  }

  void TellMissed(const std::string& time_key, const std::vector<NamedRow>& named) {
    const std::string column = FindYearColumn(view_, texts_, header_, named);
    notes_.Problem(
        view_.range().first, time_key, "UNKNOWN_COLUMN",
        "the page does not say the " + time_key +
            " of its values: give it in the mapping, as `period: 2019`, if all have one" +
            (column.empty() ? std::string() : ", or `time_column: " + column + "`, if every row has its year there"));
  }

  void ReadRow(const NamedRow& named) {
    const int row = named.row;
    const SheetPlace place = view_.Origin({row, header_.name_column});
    const std::string whole = view_.TextAt(place);
    const Unmarked name = WithoutMarks(whole);
    if (whole.empty()) {
      notes_.Problem({row, header_.name_column}, "", "MISSING_KEY",
                     "the row has values and no " + std::string(KeyWord(mapping_.rows)));
      return;
    }
    if (!name.marks.empty()) notes_.Assume("footnote mark " + name.marks + " of " + PlaceName(place) + " is left out");
    std::optional<std::int64_t> time;
    if (header_.time_column != 0) {
      time = TimeOf(row);
      if (!time) return;
    }
    std::optional<std::size_t> variable;
    if (mapping_.rows == SheetKey::kVariables) {
      variable = VariableOf(row, place, name.text, time);
      if (!variable) return;
    }
    const std::string& unit = mapping_.rows == SheetKey::kUnits ? name.text : mapping_.unit;
    for (const SheetColumn& column : header_.columns) {
      ReadCell({row, column.column}, {column.unit.empty() ? unit : column.unit, time ? time : column.period},
               variable ? *variable : *column.variable);
    }
  }

  // A text that is merged over the values: a heading or a note.
  bool IsMergedAcross(int row) const {
    const SheetPlace name = view_.Origin({row, header_.name_column});
    return std::all_of(header_.columns.begin(), header_.columns.end(), [&](const SheetColumn& column) {
      const SheetPlace value{row, column.column};
      return view_.At(value) == nullptr || view_.Origin(value) == name;
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

  // The variable that a row is; nothing where the mapping does not name it, or another row is the same.
  std::optional<std::size_t> VariableOf(int row, const SheetPlace& place, const std::string& text,
                                        const std::optional<std::int64_t>& time) {
    const Measured measured = WithoutUnit(text);
    ColumnLabels labels{.name = {}, .label = measured.name, .unit = measured.unit, .source = {}};
    SheetPlace unit_place = place;
    const SheetPlace beside = view_.Origin({row, header_.measurement_column});
    const std::string said = header_.measurement_column == 0 ? "" : WithoutMarks(view_.TextAt(beside)).text;
    if (!numbers_.missing().Hold(said)) {
      const std::string bracketed = WithoutUnit(said).unit;
      labels.unit = bracketed.empty() ? said : bracketed;
      unit_place = beside;
      // What stands in brackets then says something else, as in "GDP (current prices)".
      if (labels.unit != measured.unit) labels.label = text;
    }
    if (labels.label.empty()) labels.label = text;
    labels.name = labels.label;
    if (const SheetVariable* variable =
            FindVariable(mapping_, {labels.label, measured.name, text, std::to_string(row)})) {
      matched_.insert(variable->name);
      labels.name = variable->name;
      if (!variable->label.empty()) labels.label = variable->label;
      if (!variable->unit.empty()) labels.unit = variable->unit;
    } else if (!mapping_.variables.empty()) {
      LeaveOut(row, text, "is not named by the mapping");
      return std::nullopt;
    }
    const auto [first, fresh] = taken_.try_emplace({labels.name, time}, place);
    if (!fresh) {
      notes_.Problem(place, text, "DUPLICATE_ROW",
                     labels.name + (time ? " of " + std::to_string(*time) : "") + " is also the row of " +
                         PlaceName(first->second) + ": name them apart in `variables`, where `header` may be the " +
                         "number of a row");
      return std::nullopt;
    }
    if (labels.unit.empty()) {
      labels.unit = texts_.all_unit();
      unit_place = texts_.AllUnitPlace(place);
    }
    return rows_.Variable(std::move(labels), unit_place, false);
  }

  void CheckVariables() {
    for (const SheetVariable& variable : mapping_.variables) {
      if (matched_.contains(variable.name)) continue;
      notes_.Problem({texts_.first_row(), header_.name_column}, variable.header, "UNKNOWN_ROW",
                     "no row with values is named '" + variable.header + "', which the mapping names " + variable.name);
    }
  }

  void ReadCell(const SheetPlace& place, const TidyRows::Key& key, std::size_t variable) {
    const SheetCell* cell = view_.At(place);
    if (!rows_.Claim(key, variable, place)) return;
    std::string value;
    if (cell != nullptr) {
      if (view_.Origin(place) != place) {
        notes_.Problem(place, view_.TextAt(place), "MERGED_VALUE",
                       "a value is merged over several cells: it is not said whose it is");
        return;
      }
      value = numbers_.Read(place, *cell);
    }
    any_ = true;
    rows_.Set(key, variable, std::move(value));
  }

  const SheetView& view_;
  const SheetMapping& mapping_;
  ColumnTexts& texts_;
  const SheetHeader& header_;
  SkippedNames& skipped_;
  TidyRows& rows_;
  SheetNotes& notes_;
  CellNumbers numbers_;
  std::set<std::string> matched_;
  std::map<std::pair<std::string, std::optional<std::int64_t>>, SheetPlace> taken_;
  bool any_ = false;
};

// What the name of the sheet says, where the mapping declares it; false: a problem.
bool TakeSheetName(const std::string& sheet, SheetMapping& mapping, SheetNotes& notes) {
  if (!mapping.sheet_name) return true;
  const std::string name = NameIn(sheet);
  switch (*mapping.sheet_name) {
    case SheetKey::kUnits: mapping.unit = name; break;
    case SheetKey::kVariables: mapping.variable = name; break;
    case SheetKey::kPeriods:
      mapping.period = YearIn(name);
      if (!mapping.period) {
        notes.Problem({1, 1}, sheet, "NOT_AN_INTEGER_PERIOD",
                      "the name of the sheet is no year: list the `sheets` to read, this one with its `period`");
      }
      return mapping.period.has_value();
  }
  return true;
}

void CheckUnitRow(const SheetMapping& mapping, const SheetRange& range, SheetNotes& notes) {
  const int row = mapping.unit_row;
  if (row == 0 || (row >= range.first.first && row <= range.last.first)) return;
  notes.Problem(
      {row, range.first.second}, std::to_string(row), "UNKNOWN_ROW",
      "`unit_row` is none of the rows with cells in the range " + PlaceName(range.first) + ":" + PlaceName(range.last));
}

void ReadPage(const SheetPage& page, const std::string& time_key, TidyRows& rows, SheetNotes& notes,
              const std::stop_token& stop) {
  rows.Open(notes);
  SheetMapping mapping = page.mapping;
  if (!TakeSheetName(page.sheet.name, mapping, notes)) return;
  const SheetRange all = AllOf(page.sheet);
  const SheetRange range = mapping.range ? Clipped(*mapping.range, all, mapping.header_rows > 0) : all;
  if (!mapping.range) {
    notes.Assume("the table is " + PlaceName(range.first) + ":" + PlaceName(range.last) + ", all that is there");
  }
  const SheetView view(page.sheet, range, stop);
  CheckUnitRow(mapping, range, notes);
  const int first_row = FirstBodyRow(view, mapping, notes);
  // Everything else would follow from a guess.
  if (!notes.problems.empty()) return;
  ColumnTexts texts(view, mapping, first_row, notes);
  SkippedNames skipped(mapping.skipped);
  const SheetHeader header = ReadHeader(view, mapping, texts, skipped, rows, notes);
  if (header.name_column != 0) BodyReader(view, mapping, texts, header, skipped, rows, notes).Read(time_key);
}

// What is assumed of several sheets is said once, with their names.
std::vector<std::string> Together(const std::vector<SheetNotes>& sheets) {
  std::vector<std::pair<std::string, std::vector<std::string>>> said;
  std::map<std::string, std::size_t> at;
  for (const SheetNotes& notes : sheets) {
    for (const std::string& each : notes.assumptions) {
      const auto [entry, fresh] = at.try_emplace(each, said.size());
      if (fresh) said.push_back({each, {}});
      std::vector<std::string>& names = said[entry->second].second;
      if (names.empty() || names.back() != notes.sheet()) names.push_back(notes.sheet());
    }
  }
  std::vector<std::string> assumptions;
  for (const auto& [text, names] : said) {
    std::string whose = names.size() == 1 ? "sheet " : "sheets ";
    for (const std::string& name : names) whose += (&name == &names.front() ? "" : ", ") + name;
    assumptions.push_back((names.size() == sheets.size() ? "every sheet" : whose) + ": " + text);
  }
  return assumptions;
}

}  // namespace

Result<SheetOutcome> ReadSheets(const std::vector<SheetPage>& pages, const std::string& unit_key,
                                const std::string& time_key, const std::stop_token& stop) {
  TidyRows rows;
  std::vector<SheetNotes> sheets;
  sheets.reserve(pages.size());
  for (const SheetPage& page : pages) {
    ReadPage(page, time_key, rows, sheets.emplace_back(page.sheet.name), stop);
    if (stop.stop_requested()) return Cancelled();
  }
  SheetOutcome outcome;
  if (pages.size() == 1) {
    outcome.assumptions = std::move(sheets.front().assumptions);
  } else {
    const std::vector<std::vector<std::string>> lacking = rows.Lacking();
    for (std::size_t sheet = 0; sheet < pages.size(); ++sheet) {
      // Sheets of one variable each lack all others.
      if (!pages[sheet].mapping.variable.empty() || pages[sheet].mapping.sheet_name == SheetKey::kVariables) continue;
      for (const std::string& variable : lacking[sheet]) sheets[sheet].Assume(variable + " does not stand there");
    }
    outcome.assumptions = Together(sheets);
  }
  for (SheetNotes& notes : sheets) {
    std::move(notes.problems.begin(), notes.problems.end(), std::back_inserter(outcome.problems));
  }
  outcome.table = std::move(rows).Take(unit_key, time_key.empty() ? "period" : time_key);
  if (!outcome.problems.empty()) outcome.table.rows.clear();
  if (outcome.problems.size() > kMaxProblems) outcome.problems.resize(kMaxProblems);
  return outcome;
}

}  // namespace farrell::data
