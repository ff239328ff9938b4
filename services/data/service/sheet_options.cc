#include "services/data/service/sheet_options.h"

#include <map>
#include <string>
#include <utility>

namespace farrell::data {
namespace {

constexpr int kMostHeaderRows = 100;
constexpr int kMostSheets = 1000;

SheetKey ToKey(v1::SheetMapping::Key key) {
  switch (key) {
    case v1::SheetMapping::KEY_VARIABLES: return SheetKey::kVariables;
    case v1::SheetMapping::KEY_PERIODS: return SheetKey::kPeriods;
    default: return SheetKey::kUnits;
  }
}

SheetMapping ToMapping(const v1::SheetMapping& proto) {
  SheetMapping mapping;
  mapping.rows = ToKey(proto.rows());
  if (proto.sheet_names() != v1::SheetMapping::KEY_UNSPECIFIED) mapping.sheet_name = ToKey(proto.sheet_names());
  mapping.range = ParseRange(proto.range());
  mapping.header_rows = proto.header_rows();
  mapping.unit_row = proto.unit_row();
  mapping.unit_column = proto.unit_column();
  mapping.variable_column = proto.variable_column();
  mapping.time_column = proto.time_column();
  mapping.measurement_column = proto.measurement_column();
  mapping.unit = proto.unit();
  if (proto.has_period()) mapping.period = proto.period();
  mapping.variable = proto.variable();
  for (const v1::SheetVariable& each : proto.variables()) {
    mapping.variables.push_back({each.header(), each.name(), each.label(), each.unit()});
  }
  mapping.missing.assign(proto.missing().begin(), proto.missing().end());
  mapping.skipped.assign(proto.skip().begin(), proto.skip().end());
  return mapping;
}

// Whether this part says what the names of sheets would say.
bool SaysKey(const v1::SheetPart& part, v1::SheetMapping::Key key) {
  switch (key) {
    case v1::SheetMapping::KEY_UNITS: return !part.unit().empty();
    case v1::SheetMapping::KEY_VARIABLES: return !part.variable().empty();
    case v1::SheetMapping::KEY_PERIODS: return part.has_period();
    default: return false;
  }
}

class MappingCheck {
 public:
  MappingCheck(const v1::SheetMapping& mapping, std::vector<FieldViolation>& violations)
      : mapping_(mapping), rows_(ToKey(mapping.rows())), violations_(violations) {}

  void Check() {
    CheckPage();
    CheckRows();
    if (mapping_.has_period()) CheckSaid(SheetKey::kPeriods, "period");
    if (!mapping_.unit().empty()) CheckSaid(SheetKey::kUnits, "unit");
    if (!mapping_.variable().empty()) CheckSaid(SheetKey::kVariables, "variable");
    CheckSheetNames();
    CheckSheets();
    for (int index = 0; index < mapping_.variables_size(); ++index) {
      const std::string at = "variables[" + std::to_string(index) + "]";
      if (mapping_.variables(index).header().empty()) Add(at + ".header", "required");
      if (mapping_.variables(index).name().empty()) Add(at + ".name", "required");
    }
  }

 private:
  void Add(const std::string& field, const std::string& what) {
    violations_.push_back({"options.mapping." + field, what});
  }

  void CheckPage() {
    if (!mapping_.range().empty() && !ParseRange(mapping_.range())) {
      Add("range", "cells such as A3:Z40 are wanted, not '" + mapping_.range() + "'");
    }
    if (mapping_.header_rows() < 0 || mapping_.header_rows() > kMostHeaderRows) {
      Add("header_rows", "range [0, " + std::to_string(kMostHeaderRows) + "]");
    }
    if (mapping_.unit_row() < 0) Add("unit_row", "a row of the sheet, or 0");
  }

  void CheckRows() {
    if (!v1::SheetMapping::Key_IsValid(mapping_.rows())) Add("rows", "no such key");
    if (!v1::SheetMapping::Key_IsValid(mapping_.sheet_names())) Add("sheet_names", "no such key");
    if (rows_ != SheetKey::kUnits) {
      if (mapping_.unit_row() > 0) Add("unit_row", "goes with rows that are units");
      if (!mapping_.unit_column().empty()) Add("unit_column", "goes with rows that are units");
    }
    if (rows_ != SheetKey::kVariables) {
      if (!mapping_.variable_column().empty()) Add("variable_column", "goes with rows that are variables");
      if (!mapping_.measurement_column().empty()) Add("measurement_column", "goes with rows that are variables");
    }
  }

