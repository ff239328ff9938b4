#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "common/notation/dea_notation.h"
#include "common/notation/regression_notation.h"

namespace farrell::notation {
namespace {

using dea::v1::Frontier;
using regression::v1::Inference;
using testing::HasSubstr;

TEST(ParseFrontier, ReadsEveryScheme) {
  EXPECT_EQ(ParseFrontier("")->scheme(), Frontier::SCHEME_CONTEMPORANEOUS);
  EXPECT_EQ(ParseFrontier("Contemporaneous")->scheme(), Frontier::SCHEME_CONTEMPORANEOUS);
  EXPECT_EQ(ParseFrontier("global")->scheme(), Frontier::SCHEME_GLOBAL);
  EXPECT_EQ(ParseFrontier("sequential")->scheme(), Frontier::SCHEME_SEQUENTIAL);
  const Frontier window = *ParseFrontier("window:3");
  EXPECT_EQ(window.scheme(), Frontier::SCHEME_WINDOW);
  EXPECT_EQ(window.window(), 3);
}

TEST(ParseFrontier, GroupRestrictsWithinAScheme) {
  const Frontier alone = *ParseFrontier("group:Region");
  EXPECT_EQ(alone.scheme(), Frontier::SCHEME_CONTEMPORANEOUS);
  EXPECT_EQ(alone.group_column(), "Region");
  const Frontier global = *ParseFrontier("global+group:地区");
  EXPECT_EQ(global.scheme(), Frontier::SCHEME_GLOBAL);
  EXPECT_EQ(global.group_column(), "地区");
  const Frontier window = *ParseFrontier("window:2+group:a+group:b");
  EXPECT_EQ(window.window(), 2);
  EXPECT_EQ(window.group_column(), "a+group:b");
}

TEST(ParseFrontier, FormatReadsBack) {
  for (const char* text : {"contemporaneous", "global", "sequential", "biennial", "window:3", "group:region",
                           "global+group:region", "window:4+group:x y"}) {
    EXPECT_EQ(FormatFrontier(*ParseFrontier(text)), text);
  }
}

TEST(ParseFrontier, ErrorsQuoteTheTextAndListTheChoices) {
  for (const char* text :
       {"windows:3", "window:", "window:0", "window:x", "window:99999999999", "group:", "global+", "all"}) {
    const Result<Frontier> frontier = ParseFrontier(text);
    ASSERT_FALSE(frontier.ok()) << text;
    EXPECT_EQ(frontier.status().reason(), "MODEL_INVALID");
    EXPECT_THAT(frontier.status().message(), HasSubstr(std::string("'") + text + "'"));
    EXPECT_THAT(frontier.status().message(), HasSubstr("window:W"));
  }
}

TEST(ParseRts, LeavesTheChoiceToTheModelByDefault) {
  EXPECT_EQ(*ParseRts(""), dea::v1::RETURNS_TO_SCALE_UNSPECIFIED);
  EXPECT_EQ(*ParseRts("crs"), dea::v1::RETURNS_TO_SCALE_CRS);
  EXPECT_EQ(*ParseRts("NIRS"), dea::v1::RETURNS_TO_SCALE_NIRS);
  EXPECT_THAT(ParseRts("irs").status().message(), HasSubstr("crs, vrs, nirs, ndrs"));
}

TEST(ParseRts, ReadsTheBoundsOfGeneralizedReturns) {
  dea::v1::Model model;
  ASSERT_TRUE(ParseRts(" GRS: 0.8 , 1.25", model).ok());
  EXPECT_EQ(model.rts(), dea::v1::RETURNS_TO_SCALE_GRS);
  EXPECT_EQ(model.weight_sum_low(), 0.8);
  EXPECT_EQ(model.weight_sum_high(), 1.25);
  EXPECT_EQ(FormatRts(model), "grs:0.8,1.25");
  ASSERT_TRUE(ParseRts("vrs", model).ok());
  EXPECT_EQ(FormatRts(model), "vrs");
  EXPECT_EQ(model.weight_sum_high(), 0);
  for (const char* text : {"grs", "grs:", "grs:1", "grs:2,3", "grs:0,0.5", "grs:-1,2", "grs:a,2", "grs1,2"}) {
    EXPECT_THAT(ParseRts(text, model).message(), HasSubstr("grs:L,U")) << text;
  }
  EXPECT_THAT(ParseRts("irs", model).message(), HasSubstr("ndrs, grs:L,U"));
}

TEST(ParseOrientation, LeavesTheChoiceToTheModelByDefault) {
  EXPECT_EQ(*ParseOrientation(""), dea::v1::ORIENTATION_UNSPECIFIED);
  EXPECT_EQ(*ParseOrientation("output"), dea::v1::ORIENTATION_OUTPUT);
  EXPECT_EQ(*ParseOrientation("none"), dea::v1::ORIENTATION_NONE);
  EXPECT_FALSE(ParseOrientation("both").ok());
}

// Every choice of an enumeration reads back, no two share a name, and an unknown one lists them all.
template <typename Parse, typename Format>
void ExpectChoices(const Parse& parse, const Format& format, std::initializer_list<const char*> names) {
  std::set<int> values;
  for (const std::string name : names) {
    const auto value = parse(name);
    ASSERT_TRUE(value.ok()) << name;
    EXPECT_EQ(format(*value), name);
    EXPECT_NE(static_cast<int>(*value), 0) << name;
    EXPECT_TRUE(values.insert(static_cast<int>(*value)).second) << name;
    EXPECT_THAT(parse("no such").status().message(), HasSubstr(name));
  }
  EXPECT_EQ(parse("no such").status().reason(), "MODEL_INVALID");
}

TEST(Choices, ReadBackAndAreListed) {
  ExpectChoices(ParseModelKind, FormatModelKind, {"radial", "fdh", "additive", "ram", "bam", "sbm", "ddf", "rdm"});
  ExpectChoices(ParseSuperRemedy, FormatSuperRemedy, {"none", "cook", "ddf"});
  ExpectChoices(ParseCrossEfficiency, FormatCrossEfficiency,
                {"none", "arbitrary", "aggressive", "benevolent", "aggressive-iii", "benevolent-iii"});
  ExpectChoices(ParseDisposability, FormatDisposability, {"strong", "weak", "kuosmanen"});
  ExpectChoices(ParseNonDiscretionaryRule, FormatNonDiscretionaryRule, {"banker-morey", "ncn"});
  ExpectChoices(ParseBootstrapMethod, FormatBootstrapMethod, {"none", "sw98", "ksw"});
  ExpectChoices(ParseSmoothing, FormatSmoothing,
                {"reflected-set", "shrink-reflect", "shrink-about-one", "reflect-shrink"});
  ExpectChoices(ParseInterval, FormatInterval, {"basic", "percentile", "percentile-bias"});
  ExpectChoices(ParseProductivityIndex, FormatProductivityIndex,
                {"malmquist", "fgnz", "ray-desli", "sequential", "biennial", "global", "malmquist-luenberger",
                 "global-malmquist-luenberger", "luenberger"});
  ExpectChoices(ParseDecomposition, FormatDecomposition, {"kao-hwang", "chen"});
  ExpectChoices(ParseScaleStatistic, FormatScaleStatistic, {"ratio-of-means", "mean-of-ratios"});
  ExpectChoices(ParseGroupMethod, FormatGroupMethod, {"clt", "t-test"});
  ExpectChoices(ParseOutlierMethod, FormatOutlierMethod, {"wilson", "leave-one-out"});
}

TEST(Choices, EmptyTextIsTheDefault) {
  EXPECT_EQ(*ParseModelKind(" "), dea::v1::MODEL_KIND_RADIAL);
  EXPECT_EQ(*ParseProductivityIndex(""), dea::v1::PRODUCTIVITY_INDEX_MALMQUIST);
  EXPECT_EQ(FormatProductivityIndex(dea::v1::PRODUCTIVITY_INDEX_UNSPECIFIED), "malmquist");
  // Where the default hangs on the rest of the model.
  EXPECT_EQ(*ParseDisposability(""), dea::v1::DISPOSABILITY_UNSPECIFIED);
  EXPECT_EQ(FormatDisposability(dea::v1::DISPOSABILITY_UNSPECIFIED), "");
  EXPECT_EQ(*ParseNonDiscretionaryRule(""), dea::v1::NON_DISCRETIONARY_RULE_UNSPECIFIED);
}

TEST(ParseDirection, ReadsKeywordsAndColumns) {
  EXPECT_EQ(ParseDirection("")->kind(), dea::v1::Direction::KIND_OWN);
  EXPECT_EQ(ParseDirection("Mean")->kind(), dea::v1::Direction::KIND_MEAN);
  const dea::v1::Direction columns = *ParseDirection("gx1, gx2,gy");
  EXPECT_EQ(columns.kind(), dea::v1::Direction::KIND_COLUMNS);
  ASSERT_EQ(columns.columns_size(), 3);
  EXPECT_EQ(columns.columns(1), "gx2");
  EXPECT_EQ(FormatDirection(columns), "gx1,gx2,gy");
  EXPECT_EQ(FormatDirection(*ParseDirection("mean")), "mean");
  EXPECT_THAT(ParseDirection("gx,,gy").status().message(), HasSubstr("'gx,,gy'"));
  EXPECT_FALSE(ParseDirection("gx,").ok());
}

TEST(ParseBandwidth, ReadsRulesAndNumbers) {
  dea::v1::Bootstrap bootstrap;
  for (const char* text : {"silverman", "cross-validation", "normal-reference", "0.014"}) {
    ASSERT_TRUE(ParseBandwidth(text, bootstrap).ok()) << text;
    EXPECT_EQ(FormatBandwidth(bootstrap), text);
  }
  EXPECT_EQ(bootstrap.bandwidth(), 0.014);
  ASSERT_TRUE(ParseBandwidth("", bootstrap).ok());
  EXPECT_EQ(bootstrap.bandwidth_rule(), dea::v1::Bootstrap::BANDWIDTH_RULE_SILVERMAN);
  EXPECT_EQ(bootstrap.bandwidth(), 0);
  EXPECT_THAT(ParseBandwidth("-1", bootstrap).message(), HasSubstr("positive number"));
}

TEST(ParseWeightRestrictions, ReadsATable) {
  const auto restrictions = ParseWeightRestrictions(
      "\xEF\xBB\xBF# bounds of the weights\r\nmeasure,over,low,high\r\nnurse, doctor ,0.2,5\n\n\"a,\"\"b\"\"\",,,3\n");
  ASSERT_TRUE(restrictions.ok()) << restrictions.status().ToString();
  ASSERT_EQ(restrictions->size(), 2U);
  EXPECT_EQ(DescribeWeightRestriction((*restrictions)[0]), "0.2 <= nurse / doctor <= 5");
  EXPECT_EQ((*restrictions)[1].measure(), "a,\"b\"");
  EXPECT_FALSE((*restrictions)[1].has_low());
  EXPECT_EQ((*restrictions)[1].high(), 3);
}

TEST(ParseWeightRestrictions, NamesEveryBadLine) {
  const auto lines = [](const char* text) {
    std::vector<std::string> fields;
    const Status status = ParseWeightRestrictions(text).status();
    for (const FieldViolation& violation : status.violations()) fields.push_back(violation.field);
    return fields;
  };
  using testing::ElementsAre;
  EXPECT_THAT(lines("measure,over,low,high\na,b,1\na,b,x,\na,b,,\n,b,1,\na,b,2,1\n\"a,b,1,2\na,b,-1,\n"),
              ElementsAre("line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8"));
  EXPECT_THAT(lines("a,b,1,2\n"), ElementsAre("line 1"));
  EXPECT_THAT(lines(""), ElementsAre("line 1"));
}

TEST(ParseMarkedRows, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(ParseMarkedRows("role", "frozen_out")->column, "role");
  EXPECT_EQ(ParseMarkedRows("role", "frozen_out")->value, "");
  EXPECT_EQ(ParseMarkedRows("role=a=b", "frozen_out")->value, "a=b");
  EXPECT_THAT(ParseMarkedRows("role=", "frozen_out").status().message(), HasSubstr("role=frozen_out"));
  EXPECT_FALSE(ParseMarkedRows("=x", "frozen_out").ok());
}

TEST(FormatStatus, NamesEveryOutcome) {
  EXPECT_EQ(FormatStatus(dea::v1::STATUS_OPTIMAL), "optimal");
  EXPECT_EQ(FormatStatus(dea::v1::STATUS_NOT_SOLVED), "not_solved");
  EXPECT_EQ(FormatStatus(dea::v1::STATUS_REFERENCE_ONLY), "reference_only");
}

TEST(ParseInference, IgnoresCaseInTypesAndKeepsItInColumns) {
  const Inference cr3 = *ParseInference("CR3:Province", "");
  EXPECT_EQ(cr3.type(), Inference::TYPE_CR3);
  EXPECT_EQ(cr3.cluster(), "Province");
  EXPECT_EQ(cr3.ssc(), "fixest");
  EXPECT_EQ(ParseInference("IID", "PLM_SSS")->ssc(), "plm_sss");
  EXPECT_EQ(ParseInference("wild", "")->type(), Inference::TYPE_WILD);
  EXPECT_EQ(ParseInference("", "")->type(), Inference::TYPE_UNSPECIFIED);
}

TEST(ParseInference, ErrorsSayWhatToWrite) {
  EXPECT_THAT(ParseInference("cr5:u", "").status().message(), HasSubstr("'cr5:u'"));
  EXPECT_THAT(ParseInference("cr5:u", "").status().message(), HasSubstr("cr3:COLUMN"));
  EXPECT_THAT(ParseInference("cr3:u,t", "").status().message(), HasSubstr("cr0 and cr1"));
  EXPECT_THAT(ParseInference("twoway:u", "").status().message(), HasSubstr("twoway:COLUMN,COLUMN"));
  EXPECT_THAT(ParseInference("twoway", "").status().message(), HasSubstr("twoway:COLUMN,COLUMN"));
  EXPECT_THAT(ParseInference("cr1:u,", "").status().message(), HasSubstr("missing"));
  EXPECT_THAT(ParseInference("dk:-1", "").status().message(), HasSubstr("whole number"));
  EXPECT_THAT(ParseInference("nw:province", "").status().message(), HasSubstr("whole number"));
  EXPECT_THAT(ParseInference("wild:u:many", "").status().message(), HasSubstr("draws"));
  EXPECT_THAT(ParseInference("hc3:u", "").status().message(), HasSubstr("has none"));
  EXPECT_THAT(ParseInference("cr3:", "").status().message(), HasSubstr("missing"));
  EXPECT_THAT(ParseInference("cr3:u", "stata").status().message(), HasSubstr("xtreg_fe"));
}

TEST(ParseInference, FormatReadsBack) {
  for (const char* text :
       {"iid", "hc0", "hc1", "hc2", "hc3", "hc4", "cr0:u", "cr1:province", "cr1:u,t", "cr2:u", "cr3:省份", "dk", "dk:2",
        "nw:0", "pcse", "wild:u", "wild:u:999", "permutation:u", "permutation-raw:u:99999"}) {
    EXPECT_EQ(FormatInference(*ParseInference(text, "")), text);
  }
}

TEST(ParseInference, ReadsClustersLagsAndDraws) {
  const Inference twoway = *ParseInference("twoway:firm, year", "");
  EXPECT_EQ(twoway.type(), Inference::TYPE_CR1);
  EXPECT_EQ(twoway.cluster(), "firm");
  ASSERT_EQ(twoway.further_clusters_size(), 1);
  EXPECT_EQ(twoway.further_clusters(0), "year");
  EXPECT_EQ(ParseInference("dk:2", "")->lag(), 2);
  EXPECT_FALSE(ParseInference("dk", "")->has_lag());
  EXPECT_EQ(ParseInference("wild:u:999", "")->draws(), 999);
  EXPECT_EQ(ParseInference("cr1:u", "all")->ssc(), "all");
}

TEST(ParseEstimator, LeavesTheChoiceToTheFormulaByDefault) {
  EXPECT_EQ(ParseEstimator("")->estimator, regression::v1::ESTIMATOR_UNSPECIFIED);
  EXPECT_EQ(ParseEstimator("Within")->estimator, regression::v1::ESTIMATOR_WITHIN);
  EXPECT_FALSE(ParseEstimator("random").ok());
}

TEST(ParseEstimator, ReadsTheOptionAfterTheColon) {
  EXPECT_EQ(ParseEstimator("re:walhus")->options.random_effects(),
            regression::v1::EstimatorOptions::RANDOM_EFFECTS_WALLACE_HUSSAIN);
  EXPECT_EQ(ParseEstimator("fractional:probit")->options.link(), regression::v1::EstimatorOptions::LINK_PROBIT);
  EXPECT_TRUE(ParseEstimator("tobit:re")->options.unit_effects());
  EXPECT_THAT(ParseEstimator("re:best").status().message(), HasSubstr("nerlove"));
  EXPECT_THAT(ParseEstimator("ols:re").status().message(), HasSubstr("tobit[:re]"));
  for (const char* text : {"ols", "within", "between", "fd", "re", "re:swar", "re:amemiya", "cre:nerlove", "2sls",
                           "liml", "tobit", "tobit:re", "truncated", "fractional:logit", "ppml"}) {
    EXPECT_EQ(FormatEstimator(*ParseEstimator(text)), text);
  }
}

TEST(ParseInteract, DefaultsToEverything) {
  EXPECT_EQ(*ParseInteract(""), regression::v1::CompareRequest::INTERACT_EVERYTHING);
  EXPECT_EQ(*ParseInteract("x-only"), regression::v1::CompareRequest::INTERACT_X_ONLY);
  EXPECT_EQ(FormatInteract(regression::v1::CompareRequest::INTERACT_X_ONLY), "x-only");
}

}  // namespace
}  // namespace farrell::notation
