#include "services/reporting/engine/rules.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

struct Rule {
  RuleDefinition definition;
  RuleFinding (*check)(const ReportFacts& facts);
};

constexpr Severity kBlock = Severity::kBlock;
constexpr Severity kWarn = Severity::kWarn;
constexpr Severity kNote = Severity::kNote;

const Rule kRules[] = {
    {{"W01", kWarn, "the outcome of a regression is a score of the study"}, CheckW01},
    {{"W02", kWarn,
      "scores are regressed on something that their frontier does not differ by, and no separability test is among the "
      "tests"},
     CheckW02},
    {{"W03", kWarn, "more than 10 % of the scores of an evaluation equal 1"}, CheckW03},
    {{"W04", kWarn, "the smallest reference set holds fewer than max(3(m + s), 2ms) rows"}, CheckW04},
    {{"W05", kWarn, "scores are under VRS and a regression of an input on the same regressor has |t| > 2"}, CheckW05},
    {{"W06", kNote, "each of several periods has its own frontier"}, CheckW06},
    {{"W07", kWarn,
      "the slope moves by more than half a standard error, or changes sign, between evaluations of one specification"},
     CheckW07},
    {{"W08", kBlock, "no period effects, and period dummies explain more than 0.2 of a regressor within units"},
     CheckW08},
    {{"W09", kBlock, "the primary standard errors take rows as independent and there are more than two periods"},
     CheckW09},
    {{"W10", kWarn, "fewer than 40 clusters"}, CheckW10},
    {{"W11", kWarn, "fewer than 12 clusters"}, CheckW11},
    {{"W12", kWarn, "the outcome and a regressor are divided by the same variable"}, CheckW12},
    {{"W13", kWarn, "a ratio is a regressor and the logarithm of its denominator is a control"}, CheckW13},
    {{"W14", kBlock, "a sentence says that groups differ and names no comparison that tests it"}, CheckW14},
    {{"W15", kWarn, "more than three tests of subgroups"}, CheckW15},
    {{"W16", kWarn, "power at the reference value, or else at the published value, is below 0.5"}, CheckW16},
    {{"W17", kWarn,
      "the slope over all rows lies outside the group slopes, or its weights on the groups differ by more than a "
      "factor of 2"},
     CheckW17},
    {{"W18", kNote, "the outcome is the logarithm of a score"}, CheckW18},
    {{"W19", kBlock, "a sentence calls the slope of a score in levels an elasticity"}, CheckW19},
    {{"W20", kWarn, "a tobit of scores"}, CheckW20},
    {{"W21", kWarn, "a Simar-Wilson bootstrap redraws the rows of a panel"}, CheckW21},
    {{"W22", kWarn, "a control is declared a mediator, or its name is of the usual ones"}, CheckW22},
    {{"W23", kWarn, "the study asks for mediation step by step"}, CheckW23},
    {{"W24", kWarn, "more excluded instruments than clusters"}, CheckW24},
    {{"W25", kWarn, "the effective F is below 23, or the Anderson-Rubin set has no bound"}, CheckW25},
    {{"W26", kWarn, "log(1 + y), or the logarithm of a series that holds zeros"}, CheckW26},
    {{"W27", kWarn, "a regressor has a declared break inside the sample"}, CheckW27},
    {{"W28", kWarn, "declared vintages differ, or a series revised after censuses has none"}, CheckW28},
    {{"W29", kNote, "a regressor is declared a proxy"}, CheckW29},
    {{"W30", kNote, "an outcome uses a variable declared a count of patents"}, CheckW30},
    {{"W31", kWarn, "leaving one level out moves the slope by more than one standard error or changes its sign"},
     CheckW31},
    {{"W32", kWarn, "Pesaran's CD test has p < 0.05 in a model with period effects"}, CheckW32},
    {{"W33", kWarn, "a lead of a regressor has p < 0.10"}, CheckW33},
    {{"W34", kWarn, "super-efficiency programs under VRS are infeasible"}, CheckW34},
    {{"W35", kNote, "a declared treatment starts in the last two periods, or after them"}, CheckW35},
    {{"W36", kBlock, "the data are synthetic"}, CheckW36},
    {{"W37", kNote, "more specifications were run than tables show"}, CheckW37},
    {{"W38", kBlock, "a sentence speaks of a cause and the design is observational"}, CheckW38},
};

}  // namespace

