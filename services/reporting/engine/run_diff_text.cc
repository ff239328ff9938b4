// A difference of two runs for people and for programs.
#include <algorithm>

#include "common/text/csv.h"
#include "common/text/number.h"
#include "services/reporting/engine/run_diff.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kShortDigest = 12;
// Rows of one list on a terminal.
constexpr std::size_t kMostCells = 40;
// Digits of a change for people; programs get all of them.
constexpr int kDigits = 6;
constexpr std::size_t kLongestWords = 72;

std::string Causes(const std::set<Cause>& causes) {
  std::string text;
  for (const Cause cause : causes) text += (text.empty() ? "" : ", ") + CauseName(cause);
  return text;
}

std::string Signed(double value) { return (value > 0 ? "+" : "") + text::FormatSignificant(value, kDigits); }

std::string SignedPercent(const std::optional<double>& ratio) {
  constexpr double kHundred = 100;
  constexpr int kShownDigits = 3;
  if (!ratio) return {};
  return (*ratio > 0 ? "+" : "") + text::FormatSignificant(*ratio * kHundred, kShownDigits) + " %";
}

std::string Shortened(const std::string& words) {
  std::string line = words;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (line.size() <= kLongestWords) return line;
  std::size_t end = kLongestWords;
  // Not inside a character.
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end) + "…";
}

Table Start(const std::string& title, const std::string& stub, const std::vector<std::string>& columns) {
  Table table;
  table.title = title;
  table.kind = "difference";
  table.stub = stub;
  for (const std::string& column : columns) table.columns.push_back({column, column, true});
  table.panels.emplace_back();
  return table;
}

void Add(Table& table, const std::string& label, const std::vector<std::string>& texts) {
  Row row;
  row.id = label;
  row.label = label;
  for (const std::string& words : texts) row.cells.push_back(words.empty() ? Cell::Empty() : Cell::Text(words));
  table.panels.back().rows.push_back(std::move(row));
}

std::string PlaceOf(const CellRecord& cell) {
  return cell.table + (cell.panel.empty() ? "" : ", " + cell.panel) + ": " + cell.row;
}

Table RunsTable(const RunDiff& diff) {
  Table table = Start("Runs", "", {"from", "to"});
  const auto add = [&](const std::string& label, const std::string& from, const std::string& to) {
    Add(table, label, {from, to});
  };
  add("run", diff.from.run, diff.to.run);
  add("started", diff.from.started_at, diff.to.started_at);
  add("study", diff.from.study, diff.to.study);
  add("study digest", diff.from.study_digest.substr(0, kShortDigest), diff.to.study_digest.substr(0, kShortDigest));
  add("data digest", diff.from.snapshot_digest.substr(0, kShortDigest),
      diff.to.snapshot_digest.substr(0, kShortDigest));
  add("report digest", diff.from.report_digest.substr(0, kShortDigest), diff.to.report_digest.substr(0, kShortDigest));
  return table;
}

Table StepsTable(const RunDiff& diff) {
  Table table = Start("Results that are not the same", "step", {"from", "to", "cause", "code"});
  for (const StepDifference& step : diff.steps) {
    Add(table, step.id,
        {step.from_key.empty() ? "none" : step.from_key.substr(0, kShortDigest),
         step.to_key.empty() ? "none" : step.to_key.substr(0, kShortDigest), Causes(step.causes), step.code});
  }
  return table;
}

Table NumbersTable(const RunDiff& diff) {
  Table table = Start("Numbers that moved", "cell",
                      {"column", "from", "to", "change", "relative", "data", "specification", "code"});
  for (const CellDifference& cell : diff.cells) {
    if (!cell.moved()) continue;
    std::vector<std::string> texts = {cell.to->column, cell.from->printed, cell.to->printed, Signed(cell.change()),
                                      SignedPercent(cell.relative())};
    if (cell.contributions) {
      for (const double part :
           {cell.contributions->data, cell.contributions->specification, cell.contributions->code}) {
        texts.push_back(part == 0 ? "0" : Signed(part));
      }
    } else {
      texts.resize(texts.size() + 3);
    }
    Add(table, PlaceOf(*cell.to), texts);
  }
  return table;
}

Table OthersTable(const RunDiff& diff) {
  Table table = Start("Other cells that changed", "cell", {"column", "from", "to"});
  for (const CellDifference& cell : diff.cells) {
    if (cell.moved()) continue;
    Add(table, PlaceOf(cell.either()),
        {cell.either().column, cell.from ? Shortened(cell.from->printed) : "no such cell",
         cell.to ? Shortened(cell.to->printed) : "no such cell"});
  }
  return table;
}

