#include "services/data/engine/sheet/sheet_header.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

// What a column of units of measurement is headed.
constexpr std::array<std::string_view, 6> kMeasurementHeaders = {"计量单位", "单位",  "Unit of measurement",
                                                                 "Unit",     "Units", "Unit of measure"};

class HeaderReader {
 public:
  HeaderReader(const SheetView& view, const SheetMapping& mapping, ColumnTexts& texts, SkippedNames& skipped,
               TidyRows& rows, SheetNotes& notes)
      : view_(view), mapping_(mapping), texts_(texts), skipped_(skipped), rows_(rows), notes_(notes) {}

  SheetHeader Read() {
    FindKeyColumns();
    const bool of_units =
        mapping_.rows == SheetKey::kVariables || (mapping_.rows == SheetKey::kPeriods && mapping_.unit.empty());
    for (int column = view_.range().first.second; column <= view_.range().last.second; ++column) {
      if (column == header_.name_column || column == header_.time_column || column == header_.measurement_column) {
        continue;
      }
      const ColumnText& text = texts_.Above(column);
      if (text.header.empty() && !text.period && !HasAnyCell(column)) continue;
      of_units ? AddUnit(column, text) : AddVariable(column, text);
    }
    if (mapping_.rows != SheetKey::kVariables) CheckVariables();
    if (mapping_.header_rows == 0) {
      notes_.Assume("the header ends above row " + std::to_string(texts_.first_row()) + HowFound());
    }
    return std::move(header_);
  }

 private:
  std::string HowFound() const {
    if (mapping_.rows == SheetKey::kUnits) return ", the first with a unit and a value";
    return ", the first of the " + std::string(KeyWord(mapping_.rows)) + "s";
  }

  void FindKeyColumns() {
    const auto find = [&](const std::string& wanted, const char* field, int otherwise) {
      return wanted.empty() ? otherwise : texts_.Find(wanted, field);
    };
    const int first = view_.range().first.second;
    const std::string* wanted = &mapping_.unit_column;
    switch (mapping_.rows) {
      case SheetKey::kUnits: header_.name_column = find(*wanted, "unit_column", first); break;
      case SheetKey::kVariables:
        wanted = &mapping_.variable_column;
        header_.name_column = find(*wanted, "variable_column", first);
        header_.measurement_column = find(mapping_.measurement_column, "measurement_column", MeasurementColumn());
        break;
      case SheetKey::kPeriods:
        wanted = &mapping_.time_column;
        header_.name_column = find(*wanted, "time_column", first);
        break;
    }
    header_.time_column =
        mapping_.rows == SheetKey::kPeriods ? header_.name_column : find(mapping_.time_column, "time_column", 0);
    if (wanted->empty()) {
      notes_.Assume(std::string(KeyWord(mapping_.rows)) + "s stand in column " + ColumnLetters(header_.name_column) +
                    ", the first");
    }
  }

  int MeasurementColumn() {
    if (!mapping_.measurement_column.empty()) return 0;
    for (int column = view_.range().first.second; column <= view_.range().last.second; ++column) {
      const ColumnText& text = texts_.Above(column);
      if (column == header_.name_column ||
          std::find(kMeasurementHeaders.begin(), kMeasurementHeaders.end(), text.header) == kMeasurementHeaders.end()) {
        continue;
      }
      notes_.Assume("column " + ColumnLetters(column) + " '" + text.header + "' holds units of measurement");
      return column;
    }
    return 0;
  }

  bool HasAnyCell(int column) const {
    for (int row = texts_.first_row(); row <= view_.range().last.first && !view_.stopped(); ++row) {
      if (view_.At({row, column}) != nullptr) return true;
    }
    return false;
  }

  std::optional<std::int64_t> PeriodOf(const ColumnText& text) const {
    return text.period || header_.time_column != 0 ? text.period : mapping_.period;
  }

  void AddVariable(int column, const ColumnText& text) {
    ColumnLabels labels{.name = {}, .label = text.header, .unit = text.unit, .source = {}};
    const SheetVariable* variable =
        FindVariable(mapping_, {text.header, ColumnText::Last(text.header), ColumnLetters(column)});
    if (variable != nullptr) {
      matched_.insert(variable->name);
      labels.name = variable->name;
      if (!variable->label.empty()) labels.label = variable->label;
      if (!variable->unit.empty()) labels.unit = variable->unit;
    } else if (!mapping_.variables.empty() && !(text.header.empty() && !mapping_.variable.empty())) {
      notes_.Assume("column " + ColumnLetters(column) + " '" + Shorten(text.header, kShownCharacters) +
                    "' is left out: the mapping does not name it");
      return;
    } else if (!mapping_.variable.empty()) {
      labels.name = mapping_.variable;
    } else if (!text.header.empty()) {
      labels.name = text.header;
    } else {
      notes_.Problem(text.lowest, view_.TextAt(text.lowest), "EMPTY_COLUMN_NAME",
                     "column " + ColumnLetters(column) +
                         " has no name above it: give `variable` in the mapping, or the rows of the header");
      return;
    }
    const bool own_unit = !labels.unit.empty();
    if (!own_unit) labels.unit = texts_.all_unit();
    const std::string name = labels.name;
    SheetColumn made{.column = column, .unit = {}, .variable = {}, .period = PeriodOf(text), .header = text.lowest};
    if (!Take(name, made, "name them apart in the mapping")) return;
    made.variable =
        rows_.Variable(std::move(labels), own_unit ? text.unit_place : texts_.AllUnitPlace(text.lowest), true);
    header_.columns.push_back(std::move(made));
  }

