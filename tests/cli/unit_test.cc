// The parts of the command line that need no process.

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/regression/v1/regression.pb.h"

namespace farrell::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SplitList, SeparatesAtCommasOutsideBracketsAndQuotes) {
  EXPECT_THAT(SplitList("a, b ,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(SplitList("min(a,b),log(c)"), ElementsAre("min(a,b)", "log(c)"));
  EXPECT_THAT(SplitList("`x, y`,'p,q',\"r,s\""), ElementsAre("`x, y`", "'p,q'", "\"r,s\""));
  EXPECT_THAT(SplitList(" ,, "), IsEmpty());
}

TEST(ExitCodeOf, InterruptedCallsAre130) {
  EXPECT_EQ(ExitCodeOf(Cancelled(), true), 130);
  EXPECT_EQ(ExitCodeOf(Unavailable("X", "m"), true), 130);
  EXPECT_EQ(ExitCodeOf(Cancelled(), false), 1);
  EXPECT_EQ(ExitCodeOf(Status(), true), 0);
}

TEST(ToJson, WritesEveryFieldWithItsNameAndNullWhereUnset) {
  regression::v1::FitResult fit;
  fit.add_terms()->set_name("x");
  fit.set_observation_count(7);
  (*fit.mutable_missing_by_column())["b"] = 2;
  (*fit.mutable_missing_by_column())["a"] = 1;
  fit.set_sigma(0.1);
  const std::string text = ToJson(fit);
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_TRUE(json["terms"][0]["estimate"].is_null());
  EXPECT_EQ(json["terms"][0]["collinear"], false);
  EXPECT_EQ(json["observation_count"], "7");
  EXPECT_EQ(json["estimator"], "ESTIMATOR_UNSPECIFIED");
  EXPECT_TRUE(json["joint"].is_null());
  EXPECT_TRUE(json["inferences"].is_array());
  EXPECT_THAT(text, HasSubstr("\"sigma\": 0.10000000000000001"));
  EXPECT_LT(text.find("\"a\": \"1\""), text.find("\"b\": \"2\""));
}

TEST(ToJson, WritesBytesInBase64AndOnlyTheChosenMemberOfAOneof) {
  data::v1::ImportTableRequest request;
  request.set_chunk(std::string("\x00\xff\x10\x20", 4));
  const nlohmann::json json = nlohmann::json::parse(ToJson(request));
  EXPECT_EQ(json["chunk"], "AP8QIA==");
  EXPECT_FALSE(json.contains("options"));
}

TEST(ToJson, StaysValidWithTextThatIsNotUtf8) {
  EXPECT_EQ(JsonText("a\"b\n北"), "\"a\\\"b\\n北\"");
  EXPECT_TRUE(nlohmann::json::accept(JsonText("\xFF\xFE")));
}

TEST(Rows, StampSyntheticInALastColumn) {
  Rows rows(Format::kCsv, {"a", "b"}, true);
  rows.Add({Text("x,y"), RowCell()});
  EXPECT_EQ(rows.Take(), "a,b,synthetic\n\"x,y\",,true\n");
}

TEST(DescribeProgress, TellsCountsAndShare) {
  common::v1::Progress progress;
  progress.set_stage("solving");
  EXPECT_EQ(DescribeProgress(progress), "solving");
  progress.set_completed_count(408);
  progress.set_total_count(1632);
  progress.set_message("main");
  EXPECT_EQ(DescribeProgress(progress), "solving  408/1,632 (25 %)  main");
}

TEST(Bar, FillsInProportion) {
  EXPECT_EQ(Bar(1, 2, 4), "━━── ");
  EXPECT_EQ(Bar(9, 2, 2), "━━ ");
  EXPECT_EQ(Bar(1, 0, 4), "");
}

}  // namespace
}  // namespace farrell::cli
