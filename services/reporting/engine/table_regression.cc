// Several models side by side: coefficients with standard errors in parentheses below, then the bottom block.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

using Fits = std::vector<const FitFacts*>;

struct PrintedTerm {
  std::string name;
  std::string label;
};

// The terms to print: as asked, or in order of appearance with the constant last.
std::vector<PrintedTerm> PrintedTerms(const Fits& fits, const std::vector<std::string>& wanted, const Words& words) {
  std::vector<PrintedTerm> all;
  for (const FitFacts* fit : fits) {
    for (const TermFacts& term : fit->terms) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const PrintedTerm& t) { return t.name == term.name; });
      if (known) continue;
      std::string label = term.label;
      if (label.empty()) label = term.name == "(Intercept)" ? words("Constant") : term.name;
      all.push_back({term.name, std::move(label)});
    }
  }
  if (wanted.empty()) {
    std::stable_partition(all.begin(), all.end(), [](const PrintedTerm& term) { return term.name != "(Intercept)"; });
    return all;
  }
  std::vector<PrintedTerm> chosen;
  for (const std::string& name : wanted) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const PrintedTerm& term) { return term.name == name; });
    if (found != all.end()) chosen.push_back(*found);
  }
  return chosen;
}

std::optional<std::size_t> IndexOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term) return i;
  }
  return std::nullopt;
}

bool IsNumberInParentheses(const std::string& label) {
  return label.size() > 2 && label.front() == '(' && label.find_first_not_of("0123456789", 1) == label.size() - 1 &&
         label.back() == ')';
}

// Rules that take stars from single columns, and the marks that were printed.
struct Stars {
  std::vector<StarLevel> levels;
  bool any = false;
};

// Coefficient, standard error and, where any column has one, bootstrap p of one term.
std::vector<Row> TermRows(const Fits& fits, const PrintedTerm& printed, const TableOptions& options, Stars& stars) {
  Row coefficient{"coef:" + printed.name, printed.label, Row::Role::kCoefficient, {}, false};
  Row std_error{"se:" + printed.name, "", Row::Role::kStdError, {}, false};
  Row bootstrap{"wild_p:" + printed.name, "", Row::Role::kBootstrapP, {}, false};
  bool any_bootstrap = false;
  std::vector<std::optional<double>> errors;
  for (const FitFacts* fit : fits) {
    if (const std::optional<std::size_t> index = IndexOf(*fit, printed.name)) {
      errors.push_back(fit->inferences.front().terms[*index].std_error);
    }
  }
  const int decimals = CommonDecimals(errors);
  for (const FitFacts* fit : fits) {
    const std::optional<std::size_t> index = IndexOf(*fit, printed.name);
    Cell estimate;
    Cell error;
    Cell wild;
    if (index && !fit->terms[*index].estimate) estimate = Cell::Text("–");
    if (index && fit->terms[*index].estimate) {
      const TermInferenceFacts& primary = fit->inferences.front().terms[*index];
      estimate = Cell::Real(*fit->terms[*index].estimate, decimals);
      error = Cell::OptionalReal(primary.std_error, decimals);
      error.wrap = Cell::Wrap::kParentheses;
      const bool blocked = !options.all_stars_blocked.empty() || options.stars_blocked.contains(fit->id);
      if (primary.p_value && !blocked) {
        estimate.stars = StarsFor(stars.levels, *primary.p_value);
        stars.any |= !estimate.stars.empty();
      }
      if (const InferenceFacts* inference = WildInference(*fit)) {
        wild = Cell::PValue(inference->terms[*index].p_value, Cell::Wrap::kBrackets);
        any_bootstrap = any_bootstrap || wild.kind == Cell::Kind::kReal;
      }
    }
    coefficient.cells.push_back(std::move(estimate));
    std_error.cells.push_back(std::move(error));
    bootstrap.cells.push_back(std::move(wild));
  }
  std::vector<Row> rows{std::move(coefficient), std::move(std_error)};
  if (any_bootstrap) rows.push_back(std::move(bootstrap));
  return rows;
}

// A row of the bottom block, or nothing when every cell is empty.
template <typename MakeCell>
void AddStatRow(std::vector<Row>& rows, const Fits& fits, std::string id, std::string label, MakeCell make) {
  Row row{std::move(id), std::move(label), Row::Role::kStat, {}, rows.empty()};
  bool any = false;
  for (const FitFacts* fit : fits) {
    row.cells.push_back(fit->lacking.empty() ? make(*fit) : Cell::Empty());
    any = any || row.cells.back().kind != Cell::Kind::kEmpty;
  }
  if (any) rows.push_back(std::move(row));
}

