// The options and verbs of efficiency analysis beyond the radial score, as programs call them.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Twelve units in three periods and two groups; one bad output.
std::string PanelText() {
  std::string text = "unit,year,group,x1,x2,z,y,b\n";
  for (int year = 2018; year <= 2020; ++year) {
    for (int unit = 0; unit < 12; ++unit) {
      const int x1 = 3 + (unit * 7 + year) % 11;
      const int x2 = 2 + (unit * 5 + 3 * year) % 9;
      const int z = 4 + (unit * 3 + year) % 8;
      const int y = 5 + (unit * unit + 2 * year) % 13;
      const int b = 1 + (unit * 4 + year) % 6;
      text += "u" + std::to_string(10 + unit) + "," + std::to_string(year) + (unit < 6 ? ",east" : ",west");
      for (const int value : {x1, x2, z, y, b}) text += "," + std::to_string(value);
      text += "\n";
    }
  }
  return text;
}

class DeaModelsCommand : public ::testing::Test {
 protected:
  void SetUp() override { panel_ = farrell_.Write("panel.csv", PanelText()); }

  FarrellRun Run(const std::string& verb, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {verb, panel_, "--unit", "unit", "--time", "year", "--state", "memory"});
    return farrell_.Run(arguments);
  }
  FarrellRun Dea(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--inputs", "x1,x2", "--outputs", "y", "--format", "csv"});
    return Run("dea", std::move(arguments));
  }
  // Column of a CSV output by its name, header left out.
  static std::vector<std::string> ColumnOf(const FarrellRun& run, const std::string& name) {
    const auto rows = Cells(run.out);
    std::vector<std::string> cells;
    if (rows.empty()) return cells;
    for (std::size_t c = 0; c < rows[0].size(); ++c) {
      if (rows[0][c] != name) continue;
      for (std::size_t r = 1; r < rows.size(); ++r) cells.push_back(rows[r][c]);
    }
    EXPECT_FALSE(cells.empty()) << "no column " << name << " in " << run.out << run.err;
    return cells;
  }

  FarrellFixture farrell_;
  std::string panel_;
};

TEST_F(DeaModelsCommand, EveryModelNamesItsMeasure) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> models = {
      {{"--model", "radial"}, "theta"},
      {{"--orientation", "output"}, "1/phi"},
      {{"--orientation", "output", "--measure", "farrell"}, "phi"},
      {{"--model", "fdh"}, "theta"},
      {{"--model", "additive"}, "slack_sum"},
      {{"--model", "ram", "--rts", "vrs"}, "ram"},
      {{"--model", "bam"}, "bam"},
      {{"--model", "sbm"}, "rho"},
      {{"--model", "ddf"}, "beta"},
      {{"--model", "ddf", "--non-radial"}, "beta"},
      {{"--model", "rdm", "--rts", "vrs"}, "1-beta"},
      {{"--rts", "grs:0.8,1.2"}, "theta"},
  };
  for (const auto& [arguments, measure] : models) {
    const FarrellRun run = Dea(arguments);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    for (const std::string& cell : ColumnOf(run, "measure")) EXPECT_EQ(cell, measure) << arguments[1];
    for (const std::string& score : ColumnOf(run, "score")) EXPECT_FALSE(score.empty()) << arguments[1];
  }
}

TEST_F(DeaModelsCommand, OptionsAddTheirColumns) {
  EXPECT_EQ(ColumnOf(Dea({"--metafrontier", "group"}), "gap_ratio").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--cross", "benevolent"}), "cross_score").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--influence"}), "peer_count").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--scale"}), "mpss_high").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--multipliers"}), "price.x2").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--bad-outputs", "b", "--disposability", "kuosmanen", "--peers"}), "abated_peers").size(),
            36U);
  EXPECT_EQ(ColumnOf(Dea({"--bad-outputs", "b", "--model", "ddf", "--slacks"}), "target.b").size(), 36U);
  EXPECT_EQ(ColumnOf(Dea({"--non-discretionary", "x2", "--nd-rule", "ncn"}), "score").size(), 36U);
}

TEST_F(DeaModelsCommand, InfeasibleIsAStatusAndItsRemedyStandsBesideIt) {
  const FarrellRun run = Dea({"--super", "--rts", "vrs", "--super-remedy", "cook"});
  const std::vector<std::string> statuses = ColumnOf(run, "status");
  const std::vector<std::string> scores = ColumnOf(run, "score");
  const std::vector<std::string> remedies = ColumnOf(run, "remedy_score");
  ASSERT_THAT(statuses, Contains("infeasible"));
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(scores[i].empty(), statuses[i] == "infeasible");
    EXPECT_EQ(remedies[i].empty(), statuses[i] != "infeasible");
  }
}

