#include "services/data/engine/sheet/cell_number.h"

#include <utility>

#include "common/text/number.h"
#include "services/data/engine/number_text.h"
#include "services/data/engine/sheet/sheet_text.h"
#include "services/data/engine/text.h"

namespace farrell::data {

MissingTexts::MissingTexts(const std::vector<std::string>& written) {
  for (const std::string& each : written) {
    texts_.insert(Narrowed(each));
    std::string name = NameIn(each);
    if (ParseCell(name).kind == CellKind::kText) texts_.insert(std::move(name));
  }
}

bool MissingTexts::Hold(const std::string& text) const {
  return text.empty() || texts_.contains(text) || texts_.contains(WithoutMarks(text).text);
}

CellNumbers::CellNumbers(const std::vector<std::string>& missing, SheetNotes& notes)
    : missing_(missing), notes_(notes) {}

std::string CellNumbers::Read(const SheetPlace& place, const SheetCell& cell) {
  switch (cell.kind) {
    case SheetCell::Kind::kNumber: return text::FormatShort(cell.number);
    case SheetCell::Kind::kText: return ReadText(place, cell.text);
    case SheetCell::Kind::kDate:
      notes_.Problem(place, cell.text, "DATE_AS_VALUE", "a date stands where a number is wanted");
      return {};
    case SheetCell::Kind::kBoolean:
      notes_.Problem(place, cell.text, "NOT_NUMERIC", "a truth value stands where a number is wanted");
      return {};
    case SheetCell::Kind::kError:
      notes_.Problem(place, cell.text, "ERROR_VALUE", "the sheet shows an error here");
      return {};
    case SheetCell::Kind::kFormula:
      notes_.Problem(place, cell.text, "FORMULA_NOT_CALCULATED",
                     "the formula has no calculated value: open the file in a spreadsheet program and save it");
      return {};
  }
  return {};
}

std::string CellNumbers::ReadText(const SheetPlace& place, const std::string& written) {
  const std::string whole = Narrowed(written);
  if (missing_.Hold(whole)) return {};
  const Unmarked unmarked = WithoutMarks(whole);
  ParsedCell parsed = ParseCell(unmarked.text);
  const bool separated = parsed.kind == CellKind::kThousandsSeparator;
  if (separated) {
    std::string digits = unmarked.text;
    std::erase(digits, ',');
    parsed = ParseCell(digits);
  }
  if (parsed.kind != CellKind::kNumber) {
    notes_.Problem(place, whole, "NOT_NUMERIC",
                   "'" + Shorten(whole, kShownCharacters) +
                       "' is no number: name it in `missing` of the mapping if it "
                       "means that there is none");
    return {};
  }
  ++texts_;
  if (separated) ++thousands_;
  if (!unmarked.marks.empty()) ++marked_;
  return text::FormatShort(parsed.number);
}

void CellNumbers::Tell() {
  if (thousands_ > 0) notes_.Assume(text::FormatCounted(thousands_, "number") + " written with thousands separators");
  if (texts_ > 0) notes_.Assume(text::FormatCounted(texts_, "number") + " stored as text, read as numbers");
  if (marked_ > 0) notes_.Assume(text::FormatCounted(marked_, "value") + " with a footnote mark, which is left out");
}

}  // namespace farrell::data
