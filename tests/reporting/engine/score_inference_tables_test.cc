// Tables about how sure scores are: ranks with intervals, returns to scale, the slope over all rows taken apart.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "services/reporting/engine/table.h"
#include "services/reporting/engine/table_kinds.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScoreFacts Scored(const std::string& unit, std::int64_t time, double score, double low, double high) {
  ScoreFacts facts;
  facts.unit = unit;
  facts.time = time;
  facts.score = score;
  facts.interval = {.corrected = score - 0.05,
                    .conf_low = score - 0.1,
                    .conf_high = score - 0.01,
                    .rank_low = low,
                    .rank_high = high};
  return facts;
}

DeaFacts Ranked(const std::string& frontier) {
  DeaFacts dea;
  dea.id = "ranked";
  dea.frontier = frontier;
  dea.bootstrap = "sw98";
  dea.replication_count = 2000;
  dea.scores = {Scored("A", 1, 1, 1, 2), Scored("A", 2, 0.7, 2, 3), Scored("B", 1, 0.9, 1, 3),
                Scored("B", 2, 1, 1, 1), Scored("C", 1, 0.8, 2, 3), Scored("C", 2, 0.7, 2, 3)};
  return dea;
}

std::vector<std::string> Column(const Table& table, std::size_t column) {
  std::vector<std::string> texts;
  for (const Row& row : table.panels.at(0).rows) texts.push_back(row.cells.at(column).text);
  return texts;
}

TEST(RanksTable, RanksThoseThatOneFrontierJudges) {
  const auto yearly = BuildRanksTable(Ranked("contemporaneous"), {});
  ASSERT_TRUE(yearly.ok()) << yearly.status().ToString();
  EXPECT_EQ(yearly->panels[0].rows[0].label, "B");
  EXPECT_THAT(Column(*yearly, 0), ElementsAre("1", "2=", "2="));
  EXPECT_THAT(yearly->notes[1], HasSubstr("among the 3 rows"));
  // Over all periods A's score of the first one is ahead too.
  const auto global = BuildRanksTable(Ranked("global"), {});
  ASSERT_TRUE(global.ok());
  EXPECT_THAT(Column(*global, 0), ElementsAre("1=", "5=", "5="));
  EXPECT_THAT(global->notes[1], HasSubstr("among the 6 rows"));
}

TEST(RanksTable, NeedsRanks) {
  DeaFacts dea = Ranked("global");
  for (ScoreFacts& score : dea.scores) score.interval->rank_low.reset();
  EXPECT_EQ(BuildRanksTable(dea, {}).status().reason(), "NOTHING_TO_SHOW");
}

TEST(ReturnsToScaleTable, SaysWhatWasRejected) {
  ReturnsToScaleFacts entry;
  entry.id = "returns";
  entry.label = "Main";
  entry.by_unit = true;
  entry.tests = {{.reference_set = "",
                  .null_is_constant = true,
                  .statistic = 1.3,
                  .critical_value = 1.2,
                  .p_value = 0.01,
                  .rejected = true,
                  .unit_count = 30,
                  .replication_count = 2000},
                 {.reference_set = "",
                  .null_is_constant = false,
                  .statistic = 1.1,
                  .critical_value = 1.2,
                  .p_value = 0.4,
                  .rejected = false,
                  .unit_count = 30,
                  .replication_count = 2000}};
  const auto table = BuildReturnsToScaleTable({&entry}, {});
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->panels.size(), 1U);
  EXPECT_EQ(table->panels[0].title, "Main");
  EXPECT_THAT(Column(*table, 3), ElementsAre("rejected", "not rejected"));
  EXPECT_THAT(table->notes[0], HasSubstr("2,000 draws"));
  EXPECT_THAT(table->notes[1], HasSubstr("drawn together"));
  EXPECT_EQ(BuildReturnsToScaleTable({}, {}).status().reason(), "TABLE_EMPTY");
}

}  // namespace
}  // namespace farrell::reporting
