#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  for (const char* text : {"contemporaneous", "global", "sequential", "window:3", "group:region", "global+group:region",
                           "window:4+group:x y"}) {
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

TEST(ParseRts, DefaultsToConstant) {
  EXPECT_EQ(*ParseRts(""), dea::v1::RETURNS_TO_SCALE_CRS);
  EXPECT_EQ(*ParseRts("NIRS"), dea::v1::RETURNS_TO_SCALE_NIRS);
  EXPECT_THAT(ParseRts("irs").status().message(), HasSubstr("crs, vrs, nirs, ndrs"));
}

TEST(ParseOrientation, DefaultsToInput) {
  EXPECT_EQ(*ParseOrientation(""), dea::v1::ORIENTATION_INPUT);
  EXPECT_EQ(*ParseOrientation("output"), dea::v1::ORIENTATION_OUTPUT);
  EXPECT_FALSE(ParseOrientation("both").ok());
}

TEST(ParseReferenceOnly, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(ParseReferenceOnly("role")->column, "role");
  EXPECT_EQ(ParseReferenceOnly("role")->value, "");
  EXPECT_EQ(ParseReferenceOnly("role=a=b")->value, "a=b");
  EXPECT_FALSE(ParseReferenceOnly("role=").ok());
  EXPECT_FALSE(ParseReferenceOnly("=x").ok());
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
  EXPECT_THAT(ParseInference("cr2:u", "").status().message(), HasSubstr("'cr2:u'"));
  EXPECT_THAT(ParseInference("cr2:u", "").status().message(), HasSubstr("cr3:COLUMN"));
  EXPECT_THAT(ParseInference("hc3:u", "").status().message(), HasSubstr("has none"));
  EXPECT_THAT(ParseInference("cr3:", "").status().message(), HasSubstr("missing"));
  EXPECT_THAT(ParseInference("cr3:u", "stata").status().message(), HasSubstr("xtreg_fe"));
}

TEST(ParseInference, FormatReadsBack) {
  for (const char* text : {"iid", "hc1", "hc3", "cr1:province", "cr3:省份", "wild:u"}) {
    EXPECT_EQ(FormatInference(*ParseInference(text, "")), text);
  }
}

TEST(ParseEstimator, LeavesTheChoiceToTheFormulaByDefault) {
  EXPECT_EQ(*ParseEstimator(""), regression::v1::ESTIMATOR_UNSPECIFIED);
  EXPECT_EQ(*ParseEstimator("Within"), regression::v1::ESTIMATOR_WITHIN);
  EXPECT_FALSE(ParseEstimator("random").ok());
}

TEST(ParseInteract, DefaultsToEverything) {
  EXPECT_EQ(*ParseInteract(""), regression::v1::CompareRequest::INTERACT_EVERYTHING);
  EXPECT_EQ(*ParseInteract("x-only"), regression::v1::CompareRequest::INTERACT_X_ONLY);
  EXPECT_EQ(FormatInteract(regression::v1::CompareRequest::INTERACT_X_ONLY), "x-only");
}

}  // namespace
}  // namespace farrell::notation
