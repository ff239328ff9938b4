#include "services/data/engine/import.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "services/data/engine/digest.h"
#include "tests/support/long_run.h"

namespace farrell::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ImportSettings Settings() {
  ImportSettings settings;
  settings.unit_key = "unit";
  settings.time_key = "time";
  return settings;
}

ImportOutcome Import(std::string_view text, ImportSettings settings = Settings(), std::size_t chunk = 7) {
  TableImporter importer(std::move(settings));
  for (std::size_t offset = 0; offset < text.size(); offset += chunk) importer.Feed(text.substr(offset, chunk));
  auto outcome = importer.Finish();
  EXPECT_TRUE(outcome.ok());
  return std::move(outcome).value();
}

Table MustImport(std::string_view text, ImportSettings settings = Settings()) {
  ImportOutcome outcome = Import(text, std::move(settings));
  EXPECT_THAT(outcome.problems, IsEmpty()) << outcome.ToStatus("").ToString();
  return outcome.table ? std::move(*outcome.table) : Table{MakeKeys("", "", {}, {}), {}, false, "", "", 2};
}

// (line, column, reason) of every problem.
std::vector<std::tuple<std::int64_t, std::string, std::string>> Problems(std::string_view text,
                                                                         ImportSettings settings = Settings()) {
  std::vector<std::tuple<std::int64_t, std::string, std::string>> problems;
  const ImportOutcome outcome = Import(text, std::move(settings));
  EXPECT_FALSE(outcome.table.has_value());
  for (const TableProblem& problem : outcome.problems) {
    EXPECT_FALSE(problem.message.empty());
    problems.emplace_back(problem.row, problem.column, problem.reason);
  }
  return problems;
}

auto Problem(std::int64_t line, std::string column, std::string reason) {
  return std::make_tuple(line, std::move(column), std::move(reason));
}

TEST(ImportTest, TypesColumnsByTheirCells) {
  const Table table = MustImport(
      "unit,time,gdp,region,empty\n"
      "01,2010, 1.5 ,东部,\n"
      "01,2011,+2e3,,\n"
      "02,2010.0,-0.25,西部,\n");
  ASSERT_THAT(table.columns, SizeIs(5));
  EXPECT_TRUE(table.Find("unit")->is_text);
  EXPECT_THAT(table.keys->units, ElementsAre("01", "01", "02"));
  EXPECT_THAT(table.keys->times, ElementsAre(2010, 2011, 2010));
  EXPECT_THAT(table.Find("gdp")->numbers, ElementsAre(1.5, 2000, -0.25));
  EXPECT_THAT(table.Find("region")->texts, ElementsAre("东部", "", "西部"));
  EXPECT_FALSE(table.Find("empty")->is_text);
  EXPECT_EQ(table.Find("empty")->MissingCount(), 3);
  EXPECT_EQ(table.Find("region")->MissingCount(), 1);
}

TEST(ImportTest, OnlyTheEmptyCellIsMissingUnlessMarkersAreNamed) {
  const std::string text = "unit,time,gdp\na,1,NA\nb,1,.\nc,1,3\nd,1,\n";
  EXPECT_TRUE(MustImport(text).Find("gdp")->is_text);
  ImportSettings settings = Settings();
  settings.missing_markers = {"NA", "."};
  const Table table = MustImport(text, settings);
  EXPECT_FALSE(table.Find("gdp")->is_text);
  EXPECT_EQ(table.Find("gdp")->MissingCount(), 3);
}

TEST(ImportTest, ThousandsSeparatorsAreRefusedWithAClearMessage) {
  const std::string text = "unit,time,gdp,name\na,1,\"1,234\",\"1,234\"\nb,1,12,x\nc,1,\"-12,345.6\",y\n";
  EXPECT_THAT(Problems(text),
              ElementsAre(Problem(2, "gdp", "THOUSANDS_SEPARATOR"), Problem(4, "gdp", "THOUSANDS_SEPARATOR")));
  const ImportOutcome outcome = Import(text);
  EXPECT_EQ(outcome.problems[0].value, "1,234");
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("thousands separators"));
  // All cells of the column have them.
  EXPECT_THAT(Problems("unit,time,gdp\na,1,\"1,234\"\n"), ElementsAre(Problem(2, "gdp", "THOUSANDS_SEPARATOR")));
  // Not a thousands separator: a text column.
  EXPECT_TRUE(MustImport("unit,time,gdp\na,1,\"1,23\"\nb,1,5\n").Find("gdp")->is_text);
}

TEST(ImportTest, InfiniteAndNotANumberAreErrorsInNumberColumns) {
  EXPECT_THAT(Problems("unit,time,x\na,1,inf\nb,1,2\nc,1,NaN\nd,1,1e999\ne,1,-Infinity\nf,1,1e-999\n"),
              ElementsAre(Problem(2, "x", "INFINITE"), Problem(4, "x", "INFINITE"), Problem(5, "x", "INFINITE"),
                          Problem(6, "x", "INFINITE")));
  EXPECT_TRUE(MustImport("unit,time,x\na,1,inf\nb,1,two\n").Find("x")->is_text);
}

