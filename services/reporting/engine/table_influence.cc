// How far one level of a column moves a coefficient.
#include <algorithm>
#include <cmath>

#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

std::vector<Influence> InfluencesOf(const FitFacts& fit, const std::vector<std::string>& wanted) {
  std::vector<Influence> influences;
  for (std::size_t t = 0; t < fit.terms.size(); ++t) {
    const TermFacts& term = fit.terms[t];
    const bool asked = wanted.empty() ? term.name != "(Intercept)"
                                      : std::find(wanted.begin(), wanted.end(), term.name) != wanted.end();
    if (!asked || !term.estimate) continue;
    Influence influence{.term = &term, .estimate = *term.estimate};
    if (!fit.inferences.empty()) influence.std_error = fit.inferences.front().terms[t].std_error;
    for (const LeaveOneOutFacts& without : fit.leave_one_out) {
      const std::optional<double> estimate = t < without.estimates.size() ? without.estimates[t] : std::nullopt;
      if (!estimate) continue;
      if (influence.count++ == 0) {
        influence.low = influence.high = influence.farthest = *estimate;
        influence.low_level = influence.high_level = influence.farthest_level = without.level;
      }
      if (*estimate < influence.low) influence.low = *estimate, influence.low_level = without.level;
      if (*estimate > influence.high) influence.high = *estimate, influence.high_level = without.level;
      if (std::abs(*estimate - *term.estimate) > std::abs(influence.farthest - *term.estimate)) {
        influence.farthest = *estimate;
        influence.farthest_level = without.level;
      }
      if (*estimate * *term.estimate < 0) ++influence.sign_changes;
    }
    if (influence.count > 0) influences.push_back(std::move(influence));
  }
  return influences;
}

Result<Table> BuildInfluenceTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("influence", options);
  table.columns = {
      {"estimate", words("Estimate"), false},        {"low", words("Lowest"), false},
      {"low_level", words("without"), true},         {"high", words("Highest"), false},
      {"high_level", words("without"), true},        {"largest_change", words("Largest change / s.e."), false},
      {"sign_changes", words("Sign changes"), false}};
  for (const FitFacts* fit : fits) {
    if (fit->leave_one_out.empty() && !fit->left_out_column.empty()) {
      return NothingToShow(words("no level of '{1}' could be left out", {fit->left_out_column}));
    }
    if (fit->leave_one_out.empty()) {
      return InvalidArgument("TABLE_INVALID", "regression '" + fit->id + "' has no `leave_one_out`");
    }
    Panel panel;
    panel.title =
        words("{1}, without one {2} at a time", {fit->label.empty() ? fit->id : fit->label, fit->left_out_column});
    for (const Influence& influence : InfluencesOf(*fit, options.terms)) {
      const int decimals = DecimalsFor(influence.std_error);
      Cell change = Cell::Empty();
      if (influence.std_error && *influence.std_error > 0) {
        change = Cell::Real((influence.farthest - influence.estimate) / *influence.std_error, 2);
      }
      panel.rows.push_back({"coef:" + fit->id + ":" + influence.term->name,
                            influence.term->label.empty() ? influence.term->name : influence.term->label,
                            Row::Role::kBody,
                            {Cell::Real(influence.estimate, decimals), Cell::Real(influence.low, decimals),
                             Cell::Text(influence.low_level), Cell::Real(influence.high, decimals),
                             Cell::Text(influence.high_level), std::move(change), Cell::Count(influence.sign_changes)},
                            false});
    }
    table.panels.push_back(std::move(panel));
  }
  table.notes.push_back(
      words("The largest change is that of the level that moves the estimate farthest, in standard errors of "
            "the full sample: {1}.",
            {DescribeInference(fits.front()->inferences.front(), options.words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
