// Coefficients of a second stage with their bootstraps, and how the bootstraps were drawn.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

bool IsTruncated(const SecondStageFacts& facts) { return facts.algorithm == "1" || facts.algorithm == "2"; }

std::string Method(const SecondStageFacts& facts, const Words& words) {
  if (facts.algorithm == "1") {
    return words("Truncated regression with a parametric bootstrap (Simar & Wilson 2007, algorithm 1)");
  }
  if (facts.algorithm == "2") {
    return words(
        "Truncated regression of distances corrected for bias, with a parametric bootstrap (Simar & Wilson 2007, "
        "algorithm 2)");
  }
  if (facts.algorithm == "joint") {
    return words("EXPERIMENTAL: log scores by least squares, frontier and regression resampled together by unit");
  }
  return words("Log scores by least squares, the scores taken as data");
}

// What a positive coefficient says.
std::string Direction(const SecondStageFacts& facts, const Words& words) {
  const std::string sign = IsTruncated(facts) ? words("a positive coefficient is more inefficiency")
                                              : words("a positive coefficient is more efficiency");
  const std::string& response = facts.response;
  return facts.effects.empty()
             ? words("The response is {1}: {2}.", {response, sign})
             : words("The response is {1}: {2}; effects of {3}.", {response, sign, words.Listed(facts.effects)});
}

std::string Drawn(const SecondStageFacts& facts, const Words& words) {
  std::vector<std::string> parts = {words.Clauses(
      {words("{1} replications", {text::FormatCount(facts.replications)}),
       facts.resample == "unit" ? words("units resampled whole") : words("errors of rows drawn independently")})};
  if (facts.first_replications > 0) {
    const std::string frontiers = text::FormatCount(facts.first_replications);
    parts.push_back(facts.mean_bias ? words("{1} frontiers for the correction of bias, which takes out {2} on average",
                                            {frontiers, text::FormatFixed(*facts.mean_bias, 3)})
                                    : words("{1} frontiers for the correction of bias", {frontiers}));
  }
  if (facts.subsample_size > 0) {
    parts.push_back(words("frontiers of {1} of {2} units",
                          {text::FormatCount(facts.subsample_size), text::FormatCount(facts.frontier_unit_count)}));
  }
  if (facts.failed_count > 0) {
    parts.push_back(words("{1} replications without a maximum left out", {text::FormatCount(facts.failed_count)}));
  }
  if (facts.provenance.seed) parts.push_back(words("seed {1}", {std::to_string(*facts.provenance.seed)}));
  return words("{1}.", {words.Parts(parts)});
}

std::string RowsUsed(const SecondStageFacts& facts, const std::string& unit_word, const Words& words) {
  std::string units = words.Counted(facts.unit_count, Said("{1} unit"), Said("{1} units"));
  if (!unit_word.empty()) units = words("{1} ({2})", {units, unit_word});
  std::vector<std::string> parts = {
      words("{1} of {2} with a score used, {3}",
            {text::FormatCount(facts.observation_count),
             words.Counted(facts.score_count, Said("{1} row"), Said("{1} rows")), units})};
  if (IsTruncated(facts)) {
    parts.push_back(words("{1} at the frontier left out (distance at most 1 + {2})",
                          {words.Counted(facts.frontier_count, Said("{1} row"), Said("{1} rows")),
                           text::FormatSignificant(facts.frontier_tolerance, 2)}));
  }
  return words("{1}.", {words.Parts(parts)});
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
  if (shown.empty()) return NothingToShow(options.words("no term of '{1}' was estimated", {facts.id}));
  const Words& words = options.words;
  Table table = TableFrame("second_stage", options);
  const std::string level = text::FormatSignificant(facts.confidence_level * 100, 4) + " %";
  table.columns = {{"estimate", words("Estimate"), false},
                   {"std_error", words("s.e."), false},
                   {"p_value", "p", false},
                   {"conf_low", words("from"), false},
                   {"conf_high", words("to"), false}};
  table.spanners = {{words("Coefficient, {1} interval", {level}), 0, 4}};
  const bool truncated = IsTruncated(facts);
  const bool joint = facts.algorithm == "joint";
  if (truncated) {
    table.columns.push_back({"effect", words("Estimate"), false});
    table.columns.push_back({"effect_conf_low", words("from"), false});
    table.columns.push_back({"effect_conf_high", words("to"), false});
    table.spanners.push_back({words("Mean marginal effect"), 5, 7});
  }
  if (joint) table.columns.push_back({"bias_corrected", words("Corrected"), false});
  Panel panel;
  for (const SecondStageTermFacts* term : shown) {
    const BootstrapFacts& coefficient = term->coefficient;
    const int decimals = DecimalsFor(coefficient.std_error);
    Row row{"coef:" + term->name, term->label.empty() ? term->name : term->label, Row::Role::kCoefficient, {}, false};
    row.cells = {term->collinear ? Cell::Text(words("collinear")) : Cell::OptionalReal(coefficient.estimate, decimals),
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
  table.notes.push_back(words("{1}, of the DEA {2}: {3}.", {Method(facts, words), facts.dea, facts.formula}));
  table.notes.push_back(Direction(facts, words));
  table.notes.push_back(facts.inference ? words("Standard errors: {1}.", {DescribeInference(*facts.inference, words)})
                                        : Drawn(facts, words));
  table.notes.push_back(RowsUsed(facts, options.unit_word, words));
  for (const WarningFacts& warning : facts.warnings)
    table.notes.push_back(words("{1}: {2}", {warning.code, WarningText(warning, words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