Table StarsTable(const RunDiff& diff) {
  Table table = Start("Stars that changed", "cell", {"column", "from", "to"});
  for (const CellDifference& cell : diff.cells) {
    if (!cell.from || !cell.to || cell.from->stars == cell.to->stars) continue;
    Add(table, PlaceOf(*cell.to), {cell.to->column, cell.from->printed, cell.to->printed});
  }
  return table;
}

Table SentencesTable(const RunDiff& diff) {
  Table table = Start("Rules and sentences that changed", "id", {"kind", "from", "to"});
  for (const SentenceDifference& sentence : diff.sentences) {
    Add(table, sentence.id,
        {sentence.kind, sentence.from.empty() ? "none" : Shortened(sentence.from),
         sentence.to.empty() ? "none" : Shortened(sentence.to)});
  }
  return table;
}

std::vector<Table> TablesOf(const RunDiff& diff) {
  std::vector<Table> tables = {RunsTable(diff)};
  for (Table& table : std::vector<Table>{StepsTable(diff), NumbersTable(diff), StarsTable(diff), OthersTable(diff),
                                         SentencesTable(diff)}) {
    if (!table.panels.front().rows.empty()) tables.push_back(std::move(table));
  }
  return tables;
}

std::string Verdict(const RunDiff& diff) {
  if (diff.cells.empty() && diff.sentences.empty() && diff.steps.empty()) {
    return "The two reports say the same: " + text::FormatCounted(diff.cell_count, "cell") + " compared.";
  }
  return text::FormatCounted(diff.moved_count(), "number") + " moved and " +
         text::FormatCounted(static_cast<std::int64_t>(diff.cells.size()) - diff.moved_count(), "other cell") +
         " changed, of " + text::FormatCount(diff.cell_count) + ". Causes at work: " + Causes(diff.causes) + ".";
}

}  // namespace

std::string RenderDiffText(const RunDiff& diff) {
  std::string text = Verdict(diff) + "\n";
  for (Table& table : TablesOf(diff)) {
    std::vector<Row>& rows = table.panels.front().rows;
    if (rows.size() > kMostCells) {
      table.notes.push_back("The first " + std::to_string(kMostCells) + " of " + std::to_string(rows.size()) +
                            "; --format md, csv and json give them all.");
      rows.resize(kMostCells);
    }
    text += "\n" + RenderText(table);
  }
  for (const std::string& note : diff.notes) text += "\n" + note + "\n";
  return text;
}

std::string RenderDiffMarkdown(const RunDiff& diff) {
  std::string text = "# Difference of two runs\n\n" + Verdict(diff) + "\n";
  for (const Table& table : TablesOf(diff)) text += "\n" + RenderMarkdown(table);
  for (const std::string& note : diff.notes) text += "\n" + EscapeMarkdown(note) + "\n";
  return text;
}

std::string RenderDiffCsv(const RunDiff& diff) {
  text::CsvWriter csv;
  for (const char* head : {"kind", "table", "panel", "row", "column", "from", "to", "change", "relative", "data",
                           "specification", "code", "from_printed", "to_printed", "causes"}) {
    csv.Cell(head);
  }
  csv.EndRow();
  const auto number = [&](const std::optional<double>& value) {
    if (value) {
      csv.Cell(*value);
    } else {
      csv.Cell("");
    }
  };
  const auto blanks = [&](int count) {
    for (int i = 0; i < count; ++i) csv.Cell("");
  };
  for (const StepDifference& step : diff.steps) {
    csv.Cell("step").Cell("").Cell("").Cell(step.id);
    blanks(8);
    csv.Cell(step.from_key).Cell(step.to_key).Cell(Causes(step.causes)).EndRow();
  }
  for (const CellDifference& cell : diff.cells) {
    const CellRecord& place = cell.either();
    csv.Cell("cell").Cell(place.table).Cell(place.panel).Cell(place.row).Cell(place.column);
    number(cell.from ? cell.from->number : std::nullopt);
    number(cell.to ? cell.to->number : std::nullopt);
    number(cell.moved() ? std::optional(cell.change()) : std::nullopt);
    number(cell.moved() ? cell.relative() : std::nullopt);
    number(cell.contributions ? std::optional(cell.contributions->data) : std::nullopt);
    number(cell.contributions ? std::optional(cell.contributions->specification) : std::nullopt);
    number(cell.contributions ? std::optional(cell.contributions->code) : std::nullopt);
    csv.Cell(cell.from ? cell.from->printed : "").Cell(cell.to ? cell.to->printed : "").Cell("").EndRow();
  }
  for (const SentenceDifference& sentence : diff.sentences) {
    csv.Cell(sentence.kind).Cell("").Cell("").Cell(sentence.id);
    blanks(8);
    csv.Cell(sentence.from).Cell(sentence.to).Cell("").EndRow();
  }
  return csv.Take();
}

}  // namespace farrell::reporting
