#include "cli/rows.h"

#include <algorithm>
#include <utility>

#include "common/text/csv.h"
#include "common/text/number.h"
#include "common/text/table.h"

namespace farrell::cli {
namespace {

constexpr int kTableDigits = 6;

std::string CsvRow(const std::vector<RowCell>& cells) {
  text::CsvWriter writer;
  for (const RowCell& cell : cells) {
    if (const double* number = std::get_if<double>(&cell)) {
      writer.Cell(*number);
    } else if (const std::string* text = std::get_if<std::string>(&cell)) {
      writer.Cell(*text);
    } else {
      writer.Cell("");
    }
  }
  writer.EndRow();
  return writer.Take();
}

std::string ForPeople(const RowCell& cell) {
  if (const double* number = std::get_if<double>(&cell)) return text::FormatSignificant(*number, kTableDigits);
  if (const std::string* text = std::get_if<std::string>(&cell)) return *text;
  return {};
}

}  // namespace

Rows::Rows(Format format, std::vector<std::string> columns, bool synthetic)
    : format_(format), columns_(std::move(columns)), synthetic_(synthetic) {
  if (synthetic_) columns_.emplace_back("synthetic");
  if (format_ != Format::kTable) csv_ = CsvRow({columns_.begin(), columns_.end()});
}

void Rows::Add(std::vector<RowCell> cells) {
  if (synthetic_) cells.emplace_back("true");
  if (format_ == Format::kTable) {
    rows_.push_back(std::move(cells));
  } else {
    csv_ += CsvRow(cells);
  }
}

std::string Rows::Take() { return format_ == Format::kTable ? RenderTable() : std::exchange(csv_, {}); }

std::string Rows::RenderTable() const {
  std::vector<text::Table::Column> columns;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool has_text = std::any_of(rows_.begin(), rows_.end(), [i](const std::vector<RowCell>& row) {
      return i < row.size() && std::holds_alternative<std::string>(row[i]);
    });
    columns.push_back({columns_[i], has_text ? text::Table::Align::kLeft : text::Table::Align::kRight});
  }
  text::Table table(std::move(columns));
  for (const std::vector<RowCell>& row : rows_) {
    std::vector<std::string> cells;
    std::transform(row.begin(), row.end(), std::back_inserter(cells), ForPeople);
    table.AddRow(std::move(cells));
  }
  return table.Render();
}

}  // namespace farrell::cli
