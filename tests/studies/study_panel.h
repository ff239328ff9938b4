// The panel of the founding study as the engines take it, from the golden file or from a synthetic draw.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "services/reporting/engine/synthesize.h"

namespace farrell::studies {

// Rows of examples/ai-innovation/golden_panel.csv, with the R&D stock accumulated from the spending.
std::vector<reporting::SyntheticRow> ReadGoldenPanel();

struct PanelOptions {
  bool reference_rows = true;      // false: leave the reference-only rows out
  bool unrounded_patents = false;  // synthetic draws only
};

// Columns: province, year, role, region (E, C, W), region4, rd_fte, rd_exp, rd_stock, patents, ln_ai, growth, urban,
// open, ln_university, ln_institute, ln_enterprise, ln_total, ln_papers, ln_market, ln_patents, ln_fte, ln_stock,
// planted. Missing where the row has no such cell. Sorted by (unit, time).
Panel PanelOf(const std::vector<reporting::SyntheticRow>& rows, const PanelOptions& options = {});

// The rows with role "sample".
Panel SampleOf(const Panel& panel);

// Adds a column of numbers, one a row.
void AddColumn(Panel& panel, const std::string& name, std::vector<double> numbers);

}  // namespace farrell::studies
