#include "tests/regression/panels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "common/numeric/random.h"

namespace farrell::regression::testing {
namespace {

std::vector<std::string> SplitRecord(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t k = 0; k < line.size(); ++k) {
    const char c = line[k];
    if (c == '"' && quoted && k + 1 < line.size() && line[k + 1] == '"') {
      cells.back() += c;
      ++k;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

double ToNumber(const std::string& text) { return text.empty() ? kMissing : std::strtod(text.c_str(), nullptr); }

}  // namespace

std::size_t Table::Column(const std::string& name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) throw std::runtime_error("no column " + name);
  return static_cast<std::size_t>(found - header.begin());
}

double Table::Number(std::size_t row, const std::string& name) const { return ToNumber(At(row, name)); }

Table ReadCsv(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Table table;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    if (table.header.empty()) {
      table.header = SplitRecord(line);
    } else {
      table.rows.push_back(SplitRecord(line));
      table.rows.back().resize(table.header.size());
    }
  }
  return table;
}

std::string SourcePath(const std::string& relative) { return std::string(FARRELL_SOURCE_DIR) + "/" + relative; }

Panel MakePanel(const Table& table, const std::string& unit, const std::string& time,
                const std::vector<std::string>& numbers, const std::vector<std::string>& texts) {
  Panel panel;
  panel.unit_key = unit;
  panel.time_key = time;
  for (const std::string& name : numbers) panel.columns.push_back({name, false, {}, {}});
  for (const std::string& name : texts) panel.columns.push_back({name, true, {}, {}});
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    panel.units.push_back(unit.empty() ? std::to_string(row) : table.At(row, unit));
    if (!time.empty()) panel.times.push_back(std::strtoll(table.At(row, time).c_str(), nullptr, 10));
    panel.rows.push_back(static_cast<std::int64_t>(row));
    for (PanelColumn& column : panel.columns) {
      if (column.is_text) {
        column.texts.push_back(table.At(row, column.name));
      } else {
        column.numbers.push_back(table.Number(row, column.name));
      }
    }
  }
  SortPanel(panel);
  return panel;
}

void AddColumn(Panel& panel, const std::string& name, const std::function<double(std::size_t)>& value) {
  PanelColumn column{name, false, {}, {}};
  for (std::size_t row = 0; row < panel.size(); ++row) column.numbers.push_back(value(row));
  panel.columns.push_back(std::move(column));
}

const std::vector<double>& Numbers(const Panel& panel, const std::string& name) {
  const PanelColumn* column = panel.Find(name);
  if (column == nullptr) throw std::runtime_error("no column " + name);
  return column->numbers;
}

FitSpec MakeSpec(const std::string& formula, std::vector<InferenceSpec> inferences) {
  auto parsed = ParseFormula(formula);
  if (!parsed.ok()) throw std::runtime_error(parsed.status().ToString());
  FitSpec spec;
  spec.formula = std::move(parsed).value();
  spec.inferences = std::move(inferences);
  return spec;
}

InferenceSpec MakeInference(InferenceType type, const std::string& cluster, const std::string& ssc) {
  InferenceSpec spec;
  spec.type = type;
  spec.cluster = cluster;
  spec.ssc = ssc;
  return spec;
}

FitResult MustFit(const Panel& panel, const FitSpec& spec, const Environment& environment) {
  auto result = Fit(panel, spec, environment);
  if (!result.ok()) throw std::runtime_error(spec.formula.text + ": " + result.status().ToString());
  return std::move(result).value();
}

Panel RandomPanel(std::int64_t seed, int units, int periods, double share_of_rows_kept) {
  Panel panel;
  panel.unit_key = "unit";
  panel.time_key = "time";
  for (const char* name : {"y", "x1", "x2", "x3"}) panel.columns.push_back({name, false, {}, {}});
  for (const char* name : {"group", "block"}) panel.columns.push_back({name, true, {}, {}});
  std::int64_t row = 0;
  for (int unit = 0; unit < units; ++unit) {
    for (int period = 0; period < periods; ++period) {
      const std::int64_t cell = std::int64_t{unit} * periods + period;
      if (numeric::UniformDraw(seed, 0, cell) > share_of_rows_kept) continue;
      const auto draw = [&](std::int64_t stream) { return numeric::NormalDraw(seed, stream, cell); };
      const double level = numeric::NormalDraw(seed, 10, unit);
      const double trend = numeric::NormalDraw(seed, 11, period);
      const double x1 = draw(1) + 0.5 * level;
      const double x2 = 100.0 + 10.0 * draw(2) + 5.0 * trend;
      const double x3 = draw(3) * x1;
      panel.units.push_back("u" + std::to_string(1000 + unit));
      panel.times.push_back(2000 + period);
      panel.rows.push_back(row++);
      const bool missing = numeric::UniformDraw(seed, 4, cell) < 0.02;
      panel.columns[0].numbers.push_back(1.0 + 0.3 * x1 - 0.02 * x2 + level + trend + draw(5) * (1.0 + 0.3 * x1 * x1));
      panel.columns[1].numbers.push_back(x1);
      panel.columns[2].numbers.push_back(missing ? kMissing : x2);
      panel.columns[3].numbers.push_back(x3);
      panel.columns[4].texts.emplace_back(1, static_cast<char>('a' + unit % 3));
      panel.columns[5].texts.push_back("b" + std::to_string((unit + period) % 4));
    }
  }
  return panel;
}

double LogRelativeError(double value, double truth) {
  if (value == truth) return 15.0;
  const double error = truth == 0.0 ? std::fabs(value) : std::fabs(value - truth) / std::fabs(truth);
  return std::min(15.0, -std::log10(error));
}

Panel Filter(const Panel& panel, const std::function<bool(std::size_t)>& keep) {
  Panel kept;
  kept.unit_key = panel.unit_key;
  kept.time_key = panel.time_key;
  for (const PanelColumn& column : panel.columns) kept.columns.push_back({column.name, column.is_text, {}, {}});
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (!keep(row)) continue;
    kept.units.push_back(panel.units[row]);
    if (panel.has_time()) kept.times.push_back(panel.times[row]);
    kept.rows.push_back(panel.rows[row]);
    for (std::size_t c = 0; c < panel.columns.size(); ++c) {
      const PanelColumn& column = panel.columns[c];
      if (column.is_text) {
        kept.columns[c].texts.push_back(column.texts[row]);
      } else {
        kept.columns[c].numbers.push_back(column.numbers[row]);
      }
    }
  }
  return kept;
}

}  // namespace farrell::regression::testing