TEST_F(DeaModelsCommand, ABootstrapIsTheSameOnAnyNumberOfThreads) {
  const std::vector<std::string> flags = {"--rts", "vrs", "--bootstrap", "sw98", "--reps", "40", "--seed", "7"};
  std::vector<std::string> one = flags;
  one.insert(one.end(), {"--threads", "1"});
  std::vector<std::string> four = flags;
  four.insert(four.end(), {"--threads", "4"});
  const FarrellRun first = Dea(one);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, Dea(four).out);
  const std::vector<std::string> low = ColumnOf(first, "conf_low");
  const std::vector<std::string> high = ColumnOf(first, "conf_high");
  for (std::size_t i = 0; i < low.size(); ++i) EXPECT_LE(std::stod(low[i]), std::stod(high[i]));
}

TEST_F(DeaModelsCommand, FlagsThatSayNothingAloneAreRefusedByName) {
  const FarrellRun run = Dea({"--reps", "10", "--disposability", "weak", "--nd-rule", "ncn", "--cross", "friendly"});
  EXPECT_EQ(run.exit_code, 2);
  for (const char* text : {"--reps: needs --bootstrap", "--disposability: needs --bad-outputs",
                           "--nd-rule: needs --non-discretionary", "--cross: unknown cross-efficiency 'friendly'"}) {
    EXPECT_THAT(run.err, HasSubstr(text));
  }
}

TEST_F(DeaModelsCommand, WeightRestrictionsComeFromAFile) {
  const std::string weights = farrell_.Write("w.csv", "measure,over,low,high\nx1,x2,0.5,2\n");
  const FarrellRun free = Dea({});
  const FarrellRun bound = Dea({"--weights", weights});
  ASSERT_EQ(bound.exit_code, 0) << bound.err;
  const std::vector<std::string> with = ColumnOf(bound, "score");
  const std::vector<std::string> without = ColumnOf(free, "score");
  bool lower = false;
  for (std::size_t i = 0; i < with.size(); ++i) {
    EXPECT_LE(std::stod(with[i]), std::stod(without[i]) + 1e-9);
    lower = lower || std::stod(with[i]) < std::stod(without[i]) - 1e-3;
  }
  EXPECT_TRUE(lower);
  const FarrellRun wrong = Dea({"--weights", farrell_.Write("bad.csv", "measure,over,low,high\nx1,y,1,2\nx9,,,\n")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("line 3"));
}

TEST_F(DeaModelsCommand, VerifyChecksAgainstTheDataAndSaysWhenItDoesNot) {
  const FarrellRun json = Run("dea", {"--inputs", "x1,x2", "--outputs", "y", "--model", "sbm", "--format", "json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const std::string result = farrell_.Write("result.json", json.out);
  const auto verify = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"dea", "verify"});
    arguments.insert(arguments.end(), {"--state", "memory"});
    return farrell_.Run(arguments);
  };
  const std::vector<std::string> keys = {"--data", panel_, "--unit", "unit", "--time", "year"};
  std::vector<std::string> with_data = {result};
  with_data.insert(with_data.end(), keys.begin(), keys.end());
  const FarrellRun checked = verify(with_data);
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("checked against the data: 36 optimal"));
  EXPECT_THAT(verify({result}).out, HasSubstr("data not checked"));

  std::string spoiled = json.out;
  const std::size_t at = spoiled.find("\"weight\": ") + 10;
  spoiled.insert(at, "1");
  std::vector<std::string> tampered = with_data;
  tampered[0] = farrell_.Write("spoiled.json", spoiled);
  const FarrellRun caught = verify(tampered);
  EXPECT_EQ(caught.exit_code, 6) << caught.out;
  EXPECT_THAT(caught.err, HasSubstr("unit u10, time 2018"));

  std::vector<std::string> other = with_data;
  other[2] = farrell_.Write("other.csv", "unit,year,x1,x2,y\nu10,2018,1,1,1\n");
  EXPECT_EQ(verify(other).exit_code, 2);
  EXPECT_EQ(verify({farrell_.Write("broken.json", "{\"units\": 3")}).exit_code, 2);
}

