// Panels for tests of nowcasts and early warnings.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/random.h"
#include "common/panel/panel.h"

namespace farrell::regression::testing {

using CellValue = std::function<double(int unit, int period)>;

// Units u100, u101, ... in periods 2000, 2001, ...; one column a name.
inline Panel MakeGrid(int units, int periods, const std::vector<std::pair<std::string, CellValue>>& columns) {
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  for (const auto& [name, value] : columns) panel.columns.push_back({name, false, {}, {}});
  for (int unit = 0; unit < units; ++unit) {
    for (int period = 0; period < periods; ++period) {
      panel.units.push_back("u" + std::to_string(100 + unit));
      panel.times.push_back(2000 + period);
      panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
      for (std::size_t c = 0; c < columns.size(); ++c) {
        panel.columns[c].numbers.push_back(columns[c].second(unit, period));
      }
    }
  }
  return panel;
}

// A number in [0, 1) that any program can make again.
inline double Cell(int u, int t, int k) {
  return static_cast<double>((31 * u * u + 17 * t * t + 13 * u * t + 101 * k + 7 * u * k + 5 * t * k * k) % 101) /
         101.0;
}

// The rows of the panel backwards, then sorted as every reader sorts them.
inline Panel Reordered(Panel panel) {
  std::reverse(panel.units.begin(), panel.units.end());
  std::reverse(panel.times.begin(), panel.times.end());
  std::reverse(panel.rows.begin(), panel.rows.end());
  for (PanelColumn& column : panel.columns) {
    std::reverse(column.numbers.begin(), column.numbers.end());
    std::reverse(column.texts.begin(), column.texts.end());
  }
  SortPanel(panel);
  return panel;
}

inline double Noise(std::int64_t seed, std::int64_t stream, int unit, int period) {
  return numeric::NormalDraw(seed, stream, std::int64_t{unit} * 1000 + period);
}

}  // namespace farrell::regression::testing
