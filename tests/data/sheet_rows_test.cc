// Pages whose rows are variables or periods.
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
using ::testing::SizeIs;

SheetMapping RowsOf(SheetKey rows) {
  SheetMapping mapping;
  mapping.rows = rows;
  return mapping;
}

SheetMapping VariablesOf(const char* unit) {
  SheetMapping mapping = RowsOf(SheetKey::kVariables);
  mapping.unit = unit;
  return mapping;
}

// As a region's own yearbook prints it: a title, indicators with units of measurement in brackets or beside them,
// headings, marks, notes.
TEST(SheetRows, APageOfOneRegionByYear) {
  const Sheet page = Grid("Page",
                          {{"表1  北京市主要经济指标"},
                           {"", "", "", "", "单位：亿元"},
                           {"指  标", "计量单位", 2015.0, "2016年", "增长（%）"},
                           {"一、综合"},
                           {"地区生产总值（亿元）①", "", 23014.6, "25,669.1", 6.8},
                           {"R&D经费", "（万元）", 1384.0, "1484.6*", 7.2},
                           {"常住人口", "万人", 2170.0, 2173.0, "-"},
                           {"财政收入", "", 4723.9, "…", 5.5},
                           {"注：按当年价格计算。"}},
                          {"A1:E1"});
  SheetMapping mapping = VariablesOf("Beijing");
  mapping.missing = {"…"};
  mapping.skipped = {"增长(%)"};
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome),
            "unit,period,地区生产总值,R&D经费,常住人口,财政收入|Beijing,2015,23014.6,1384,2170,4723.9|"
            "Beijing,2016,25669.1,1484.6,2173,");
  ASSERT_THAT(outcome.table.columns, SizeIs(4));
  EXPECT_EQ(outcome.table.columns[0].unit, "亿元");
  EXPECT_EQ(outcome.table.columns[1].unit, "万元");
  EXPECT_EQ(outcome.table.columns[2].unit, "万人");
  EXPECT_EQ(outcome.table.columns[3].unit, "亿元");
  for (const char* assumption :
       {"A1 is a title", "'亿元' in E2 is the unit of measurement of all rows", "variables stand in column A",
        "column B '计量单位' holds units of measurement", "column E '增长(%)' is skipped", "header ends above row 4",
        "row 4 '一、综合' has no value", "footnote mark ① of A5", "1 value with a footnote mark", "row 9",
        "R&D经费 is measured in '万元'"}) {
    EXPECT_THAT(outcome.assumptions, Contains(HasSubstr(assumption)));
  }
  mapping.skipped = {"增长（%）①", "常住人口", "growth"};
  const SheetOutcome skipped = Read(page, mapping);
  EXPECT_THAT(skipped.table.columns, SizeIs(3));
  EXPECT_THAT(skipped.assumptions, Contains("'growth' of `skip` does not stand there"));
  EXPECT_THAT(skipped.assumptions, Not(Contains(HasSubstr("'增长(%)①'"))));
  mapping.skipped.clear();
  EXPECT_THAT(Problems(Read(page, mapping)), Contains("Page!E3 NOT_AN_INTEGER_PERIOD"));
}

TEST(SheetRows, AUnitIsNeverGuessed) {
  const Sheet page = Grid("北京", {{"北京市主要指标"}, {"指标", 2015.0, 2016.0}, {"R&D经费", 1.5, 2.5}}, {"A1:C1"});
  EXPECT_THAT(Problems(Read(page, RowsOf(SheetKey::kVariables))),
              ElementsAre("北京!B2 MISSING_KEY", "北京!C2 MISSING_KEY"));
  SheetMapping named = RowsOf(SheetKey::kVariables);
  named.sheet_name = SheetKey::kUnits;
  EXPECT_EQ(Tidy(Read(page, named)), "unit,period,R&D经费|北京,2015,1.5|北京,2016,2.5");
}

TEST(SheetRows, VariablesByRegionOfOneYear) {
  const Sheet page = Grid("Page", {{"Item", "Unit", "北  京①", "内蒙古(自治区)", "全国"},
                                   {"Population", "10000 persons", 2154.0, 2534.0, 139538.0},
                                   {"GDP (current prices)", "100 million yuan", 30319.98, 17289.2, 900309.5},
                                   {"GDP (yuan per head)", "", 140211.0, 68302.0, 64644.0}});
  SheetMapping mapping = RowsOf(SheetKey::kVariables);
  mapping.period = 2018;
  mapping.skipped = {"全国"};
  mapping.variables = {{"GDP (current prices)", "gdp", "", ""}, {"4", "gdp_head", "GDP per head", ""}};
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,gdp,gdp_head|北京,2018,30319.98,140211|内蒙古(自治区),2018,17289.2,68302");
  EXPECT_EQ(outcome.table.columns[0].label, "GDP (current prices)");
  EXPECT_EQ(outcome.table.columns[0].unit, "100 million yuan");
  EXPECT_EQ(outcome.table.columns[1].label, "GDP per head");
  EXPECT_EQ(outcome.table.columns[1].unit, "yuan per head");
  EXPECT_THAT(outcome.assumptions, Contains(HasSubstr("row 2 'Population' is not named by the mapping")));
  EXPECT_THAT(outcome.assumptions, Contains(HasSubstr("footnote mark ① of C1")));
}

