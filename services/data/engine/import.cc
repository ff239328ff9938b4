#include "services/data/engine/import.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/text/nearest.h"
#include "services/data/engine/number_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

constexpr std::string_view kSyntheticMark = "# SYNTHETIC";
constexpr std::string_view kSyntheticColumn = "synthetic";
constexpr std::size_t kShownCharacters = 80;
// Found before sorting by line; beyond it problems are only counted.
constexpr std::size_t kCollectedProblems = 20'000;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

// Spreadsheets that save a marked file again fill the line with commas.
bool IsSyntheticMark(const CsvRecord& record) {
  const std::string_view first = TrimBlanks(record.cells[0]);
  const bool marked = first == kSyntheticMark || first.starts_with("# SYNTHETIC ");
  return marked && std::all_of(record.cells.begin() + 1, record.cells.end(),
                               [](std::string_view cell) { return TrimBlanks(cell).empty(); });
}

// "2010", "-5", and "2010.0" as some programs write integers.
std::optional<std::int64_t> ParseInteger(std::string_view text) {
  const ParsedCell parsed = ParseCell(text);
  if (parsed.kind != CellKind::kNumber || parsed.number != std::floor(parsed.number) ||
      std::abs(parsed.number) > static_cast<double>(kLargestInteger)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(parsed.number);
}

std::string Quoted(std::string_view text) { return "\"" + Shorten(text, kShownCharacters) + "\""; }

// Encoding is checked ahead of the records, so problems of a row as a whole arrive in an order that depends on the
// chunks.
std::tuple<std::int64_t, bool, std::string_view> InFileOrder(const TableProblem& problem) {
  const bool whole_row = problem.column.empty();
  return {problem.row, !whole_row, whole_row ? std::string_view(problem.reason) : std::string_view()};
}

}  // namespace

Status CheckSettings(const ImportSettings& settings) {
  Violations violations;
  if (!settings.unit_key.empty() && settings.unit_key == settings.time_key) {
    violations.Add("options.time_key", "the unit and the time cannot be the same column: " + settings.time_key);
  }
  if (!settings.known_at.empty() && !IsIsoDate(settings.known_at)) {
    violations.Add("options.known_at", "a date YYYY-MM-DD is wanted, not " + Quoted(settings.known_at));
  }
  std::set<std::string_view> seen;
  for (std::size_t index = 0; index < settings.columns.size(); ++index) {
    const std::string& name = settings.columns[index].name;
    const std::string field = "options.columns[" + std::to_string(index) + "].name";
    if (name.empty()) {
      violations.Add(field, "required");
    } else if (!seen.insert(name).second) {
      violations.Add(field, "described twice: " + name);
    }
  }
  return std::move(violations).Finish("IMPORT_OPTIONS_INVALID", "the import options cannot be used");
}

Status ImportOutcome::ToStatus(const std::string& file_name) const {
  if (problem_count == 0) return Status::Ok();
  std::vector<FieldViolation> violations;
  violations.reserve(problems.size());
  for (const TableProblem& problem : problems) {
    std::string field = problem.row > 0 ? "row " + std::to_string(problem.row) : "";
    if (!problem.column.empty()) field += (field.empty() ? "column " : ", column ") + problem.column;
    if (field.empty()) field = "file";
    violations.push_back({std::move(field), problem.message});
  }
  const std::string name = file_name.empty() ? "the file" : file_name;
  std::string message = name + " has " + std::to_string(problem_count) +
                        (problem_count == 1 ? " problem" : " problems") + "; nothing was stored";
  if (problem_count == 1)
    message = name + ": " + violations[0].field + ": " + violations[0].description + "; nothing was stored";
  return InvalidArgument("TABLE_INVALID", std::move(message))
      .With("problem_count", std::to_string(problem_count))
      .With("first_problem", problems[0].reason)
      .WithViolations(std::move(violations));
}

TableImporter::TableImporter(ImportSettings settings)
    : settings_(std::move(settings)),
      reader_([this](const CsvRecord& record) { OnRecord(record); },
              [this](const CsvProblem& problem) { OnCsvProblem(problem); }) {}