void RuleFinding::About(const std::string& subject) {
  if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) subjects.push_back(subject);
}

SubjectName NameOf(const JudgedFit& judged) {
  SubjectName name;
  if (judged.comparison == nullptr) {
    name.regression = judged.fit->id;
    return name;
  }
  name.comparison = judged.comparison->id;
  if (judged.group != nullptr) name.group = judged.group->label.empty() ? judged.group->group : judged.group->label;
  return name;
}

std::string SubjectName::In(const Words& words) const {
  if (comparison.empty()) return words("regression '{1}'", {regression});
  if (group.empty()) return words("all rows of comparison '{1}'", {comparison});
  return words("{1} (comparison '{2}')", {words.Study(group), comparison});
}

std::string Quoted(const std::string& id) { return "'" + id + "'"; }

std::vector<std::string> Quoted(const std::vector<std::string>& ids) {
  std::vector<std::string> quoted;
  for (const std::string& id : ids) quoted.push_back(Quoted(id));
  return quoted;
}

const TermInferenceFacts* PrimaryOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term && !fit.inferences.empty() && i < fit.inferences.front().terms.size()) {
      return &fit.inferences.front().terms[i];
    }
  }
  return nullptr;
}

std::vector<std::string> SlopeNames(const FitFacts& fit) {
  std::vector<std::string> names;
  for (const TermFacts& term : fit.terms) {
    if (term.name != "(Intercept)" && term.estimate) names.push_back(term.name);
  }
  return names;
}

std::vector<std::string> NamesBehind(const std::string& expression, const std::vector<VariableFacts>& variables) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  std::vector<std::string> open = {expression};
  while (!open.empty()) {
    const std::string text = open.back();
    open.pop_back();
    for (std::size_t i = 0; i < text.size();) {
      const auto part = [&](std::size_t at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        return std::isalnum(byte) != 0 || byte == '_' || byte == '.' || byte >= 0x80;
      };
      if (!part(i)) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < text.size() && part(end)) ++end;
      const std::string name = text.substr(i, end - i);
      const bool is_function = end < text.size() && text[end] == '(';
      i = end;
      if (is_function || std::isdigit(static_cast<unsigned char>(name.front())) != 0 || !seen.insert(name).second) {
        continue;
      }
      names.push_back(name);
      for (const VariableFacts& variable : variables) {
        if (variable.name == name) open.push_back(variable.expression);
      }
    }
  }
  return names;
}

std::vector<RuleDefinition> RuleDefinitions() {
  std::vector<RuleDefinition> definitions;
  for (const Rule& rule : kRules) definitions.push_back(rule.definition);
  return definitions;
}

std::vector<FiredRule> EvaluateRules(const ReportFacts& facts) {
  const Words chinese = facts.study.words.chinese() ? facts.study.words : Words("zh");
  std::vector<FiredRule> fired;
  for (const Rule& rule : kRules) {
    RuleFinding finding = rule.check(facts);
    if (finding.subjects.empty()) continue;
    fired.push_back({std::string(rule.definition.id), rule.definition.severity, finding.say(Words()),
                     finding.say(chinese), std::move(finding.subjects), std::move(finding.promises)});
  }
  return fired;
}

std::string SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kBlock: return "block";
    case Severity::kWarn: return "warn";
    case Severity::kNote: return "note";
  }
  return {};
}

Blocks BlocksOf(const std::vector<FiredRule>& rules) {
  static constexpr std::string_view kOfSentences[] = {"W14", "W19", "W38"};
  Blocks blocks;
  for (const FiredRule& rule : rules) {
    if (rule.severity != Severity::kBlock) continue;
    if (rule.id == "W36") {
      blocks.all_stars = rule.id;
    } else if (std::find(std::begin(kOfSentences), std::end(kOfSentences), rule.id) != std::end(kOfSentences)) {
      for (const std::string& claim : rule.subjects) blocks.claims.emplace(claim, rule.id);
    } else {
      for (const std::string& subject : rule.subjects) blocks.stars.emplace(subject, rule.id);
    }
  }
  return blocks;
}

}  // namespace farrell::reporting
