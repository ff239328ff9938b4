// Referee rules about the data.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string_view>

#include "services/reporting/engine/find_variable.h"
#include "services/reporting/engine/ratio.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

std::string Squeezed(const std::string& text) {
  std::string squeezed;
  for (const char c : text) {
    if (c != ' ') squeezed += c;
  }
  return squeezed;
}

// log1p(y), log(1 + y), log(y + 1).
bool AddsOne(const std::string& expression) {
  const std::string text = Squeezed(expression);
  if (text.find("log1p(") != std::string::npos || text.find("log(1+") != std::string::npos) return true;
  for (std::size_t at = text.find("log("); at != std::string::npos; at = text.find("log(", at + 1)) {
    int depth = 0;
    for (std::size_t i = at + 3; i < text.size(); ++i) {
      if (text[i] == '(') ++depth;
      if (text[i] == ')' && --depth == 0) {
        if (text.substr(i - 2, 2) == "+1") return true;
        break;
      }
    }
  }
  return false;
}

// The expressions of a fit: outcome and terms, and those of the variables behind them.
std::vector<std::string> ExpressionsOf(const FitFacts& fit, const ReportFacts& facts) {
  std::vector<std::string> expressions = {fit.outcome};
  for (const TermFacts& term : fit.terms) expressions.push_back(term.name);
  const std::vector<std::string> written = expressions;
  for (const std::string& each : written) {
    for (const std::string& name : NamesBehind(each, facts.data.variables)) {
      const VariableFacts* variable = FindVariable(facts, name);
      if (variable != nullptr && !variable->expression.empty()) expressions.push_back(variable->expression);
    }
  }
  return expressions;
}

// Variables of the study behind the outcome of a fit, or behind its terms.
std::set<const VariableFacts*> BehindOutcome(const FitFacts& fit, const ReportFacts& facts) {
  std::set<const VariableFacts*> found;
  std::vector<std::string> names = NamesBehind(fit.outcome, facts.data.variables);
  // The outputs of an evaluation stand behind its scores.
  if (const DeaFacts* dea = FindDea(facts, fit.outcome_dea)) {
    for (const std::string& output : dea->outputs) {
      for (const std::string& name : NamesBehind(output, facts.data.variables)) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    if (const VariableFacts* variable = FindVariable(facts, name)) found.insert(variable);
  }
  return found;
}

std::set<const VariableFacts*> BehindTerms(const FitFacts& fit, const ReportFacts& facts) {
  std::set<const VariableFacts*> found;
  for (const TermFacts& term : fit.terms) {
    for (const std::string& name : NamesBehind(term.name, facts.data.variables)) {
      if (const VariableFacts* variable = FindVariable(facts, name)) found.insert(variable);
    }
  }
  return found;
}

bool IsBehindTerms(const std::string& name, const ReportFacts& facts) {
  for (const FitFacts& fit : facts.fits) {
    for (const TermFacts& term : fit.terms) {
      const std::vector<std::string> names = NamesBehind(term.name, facts.data.variables);
      if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    }
  }
  return false;
}

// Series that a census revises, by the parts of their names.
bool IsRevised(const std::string& name) {
  static constexpr std::string_view kNames[] = {"gdp", "pgdp", "grp", "population", "pop", "rd", "rnd"};
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string framed = "_" + lower + "_";
  return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view part) {
    return framed.find("_" + std::string(part) + "_") != std::string::npos;
  });
}

// The longest run of periods without a break: its first and last.
std::pair<std::int64_t, std::int64_t> LongestWindow(const std::vector<std::int64_t>& periods,
                                                    const std::set<std::int64_t>& breaks) {
  std::pair<std::int64_t, std::int64_t> best = {periods.front(), periods.front()};
  std::size_t longest = 0;
  for (std::size_t first = 0; first < periods.size();) {
    std::size_t end = first + 1;
    while (end < periods.size() && breaks.upper_bound(periods[end - 1]) == breaks.upper_bound(periods[end])) ++end;
    if (end - first > longest) {
      longest = end - first;
      best = {periods[first], periods[end - 1]};
    }
    first = end;
  }
  return best;
}

}  // namespace