TEST_F(DeaModelsCommand, ProductivityPrintsThePartsOfItsIndex) {
  const std::vector<std::string> columns = {"--inputs", "x1,x2", "--outputs", "y", "--format", "csv"};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), columns.begin(), columns.end());
    return Run("productivity", std::move(arguments));
  };
  const FarrellRun fgnz = run({"--index", "fgnz"});
  EXPECT_THAT(Cells(fgnz.out)[0], ElementsAre("unit", "from", "to", "index", "efficiency_change", "technical_change",
                                              "pure_efficiency_change", "scale_efficiency_change", "status"));
  EXPECT_EQ(ColumnOf(fgnz, "status").size(), 24U);
  EXPECT_THAT(
      Cells(run({"--index", "ray-desli"}).out)[0],
      ElementsAre("unit", "from", "to", "index", "efficiency_change", "technical_change", "scale_change", "status"));
  for (const char* index : {"malmquist", "sequential", "biennial", "global", "luenberger"}) {
    const FarrellRun other = run({"--index", index});
    ASSERT_EQ(other.exit_code, 0) << other.err;
    const std::vector<std::string> whole = ColumnOf(other, "index");
    const std::vector<std::string> efficiency = ColumnOf(other, "efficiency_change");
    const std::vector<std::string> technical = ColumnOf(other, "technical_change");
    const std::vector<std::string> status = ColumnOf(other, "status");
    for (std::size_t i = 0; i < whole.size(); ++i) {
      if (status[i] != "optimal") continue;
      const double a = std::stod(efficiency[i]);
      const double b = std::stod(technical[i]);
      EXPECT_NEAR(std::stod(whole[i]), std::string(index) == "luenberger" ? a + b : a * b, 1e-9) << index;
    }
  }
  EXPECT_EQ(run({"--bad-outputs", "b", "--index", "malmquist-luenberger"}).exit_code, 0);
  EXPECT_EQ(ColumnOf(run({"--bootstrap", "sw99", "--reps", "20"}), "index.conf_high").size(), 24U);
  EXPECT_THAT(run({"--reps", "20"}).err, HasSubstr("--reps: needs --bootstrap sw99"));
}

TEST_F(DeaModelsCommand, ANetworkSplitsItsScore) {
  const std::vector<std::string> columns = {"--stage1-inputs", "x1,x2", "--intermediates", "z",
                                            "--outputs",       "y",     "--format",        "csv"};
  const FarrellRun run = Run("network", columns);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<std::string> score = ColumnOf(run, "score");
  const std::vector<std::string> first = ColumnOf(run, "stage1_first");
  const std::vector<std::string> second = ColumnOf(run, "stage2_first");
  ASSERT_EQ(score.size(), 36U);
  for (std::size_t i = 0; i < score.size(); ++i) {
    EXPECT_NEAR(std::stod(score[i]), std::stod(first[i]) * std::stod(second[i]), 1e-9);
  }
  std::vector<std::string> chen = columns;
  chen.insert(chen.end(), {"--decomposition", "chen"});
  EXPECT_EQ(ColumnOf(Run("network", chen), "stage1_weight").size(), 36U);
}

TEST_F(DeaModelsCommand, TestsAndDiagnosticsPrintTheirTables) {
  const std::vector<std::string> columns = {"--inputs", "x1,x2", "--outputs", "y", "--format", "csv"};
  const auto run = [&](const std::string& verb, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), columns.begin(), columns.end());
    return Run(verb, std::move(arguments));
  };
  const FarrellRun rts = run("test-rts", {"--frontier", "global", "--reps", "50", "--seed", "1"});
  ASSERT_EQ(rts.exit_code, 0) << rts.err;
  EXPECT_EQ(ColumnOf(rts, "null")[0], "crs");
  const FarrellRun outliers = run("outliers", {"--largest", "2", "--kept", "3", "--frontier", "global"});
  ASSERT_EQ(outliers.exit_code, 0) << outliers.err;
  EXPECT_EQ(ColumnOf(outliers, "ratio").size(), 6U);
  const FarrellRun influence = run("outliers", {"--method", "leave-one-out"});
  EXPECT_EQ(influence.exit_code, 0) << influence.err;
  const FarrellRun groups = run("group-means", {"--group", "group", "--rts", "vrs"});
  ASSERT_EQ(groups.exit_code, 0) << groups.err;
  EXPECT_THAT(ColumnOf(groups, "section"), ElementsAre("mean", "mean", "difference"));
}

}  // namespace
}  // namespace farrell::testing
