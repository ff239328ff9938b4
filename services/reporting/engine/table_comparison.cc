// For whom does it differ? Groups, every pairwise difference with raw and adjusted p, and the joint test, in one table.
#include <algorithm>
#include <utility>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/table.h"
#include "services/reporting/engine/table_comparison.h"

namespace farrell::reporting {
namespace {

using namespace comparison_table;  // NOLINT: parts of this one table

std::string Starred(Context& context, const std::string& subject, const std::optional<double>& p_value) {
  const bool blocked = !context.options.all_stars_blocked.empty() || context.options.stars_blocked.contains(subject);
  if (!p_value || blocked) return {};
  std::string mark = StarsFor(context.levels, *p_value);
  context.any_stars |= !mark.empty();
  return mark;
}

// An estimate with its standard error in parentheses in the row below.
void AddEstimate(std::vector<Row>& rows, const std::string& id, std::string label,
                 const std::optional<double>& estimate, const std::optional<double>& std_error, int decimals,
                 std::vector<Cell> cells, const std::string& stars) {
  cells[kEstimate] = Cell::OptionalReal(estimate, decimals);
  cells[kEstimate].stars = stars;
  for (const ColumnIndex column : {kLow, kHigh}) cells[column].decimals = decimals;
  rows.push_back({"coef:" + id, std::move(label), Row::Role::kCoefficient, std::move(cells), false});
  std::vector<Cell> below = Blank();
  below[kEstimate] = Cell::OptionalReal(std_error, decimals);
  below[kEstimate].wrap = Cell::Wrap::kParentheses;
  rows.push_back({"se:" + id, "", Row::Role::kStdError, std::move(below), false});
}

// Index of a term among the terms of a fit; the pooled and the group fits may name more terms than are compared.
std::optional<std::size_t> TermIndex(const FitFacts& fit, const std::string& name) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == name) return i;
  }
  return std::nullopt;
}

Cell WildCell(const FitFacts& fit, const std::string& term) {
  const InferenceFacts* wild = WildInference(fit);
  const std::optional<std::size_t> index = TermIndex(fit, term);
  if (wild == nullptr || !index) return Cell::Empty();
  return Cell::PValue(wild->terms[*index].p_value);
}

// One number of decimals for everything about a term.
int DecimalsOfTerm(const CompareFacts& comparison, std::size_t term_index) {
  std::vector<std::optional<double>> errors;
  for (const GroupFacts& group : comparison.groups) errors.push_back(group.compared[term_index].std_error);
  for (const DifferenceFacts& difference : comparison.differences) {
    if (difference.term == comparison.terms[term_index].name) errors.push_back(difference.std_error);
  }
  return CommonDecimals(errors);
}

std::string By(const CompareFacts& comparison, const Words& words) {
  if (comparison.by.empty()) return words("equation");
  const std::string& by = comparison.by_label.empty() ? comparison.by : comparison.by_label;
  return comparison.equations.empty() ? by : words("equation and {1}", {by});
}

// The groups of a term have no draws in common: under Romano & Wolf they are adjusted by Holm.
std::vector<std::optional<double>> AdjustedOverGroups(const CompareFacts& comparison,
                                                      const std::vector<std::optional<double>>& p_values) {
  if (comparison.adjustment == "none") return std::vector<std::optional<double>>(p_values.size());
  if (comparison.adjustment == "bh") return BenjaminiHochbergAdjusted(p_values);
  return HolmAdjusted(p_values);
}

Panel GroupPanel(Context& context, std::size_t term_index) {
  const CompareFacts& comparison = context.comparison;
  const int decimals = DecimalsOfTerm(comparison, term_index);
  const TermFacts& term = comparison.terms[term_index];
  Panel panel;
  const Words& words = context.options.words;
  panel.title = words("{1}: estimates by {2}", {TermLabel(term), By(comparison, words)});
  std::vector<std::optional<double>> p_values;
  for (const GroupFacts& group : comparison.groups) p_values.push_back(group.compared[term_index].p_value);
  const std::vector<std::optional<double>> adjusted = AdjustedOverGroups(comparison, p_values);
  for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
    const GroupFacts& group = comparison.groups[i];
    const TermInferenceFacts& inference = group.compared[term_index];
    std::vector<Cell> cells = InferenceCells(inference);
    cells[kAdjustedP] = Cell::PValue(adjusted[i]);
    cells[kWildP] = WildCell(group.fit, term.name);
    cells[kObservations] = Cell::Count(group.fit.observation_count);
    cells[kClusters] = Cell::Count(group.fit.inferences.front().cluster_count);
    AddEstimate(panel.rows, group.group + ":" + term.name, group.label.empty() ? group.group : group.label,
                group.estimates[term_index], inference.std_error, decimals, std::move(cells),
                Starred(context, comparison.id + "/" + group.group, inference.p_value));
  }
  const std::optional<std::size_t> index = TermIndex(comparison.pooled, term.name);
  // Of several equations the first alone was fitted to all groups together.
  if (index && comparison.equations.empty()) {
    const InferenceFacts& primary = comparison.pooled.inferences.front();
    std::vector<Cell> cells = InferenceCells(primary.terms[*index]);
    cells[kWildP] = WildCell(comparison.pooled, term.name);
    cells[kObservations] = Cell::Count(comparison.pooled.observation_count);
    cells[kClusters] = Cell::Count(primary.cluster_count);
    AddEstimate(panel.rows, "pooled:" + term.name, words("All, one slope"), comparison.pooled.terms[*index].estimate,
                primary.terms[*index].std_error, decimals, std::move(cells),
                Starred(context, comparison.id + "/", primary.terms[*index].p_value));
  }
  return panel;
}

