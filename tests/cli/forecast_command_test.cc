#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

// Fifteen units, eight periods; y = 3 + x without noise but in the last period, where it is missing.
std::string Panel() {
  std::string csv = "unit,year,x,y,score\n";
  for (int unit = 0; unit < 15; ++unit) {
    for (int period = 0; period < 8; ++period) {
      const int x = (unit * 7 + period * 5 + unit * period) % 13;
      const double score = 0.5 + 0.01 * ((unit * 11 + period * 29 + unit * unit * period) % 40);
      csv += "u" + std::to_string(100 + unit) + "," + std::to_string(2010 + period) + "," + std::to_string(x) + "," +
             (period == 7 ? "" : std::to_string(3 + x)) + "," + std::to_string(score) + "\n";
    }
  }
  return csv;
}

class ForecastCommand : public ::testing::Test {
 protected:
  FarrellRun Run(const std::string& verb, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {verb, farrell_.Write("panel.csv", Panel()), "--state", "memory", "--unit",
                                         "unit", "--time", "year"});
    return farrell_.Run(arguments);
  }
  FarrellFixture farrell_;
};

TEST_F(ForecastCommand, NowcastPrintsUnitsAndBacktest) {
  const FarrellRun run = Run("nowcast", {"y ~ x | unit", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 1U + 15U + 4U);
  EXPECT_EQ(rows[1][0], "unit");
  EXPECT_EQ(rows[1][1], "u100");
  EXPECT_EQ(rows[1][2], "2017");
  // x of u100 in 2017 is (7 * 5) % 13 = 9.
  EXPECT_NEAR(std::strtod(rows[1][3].c_str(), nullptr), 12.0, 1e-9);
  EXPECT_EQ(rows[16][0], "backtest");
  EXPECT_EQ(rows[16][2], "2013");
  EXPECT_THAT(run.err, HasSubstr("15 units predicted, 0 left out"));
}

TEST_F(ForecastCommand, NowcastRefusesPeriodEffects) {
  const FarrellRun run = Run("nowcast", {"y ~ x | year"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_THAT(run.err, HasSubstr("formula"));
}

TEST_F(ForecastCommand, EarlyWarningListsUnitsByProbability) {
  const FarrellRun run = Run("early-warning", {"score < 0.95 * lag(score)", "--predictors", "score,lag(score)",
                                               "--reps", "199", "--seed", "7", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 1U + 15U + 2U + 5U);
  for (std::size_t k = 2; k <= 15; ++k) {
    EXPECT_LE(std::strtod(rows[k][2].c_str(), nullptr), std::strtod(rows[k - 1][2].c_str(), nullptr));
  }
  EXPECT_EQ(rows[16][0], "predictor");
  EXPECT_EQ(rows[16][1], "score");
  // A high score is likelier to fall.
  EXPECT_GT(std::strtod(rows[16][2].c_str(), nullptr), 0.0);
  EXPECT_THAT(run.err, HasSubstr("base rate"));

  const FarrellRun json = Run("early-warning", {"score < 0.95 * lag(score)", "--predictors", "score,lag(score)",
                                                "--reps", "199", "--seed", "7", "--format", "json"});
  ASSERT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(nlohmann::json::parse(json.out)["units"].size(), 15U);
}

TEST_F(ForecastCommand, EarlyWarningNamesTheEventThatNeverHappens) {
  const FarrellRun run = Run("early-warning", {"score < 0", "--predictors", "score"});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("it never happens"));
}

}  // namespace
}  // namespace farrell::testing
