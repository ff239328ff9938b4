#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Twelve units, four periods, two groups with slopes 1 and 3, and a disturbance that no effect absorbs.
std::string Panel() {
  std::string csv = "unit,year,group,x,z,y\n";
  for (int unit = 0; unit < 12; ++unit) {
    for (int period = 0; period < 4; ++period) {
      const double x = (unit * 7 + period * 5 + unit * period) % 13;
      const double z = (unit * 3 + period * 11) % 7;
      const double slope = unit % 2 == 0 ? 1.0 : 3.0;
      const double noise = ((unit * 31 + period * 17 + unit * unit * period) % 10 - 4.5) / 10.0;
      csv += "u" + std::to_string(unit) + "," + std::to_string(2010 + period) + "," + (unit % 2 == 0 ? "even" : "odd") +
             "," + std::to_string(x) + "," + std::to_string(z) + "," +
             std::to_string(10.0 * unit + period + slope * x + noise) + "\n";
    }
  }
  return csv;
}

double Number(const std::string& cell) { return std::strtod(cell.c_str(), nullptr); }

class CompareCommand : public ::testing::Test {
 protected:
  FarrellRun RegressPanel(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"regress", farrell_.Write("panel.csv", Panel()), "--unit", "unit", "--time",
                                         "year", "--state", "memory"});
    return farrell_.Run(arguments);
  }
  FarrellRun Compare(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"compare", farrell_.Write("panel.csv", Panel()), "--unit", "unit", "--time",
                                         "year", "--state", "memory"});
    return farrell_.Run(arguments);
  }
  FarrellFixture farrell_;
};

