#include "services/data/engine/sheet/year_column.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "services/data/engine/sheet/sheet_text.h"

namespace farrell::data {

std::string FindYearColumn(const SheetView& view, ColumnTexts& texts, const SheetHeader& header,
                           const std::vector<NamedRow>& rows) {
  for (const SheetColumn& column : header.columns) {
    const ColumnText& text = texts.Above(column.column);
    // Below a year stand values.
    if (text.period) continue;
    std::set<std::pair<std::string_view, std::int64_t>> seen;
    const bool years = std::all_of(rows.begin(), rows.end(), [&](const NamedRow& each) {
      const auto year = YearIn(WithoutMarks(view.TextAt({each.row, column.column})).text);
      return year && seen.emplace(each.name, *year).second;
    });
    if (years && !rows.empty()) return text.header.empty() ? ColumnLetters(column.column) : text.header;
  }
  return {};
}

}  // namespace farrell::data
