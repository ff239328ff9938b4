// Cells by unit, period and variable, each said once, from one sheet or from several that are stacked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/data/engine/sheet/sheet_table.h"
#include "services/data/engine/sheet/sheet_view.h"

namespace farrell::data {

class TidyRows {
 public:
  using Key = std::pair<std::string, std::optional<std::int64_t>>;

  // Before a sheet: what follows is of it. `notes` outlives the reading of the sheet.
  void Open(SheetNotes& notes);
  // A variable of the sheet and the cell that says its unit of measurement; its position among all. Where another unit
  // was said before, in this sheet or another, that is a problem UNITS_DIFFER; with `lenient` in this sheet an
  // assumption, as a sheet may name one variable above many columns.
  std::size_t Variable(ColumnLabels labels, const SheetPlace& unit_place, bool lenient);
  // The sheet has periods or has none; `place` stands for it where another sheet differs.
  void Periods(bool with_periods, const SheetPlace& place);
  // False when the cell of the table was read before, which is then a problem.
  bool Claim(const Key& key, std::size_t position, const SheetPlace& place);
  void Set(const Key& key, std::size_t position, std::string value);
  // Variables that this sheet lacks and another has, for each sheet in the order of opening.
  std::vector<std::vector<std::string>> Lacking() const;
  TidyTable Take(const std::string& unit_key, const std::string& time_key) &&;

 private:
  struct Place {
    std::size_t sheet = 0;
    SheetPlace place;
  };
  struct Known {
    ColumnLabels labels;
    Place unit_place;
    std::set<std::size_t> sheets;
  };

  // "B7" of this sheet, "2018!B7" of another.
  std::string NameOf(const Place& place) const;
  void CompareUnits(Known& known, const ColumnLabels& labels, const SheetPlace& place, bool lenient);

  SheetNotes* notes_ = nullptr;
  std::vector<std::string> sheets_;
  std::map<std::string, std::size_t> position_;
  std::vector<Known> variables_;
  std::optional<std::pair<bool, std::size_t>> periods_;  // and the sheet that said so first
  std::map<Key, std::size_t> row_of_;
  std::vector<std::pair<Key, std::vector<std::string>>> rows_;
  std::map<std::pair<Key, std::size_t>, Place> places_;
};

}  // namespace farrell::data
