// Tables of what stands beside the estimates: influence, design, clusters, instruments, frontiers, channels, growth.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TableOptions Options() {
  TableOptions options;
  options.id = "t";
  return options;
}

FitFacts Fit(const std::string& id, double estimate, double std_error = 0.5) {
  FitFacts fit;
  fit.id = id;
  fit.label = "Fit " + id;
  fit.outcome = "log(y)";
  fit.observation_count = 300;
  TermFacts term;
  term.name = "x";
  term.estimate = estimate;
  fit.terms = {term};
  InferenceFacts inference;
  inference.type = InferenceType::kCr3;
  inference.label = "CR3 by unit";
  inference.cluster = "unit";
  inference.cluster_count = 30;
  inference.ssc = "fixest";
  inference.terms = {{std_error, estimate / std_error, 0.04, estimate - std_error, estimate + std_error, 29.0}};
  fit.inferences = {inference};
  return fit;
}

const Row& FindRow(const Table& table, const std::string& id) {
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (row.id == id) return row;
    }
  }
  ADD_FAILURE() << "no row " << id;
  static const Row none;
  return none;
}

DeaFacts Dea(const std::string& id, const std::vector<double>& scores) {
  DeaFacts dea;
  dea.id = id;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ScoreFacts row;
    row.unit = std::string(1, static_cast<char>('A' + static_cast<char>(i / 2)));
    row.time = 2010 + static_cast<std::int64_t>(i % 2);
    row.score = scores[i];
    dea.scores.push_back(row);
  }
  return dea;
}

TEST(InfluenceTable, NamesTheLevelThatMovesTheEstimateFarthest) {
  FitFacts fit = Fit("a", 1.0);
  fit.left_out_column = "unit";
  fit.leave_one_out = {{"P", {0.9}}, {"Q", {-0.25}}, {"R", {1.5}}, {"S", {std::nullopt}}};
  const Table table = *BuildInfluenceTable({&fit}, Options());
  EXPECT_EQ(table.panels.front().title, "Fit a, without one unit at a time");
  const Row& row = FindRow(table, "coef:a:x");
  EXPECT_DOUBLE_EQ(row.cells[0].real, 1.0);
  EXPECT_DOUBLE_EQ(row.cells[1].real, -0.25);
  EXPECT_EQ(row.cells[2].text, "Q");
  EXPECT_DOUBLE_EQ(row.cells[3].real, 1.5);
  EXPECT_EQ(row.cells[4].text, "R");
  EXPECT_DOUBLE_EQ(row.cells[5].real, -2.5);  // (-0.25 - 1) / 0.5
  EXPECT_EQ(row.cells[6].count, 1);
}

TEST(InfluenceTable, RefusesAFitWithoutLeaveOneOut) {
  const FitFacts fit = Fit("a", 1.0);
  EXPECT_THAT(BuildInfluenceTable({&fit}, Options()).status().message(), HasSubstr("'a' has no `leave_one_out`"));
}

TEST(DesignTable, OneRowAReference) {
  FitFacts fit = Fit("a", 1.0);
  fit.design = {{.term = "x",
                 .reference = 0.014,
                 .std_error = 0.5,
                 .power = 0.11,
                 .minimum_detectable = 1.4,
                 .exaggeration = 4.4,
                 .wrong_sign = 0.16}};
  const Table table = *BuildDesignTable({&fit}, Options());
  const Row& row = FindRow(table, "design:a:x");
  EXPECT_EQ(row.label, "Fit a: x");
  EXPECT_EQ(CellText(row.cells[2]), "0.11");
  EXPECT_EQ(CellText(row.cells[4]), "4.4");
  EXPECT_THAT(table.notes.front(), HasSubstr("two-sided test at 0.05"));
  const FitFacts without = Fit("b", 1.0);
  EXPECT_FALSE(BuildDesignTable({&without}, Options()).ok());
}

