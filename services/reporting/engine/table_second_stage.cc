// Coefficients of a second stage with their bootstraps, and how the bootstraps were drawn.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

bool IsTruncated(const SecondStageFacts& facts) { return facts.algorithm == "1" || facts.algorithm == "2"; }

std::string Method(const SecondStageFacts& facts) {
  if (facts.algorithm == "1")
    return "Truncated regression with a parametric bootstrap (Simar & Wilson 2007, algorithm 1)";
  if (facts.algorithm == "2") {
    return "Truncated regression of distances corrected for bias, with a parametric bootstrap (Simar & Wilson 2007, "
           "algorithm "
           "2)";
  }
  if (facts.algorithm == "joint") {
    return "EXPERIMENTAL: log scores by least squares, frontier and regression resampled together by unit";
  }
  return "Log scores by least squares, the scores taken as data";
}

// What a positive coefficient says.
std::string Direction(const SecondStageFacts& facts) {
  std::string words = "The response is " + facts.response + ": ";
  words +=
      IsTruncated(facts) ? "a positive coefficient is more inefficiency" : "a positive coefficient is more efficiency";
  if (!facts.effects.empty()) {
    words += "; effects of ";
    for (std::size_t i = 0; i < facts.effects.size(); ++i) words += (i > 0 ? " and " : "") + facts.effects[i];
  }
  return words + ".";
}

std::string Drawn(const SecondStageFacts& facts) {
  std::string words = text::FormatCount(facts.replications) + " replications, ";
  words += facts.resample == "unit" ? "units resampled whole" : "errors of rows drawn independently";
  if (facts.first_replications > 0) {
    words += "; " + text::FormatCount(facts.first_replications) + " frontiers for the correction of bias";
    if (facts.mean_bias) words += ", which takes out " + text::FormatFixed(*facts.mean_bias, 3) + " on average";
  }
  if (facts.subsample_size > 0) {
    words += "; frontiers of " + text::FormatCount(facts.subsample_size) + " of " +
             text::FormatCount(facts.frontier_unit_count) + " units";
  }
  if (facts.failed_count > 0) {
    words += "; " + text::FormatCount(facts.failed_count) + " replications without a maximum left out";
  }
  if (facts.provenance.seed) words += "; seed " + std::to_string(*facts.provenance.seed);
  return words + ".";
}

std::string RowsUsed(const SecondStageFacts& facts, const std::string& unit_word) {
  std::string words = text::FormatCount(facts.observation_count) + " of " +
                      text::FormatCounted(facts.score_count, "row") + " with a score used, " +
                      text::FormatCounted(facts.unit_count, "unit");
  if (!unit_word.empty()) words += " (" + unit_word + ")";
  if (IsTruncated(facts)) {
    words += "; " + text::FormatCounted(facts.frontier_count, "row") +
             " at the frontier left out (distance at most 1 + " + text::FormatSignificant(facts.frontier_tolerance, 2) +
             ")";
  }
  return words + ".";
}

std::vector<const SecondStageTermFacts*> Shown(const SecondStageFacts& facts, const std::vector<std::string>& wanted) {
  std::vector<const SecondStageTermFacts*> shown;
  if (wanted.empty()) {
    for (const SecondStageTermFacts& term : facts.terms) shown.push_back(&term);
  }
  for (const std::string& name : wanted) {
    const auto found = std::find_if(facts.terms.begin(), facts.terms.end(),
                                    [&](const SecondStageTermFacts& term) { return term.name == name; });
    if (found != facts.terms.end()) shown.push_back(&*found);
  }
  return shown;
}

}  // namespace

Result<Table> BuildSecondStageTable(const SecondStageFacts& facts, const TableOptions& options) {
  const std::vector<const SecondStageTermFacts*> shown = Shown(facts, options.terms);
  if (shown.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no terms");
  Table table = TableFrame("second_stage", options);
  const std::string level = text::FormatSignificant(facts.confidence_level * 100, 4) + " %";
  table.columns = {{"estimate", "Estimate", false},
                   {"std_error", "s.e.", false},
                   {"p_value", "p", false},
                   {"conf_low", "from", false},
                   {"conf_high", "to", false}};
  table.spanners = {{"Coefficient, " + level + " interval", 0, 4}};
  const bool truncated = IsTruncated(facts);
  const bool joint = facts.algorithm == "joint";
  if (truncated) {
    table.columns.push_back({"effect", "Estimate", false});
    table.columns.push_back({"effect_conf_low", "from", false});
    table.columns.push_back({"effect_conf_high", "to", false});
    table.spanners.push_back({"Mean marginal effect", 5, 7});
  }
  if (joint) table.columns.push_back({"bias_corrected", "Corrected", false});
  Panel panel;
  for (const SecondStageTermFacts* term : shown) {
    const BootstrapFacts& coefficient = term->coefficient;
    const int decimals = DecimalsFor(coefficient.std_error);
    Row row{"coef:" + term->name, term->label.empty() ? term->name : term->label, Row::Role::kCoefficient, {}, false};
    row.cells = {term->collinear ? Cell::Text("collinear") : Cell::OptionalReal(coefficient.estimate, decimals),
                 Cell::OptionalReal(coefficient.std_error, decimals), Cell::PValue(coefficient.p_value),
                 Cell::OptionalReal(coefficient.conf_low, decimals),
                 Cell::OptionalReal(coefficient.conf_high, decimals)};
    if (truncated) {
      const int effect_decimals = DecimalsFor(term->effect.std_error);
      row.cells.push_back(Cell::OptionalReal(term->effect.estimate, effect_decimals));
      row.cells.push_back(Cell::OptionalReal(term->effect.conf_low, effect_decimals));
      row.cells.push_back(Cell::OptionalReal(term->effect.conf_high, effect_decimals));
    }
    if (joint) row.cells.push_back(Cell::OptionalReal(term->bias_corrected, decimals));
    panel.rows.push_back(std::move(row));
  }
  table.panels.push_back(std::move(panel));
  table.notes.push_back(Method(facts) + ", of the DEA " + facts.dea + ": " + facts.formula + ".");
  table.notes.push_back(Direction(facts));
  table.notes.push_back(facts.inference ? "Standard errors: " + DescribeInference(*facts.inference) + "."
                                        : Drawn(facts));
  table.notes.push_back(RowsUsed(facts, options.unit_word));
  for (const WarningFacts& warning : facts.warnings) table.notes.push_back(warning.code + ": " + warning.text);
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
