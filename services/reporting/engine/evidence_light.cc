#include "services/reporting/engine/evidence_light.h"

#include <algorithm>
#include <set>

#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

bool IsAboutSentences(const std::string& rule) { return rule == "W14" || rule == "W19" || rule == "W38"; }

// Subjects that concern the page; groups of the comparison begin with its id and a bar.
std::set<std::string> SubjectsOf(const BriefFacts& brief, const ReportFacts& facts) {
  std::set<std::string> subjects = {facts.study.id, brief.regression, brief.dea, brief.comparison};
  if (const FitFacts* fit = FindFit(facts, brief.regression)) {
    subjects.insert(fit->outcome_dea);
    std::vector<std::string> expressions = {fit->outcome};
    for (const TermFacts& term : fit->terms) expressions.push_back(term.name);
    for (const std::string& expression : expressions) {
      for (const std::string& name : NamesBehind(expression, facts.data.variables)) subjects.insert(name);
    }
    for (const SpecificationFacts& tests : facts.specifications) {
      if (tests.formula == fit->formula) subjects.insert(tests.id);
    }
  }
  subjects.erase("");
  return subjects;
}

}  // namespace

EvidenceLight LightOf(const BriefFacts& brief, const ReportFacts& facts, const std::vector<FiredRule>& rules) {
  const std::set<std::string> subjects = SubjectsOf(brief, facts);
  const auto concerns = [&](const std::string& subject) {
    return subjects.contains(subject) || (!brief.comparison.empty() && subject.starts_with(brief.comparison + "/"));
  };
  EvidenceLight light;
  for (const FiredRule& rule : rules) {
    if (rule.severity == Severity::kNote || IsAboutSentences(rule.id)) continue;
    if (std::none_of(rule.subjects.begin(), rule.subjects.end(), concerns)) continue;
    const Light shows = rule.severity == Severity::kBlock ? Light::kRed : Light::kAmber;
    if (shows < light.light) continue;
    if (shows > light.light) light.deciding.clear();
    light.light = shows;
    light.deciding.push_back(rule);
  }
  return light;
}

std::string LightName(Light light) {
  switch (light) {
    case Light::kGreen: return "green";
    case Light::kAmber: return "amber";
    case Light::kRed: return "red";
  }
  return {};
}

}  // namespace farrell::reporting
