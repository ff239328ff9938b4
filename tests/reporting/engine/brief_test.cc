// The one page: what it says of a result, and the light that the referee rules give it.
#include "services/reporting/engine/brief.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/reporting/engine/brief_sentences.h"
#include "services/reporting/engine/report.h"
#include "tests/reporting/engine/firing_facts.h"
#include "tests/reporting/engine/html_checker.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

BriefFacts Asked() {
  BriefFacts brief;
  brief.regression = QuietFacts().fits.back().id;
  brief.term = "log(ai)";
  brief.dea = "main";
  return brief;
}

std::vector<std::string> Ids(const std::vector<FiredRule>& rules) {
  std::vector<std::string> ids;
  for (const FiredRule& rule : rules) ids.push_back(rule.id);
  return ids;
}

EvidenceLight LightOfFacts(const ReportFacts& facts, const BriefFacts& brief = Asked()) {
  return LightOf(brief, facts, EvaluateRules(facts));
}

void Fire(const std::string& rule, ReportFacts& facts) {
  for (const FiringCase& each : FiringCases()) {
    if (each.id == rule) return each.fires(facts);
  }
  FAIL() << rule;
}

TEST(EvidenceLight, IsGreenWhereNothingIsHeldAgainstThePage) {
  const EvidenceLight light = LightOfFacts(QuietFacts());
  EXPECT_EQ(light.light, Light::kGreen);
  EXPECT_THAT(light.deciding, IsEmpty());
  EXPECT_THAT(LightWords(light.light, Words()), HasSubstr("Evidence: green."));
}

TEST(EvidenceLight, IsAmberWhereARuleWarns) {
  ReportFacts facts = QuietFacts();
  Fire("W10", facts);
  const EvidenceLight light = LightOfFacts(facts);
  EXPECT_EQ(light.light, Light::kAmber);
  EXPECT_THAT(Ids(light.deciding), ElementsAre("W10"));
  EXPECT_THAT(LightWords(light.light, Words("zh")), HasSubstr("黄灯"));
}

// A rule that blocks decides alone, whatever warns besides.
TEST(EvidenceLight, IsRedWhereARuleBlocks) {
  ReportFacts facts = QuietFacts();
  Fire("W10", facts);
  Fire("W08", facts);
  const EvidenceLight light = LightOfFacts(facts);
  EXPECT_EQ(light.light, Light::kRed);
  EXPECT_THAT(Ids(light.deciding), ElementsAre("W08"));
  ReportFacts synthetic = QuietFacts();
  synthetic.data.synthetic = true;
  EXPECT_THAT(Ids(LightOfFacts(synthetic).deciding), ElementsAre("W36"));
}

TEST(EvidenceLight, LooksOnlyAtWhatThePageShows) {
  ReportFacts facts = QuietFacts();
  Fire("W10", facts);
  BriefFacts other = Asked();
  other.regression = facts.fits.front().id;
  ASSERT_NE(other.regression, Asked().regression);
  EXPECT_EQ(LightOfFacts(facts, other).light, Light::kGreen);
  // A refused sentence is not printed, and says nothing about the page.
  ReportFacts refused = QuietFacts();
  Fire("W38", refused);
  refused.claims.front().id = Asked().regression;
  ASSERT_THAT(Ids(EvaluateRules(refused)), ElementsAre("W38"));
  EXPECT_EQ(LightOfFacts(refused).light, Light::kGreen);
  // Notes decide nothing.
  ReportFacts noted = QuietFacts();
  Fire("W06", noted);
  ASSERT_THAT(Ids(EvaluateRules(noted)), ElementsAre("W06"));
  EXPECT_EQ(LightOfFacts(noted).light, Light::kGreen);
}

TEST(EvidenceLight, ColourIsNeverTheOnlyDifference) {
  EXPECT_NE(LightMark(Light::kGreen), LightMark(Light::kAmber));
  EXPECT_NE(LightMark(Light::kAmber), LightMark(Light::kRed));
  EXPECT_NE(LightWords(Light::kGreen, Words()), LightWords(Light::kAmber, Words()));
  EXPECT_NE(LightWords(Light::kAmber, Words()), LightWords(Light::kRed, Words()));
}

// Shows which numbers were asked for.
Result<std::string> Echo(std::string_view text) { return std::string(text); }

TEST(BriefSentences, TakeEveryNumberByReference) {
  const ReportFacts facts = SampleFacts();
  BriefFacts brief = Asked();
  brief.comparison = facts.comparisons.front().id;
  ASSERT_TRUE(WriteBriefSentences(facts, Echo, brief).ok());
  const std::string of = "{regression:" + brief.regression + ":log(ai):";
  EXPECT_THAT(brief.headline, AllOf(HasSubstr(of + "estimate}"), HasSubstr(of + "conf_low}"),
                                    HasSubstr(of + "conf_high}"), HasSubstr("is associated with")));
  const std::string group = "{comparison:" + brief.comparison + ":log(ai):";
  EXPECT_THAT(brief.compared,
              AllOf(HasSubstr(group + "east:estimate}"), HasSubstr(group + "joint_p}"), HasSubstr("at five per cent")));
  EXPECT_THAT(brief.method, HasSubstr("{regression:" + brief.regression + ":n}"));
}