TEST(ImportTest, EveryProblemIsReportedAtOnceInFileOrder) {
  EXPECT_THAT(Problems("unit,time,x\n"
                       "a,2010,1\n"
                       ",2010,2\n"
                       "a,2010,3\n"
                       "b,,4\n"
                       "b,2010.5,5\n"
                       "c,2010\n"
                       "d,2010,6,7\n"
                       "e,2010,inf\n"
                       "f,20"),
              ElementsAre(Problem(3, "unit", "MISSING_KEY"), Problem(4, "unit", "DUPLICATE_KEY"),
                          Problem(5, "time", "MISSING_KEY"), Problem(6, "time", "NOT_AN_INTEGER_PERIOD"),
                          Problem(7, "", "RAGGED_ROW"), Problem(8, "", "RAGGED_ROW"), Problem(9, "x", "INFINITE"),
                          Problem(10, "", "TRUNCATED_ROW")));
}

TEST(ImportTest, DuplicatesNameBothLines) {
  const ImportOutcome outcome = Import("unit,time,x\na,2010,1\nb,2010,1\na,2010,2\n");
  ASSERT_THAT(outcome.problems, SizeIs(1));
  EXPECT_EQ(outcome.problems[0].row, 4);
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("line 2"));
  EXPECT_THAT(outcome.problems[0].message, HasSubstr("unit a, time 2010"));
}

