// Yearbook pages become tidy rows, or the cell that cannot be told is named.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <stop_token>

#include "services/data/engine/sheet/sheet_text.h"
#include "tests/data/sheet_page.h"

namespace farrell::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// As the yearbooks print it: a title, the unit of measurement at the right, variables merged over years, marks, spaces
// inside names, a national total, notes.
TEST(ReadSheet, APageOfAYearbook) {
  const Sheet page = Page({{"A1", "表１  各地区研究与试验发展（Ｒ＆Ｄ）情况"},
                           {"A2", "地  区①"},
                           {"B2", "R&D人员（人年）"},
                           {"D2", "R&D经费支出(万元)[1]"},
                           {"B3", 2018.0},
                           {"C3", "２０１９年"},
                           {"D3", 2018.0},
                           {"E3", 2019.0},
                           {"A4", "全  国"},
                           {"B4", 300.0},
                           {"C4", 330.0},
                           {"D4", 9.0},
                           {"E4", 10.0},
                           {"A5", "东部地区"},
                           {"A6", "北  京"},
                           {"B6", 100.0},
                           {"C6", "１１０"},
                           {"D6", "1,234.5"},
                           {"E6", "…"},
                           {"A7", "天  津*"},
                           {"B7", "200②"},
                           {"C7", 220.0},
                           {"D7", 2.5},
                           {"E7", 3.0},
                           {"A8", "注：本表数据不含港澳台。"}},
                          {"A1:E1", "A2:A3", "B2:C2", "D2:E2", "A8:E8"});
  SheetMapping mapping;
  mapping.variables = {{"R&D人员", "rd_fte", "", ""}, {"R&D经费支出", "rd_exp", "R&D expenditure", ""}};
  mapping.missing = {"…"};
  mapping.skipped = {"全国"};
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome),
            "unit,period,rd_fte,rd_exp|北京,2018,100,1234.5|北京,2019,110,|天津,2018,200,2.5|天津,2019,220,3");
  ASSERT_THAT(outcome.table.columns, SizeIs(2));
  EXPECT_EQ(outcome.table.columns[0].unit, "人年");
  EXPECT_EQ(outcome.table.columns[0].label, "R&D人员");
  EXPECT_EQ(outcome.table.columns[1].unit, "万元");
  EXPECT_EQ(outcome.table.columns[1].label, "R&D expenditure");
  for (const char* assumption :
       {"A1 is a title", "A1:E8", "row 5 '东部地区' has no value", "row 8", "全国", "footnote mark * of A7",
        "1 number written with thousands separators", "1 value with a footnote mark", "header ends above row 4"}) {
    EXPECT_THAT(outcome.assumptions, Contains(HasSubstr(assumption)));
  }
}

TEST(ReadSheet, AChineseUnitRow) {
  const Sheet page = Page({{"A1", "地区"},
                           {"B1", "人口"},
                           {"C1", "生产总值"},
                           {"B2", "万人"},
                           {"C2", "亿元"},
                           {"A3", "北京"},
                           {"B3", 2154.0},
                           {"C3", 33106.0}});
  SheetMapping mapping;
  mapping.unit_row = 2;
  mapping.period = 2018;
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,人口,生产总值|北京,2018,2154,33106");
  EXPECT_EQ(outcome.table.columns[0].unit, "万人");
  EXPECT_EQ(outcome.table.columns[1].unit, "亿元");
}

TEST(ReadSheet, OneVariableWideByYear) {
  const Sheet page = Page({{"A1", "Gross regional product"},
                           {"C1", "单位：亿元"},
                           {"A2", "Province"},
                           {"B2", 2018.0},
                           {"C2", 2019.0},
                           {"A3", "Hebei"},
                           {"B3", 1.5},
                           {"C3", 2.0}});
  SheetMapping mapping;
  mapping.variable = "gdp";
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,gdp|Hebei,2018,1.5|Hebei,2019,2");
  EXPECT_EQ(outcome.table.columns[0].unit, "亿元");
  mapping.variable.clear();
  EXPECT_THAT(Problems(Read(page, mapping)), ElementsAre("Page!B2 EMPTY_COLUMN_NAME", "Page!C2 EMPTY_COLUMN_NAME"));
}

