#include "services/reporting/engine/run_diff.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "services/reporting/engine/report.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

CellRecord Number(const std::string& row, double value, const std::string& stars = "") {
  return {.table = "t1",
          .panel = "",
          .row = row,
          .column = "c1",
          .row_label = row,
          .column_label = "(1)",
          .number = value,
          .printed = std::to_string(value) + stars,
          .stars = stars};
}

CellRecord Text(const std::string& row, const std::string& text) {
  CellRecord cell = Number(row, 0);
  cell.number.reset();
  cell.printed = text;
  return cell;
}

StepRecord Step(const std::string& id, const std::string& key, std::int64_t revision = 1) {
  return {id, key, "regression", revision, "abi"};
}

ReportRecord Report(std::vector<CellRecord> cells, std::vector<StepRecord> steps = {},
                    std::vector<SentenceRecord> sentences = {}) {
  return {.cells = std::move(cells), .sentences = std::move(sentences), .steps = std::move(steps)};
}

TEST(RunDiffTest, EqualReportsDifferInNothing) {
  const ReportRecord report = Report({Number("a", 1), Text("b", "yes")}, {Step("regression:a", "k")});
  const RunDiff diff = CompareReports(report, report, {});
  EXPECT_TRUE(diff.cells.empty());
  EXPECT_TRUE(diff.causes.empty());
  EXPECT_EQ(diff.cell_count, 2);
  EXPECT_THAT(RenderDiffText(diff), HasSubstr("say the same: 2 cells compared"));
}

TEST(RunDiffTest, ReportsEveryChangeWithItsSize) {
  const ReportRecord from =
      Report({Number("a", 2, "*"), Number("zero", 0), Text("verdict", "agrees"), Number("gone", 3)},
             {Step("regression:a", "k1"), Step("regression:gone", "k3")},
             {{"W10", "rule", "warn: ten"}, {"c1", "claim", "It rises by 2."}});
  const ReportRecord to =
      Report({Number("a", 1, "***"), Number("zero", 5), Text("verdict", "differs"), Number("new", 4)},
             {Step("regression:a", "k2"), Step("regression:new", "k4")},
             {{"W11", "rule", "block: eleven"}, {"c1", "claim", "refused by W11"}});
  const RunDiff diff = CompareReports(from, to, {.data_moved = true});
  ASSERT_EQ(diff.cells.size(), 5U);
  EXPECT_EQ(diff.cells[0].change(), -1);
  EXPECT_EQ(diff.cells[0].relative(), -0.5);
  EXPECT_EQ(diff.cells[1].change(), 5);
  EXPECT_EQ(diff.cells[1].relative(), std::nullopt);
  EXPECT_EQ(diff.cells[2].to->printed, "differs");
  EXPECT_FALSE(diff.cells[2].moved());
  EXPECT_EQ(diff.cells[3].to, std::nullopt);
  EXPECT_EQ(diff.cells[4].from, std::nullopt);
  EXPECT_EQ(diff.moved_count(), 2);
  EXPECT_EQ(diff.cell_count, 5);

  ASSERT_EQ(diff.steps.size(), 3U);
  EXPECT_THAT(diff.steps[0].causes, ElementsAre(Cause::kData));
  EXPECT_EQ(diff.steps[1].to_key, "");
  EXPECT_EQ(diff.steps[2].from_key, "");

  ASSERT_EQ(diff.sentences.size(), 3U);
  EXPECT_EQ(diff.sentences[0].id, "W10");
  EXPECT_EQ(diff.sentences[0].to, "");
  EXPECT_EQ(diff.sentences[1].to, "refused by W11");
  EXPECT_EQ(diff.sentences[2].from, "");
}

TEST(RunDiffTest, OneCauseTakesTheWholeChange) {
  const ReportRecord from = Report({Number("a", 2)}, {Step("regression:a", "k1")});
  const ReportRecord to = Report({Number("a", 3)}, {Step("regression:a", "k2")});
  EXPECT_EQ(CompareReports(from, to, {.data_moved = true}).cells[0].contributions->data, 1);
  const RunDiff specified = CompareReports(from, to, {.specification_moved = true});
  EXPECT_EQ(specified.cells[0].contributions->specification, 1);
  EXPECT_THAT(specified.steps[0].causes, ElementsAre(Cause::kSpecification));
  const ReportRecord revised = Report({Number("a", 3)}, {Step("regression:a", "k2", 2)});
  const RunDiff coded = CompareReports(from, revised, {});
  EXPECT_EQ(coded.cells[0].contributions->code, 1);
  EXPECT_EQ(coded.steps[0].code, "algorithm revision 1, then 2");
  EXPECT_EQ(CompareReports(from, to, {.data_moved = true, .specification_moved = true}).cells[0].contributions,
            std::nullopt);
}