Panel DifferencePanel(Context& context, std::size_t term_index) {
  const CompareFacts& comparison = context.comparison;
  const TermFacts& term = comparison.terms[term_index];
  const int decimals = DecimalsOfTerm(comparison, term_index);
  Panel panel;
  panel.title = context.options.words("{1}: differences", {TermLabel(term)});
  for (const DifferenceFacts& difference : comparison.differences) {
    if (difference.term != term.name) continue;
    TermInferenceFacts inference{difference.std_error, difference.statistic, difference.p_value,
                                 difference.conf_low,  difference.conf_high, difference.df};
    std::vector<Cell> cells = InferenceCells(inference);
    const bool adjusted = comparison.adjustment != "none" && difference.p_adjusted;
    if (adjusted) cells[kAdjustedP] = Cell::PValue(difference.p_adjusted);
    const std::optional<double> judged = adjusted ? difference.p_adjusted : difference.p_value;
    AddEstimate(panel.rows, difference.group + "-" + difference.versus + ":" + term.name,
                GroupLabel(comparison, difference.group) + " − " + GroupLabel(comparison, difference.versus),
                difference.estimate, difference.std_error, decimals, std::move(cells),
                Starred(context, comparison.id, judged));
  }
  AddJointRows(comparison, term, context.options.words, panel);
  return panel;
}

Panel AlternativePanel(const CompareFacts& comparison, const Words& words) {
  Panel panel;
  panel.title = comparison.interact == "x-only" ? words("The same with everything interacted")
                                                : words("The same with only the compared terms interacted");
  for (const AlternativeFacts& alternative : comparison.alternatives) {
    std::vector<Cell> cells = Blank();
    cells[kEstimate] = Cell::Real(alternative.estimate, 4);
    const std::string label = GroupLabel(comparison, alternative.group);
    panel.rows.push_back({"alternative:" + alternative.group + ":" + alternative.term,
                          comparison.terms.size() > 1 ? words.Clauses({label, alternative.term}) : label,
                          Row::Role::kBody, std::move(cells), false});
  }
  return panel;
}

// Adjusted by one method throughout, or by two.
std::string AdjustedHead(const CompareFacts& comparison, const Words& words) {
  if (comparison.adjustment == "holm") return words("Holm p");
  return comparison.adjustment == "bh" ? words("BH p") : words("Adjusted p");
}

// Columns without a single number are left out.
void DropEmptyColumns(Table& table) {
  for (std::size_t column = table.columns.size(); column-- > 0;) {
    bool empty = true;
    for (const Panel& panel : table.panels) {
      for (const Row& row : panel.rows) empty = empty && row.cells[column].kind == Cell::Kind::kEmpty;
    }
    if (!empty) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(column));
    for (Panel& panel : table.panels) {
      for (Row& row : panel.rows) row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(column));
    }
  }
}

Status CheckComparison(const CompareFacts& comparison, const Words& words) {
  if (comparison.groups.empty() || comparison.terms.empty()) {
    return NothingToShow(words("comparison '{1}' has no groups or no compared terms", {comparison.id}));
  }
  FARRELL_RETURN_IF_ERROR(CheckInference(comparison.pooled));
  for (const GroupFacts& group : comparison.groups) {
    FARRELL_RETURN_IF_ERROR(CheckInference(group.fit));
    if (group.estimates.size() != comparison.terms.size() || group.compared.size() != comparison.terms.size()) {
      return FailedPrecondition("INFERENCE_MISSING", "group '" + group.group + "' of comparison '" + comparison.id +
                                                         "' does not cover every compared term");
    }
  }
  return Status::Ok();
}

}  // namespace

Result<Table> BuildComparisonTable(const CompareFacts& comparison, const TableOptions& options) {
  FARRELL_RETURN_IF_ERROR(CheckComparison(comparison, options.words));
  Context context{comparison, options, {}, {}};
  FARRELL_ASSIGN_OR_RETURN(context.levels, StarLevels(options.stars));

  Table table = TableFrame("comparison", options);
  const Words& words = options.words;
  table.columns = {{"estimate", words("Estimate"), false},
                   {"statistic", words("t or F"), false},
                   {"df", "df", false},
                   {"df2", "df2", false},
                   {"p", "p", false},
                   {"p_adjusted", AdjustedHead(comparison, words), false},
                   {"wild_p", words("Wild p"), false},
                   {"conf_low", "", false},
                   {"conf_high", "", false},
                   {"n", "N", false},
                   {"clusters", "G", false},
                   {"weight", words("Weight"), false}};
  const std::string level = text::FormatSignificant(comparison.pooled.confidence_level * 100, 4);
  table.columns[kLow].label = words("{1} % low", {level});
  table.columns[kHigh].label = words("{1} % high", {level});
  for (std::size_t i = 0; i < comparison.terms.size(); ++i) {
    const TermFacts& term = comparison.terms[i];
    const bool wanted = options.terms.empty() ||
                        std::find(options.terms.begin(), options.terms.end(), term.name) != options.terms.end();
    if (!wanted) continue;
    table.panels.push_back(GroupPanel(context, i));
    table.panels.push_back(DifferencePanel(context, i));
    for (Panel panel : {OtherInferencesPanel(comparison, term, DecimalsOfTerm(comparison, i), words),
                        OrderingPanel(comparison, term, words),
                        PooledSlopePanel(comparison, term, DecimalsOfTerm(comparison, i), words)}) {
      if (!panel.rows.empty()) table.panels.push_back(std::move(panel));
    }
  }
  if (!comparison.alternatives.empty()) table.panels.push_back(AlternativePanel(comparison, words));
  table.notes = Notes(context);
  DropEmptyColumns(table);
  return table;
}

}  // namespace farrell::reporting