  void AddUnit(int column, const ColumnText& text) {
    if (skipped_.Hold(text.whole) || skipped_.Hold(ColumnText::Last(text.whole))) {
      notes_.Assume("column " + ColumnLetters(column) + " '" + Shorten(text.whole, kShownCharacters) +
                    "' is skipped by the mapping: left out");
      return;
    }
    if (text.two_periods) {
      notes_.Problem(text.lowest, view_.TextAt(text.lowest), "NOT_AN_INTEGER_PERIOD",
                     "different years stand above column " + ColumnLetters(column) +
                         ": give `header_rows` in the mapping if one of them is a value");
      return;
    }
    SheetColumn made{.column = column,
                     .unit = mapping_.unit.empty() ? text.whole : mapping_.unit,
                     .variable = {},
                     .period = PeriodOf(text),
                     .header = text.lowest};
    if (made.unit.empty()) {
      notes_.Problem(text.lowest, view_.TextAt(text.lowest), "MISSING_KEY",
                     "column " + ColumnLetters(column) +
                         " has no unit above it: give `unit` in the mapping if the page is of one");
      return;
    }
    if (!text.whole.empty() && text.whole != made.unit) {
      notes_.Assume("'" + Shorten(text.whole, kShownCharacters) + "' above column " + ColumnLetters(column) +
                    " names nothing: the page is of " + made.unit);
    }
    if (!Take(made.unit, made, "leave one out by `skip` of the mapping")) return;
    if (mapping_.rows == SheetKey::kPeriods) {
      made.variable = rows_.Variable(PageVariable(), texts_.AllUnitPlace(text.lowest), false);
    }
    header_.columns.push_back(std::move(made));
  }

  // The one of a page whose columns are units and whose rows are periods.
  ColumnLabels PageVariable() {
    ColumnLabels labels{.name = mapping_.variable, .label = {}, .unit = texts_.all_unit(), .source = {}};
    if (const SheetVariable* variable = FindVariable(mapping_, {mapping_.variable})) {
      matched_.insert(variable->name);
      labels = {variable->name, variable->label, variable->unit.empty() ? labels.unit : variable->unit, {}};
    }
    return labels;
  }

  // False when a column of the same name and period was taken, which is then a problem.
  bool Take(const std::string& name, const SheetColumn& column, const std::string& how_to_mend) {
    const auto [first, fresh] = taken_.try_emplace({name, column.period}, column.header);
    if (fresh) return true;
    notes_.Problem(column.header, view_.TextAt(column.header), "DUPLICATE_COLUMN",
                   name + (column.period ? " of " + std::to_string(*column.period) : "") + " is also the column of " +
                       PlaceName(first->second) + ": " + how_to_mend);
    return false;
  }

  void CheckVariables() {
    for (const SheetVariable& variable : mapping_.variables) {
      if (matched_.contains(variable.name)) continue;
      notes_.Problem({texts_.first_row() - 1, view_.range().first.second}, variable.header, "UNKNOWN_COLUMN",
                     "no column is headed '" + variable.header + "', which the mapping names " + variable.name);
    }
  }

  const SheetView& view_;
  const SheetMapping& mapping_;
  ColumnTexts& texts_;
  SkippedNames& skipped_;
  TidyRows& rows_;
  SheetNotes& notes_;
  SheetHeader header_;
  std::set<std::string> matched_;
  std::map<std::pair<std::string, std::optional<std::int64_t>>, SheetPlace> taken_;
};

}  // namespace

std::string_view KeyWord(SheetKey key) {
  switch (key) {
    case SheetKey::kUnits: return "unit";
    case SheetKey::kVariables: return "variable";
    case SheetKey::kPeriods: return "period";
  }
  return {};
}

const SheetVariable* FindVariable(const SheetMapping& mapping, const std::vector<std::string>& texts) {
  for (const SheetVariable& variable : mapping.variables) {
    if (std::find(texts.begin(), texts.end(), NameIn(variable.header)) != texts.end()) return &variable;
  }
  return nullptr;
}

SheetHeader ReadHeader(const SheetView& view, const SheetMapping& mapping, ColumnTexts& texts, SkippedNames& skipped,
                       TidyRows& rows, SheetNotes& notes) {
  return HeaderReader(view, mapping, texts, skipped, rows, notes).Read();
}

}  // namespace farrell::data