void TableImporter::Add(std::int64_t row, std::string column, std::string_view value, std::string reason,
                        std::string message) {
  ++problem_count_;
  if (problems_.size() >= kCollectedProblems) return;
  problems_.push_back(
      {row, std::move(column), Shorten(value, kShownCharacters), std::move(reason), std::move(message)});
}

void TableImporter::OnCsvProblem(const CsvProblem& problem) {
  switch (problem.kind) {
    case CsvProblem::Kind::kUnknownEncoding: Add(problem.line, "", "", "UNKNOWN_ENCODING", problem.message); return;
    case CsvProblem::Kind::kQuoteUnclosed: Add(problem.line, "", "", "QUOTE_UNCLOSED", problem.message); return;
    case CsvProblem::Kind::kTruncated: Add(problem.line, "", "", "TRUNCATED_ROW", problem.message); return;
    case CsvProblem::Kind::kRecordTooLong: Add(problem.line, "", "", "RAGGED_ROW", problem.message); return;
  }
}

void TableImporter::OnRecord(const CsvRecord& record) {
  if (std::exchange(first_record_, false) && IsSyntheticMark(record)) {
    settings_.synthetic = true;
    return;
  }
  if (!have_header_) {
    ReadHeader(record);
    return;
  }
  if (header_broken_) return;
  const std::size_t count = record.cells.size();
  if (count != raw_.size()) {
    const std::string found =
        std::to_string(count) + (count == 1 ? " cell" : " cells") + ", the header has " + std::to_string(raw_.size());
    if (!record.ended && count < raw_.size()) {
      Add(record.line, "", "", "TRUNCATED_ROW",
          "the file ends in the middle of a row (" + found + "): it was cut off, fetch it again");
    } else {
      Add(record.line, "", "", "RAGGED_ROW",
          "the row has " + found +
              (count > raw_.size() ? ": quote cells that contain commas" : ": add the missing cells"));
    }
    return;
  }
  for (std::size_t index = 0; index < count; ++index) {
    raw_[index].bytes.append(record.cells[index]);
    raw_[index].ends.push_back(raw_[index].bytes.size());
  }
  lines_.push_back(record.line);
}

void TableImporter::ReadHeader(const CsvRecord& record) {
  have_header_ = true;
  if (record.cells.size() > kMaxColumns) {
    Add(record.line, "", "", "TOO_MANY_COLUMNS",
        "the header has " + std::to_string(record.cells.size()) + " columns, at most " + std::to_string(kMaxColumns) +
            " are possible");
    header_broken_ = true;
    return;
  }
  std::set<std::string, std::less<>> seen;
  for (std::size_t index = 0; index < record.cells.size(); ++index) {
    const std::string name(TrimBlanks(record.cells[index]));
    if (name.empty()) {
      Add(record.line, "", "", "EMPTY_COLUMN_NAME",
          "column " + std::to_string(index + 1) + " has no name: name it or remove it");
    } else if (!seen.insert(name).second) {
      Add(record.line, name, name, "DUPLICATE_COLUMN",
          "two columns are named " + name + " (the second is column " + std::to_string(index + 1) + "): rename one");
    }
    raw_.push_back({name, {}, {}});
  }
  CheckNamesKnown();
}

std::vector<std::string> TableImporter::Names() const {
  std::vector<std::string> names;
  for (const RawColumn& column : raw_) names.push_back(column.name);
  return names;
}

void TableImporter::CheckNamesKnown() {
  // One column with other marks in its name is a file with another separator.
  const bool other_separator = raw_.size() == 1 && raw_[0].name.find_first_of(";\t|") != std::string::npos;
  const std::string separator =
      other_separator ? ": its header has no commas, separate the cells by commas" : std::string();
  const auto check = [&](const std::string& name, const std::string& role) {
    if (name.empty() || IndexOf(name)) return;
    Add(0, name, name, "UNKNOWN_COLUMN",
        "the file has no column " + name + ", " + role + text::DidYouMean(name, Names()) + separator);
  };
  check(settings_.unit_key, "named as the unit");
  check(settings_.time_key, "named as the time");
  for (const ColumnLabels& labels : settings_.columns) check(labels.name, "described in the options");
}

