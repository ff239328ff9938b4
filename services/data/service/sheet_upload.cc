#include "services/data/service/sheet_upload.h"

#include <algorithm>
#include <utility>

#include "common/text/csv.h"
#include "services/data/service/dta_upload.h"
#include "services/data/service/workbook_reader.h"

namespace farrell::data {
namespace {

constexpr int kMostHeaderRows = 100;

SheetMapping ToMapping(const v1::SheetMapping& proto) {
  SheetMapping mapping;
  mapping.range = ParseRange(proto.range());
  mapping.header_rows = proto.header_rows();
  mapping.unit_row = proto.unit_row();
  mapping.unit_column = proto.unit_column();
  mapping.time_column = proto.time_column();
  if (proto.has_period()) mapping.period = proto.period();
  mapping.variable = proto.variable();
  for (const v1::SheetVariable& each : proto.variables()) {
    mapping.variables.push_back({each.header(), each.name(), each.label(), each.unit()});
  }
  mapping.missing.assign(proto.missing().begin(), proto.missing().end());
  mapping.skipped.assign(proto.skip().begin(), proto.skip().end());
  return mapping;
}

void WriteRow(text::CsvWriter& csv, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) csv.Cell(cell);
  csv.EndRow();
}

// What the caller says of a column holds; the sheet fills what they leave open.
void AddLabels(const TidyTable& table, ImportSettings& settings) {
  for (const ColumnLabels& found : table.columns) {
    const auto said = std::find_if(settings.columns.begin(), settings.columns.end(),
                                   [&](const ColumnLabels& each) { return each.name == found.name; });
    if (said == settings.columns.end()) {
      settings.columns.push_back(found);
      continue;
    }
    if (said->label.empty()) said->label = found.label;
    if (said->unit.empty()) said->unit = found.unit;
  }
}

}  // namespace

void CheckSheetOptions(const v1::ImportOptions& options, std::vector<FieldViolation>& violations) {
  const auto add = [&](const std::string& field, const std::string& what) {
    violations.push_back({"options." + field, what});
  };
  if (!v1::TableFormat_IsValid(options.format())) add("format", "no such format");
  if (options.format() != v1::TABLE_FORMAT_XLSX) {
    if (options.has_mapping()) add("mapping", "goes with a workbook: format TABLE_FORMAT_XLSX");
    return;
  }
  const v1::SheetMapping& mapping = options.mapping();
  if (!mapping.range().empty() && !ParseRange(mapping.range())) {
    add("mapping.range", "cells such as A3:Z40 are wanted, not '" + mapping.range() + "'");
  }
  if (mapping.header_rows() < 0 || mapping.header_rows() > kMostHeaderRows) {
    add("mapping.header_rows", "range [0, " + std::to_string(kMostHeaderRows) + "]");
  }
  if (mapping.unit_row() < 0) add("mapping.unit_row", "a row of the sheet, or 0");
  if (mapping.has_period() && !mapping.time_column().empty()) {
    add("mapping.period", "give either a column of periods or the one period of all rows");
  }
  for (int index = 0; index < mapping.variables_size(); ++index) {
    const std::string at = "mapping.variables[" + std::to_string(index) + "]";
    if (mapping.variables(index).header().empty()) add(at + ".header", "required");
    if (mapping.variables(index).name().empty()) add(at + ".name", "required");
  }
}

bool IsCsv(const v1::ImportOptions& options) {
  return options.format() != v1::TABLE_FORMAT_XLSX && options.format() != v1::TABLE_FORMAT_DTA;
}

Result<SheetUpload> ImportWhole(const std::string& bytes, const v1::ImportOptions& options, ImportSettings settings,
                                const std::stop_token& stop) {
  return options.format() == v1::TABLE_FORMAT_DTA ? ImportDta(bytes, options.file_name(), std::move(settings), stop)
                                                  : ImportWorkbook(bytes, options, std::move(settings), stop);
}

Result<SheetUpload> ImportWorkbook(const std::string& bytes, const v1::ImportOptions& options, ImportSettings settings,
                                   const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(Sheet sheet, ReadWorkbook(bytes, options.mapping().sheet(), options.file_name(), stop));
  if (settings.unit_key.empty()) settings.unit_key = "unit";
  const std::string time_key = settings.time_key.empty() ? "period" : settings.time_key;
  SheetOutcome read = ReadSheets({{std::move(sheet), ToMapping(options.mapping())}}, settings.unit_key, time_key);
  SheetUpload upload;
  upload.assumptions = std::move(read.assumptions);
  if (!read.problems.empty()) {
    upload.outcome.problem_count = static_cast<std::int64_t>(read.problems.size());
    upload.outcome.problems = std::move(read.problems);
    return upload;
  }
  if (read.table.has_periods) settings.time_key = time_key;
  AddLabels(read.table, settings);
  TableImporter importer(std::move(settings));
  text::CsvWriter csv;
  WriteRow(csv, read.table.header);
  importer.Feed(upload.preview = csv.Take());
  for (std::size_t row = 0; row < read.table.rows.size(); ++row) {
    WriteRow(csv, read.table.rows[row]);
    const std::string line = csv.Take();
    if (row < kPreviewRows) upload.preview += line;
    importer.Feed(line);
  }
  FARRELL_ASSIGN_OR_RETURN(upload.outcome, importer.Finish(stop));
  if (upload.outcome.problem_count > 0) upload.preview.clear();
  return upload;
}

}  // namespace farrell::data