TEST(ReadSheet, ALongTableWithUnitsMergedOverYears) {
  const Sheet page = Page({{"A1", "province"},
                           {"B1", "year"},
                           {"C1", "x (t)"},
                           {"A2", "a"},
                           {"B2", 2018.0},
                           {"C2", 1.0},
                           {"B3", 2019.0},
                           {"C3", 2.0},
                           {"A4", "b"},
                           {"B4", "2018年"},
                           {"C4", 3.0}},
                          {"A2:A3"});
  SheetMapping mapping;
  mapping.header_rows = 1;
  mapping.unit_column = "province";
  mapping.time_column = "B";
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,period,x|a,2018,1|a,2019,2|b,2018,3");
}

TEST(ReadSheet, EverythingThatCannotBeToldIsNamed) {
  const auto cell = [](SheetCell::Kind kind, const char* text) { return SheetCell{kind, 0.0, text}; };
  using Kind = SheetCell::Kind;
  const Sheet page = Page({{"A1", "unit"},
                           {"B1", "x"},
                           {"C1", "y"},
                           {"D1", "x"},
                           {"A2", "a"},
                           {"B2", 1.0},
                           {"C2", "n/a"},
                           {"A3", "b"},
                           {"B3", cell(Kind::kError, "#REF!")},
                           {"C3", cell(Kind::kFormula, "=B2*2")},
                           {"A4", "c"},
                           {"B4", cell(Kind::kDate, "2019-01-01")},
                           {"C4", cell(Kind::kBoolean, "TRUE")},
                           {"A5", "a"},
                           {"B5", 2.0},
                           {"B6", 3.0},
                           {"A7", "d"},
                           {"B7", 4.0}},
                          {"B7:C7"});
  SheetMapping mapping;
  mapping.header_rows = 1;
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), ElementsAre("Page!D1 DUPLICATE_COLUMN", "Page!C2 NOT_NUMERIC", "Page!B3 ERROR_VALUE",
                                             "Page!C3 FORMULA_NOT_CALCULATED", "Page!B4 DATE_AS_VALUE",
                                             "Page!C4 NOT_NUMERIC", "Page!B5 DUPLICATE_KEY", "Page!C5 DUPLICATE_KEY",
                                             "Page!A6 MISSING_KEY", "Page!C7 MERGED_VALUE"));
  EXPECT_THAT(outcome.table.rows, IsEmpty());
  EXPECT_EQ(outcome.problems[1].row, 2);
}

TEST(ReadSheet, DatesAsYearsAreRefused) {
  const SheetCell date{SheetCell::Kind::kDate, 0.0, "2019-01-01"};
  const Sheet across = Page({{"A1", "unit"}, {"B1", date}, {"A2", "a"}, {"B2", 1.0}});
  SheetMapping mapping;
  mapping.variable = "x";
  EXPECT_THAT(Problems(Read(across, mapping)), Contains("Page!B1 DATE_AS_PERIOD"));
  const Sheet down = Page({{"A1", "unit"}, {"B1", "year"}, {"C1", "x"}, {"A2", "a"}, {"B2", date}, {"C2", 1.0}});
  SheetMapping long_table;
  long_table.time_column = "year";
  EXPECT_THAT(Problems(Read(down, long_table)), ElementsAre("Page!B2 DATE_AS_PERIOD"));
}

TEST(ReadSheet, WhatTheMappingNamesHasToBeThere) {
  const Sheet page = Page({{"A1", "unit"}, {"B1", "x"}, {"C1", "y"}, {"A2", "a"}, {"B2", 1.0}, {"C2", 2.0}});
  SheetMapping mapping;
  mapping.variables = {{"x", "x1", "", ""}, {"z", "z1", "", ""}};
  const SheetOutcome outcome = Read(page, mapping);
  ASSERT_THAT(outcome.problems, SizeIs(1));
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("'z'"));
  EXPECT_THAT(outcome.assumptions, Contains(HasSubstr("column C 'y' is left out")));
  SheetMapping column;
  column.unit_column = "province";
  EXPECT_THAT(Problems(Read(page, column)), ElementsAre("Page!A1 UNKNOWN_COLUMN"));
  SheetMapping range;
  range.range = ParseRange("A1:B2");
  EXPECT_EQ(Tidy(Read(page, range)), "unit,x|a,1");
}

SheetOutcome ReadByYear(const Sheet& sheet, const SheetMapping& mapping = {}) {
  return ReadSheets({{sheet, mapping}}, "unit", "year", {}).value();
}