TEST(RunDiffTest, ACellPrintedOtherwiseFromTheSameResultsIsTheCodes) {
  const RunDiff diff = CompareReports(Report({Text("a", "1.0")}, {Step("regression:a", "k")}),
                                      Report({Text("a", "1.00")}, {Step("regression:a", "k")}), {});
  EXPECT_THAT(diff.causes, ElementsAre(Cause::kCode));
  ASSERT_EQ(diff.notes.size(), 1U);
}

TEST(RunDiffTest, TheOrderIsDataThenSpecificationThenCode) {
  RunDiff diff = CompareReports(Report({Number("a", 1)}, {Step("regression:a", "old")}),
                                Report({Number("a", 10)}, {Step("regression:a", "new", 2)}),
                                {.data_moved = true, .specification_moved = true});
  Decompose({.from_now = Report({Number("a", 1.5)}, {Step("regression:a", "now", 2)}),
             .after_data = Report({Number("a", 4)}, {Step("regression:a", "data", 2)}),
             .after_specification = Report({Number("a", 10)}, {Step("regression:a", "new", 2)})},
            diff);
  const Contributions& parts = diff.cells[0].contributions.value();
  EXPECT_EQ(parts.data, 2.5);
  EXPECT_EQ(parts.specification, 6);
  EXPECT_EQ(parts.code, 0.5);
  EXPECT_EQ(parts.from_now, 1.5);
  EXPECT_THAT(diff.steps[0].causes, ElementsAre(Cause::kData, Cause::kSpecification, Cause::kCode));
  EXPECT_THAT(diff.notes.front(), HasSubstr("order data, specification, code"));
  EXPECT_THAT(diff.notes.back(), HasSubstr("kept under their keys"));
}

TEST(RunDiffTest, AStepWhoseKeyTheDataLeaveAloneIsNotTheDatas) {
  RunDiff diff = CompareReports(Report({Number("a", 1)}, {Step("regression:a", "k1")}),
                                Report({Number("a", 2)}, {Step("regression:a", "k2")}),
                                {.data_moved = true, .specification_moved = true});
  Decompose({.from_now = Report({Number("a", 1)}, {Step("regression:a", "k1")}),
             .after_data = Report({Number("a", 1)}, {Step("regression:a", "k1")}),
             .after_specification = Report({Number("a", 2)}, {Step("regression:a", "k2")})},
            diff);
  EXPECT_THAT(diff.steps[0].causes, ElementsAre(Cause::kSpecification));
  EXPECT_EQ(diff.cells[0].contributions->data, 0);
  EXPECT_EQ(diff.cells[0].contributions->code, 0);
  EXPECT_EQ(diff.cells[0].contributions->specification, 1);
}

Contributions PartsOf(double from, double from_now, double after_data, double after_specification, double to) {
  RunDiff diff = CompareReports(Report({Number("a", from)}), Report({Number("a", to)}),
                                {.data_moved = true, .specification_moved = true});
  Decompose({.from_now = Report({Number("a", from_now)}),
             .after_data = Report({Number("a", after_data)}),
             .after_specification = Report({Number("a", after_specification)})},
            diff);
  return diff.cells[0].contributions.value();
}

// Numbers of one size: every difference of two is a double.
TEST(RunDiffTest, ThePartsAddUpToTheChangeInEveryBit) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> estimate(0.5, 1);
  for (int i = 0; i < 20'000; ++i) {
    const double from = estimate(random), to = estimate(random), between = estimate(random);
    const Contributions same_code = PartsOf(from, from, between, to, to);
    ASSERT_EQ(same_code.data + same_code.specification, to - from) << i;
    ASSERT_EQ(same_code.code, 0);
    const Contributions parts = PartsOf(from, estimate(random), between, estimate(random), to);
    ASSERT_EQ((parts.data + parts.specification) + parts.code, to - from) << i;
  }
}

// Where no double completes the sum, it is off by the last place of its largest part at most.
TEST(RunDiffTest, PartsOfAnySizeAddUpToTheLastPlace) {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  std::uniform_int_distribution<int> exponent(-20, 20);
  const auto draw = [&] { return std::ldexp(mantissa(random), exponent(random)); };
  for (int i = 0; i < 20'000; ++i) {
    const double from = draw(), to = draw();
    const Contributions parts = PartsOf(from, draw(), draw(), draw(), to);
    const double largest = std::max({std::abs(parts.data), std::abs(parts.specification), std::abs(parts.code)});
    const double place = std::nextafter(largest, INFINITY) - largest;
    ASSERT_LE(std::abs((parts.data + parts.specification) + parts.code - (to - from)), place) << i;
  }
}