TEST(ClustersTable, ShowsTheEffectiveNumberAndTheLargestLeverage) {
  FitFacts fit = Fit("a", 1.0);
  fit.cluster_diagnostics =
      ClusterDiagnosticsFacts{"unit", {{"P", 100, 0.2, {0.1}, {1.1}}, {"Q", 200, 0.5, {0.9}, {0.2}}}, {1.2}};
  const Row row = FindRow(*BuildClustersTable({&fit}, Options()), "clusters:a:x");
  EXPECT_EQ(row.cells[0].count, 2);
  EXPECT_EQ(CellText(row.cells[1]), "1.2");
  EXPECT_EQ(row.cells[3].text, "Q");
  EXPECT_DOUBLE_EQ(row.cells[4].real, 200.0 / 300.0);
}

TEST(InstrumentsTable, WritesTheAndersonRubinSet) {
  FitFacts fit = Fit("a", 1.0);
  InstrumentFacts instruments;
  instruments.first_stages = {{"x", {12.5, 1, 29, 0.001}, 0.3, 12.1, 23.1}};
  instruments.kleibergen_paap_f = 12.4;
  instruments.anderson_rubin = InstrumentFacts::Test{3.0, 1, 29, 0.09};
  instruments.anderson_rubin_set = {{std::nullopt, -1.5}, {0.25, std::nullopt}};
  fit.instruments = instruments;
  const Table table = *BuildInstrumentsTable({&fit}, Options());
  EXPECT_EQ(table.panels.front().title, "First stage of x");
  EXPECT_EQ(FindRow(table, "anderson_rubin_set").cells[0].text, "(-∞, -1.5] ∪ [0.25, ∞)");
  EXPECT_EQ(CellText(FindRow(table, "first_stage:0:effective_f").cells[0]), "12.10");
  EXPECT_TRUE(IsUnbounded(instruments));
  instruments.anderson_rubin_set.clear();
  instruments.anderson_rubin_empty = true;
  EXPECT_EQ(AndersonRubinSet(instruments, Words()), "empty");
  EXPECT_EQ(AndersonRubinSet(instruments, Words("zh")), "空集");
}

TEST(FrontiersTable, ComparesScoresByRank) {
  const DeaFacts main = Dea("main", {0.2, 0.4, 0.6, 0.8});
  const DeaFacts other = Dea("other", {0.3, 0.2, 0.9, 0.9});
  const FitFacts a = Fit("a", 0.045);
  const FitFacts b = Fit("b", 0.02);
  const Table table = *BuildFrontiersTable({&a, &b}, {&main, &other}, Options());
  EXPECT_DOUBLE_EQ(FindRow(table, "frontier:a").cells[3].real, 1.0);
  // Ranks 1 2 3 4 against 2 1 3.5 3.5: covariance 3.5, spreads sqrt(5 * 4.5).
  EXPECT_NEAR(FindRow(table, "frontier:b").cells[3].real, 3.5 / std::sqrt(5 * 4.5), 1e-12);
  EXPECT_DOUBLE_EQ(FindRow(table, "frontier:b").cells[4].real, 0.02);
  EXPECT_FALSE(BuildFrontiersTable({&a}, {nullptr}, Options()).ok());
}

TEST(ChannelsTable, RefusesPartsThatDoNotAddUp) {
  ChannelsFacts channels{"c", "", "main", Fit("t", 0.195), Fit("e", 0.045), Fit("i", 0.15)};
  const Table table = *BuildChannelsTable({&channels}, Options());
  const Row& row = FindRow(table, "coef:c:x");
  EXPECT_DOUBLE_EQ(row.cells[0].real, 0.195);
  EXPECT_DOUBLE_EQ(row.cells[3].real, 0.045 / 0.195);
  channels.inputs = Fit("i", 0.16);
  EXPECT_EQ(BuildChannelsTable({&channels}, Options()).status().reason(), "CHANNELS_DO_NOT_ADD_UP");
}