TEST(SheetRows, RegionsMergedOverYears) {
  const Sheet page = Grid("Page",
                          {{"指标", "北京", "", "天津", ""},
                           {"", 2018.0, 2019.0, 2018.0, 2019.0},
                           {"人口", 2154.0, 2190.0, 1383.0, 1385.0},
                           {"专利", 1.0, 2.0, 3.0, 4.0}},
                          {"A1:A2", "B1:C1", "D1:E1"});
  const SheetOutcome outcome = Read(page, RowsOf(SheetKey::kVariables));
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,人口,专利|北京,2018,2154,1|北京,2019,2190,2|天津,2018,1383,3|天津,2019,1385,4");
}

// Numbers from 1000 to 2999 look like years: the corner of the header tells them apart, or nothing does.
TEST(SheetRows, ValuesThatLookLikeYears) {
  SheetMapping mapping = RowsOf(SheetKey::kVariables);
  mapping.period = 2018;
  EXPECT_EQ(Tidy(Read(Grid("Page", {{"指标", "北京", "天津"}, {"人口", 2154.0, 1560.0}}), mapping)),
            "unit,period,人口|北京,2018,2154|天津,2018,1560");
  const Sheet without_corner = Grid("Page", {{"", "北京", "天津"}, {"人口", 2154.0, 1560.0}, {"专利", 1.0, 2.0}});
  EXPECT_THAT(Problems(Read(without_corner, mapping)), Contains("Page!A2 HEADER_UNCLEAR"));
  mapping.header_rows = 1;
  EXPECT_EQ(Tidy(Read(without_corner, mapping)), "unit,period,人口,专利|北京,2018,2154,1|天津,2018,1560,2");
  mapping.header_rows = 2;
  mapping.period.reset();
  mapping.unit = "Beijing";
  const Sheet two_years = Grid("Page", {{"指标", 2015.0, 2016.0}, {"人口", 2154.0, 2016.0}, {"专利", 1.0, 2.0}});
  EXPECT_THAT(Problems(Read(two_years, mapping)), ElementsAre("Page!B2 NOT_AN_INTEGER_PERIOD"));
}

TEST(SheetRows, RowsAndColumnsThatComeTwiceAreRefused) {
  const Sheet page = Grid("Page", {{"指标", 2015.0, "2015年", 2016.0},
                                   {"R&D人员(人年)", 1.0, 2.0, 3.0},
                                   {"女性(人)", 4.0, 5.0, 6.0},
                                   {"R&D经费(万元)", 7.0, "n/a", "x"},
                                   {"女性(人)", 8.0, 9.0, 10.0}});
  SheetMapping mapping = VariablesOf("Beijing");
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome),
              ElementsAre("Page!C1 DUPLICATE_COLUMN", "Page!D4 NOT_NUMERIC", "Page!A5 DUPLICATE_ROW"));
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("B1"));
  EXPECT_THAT(outcome.problems[2].message, HasSubstr("row of A3"));
  mapping.range = ParseRange("A1:B5");
  mapping.variables = {{"3", "rd_women", "", ""}, {"5", "staff_women", "", ""}};
  EXPECT_EQ(Tidy(Read(page, mapping)), "unit,period,rd_women,staff_women|Beijing,2015,4,8");
}

TEST(SheetRows, EverythingThatCannotBeToldIsNamed) {
  const SheetCell date{SheetCell::Kind::kDate, 0.0, "2019-01-01"};
  const SheetCell error{SheetCell::Kind::kError, 0.0, "#REF!"};
  const Sheet page =
      Grid("Page", {{"指标", 2015.0, 2016.0}, {"x", "n/a", date}, {"", 1.0, 2.0}, {"y", error, 3.0}, {"z", 4.0, ""}},
           {"B5:C5"});
  SheetMapping mapping = VariablesOf("Beijing");
  EXPECT_THAT(Problems(Read(page, mapping)),
              ElementsAre("Page!B2 NOT_NUMERIC", "Page!C2 DATE_AS_VALUE", "Page!A3 MISSING_KEY", "Page!B4 ERROR_VALUE",
                          "Page!C5 MERGED_VALUE"));
  mapping.variables = {{"y", "y1", "", ""}, {"w", "w1", "", ""}};
  const SheetOutcome named = Read(page, mapping);
  EXPECT_THAT(Problems(named), Contains("Page!A2 UNKNOWN_ROW"));
  EXPECT_THAT(Problems(named), Not(Contains("Page!B2 NOT_NUMERIC")));
  SheetMapping columns = VariablesOf("Beijing");
  columns.variable_column = "Item";
  columns.measurement_column = "Measure";
  EXPECT_THAT(Problems(Read(page, columns)), ElementsAre("Page!A1 UNKNOWN_COLUMN", "Page!A1 UNKNOWN_COLUMN"));
}

