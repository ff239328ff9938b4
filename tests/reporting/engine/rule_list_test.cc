// The list of referee rules: complete, with its severities, in two languages, and as docs/referee-rules.md prints it.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "services/reporting/engine/rules.h"
#include "tests/reporting/engine/firing_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::optional<FiredRule> FiredOn(void (*change)(ReportFacts& facts), const std::string& id) {
  ReportFacts facts = QuietFacts();
  change(facts);
  for (FiredRule& rule : EvaluateRules(facts)) {
    if (rule.id == id) return std::move(rule);
  }
  return std::nullopt;
}

TEST(RuleList, HoldsThirtyEightRulesWithTheirSeverities) {
  const std::map<std::string_view, Severity> special = {
      {"W08", Severity::kBlock}, {"W09", Severity::kBlock}, {"W14", Severity::kBlock}, {"W19", Severity::kBlock},
      {"W36", Severity::kBlock}, {"W38", Severity::kBlock}, {"W06", Severity::kNote},  {"W18", Severity::kNote},
      {"W29", Severity::kNote},  {"W30", Severity::kNote},  {"W35", Severity::kNote},  {"W37", Severity::kNote}};
  const std::vector<RuleDefinition> rules = RuleDefinitions();
  ASSERT_EQ(rules.size(), 38U);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    EXPECT_EQ(rules[i].id, "W" + std::string(2 - number.size(), '0') + number);
    const auto found = special.find(rules[i].id);
    EXPECT_EQ(rules[i].severity, found == special.end() ? Severity::kWarn : found->second) << rules[i].id;
    EXPECT_FALSE(rules[i].when.empty()) << rules[i].id;
  }
}

TEST(RuleList, QuietFactsFireNothing) { EXPECT_TRUE(EvaluateRules(QuietFacts()).empty()); }

TEST(RuleList, EveryRuleFiresAndKeepsSilent) {
  ASSERT_EQ(FiringCases().size(), RuleDefinitions().size());
  for (const FiringCase& each : FiringCases()) {
    const std::optional<FiredRule> rule = FiredOn(each.fires, each.id);
    EXPECT_TRUE(rule) << each.id << " does not fire";
    EXPECT_FALSE(FiredOn(each.silent, each.id)) << each.id << " fires on facts that it should let pass";
    if (!rule) continue;
    EXPECT_FALSE(rule->subjects.empty()) << each.id;
    EXPECT_THAT(rule->text, Not(HasSubstr("{"))) << each.id;
    EXPECT_THAT(rule->zh, Not(HasSubstr("{"))) << each.id;
    EXPECT_NE(rule->text, rule->zh) << each.id << " has no Chinese text";
    const bool ends = rule->zh.ends_with("。") || rule->zh.ends_with("”。");
    EXPECT_TRUE(ends) << each.id << ": " << rule->zh;
  }
}

TEST(RuleList, BlockingRulesTakeSomethingAway) {
  for (const FiringCase& each : FiringCases()) {
    const std::optional<FiredRule> rule = FiredOn(each.fires, each.id);
    if (!rule) continue;
    const Blocks blocks = BlocksOf({*rule});
    const bool takes = !blocks.all_stars.empty() || !blocks.stars.empty() || !blocks.claims.empty();
    EXPECT_EQ(takes, rule->severity == Severity::kBlock) << each.id;
  }
  const FiredRule elasticity = *FiredOn(FiringCases()[18].fires, "W19");
  EXPECT_EQ(BlocksOf({elasticity}).claims.at("said"), "W19");
}

// The page, with the texts as they read on the constructed facts.
std::string Page() {
  std::string page =
      "# Referee rules\n\n"
      "Every report is judged by these rules. They are computed from the facts of the report and cannot be switched\n"
      "off. `block`: no stars are printed for what the rule is about, or the sentence is refused. `warn`: boxed in "
      "the\n"
      "report. `note`: a footnote. The texts are examples; in a report they carry its own names and numbers.\n\n"
      "| | | Fires when | Text | 中文 |\n|---|---|---|---|---|\n";
  const auto escaped = [](std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
    return text;
  };
  for (std::size_t i = 0; i < RuleDefinitions().size(); ++i) {
    const RuleDefinition definition = RuleDefinitions()[i];
    const std::optional<FiredRule> rule = FiredOn(FiringCases()[i].fires, FiringCases()[i].id);
    if (!rule) continue;
    page += "| " + rule->id + " | " + SeverityName(rule->severity) + " | " + escaped(std::string(definition.when)) +
            " | " + escaped(rule->text) + " | " + escaped(rule->zh) + " |\n";
  }
  return page;
}

TEST(RuleList, IsWhatThePagePrints) {
  if (std::getenv("FARRELL_UPDATE_RULES_PAGE") != nullptr) std::ofstream(FARRELL_RULES_PAGE) << Page();
  std::ifstream in(FARRELL_RULES_PAGE);
  std::stringstream page;
  page << in.rdbuf();
  EXPECT_EQ(page.str(), Page()) << "write it anew with FARRELL_UPDATE_RULES_PAGE=1";
}

}  // namespace
}  // namespace farrell::reporting