RuleFinding CheckW26(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> shifted;
  std::vector<std::string> zeros;
  bool counts = false;
  const auto add = [](std::vector<std::string>& list, const std::string& item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  };
  for (const FitFacts& fit : facts.fits) {
    counts = counts || fit.estimator == "ppml" || fit.estimator == "poisson";
    for (const std::string& expression : ExpressionsOf(fit, facts)) {
      if (AddsOne(expression)) {
        add(shifted, expression);
        finding.About(fit.id);
        continue;
      }
      const std::string logged = LoggedColumn(expression, facts.data.variables);
      const auto described = facts.descriptives.find(logged);
      if (logged.empty() || described == facts.descriptives.end() || !described->second.min) continue;
      if (*described->second.min > 0) continue;
      add(zeros, logged);
      finding.About(fit.id);
    }
  }
  finding.say = [=](const Words& words) {
    std::vector<std::string> sentences;
    if (!shifted.empty()) {
      sentences.push_back(words(
          "Adding one before taking logarithms ({1}) changes the slope, the more so the smaller the counts: it is "
          "no elasticity.",
          {words.Listed(shifted)}));
    }
    if (!zeros.empty()) {
      sentences.push_back(
          words("The logarithm of {1} leaves out its zeros: the rows that remain are chosen by their value.",
                {words.Listed(zeros)}));
    }
    sentences.push_back(counts ? words("Compare the Poisson (PPML) regression, which keeps zeros.")
                               : words("A Poisson (PPML) regression keeps zeros; none was run."));
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW27(const ReportFacts& facts) {
  RuleFinding finding;
  struct Part {
    std::string name, period, text;
  };
  std::vector<Part> found;
  std::set<std::int64_t> breaks;
  if (facts.data.periods.empty()) return finding;
  std::set<const VariableFacts*> used;
  for (const FitFacts& fit : facts.fits) used.merge(BehindTerms(fit, facts));
  const auto look_at = [&](const VariableFacts& variable) {
    for (const VariableFacts::Break& each : variable.breaks) {
      // A break in the first period divides nothing.
      if (each.period <= facts.data.periods.front() || each.period > facts.data.periods.back()) continue;
      found.push_back({variable.name, std::to_string(each.period), each.text});
      breaks.insert(each.period);
      finding.About(variable.name);
    }
  };
  for (const VariableFacts& variable : facts.data.variables) {
    if (used.contains(&variable)) look_at(variable);
  }
  // A variable made of the column has its breaks too, and tells of them.
  const std::vector<Part> told = found;
  for (VariableFacts column : facts.data.broken_columns) {
    std::erase_if(column.breaks, [&](const VariableFacts::Break& each) {
      return std::any_of(told.begin(), told.end(), [&](const Part& part) {
        return part.period == std::to_string(each.period) && part.text == each.text;
      });
    });
    if (IsBehindTerms(column.name, facts)) look_at(column);
  }
  const auto [first, last] = LongestWindow(facts.data.periods, breaks);
  finding.say = [found, first = first, last = last](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(words("'{1}' from {2} ({3})", {part.name, part.period, words.Study(part.text)}));
    }
    return words(
        "A regressor changes its definition inside the sample: {1}. The longest window without a break is {2} to {3}.",
        {words.Parts(parts), std::to_string(first), std::to_string(last)});
  };
  return finding;
}

// Those that a table of the report shows.
std::vector<const VintageFacts*> ComparedVintages(const ReportFacts& facts) {
  std::vector<const VintageFacts*> compared;
  for (const VintageFacts& vintage : facts.vintages) {
    const bool shown = std::any_of(facts.tables.begin(), facts.tables.end(), [&](const TableSpec& table) {
      return table.kind == "vintages" &&
             std::find(table.columns.begin(), table.columns.end(), vintage.id) != table.columns.end();
    });
    if (shown) compared.push_back(&vintage);
  }
  return compared;
}

RuleFinding CheckW28(const ReportFacts& facts) {
  RuleFinding finding;
  std::set<std::string> vintages;
  std::vector<std::string> undeclared;
  std::vector<std::string> declared;
  for (const VariableFacts& variable : facts.data.variables) {
    if (!variable.vintage.empty()) {
      vintages.insert(variable.vintage);
      declared.push_back(variable.name);
    } else if (variable.expression.empty() && IsRevised(variable.name)) {
      undeclared.push_back(variable.name);
    }
  }
  const bool mixed = vintages.size() > 1;
  if (mixed) {
    for (const std::string& name : declared) finding.About(name);
  }
  for (const std::string& name : undeclared) finding.About(name);
  const std::vector<const VintageFacts*> compared = ComparedVintages(facts);
  std::vector<std::string> set_beside;
  for (const VintageFacts* vintage : compared)
    set_beside.push_back(vintage->label.empty() ? vintage->id : vintage->label);
  finding.say = [mixed, undeclared, set_beside,
                 list = std::vector<std::string>(vintages.begin(), vintages.end())](const Words& words) {
    std::vector<std::string> sentences = {words("GDP, population and R&D figures are revised after censuses.")};
    if (mixed) sentences.push_back(words("The vintages of the study differ: {1}.", {words.Listed(list)}));
    if (!undeclared.empty()) {
      sentences.push_back(words("No vintage is stated for {1}.", {words.Listed(undeclared)}));
    }
    if (!set_beside.empty()) {
      sentences.push_back(words("A table sets the estimates beside those on {1}.", {words.Listed(set_beside)}));
    }
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW29(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::pair<std::string, std::string>> found;
  std::set<const VariableFacts*> used;
  for (const FitFacts& fit : facts.fits) used.merge(BehindTerms(fit, facts));
  for (const VariableFacts& variable : facts.data.variables) {
    if (variable.role != "proxy" || !used.contains(&variable)) continue;
    found.emplace_back(variable.label.empty() ? variable.name : variable.label, variable.stands_for);
    finding.About(variable.name);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> sentences;
    for (const auto& [name, meant] : found) {
      sentences.push_back(meant.empty() ? words("{1} is a proxy, not the thing itself.", {words.Study(name)})
                                        : words("{1} is a proxy for {2}, not a measure of it.",
                                                {words.Study(name), words.Study(meant)}));
    }
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW30(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> found;
  std::set<const VariableFacts*> used;
  for (const FitFacts& fit : facts.fits) used.merge(BehindOutcome(fit, facts));
  for (const VariableFacts& variable : facts.data.variables) {
    if (variable.role != "patent_count" || !used.contains(&variable)) continue;
    found.push_back(variable.label.empty() ? variable.name : variable.label);
    finding.About(variable.name);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> names;
    for (const std::string& name : found) names.push_back(words.Study(name));
    return words(
        "Patent counts ({1}) reacted to subsidies, which differ between places and years; compare outcomes weighted by "
        "quality.",
        {words.Listed(names)});
  };
  return finding;
}

RuleFinding CheckW36(const ReportFacts& facts) {
  RuleFinding finding;
  if (facts.data.synthetic) finding.About(facts.study.id);
  finding.say = [](const Words& words) {
    return words(
        "SYNTHETIC DATA - effects were planted. Nothing here is evidence about real units. No stars are printed.");
  };
  return finding;
}

}  // namespace farrell::reporting
