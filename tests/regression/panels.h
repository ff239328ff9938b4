// Small tables for tests of the regression engine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "services/regression/engine/fit.h"
#include "tests/support/long_run.h"

namespace farrell::regression::testing {

using farrell::testing::LongRun;

// Cells of a CSV file with quoted fields; the first record is the header.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  std::size_t Column(const std::string& name) const;
  const std::string& At(std::size_t row, const std::string& name) const { return rows[row][Column(name)]; }
  double Number(std::size_t row, const std::string& name) const;
};
Table ReadCsv(const std::string& path);
// Path of a file in the source tree.
std::string SourcePath(const std::string& relative);

// A panel of number columns, empty cells missing; the keys may be empty. Rows sorted by (unit, time).
Panel MakePanel(const Table& table, const std::string& unit, const std::string& time,
                const std::vector<std::string>& numbers, const std::vector<std::string>& texts = {});

// Adds a number column computed row by row.
void AddColumn(Panel& panel, const std::string& name, const std::function<double(std::size_t row)>& value);
const std::vector<double>& Numbers(const Panel& panel, const std::string& name);

// A specification from its parts; aborts the test on a formula that does not parse.
FitSpec MakeSpec(const std::string& formula, std::vector<InferenceSpec> inferences = {});
InferenceSpec MakeInference(InferenceType type, const std::string& cluster = "", const std::string& ssc = "fixest");

// The result, or a failure of the test with the status in it.
FitResult MustFit(const Panel& panel, const FitSpec& spec, const Environment& environment = {});

// An unbalanced panel with missing cells, made up from a counter-based generator: columns y, x1, x2, x3 (numbers),
// group (text, constant by unit: "a", "b", "c"), block (text, crossed with units). `seed` decides everything.
Panel RandomPanel(std::int64_t seed, int units, int periods, double share_of_rows_kept);

// Digits to which `value` agrees with `truth` (15 when equal, the absolute error when truth is 0).
double LogRelativeError(double value, double truth);

// Rows of the panel for which `keep` holds, in order.
Panel Filter(const Panel& panel, const std::function<bool(std::size_t row)>& keep);

}  // namespace farrell::regression::testing
