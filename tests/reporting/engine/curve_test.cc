// The table and the figure of specification curves.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "services/reporting/engine/figure.h"
#include "services/reporting/engine/table_kinds.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// `copies` times two controls and two standard errors; every seventh estimate is negative.
CurveFacts SampleCurve(int copies = 2) {
  CurveFacts curve;
  curve.id = "choices";
  curve.label = "Slope of ai";
  int k = 0;
  for (int sample = 0; sample < copies; ++sample) {
    for (const char* controls : {"urban", "1"}) {
      for (const char* inference : {"CR3 by state", "HC1"}) {
        CurveSpecificationFacts each;
        each.term = "ai";
        each.outcome = "y";
        each.controls = controls;
        each.effects = "state";
        each.sample = "sample " + std::to_string(sample);
        each.weights = "1";
        each.inference = inference;
        each.formula = std::string("y ~ ai") + (*controls == '1' ? "" : " + urban") + " | state";
        each.estimate = (k % 7 == 6 ? -1.0 : 1.0) * (0.2 + 0.01 * k);
        each.numbers.std_error = 0.1;
        each.numbers.p_value = k % 2 == 0 ? 0.01 : 0.2;
        each.numbers.conf_low = *each.estimate - 0.2;
        each.numbers.conf_high = *each.estimate + 0.2;
        each.observation_count = 100;
        curve.specifications.push_back(each);
        ++k;
      }
    }
  }
  for (std::size_t i = 0; i < curve.specifications.size(); ++i) curve.order.push_back(i);
  std::sort(curve.order.begin(), curve.order.end(), [&](std::size_t a, std::size_t b) {
    return *curve.specifications[a].estimate < *curve.specifications[b].estimate;
  });
  curve.positive_share = 0.875;
  curve.significant_share = 0.5;
  curve.significant_with_median_sign_share = 0.375;
  curve.min = -0.26;
  curve.median = 0.225;
  curve.max = 0.27;
  curve.has_joint_test = true;
  curve.statistics = {{"median", 0.0123}, {"significant", 0.2}, {"stouffer", 0.004}};
  curve.cluster = "state";
  curve.cluster_count = 12;
  curve.model_count = 4;
  curve.draws = 999;
  return curve;
}

ReportFacts Facts(const CurveFacts& curve) {
  ReportFacts facts = SampleFacts();
  facts.curves = {curve};
  return facts;
}

Table MustBuild(const ReportFacts& facts) {
  TableSpec spec;
  spec.id = "t";
  spec.kind = "curve";
  spec.columns = {"choices"};
  TableOptions options;
  options.id = "t";
  const Result<Table> table = BuildTable(spec, facts, options);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : Table();
}

TEST(CurveTable, SaysWhereTheMainSpecificationStands) {
  const std::string text = RenderText(MustBuild(Facts(SampleCurve())));
  EXPECT_THAT(text, AllOf(HasSubstr("Slope of ai"), HasSubstr("2 of 8"), HasSubstr("87.5"), HasSubstr("37.5")));
  EXPECT_THAT(text, AllOf(HasSubstr("the main specification is y ~ ai + urban | state, sample sample 0, CR3 by state"),
                          HasSubstr("Controls: urban, none"), HasSubstr("Standard errors: CR3 by state, HC1")));
  EXPECT_THAT(text, HasSubstr("999 wild cluster bootstrap draws of 4 models, 12 clusters by state"));
  EXPECT_THAT(text, Not(HasSubstr("Outcome:")));
}

TEST(CurveTable, SaysWhyThereIsNoJointTest) {
  CurveFacts curve = SampleCurve();
  curve.statistics.clear();
  curve.undefined = "the joint test is of least squares";
  EXPECT_THAT(MustBuild(Facts(curve)).notes,
              Contains("Slope of ai: no joint test: the joint test is of least squares."));
  curve.has_joint_test = false;
  EXPECT_THAT(MustBuild(Facts(curve)).notes, Contains("Slope of ai: the joint test was not asked for."));
}