TEST(RunDiffTest, ANumberThatOneStudyDoesNotGiveStaysWhole) {
  RunDiff diff = CompareReports(Report({Number("a", 1), Number("b", 1)}), Report({Number("a", 2), Number("b", 2)}),
                                {.data_moved = true, .specification_moved = true});
  Decompose({.from_now = Report({Number("a", 1), Number("b", 1)}),
             .after_data = Report({Number("b", 1)}),
             .after_specification = Report({Number("a", 2), Number("b", 2)})},
            diff);
  EXPECT_EQ(diff.cells[0].contributions, std::nullopt);
  EXPECT_TRUE(diff.cells[1].contributions.has_value());
  EXPECT_THAT(diff.notes.back(), HasSubstr("1 number that moved is not split"));
}

TEST(RunDiffTest, ProgramsGetEveryDigitAndPeopleEveryList) {
  RunDiff diff = CompareReports(
      Report({Number("a", 0.1, "*"), Text("v", "agrees")}, {Step("regression:a", "k1")}, {{"W10", "rule", "warn, so"}}),
      Report({Number("a", 0.3, "**"), Text("v", "differs")}, {Step("regression:a", "k2")}), {.data_moved = true});
  const std::string csv = RenderDiffCsv(diff);
  EXPECT_THAT(csv, HasSubstr("cell,t1,,a,c1,0.10000000000000001,0.29999999999999999,0.19999999999999998,"));
  EXPECT_THAT(csv, HasSubstr("step,,,regression:a,,,,,,,,,k1,k2,data\n"));
  EXPECT_THAT(csv, HasSubstr("rule,,,W10,,,,,,,,,\"warn, so\",,\n"));
  for (const std::string& text : {RenderDiffText(diff), RenderDiffMarkdown(diff)}) {
    for (const char* part : {"Numbers that moved", "Stars that changed", "Other cells that changed",
                             "Rules and sentences that changed", "Results that are not the same", "+0.2", "agrees"}) {
      EXPECT_THAT(text, HasSubstr(part));
    }
  }
}

TEST(RunDiffTest, ALongListIsCutOnATerminalOnly) {
  std::vector<CellRecord> from, to;
  for (int i = 0; i < 100; ++i) {
    from.push_back(Number("row" + std::to_string(i), 1));
    to.push_back(Number("row" + std::to_string(i), 2));
  }
  const RunDiff diff = CompareReports(Report(from), Report(to), {.data_moved = true});
  EXPECT_THAT(RenderDiffText(diff), HasSubstr("The first 40 of 100"));
  EXPECT_THAT(RenderDiffText(diff), Not(HasSubstr("row99")));
  EXPECT_THAT(RenderDiffMarkdown(diff), HasSubstr("row99"));
}

TEST(RunRecordTest, ReadsWhatTheReportWrites) {
  ReportContent content;
  Table table;
  table.id = "t1";
  table.columns = {{"m", "(1)"}, {"m", "(2)"}};
  Panel panel;
  Row row;
  row.id = "coef:x";
  row.label = "x";
  Cell cell = Cell::Real(0.1 + 0.2);
  cell.stars = "**";
  row.cells = {cell, Cell::Empty()};
  panel.rows.push_back(row);
  row.label = "";
  row.cells = {Cell::Count(7), Cell::Text("yes")};
  panel.rows.push_back(row);
  table.panels.push_back(panel);
  content.tables.push_back(table);
  content.claims.push_back({"c", "", "W14", "not tested"});
  content.provenance.emplace_back().step = "dea:main";
  const auto record = ReadReportRecord(RenderReportJson(content));
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  ASSERT_EQ(record->cells.size(), 3U);
  EXPECT_EQ(record->cells[0].number, 0.1 + 0.2);
  EXPECT_EQ(record->cells[0].stars, "**");
  EXPECT_EQ(record->cells[1].row, "coef:x#2");
  EXPECT_EQ(record->cells[1].row_label, "x");
  EXPECT_EQ(record->cells[2].column, "m#2");
  EXPECT_EQ(record->cells[2].number, std::nullopt);
  EXPECT_EQ(record->sentences[0].text, "refused by W14");
  EXPECT_EQ(record->steps[0].id, "dea:main");
}

TEST(RunRecordTest, WhatIsNotAReportIsRefused) {
  for (const char* text : {"", "{}", "[]", "{\"tables\": 3}", "not json"}) {
    EXPECT_EQ(ReadReportRecord(text).status().reason(), "REPORT_CORRUPT") << text;
  }
}

}  // namespace
}  // namespace farrell::reporting
