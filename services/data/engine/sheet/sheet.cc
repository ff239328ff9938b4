#include "services/data/engine/sheet/sheet.h"

#include <algorithm>
#include <charconv>

namespace farrell::data {
namespace {

constexpr int kMaxColumn = 16'384;
constexpr int kMaxRow = 1'048'576;

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

std::string ColumnLetters(int column) {
  std::string letters;
  for (; column > 0; column = (column - 1) / 26) letters += static_cast<char>('A' + (column - 1) % 26);
  std::reverse(letters.begin(), letters.end());
  return letters;
}

std::string PlaceName(const SheetPlace& place) { return ColumnLetters(place.second) + std::to_string(place.first); }

std::optional<int> ParseColumnLetters(std::string_view letters) {
  if (letters.empty() || letters.size() > 3) return std::nullopt;
  int column = 0;
  for (const char c : letters) {
    if (!IsLetter(c)) return std::nullopt;
    column = column * 26 + ((c | 0x20) - 'a' + 1);
  }
  return column <= kMaxColumn ? std::optional(column) : std::nullopt;
}

std::optional<SheetPlace> ParsePlace(std::string_view name) {
  std::size_t letters = 0;
  while (letters < name.size() && IsLetter(name[letters])) ++letters;
  const std::optional<int> column = ParseColumnLetters(name.substr(0, letters));
  int row = 0;
  const std::string_view digits = name.substr(letters);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), row);
  if (!column || digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (row < 1 || row > kMaxRow) return std::nullopt;
  return SheetPlace{row, *column};
}

std::optional<SheetRange> ParseRange(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<SheetPlace> first = ParsePlace(text.substr(0, colon));
  const std::optional<SheetPlace> last = ParsePlace(text.substr(colon + 1));
  if (!first || !last || first->first > last->first || first->second > last->second) return std::nullopt;
  return SheetRange{*first, *last};
}

}  // namespace farrell::data