TEST(ReadSheet, ColumnsOfYearsAreNamedWhereTheyAreMissed) {
  const Sheet page = Grid("Page", {{"地区①", "年份", "GDP(亿元)"},
                                   {"全国", 2018.0, 9.5},
                                   {"北京", 2018.0, 1.5},
                                   {"北京*", "2019年", 2.5},
                                   {"天津", 2018.0, 3.5},
                                   {"天津", 2019.0, 4.5}});
  SheetMapping mapping;
  mapping.skipped = {"全国"};
  for (const SheetOutcome& outcome : {Read(page, mapping), ReadByYear(page, mapping)}) {
    ASSERT_THAT(Problems(outcome), ElementsAre("Page!A4 DUPLICATE_KEY"));
    EXPECT_THAT(outcome.problems[0].message, HasSubstr("北京 stands in A3 already: give `time_column: 年份`"));
  }
  mapping.time_column = "年份";
  EXPECT_EQ(Tidy(ReadByYear(page, mapping)), "unit,year,GDP|北京,2018,1.5|北京,2019,2.5|天津,2018,3.5|天津,2019,4.5");
  // Each unit once: nothing is repeated, but the years are missed.
  const Sheet one_year = Grid("Page", {{"地区", "年份", "GDP"}, {"北京", 2018.0, 1.5}, {"天津", 2018.0, 3.5}});
  const SheetOutcome missed = ReadByYear(one_year);
  ASSERT_THAT(Problems(missed), ElementsAre("Page!A1 UNKNOWN_COLUMN"));
  EXPECT_THAT(missed.problems[0].message, HasSubstr("`time_column: 年份`"));
  EXPECT_THAT(missed.problems[0].message, HasSubstr("`period: 2019`"));
  EXPECT_THAT(Problems(Read(one_year)), IsEmpty());
  // Where no column tells the rows apart, they come twice.
  const Sheet twice = Grid("Page", {{"地区", "年份", "GDP"}, {"北京", 2018.0, 1.5}, {"北京", 2018.0, 3.5}});
  EXPECT_THAT(Problems(Read(twice)), ElementsAre("Page!B3 DUPLICATE_KEY", "Page!C3 DUPLICATE_KEY"));
}

TEST(ReadSheet, APageWithoutYearsAsksForItsPeriod) {
  const Sheet page = Grid("Page", {{"地区", "GDP"}, {"北京", 1.5}, {"天津", 3.5}});
  const SheetOutcome missed = ReadByYear(page);
  ASSERT_THAT(Problems(missed), ElementsAre("Page!A1 UNKNOWN_COLUMN"));
  EXPECT_THAT(missed.problems[0].message, HasSubstr("`period: 2019`"));
  SheetMapping mapping;
  mapping.period = 2018;
  EXPECT_EQ(Tidy(ReadByYear(page, mapping)), "unit,year,GDP|北京,2018,1.5|天津,2018,3.5");
  EXPECT_EQ(Tidy(Read(page)), "unit,GDP|北京,1.5|天津,3.5");
}

// Entries are compared as the page's texts are, and those that are nowhere are told: a mapping is of many pages.
TEST(ReadSheet, WhatIsSkippedIsComparedWithoutMarks) {
  const Sheet page = Grid("Page", {{"地区①", "x[1]"}, {"全国", 9.0}, {"河北†", 1.5}, {"山西", "…①"}, {"内蒙古", "…*"}});
  SheetMapping mapping;
  mapping.skipped = {"河 北†", "全国*", "nowhere"};
  mapping.missing = {"…①"};
  mapping.unit_column = "地区①";
  mapping.variables = {{"x[1]", "y", "", ""}};
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,y|山西,|内蒙古,");
  EXPECT_THAT(outcome.assumptions, Contains("'nowhere' of `skip` does not stand there"));
  EXPECT_THAT(outcome.assumptions, Not(Contains(HasSubstr("全国*"))));
  // What is a number without its mark is one unless the mapping says it as it stands.
  SheetMapping marked_zero;
  marked_zero.missing = {"0*"};
  EXPECT_EQ(Tidy(Read(Grid("Page", {{"地区", "x"}, {"a", 1.5}, {"b", "0"}, {"c", "0*"}, {"d", "0†"}}), marked_zero)),
            "unit,x|a,1.5|b,0|c,|d,0");
}

