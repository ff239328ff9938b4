#include "services/reporting/engine/rules.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "services/reporting/engine/ratio.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Fired(const ReportFacts& facts) {
  std::vector<std::string> ids;
  for (const FiredRule& rule : EvaluateRules(facts)) ids.push_back(rule.id);
  return ids;
}

const FiredRule* Find(const std::vector<FiredRule>& rules, const std::string& id) {
  for (const FiredRule& rule : rules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

FiredRule Rule(const ReportFacts& facts, const std::string& id) {
  const std::vector<FiredRule> rules = EvaluateRules(facts);
  const FiredRule* rule = Find(rules, id);
  EXPECT_NE(rule, nullptr) << id;
  return rule == nullptr ? FiredRule{} : *rule;
}

// Facts on which nothing fires.
ReportFacts Quiet() {
  ReportFacts facts = SampleFacts();
  facts.comparisons.clear();
  facts.claims.clear();
  for (FitFacts& fit : facts.fits) {
    fit.outcome_dea.clear();
    fit.published.clear();
  }
  return facts;
}

TEST(Rules, QuietFactsFireNothing) { EXPECT_THAT(Fired(Quiet()), ElementsAre()); }

TEST(Rules, SampleFiresWhatItShould) {
  EXPECT_THAT(Fired(SampleFacts()), ElementsAre("W01", "W02", "W10", "W11", "W15", "W18"));
}

TEST(Rules, W01ScoresAsOutcome) {
  ReportFacts facts = Quiet();
  facts.fits.front().outcome_dea = "main";
  EXPECT_THAT(Rule(facts, "W01").subjects, ElementsAre("main"));
}

TEST(Rules, W03ShareAtOne) {
  ReportFacts facts = Quiet();
  facts.deas.front().share_at_one = 0.10;
  EXPECT_THAT(Fired(facts), Not(Contains("W03")));
  facts.deas.front().share_at_one = 0.125;
  EXPECT_THAT(Rule(facts, "W03").text, HasSubstr("12.5 % in 'main'"));
}

// A frontier that differs by what the scores are regressed on lets it move the frontier.
TEST(Rules, W02OnlyOfRegressorsThatShareAFrontier) {
  ReportFacts facts = SampleFacts();
  ASSERT_THAT(Fired(facts), Contains("W02"));
  const std::vector<std::string> before = Rule(facts, "W02").subjects;
  FitFacts* scored = nullptr;
  for (FitFacts& fit : facts.fits) {
    if (!fit.outcome_dea.empty()) scored = &fit;
  }
  ASSERT_NE(scored, nullptr);
  ASSERT_THAT(before, Contains(scored->id));
  for (DeaFacts& dea : facts.deas) dea.frontier = "global+group:kind";
  for (TermFacts& term : scored->terms) term.name = "kind::b";
  EXPECT_THAT(Rule(facts, "W02").subjects, Not(Contains(scored->id)));
  scored->terms.back().name = "other";
  EXPECT_THAT(Rule(facts, "W02").subjects, Contains(scored->id));
  for (TermFacts& term : scored->terms) term.name = facts.data.time_key + "::2001";
  EXPECT_THAT(Rule(facts, "W02").subjects, Contains(scored->id));
  for (DeaFacts& dea : facts.deas) dea.frontier = "contemporaneous";
  EXPECT_THAT(Rule(facts, "W02").subjects, Not(Contains(scored->id)));
}

TEST(Rules, W04CountsAnEmptyReferenceSet) {
  ReportFacts facts = SampleFacts();
  facts.deas.front().smallest_reference_count.reset();
  EXPECT_THAT(Fired(facts), Not(Contains("W04")));
  facts.deas.front().smallest_reference_count = 0;
  EXPECT_THAT(Rule(facts, "W04").text, HasSubstr("has 0 in its smallest reference set"));
}

TEST(Rules, W04FewUnits) {
  ReportFacts facts = Quiet();
  DeaFacts& dea = facts.deas.front();
  dea.inputs = {"a", "b", "c", "d"};
  dea.outputs = {"x", "y", "z"};
  // max(3 x 7, 2 x 4 x 3) = 24.
  dea.smallest_reference_count = 24;
  EXPECT_THAT(Fired(facts), Not(Contains("W04")));
  dea.smallest_reference_count = 23;
  EXPECT_THAT(Rule(facts, "W04").text, HasSubstr("at least 24"));
}

TEST(Rules, W05InputsRespondUnderVrs) {
  ReportFacts facts = Quiet();
  facts.deas.front().rts = "vrs";
  facts.fits.back().outcome_dea = "main";
  facts.fits.front().outcome = "log(capital)";
  EXPECT_THAT(Fired(facts), Contains("W05"));
  facts.fits.front().inferences.front().terms.front().statistic = 1.9;
  EXPECT_THAT(Fired(facts), Not(Contains("W05")));
  facts.fits.front().inferences.front().terms.front().statistic = -2.1;
  EXPECT_THAT(Fired(facts), Contains("W05"));
  facts.deas.front().rts = "crs";
  EXPECT_THAT(Fired(facts), Not(Contains("W05")));
}

TEST(Rules, W06OneFrontierAPeriod) {
  ReportFacts facts = Quiet();
  facts.deas.front().frontier = "contemporaneous";
  EXPECT_EQ(Rule(facts, "W06").severity, Severity::kNote);
  facts.data.periods = {2010};
  EXPECT_THAT(Fired(facts), Not(Contains("W06")));
}

TEST(Rules, W07SlopeDependsOnTheModel) {
  ReportFacts facts = Quiet();
  facts.deas.push_back(facts.deas.front());
  facts.deas.back().id = "vrs";
  facts.fits.front() = facts.fits.back();
  facts.fits.front().id = "other";
  facts.fits.front().outcome_dea = "vrs";
  facts.fits.back().outcome_dea = "main";
  EXPECT_THAT(Fired(facts), Not(Contains("W07")));
  facts.fits.front().terms.front().estimate = *facts.fits.back().terms.front().estimate + 0.6 * 0.01127;
  EXPECT_THAT(Fired(facts), Contains("W07"));
}

TEST(Rules, W08NoPeriodEffectsAndATrend) {
  ReportFacts facts = Quiet();
  FitFacts& fit = facts.fits.front();
  fit.terms.front().trend_r2 = 0.61;
  EXPECT_THAT(Fired(facts), Not(Contains("W08"))) << "period effects are there";
  fit.effects.pop_back();
  const FiredRule rule = Rule(facts, "W08");
  EXPECT_EQ(rule.severity, Severity::kBlock);
  EXPECT_THAT(rule.text, HasSubstr("log(ai) (R² 0.61)"));
  EXPECT_THAT(BlocksOf({rule}).stars, ElementsAre(std::pair<const std::string, std::string>("short", "W08")));
  fit.terms.front().trend_r2 = 0.2;
  EXPECT_THAT(Fired(facts), Not(Contains("W08")));
}

TEST(Rules, W09NotClustered) {
  ReportFacts facts = Quiet();
  FitFacts& fit = facts.fits.back();
  for (const InferenceType type : {InferenceType::kIid, InferenceType::kHc1, InferenceType::kHc3}) {
    fit.inferences = {SampleInference(type, fit, 0)};
    EXPECT_THAT(Rule(facts, "W09").subjects, ElementsAre("full"));
  }
  fit.period_count = 2;
  EXPECT_THAT(Fired(facts), Not(Contains("W09")));
  fit.period_count = 4;
  fit.inferences = {SampleInference(InferenceType::kCr1, fit, 48)};
  EXPECT_THAT(Fired(facts), Not(Contains("W09")));
}

TEST(Rules, W09InAComparisonBlocksGroupsAndDifferences) {
  ReportFacts facts = SampleFacts();
  CompareFacts& comparison = facts.comparisons.front();
  const auto weaken = [](FitFacts& fit) { fit.inferences = {SampleInference(InferenceType::kIid, fit, 0)}; };
  weaken(comparison.pooled);
  for (GroupFacts& group : comparison.groups) weaken(group.fit);
  const auto blocked = BlocksOf(EvaluateRules(facts)).stars;
  for (const char* subject : {"region", "region/", "region/east", "region/central", "region/west"}) {
    EXPECT_EQ(blocked.count(subject), 1U) << subject;
  }
  EXPECT_EQ(blocked.count("full"), 0U);
}

TEST(Rules, W10FewClusters) {
  ReportFacts facts = Quiet();
  facts.fits.resize(1);
  FitFacts& fit = facts.fits.front();
  fit = SampleFit("few", 0.045, 0.011, 39);
  fit.outcome_dea.clear();
  const FiredRule both = Rule(facts, "W10");
  EXPECT_THAT(both.text, HasSubstr("both are printed"));
  EXPECT_THAT(both.promises, ElementsAre(Promise::kClusterCounts, Promise::kCr3PValues, Promise::kWildPValues));
  fit.inferences.pop_back();
  const FiredRule one = Rule(facts, "W10");
  EXPECT_THAT(one.text, Not(HasSubstr("both are printed")));
  EXPECT_THAT(one.promises, Not(Contains(Promise::kWildPValues)));
  fit = SampleFit("enough", 0.045, 0.011, 40);
  fit.outcome_dea.clear();
  EXPECT_THAT(Fired(facts), Not(Contains("W10")));
}

TEST(Rules, W11VeryFewClusters) {
  ReportFacts facts = SampleFacts();
  EXPECT_THAT(Rule(facts, "W11").subjects, ElementsAre("region/central"));
  EXPECT_THAT(Rule(facts, "W11").text, HasSubstr("Webb"));
  facts.comparisons.front().groups[1].fit = SampleFit("central", 0.09, 0.02, 12);
  EXPECT_THAT(Fired(facts), Not(Contains("W11")));
}

TEST(Rules, W12BothSidesDividedByTheSame) {
  ReportFacts facts = Quiet();
  facts.data.variables.push_back({"tmv", "", "", "", "tech_market / gdp"});
  facts.fits.front().outcome = "log(tmv)";
  EXPECT_THAT(Rule(facts, "W12").text, HasSubstr("log(tmv) and log(ai) by gdp"));
  facts.data.variables.front().expression = "invest / population";
  EXPECT_THAT(Fired(facts), Not(Contains("W12")));
}

TEST(Rules, W13RatioWithItsDenominatorAsControl) {
  ReportFacts facts = Quiet();
  facts.fits.back().terms.front().name = "log(invest / gdp)";
  EXPECT_THAT(Fired(facts), Not(Contains("W13")));
  facts.fits.back().terms.back().name = "log(gdp)";
  EXPECT_THAT(Fired(facts), Contains("W13"));
}

TEST(Ratio, FindsTheDenominatorThroughNames) {
  const std::vector<VariableFacts> variables = {{"ai", "", "", "", "fai / gdp"},   {"ln_ai", "", "", "", "log(ai)"},
                                                {"loop", "", "", "", "loop2"},     {"loop2", "", "", "", "loop"},
                                                {"pc", "", "", "", "a * b / pop"}, {"sum", "", "", "", "a / b + c"}};
  EXPECT_EQ(Denominator("ln_ai", variables), "gdp");
  EXPECT_EQ(Denominator("log(x/y)", variables), "y");
  EXPECT_EQ(Denominator("pc", variables), "pop");
  EXPECT_EQ(Denominator("sum", variables), "");
  EXPECT_EQ(Denominator("x / 100", variables), "");
  EXPECT_EQ(Denominator("loop", variables), "");
  EXPECT_EQ(Denominator("gdp", variables), "");
  EXPECT_EQ(LoggedColumn("log(gdp)", variables), "gdp");
  EXPECT_EQ(LoggedColumn("ln_ai", variables), "ai");
  EXPECT_EQ(LoggedColumn("log(a) + b", variables), "");
}

TEST(Rules, W14HeterogeneityWithoutATest) {
  ReportFacts facts = SampleFacts();
  EXPECT_THAT(Fired(facts), Not(Contains("W14")));
  facts.claims.back().comparison.clear();
  const FiredRule rule = Rule(facts, "W14");
  EXPECT_EQ(rule.severity, Severity::kBlock);
  EXPECT_EQ(BlocksOf({rule}).claims.at("regions"), "W14");
  facts.claims.back().comparison = "nowhere";
  EXPECT_THAT(Fired(facts), Contains("W14"));
  // Leaving the mark out does not switch the rule off.
  facts.claims.back().heterogeneity = false;
  EXPECT_THAT(Fired(facts), Contains("W14"));
  facts.claims.back().text = "The association is stronger in the east.";
  EXPECT_THAT(Fired(facts), Contains("W14"));
  facts.claims.back().text = "The slope is larger in the south than in the north.";
  EXPECT_THAT(Fired(facts), Contains("W14"));
  facts.claims.back().text = "Scores are higher in the south than in the north.";
  EXPECT_THAT(Fired(facts), Not(Contains("W14")));
  facts.claims.back().text = "Scores are higher where spending is.";
  EXPECT_THAT(Fired(facts), Not(Contains("W14")));
}

TEST(Rules, W15ManySubgroupTests) {
  ReportFacts facts = SampleFacts();
  EXPECT_THAT(Rule(facts, "W15").text, HasSubstr("6 subgroup tests"));
  EXPECT_THAT(Rule(facts, "W15").promises, Contains(Promise::kAdjustedPValues));
  CompareFacts& comparison = facts.comparisons.front();
  comparison.adjustment = "none";
  EXPECT_THAT(Rule(facts, "W15").promises, ElementsAre());
  // Two groups and their difference are three tests.
  comparison.groups.pop_back();
  comparison.differences.resize(1);
  EXPECT_THAT(Fired(facts), Not(Contains("W15")));
}

TEST(Rules, W16LowPower) {
  ReportFacts facts = Quiet();
  facts.fits.back().published = {{"log(ai)", 0.045, {}, "", "s", {}, ""}};
  EXPECT_THAT(Fired(facts), Not(Contains("W16")));
  // Half a standard error: power 0.079 and a more than four-fold exaggeration (Gelman & Carlin 2014, figure 2).
  facts.fits.back().published.front().estimate = 0.5 * 0.01127;
  EXPECT_THAT(Rule(facts, "W16").text, HasSubstr("power 0.08"));
  EXPECT_THAT(Rule(facts, "W16").text, HasSubstr("exaggeration about 4.8 times"));
}

TEST(Rules, W17PooledOutsideTheGroups) {
  ReportFacts facts = SampleFacts();
  EXPECT_THAT(Fired(facts), Not(Contains("W17")));
  facts.comparisons.front().pooled.terms.front().estimate = 0.0903;
  EXPECT_THAT(Fired(facts), Contains("W17"));
}

TEST(Rules, W17SaysWeightedMeanOnlyWhenTheRemainderIsSmall) {
  ReportFacts facts = SampleFacts();
  CompareFacts& comparison = facts.comparisons.front();
  comparison.pooled.terms.front().estimate = 0.0451;
  // Mean 0.0456: the remainder is 1 % of the slope. The largest weight is three times the smallest.
  comparison.pooled_slopes = {{"log(ai)", 0.0451, {0.3, 0.45, 0.15}, {0.0143, 0.0902, 0.0004}, 0.0456, -0.0005}};
  EXPECT_THAT(Rule(facts, "W17").text, HasSubstr("variance-weighted mean"));
  EXPECT_THAT(Rule(facts, "W17").text, HasSubstr("East 0.30, Central 0.45, West 0.15"));
  comparison.pooled_slopes[0].weights = {0.3, 0.4, 0.3};
  EXPECT_THAT(Fired(facts), Not(Contains("W17")));
  comparison.pooled.terms.front().estimate = 0.0903;
  comparison.pooled_slopes[0].estimate = 0.0903;
  comparison.pooled_slopes[0].remainder = 0.06 * 0.0903;
  EXPECT_THAT(Rule(facts, "W17").text, HasSubstr("It is no average of them"));
  comparison.pooled_slopes[0].remainder = 0.04 * 0.0903;
  EXPECT_THAT(Rule(facts, "W17").text, HasSubstr("variance-weighted mean"));
}

TEST(Rules, W38ChineseCausalWords) {
  ReportFacts facts = SampleFacts();
  facts.claims.front().text = "人工智能促进了效率。";
  EXPECT_EQ(BlocksOf(EvaluateRules(facts)).claims.at("main"), "W38");
  facts.claims.front().text = "人工智能与效率相关。";
  EXPECT_THAT(Fired(facts), Not(Contains("W38")));
}

TEST(Rules, W18LogOfAScore) {
  ReportFacts facts = Quiet();
  facts.fits.front().outcome_dea = "main";
  EXPECT_EQ(Rule(facts, "W18").severity, Severity::kNote);
  facts.fits.front().outcome_is_log = false;
  EXPECT_THAT(Fired(facts), Not(Contains("W18")));
}

TEST(Rules, W36SyntheticBlocksEveryStar) {
  ReportFacts facts = Quiet();
  facts.data.synthetic = true;
  const FiredRule rule = Rule(facts, "W36");
  EXPECT_EQ(rule.severity, Severity::kBlock);
  EXPECT_THAT(rule.text, HasSubstr("SYNTHETIC DATA"));
  EXPECT_EQ(BlocksOf({rule}).all_stars, "W36");
}

TEST(Rules, W38CausalWords) {
  ReportFacts facts = SampleFacts();
  facts.claims.front().text = "AI drives efficiency.";
  EXPECT_EQ(BlocksOf(EvaluateRules(facts)).claims.at("main"), "W38");
  facts.claims.front().text = "Drivers of test drives are causeless.";
  EXPECT_THAT(Fired(facts), Contains("W38")) << "'drives' stands as a word";
  facts.claims.front().text = "Drivers and causeways.";
  EXPECT_THAT(Fired(facts), Not(Contains("W38")));
}

TEST(Rules, EveryRuleHasAChineseTitleAndSubjects) {
  ReportFacts facts = SampleFacts();
  facts.data.synthetic = true;
  facts.deas.front().share_at_one = 0.4;
  facts.deas.front().smallest_reference_count = 3;
  facts.deas.front().frontier = "contemporaneous";
  for (const FiredRule& rule : EvaluateRules(facts)) {
    EXPECT_FALSE(rule.zh.empty()) << rule.id;
    EXPECT_FALSE(rule.subjects.empty()) << rule.id;
  }
}

}  // namespace
}  // namespace farrell::reporting