TEST(ConvergenceTable, SpreadOfLogScoresByGroup) {
  // Units A to D, two periods: spreads of {log .2, log .8} and so on.
  const DeaFacts dea = Dea("main", {0.2, 0.4, 0.8, 0.4, 0.5, 0.5, 0.5, 0.9});
  ClassificationFacts regions{"region", "", {{"east", "East", {"A", "B"}}, {"west", "", {"C", "D"}}}};
  const Table table = *BuildConvergenceTable(dea, &regions, Options());
  EXPECT_THAT(table.columns[0].label, "2010");
  const Row& east = FindRow(table, "sigma:east");
  EXPECT_EQ(east.label, "East");
  EXPECT_NEAR(east.cells[0].real, std::log(4.0) / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(east.cells[1].real, 0, 1e-12);
  EXPECT_NEAR(FindRow(table, "sigma:west").cells[2].real, std::log(1.8) / std::sqrt(2.0), 1e-12);
  EXPECT_EQ(FindRow(table, "sigma:all").label, "All units");
}

TEST(GapsTable, RatiosOfScoresByGroupOfTheMetafrontier) {
  DeaFacts dea = Dea("main", {0.2, 0.4, 0.6, 0.8});
  ClassificationFacts regions{"region", "", {{"east", "East", {"A"}}, {"west", "", {"B"}}}};
  EXPECT_EQ(BuildGapsTable(dea, &regions, Options()).status().reason(), "TABLE_INVALID");
  dea.metafrontier = "region";
  const std::vector<double> group_scores = {0.4, 0.5, 0.6, 1.0};
  for (std::size_t i = 0; i < group_scores.size(); ++i) {
    dea.scores[i].group_score = group_scores[i];
    dea.scores[i].gap_ratio = *dea.scores[i].score / group_scores[i];
  }
  // A third period of A gives it a trend: means 0.5, 0.8, 0.5 by period, slope 0; without a ratio a row is left out.
  ScoreFacts last;
  last.unit = "A";
  last.time = 2012;
  last.score = 0.3;
  last.group_score = 0.6;
  last.gap_ratio = 0.5;
  dea.scores.push_back(last);
  last.unit = "B";
  last.group_score.reset();
  last.gap_ratio.reset();
  dea.scores.push_back(last);
  const Table table = *BuildGapsTable(dea, &regions, Options());
  const Row& east = FindRow(table, "gaps:east");
  EXPECT_NEAR(east.cells[0].real, 0.3, 1e-12);
  EXPECT_NEAR(east.cells[1].real, 0.5, 1e-12);
  EXPECT_NEAR(east.cells[2].real, 0.6, 1e-12);
  EXPECT_NEAR(east.cells[3].real, 0.5, 1e-12);
  EXPECT_NEAR(east.cells[4].real, 0, 1e-12);
  const Row& west = FindRow(table, "gaps:west");
  EXPECT_NEAR(west.cells[2].real, 0.9, 1e-12);
  EXPECT_NEAR(west.cells[3].real, 0.8, 1e-12);
  EXPECT_EQ(CellText(west.cells[4]), "");
  EXPECT_EQ(west.cells[5].count, 2);
  const Row& all = FindRow(table, "gaps:all");
  EXPECT_EQ(all.cells[5].count, 5);
  // Period means 0.75, 0.8, 0.5 on 2010 to 2012.
  EXPECT_NEAR(all.cells[4].real, -0.125, 1e-12);
}

TEST(ProductivityTable, GeometricMeansAndTheShareCatchingUp) {
  ProductivityFacts facts{.id = "g", .label = "", .index = "global", .changes = {}, .warnings = {}, .provenance = {}};
  facts.changes = {{"A", 2011, 1.0, 2.0, 0.5}, {"A", 2012, 4.0, 0.5, 8.0}, {"B", 2011, std::nullopt, std::nullopt, {}}};
  const Row row = FindRow(*BuildProductivityTable(facts, nullptr, Options()), "productivity:all");
  EXPECT_NEAR(row.cells[0].real, 2.0, 1e-12);
  EXPECT_NEAR(row.cells[1].real, 1.0, 1e-12);
  EXPECT_NEAR(row.cells[2].real, 2.0, 1e-12);
  EXPECT_EQ(CellText(row.cells[3]), "0.50");
  EXPECT_EQ(row.cells[4].count, 2);
  facts.index = "luenberger";
  EXPECT_TRUE(facts.is_difference());
  facts.index = "malmquist-luenberger";
  EXPECT_FALSE(facts.is_difference());
}

}  // namespace
}  // namespace farrell::reporting
