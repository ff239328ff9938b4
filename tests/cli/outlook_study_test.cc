// Nowcasts and early warnings of a study are what the commands say, and their scores those of a frozen frontier.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kUnits = 14;
constexpr int kPeriods = 8;

double Inputs(int unit, int period) { return 100 + 17 * unit + 9 * period + (unit * 7 + period * 5) % 11; }

// The outcome of the last year has not arrived, unless `known`; nor has the input of the last unit.
std::string Panel(bool known) {
  std::string csv = "unit,year,x,y\n";
  for (int unit = 0; unit < kUnits; ++unit) {
    for (int period = 0; period < kPeriods; ++period) {
      const bool last = period == kPeriods - 1;
      const double output = 50 + 8 * unit + 3 * period + (unit * 5 + period * period * 3) % 13;
      csv += "u" + std::to_string(100 + unit) + "," + std::to_string(2010 + period) + "," +
             (last && unit == kUnits - 1 ? std::string() : std::to_string(Inputs(unit, period))) + "," +
             (last && !known ? std::string() : std::to_string(output)) + "\n";
    }
  }
  return csv;
}

constexpr const char* kStudy = R"yaml(id: outlook
title: What comes next
seed: 3
data: {file: panel.csv, unit: unit, time: year, known_at: "2018-01-01"}
dea:
  - {id: main, inputs: [x], outputs: [y], orientation: output, frontier: global, exclude_invalid: true}
nowcasts:
  - {id: next, formula: "log(y) ~ log(x) | unit", period: 2017, dea: main}
early_warnings:
  - {id: falling, event: "score.main < 0.98 * lag(score.main)", predictors: [log(score.main), growth(x)], reps: 199, where: year <= 2016}
tables:
  - {id: nowcast, kind: nowcast, title: The next year, columns: next}
  - {id: warning, kind: early_warning, title: Who may fall, columns: falling}
)yaml";

std::map<std::string, std::vector<std::string>> RowsByLabel(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::map<std::string, std::vector<std::string>> rows;
  for (const std::vector<std::string>& row : Cells(text.str())) {
    if (row.size() > 1) rows[row[1]] = row;
  }
  return rows;
}

double Value(const std::string& cell) { return std::strtod(cell.c_str(), nullptr); }

class OutlookStudy : public ::testing::Test {
 protected:
  FarrellFixture farrell_;
};

TEST_F(OutlookStudy, TablesAreWhatTheCommandsSay) {
  const std::string panel = farrell_.Write("panel.csv", Panel(false));
  const std::string study = farrell_.Write("study.yaml", kStudy);
  const std::string out = farrell_.Path("out");
  const FarrellRun run = farrell_.Run({"study", "run", study, "--out", out, "--state", "memory"});
  ASSERT_EQ(run.exit_code, 0) << run.err;

  const FarrellRun nowcast = farrell_.Run({"nowcast", panel, "log(y) ~ log(x) | unit", "--unit", "unit", "--time",
                                           "year", "--state", "memory", "--format", "csv"});
  ASSERT_EQ(nowcast.exit_code, 0) << nowcast.err;
  // What one unit of output would score: the frontier of the years before, of which every row has its output.
  const FarrellRun frozen = farrell_.Run({"dea",
                                          panel,
                                          "--unit",
                                          "unit",
                                          "--time",
                                          "year",
                                          "--inputs",
                                          "x",
                                          "--outputs",
                                          "if(year == 2017, 1, y)",
                                          "--orientation",
                                          "output",
                                          "--frontier",
                                          "global",
                                          "--frozen-out",
                                          "year=2017",
                                          "--exclude-invalid",
                                          "--state",
                                          "memory",
                                          "--format",
                                          "csv"});
  ASSERT_EQ(frozen.exit_code, 0) << frozen.err;
  std::map<std::string, double> unit_scores;
  for (const std::vector<std::string>& row : Cells(frozen.out)) {
    if (row.size() > 2 && row[1] == "2017" && !row[2].empty()) unit_scores[row[0]] = Value(row[2]);
  }
  EXPECT_EQ(unit_scores.size(), kUnits - 1);

  std::map<std::string, std::vector<std::string>> table = RowsByLabel(out + "/tables/nowcast.csv");
  int compared = 0;
  for (const std::vector<std::string>& row : Cells(nowcast.out)) {
    if (row[0] != "unit") continue;
    ASSERT_TRUE(table.contains(row[1])) << row[1];
    const std::vector<std::string>& cells = table[row[1]];
    const double prediction = std::exp(Value(row[3]));
    EXPECT_NEAR(Value(cells[3]), prediction, 1e-12 * prediction);
    EXPECT_NEAR(Value(cells[4]), std::exp(Value(row[4])), 1e-12 * prediction);
    EXPECT_NEAR(Value(cells[6]), prediction * unit_scores.at(row[1]), 1e-9);
    EXPECT_NEAR(Value(cells[8]), std::exp(Value(row[5])) * unit_scores.at(row[1]), 1e-9);
    ++compared;
  }
  EXPECT_EQ(compared, kUnits - 1);

  std::ifstream report(out + "/report.md");
  std::ostringstream text;
  text << report.rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("Not predicted, a regressor or a past is missing: u113."));
  EXPECT_TRUE(RowsByLabel(out + "/tables/warning.csv").contains("u100"));
}

// With the outcome known, it stands beside the prediction, which does not move.
TEST_F(OutlookStudy, TheOutcomeObservedIsShownAndNotUsed) {
  const auto tables = [&](bool known) {
    farrell_.Write("panel.csv", Panel(known));
    const std::string study = farrell_.Write("study.yaml", kStudy);
    const std::string out = farrell_.Path(known ? "known" : "unknown");
    const FarrellRun run = farrell_.Run({"study", "run", study, "--out", out, "--state", "memory"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return RowsByLabel(out + "/tables/nowcast.csv");
  };
  const auto unknown = tables(false);
  const auto known = tables(true);
  EXPECT_EQ(known.at("u100")[3], unknown.at("u100")[3]);
  EXPECT_DOUBLE_EQ(Value(known.at("u100")[6]), 50 + 21 + 49 * 3 % 13);
}

TEST_F(OutlookStudy, WhatCannotBeComputedIsToldWithItsPlace) {
  farrell_.Write("panel.csv", Panel(false));
  std::string text = kStudy;
  const std::string event = "score.main < 0.98 * lag(score.main)";
  text.replace(text.find(event), event.size(), "score.main > 2");
  const FarrellRun run = farrell_.Run(
      {"study", "run", farrell_.Write("study.yaml", text), "--out", farrell_.Path("out"), "--state", "memory"});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("study.yaml:10"));
  EXPECT_THAT(run.err, HasSubstr("it never happens"));
}

}  // namespace
}  // namespace farrell::testing