// Of a page of one unit and one period nothing above the column has to be said, and what is said is told.
TEST(SheetRows, TextsAboveColumnsOfOneUnitNameNothing) {
  const Sheet page = Grid(
      "Page",
      {{"Topic", "Indicator", "Value", "Measure"}, {"Money", "GDP", 30.5, "yuan"}, {"", "Investment", 7.25, "yuan"}},
      {"A2:A3"});
  SheetMapping mapping = VariablesOf("Beijing");
  mapping.period = 2018;
  mapping.variable_column = "Indicator";
  mapping.measurement_column = "D";
  mapping.skipped = {"Topic"};
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_EQ(Tidy(outcome), "unit,period,GDP,Investment|Beijing,2018,30.5,7.25");
  EXPECT_EQ(outcome.table.columns[1].unit, "yuan");
  EXPECT_THAT(outcome.assumptions, Contains("'Value' above column C names nothing: the page is of Beijing"));
  // A second column of the same is no other period.
  const Sheet two = Grid("Page", {{"Indicator", "Value", "Growth"}, {"GDP", 30.5, 6.5}});
  SheetMapping plain = VariablesOf("Beijing");
  plain.period = 2018;
  EXPECT_THAT(Problems(Read(two, plain)), ElementsAre("Page!C1 DUPLICATE_COLUMN"));
}

TEST(SheetRows, VariablesAndPeriodsInRows) {
  const Sheet page = Grid("Page",
                          {{"Item", "Year", "Beijing", "Tianjin"},
                           {"GDP (yuan)", 2018.0, 1.0, 2.0},
                           {"", 2019.0, 3.0, 4.0},
                           {"Patents", "2018年", 5.0, 6.0},
                           {"", "2019年", 7.0, 8.0}},
                          {"A2:A3", "A4:A5"});
  SheetMapping mapping = RowsOf(SheetKey::kVariables);
  const SheetOutcome missed = Read(page, mapping);
  ASSERT_THAT(missed.problems, SizeIs(1));
  EXPECT_THAT(missed.problems[0].message, HasSubstr("`time_column: Year`"));
  mapping.time_column = "Year";
  EXPECT_EQ(Tidy(Read(page, mapping)),
            "unit,period,GDP,Patents|Beijing,2018,1,5|Tianjin,2018,2,6|Beijing,2019,3,7|Tianjin,2019,4,8");
}

TEST(SheetRows, YearsInRows) {
  const Sheet of_one_unit =
      Grid("Page",
           {{"年  份", "地区生产总值（亿元）", "人口(万人)"}, {2018.0, 1383.0, 2154.0}, {"2019年①", 1500.0, 2190.0}});
  SheetMapping mapping = RowsOf(SheetKey::kPeriods);
  mapping.unit = "Beijing";
  mapping.variables = {{"地区生产总值", "gdp", "", ""}, {"人口", "pop", "", ""}};
  const SheetOutcome outcome = Read(of_one_unit, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,gdp,pop|Beijing,2018,1383,2154|Beijing,2019,1500,2190");
  EXPECT_EQ(outcome.table.columns[0].unit, "亿元");
  EXPECT_THAT(outcome.assumptions, Contains("periods stand in column A, the first"));

  const Sheet of_one_variable = Grid(
      "Page",
      {{"Gross product", "", "Unit: yuan"}, {"Year", "Beijing", "Tianjin"}, {2018.0, 1.5, 2.5}, {2018.0, 3.5, 4.5}});
  SheetMapping by_unit = RowsOf(SheetKey::kPeriods);
  by_unit.variable = "gdp";
  EXPECT_THAT(Problems(Read(of_one_variable, by_unit)), ElementsAre("Page!B4 DUPLICATE_KEY", "Page!C4 DUPLICATE_KEY"));
  by_unit.range = ParseRange("A1:C3");
  const SheetOutcome once = Read(of_one_variable, by_unit);
  EXPECT_EQ(Tidy(once), "unit,period,gdp|Beijing,2018,1.5|Tianjin,2018,2.5");
  EXPECT_EQ(once.table.columns[0].unit, "yuan");
}

}  // namespace
}  // namespace farrell::data
