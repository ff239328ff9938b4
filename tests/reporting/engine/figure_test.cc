#include "services/reporting/engine/figure.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "services/reporting/engine/figure_style.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const FigureSpec& SpecOf(const ReportFacts& facts, const std::string& id) {
  for (const FigureSpec& spec : facts.figures) {
    if (spec.id == id) return spec;
  }
  return facts.figures.front();
}

FigureSpec NewSpec(const std::string& kind, const std::string& of) {
  FigureSpec spec;
  spec.id = kind;
  spec.kind = kind;
  spec.of = {of};
  return spec;
}

TEST(Figures, EverySpecificationIsJsonWithItsDataAndNoAddress) {
  const ReportFacts facts = SampleFacts();
  for (const FigureSpec& spec : facts.figures) {
    const Result<Figure> figure = BuildFigure(spec, facts);
    ASSERT_TRUE(figure.ok()) << spec.id << figure.status().ToString();
    const auto json = nlohmann::json::parse(figure->spec, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << spec.id;
    EXPECT_THAT(figure->spec, Not(HasSubstr("://"))) << spec.id;
    EXPECT_THAT(figure->spec, Not(HasSubstr("\"url\""))) << spec.id;
    EXPECT_FALSE(figure->description.empty());
    EXPECT_EQ(json["description"], figure->description);
    EXPECT_EQ(json["usermeta"]["snapshot"], facts.data.snapshot_digest);
    EXPECT_FALSE(figure->data.panels.front().rows.empty()) << spec.id;
    EXPECT_EQ(figure->spec, BuildFigure(spec, facts)->spec) << spec.id;
    EXPECT_FALSE(json.contains("title"));
  }
}

TEST(Figures, SyntheticDataAreStampedInThePicture) {
  ReportFacts facts = SampleFacts();
  facts.data.synthetic = true;
  for (const FigureSpec& spec : facts.figures) {
    const auto json = nlohmann::json::parse(BuildFigure(spec, facts)->spec);
    EXPECT_THAT(json["title"]["text"].get<std::string>(), HasSubstr("SYNTHETIC DATA")) << spec.id;
  }
}

TEST(Figures, NumbersKeepFullPrecision) {
  ReportFacts facts = SampleFacts();
  facts.deas.front().scores.front().score = 0.1 + 0.2;
  EXPECT_THAT(BuildFigure(SpecOf(facts, "heat"), facts)->spec, HasSubstr("0.30000000000000004"));
}

TEST(Figures, HeatmapShowsWhatHasNoScore) {
  ReportFacts facts = SampleFacts();
  ScoreFacts& row = facts.deas.front().scores.front();
  row.status = ScoreStatus::kInfeasible;
  row.score.reset();
  const Figure figure = *BuildFigure(SpecOf(facts, "heat"), facts);
  EXPECT_THAT(figure.caption, HasSubstr("Grey: no score"));
  std::size_t infeasible = 0;
  for (const Row& data : figure.data.panels.front().rows) {
    if (data.cells[2].text == "infeasible") ++infeasible;
  }
  EXPECT_EQ(infeasible, 1U);
  EXPECT_EQ(figure.data.panels.front().rows.size(), 48U);
}

TEST(Figures, LongRankingsShowTheirEnds) {
  SampleShape shape;
  shape.units.clear();
  for (int i = 0; i < 500; ++i) shape.units.push_back("u" + std::to_string(1000 + i));
  const ReportFacts facts = SampleFacts(shape);
  const Figure ranking = *BuildFigure(SpecOf(facts, "rank"), facts);
  EXPECT_EQ(ranking.data.panels.front().rows.size(), 100U);
  EXPECT_THAT(ranking.caption, HasSubstr("first 50 and the last 50 of 500 units"));
  const Figure heatmap = *BuildFigure(SpecOf(facts, "heat"), facts);
  EXPECT_EQ(heatmap.data.panels.front().rows.size(), 200U * 4U);
  EXPECT_THAT(heatmap.caption, HasSubstr("of 500 units"));
}

TEST(Figures, RankingGivesUnitsInNoGroupAColourOfTheirOwn) {
  ReportFacts facts = SampleFacts();
  FigureSpec spec = SpecOf(facts, "rank");
  spec.by = facts.classifications.front().name;
  const auto names = [&] {
    const auto json = nlohmann::json::parse(BuildFigure(spec, facts)->spec);
    std::set<std::string> domains;
    for (const auto& layer : json["layer"]) {
      const auto& encoding = layer["encoding"];
      for (const char* channel : {"color", "shape"}) {
        if (encoding.contains(channel)) domains.insert(encoding[channel]["scale"]["domain"].dump());
      }
    }
    EXPECT_EQ(domains.size(), 1U);
    return *domains.begin();
  };
  EXPECT_THAT(names(), Not(HasSubstr("other")));
  facts.classifications.front().groups.front().members.clear();
  EXPECT_THAT(names(), HasSubstr("\"other\""));
}

TEST(Figures, SaysWhatIsMissing) {
  const ReportFacts facts = SampleFacts();
  const auto message = [&](FigureSpec spec) {
    const Status status = BuildFigure(spec, facts).status();
    EXPECT_EQ(status.reason(), "FIGURE_INVALID");
    return status.message();
  };
  FigureSpec spec = SpecOf(facts, "heat");
  spec.of = {"nowhere"};
  EXPECT_THAT(message(spec), HasSubstr("'nowhere'"));
  spec = SpecOf(facts, "heat");
  spec.kind = "pie";
  EXPECT_THAT(message(spec), HasSubstr("use heatmap"));
  spec = SpecOf(facts, "coef");
  spec.term = "absent";
  EXPECT_THAT(message(spec), HasSubstr("'absent'"));
  spec = SpecOf(facts, "trend");
  spec.by = "absent";
  EXPECT_THAT(message(spec), HasSubstr("classification 'absent'"));
  spec = SpecOf(facts, "tiles");
  spec.layout.clear();
  EXPECT_THAT(message(spec), HasSubstr("layout"));
  spec = SpecOf(facts, "tiles");
  spec.layout[1].row = spec.layout[0].row;
  spec.layout[1].column = spec.layout[0].column;
  EXPECT_THAT(message(spec), HasSubstr("in one cell"));
  spec = SpecOf(facts, "tiles");
  spec.layout[1].unit = spec.layout[0].unit;
  EXPECT_THAT(message(spec), HasSubstr("twice"));
  spec = SpecOf(facts, "scatter");
  spec.points.clear();
  const Status nothing = BuildFigure(spec, facts).status();
  EXPECT_EQ(nothing.reason(), "NOTHING_TO_SHOW");
  EXPECT_EQ(nothing.message(), "there is no row with both variables");
}

TEST(Figures, CoefficientPlotCannotHideItsInference) {
  ReportFacts facts = SampleFacts();
  EXPECT_THAT(BuildFigure(SpecOf(facts, "coef"), facts)->caption, HasSubstr("CR3 by state"));
  facts.comparisons.front().pooled.inferences.clear();
  EXPECT_EQ(BuildFigure(SpecOf(facts, "coef"), facts).status().reason(), "INFERENCE_MISSING");
}

TEST(Figures, InfluenceOrdersLevelsAroundTheEstimateOfAllRows) {
  ReportFacts facts = SampleFacts();
  FitFacts& fit = facts.fits.front();
  FigureSpec spec = NewSpec("influence", fit.id);
  spec.term = fit.terms.front().name;
  EXPECT_THAT(BuildFigure(spec, facts).status().message(), HasSubstr("has no `leave_one_out`"));
  const auto without = [&](const std::string& level, std::optional<double> estimate) {
    fit.leave_one_out.push_back({level, std::vector<std::optional<double>>(fit.terms.size(), estimate)});
  };
  without("P", 0.9);
  without("Q", -0.25);
  without("R", std::nullopt);
  fit.left_out_column = "state";
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const std::vector<Row>& rows = figure->data.panels.front().rows;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].id, "without:Q");
  EXPECT_EQ(rows[1].id, "without:P");
  EXPECT_EQ(rows[2].cells[0].real, *fit.terms.front().estimate);
  EXPECT_THAT(figure->spec, HasSubstr("-0.25"));
  EXPECT_THAT(figure->description, HasSubstr("without Q"));
}

