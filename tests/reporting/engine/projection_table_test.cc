// The table of a projection against numbers worked out by hand: change = 3 makes (1 + change)^b = 4^b.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "services/reporting/engine/projection.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

FitFacts Fit(double estimate, double low, double high) {
  FitFacts fit;
  fit.terms = {{.name = "ln_x", .label = "ln X", .estimate = estimate, .collinear = false, .trend_r2 = {}}};
  InferenceFacts inference;
  inference.type = InferenceType::kCr3;
  inference.label = "CR3 by unit";
  inference.cluster = "unit";
  inference.cluster_count = 30;
  inference.ssc = "fixest";
  inference.terms = {{0.25, estimate / 0.25, 0.04, low, high, 29.0}};
  fit.inferences = {inference};
  return fit;
}

ChannelsFacts Channels() { return {"split", "", "main", Fit(1.0, 0.5, 1.5), Fit(0.5, 0.0, 1.0), Fit(0.5, 0.5, 0.5)}; }

ProjectionFacts Projection() {
  ProjectionFacts facts;
  facts.id = "more";
  facts.channels = "split";
  facts.term = "ln_x";
  facts.variable_label = "X";
  facts.output_label = "Patents";
  facts.change = 3;
  facts.period = 2019;
  facts.where = "region == 'central'";
  facts.lowest_deviation = -1;
  facts.highest_deviation = 1.5;
  facts.units = {{.unit = "A", .output = 100, .score = 0.5, .reestimated = {0.8, 0.5, 1.0}},
                 {.unit = "B", .output = 50, .score = 0.8, .reestimated = {1.0, 0.8, {}}}};
  facts.outside = {OutsideFacts{10, 2, 0.125, "C", 2018}, OutsideFacts{10, 0, {}, "", {}},
                   OutsideFacts{10, 3, 0.25, "C", 2018}};
  return facts;
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

// Observed, projected, low, high; a negative number stands for an empty cell.
void ExpectRow(const Table& table, const std::string& id, const std::vector<double>& values) {
  const Row& row = FindRow(table, id);
  ASSERT_EQ(row.cells.size(), values.size()) << id;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0) {
      EXPECT_EQ(row.cells[i].kind, Cell::Kind::kEmpty) << id << " " << i;
    } else {
      EXPECT_NEAR(row.cells[i].real, values[i], 1e-13 * (1 + values[i])) << id << " " << i;
    }
  }
}

TEST(ProjectionTable, OutputsAndScoresByHand) {
  const auto built = BuildProjectionTable(Projection(), Channels(), {});
  ASSERT_TRUE(built.ok()) << built.status().ToString();
  const Table& table = *built;
  ExpectRow(table, "slope:total", {-1, 1.0, 0.5, 1.5});
  ExpectRow(table, "change:total", {-1, 300, 100, 700});
  ExpectRow(table, "change:efficiency", {-1, 100, 0, 300});
  ExpectRow(table, "total:A", {100, 400, 200, 800});
  ExpectRow(table, "total:B", {50, 200, 100, 400});
  ExpectRow(table, "total_sum", {150, 600, 300, 1200});
  ExpectRow(table, "held:A", {100, 200, 100, 400});
  ExpectRow(table, "held_sum", {150, 300, 150, 600});
  ExpectRow(table, "frozen:A", {0.5, 1.0, 0.5, 2.0});
  ExpectRow(table, "frozen:B", {0.8, 1.6, 0.8, 3.2});
  ExpectRow(table, "reestimated:A", {0.5, 0.8, 0.5, 1.0});
  ExpectRow(table, "reestimated:B", {0.8, 1.0, 0.8, -1});
  ExpectRow(table, "outside:largest", {-1, 0.125, -1, 0.25});
  const Row& count = FindRow(table, "outside:count");
  EXPECT_EQ(count.cells[1].count, 2);
  EXPECT_EQ(count.cells[2].count, 0);
  EXPECT_EQ(count.cells[3].count, 3);
}

TEST(ProjectionTable, SaysWhatItIsAndOnWhatItRests) {
  const Table table = *BuildProjectionTable(Projection(), Channels(), {});
  EXPECT_THAT(table.notes, Contains(HasSubstr("conditional projection of an association: no forecast and no causal")));
  EXPECT_THAT(table.notes, Contains(AllOf(HasSubstr("X +300 % in 2019"), HasSubstr("region == 'central'"))));
  EXPECT_THAT(table.notes, Contains(AllOf(HasSubstr("95 % interval of b: cluster-robust CR3"),
                                          HasSubstr("uncertainty of b alone"))));
  EXPECT_THAT(table.notes, Contains(HasSubstr("Of 10 rows that were not changed, that of C, 2018 falls most.")));
  EXPECT_THAT(table.notes, Each(Not(HasSubstr("Not projected"))));
}

TEST(ProjectionTable, NamesWhomItDoesNotProject) {
  ProjectionFacts facts = Projection();
  facts.refused = {{"D", 1.75}, {"E", {}}, {"F", 2.0}};
  facts.units.clear();
  const Table table = *BuildProjectionTable(facts, Channels(), {});
  EXPECT_EQ(table.panels.size(), 1);
  EXPECT_THAT(table.notes, Contains(AllOf(HasSubstr("[-1.000, 1.500]"), HasSubstr("D (1.750), F (2.000)"))));
  EXPECT_THAT(table.notes, Contains(HasSubstr("no row of them in 2019: E.")));
}

TEST(ProjectionTable, NeedsASlope) {
  ProjectionFacts facts = Projection();
  facts.term = "ln_z";
  EXPECT_EQ(BuildProjectionTable(facts, Channels(), {}).status().reason(), "TABLE_INVALID");
  ChannelsFacts collinear = Channels();
  collinear.efficiency.terms.front().estimate.reset();
  EXPECT_EQ(BuildProjectionTable(Projection(), collinear, {}).status().reason(), "TABLE_INVALID");
}

TEST(ProjectionTable, SpeaksChinese) {
  TableOptions options;
  options.words = Words("zh");
  const Table table = *BuildProjectionTable(Projection(), Channels(), options);
  EXPECT_THAT(table.notes, Contains(HasSubstr("不是预测，也不是因果效应")));
}

// Means 2 and 5: deviations -1, 1, -2, 0, 2.
TEST(Movement, IsTheRangeAboutTheUnitsOwnMeans) {
  const Movement movement({{"A", 1}, {"A", 3}, {"B", 3}, {"B", 5}, {"B", 7}});
  EXPECT_DOUBLE_EQ(movement.lowest(), -2);
  EXPECT_DOUBLE_EQ(movement.highest(), 2);
  EXPECT_DOUBLE_EQ(movement.Deviation("A", 4), 2);
  EXPECT_TRUE(movement.Holds(2));
  EXPECT_FALSE(movement.Holds(2.0000001));
  EXPECT_FALSE(movement.Holds(-2.0000001));
}

}  // namespace
}  // namespace farrell::reporting