TEST(BriefSentences, SayWhatTheIntervalAndTheTestMean) {
  ReportFacts facts = SampleFacts();
  BriefFacts brief = Asked();
  brief.comparison = facts.comparisons.front().id;
  for (FitFacts& fit : facts.fits) {
    fit.inferences.front().terms.front().conf_low = -0.01;
    fit.inferences.front().terms.front().conf_high = 0.10;
  }
  facts.comparisons.front().joints.front().p_value = 0.049;
  ASSERT_TRUE(WriteBriefSentences(facts, Echo, brief).ok());
  EXPECT_THAT(brief.headline, HasSubstr("It holds zero"));
  EXPECT_THAT(brief.compared, HasSubstr("is rejected"));
  for (FitFacts& fit : facts.fits) fit.inferences.front().terms.front().conf_low = 0.01;
  facts.comparisons.front().joints.front().p_value = 0.051;
  ASSERT_TRUE(WriteBriefSentences(facts, Echo, brief).ok());
  EXPECT_THAT(brief.headline, Not(HasSubstr("zero")));
  EXPECT_THAT(brief.compared, HasSubstr("is not rejected"));
}

// What could not be computed is an outcome; a term that does not exist is a mistake.
TEST(BriefSentences, SayWhatCouldNotBeComputed) {
  ReportFacts facts = SampleFacts();
  BriefFacts brief = Asked();
  brief.comparison = facts.comparisons.front().id;
  facts.comparisons.front().joints.clear();
  facts.comparisons.front().groups.front().estimates.front().reset();
  for (FitFacts& fit : facts.fits) {
    for (InferenceFacts& inference : fit.inferences) inference.terms.front().conf_low.reset();
  }
  ASSERT_TRUE(WriteBriefSentences(facts, Echo, brief).ok());
  EXPECT_THAT(brief.headline, HasSubstr("could not be computed"));
  EXPECT_THAT(brief.compared, AllOf(HasSubstr("not estimated"), HasSubstr("could not be tested")));
  for (FitFacts& fit : facts.fits) fit.terms.front().estimate.reset();
  ASSERT_TRUE(WriteBriefSentences(facts, Echo, brief).ok());
  EXPECT_THAT(brief.headline, HasSubstr("could not be estimated"));
  brief.term = "nothing";
  const Status wrong = WriteBriefSentences(facts, Echo, brief);
  ASSERT_EQ(wrong.violations().size(), 1U);
  EXPECT_EQ(wrong.violations()[0].field, "brief.term");
}

std::map<std::string, std::string> FilesOf(ReportFacts facts) {
  facts.brief = Asked();
  facts.brief->comparison = facts.comparisons.empty() ? "" : facts.comparisons.front().id;
  facts.brief->figure = facts.figures.front().id;
  facts.brief->headline = "A <headline> & its number.";
  facts.brief->compared = "Compared.";
  facts.brief->method = "How.";
  const Result<ReportContent> content = BuildReport(facts);
  EXPECT_TRUE(content.ok()) << content.status().ToString();
  std::map<std::string, std::string> svgs;
  for (const Figure& figure : content->figures) svgs[figure.id] = "<svg width=\"10\" height=\"20\"></svg>";
  const auto rendered = RenderReport(*content, svgs);
  EXPECT_TRUE(rendered.ok()) << rendered.status().ToString();
  std::map<std::string, std::string> files;
  for (const ReportFile& file : *rendered) files[file.path] = file.bytes;
  return files;
}

TEST(Brief, IsAPageAndAFileOfItsOwn) {
  const auto files = FilesOf(SampleFacts());
  const std::string& html = files.at("brief.html");
  EXPECT_EQ(HtmlProblem(html), "");
  EXPECT_THAT(html, AllOf(HasSubstr("A &lt;headline&gt; &amp; its number."), HasSubstr("Compared."),
                          HasSubstr("class=\"tall\""), HasSubstr("association in observational data"),
                          HasSubstr("Shown are the first 5 and the last 5 of 12 units."),
                          HasSubstr(SampleFacts().data.snapshot_digest)));
  for (const char* forbidden : {"<script", "<link", "url(http", "src=", "href=\"http"}) {
    EXPECT_THAT(html, Not(HasSubstr(forbidden)));
  }
  EXPECT_THAT(files.at("brief.md"), AllOf(HasSubstr("Compared."), Not(HasSubstr("\n#"))));
  const auto json = nlohmann::json::parse(files.at("report.json"));
  EXPECT_EQ(json.at("brief").at("light"), "amber");
  EXPECT_EQ(json.at("brief").at("ranking").at("panels")[0].at("rows").size(), 10U);
  // A study that asks for none has none.
  const Result<ReportContent> without = BuildReport(SampleFacts());
  EXPECT_FALSE(without->brief.has_value());
  EXPECT_EQ(RenderReportJson(*without).find("\"brief\""), std::string::npos);
}

TEST(Brief, AnExperimentMaySpeakOfCauses) {
  ReportFacts facts = SampleFacts();
  facts.study.design = "experiment";
  EXPECT_THAT(FilesOf(facts).at("brief.html"), Not(HasSubstr("association in observational data")));
}

TEST(Brief, SpeaksChinese) {
  ReportFacts facts = SampleFacts();
  facts.study.words = Words("zh");
  const std::string html = FilesOf(facts).at("brief.html");
  EXPECT_THAT(html, AllOf(HasSubstr("<html lang=\"zh\">"), HasSubstr("黄灯"), HasSubstr("方法")));
}

}  // namespace
}  // namespace farrell::reporting