TEST(Figures, ProductivityMeansAreGeometricAndMultiply) {
  ReportFacts facts = SampleFacts();
  facts.productivity.resize(1);
  facts.productivity.front().id = "growth";
  facts.productivity.front().index = "global";
  facts.productivity.front().changes = {{"a", 2001, 2.0, 1.0, 2.0},
                                        {"a", 2002, std::nullopt, std::nullopt, std::nullopt},
                                        {"b", 2001, 0.5, 0.25, 2.0},
                                        {"b", 2002, 1.5, 1.5, 1.0}};
  const FigureSpec spec = NewSpec("productivity", "growth");
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const std::vector<Row>& rows = figure->data.panels.front().rows;
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_DOUBLE_EQ(rows[0].cells[1].real, 1.0);
  EXPECT_DOUBLE_EQ(rows[2].cells[1].real, 0.5);
  EXPECT_DOUBLE_EQ(rows[4].cells[1].real, 2.0);
  EXPECT_EQ(rows[1].cells[2].count, 1);
  facts.productivity.front().changes.clear();
  EXPECT_THAT(BuildFigure(spec, facts).status().message(), HasSubstr("holds no change"));
}

TEST(Figures, VariableShowsWhatIsNotKnown) {
  ReportFacts facts = SampleFacts();
  facts.data.periods = {2000, 2001};
  FigureSpec spec = NewSpec("variable", "x");
  spec.points = {{"low", 2000, 1, 1}, {"low", 2001, 2, 2}, {"high", 2001, 9, 9}};
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const std::vector<Row>& rows = figure->data.panels.front().rows;
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].id, "high@2000");
  EXPECT_EQ(rows[0].cells[1].kind, Cell::Kind::kEmpty);
  EXPECT_THAT(figure->caption, HasSubstr("Grey: not known"));
  spec.points.front().time.reset();
  EXPECT_THAT(BuildFigure(spec, facts).status().message(), HasSubstr("no periods"));
}

