// Values others published beside ours.
#include <algorithm>
#include <cmath>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// Decimals of a published value as it was most likely printed: the fewest, 2 to 6, that give it back.
int PublishedDecimals(double value) {
  for (int decimals = 2; decimals < 6; ++decimals) {
    const double scale[] = {100, 1e3, 1e4, 1e5};
    const double scaled = value * scale[decimals - 2];
    if (std::fabs(scaled - std::round(scaled)) < 1e-6 * std::fmax(1.0, std::fabs(scaled))) return decimals;
  }
  return 6;
}

struct Ours {
  std::optional<double> estimate;
  std::optional<double> std_error;
};

Row PublishedRow(const std::string& subject, const std::string& label, const PublishedFacts& published,
                 const Ours& ours, const Words& words) {
  const int decimals = std::max(published.estimate ? PublishedDecimals(*published.estimate) : 3, 3);
  Row row{"published:" + subject + ":" + published.term, label, Row::Role::kBody, {}, false};
  row.cells.push_back(Cell::OptionalReal(ours.estimate, std::max(decimals, 4)));
  row.cells.push_back(Cell::OptionalReal(ours.std_error, std::max(decimals, 4)));
  if (published.estimate) {
    row.cells.push_back(Cell::Real(*published.estimate, PublishedDecimals(*published.estimate)));
  } else {
    row.cells.push_back(Cell::Text(published.text));
  }
  row.cells.push_back(published.std_error ? Cell::Real(*published.std_error, PublishedDecimals(*published.std_error))
                                          : Cell::Empty());
  Cell difference;
  Cell verdict;
  if (ours.estimate && published.estimate) {
    const double gap = *ours.estimate - *published.estimate;
    difference = Cell::Real(gap, std::max(decimals, 4));
    if (published.tolerance) {
      verdict = Cell::Text(words.Clauses({std::fabs(gap) <= *published.tolerance ? words("yes") : words("no"),
                                          text::FormatSignificant(*published.tolerance, 3)}));
    }
  } else if (!ours.estimate) {
    difference = Cell::Text(words("no estimate"));
  }
  row.cells.push_back(std::move(difference));
  row.cells.push_back(std::move(verdict));
  const bool both = published.estimate && !published.text.empty();
  row.cells.push_back(Cell::Text(both ? words.Parts({published.text, published.source}) : published.source));
  return row;
}

Ours OursOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term) return {fit.terms[i].estimate, fit.inferences.front().terms[i].std_error};
  }
  return {};
}

Ours OursOf(const SecondStageFacts& facts, const std::string& name) {
  for (const SecondStageTermFacts& term : facts.terms) {
    if (term.name == name) return {term.coefficient.estimate, term.coefficient.std_error};
  }
  return {};
}

Ours OursOf(const CompareFacts& comparison, const PublishedFacts& published) {
  for (std::size_t i = 0; i < comparison.terms.size(); ++i) {
    if (comparison.terms[i].name != published.term) continue;
    for (const GroupFacts& group : comparison.groups) {
      if (group.group == published.group) return {group.estimates[i], group.compared[i].std_error};
    }
  }
  return published.group.empty() ? OursOf(comparison.pooled, published.term) : Ours{};
}

template <typename Term>
std::string TermLabel(const std::vector<Term>& terms, const std::string& name) {
  for (const Term& term : terms) {
    if (term.name == name && !term.label.empty()) return term.label;
  }
  return name;
}

std::string GroupLabel(const CompareFacts& comparison, const std::string& name, const Words& words) {
  for (const GroupFacts& group : comparison.groups) {
    if (group.group == name && !group.label.empty()) return group.label;
  }
  return name.empty() ? words("all") : name;
}

}  // namespace

Result<Table> BuildPublishedTable(const std::vector<const FitFacts*>& fits,
                                  const std::vector<const CompareFacts*>& comparisons,
                                  const std::vector<const SecondStageFacts*>& second_stages,
                                  const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("published", options);
  table.columns = {{"ours", words("Estimate"), false},         {"ours_se", words("s.e."), false},
                   {"published", words("Estimate"), false},    {"published_se", words("s.e."), false},
                   {"difference", words("Difference"), false}, {"within", words("Within tolerance"), true},
                   {"source", words("Source"), true}};
  table.spanners = {{words("Here"), 0, 1}, {words("Published"), 2, 3}};
  std::vector<std::string> descriptions;
  const auto describe = [&](std::string inference) {
    if (std::find(descriptions.begin(), descriptions.end(), inference) == descriptions.end()) {
      descriptions.push_back(std::move(inference));
    }
  };
  for (const FitFacts* fit : fits) {
    if (fit->published.empty()) continue;
    FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
    Panel panel;
    panel.title = fit->label.empty() ? fit->id : fit->label;
    for (const PublishedFacts& published : fit->published) {
      panel.rows.push_back(
          PublishedRow(fit->id, TermLabel(fit->terms, published.term), published, OursOf(*fit, published.term), words));
    }
    describe(DescribeInference(fit->inferences.front(), words));
    table.panels.push_back(std::move(panel));
  }
  for (const CompareFacts* comparison : comparisons) {
    if (comparison->published.empty()) continue;
    FARRELL_RETURN_IF_ERROR(CheckInference(comparison->pooled));
    Panel panel;
    panel.title = comparison->label.empty() ? comparison->id : comparison->label;
    for (const PublishedFacts& published : comparison->published) {
      panel.rows.push_back(PublishedRow(comparison->id + "/" + published.group,
                                        words.Clauses({TermLabel(comparison->terms, published.term),
                                                       GroupLabel(*comparison, published.group, words)}),
                                        published, OursOf(*comparison, published), words));
    }
    for (const GroupFacts& group : comparison->groups) describe(DescribeInference(group.fit.inferences.front(), words));
    table.panels.push_back(std::move(panel));
  }
  for (const SecondStageFacts* facts : second_stages) {
    if (facts->published.empty()) continue;
    Panel panel;
    panel.title = facts->label.empty() ? facts->id : facts->label;
    for (const PublishedFacts& published : facts->published) {
      panel.rows.push_back(PublishedRow(facts->id, TermLabel(facts->terms, published.term), published,
                                        OursOf(*facts, published.term), words));
    }
    describe(facts->inference ? DescribeInference(*facts->inference, words)
                              : words("bootstrap of the second stage {1}, {2} replications",
                                      {facts->id, text::FormatCount(facts->replications)}));
    table.panels.push_back(std::move(panel));
  }
  if (table.panels.empty()) {
    return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' names nothing with published values");
  }
  table.notes.push_back(words("Our standard errors: {1}.", {words.Parts(descriptions)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
