#include "services/data/engine/not_numeric.h"

#include "services/data/engine/number_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

constexpr std::size_t kNamedCells = 1000;

}  // namespace

NotNumericCells FindNotNumeric(const Table& table, const Column& column) {
  NotNumericCells found;
  for (std::size_t row = 0; row < column.texts.size(); ++row) {
    const std::string& text = column.texts[row];
    if (text.empty() || ParseCell(text).kind == CellKind::kNumber) continue;
    if (++found.count > kNamedCells) continue;
    found.cells.push_back({"row " + std::to_string(table.LineOf(row)) + ", column " + column.name,
                           "\"" + Shorten(text, 80) + "\" is not a number (" + table.keys->Describe(row) + ")"});
  }
  found.message = "column " + column.name + " is text and cannot be used as a number";
  if (found.count == 0) {
    found.message += ": it names the units, which are texts even when they look like numbers";
  } else {
    found.message += ": " + std::to_string(found.count) + (found.count == 1 ? " cell is" : " cells are") +
                     " not a number, first " + found.cells[0].field + ", " + found.cells[0].description;
  }
  return found;
}

}  // namespace farrell::data
