// Referee rules: warnings a careful referee would raise, computed from facts. They cannot be switched off.
//
// A rule's text names only what the same report prints; `promises` says what that is, and the report test checks it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

enum class Severity {
  // No stars are printed for the subjects, or the sentence is refused.
  kBlock,
  // Boxed in the report.
  kWarn,
  // Footnote.
  kNote,
};

// Something a rule's text says the report prints.
enum class Promise { kCr3PValues, kWildPValues, kAdjustedPValues, kClusterCounts, kShareAtOne };

struct FiredRule {
  // "W10".
  std::string id;
  Severity severity = Severity::kWarn;
  // In English and in Chinese.
  std::string text;
  std::string zh;
  // What it is about: ids of regressions, comparisons ("region/east" for a group), deas or claims, in report order.
  std::vector<std::string> subjects;
  std::vector<Promise> promises;
};

// A rule of the list, fired or not.
struct RuleDefinition {
  std::string_view id;
  Severity severity;
  // When it fires, in words.
  std::string_view when;
};
// W01 to W38, in order.
std::vector<RuleDefinition> RuleDefinitions();

// In rule order; each rule at most once.
std::vector<FiredRule> EvaluateRules(const ReportFacts& facts);

// "block", "warn", "note".
std::string SeverityName(Severity severity);

// What blocking rules take away.
struct Blocks {
  // Rule id, or empty: every star of the report.
  std::string all_stars;
  // Subject (as TableOptions::stars_blocked) → rule id.
  std::map<std::string, std::string> stars;
  // Claim id → rule id.
  std::map<std::string, std::string> claims;
};
Blocks BlocksOf(const std::vector<FiredRule>& rules);

}  // namespace farrell::reporting
