// Figures as Vega-Lite specifications with their data inside. The specification is the figure: readers can restyle it;
// the report shows the static SVG that Vega makes of it. No external address, fixed size, colours that colour-blind
// readers can tell apart (Okabe & Ito 2008; viridis), always together with text or shape.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

struct Figure {
  std::string id;
  int number = 0;
  std::string title;
  std::string kind;
  // What the figure shows, for readers who cannot see it.
  std::string description;
  std::string caption;
  // Vega-Lite 5 JSON text, deterministic.
  std::string spec;
  // "figures/ID", "figures/ID.zh": its files without their extension.
  std::string stem;
  // A coefficient plot of the groups of a comparison.
  bool of_groups = false;
  // The numbers behind the figure, at full precision.
  Table data;
};

// INVALID_ARGUMENT FIGURE_INVALID naming what is missing (unknown kind, id or term, no scores, no layout, no points).
Result<Figure> BuildFigure(const FigureSpec& spec, const ReportFacts& facts, int number = 0);

}  // namespace farrell::reporting