std::optional<std::size_t> TableImporter::IndexOf(std::string_view name) const {
  for (std::size_t index = 0; index < raw_.size(); ++index) {
    if (raw_[index].name == name) return index;
  }
  return std::nullopt;
}

bool TableImporter::IsMissingText(std::string_view text) const {
  if (text.empty()) return true;
  return std::any_of(settings_.missing_markers.begin(), settings_.missing_markers.end(),
                     [text](const std::string& marker) { return marker == text; });
}

// Times as integers, and the time column as numbers. A row without one keeps 0 there; the import fails anyway.
ColumnPtr TableImporter::ReadTime(const RawColumn& raw, std::vector<std::int64_t>& times) {
  auto column = std::make_shared<Column>();
  column->name = raw.name;
  for (std::size_t row = 0; row < lines_.size(); ++row) {
    const std::string_view cell = raw.Cell(row);
    std::optional<std::int64_t> time;
    if (IsMissingText(cell)) {
      Add(lines_[row], raw.name, cell, "MISSING_KEY", "the time is missing: every row needs one");
    } else if (time = ParseInteger(cell); !time) {
      Add(lines_[row], raw.name, cell, "NOT_AN_INTEGER_PERIOD",
          Quoted(cell) + " is not an integer period: write years (or other periods) as integers such as 2010");
    }
    times.push_back(time.value_or(0));
    column->numbers.push_back(static_cast<double>(times.back()));
  }
  return column;
}

KeysPtr TableImporter::ReadKeys() {
  const std::int64_t before = problem_count_;
  std::vector<std::string> units;
  units.reserve(lines_.size());
  if (const auto unit = IndexOf(settings_.unit_key); unit && !settings_.unit_key.empty()) {
    for (std::size_t row = 0; row < lines_.size(); ++row) {
      const std::string_view cell = raw_[*unit].Cell(row);
      if (IsMissingText(cell)) {
        Add(lines_[row], settings_.unit_key, cell, "MISSING_KEY", "the unit is missing: every row needs one");
      }
      units.emplace_back(cell);
    }
  } else {
    for (std::size_t row = 0; row < lines_.size(); ++row) units.push_back(std::to_string(row + 1));
  }
  std::vector<std::int64_t> times;
  if (const auto time = IndexOf(settings_.time_key); time && !settings_.time_key.empty()) {
    time_column_ = ReadTime(raw_[*time], times);
  }
  KeysPtr keys = MakeKeys(settings_.unit_key, settings_.time_key, std::move(units), std::move(times));
  const bool keys_known = (settings_.unit_key.empty() || IndexOf(settings_.unit_key)) &&
                          (settings_.time_key.empty() || IndexOf(settings_.time_key));
  if (!keys_known) return keys;
  // Rows with a bad key would look like duplicates of each other; only whole keys are compared.
  std::set<std::int64_t> bad_lines;
  if (problem_count_ > before) {
    for (const TableProblem& problem : problems_) {
      if (problem.reason == "MISSING_KEY" || problem.reason == "NOT_AN_INTEGER_PERIOD") bad_lines.insert(problem.row);
    }
  }
  for (const DuplicateRow& duplicate : FindDuplicates(*keys)) {
    const std::int64_t line = lines_[duplicate.row];
    const std::int64_t first = lines_[duplicate.first];
    if (bad_lines.contains(line) || bad_lines.contains(first)) continue;
    Add(line, settings_.unit_key, keys->units[duplicate.row], "DUPLICATE_KEY",
        keys->Describe(duplicate.row) + " was already on line " + std::to_string(first) +
            (keys->has_time() ? ": keep one of the two rows" : ": keep one of the two rows, or name the time column"));
  }
  return keys;
}