// The standard errors of a bootstrap are those of CR1.
std::string ShortInferenceName(const InferenceFacts& inference, const Words& words) {
  std::string name = TypeName(inference.type == InferenceType::kWild ? InferenceType::kCr1 : inference.type, words);
  return IsClustered(inference.type) ? words.Clauses({std::move(name), inference.cluster}) : name;
}

std::vector<Row> StatRows(const Fits& fits, const Words& words) {
  std::vector<Row> rows;
  std::vector<std::string> effects;
  for (const FitFacts* fit : fits) {
    for (const EffectFacts& effect : fit->effects) {
      if (std::find(effects.begin(), effects.end(), effect.name) == effects.end()) effects.push_back(effect.name);
    }
  }
  for (const std::string& name : effects) {
    AddStatRow(rows, fits, "stat:effect:" + name, words("{1} effects", {Capitalized(name)}), [&](const FitFacts& fit) {
      const bool has = std::any_of(fit.effects.begin(), fit.effects.end(),
                                   [&](const EffectFacts& effect) { return effect.name == name; });
      return Cell::Text(has ? words("yes") : words("no"));
    });
  }
  AddStatRow(rows, fits, "stat:inference", words("Standard errors"),
             [&](const FitFacts& fit) { return Cell::Text(ShortInferenceName(fit.inferences.front(), words)); });
  AddStatRow(rows, fits, "stat:clusters", words("Clusters"), [](const FitFacts& fit) {
    const std::int64_t count = fit.inferences.front().cluster_count;
    return count > 0 ? Cell::Count(count) : Cell::Empty();
  });
  AddStatRow(rows, fits, "stat:n", words("Observations"),
             [](const FitFacts& fit) { return Cell::Count(fit.observation_count); });
  AddStatRow(rows, fits, "stat:r2", "R²", [](const FitFacts& fit) { return Cell::OptionalReal(fit.r2, 3); });
  AddStatRow(rows, fits, "stat:r2_within", words("Within R²"),
             [](const FitFacts& fit) { return Cell::OptionalReal(fit.r2_within, 3); });
  AddStatRow(rows, fits, "stat:f", words("F, all slopes zero"),
             [](const FitFacts& fit) { return fit.joint ? Cell::Real(fit.joint->statistic, 2) : Cell::Empty(); });
  AddStatRow(rows, fits, "stat:f_p", words("p of F"),
             [](const FitFacts& fit) { return fit.joint ? Cell::PValue(fit.joint->p_value) : Cell::Empty(); });
  std::vector<std::string> hypotheses;
  for (const FitFacts* fit : fits) {
    for (const HypothesisFacts& hypothesis : fit->hypotheses) {
      if (std::find(hypotheses.begin(), hypotheses.end(), hypothesis.text) == hypotheses.end()) {
        hypotheses.push_back(hypothesis.text);
      }
    }
  }
  for (const std::string& hypothesis : hypotheses) {
    AddStatRow(rows, fits, "stat:hypothesis:" + hypothesis, words("p of {1}", {hypothesis}), [&](const FitFacts& fit) {
      for (const HypothesisFacts& tested : fit.hypotheses) {
        if (tested.text == hypothesis) return Cell::PValue(tested.p_value);
      }
      return Cell::Empty();
    });
  }
  return rows;
}

// Neighbouring columns with one outcome share a head.
std::vector<Spanner> OutcomeSpanners(const Fits& fits, const Words& words) {
  const auto outcome = [](const FitFacts& fit) { return fit.outcome_label.empty() ? fit.outcome : fit.outcome_label; };
  std::vector<Spanner> spanners;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const std::string label = outcome(*fits[i]);
    if (!spanners.empty() && spanners.back().label == label) {
      spanners.back().last = i;
    } else {
      spanners.push_back({label, i, i});
    }
  }
  if (spanners.size() == 1) spanners.front().label = words("Dependent variable: {1}", {spanners.front().label});
  return spanners;
}

template <typename Text>
std::string Note(const Fits& fits, const Words& words, const std::string& lead, Text text) {
  std::vector<std::string> texts;
  for (const FitFacts* fit : fits) texts.push_back(fit->lacking.empty() ? text(*fit) : std::string());
  return PerColumnNote(lead, texts, words);
}

