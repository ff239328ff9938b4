// Tables laid over each other, compared and counted against what is expected.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "services/data/engine/cell_changes.h"
#include "services/data/engine/cell_list.h"
#include "services/data/engine/digest.h"
#include "services/data/engine/expression/columns.h"
#include "services/data/engine/import.h"
#include "services/data/engine/overlay.h"
#include "services/data/engine/standing.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Table Read(std::string_view csv, const std::string& known_at = "", const std::string& source = "") {
  ImportSettings settings;
  settings.unit_key = "unit";
  settings.time_key = "time";
  settings.known_at = known_at;
  settings.source = source;
  TableImporter importer(settings);
  importer.Feed(csv);
  auto outcome = importer.Finish();
  EXPECT_TRUE(outcome.ok() && outcome->table) << csv;
  return std::move(*outcome->table);
}

std::string Cell(const Table& table, const std::string& unit, std::int64_t time, const std::string& name) {
  const Column* column = table.Find(name);
  for (std::size_t row = 0; column != nullptr && row < table.row_count(); ++row) {
    if (table.keys->units[row] != unit || table.keys->times[row] != time) continue;
    if (column->IsMissing(row)) return "";
    return column->is_text ? column->texts[row] : std::to_string(column->numbers[row]);
  }
  return "none";
}

TEST(LayOver, PresentCellsReplaceAndMissingOnesChangeNothing) {
  const Table base = Read("unit,time,x,region\na,2010,1,east\nb,2010,2,west\n", "2011-01-01", "S1");
  const Table update = Read("unit,time,x,y\nb,2010,,5\na,2010,3,\nc,2011,4,6\n", "2012-01-01", "S2");
  const auto laid = LayOver({{&base, true}, {&update, false}});
  ASSERT_TRUE(laid.ok()) << laid.status().ToString();
  EXPECT_EQ(Cell(*laid, "a", 2010, "x"), "3.000000");
  EXPECT_EQ(Cell(*laid, "b", 2010, "x"), "2.000000");
  EXPECT_EQ(Cell(*laid, "b", 2010, "y"), "5.000000");
  EXPECT_EQ(Cell(*laid, "a", 2010, "y"), "");
  EXPECT_EQ(Cell(*laid, "c", 2011, "region"), "");
  EXPECT_EQ(Cell(*laid, "c", 2011, "unit"), "c");
  EXPECT_EQ(laid->known_at, "2012-01-01");
  EXPECT_EQ(laid->source, "S1; S2");
  EXPECT_THAT(laid->keys->units, ElementsAre("a", "b", "c"));
  // What was delivered is untouched.
  EXPECT_EQ(Cell(base, "a", 2010, "x"), "1.000000");
}

TEST(LayOver, OneAfterTheOtherIsAllAtOnce) {
  const Table base = Read("unit,time,x\na,2010,1\n", "2011-01-01", "S1");
  const Table second = Read("unit,time,y\nb,2010,2\n", "2012-01-01", "S2");
  const Table third = Read("unit,time,x\nb,2010,text\n", "2013-01-01", "S2");
  const auto at_once = LayOver({{&base, true}, {&second, false}, {&third, false}});
  const auto first = LayOver({{&base, true}, {&second, false}});
  const auto stepwise = LayOver({{&*first, true}, {&third, false}});
  EXPECT_EQ(DigestTable(*at_once)->snapshot, DigestTable(*stepwise)->snapshot);
  EXPECT_EQ(Cell(*at_once, "a", 2010, "x"), "1");  // a column of texts now
}

TEST(LayOver, AWholeTableEndsWhatWasBefore) {
  const Table base = Read("unit,time,x\na,2010,1\nb,2010,2\n");
  const Table whole = Read("unit,time,x\na,2010,9\n");
  EXPECT_EQ(DigestTable(*LayOver({{&base, true}, {&whole, true}}))->snapshot, DigestTable(whole)->snapshot);
}

TEST(LayOver, OtherKeysAreRefused) {
  const Table base = Read("unit,time,x\na,2010,1\n");
  Table other = Read("unit,time,x\na,2010,1\n");
  other.keys = MakeKeys("province", "time", {"a"}, {2010});
  EXPECT_EQ(LayOver({{&base, true}, {&other, false}}).status().reason(), "KEYS_DIFFER");
  EXPECT_EQ(CheckUpdate(base, other).reason(), "KEYS_DIFFER");
  EXPECT_EQ(CompareTables(base, other, {}, {}).status().reason(), "KEYS_DIFFER");
}

TEST(CheckUpdate, NamesTheTextsThatStandOverNumbers) {
  const Table base = Read("unit,time,x,label\na,2010,1,p\n");
  const Status status = CheckUpdate(base, Read("unit,time,x,label\na,2010,1,q\nb,2010,n/a,q\n"));
  EXPECT_EQ(status.reason(), "UPDATE_TYPE_DIFFERS");
  ASSERT_THAT(status.violations(), SizeIs(1));
  EXPECT_EQ(status.violations()[0].field, "row 3, column x");
}

