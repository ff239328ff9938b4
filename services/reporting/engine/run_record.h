// What a finished report printed, read back from its report.json: every cell, sentence and step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::reporting {

// One cell of a table, or of the data under a figure. Cells without content are left out.
struct CellRecord {
  // Table id, or "figure:ID".
  std::string table;
  // Title of the panel, or empty.
  std::string panel;
  // Ids; the second of the same name has "#2" after it, and so on.
  std::string row;
  std::string column;
  // As printed; a row that continues the one above has its label.
  std::string row_label;
  std::string column_label;
  // At full precision; unset: text.
  std::optional<double> number;
  // As printed, with stars, parentheses and rounding.
  std::string printed;
  std::string stars;

  // Table, panel, row and column: no other cell of the report has them all.
  std::string Key() const;
};

// A rule that fired, or a claim as printed or refused.
struct SentenceRecord {
  std::string id;
  // "rule", "claim".
  std::string kind;
  std::string text;
};

struct StepRecord {
  std::string id;
  std::string action_key;
  std::string engine;
  std::int64_t algo_rev = 0;
  std::string num_abi;
};

struct ReportRecord {
  // Of the data as imported.
  std::string snapshot_digest = {};
  std::vector<CellRecord> cells = {};
  std::vector<SentenceRecord> sentences = {};
  std::vector<StepRecord> steps = {};
};

// Errors: DATA_LOSS REPORT_CORRUPT when the text is not what RenderReportJson writes.
Result<ReportRecord> ReadReportRecord(const std::string& json);

}  // namespace farrell::reporting
