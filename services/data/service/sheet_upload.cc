#include "services/data/service/sheet_upload.h"

#include <algorithm>
#include <utility>

#include "common/text/csv.h"
#include "services/data/service/dta_upload.h"
#include "services/data/service/sheet_options.h"
#include "services/data/service/workbook_reader.h"

namespace farrell::data {
namespace {

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
  FARRELL_ASSIGN_OR_RETURN(std::vector<Sheet> sheets,
                           ReadWorkbook(bytes, SheetsToRead(options.mapping()), options.file_name(), stop));
  if (settings.unit_key.empty()) settings.unit_key = "unit";
  FARRELL_ASSIGN_OR_RETURN(SheetOutcome read, ReadSheets(ToPages(options.mapping(), std::move(sheets)),
                                                         settings.unit_key, settings.time_key, stop));
  SheetUpload upload;
  upload.assumptions = std::move(read.assumptions);
  if (!read.problems.empty()) {
    upload.outcome.problem_count = static_cast<std::int64_t>(read.problems.size());
    upload.outcome.problems = std::move(read.problems);
    return upload;
  }
  if (read.table.has_periods) settings.time_key = read.table.header[1];
  AddLabels(read.table, settings);
  TableImporter importer(std::move(settings));
  text::CsvWriter csv;
  WriteRow(csv, read.table.header);
  importer.Feed(upload.preview = csv.Take());
  for (std::size_t row = 0; row < read.table.rows.size(); ++row) {
    if (stop.stop_requested()) return Cancelled();
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
