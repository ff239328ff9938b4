// Where the header ends: no row of data is taken for one of the header.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "tests/data/sheet_page.h"

namespace farrell::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const SheetCell kFormula{SheetCell::Kind::kFormula, 0.0, "=1+1"};
const SheetCell kError{SheetCell::Kind::kError, 0.0, "#DIV/0!"};

SheetMapping NamedX() {
  SheetMapping mapping;
  mapping.variable = "x";
  return mapping;
}

// Columns B and C below these headers, the second province with plain numbers.
Sheet FirstProvince(const Content& b, const Content& c, const Content& above_b = 2018.0,
                    const Content& above_c = 2019.0) {
  return Grid("Page", {{"province", above_b, above_c}, {"Beijing", b, c}, {"Tianjin", 3000.0, 4000.0}});
}

TEST(SheetHeader, AFirstRowWithoutAPlainNumberIsOfTheBody) {
  EXPECT_THAT(Problems(Read(FirstProvince(kFormula, kFormula), NamedX())),
              ElementsAre("Page!B2 FORMULA_NOT_CALCULATED", "Page!C2 FORMULA_NOT_CALCULATED"));
  EXPECT_THAT(Problems(Read(FirstProvince(kError, "abc"), NamedX())),
              ElementsAre("Page!B2 ERROR_VALUE", "Page!C2 NOT_NUMERIC"));
  EXPECT_THAT(Problems(Read(FirstProvince("—", "-"), NamedX())),
              ElementsAre("Page!B2 NOT_NUMERIC", "Page!C2 NOT_NUMERIC"));
  SheetMapping mapping;
  mapping.period = 2019;
  EXPECT_THAT(Problems(Read(FirstProvince(kFormula, kFormula, "gdp", "pop"), mapping)),
              ElementsAre("Page!B2 FORMULA_NOT_CALCULATED", "Page!C2 FORMULA_NOT_CALCULATED"));
  mapping.missing = {"n/a"};
  EXPECT_EQ(Tidy(Read(FirstProvince("n/a", "n/a", "gdp", "pop"), mapping)),
            "unit,period,gdp,pop|Beijing,2019,,|Tianjin,2019,3000,4000");
}

TEST(SheetHeader, NumbersStoredAsTextAreOfTheBody) {
  const Sheet page = Grid("Page", {{"province", "gdp", "pop"}, {"Beijing", "1,000", "12②"}, {"Tianjin", "2,000", "5"}});
  const SheetOutcome outcome = Read(page);
  EXPECT_THAT(Problems(outcome), IsEmpty());
  EXPECT_EQ(Tidy(outcome), "unit,gdp,pop|Beijing,1000,12|Tianjin,2000,5");
  SheetMapping rows;
  rows.rows = SheetKey::kVariables;
  rows.period = 2019;
  EXPECT_EQ(Tidy(Read(Grid("Page", {{"", "Beijing", "Tianjin"}, {"gdp", "1,000", "2,000"}, {"pop", 1.5, 2.5}}), rows)),
            "unit,period,gdp,pop|Beijing,2019,1000,1.5|Tianjin,2019,2000,2.5");
}

// What may be either is refused: neither a row of data nor a row of the header is lost.
TEST(SheetHeader, WhatMayBeYearsOrValuesIsRefused) {
  const SheetOutcome years = Read(FirstProvince(1950.0, 2005.0), NamedX());
  EXPECT_THAT(Problems(years), ElementsAre("Page!A2 HEADER_UNCLEAR"));
  EXPECT_THAT(years.problems[0].message, HasSubstr("`header_rows`"));
  SheetMapping one_row = NamedX();
  one_row.header_rows = 1;
  EXPECT_EQ(Tidy(Read(FirstProvince(1950.0, 2005.0), one_row)),
            "unit,period,x|Beijing,2018,1950|Beijing,2019,2005|Tianjin,2018,3000|Tianjin,2019,4000");
  for (const Sheet& page :
       {FirstProvince(2010.0, 1999.0, "staff", "pubs"), FirstProvince("2010", "1999", "staff", "pubs"),
        FirstProvince("n/a", 1999.0, "staff", "pubs"), FirstProvince("abc", "n/a"),
        Grid("Page", {{"", "staff", "pubs"}, {"Beijing", 2010.0, 1999.0}, {"Tianjin", 3000.0, 4000.0}})}) {
    EXPECT_THAT(Problems(Read(page)), Contains(HasSubstr("A2 HEADER_UNCLEAR")));
  }
}

// A second row of the header with a text of its own in the first column, which the columns need or which has no number.
TEST(SheetHeader, RowsThatTellColumnsApartAreOfTheHeader) {
  const Sheet years_below = Grid(
      "Page",
      {{"地区", "R&D经费", "", "人口", ""}, {"Region", 2018.0, 2019.0, 2018.0, 2019.0}, {"北京", 1.5, 2.5, 3.5, 4.5}},
      {"B1:C1", "D1:E1"});
  EXPECT_EQ(Tidy(Read(years_below)), "unit,period,R&D经费,人口|北京,2018,1.5,3.5|北京,2019,2.5,4.5");
  const Sheet years_above = Grid(
      "Page", {{"地区", 2018.0, "", 2019.0, ""}, {"Region", "gdp", "pop", "gdp", "pop"}, {"北京", 1.5, 2.5, 3.5, 4.5}},
      {"B1:C1", "D1:E1"});
  EXPECT_EQ(Tidy(Read(years_above)), "unit,period,gdp,pop|北京,2018,1.5,2.5|北京,2019,3.5,4.5");
  const Sheet two_languages =
      Grid("Page", {{"地区", "经费", "人口"}, {"Region", "R&D", "Population"}, {"East"}, {"北京", 1.5, 2.5}});
  const SheetOutcome outcome = Read(two_languages);
  EXPECT_EQ(Tidy(outcome), "unit,经费 / R&D,人口 / Population|北京,1.5,2.5");
  EXPECT_THAT(outcome.assumptions, Contains("row 2 'Region' is another row of the header"));
  const Sheet below_a_title = Grid("Page",
                                   {{"表1 情况"},
                                    {"", "gdp", "", "pop", ""},
                                    {"地区", 2018.0, 2019.0, 2018.0, 2019.0},
                                    {"北京", 1.5, 2.5, 3.5, 4.5}},
                                   {"A1:E1", "B2:C2", "D2:E2"});
  EXPECT_EQ(Tidy(Read(below_a_title)), "unit,period,gdp,pop|北京,2018,1.5,3.5|北京,2019,2.5,4.5");
}

TEST(SheetHeader, WhatIsNoTextNamesNoColumn) {
  SheetMapping mapping = NamedX();
  EXPECT_THAT(Problems(Read(Grid("Page", {{"province", 2018.0, kFormula}, {"Beijing", 1.5, 2.5}}), mapping)),
              Contains("Page!C1 FORMULA_NOT_CALCULATED"));
  EXPECT_THAT(Problems(Read(Grid("Page", {{"province", 2018.0, kError}, {"Beijing", 1.5, 2.5}}), mapping)),
              Contains("Page!C1 ERROR_VALUE"));
}

}  // namespace
}  // namespace farrell::data
