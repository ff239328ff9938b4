// Import: the bytes of a file become a Table, or a list of everything that is wrong with it.
//
// Typing: a column is a number column when every cell that is present is a finite number, otherwise a text column. The
// unit column is always text, exactly as written; the time column is integers. The empty cell is missing, and nothing
// else unless `missing_markers` names it.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/csv.h"
#include "services/data/engine/table.h"

namespace farrell::data {

struct ColumnLabels {
  std::string name;
  std::string label;
  std::string unit;
  std::string source;
};

struct ImportSettings {
  std::string unit_key;                      // empty: every row is a unit of its own, named 1, 2, …
  std::string time_key;                      // empty: one cross-section
  std::vector<std::string> missing_markers;  // exact texts
  bool synthetic = false;
  std::string source;
  std::string known_at;  // YYYY-MM-DD or empty
  std::vector<ColumnLabels> columns;
};

// One thing wrong with a file; the same fields as data.v1.TableProblem.
struct TableProblem {
  std::int64_t row = 0;  // 1-based line of the file; 0: the file as a whole
  std::string column;
  std::string value;  // shortened to 80 characters
  std::string reason;
  std::string message;
  bool operator==(const TableProblem&) const = default;
};

// Problems kept; more are only counted.
inline constexpr std::size_t kMaxProblems = 1000;
// Columns a table may have.
inline constexpr std::size_t kMaxColumns = 10'000;

struct ImportOutcome {
  std::optional<Table> table;          // unset when there are problems
  std::vector<TableProblem> problems;  // in file order, the first kMaxProblems
  std::int64_t problem_count = 0;

  // INVALID_ARGUMENT, reason TABLE_INVALID, one violation a problem ("row 12, column gdp"), metadata `problem_count`.
  Status ToStatus(const std::string& file_name) const;
};

// Checks the settings themselves: INVALID_ARGUMENT, reason IMPORT_OPTIONS_INVALID, every bad field at once.
Status CheckSettings(const ImportSettings& settings);

// Feed the bytes, then take the outcome. Memory: the cells as text, plus one column of numbers at a time.
class TableImporter {
 public:
  explicit TableImporter(ImportSettings settings);
  void Feed(std::string_view chunk) { reader_.Feed(chunk); }
  // CANCELLED when `stop` fires.
  Result<ImportOutcome> Finish(const std::stop_token& stop = {});

 private:
  // The cells of one column, one text after another.
  struct RawColumn {
    std::string name;
    std::string bytes;
    std::vector<std::size_t> ends;
    std::string_view Cell(std::size_t row) const {
      const std::size_t start = row == 0 ? 0 : ends[row - 1];
      return std::string_view(bytes).substr(start, ends[row] - start);
    }
  };

  void OnRecord(const CsvRecord& record);
  void OnCsvProblem(const CsvProblem& problem);
  void ReadHeader(const CsvRecord& record);
  void CheckNamesKnown();
  bool IsMissingText(std::string_view text) const;
  void Add(std::int64_t row, std::string column, std::string_view value, std::string reason, std::string message);
  // The stamp that tables made from synthetic data carry: a last column `synthetic`, true in every row. It becomes the
  // mark of the snapshot again, so that what was exported and what is imported from it are one snapshot.
  void TakeSyntheticColumn();
  KeysPtr ReadKeys();
  ColumnPtr ReadColumn(RawColumn& raw);
  ColumnPtr ReadTime(const RawColumn& raw, std::vector<std::int64_t>& times);
  std::optional<std::size_t> IndexOf(std::string_view name) const;
  std::vector<std::string> Names() const;

  ImportSettings settings_;
  CsvReader reader_;
  bool first_record_ = true;
  bool have_header_ = false;
  bool header_broken_ = false;
  std::vector<RawColumn> raw_;
  std::vector<std::int64_t> lines_;  // line of every row
  ColumnPtr time_column_;
  std::vector<TableProblem> problems_;
  std::int64_t problem_count_ = 0;
};

}  // namespace farrell::data
