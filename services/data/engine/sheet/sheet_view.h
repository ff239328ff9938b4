// What is read of a sheet, merged cells filled, and where reading it collects what it has to say.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "services/data/engine/import.h"
#include "services/data/engine/sheet/sheet.h"

namespace farrell::data {

// Characters of a text of the sheet that messages show.
inline constexpr std::size_t kShownCharacters = 80;

// Where reading a sheet collects what it has to say.
class SheetNotes {
 public:
  explicit SheetNotes(std::string sheet) : sheet_(std::move(sheet)) {}
  void Assume(std::string what) { assumptions.push_back(std::move(what)); }
  void Problem(const SheetPlace& place, const std::string& value, std::string reason, std::string message);
  const std::string& sheet() const { return sheet_; }

  std::vector<std::string> assumptions;
  std::vector<TableProblem> problems;

 private:
  std::string sheet_;
};

// The sheet with merged cells filled, within the range that is read.
class SheetView {
 public:
  SheetView(const Sheet& sheet, const SheetRange& range, std::stop_token stop);
  const SheetRange& range() const { return range_; }
  // Whoever goes through its rows then ends; what was read is thrown away.
  bool stopped() const { return stop_.stop_requested(); }
  // The cell, or the one it is merged into.
  const SheetCell* At(const SheetPlace& place) const;
  // Where that one stands.
  SheetPlace Origin(const SheetPlace& place) const;
  // Its text, narrowed; a whole number as its digits.
  std::string TextAt(const SheetPlace& place) const;
  bool IsEmptyRow(int row) const;

 private:
  const Sheet& sheet_;
  SheetRange range_;
  std::stop_token stop_;
  std::map<SheetPlace, SheetPlace> origin_;  // of merged cells but the first
};

}  // namespace farrell::data
