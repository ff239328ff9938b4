#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/text/csv.h"
#include "common/text/display.h"
#include "common/text/number.h"
#include "common/text/table.h"
#include "common/text/utf8.h"

namespace farrell::text {
namespace {

TEST(FormatReal, HasSeventeenSignificantDigits) {
  EXPECT_EQ(FormatReal(0.1), "0.10000000000000001");
  EXPECT_EQ(FormatReal(1.0), "1");
  EXPECT_EQ(FormatReal(1e300), "1.0000000000000001e+300");
  EXPECT_EQ(FormatReal(5e-324), "4.9406564584124654e-324");
}

TEST(FormatReal, ReadsBackToTheSameBits) {
  for (const double value : {1.0 / 3.0, 2.0 / 3.0, 1e-17, 123456789.123456789, -7.25}) {
    EXPECT_EQ(std::strtod(FormatReal(value).c_str(), nullptr), value);
  }
}

TEST(FormatShort, SaysNoMoreThanReadsBackToTheSameBits) {
  EXPECT_EQ(FormatShort(1213.4), "1213.4");
  EXPECT_EQ(FormatShort(100000.0), "100000");
  EXPECT_EQ(FormatShort(-0.1), "-0.1");
  EXPECT_EQ(FormatShort(0.1 + 0.2), "0.30000000000000004");
  for (const double value : {1.0 / 3, 123456789.123456789, 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308}) {
    EXPECT_EQ(std::strtod(FormatShort(value).c_str(), nullptr), value);
  }
}

TEST(FormatReal, MinusZeroIsZeroAndMissingIsEmpty) {
  EXPECT_EQ(FormatReal(-0.0), "0");
  EXPECT_EQ(FormatReal(std::nan("")), "");
  EXPECT_EQ(FormatReal(-std::numeric_limits<double>::infinity()), "");
}

TEST(FormatFixed, DropsTheSignOfARoundedZero) {
  EXPECT_EQ(FormatFixed(-0.0004, 3), "0.000");
  EXPECT_EQ(FormatFixed(-0.0006, 3), "-0.001");
  EXPECT_EQ(FormatFixed(12.5, 2), "12.50");
}

TEST(ParseReal, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(ParseReal("-2.5e3"), -2500.0);
  for (const char* text : {"", "1x", " 1", "1,000", "inf", "nan", "0x10"}) EXPECT_FALSE(ParseReal(text)) << text;
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(-1000), "-1,000");
}

TEST(FormatCounted, ANounFollowsItsCount) {
  EXPECT_EQ(FormatCounted(1, "release"), "1 release");
  EXPECT_EQ(FormatCounted(0, "release"), "0 releases");
  EXPECT_EQ(FormatCounted(1234, "row"), "1,234 rows");
}

TEST(ValidUtf8Length, StopsAtTheFirstByteThatIsNotText) {
  EXPECT_EQ(ValidUtf8Length("内蒙古 x"), 11U);
  EXPECT_EQ(ValidUtf8Length("a\xB1\xB1"), 1U);
  EXPECT_EQ(ValidUtf8Length(std::string_view("ab\0c", 4)), 2U);
  EXPECT_EQ(ValidUtf8Length(""), 0U);
}

TEST(CsvField, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("内蒙古"), "内蒙古");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvField(" padded"), "\" padded\"");
  EXPECT_EQ(CsvField(""), "");
}

TEST(CsvWriter, JoinsCellsAndKeepsEmptyOnes) {
  CsvWriter writer;
  writer.Cell("").Cell(std::nan("")).Cell(0.5).EndRow();
  writer.Cell("x").EndRow();
  EXPECT_EQ(writer.Take(), ",,0.5\nx\n");
  EXPECT_EQ(writer.Take(), "");
}

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth("Beijing"), 7U);
  EXPECT_EQ(DisplayWidth("北京"), 4U);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1U);  // e and a combining acute accent
  EXPECT_EQ(DisplayWidth("\xFF"), 1U);
}

TEST(Shorten, NeverCutsACharacter) {
  EXPECT_EQ(Shorten("北京市", 6), "北京市");
  EXPECT_EQ(Shorten("北京市", 5), "北京…");
  EXPECT_EQ(Shorten("北京市", 4), "北…");
  EXPECT_EQ(Shorten("abc", 2), "a…");
}

TEST(Table, AlignsChineseByDisplayWidth) {
  Table table({{"unit", Table::Align::kLeft}, {"score"}});
  table.AddRow({"北京", "0.5"});
  table.AddRow({"Hebei", "0.25"});
  EXPECT_EQ(table.Render(),
            "━━━━━━━━━━━━\n"
            "unit   score\n"
            "────────────\n"
            "北京     0.5\n"
            "Hebei   0.25\n"
            "━━━━━━━━━━━━\n");
}

}  // namespace
}  // namespace farrell::text
