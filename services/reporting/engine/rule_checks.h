// One function a referee rule: what it finds in the facts of a report. Conditions follow the project's list of referee
// rules; texts carry the report's own numbers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/reporting/engine/rules.h"

namespace farrell::reporting {

struct RuleFinding {
  // What it is about, in report order; empty: the rule is silent.
  std::vector<std::string> subjects;
  // The text in the language of the words. Outlives the facts: it owns what it says.
  std::function<std::string(const Words& words)> say;
  std::vector<Promise> promises;

  // Adds a subject unless it is there.
  void About(const std::string& subject);
};

// About scores (rules_dea.cc).
RuleFinding CheckW01(const ReportFacts& facts);  // the outcome is an estimated score
RuleFinding CheckW02(const ReportFacts& facts);  // separability is assumed
RuleFinding CheckW03(const ReportFacts& facts);  // many scores equal 1
RuleFinding CheckW04(const ReportFacts& facts);  // few units for the inputs and outputs
RuleFinding CheckW05(const ReportFacts& facts);  // VRS scores and inputs that respond to a regressor
RuleFinding CheckW06(const ReportFacts& facts);  // one frontier a period
RuleFinding CheckW07(const ReportFacts& facts);  // the slope depends on the DEA model
RuleFinding CheckW18(const ReportFacts& facts);  // logarithm of a score
RuleFinding CheckW20(const ReportFacts& facts);  // tobit on scores
RuleFinding CheckW21(const ReportFacts& facts);  // rows of a panel redrawn as if independent
RuleFinding CheckW34(const ReportFacts& facts);  // infeasible super-efficiency programs

// About regressions (rules_regression.cc).
RuleFinding CheckW08(const ReportFacts& facts);  // no period effects, trending regressor
RuleFinding CheckW09(const ReportFacts& facts);  // serial correlation ignored
RuleFinding CheckW10(const ReportFacts& facts);  // few clusters
RuleFinding CheckW11(const ReportFacts& facts);  // very few clusters
RuleFinding CheckW12(const ReportFacts& facts);  // both sides divided by the same
RuleFinding CheckW13(const ReportFacts& facts);  // ratio restriction

// About the design (rules_design.cc).
RuleFinding CheckW16(const ReportFacts& facts);  // low power at the reference or published value
RuleFinding CheckW22(const ReportFacts& facts);  // controls that may be results
RuleFinding CheckW23(const ReportFacts& facts);  // mediation step by step
RuleFinding CheckW24(const ReportFacts& facts);  // more instruments than clusters
RuleFinding CheckW25(const ReportFacts& facts);  // weak instruments
RuleFinding CheckW31(const ReportFacts& facts);  // one unit moves the slope
RuleFinding CheckW32(const ReportFacts& facts);  // correlation between units
RuleFinding CheckW33(const ReportFacts& facts);  // leads are significant
RuleFinding CheckW35(const ReportFacts& facts);  // treatment starts when the sample ends
RuleFinding CheckW37(const ReportFacts& facts);  // more specifications run than shown

// About the data (rules_data.cc).
RuleFinding CheckW26(const ReportFacts& facts);  // zeros under a logarithm
RuleFinding CheckW27(const ReportFacts& facts);  // breaks of a series
RuleFinding CheckW28(const ReportFacts& facts);  // vintages
RuleFinding CheckW29(const ReportFacts& facts);  // proxies
RuleFinding CheckW30(const ReportFacts& facts);  // patent counts
RuleFinding CheckW36(const ReportFacts& facts);  // synthetic data

// About groups and sentences (rules_claims.cc).
RuleFinding CheckW14(const ReportFacts& facts);  // heterogeneity claimed, not tested
RuleFinding CheckW15(const ReportFacts& facts);  // many subgroup tests
RuleFinding CheckW17(const ReportFacts& facts);  // pooled slope and group slopes
RuleFinding CheckW19(const ReportFacts& facts);  // a slope on a level called an elasticity
RuleFinding CheckW38(const ReportFacts& facts);  // causal words, observational design

// A fit as the rules see it: a regression ("t2"), a group ("region/east") or all rows of a comparison ("region/").
struct JudgedFit {
  std::string subject;
  const FitFacts* fit = nullptr;
  // Comparison it belongs to; null for a regression of its own.
  const CompareFacts* comparison = nullptr;
  // Group it is; null otherwise.
  const GroupFacts* group = nullptr;
};
// Comparisons first name their groups, then all rows.
std::vector<JudgedFit> JudgedFits(const ReportFacts& facts);

// A judged fit that no longer needs the facts.
struct SubjectName {
  std::string regression;
  std::string comparison;
  std::string group;

  // "regression 't2'", "East (comparison 'region')", "all rows of comparison 'region'".
  std::string In(const Words& words) const;
};
SubjectName NameOf(const JudgedFit& judged);

// "'t2'".
std::string Quoted(const std::string& id);
std::vector<std::string> Quoted(const std::vector<std::string>& ids);

// The primary inference of a term; null when it has none.
const TermInferenceFacts* PrimaryOf(const FitFacts& fit, const std::string& term);

// Terms estimated, without the constant.
std::vector<std::string> SlopeNames(const FitFacts& fit);

// The names in an expression, with those that the study's variables are made of.
std::vector<std::string> NamesBehind(const std::string& expression, const std::vector<VariableFacts>& variables);

}  // namespace farrell::reporting
