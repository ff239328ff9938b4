// The workbook: numbers that are numbers, formats that print what the table prints, the same bytes every time.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <charconv>
#include <map>
#include <regex>

#include "common/archive/zip.h"
#include "services/reporting/engine/render_xlsx.h"
#include "services/reporting/engine/xlsx_workbook.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> Members(const std::string& bytes) {
  const auto members = archive::ReadZip(bytes);
  EXPECT_TRUE(members.ok()) << members.status().ToString();
  std::map<std::string, std::string> found;
  for (const archive::ZipMember& member : *members) found[member.name] = member.bytes;
  return found;
}

std::string Workbook(const ReportContent& content) {
  const Result<std::string> bytes = RenderReportXlsx(content);
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return *bytes;
}

Cell Wrapped(double value, Cell::Wrap wrap, int decimals = 3) {
  Cell cell = Cell::Real(value, decimals);
  cell.wrap = wrap;
  return cell;
}

TEST(NumberFormat, PrintsStarsParenthesesAndSmallPValues) {
  Cell starred = Cell::Real(0.045, 3);
  starred.stars = "**";
  EXPECT_EQ(NumberFormat(starred), R"x(0.000"**")x");
  EXPECT_EQ(NumberFormat(Wrapped(0.01, Cell::Wrap::kParentheses)), R"x("("0.000")";"(-"0.000")")x");
  EXPECT_EQ(NumberFormat(Cell::PValue(0.01, Cell::Wrap::kBrackets)), R"x([<0.0005]"[<0.001]";"["0.000"]")x");
  EXPECT_EQ(NumberFormat(Cell::Count(12)), "#,##0");
  EXPECT_EQ(NumberFormat(Cell::Real(2, 0)), "0");
}

TEST(Xlsx, KeepsEveryBitOfEveryNumber) {
  ReportContent content = *BuildReport(SampleFacts());
  // Sixteen digits, which the library writes, lose the last bit of these.
  const std::vector<double> hard = {0.1 + 0.2,         1.0 / 3, -2.0 / 3e-200, 5e-324, 1.7976931348623157e308,
                                    9007199254740993.0};
  Table table;
  table.id = "hard";
  table.title = "Numbers";
  table.columns = {{"value", "Value", false}};
  Panel panel;
  for (const double value : hard) {
    panel.rows.push_back({"row", "row", Row::Role::kBody, {Cell::Real(value, 3)}, false});
  }
  table.panels.push_back(panel);
  content.tables = {table};
  content.figures.clear();
  const std::string sheet = Members(Workbook(content)).at("xl/worksheets/sheet2.xml");
  std::vector<double> read;
  const std::regex cell(R"re(<c r="B\d+" s="\d+"><v>([^<]*)</v>)re");
  for (std::sregex_iterator at(sheet.begin(), sheet.end(), cell), end; at != end; ++at) {
    const std::string text = (*at)[1];
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    read.push_back(value);
  }
  EXPECT_EQ(read, hard);
}

TEST(Xlsx, HasASheetForEveryTableAndFigure) {
  const ReportContent content = *BuildReport(SampleFacts());
  const auto members = Members(Workbook(content));
  std::size_t sheets = 0;
  for (const auto& [name, bytes] : members) sheets += name.starts_with("xl/worksheets/sheet") ? 1U : 0U;
  EXPECT_EQ(sheets, content.tables.size() + content.figures.size() + 2);
  EXPECT_THAT(members.at("docProps/custom.xml"), HasSubstr(content.data.snapshot_digest));
  EXPECT_THAT(members.at("docProps/custom.xml"), HasSubstr(content.study.digest));
}

TEST(Xlsx, StampsSyntheticDataOnEverySheetAndPage) {
  for (const bool synthetic : {false, true}) {
    ReportFacts facts = SampleFacts();
    facts.data.synthetic = synthetic;
    const auto members = Members(Workbook(*BuildReport(facts)));
    EXPECT_THAT(members.at("docProps/custom.xml"), HasSubstr(synthetic ? "synthetic" : "real"));
    for (const auto& [name, bytes] : members) {
      if (!name.starts_with("xl/worksheets/sheet")) continue;
      EXPECT_EQ(bytes.find("SYNTHETIC DATA") != std::string::npos, synthetic) << name;
    }
  }
}

TEST(Xlsx, HasTheSameBytesAtAnyTimeOfAnyZone) {
  const ReportContent content = *BuildReport(SampleFacts());
  const std::string first = Workbook(content);
  ::setenv("TZ", "Pacific/Auckland", 1);
  ::tzset();
  const std::string second = Workbook(content);
  ::unsetenv("TZ");
  ::tzset();
  EXPECT_EQ(first, second);
}

TEST(Xlsx, TakesTitlesThatExcelRefuses) {
  ReportContent content = *BuildReport(SampleFacts());
  content.figures.clear();
  Table table;
  table.columns = {{"a", "=1+1", true}};
  table.panels = {{"", {{"r", "", Row::Role::kBody, {Cell::Text("=cmd() \xE4 \x01")}, false}}}};
  content.tables.clear();
  for (const char* id :
       {"a/b:c[d]*?", "A/B:C[D]*?", "", "一个非常非常非常非常非常非常非常非常非常非常非常非常非常长的表格名称"}) {
    table.id = id;
    content.tables.push_back(table);
  }
  const auto members = Members(Workbook(content));
  EXPECT_THAT(members.at("xl/workbook.xml"), HasSubstr("name=\"a_b_c_d___\""));
  EXPECT_THAT(members.at("xl/workbook.xml"), HasSubstr("name=\"A_B_C_D___ (2)\""));
  EXPECT_THAT(members.at("xl/sharedStrings.xml"), HasSubstr("=cmd() \uFFFD \uFFFD<"));
  // Text stays text.
  EXPECT_THAT(members.at("xl/worksheets/sheet2.xml"), Not(HasSubstr("<f>")));
}

TEST(Xlsx, MeetsAnEmptyReport) {
  ReportContent content;
  content.study.id = "empty";
  EXPECT_FALSE(Workbook(content).empty());
}

}  // namespace
}  // namespace farrell::reporting