TEST(ImportTest, HeaderProblems) {
  EXPECT_THAT(Problems("unit,time,x,x,\na,1,1,2,3\n"),
              ElementsAre(Problem(1, "", "EMPTY_COLUMN_NAME"), Problem(1, "x", "DUPLICATE_COLUMN")));
  EXPECT_THAT(Problems("Unit,year,x\na,1,1\n"),
              ElementsAre(Problem(0, "unit", "UNKNOWN_COLUMN"), Problem(0, "time", "UNKNOWN_COLUMN")));
  EXPECT_THAT(Import("Unit,time,x\na,1,1\n").problems[0].message, HasSubstr("did you mean Unit?"));
  EXPECT_THAT(Import("unit;time;x\na;1;1\n").problems[0].message, HasSubstr("separate the cells by commas"));
  ImportSettings settings = Settings();
  settings.columns = {{"gdp", "GDP", "", ""}};
  EXPECT_THAT(Problems("unit,time,x\na,1,1\n", settings), ElementsAre(Problem(0, "gdp", "UNKNOWN_COLUMN")));
  std::string wide = "unit,time";
  for (int column = 0; column < 10'000; ++column) wide += ",c" + std::to_string(column);
  EXPECT_THAT(Problems(wide + "\n"), ElementsAre(Problem(1, "", "TOO_MANY_COLUMNS")));
}

TEST(ImportTest, FilesWithoutData) {
  EXPECT_THAT(Problems(""), ElementsAre(Problem(0, "", "EMPTY_FILE")));
  EXPECT_THAT(Problems("\xEF\xBB\xBF"), ElementsAre(Problem(0, "", "EMPTY_FILE")));
  EXPECT_THAT(Problems("\n\n"), ElementsAre(Problem(0, "", "NO_COLUMNS")));
  EXPECT_THAT(Problems("# SYNTHETIC\n"), ElementsAre(Problem(0, "", "NO_COLUMNS")));
  EXPECT_THAT(Problems("unit,time,x\n"), ElementsAre(Problem(0, "", "EMPTY_FILE")));
}

TEST(ImportTest, EncodingAndQuotes) {
  EXPECT_THAT(Problems("unit,time,x\n\xB1\xB1,1,2\n"), ElementsAre(Problem(2, "", "UNKNOWN_ENCODING")));
  EXPECT_THAT(Problems("\xFF\xFEu\0n\0"), ElementsAre(Problem(1, "", "UNKNOWN_ENCODING")));
  EXPECT_THAT(Problems("unit,time,x\na,1,\"2\nb,1,3\n"), ElementsAre(Problem(2, "", "QUOTE_UNCLOSED")));
}

TEST(ImportTest, AFileThatMerelyLacksTheLastLineEndIsFine) {
  EXPECT_EQ(MustImport("unit,time,x\na,1,2\nb,1,3").row_count(), 2U);
}

TEST(ImportTest, TheSyntheticMarkIsHonoured) {
  EXPECT_TRUE(MustImport("# SYNTHETIC\nunit,time,x\na,1,2\n").synthetic);
  EXPECT_TRUE(MustImport("\xEF\xBB\xBF# SYNTHETIC\r\nunit,time,x\r\na,1,2\r\n").synthetic);
  EXPECT_TRUE(MustImport("# SYNTHETIC,,\nunit,time,x\na,1,2\n").synthetic);
  EXPECT_FALSE(MustImport("unit,time,x\na,1,2\n").synthetic);
  EXPECT_EQ(MustImport("# SYNTHETIC\nunit,time,x\na,1,2\n").first_line, 3);
}

TEST(ImportTest, TheStampOfAnExportIsHonoured) {
  const Table exported = MustImport("unit,time,x,synthetic\na,1,2,true\nb,1,3,true\n");
  const Table original = MustImport("# SYNTHETIC\nunit,time,x\na,1,2\nb,1,3\n");
  EXPECT_TRUE(exported.synthetic);
  EXPECT_EQ(DigestTable(exported)->snapshot, DigestTable(original)->snapshot);
  const Table other = MustImport("unit,time,x,synthetic\na,1,2,true\nb,1,3,\n");
  EXPECT_FALSE(other.synthetic);
  EXPECT_NE(other.Find("synthetic"), nullptr);
}

TEST(ImportTest, WithoutAUnitColumnEveryRowIsAUnit) {
  ImportSettings settings;
  const Table table = MustImport("x,y\n1,2\n1,2\n", settings);
  EXPECT_THAT(table.keys->units, ElementsAre("1", "2"));
  EXPECT_FALSE(table.keys->has_time());
}

TEST(ImportTest, MetadataIsAttached) {
  ImportSettings settings = Settings();
  settings.columns = {{"x", "R&D staff", "FTE", "yearbook"}};
  const Table table = MustImport("unit,time,x\na,1,2\n", settings);
  EXPECT_EQ(table.Find("x")->label, "R&D staff");
  EXPECT_EQ(table.Find("x")->unit, "FTE");
  EXPECT_EQ(table.Find("x")->source, "yearbook");
}

TEST(ImportTest, BadSettingsAreNamedTogether) {
  ImportSettings settings;
  settings.unit_key = "a";
  settings.time_key = "a";
  settings.known_at = "2020-02-30";
  settings.columns = {{"", "", "", ""}, {"x", "", "", ""}, {"x", "", "", ""}};
  EXPECT_THAT(CheckSettings(settings).violations(), SizeIs(4));
  settings.known_at = "2020-02-29";
  EXPECT_THAT(CheckSettings(settings).violations(), SizeIs(3));
}

TEST(ImportTest, ProblemsAreCountedBeyondTheFirstThousand) {
  std::string text = "unit,time,x\n";
  for (int row = 0; row < 30'000; ++row) text += "a" + std::to_string(row) + ",1\n";
  const ImportOutcome outcome = Import(text, Settings(), 4096);
  EXPECT_EQ(outcome.problem_count, 30'000);
  EXPECT_THAT(outcome.problems, SizeIs(kMaxProblems));
  const Status status = outcome.ToStatus("panel.csv");
  EXPECT_EQ(status.reason(), "TABLE_INVALID");
  EXPECT_EQ(status.metadata().at("problem_count"), "30000");
  EXPECT_EQ(status.violations()[0].field, "row 2");
  EXPECT_THAT(status.message(), HasSubstr("panel.csv"));
}

TEST(ImportTest, TheChunkSizeChangesNothing) {
  const std::string text =
      "\xEF\xBB\xBF# SYNTHETIC\r\nunit,time,指标,\"a \"\"b\"\"\"\r\n北京,2010,1.5,\"x\r\ny\"\r\n上海,2010,,z\r\n";
  const auto digest = [&](std::size_t chunk) {
    const ImportOutcome outcome = Import(text, Settings(), chunk);
    EXPECT_TRUE(outcome.table.has_value());
    return outcome.table ? DigestTable(*outcome.table)->snapshot : "";
  };
  const std::string whole = digest(text.size());
  for (std::size_t chunk = 1; chunk < text.size(); ++chunk) EXPECT_EQ(digest(chunk), whole) << chunk;
}

// A panel of 20 periods with eight columns, generated in blocks so that the text is never in memory as a whole.
void FeedPanel(TableImporter& importer, int rows) {
  std::string block = "unit,time,a,b,c,d,e,f\n";
  for (int row = 0; row < rows; ++row) {
    const std::string number = std::to_string(row);
    block += "u" + std::to_string(row / 20) + "," + std::to_string(2000 + row % 20) + "," + number + ".25," + number +
             "e-3,0." + number + "," + number + ",\"" + number + "\",text\n";
    if (block.size() > 60'000 || row + 1 == rows) {
      importer.Feed(block);
      block.clear();
    }
  }
}

std::int64_t PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

TEST(ImportTest, LargePanelsImportInBoundedTimeAndMemory) {
  const bool all = farrell::testing::LongRun();
  const int rows = all ? 1'000'000 : 50'000;
  const auto start = std::chrono::steady_clock::now();
  TableImporter importer(Settings());
  FeedPanel(importer, rows);
  auto outcome = importer.Finish();
  ASSERT_TRUE(outcome.ok());
  ASSERT_TRUE(outcome->table.has_value());
  const auto digests = DigestTable(*outcome->table);
  ASSERT_TRUE(digests.ok());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(outcome->table->row_count(), static_cast<std::size_t>(rows));
  EXPECT_EQ(outcome->table->keys->unit_count(), static_cast<std::size_t>(rows / 20));
  EXPECT_THAT(digests->periods, SizeIs(20));
  // Generous: a loaded machine must not fail it, work that grows with the square of the rows must.
  EXPECT_LT(elapsed.count(), all ? 200.0 : 20.0);
  EXPECT_LT(PeakMegabytes(), all ? 1024 : 256);
}

}  // namespace
}  // namespace farrell::data