ColumnPtr TableImporter::ReadColumn(RawColumn& raw) {
  auto column = std::make_shared<Column>();
  column->name = raw.name;
  const std::size_t rows = lines_.size();
  const bool is_key = raw.name == settings_.unit_key;
  bool is_number = !is_key;
  std::vector<std::pair<std::size_t, CellKind>> suspects;
  if (is_number) {
    column->numbers.resize(rows, kMissing);
    for (std::size_t row = 0; row < rows && is_number; ++row) {
      const std::string_view cell = raw.Cell(row);
      if (IsMissingText(cell)) continue;
      const ParsedCell parsed = ParseCell(cell);
      switch (parsed.kind) {
        case CellKind::kNumber: column->numbers[row] = parsed.number; break;
        case CellKind::kText: is_number = false; break;
        case CellKind::kInfinite:
        case CellKind::kThousandsSeparator: suspects.emplace_back(row, parsed.kind); break;
      }
    }
  }
  if (is_number) {
    for (const auto& [row, kind] : suspects) {
      const std::string_view cell = raw.Cell(row);
      if (kind == CellKind::kThousandsSeparator) {
        Add(lines_[row], raw.name, cell, "THOUSANDS_SEPARATOR",
            Quoted(cell) + " has thousands separators: write the number without them, with a point before decimals");
      } else {
        Add(lines_[row], raw.name, cell, "INFINITE",
            Quoted(cell) + " is not a finite number: leave the cell empty, or name it as a missing marker");
      }
    }
  } else {
    column->is_text = true;
    column->numbers = {};
    column->texts.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::string_view cell = raw.Cell(row);
      column->texts.emplace_back(IsMissingText(cell) ? std::string_view() : cell);
    }
  }
  raw.bytes = {};
  raw.ends = {};
  return column;
}

void TableImporter::TakeSyntheticColumn() {
  if (raw_.size() < 2 || lines_.empty() || raw_.back().name != kSyntheticColumn) return;
  if (kSyntheticColumn == settings_.unit_key || kSyntheticColumn == settings_.time_key) return;
  for (std::size_t row = 0; row < lines_.size(); ++row) {
    if (raw_.back().Cell(row) != "true") return;
  }
  raw_.pop_back();
  settings_.synthetic = true;
}

Result<ImportOutcome> TableImporter::Finish(const std::stop_token& stop) {
  reader_.Finish();
  if (reader_.byte_count() == 0 && problem_count_ == 0) {
    Add(0, "", "", "EMPTY_FILE", "the file is empty");
  } else if (!have_header_ && problem_count_ == 0) {
    Add(0, "", "", "NO_COLUMNS", "the file has no columns: its first line must name them");
  } else if (have_header_ && !header_broken_ && lines_.empty() && problem_count_ == 0) {
    Add(0, "", "", "EMPTY_FILE", "the file has a header and no rows");
  }

  Table table;
  if (have_header_ && !header_broken_) {
    TakeSyntheticColumn();
    table.keys = ReadKeys();
    for (RawColumn& raw : raw_) {
      if (stop.stop_requested()) return Cancelled();
      const bool is_time = time_column_ && raw.name == settings_.time_key;
      auto column = std::make_shared<Column>(is_time ? *time_column_ : *ReadColumn(raw));
      for (const ColumnLabels& labels : settings_.columns) {
        if (labels.name != raw.name) continue;
        column->label = labels.label;
        column->unit = labels.unit;
        column->source = labels.source;
      }
      table.columns.push_back(std::move(column));
    }
  }

  ImportOutcome outcome;
  outcome.problem_count = problem_count_;
  if (problem_count_ == 0) {
    table.synthetic = settings_.synthetic;
    table.known_at = settings_.known_at;
    table.source = settings_.source;
    table.first_line = lines_.front();
    outcome.table = std::move(table);
    return outcome;
  }
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const TableProblem& a, const TableProblem& b) { return InFileOrder(a) < InFileOrder(b); });
  if (problems_.size() > kMaxProblems) problems_.resize(kMaxProblems);
  outcome.problems = std::move(problems_);
  return outcome;
}

}  // namespace farrell::data