TEST(Figures, TileMapNamesUnitsOutsideTheSample) {
  const ReportFacts facts = SampleFacts();
  EXPECT_THAT(BuildFigure(SpecOf(facts, "tiles"), facts)->caption, HasSubstr("not in the sample (Outland)"));
}

TEST(FigureStyle, LabelsKeepTheirDistance) {
  const std::vector<double> placed = SpreadLabels({0.5, 0.5, 0.51, 0.99}, 0.05, 0, 1);
  EXPECT_LE(placed[0], 0.5 + 1e-12);
  for (const auto& [low, high] : {std::pair{0, 1}, {1, 2}, {2, 3}}) {
    EXPECT_GE(placed[static_cast<std::size_t>(high)] - placed[static_cast<std::size_t>(low)], 0.05 - 1e-12);
  }
  EXPECT_LE(placed[3], 1.0);
  const std::vector<double> crowded = SpreadLabels({0.99, 0.98, 1.0}, 0.05, 0, 1);
  EXPECT_LE(crowded[2], 1.0);
  EXPECT_GE(crowded[0] - crowded[1], 0.05 - 1e-12);
}

TEST(FigureStyle, InkContrastsWithTheColour) {
  EXPECT_EQ(InkOn(0.0, 0, 1), "#ffffff");
  EXPECT_EQ(InkOn(1.0, 0, 1), "#000000");
}