TEST(ReadSheet, TheRowOfUnitsIsReadOrRefused) {
  const Sheet page = Grid("Page", {{"地区", "人口", "产值"}, {"", "万人", "亿元"}, {"北京", 2154.0, 33106.0}});
  SheetMapping mapping;
  mapping.header_rows = 1;
  mapping.unit_row = 2;
  const SheetOutcome outcome = Read(page, mapping);
  EXPECT_EQ(Tidy(outcome), "unit,人口,产值|北京,2154,33106");
  EXPECT_EQ(outcome.table.columns[1].unit, "亿元");
  mapping.unit_row = 99;
  EXPECT_THAT(Problems(Read(page, mapping)), ElementsAre("Page!A99 UNKNOWN_ROW"));
  mapping.unit_row = 1;
  mapping.range = ParseRange("A2:C3");
  const SheetOutcome above = Read(page, mapping);
  EXPECT_THAT(Problems(above), ElementsAre("Page!A1 UNKNOWN_ROW"));
  EXPECT_THAT(above.problems[0].message, HasSubstr("`unit_row`"));
  const Sheet one_column = Grid("Page", {{"", "万人"}, {"地区", "人口"}, {"北京", 2154.5}});
  SheetMapping above_the_names;
  above_the_names.unit_row = 1;
  EXPECT_EQ(Read(one_column, above_the_names).table.columns[0].unit, "万人");
}

// A range may reach beyond what is there, and takes no time for it.
TEST(ReadSheet, ARangeOfTheWholeSheetIsWhatIsThere) {
  const Sheet page = Page({{"B3", "unit"}, {"C3", "x(t)"}, {"B4", "a"}, {"C4", 1.0}, {"B5", "b"}, {"C5", 2.0}});
  SheetMapping whole;
  whole.range = ParseRange("A1:XFD1048576");
  const SheetOutcome outcome = Read(page, whole);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,x|a,1|b,2");
  EXPECT_EQ(outcome.table.columns[0].unit, "t");
  // Rows of the header are counted from where the range begins.
  whole.header_rows = 3;
  EXPECT_EQ(Tidy(Read(page, whole)), "unit,x|a,1|b,2");
  whole.range = ParseRange("Z100:XFD1048576");
  EXPECT_THAT(Problems(Read(page, whole)), ElementsAre("Page!Z100 EMPTY_FILE"));
}

TEST(ReadSheet, EndsWhenItIsToldTo) {
  std::stop_source source;
  const Sheet page = Page({{"A1", "unit"}, {"B1", "x"}, {"A2", "a"}, {"B2", 1.0}});
  EXPECT_TRUE(ReadSheets({{page, {}}}, "unit", "period", source.get_token()).ok());
  source.request_stop();
  EXPECT_EQ(ReadSheets({{page, {}}}, "unit", "period", source.get_token()).status().code(), Code::kCancelled);
}

TEST(SheetText, IsReadAsPeopleReadIt) {
  EXPECT_EQ(Narrowed(" Ｒ＆Ｄ（万元）\n 经　费 a  b "), "R&D(万元) 经费 a b");
  EXPECT_EQ(WithoutMarks("天津①*").text, "天津");
  EXPECT_EQ(WithoutMarks("12.5 [12]").text, "12.5");
  EXPECT_EQ(WithoutMarks("*").text, "*");
  EXPECT_EQ(WithoutMarks("x²").marks, "²");
  EXPECT_EQ(WithoutUnit("GDP (100 million yuan)").unit, "100 million yuan");
  EXPECT_EQ(WithoutUnit("GDP (2010)").unit, "");
  EXPECT_EQ(WithoutUnit("(单位:亿元)").unit, "亿元");
  EXPECT_EQ(WithoutUnit("Unit: persons").unit, "persons");
  EXPECT_EQ(YearIn("2019年底"), 2019);
  EXPECT_FALSE(YearIn("20190"));
  EXPECT_FALSE(YearIn("2019 plan"));
  EXPECT_TRUE(IsNote("资料来源:国家统计局"));
  EXPECT_TRUE(IsNote("[1] of which"));
  EXPECT_FALSE(IsNote("Northumberland"));
}

TEST(SheetPlaces, AreWrittenAndRead) {
  for (const char* name : {"A1", "Z9", "AA10", "XFD1048576"}) EXPECT_EQ(PlaceName(*ParsePlace(name)), name);
  for (const char* name : {"", "A", "1", "A0", "XFE1", "A1048577", "A1B"}) EXPECT_FALSE(ParsePlace(name)) << name;
  EXPECT_FALSE(ParseRange("B2:A3"));
  EXPECT_FALSE(ParseRange("A1"));
}

}  // namespace
}  // namespace farrell::data
