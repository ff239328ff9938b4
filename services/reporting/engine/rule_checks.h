// One function a referee rule: fires or stays silent on the facts of a report. Conditions and titles follow the
// project's list of referee rules; texts carry the report's own numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/rules.h"

namespace farrell::reporting {

// About scores (rules_dea.cc).
std::optional<FiredRule> CheckW01(const ReportFacts& facts);  // the outcome is an estimated score
std::optional<FiredRule> CheckW03(const ReportFacts& facts);  // many scores equal 1
std::optional<FiredRule> CheckW04(const ReportFacts& facts);  // few units for the inputs and outputs
std::optional<FiredRule> CheckW05(const ReportFacts& facts);  // VRS scores and inputs that respond to a regressor
std::optional<FiredRule> CheckW06(const ReportFacts& facts);  // one frontier a period
std::optional<FiredRule> CheckW07(const ReportFacts& facts);  // the slope depends on the DEA model
std::optional<FiredRule> CheckW18(const ReportFacts& facts);  // logarithm of a score

// About regressions (rules_regression.cc).
std::optional<FiredRule> CheckW08(const ReportFacts& facts);  // no period effects, trending regressor
std::optional<FiredRule> CheckW09(const ReportFacts& facts);  // serial correlation ignored
std::optional<FiredRule> CheckW10(const ReportFacts& facts);  // few clusters
std::optional<FiredRule> CheckW11(const ReportFacts& facts);  // very few clusters
std::optional<FiredRule> CheckW12(const ReportFacts& facts);  // both sides divided by the same
std::optional<FiredRule> CheckW13(const ReportFacts& facts);  // ratio restriction

// About groups, sentences and the data (rules_claims.cc).
std::optional<FiredRule> CheckW14(const ReportFacts& facts);  // heterogeneity claimed, not tested
std::optional<FiredRule> CheckW15(const ReportFacts& facts);  // many subgroup tests
std::optional<FiredRule> CheckW16(const ReportFacts& facts);  // low power at the published value
std::optional<FiredRule> CheckW17(const ReportFacts& facts);  // pooled slope outside the group slopes
std::optional<FiredRule> CheckW36(const ReportFacts& facts);  // synthetic data
std::optional<FiredRule> CheckW38(const ReportFacts& facts);  // causal words, observational design

// A fit as the rules see it: a regression ("t2"), a group ("region/east") or all rows of a comparison ("region/").
struct JudgedFit {
  std::string subject;
  const FitFacts* fit = nullptr;
  // Comparison it belongs to; null for a regression of its own.
  const CompareFacts* comparison = nullptr;
  // Group it is; null otherwise.
  const GroupFacts* group = nullptr;
};
std::vector<JudgedFit> JudgedFits(const ReportFacts& facts);

// "a", "a and b", "a, b and c".
std::string Listed(const std::vector<std::string>& words);

// Subject for people: "regression t2", "east (comparison region)", "all rows of comparison region".
std::string SubjectWords(const JudgedFit& judged);

}  // namespace farrell::reporting