std::vector<std::string> Notes(const Fits& fits, const TableOptions& options, const Stars& stars,
                               const std::vector<PrintedTerm>& printed) {
  const Words& words = options.words;
  std::vector<std::string> notes;
  const auto add = [&](std::string note) {
    if (!note.empty()) notes.push_back(std::move(note));
  };
  add(Note(fits, words, words("Standard errors in parentheses"),
           [&](const FitFacts& fit) { return DescribeInference(fit.inferences.front(), words); }));
  add(Note(fits, words, words("p-values in brackets"), [&](const FitFacts& fit) {
    const InferenceFacts* wild = WildInference(fit);
    return wild == nullptr ? std::string() : DescribeWildBootstrap(*wild, words);
  }));
  if (stars.any) add(StarsLegend(options.stars, words));
  if (!options.all_stars_blocked.empty()) {
    add(words("No stars are printed: rule {1}.", {options.all_stars_blocked}));
  } else {
    std::vector<std::string> blocked;
    for (const FitFacts* fit : fits) {
      const auto rule = options.stars_blocked.find(fit->id);
      blocked.push_back(rule == options.stars_blocked.end() ? std::string() : words("rule {1}", {rule->second}));
    }
    add(PerColumnNote(words("No stars are printed"), blocked, words));
  }
  const bool collinear = std::any_of(fits.begin(), fits.end(), [&](const FitFacts* fit) {
    return std::any_of(fit->terms.begin(), fit->terms.end(), [&](const TermFacts& term) {
      return !term.estimate && std::any_of(printed.begin(), printed.end(),
                                           [&](const PrintedTerm& shown) { return shown.name == term.name; });
    });
  });
  if (collinear) add(words("A dash marks a term that is collinear with earlier ones."));
  const FitFacts& first =
      **std::find_if(fits.begin(), fits.end(), [](const FitFacts* fit) { return fit->lacking.empty(); });
  const bool same_rows = std::all_of(fits.begin(), fits.end(), [&](const FitFacts* fit) {
    return !fit->lacking.empty() || fit->where == first.where;
  });
  if (!same_rows) {
    add(Note(fits, words, words("Rows"),
             [&](const FitFacts& fit) { return fit.where.empty() ? words("all") : fit.where; }));
  } else if (!first.where.empty()) {
    add(words("Rows: {1}.", {first.where}));
  }
  add(Note(fits, words, words("Rows left out"), [&](const FitFacts& fit) {
    std::vector<std::string> reasons;
    if (fit.missing_row_count > 0) {
      reasons.push_back(words("{1} with a missing value", {text::FormatCount(fit.missing_row_count)}));
    }
    if (fit.singleton_count > 0) {
      reasons.push_back(words("{1} alone in their effect level", {text::FormatCount(fit.singleton_count)}));
    }
    return words.Listed(reasons);
  }));
  notes.insert(notes.end(), options.notes.begin(), options.notes.end());
  return notes;
}

}  // namespace

Result<Table> BuildRegressionTable(const std::vector<const FitFacts*>& fits, const TableOptions& options) {
  if (std::none_of(fits.begin(), fits.end(), [](const FitFacts* fit) { return fit->lacking.empty(); })) {
    return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no regressions; name at least one column");
  }
  for (const FitFacts* fit : fits) {
    if (fit->lacking.empty()) FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
  }
  Stars stars;
  FARRELL_ASSIGN_OR_RETURN(stars.levels, StarLevels(options.stars));

  Table table = TableFrame("regression", options);
  for (std::size_t i = 0; i < fits.size(); ++i) {
    std::string head = "(" + std::to_string(i + 1) + ")";
    // A label that is only a number in parentheses would compete with the table's own.
    const std::string& label = fits[i]->label;
    if (!label.empty() && !IsNumberInParentheses(label)) head.append(" ").append(label);
    table.columns.push_back({fits[i]->id, std::move(head), false});
  }
  table.spanners = OutcomeSpanners(fits, options.words);
  const std::vector<PrintedTerm> printed = PrintedTerms(fits, options.terms, options.words);
  Panel panel;
  for (const PrintedTerm& term : printed) {
    std::vector<Row> rows = TermRows(fits, term, options, stars);
    std::move(rows.begin(), rows.end(), std::back_inserter(panel.rows));
  }
  for (std::size_t i = 0; i < fits.size() && !panel.rows.empty(); ++i) {
    if (fits[i]->lacking.empty()) continue;
    panel.rows.front().cells[i] =
        Cell::Text(options.words("not available: {1}", {options.words.Listed(fits[i]->lacking)}));
  }
  std::vector<Row> stats = StatRows(fits, options.words);
  std::move(stats.begin(), stats.end(), std::back_inserter(panel.rows));
  table.panels.push_back(std::move(panel));
  table.notes = Notes(fits, options, stars, printed);
  return table;
}

}  // namespace farrell::reporting
