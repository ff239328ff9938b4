// What the design can see: power at an effect of interest, the smallest effect it would find, and how much a
// significant estimate overstates (Gelman & Carlin 2014).
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

Result<Table> BuildDesignTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("design", options);
  table.columns = {{"reference", words("Reference"), false},
                   {"std_error", words("s.e."), false},
                   {"power", words("Power"), false},
                   {"minimum_detectable", words("Minimum detectable"), false},
                   {"exaggeration", words("Exaggeration"), false},
                   {"wrong_sign", words("Wrong sign"), false}};
  Panel panel;
  const DesignFacts* first = nullptr;
  for (const FitFacts* fit : fits) {
    for (const DesignFacts& design : fit->design) {
      if (first == nullptr) first = &design;
      std::string term = design.term;
      for (const TermFacts& known : fit->terms) {
        if (known.name == design.term && !known.label.empty()) term = known.label;
      }
      const int decimals = DecimalsFor(design.std_error);
      panel.rows.push_back({"design:" + fit->id + ":" + design.term,
                            words("{1}: {2}", {fit->label.empty() ? fit->id : fit->label, term}),
                            Row::Role::kBody,
                            {Cell::Real(design.reference, decimals), Cell::Real(design.std_error, decimals),
                             Cell::Real(design.power, 2), Cell::Real(design.minimum_detectable, decimals),
                             Cell::Real(design.exaggeration, 1), Cell::Real(design.wrong_sign, 3)},
                            false});
    }
  }
  if (first == nullptr) {
    return NothingToShow(words("no term has a standard error to judge the design by"));
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(
      words("Power of a two-sided test at {1} when the effect is the reference, which is not the estimate. Minimum "
            "detectable: the "
            "effect found with power {2}. Exaggeration: mean size of a significant estimate over the reference. Wrong "
            "sign: share "
            "of significant estimates (Gelman & Carlin 2014).",
            {CellText(Cell::Real(first->level, 2)), CellText(Cell::Real(first->wanted_power, 2))}));
  table.notes.push_back(
      words("Standard errors: {1}.", {DescribeInference(fits.front()->inferences.front(), options.words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