  // `field` says this of a whole sheet.
  void CheckSaid(SheetKey key, const std::string& field) {
    if (key == rows_) {
      switch (key) {
        case SheetKey::kUnits:
          Add(field, "every row says its unit: goes with rows that are variables or periods");
          break;
        case SheetKey::kVariables:
          Add(field, "every row says its variable: goes with rows that are units or periods");
          break;
        case SheetKey::kPeriods:
          Add(field, "every row says its period: goes with rows that are units or variables");
          break;
      }
    } else if (key == SheetKey::kPeriods && !mapping_.time_column().empty()) {
      Add(field, "give either a column of periods or the one period of all rows");
    }
  }

  void CheckSheetNames() {
    if (mapping_.sheet_names() == v1::SheetMapping::KEY_UNSPECIFIED) return;
    const SheetKey key = ToKey(mapping_.sheet_names());
    CheckSaid(key, "sheet_names");
    const std::string both = "the names of the sheets say it: leave it out, or `sheet_names`";
    if (key == SheetKey::kUnits && !mapping_.unit().empty()) Add("unit", both);
    if (key == SheetKey::kVariables && !mapping_.variable().empty()) Add("variable", both);
    if (key == SheetKey::kPeriods && mapping_.has_period()) Add("period", both);
  }

  void CheckSheets() {
    const bool whose = !mapping_.unit().empty() || !mapping_.variable().empty() ||
                       mapping_.sheet_names() == v1::SheetMapping::KEY_UNITS ||
                       mapping_.sheet_names() == v1::SheetMapping::KEY_VARIABLES;
    const std::string of_what = "required, or `variable`: rows that are periods are of one of them";
    if (mapping_.sheets().empty()) {
      if (rows_ == SheetKey::kPeriods && !whose) Add("unit", of_what);
      return;
    }
    if (!mapping_.sheet().empty()) Add("sheet", "give either one sheet or several `sheets`");
    if (mapping_.sheets_size() > kMostSheets) Add("sheets", "at most " + std::to_string(kMostSheets));
    std::map<std::string, int> listed;
    for (int index = 0; index < mapping_.sheets_size(); ++index) {
      const v1::SheetPart& part = mapping_.sheets(index);
      const std::string at = "sheets[" + std::to_string(index) + "].";
      if (part.sheet().empty()) Add(at + "sheet", "required");
      const auto [first, fresh] = listed.try_emplace(part.sheet(), index);
      if (!fresh && !part.sheet().empty()) {
        Add(at + "sheet", "'" + part.sheet() + "' is sheets[" + std::to_string(first->second) + "] already");
      }
      if (part.has_period()) CheckSaid(SheetKey::kPeriods, at + "period");
      if (!part.unit().empty()) CheckSaid(SheetKey::kUnits, at + "unit");
      if (!part.variable().empty()) CheckSaid(SheetKey::kVariables, at + "variable");
      if (rows_ == SheetKey::kPeriods && !whose && part.unit().empty() && part.variable().empty()) {
        Add(at + "unit", of_what);
      }
    }
  }

  const v1::SheetMapping& mapping_;
  SheetKey rows_;
  std::vector<FieldViolation>& violations_;
};

}  // namespace

void CheckSheetOptions(const v1::ImportOptions& options, std::vector<FieldViolation>& violations) {
  if (!v1::TableFormat_IsValid(options.format())) violations.push_back({"options.format", "no such format"});
  if (options.format() == v1::TABLE_FORMAT_XLSX) return MappingCheck(options.mapping(), violations).Check();
  if (options.has_mapping()) {
    violations.push_back({"options.mapping", "goes with a workbook: format TABLE_FORMAT_XLSX"});
  }
}

SheetChoice SheetsToRead(const v1::SheetMapping& mapping) {
  SheetChoice choice;
  if (!mapping.sheet().empty()) choice.names.push_back(mapping.sheet());
  for (const v1::SheetPart& part : mapping.sheets()) choice.names.push_back(part.sheet());
  choice.all_visible = choice.names.empty() && mapping.sheet_names() != v1::SheetMapping::KEY_UNSPECIFIED;
  return choice;
}

std::vector<SheetPage> ToPages(const v1::SheetMapping& mapping, std::vector<Sheet> sheets) {
  std::vector<SheetPage> pages;
  pages.reserve(sheets.size());
  const SheetMapping all = ToMapping(mapping);
  for (Sheet& sheet : sheets) pages.push_back({std::move(sheet), all});
  for (int index = 0; index < mapping.sheets_size(); ++index) {
    const v1::SheetPart& part = mapping.sheets(index);
    SheetMapping& one = pages[static_cast<std::size_t>(index)].mapping;
    if (part.has_period()) one.period = part.period();
    if (!part.unit().empty()) one.unit = part.unit();
    if (!part.variable().empty()) one.variable = part.variable();
    if (SaysKey(part, mapping.sheet_names())) one.sheet_name.reset();
  }
  return pages;
}

}  // namespace farrell::data
