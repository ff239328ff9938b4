// Several sheets become one table, or the two cells that do not go together are named.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "tests/data/sheet_page.h"

namespace farrell::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

SheetMapping OfPeriod(std::int64_t period) {
  SheetMapping mapping;
  mapping.period = period;
  return mapping;
}

SheetOutcome Stack(const std::vector<SheetPage>& pages) { return ReadSheets(pages, "unit", "", {}).value(); }

TEST(SheetStack, ASheetAYear) {
  const SheetOutcome outcome = Stack(
      {{Grid("2018", {{"地区", "R&D经费(万元)", "人口(万人)"}, {"北京", 1.5, 2154.0}, {"天津", "2.5", 1383.0}}),
        OfPeriod(2018)},
       {Grid("2019", {{"地区", "R&D经费(万元)", "专利"}, {"天津", 3.5, 7.0}, {"河北", 4.5, 8.0}}), OfPeriod(2019)}});
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome),
            "unit,period,R&D经费,人口,专利|北京,2018,1.5,2154,|天津,2018,2.5,1383,|天津,2019,3.5,,7|河北,2019,4.5,,8");
  EXPECT_THAT(outcome.assumptions, Contains("every sheet: R&D经费 is measured in '万元'"));
  EXPECT_THAT(outcome.assumptions, Contains("sheet 2018: 人口 is measured in '万人'"));
  EXPECT_THAT(outcome.assumptions, Contains("sheet 2018: 1 number stored as text, read as numbers"));
  EXPECT_THAT(outcome.assumptions, Contains("sheet 2019: 人口 does not stand there"));
  EXPECT_THAT(outcome.assumptions, Contains("sheet 2018: 专利 does not stand there"));
}

TEST(SheetStack, NamesOfSheetsAreReadWhereTheMappingSaysSo) {
  SheetMapping years;
  years.sheet_name = SheetKey::kPeriods;
  const auto page = [](const char* name) { return Grid(name, {{"地区", "x"}, {"北京", 1.5}}); };
  EXPECT_EQ(Tidy(Stack({{page("2018年"), years}, {page("２０１９"), years}})),
            "unit,period,x|北京,2018,1.5|北京,2019,1.5");
  EXPECT_THAT(Problems(Stack({{page("说明"), years}, {page("2019"), years}, {page("附录"), years}})),
              ElementsAre("说明!A1 NOT_AN_INTEGER_PERIOD", "附录!A1 NOT_AN_INTEGER_PERIOD"));
  SheetMapping regions;
  regions.rows = SheetKey::kVariables;
  regions.sheet_name = SheetKey::kUnits;
  const auto region = [](const char* name, double value) { return Grid(name, {{"指标", 2018.0}, {"x", value}}); };
  EXPECT_EQ(Tidy(Stack({{region("北 京", 1.5), regions}, {region("天津", 2.5), regions}})),
            "unit,period,x|北京,2018,1.5|天津,2018,2.5");
  SheetMapping variables;
  variables.sheet_name = SheetKey::kVariables;
  const auto variable = [](const char* name, double value) { return Grid(name, {{"地区", 2018.0}, {"北京", value}}); };
  const SheetOutcome wide = Stack({{variable("gdp", 1.5), variables}, {variable("pop", 2.5), variables}});
  EXPECT_EQ(Tidy(wide), "unit,period,gdp,pop|北京,2018,1.5,2.5");
  EXPECT_THAT(wide.assumptions, Not(Contains(HasSubstr("does not stand there"))));
}

TEST(SheetStack, AValueOfTwoSheetsIsRefusedNamingBothCells) {
  SheetMapping wide;
  wide.variable = "x";
  const SheetOutcome outcome = Stack({{Grid("a", {{"unit", 2018.0, 2019.0}, {"u", 1.5, 2.5}}), wide},
                                      {Grid("b", {{"unit", 2019.0, 2020.0}, {"u", 2.5, 3.5}}), wide}});
  EXPECT_THAT(Problems(outcome), ElementsAre("b!B2 DUPLICATE_KEY"));
  EXPECT_EQ(outcome.problems[0].message, "u, 2019, x stands in a!C2 already");
}

TEST(SheetStack, UnitsOfMeasurementThatDifferAreRefusedNamingBothCells) {
  const Sheet million = Grid("a", {{"unit", "x(万元)", "y(人)", "z(t)"}, {"u", 1.5, 2.5, 3.5}});
  const Sheet billion = Grid("b", {{"单位：亿元"}, {"unit", "x", "y(人)", "z(kg)"}, {"u", 1.5, 2.5, 3.5}});
  const SheetOutcome outcome = Stack({{million, OfPeriod(2018)}, {billion, OfPeriod(2019)}});
  EXPECT_THAT(Problems(outcome), ElementsAre("b!A1 UNITS_DIFFER", "b!D2 UNITS_DIFFER"));
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("'亿元' in A1 and in '万元' in a!B1"));
  // Rows have units of measurement too.
  SheetMapping rows;
  rows.rows = SheetKey::kVariables;
  rows.unit = "u";
  const SheetOutcome in_rows = Stack({{Grid("a", {{"Item", "Unit", 2018.0}, {"x", "yuan", 1.5}}), rows},
                                      {Grid("b", {{"Item", "Unit", 2019.0}, {"x", "dollar", 1.5}}), rows}});
  EXPECT_THAT(Problems(in_rows), ElementsAre("b!B2 UNITS_DIFFER"));
  EXPECT_THAT(in_rows.problems[0].message, HasSubstr("a!B2"));
  // The mapping may say what they are, and what one sheet leaves open is told.
  SheetMapping said = OfPeriod(2018);
  said.variables = {{"x", "x", "", "1e4 yuan"}};
  SheetMapping later = said;
  later.period = 2019;
  EXPECT_THAT(Problems(Stack({{million, said}, {billion, later}})), IsEmpty());
  const Sheet silent = Grid("c", {{"unit", "z"}, {"u", 1.5}});
  const SheetOutcome open = Stack({{silent, OfPeriod(2017)}, {million, OfPeriod(2018)}});
  EXPECT_THAT(open.assumptions, Contains("sheet a: z is measured in 't' here and in c!B1: only one of them says so"));
  EXPECT_EQ(open.table.columns[0].unit, "t");
}

TEST(SheetStack, EverySheetHasPeriodsOrNoneHas) {
  const Sheet page = Grid("a", {{"unit", "x"}, {"u", 1.5}});
  const Sheet other = Grid("b", {{"unit", "x"}, {"v", 2.5}, {"w", "?"}});
  EXPECT_THAT(Problems(Stack({{page, OfPeriod(2018)}, {other, {}}})),
              ElementsAre("b!A1 NOT_AN_INTEGER_PERIOD", "b!B3 NOT_NUMERIC"));
  EXPECT_EQ(Tidy(Stack({{page, {}}, {Grid("b", {{"unit", "y"}, {"u", 2.5}}), {}}})), "unit,x,y|u,1.5,2.5");
}

}  // namespace
}  // namespace farrell::data