TEST(CurveTable, NothingEstimatedIsNoNumber) {
  CurveFacts curve = SampleCurve();
  for (CurveSpecificationFacts& each : curve.specifications) {
    each.estimate.reset();
    each.numbers = {};
  }
  curve.order.clear();
  curve.min = curve.median = curve.max = curve.positive_share = curve.significant_share = std::nullopt;
  EXPECT_THAT(RenderText(MustBuild(Facts(curve))), HasSubstr("not estimated"));
  FigureSpec spec{.id = "f",
                  .title = "",
                  .kind = "curve",
                  .of = {"choices"},
                  .term = "",
                  .by = "",
                  .caption = "",
                  .layout = {},
                  .points = {},
                  .x_label = "",
                  .y_label = ""};
  EXPECT_EQ(BuildFigure(spec, Facts(curve)).status().reason(), "NOTHING_TO_SHOW");
  spec.of = {"chioces"};
  EXPECT_THAT(BuildFigure(spec, Facts(curve)).status().message(), HasSubstr("'chioces'"));
}

Figure MustDraw(const CurveFacts& curve) {
  FigureSpec spec{.id = "f",
                  .title = "",
                  .kind = "curve",
                  .of = {"choices"},
                  .term = "",
                  .by = "",
                  .caption = "",
                  .layout = {},
                  .points = {},
                  .x_label = "",
                  .y_label = ""};
  const Result<Figure> figure = BuildFigure(spec, Facts(curve));
  EXPECT_TRUE(figure.ok()) << figure.status().ToString();
  return figure.ok() ? *figure : Figure();
}

TEST(CurveFigure, PointsStandOverTheirChoices) {
  const Figure figure = MustDraw(SampleCurve());
  const auto json = nlohmann::json::parse(figure.spec);
  ASSERT_EQ(json["vconcat"].size(), 2U);
  const auto& points = json["vconcat"][0]["data"]["values"];
  ASSERT_EQ(points.size(), 8U);
  EXPECT_EQ(points[0]["estimate"], -0.26);
  EXPECT_EQ(points[1]["kind"], "main specification");
  EXPECT_EQ(json["vconcat"][1]["data"]["values"].size(), 24U);
  EXPECT_THAT(json["vconcat"][1]["encoding"]["y"]["sort"],
              ElementsAre("Controls: urban", "Controls: none", "Sample: sample 0", "Sample: sample 1",
                          "Standard errors: CR3 by state", "Standard errors: HC1"));
  ASSERT_EQ(figure.data.panels.front().rows.size(), 8U);
  EXPECT_EQ(figure.data.panels.front().rows[1].id, "specification:1");
  EXPECT_THAT(figure.description, HasSubstr("8 specifications"));
}

TEST(CurveFigure, ALongCurveIsThinnedButKeptWholeInItsData) {
  const Figure figure = MustDraw(SampleCurve(2500));
  const auto json = nlohmann::json::parse(figure.spec);
  const auto& points = json["vconcat"][0]["data"]["values"];
  EXPECT_GE(points.size(), 600U);
  EXPECT_LE(points.size(), 601U);
  EXPECT_EQ(points.back()["rank"], 10000);
  std::size_t main = 0;
  for (const auto& point : points) main += point["kind"] == "main specification" ? 1U : 0U;
  EXPECT_EQ(main, 1U);
  EXPECT_EQ(figure.data.panels.front().rows.size(), 10000U);
  EXPECT_THAT(figure.caption, HasSubstr("evenly spaced through the curve"));
}

TEST(CurveFigure, OneSpecificationHasNoChoices) {
  CurveFacts curve = SampleCurve();
  curve.specifications.resize(1);
  curve.order = {0};
  EXPECT_EQ(nlohmann::json::parse(MustDraw(curve).spec)["vconcat"].size(), 1U);
}

}  // namespace
}  // namespace farrell::reporting