TEST_F(CompareCommand, ComparePrintsGroupsDifferencesAndTheJointTest) {
  const FarrellRun run = Compare({"y ~ x + z | unit + year", "--by", "group", "--terms", "x", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(
      Lines(run.out)[0],
      "section,group,versus,term,estimate,std_error,statistic,df,df2,p_value,p_adjusted,conf_low,conf_high,inference");
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 14U);  // two of Chow's tests, then what the pooled slope is made of
  EXPECT_THAT(std::vector<std::string>(rows[1].begin(), rows[1].begin() + 4), ElementsAre("group", "even", "", "x"));
  EXPECT_EQ(rows[1][7], "5");  // t(G_g - 1)
  EXPECT_THAT(std::vector<std::string>(rows[3].begin(), rows[3].begin() + 4),
              ElementsAre("difference", "even", "odd", "x"));
  EXPECT_NEAR(Number(rows[3][4]), Number(rows[1][4]) - Number(rows[2][4]), 1e-12);
  EXPECT_THAT(std::vector<std::string>(rows[4].begin(), rows[4].begin() + 4), ElementsAre("joint", "", "", "x"));
  EXPECT_EQ(rows[4][7], "1");
  EXPECT_LT(Number(rows[4][9]), 0.001);
  const std::vector<std::string> sections = {"pooled-weight",         "pooled-residual-slope", "pooled-weight",
                                             "pooled-residual-slope", "pooled-slope",          "pooled-own-slopes",
                                             "pooled-remainder"};
  for (std::size_t k = 0; k < sections.size(); ++k) EXPECT_EQ(rows[7 + k][0], sections[k]);
  EXPECT_NEAR(Number(rows[7][4]) + Number(rows[9][4]), 1, 1e-12);
  EXPECT_NEAR(Number(rows[7][4]) * Number(rows[8][4]) + Number(rows[9][4]) * Number(rows[10][4]), Number(rows[11][4]),
              1e-12);
  EXPECT_NEAR(Number(rows[7][4]) * Number(rows[1][4]) + Number(rows[9][4]) * Number(rows[2][4]), Number(rows[12][4]),
              1e-12);
  EXPECT_NEAR(Number(rows[11][4]) - Number(rows[12][4]), Number(rows[13][4]), 1e-12);
}

TEST_F(CompareCommand, ComparedGroupsEqualTheirOwnRegressions) {
  const FarrellRun compared =
      Compare({"y ~ x + z | unit + year", "--by", "group", "--terms", "x", "--vcov", "cr3:unit", "--format", "csv"});
  for (const auto& [row, group] : {std::pair(1, "even"), std::pair(2, "odd")}) {
    const FarrellRun own = RegressPanel({"y ~ x + z | unit + year", "--where", std::string("group == '") + group + "'",
                                         "--vcov", "cr3:unit", "--format", "csv"});
    const auto mine = Cells(own.out).at(1);
    const auto theirs = Cells(compared.out).at(static_cast<std::size_t>(row));
    EXPECT_NEAR(Number(mine[1]), Number(theirs[4]), 1e-12);
    EXPECT_NEAR(Number(mine[2]), Number(theirs[5]), 1e-12);
  }
}

TEST_F(CompareCommand, CompareSaysHowItInteracts) {
  const FarrellRun everything = Compare({"y ~ x + z | unit + year", "--by", "group", "--terms", "x"});
  EXPECT_THAT(everything.err, HasSubstr("everything interacted"));
  const FarrellRun only =
      Compare({"y ~ x + z | unit + year", "--by", "group", "--terms", "x", "--interact", "x-only", "--format", "csv"});
  EXPECT_EQ(only.exit_code, 0) << only.err;
  EXPECT_THAT(only.err, HasSubstr("only the compared terms interacted"));
  EXPECT_EQ(Compare({"y ~ x", "--by", "group", "--interact", "some"}).exit_code, 2);
  EXPECT_EQ(Compare({"y ~ x"}).exit_code, 2);
  EXPECT_NE(Compare({"y ~ x", "--by", "nothing"}).exit_code, 0);
}

TEST_F(CompareCommand, CompareJsonHasEverything) {
  const FarrellRun run = Compare({"y ~ x | unit", "--by", "group", "--terms", "x", "--format", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result["groups"].size(), 2U);
  EXPECT_EQ(result["interact"], "INTERACT_EVERYTHING");
  EXPECT_TRUE(result["joints"][0]["p_value"].is_number());
  EXPECT_THAT(run.out, Not(HasSubstr("elapsed_seconds\": 0.")));
}

// One row a difference and inference, one a test of equality.
TEST_F(CompareCommand, EveryInferenceHasItsRows) {
  const FarrellRun run =
      Compare({"y ~ x + z | unit", "--by", "group", "--terms", "x", "--inference", "cr1,cr2,cr3,wild,permutation",
               "--adjust", "romano-wolf", "--draws", "199", "--order", "odd > even", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::vector<std::string> differences;
  std::vector<std::string> joints;
  int orders = 0;
  for (const auto& row : Cells(run.out)) {
    if (row[0] == "difference") differences.push_back(row[13]);
    if (row[0] == "joint") joints.push_back(row[13]);
    if (row[0] == "order" || row[0] == "rank") ++orders;
  }
  EXPECT_THAT(differences, ElementsAre("CR1 by unit", "CR2 by unit", "CR3 by unit", "wild bootstrap by unit",
                                       HasSubstr("permutation of unit")));
  EXPECT_THAT(joints,
              ElementsAre("Welch (CR1 by unit)", "HTZ (CR2 by unit)", "Welch (CR3 by unit)", "wild bootstrap by unit",
                          HasSubstr("permutation of unit"), "Chow", "Chow of all slopes"));
  EXPECT_EQ(orders, 3 + 4);
}

// Every preset has its own rows, told apart by the column ssc.
TEST_F(CompareCommand, AllCorrectionsStandSideBySide) {
  const FarrellRun run = Compare({"y ~ x + z | unit", "--by", "group", "--terms", "x", "--inference", "cr1:unit",
                                  "--ssc", "all", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  EXPECT_EQ(rows[0].back(), "ssc");
  std::map<std::string, std::vector<std::string>> presets;
  for (const auto& row : rows) presets[row[0] + " " + row[1]].push_back(row.back());
  EXPECT_THAT(presets["difference even"], ::testing::IsSupersetOf({"fixest", "xtreg_fe", "none"}));
  EXPECT_EQ(presets["group even"], presets["difference even"]);
  EXPECT_EQ(presets["joint "].size(), presets["difference even"].size() + 2);  // Chow's
}

TEST_F(CompareCommand, EquationsStandSideBySide) {
  const FarrellRun run = Compare({"--equation", "even=y ~ x | unit @ group == 'even'", "--equation",
                                  "odd=y ~ x | unit @ group == 'odd'", "--inference", "cr3:unit", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  const FarrellRun groups = Compare({"y ~ x | unit", "--by", "group", "--vcov", "cr3:unit", "--format", "csv"});
  EXPECT_EQ(rows[3][4], Cells(groups.out)[3][4]);
  EXPECT_EQ(rows[3][5], Cells(groups.out)[3][5]);
  EXPECT_EQ(rows[3][14], "even");
  EXPECT_EQ(rows[3][15], "odd");
  EXPECT_EQ(Compare({"--equation", "y ~ x", "--equation", "b=y ~ z"}).exit_code, 2);
  EXPECT_EQ(Compare({"--equation", "b=y ~ z"}).exit_code, 2);
}

}  // namespace
}  // namespace farrell::testing
