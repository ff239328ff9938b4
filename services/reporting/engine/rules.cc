#include "services/reporting/engine/rules.h"

#include <algorithm>
#include <functional>

#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

// In rule order; what each looks at stands with its definition.
const std::vector<std::function<std::optional<FiredRule>(const ReportFacts&)>>& Checks() {
  static const std::vector<std::function<std::optional<FiredRule>(const ReportFacts&)>> checks = {
      CheckW01, CheckW03, CheckW04, CheckW05, CheckW06, CheckW07, CheckW08, CheckW09, CheckW10, CheckW11,
      CheckW12, CheckW13, CheckW14, CheckW15, CheckW16, CheckW17, CheckW18, CheckW36, CheckW38};
  return checks;
}

}  // namespace

std::vector<FiredRule> EvaluateRules(const ReportFacts& facts) {
  std::vector<FiredRule> fired;
  for (const auto& check : Checks()) {
    if (std::optional<FiredRule> rule = check(facts)) fired.push_back(std::move(*rule));
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
  Blocks blocks;
  for (const FiredRule& rule : rules) {
    if (rule.severity != Severity::kBlock) continue;
    if (rule.id == "W36") {
      blocks.all_stars = rule.id;
    } else if (rule.id == "W14" || rule.id == "W38") {
      for (const std::string& claim : rule.subjects) blocks.claims.emplace(claim, rule.id);
    } else {
      for (const std::string& subject : rule.subjects) blocks.stars.emplace(subject, rule.id);
    }
  }
  return blocks;
}

}  // namespace farrell::reporting
