#include "services/data/engine/sheet/sheet_view.h"

#include <algorithm>

#include "common/text/number.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {

void SheetNotes::Problem(const SheetPlace& place, const std::string& value, std::string reason, std::string message) {
  problems.push_back({place.first, sheet_ + "!" + PlaceName(place), Shorten(value, kShownCharacters), std::move(reason),
                      std::move(message)});
}

SheetView::SheetView(const Sheet& sheet, const SheetRange& range, std::stop_token stop)
    : sheet_(sheet), range_(range), stop_(std::move(stop)) {
  for (const SheetRange& merged : sheet.merged) {
    for (int row = merged.first.first; row <= std::min(merged.last.first, range.last.first) && !stopped(); ++row) {
      for (int column = merged.first.second; column <= std::min(merged.last.second, range.last.second); ++column) {
        if (SheetPlace{row, column} != merged.first) origin_[{row, column}] = merged.first;
      }
    }
  }
}

SheetPlace SheetView::Origin(const SheetPlace& place) const {
  const auto merged = origin_.find(place);
  return merged == origin_.end() ? place : merged->second;
}

const SheetCell* SheetView::At(const SheetPlace& place) const { return sheet_.Find(Origin(place)); }

std::string SheetView::TextAt(const SheetPlace& place) const {
  const SheetCell* cell = At(place);
  if (cell == nullptr) return {};
  if (cell->kind != SheetCell::Kind::kNumber) return Narrowed(cell->text);
  return text::FormatShort(cell->number);
}

bool SheetView::IsEmptyRow(int row) const {
  for (int column = range_.first.second; column <= range_.last.second; ++column) {
    if (At({row, column}) != nullptr) return false;
  }
  return true;
}

}  // namespace farrell::data
