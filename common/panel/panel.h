// Panel: the plain table that engines work on. Rows are sorted by (unit, time); `row` remembers where each came from.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace farrell {

// A missing number inside a panel. Only panels use NaN for "missing"; messages carry masks.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// One column: numbers or texts, never both. Length: Panel::size().
struct PanelColumn {
  std::string name;  // the column name or expression asked for
  bool is_text = false;
  std::vector<double> numbers;     // kMissing where missing
  std::vector<std::string> texts;  // empty where missing
};

struct Panel {
  std::vector<std::string> units;   // of every row
  std::vector<std::int64_t> times;  // of every row; empty for a cross-section
  std::vector<std::int64_t> rows;   // 0-based row in the snapshot
  std::vector<PanelColumn> columns;
  bool synthetic = false;
  std::string known_at;
  std::string unit_key;
  std::string time_key;  // empty for a cross-section

  std::size_t size() const { return units.size(); }
  bool has_time() const { return !times.empty(); }

  // The column asked for under that name, or nullptr.
  const PanelColumn* Find(std::string_view name) const {
    for (const PanelColumn& column : columns) {
      if (column.name == name) return &column;
    }
    return nullptr;
  }
};

// Sorts rows by (unit, time), units bytewise. Ties keep their order.
void SortPanel(Panel& panel);

}  // namespace farrell
