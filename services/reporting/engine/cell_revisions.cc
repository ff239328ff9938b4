#include "services/reporting/engine/cell_revisions.h"

#include <cmath>
#include <cstdint>
#include <utility>

namespace farrell::reporting {
namespace {

using Key = std::pair<std::string, std::int64_t>;

std::map<Key, std::size_t> RowsByKey(const farrell::Panel& panel) {
  std::map<Key, std::size_t> rows;
  for (std::size_t i = 0; i < panel.size(); ++i) {
    rows.emplace(Key(panel.units[i], panel.has_time() ? panel.times[i] : 0), i);
  }
  return rows;
}

bool HasValue(const PanelColumn& column, std::size_t row) {
  return column.is_text ? !column.texts[row].empty() : !std::isnan(column.numbers[row]);
}

bool SameValue(const PanelColumn& a, std::size_t row, const PanelColumn& b, std::size_t other) {
  if (a.is_text != b.is_text) return false;
  return a.is_text ? a.texts[row] == b.texts[other] : a.numbers[row] == b.numbers[other];
}

}  // namespace

std::map<std::string, CellRevisions> CountRevisions(const farrell::Panel& own, const farrell::Panel& vintage) {
  const std::map<Key, std::size_t> own_rows = RowsByKey(own), vintage_rows = RowsByKey(vintage);
  std::map<std::string, CellRevisions> revisions;
  for (std::size_t c = 0; c < own.columns.size(); ++c) {
    const PanelColumn& before = own.columns[c];
    const PanelColumn& after = vintage.columns[c];
    CellRevisions& counted = revisions[before.name];
    for (const auto& [key, row] : own_rows) {
      const auto found = vintage_rows.find(key);
      if (!HasValue(before, row)) continue;
      if (found == vintage_rows.end() || !HasValue(after, found->second)) {
        ++counted.vanished;
      } else if (!SameValue(before, row, after, found->second)) {
        ++counted.revised;
      }
    }
    for (const auto& [key, row] : vintage_rows) {
      const auto found = own_rows.find(key);
      if (HasValue(after, row) && (found == own_rows.end() || !HasValue(before, found->second))) ++counted.appeared;
    }
  }
  return revisions;
}

}  // namespace farrell::reporting