TEST(CompareTables, TellsEveryCellThatDiffersInOrder) {
  const Table before = Read("unit,time,x,old\nb,2010,2,1\na,2010,-4,1\na,2011,0,\n");
  const Table after = Read("unit,time,x,new\na,2010,-3,1\na,2011,5,\nc,2011,7,\n");
  std::vector<std::tuple<std::string, std::int64_t, std::string, ChangeKind>> seen;
  std::vector<std::optional<double>> relative;
  const auto compared = CompareTables(before, after, {}, [&](const CellChange& change) {
    seen.emplace_back(*change.unit, *change.period, *change.variable, change.kind);
    relative.push_back(change.RelativeChange());
    return Status::Ok();
  });
  ASSERT_TRUE(compared.ok());
  using enum ChangeKind;
  EXPECT_THAT(seen, ElementsAre(std::tuple("a", 2010, "x", kRevised), std::tuple("a", 2010, "new", kAppeared),
                                std::tuple("a", 2010, "old", kVanished), std::tuple("a", 2011, "x", kRevised),
                                std::tuple("b", 2010, "x", kVanished), std::tuple("b", 2010, "old", kVanished),
                                std::tuple("c", 2011, "x", kAppeared)));
  EXPECT_DOUBLE_EQ(*relative[0], 0.25);  // of the size of what was there
  EXPECT_FALSE(relative[3]);             // from nothing
  EXPECT_THAT(compared->periods, ElementsAre(PeriodChanges{2010, 1, 1, 3}, PeriodChanges{2011, 1, 1, 0}));
  EXPECT_EQ(compared->compared, 6);
  EXPECT_THAT(CompareTables(before, before, {}, {})->periods, IsEmpty());
}

TEST(Standing, ExpectsWhatThePeriodBeforeHas) {
  const Table table = Read("unit,time,x,y\na,2010,1,\nb,2010,2,\na,2011,3,4\nb,2011,,\n");
  const auto standings = StandingOf(table, {});
  ASSERT_THAT(standings, SizeIs(2));
  EXPECT_TRUE(standings[0].complete());  // y has no value in it
  EXPECT_EQ(standings[1].expected, 2);
  EXPECT_EQ(standings[1].present, 1);
  ASSERT_THAT(standings[1].variables, SizeIs(1));
  EXPECT_THAT(standings[1].variables[0].missing_units, ElementsAre("b"));
}

TEST(Standing, ExpectsWhatIsDeclared) {
  const Table table = Read("unit,time,x,y\nb,2010,2,\na,2010,1,7\n");
  const auto standings = StandingOf(table, {{"c", "a"}, {"y", "z"}});
  ASSERT_THAT(standings, SizeIs(1));
  EXPECT_EQ(standings[0].expected, 4);
  EXPECT_EQ(standings[0].present, 1);
  EXPECT_THAT(standings[0].variables[0].missing_units, ElementsAre("c"));
  EXPECT_THAT(standings[0].variables[1].missing_units, ElementsAre("a", "c"));
}

TEST(CellList, TheSameCellsInAnyOrderAreTheSameTable) {
  CellList forth("unit", "time");
  forth.Add("b", "x", 2011, 2);
  forth.Add("a", "y", 2010, 1);
  CellList back("unit", "time");
  back.Add("a", "y", 2010, 1);
  back.Add("b", "x", 2011, 2);
  back.Add("a", "y", 2010, 1);
  const auto one = std::move(forth).Finish();
  const auto other = std::move(back).Finish();
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(DigestTable(*one)->snapshot, DigestTable(*other)->snapshot);
  EXPECT_EQ(Cell(*one, "b", 2011, "y"), "");
}

TEST(CellList, NamesEveryBadCell) {
  CellList cells("unit", "time");
  cells.Add("", "x", 2010, 1);
  cells.Add("a", "time", 2010, 1);
  cells.Add("a", "x", 2010, std::numeric_limits<double>::infinity());
  cells.Add("a", "x", 2010, 1);
  cells.Add("a", "x", 2010, 2);
  const Status status = std::move(cells).Finish().status();
  EXPECT_EQ(status.reason(), "CELLS_INVALID");
  std::vector<std::string> fields;
  for (const FieldViolation& each : status.violations()) fields.push_back(each.field);
  EXPECT_THAT(fields, ElementsAre("cells[0].unit", "cells[1].variable", "cells[2].value", "cells[4].value"));
  EXPECT_EQ(CellList("unit", "time").size(), 0);
  EXPECT_EQ(CellList("unit", "time").Finish().status().reason(), "CELLS_INVALID");
}

TEST(ColumnsIn, AreThoseThatAnExpressionReads) {
  EXPECT_THAT(expression::ColumnsIn("log(gdp) / `R&D` + lag(gdp) - 2"), ElementsAre("R&D", "gdp"));
  EXPECT_THAT(expression::ColumnsIn("log("), IsEmpty());
  EXPECT_THAT(expression::ColumnsIn(""), IsEmpty());
}

}  // namespace
}  // namespace farrell::data