// A row without a value and a row that is not there are the same to a reader.
TEST(MissingFigure, CountsWhatIsNotThere) {
  ReportFacts facts = SampleFacts();
  FigureSpec spec;
  spec.id = "cells";
  spec.kind = "missing";
  for (const std::int64_t period : facts.data.periods) {
    spec.points.push_back({"AI", period, period == facts.data.periods.front() ? 3.0 : 0.0, 12.0});
  }
  facts.unavailable["variables:hc"] = {"Schooling", {"hc"}};
  facts.unavailable["variables:score.quality"] = {"Quality", {"inventions"}};
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const auto values = nlohmann::json::parse(figure->spec).at("data").at("values");
  ASSERT_EQ(values.size(), 2 * facts.data.periods.size());
  EXPECT_EQ(values[0].at("text"), "3");
  EXPECT_EQ(values[0].at("share"), 0.25);
  EXPECT_EQ(values[1].at("text"), "");
  EXPECT_EQ(values.back().at("variable"), "Schooling");
  EXPECT_EQ(values.back().at("share"), 1.0);
  spec.points.clear();
  EXPECT_FALSE(BuildFigure(spec, facts).ok());
}

ReportFacts WithMargins(const std::vector<MarginFacts>& margins) {
  ReportFacts facts = SampleFacts();
  facts.fits.back().margins = margins;
  return facts;
}

TEST(MarginsFigure, ShowsTheEffectOverAModeratorAndItsRows) {
  const ReportFacts facts = WithMargins({{"log(ai)", "log(ai)", "", 0.5, 0.1, 0.3, 0.7, 12},
                                         {"log(ai) by m", "log(ai)", "10", 0.3, 0.1, 0.1, 0.5, 7},
                                         {"log(ai) by m", "log(ai)", "9", 0.2, 0.1, 0.0, 0.4, 5},
                                         {"urban by m", "urban", "9", 0.9, 0.1, 0.7, 1.1, 12}});
  FigureSpec spec;
  spec.id = "effect";
  spec.kind = "margins";
  spec.of = {facts.fits.back().id};
  spec.x_label = "Moderator";
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const auto charts = nlohmann::json::parse(figure->spec).at("vconcat");
  ASSERT_EQ(charts.size(), 2U);
  // In the order of the numbers, not of their letters; without the effect over all rows and that of another regressor.
  const auto values = charts[0].at("data").at("values");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].at("at"), 9.0);
  EXPECT_EQ(values[0].at("effect"), 0.2);
  EXPECT_EQ(values[1].at("high"), 0.5);
  const auto bins = charts[1].at("data").at("values");
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].at("rows"), 5);
  EXPECT_EQ(bins[1].at("rows"), 7);
  spec.term = "urban";
  const Result<Figure> urban = BuildFigure(spec, facts);
  ASSERT_TRUE(urban.ok());
  EXPECT_EQ(nlohmann::json::parse(urban->spec).at("vconcat")[0].at("data").at("values")[0].at("effect"), 0.9);
}

TEST(MarginsFigure, ShowsGroupsOfAText) {
  const ReportFacts facts = WithMargins({{"log(ai) by region", "log(ai)", "east", 0.3, 0.1, 0.1, 0.5, 7},
                                         {"log(ai) by region", "log(ai)", "west", 0.2, {}, {}, {}, 5}});
  FigureSpec spec;
  spec.id = "effect";
  spec.kind = "margins";
  spec.of = {facts.fits.back().id};
  const Result<Figure> figure = BuildFigure(spec, facts);
  ASSERT_TRUE(figure.ok()) << figure.status().ToString();
  const auto charts = nlohmann::json::parse(figure->spec).at("vconcat");
  ASSERT_EQ(charts.size(), 1U);
  EXPECT_TRUE(charts[0].at("data").at("values")[1].at("low").is_null());
  const ReportFacts none = WithMargins({{"log(ai)", "log(ai)", "", 0.5, 0.1, 0.3, 0.7, 12}});
  EXPECT_FALSE(BuildFigure(spec, none).ok());
}

}  // namespace
}  // namespace farrell::reporting
