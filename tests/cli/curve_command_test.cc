#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

// Twelve units, five periods, two outcomes that rise with x.
std::string Panel() {
  std::string csv = "unit,year,x,z,y,v\n";
  for (int unit = 0; unit < 12; ++unit) {
    for (int period = 0; period < 5; ++period) {
      const double x = (unit * 7 + period * 5 + unit * period) % 13;
      const double z = (unit * 3 + period * 11) % 7;
      const double noise = ((unit * 31 + period * 17 + unit * unit * period) % 10 - 4.5) / 3.0;
      csv += "u" + std::to_string(100 + unit) + "," + std::to_string(2010 + period) + "," + std::to_string(x) + "," +
             std::to_string(z) + "," + std::to_string(unit + 2.0 * x + z + noise) + "," +
             std::to_string(0.5 * x - z + 2.0 * noise) + "\n";
    }
  }
  return csv;
}

class CurveCommand : public ::testing::Test {
 protected:
  FarrellRun Run(const std::string& verb, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {verb, farrell_.Write("panel.csv", Panel()), "--state", "memory", "--unit",
                                         "unit", "--time", "year"});
    return farrell_.Run(arguments);
  }
  FarrellRun Curve(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--term", "x", "--outcome", "y"});
    return Run("curve", std::move(arguments));
  }
  FarrellFixture farrell_;
};

const std::vector<std::string> kChoices = {
    "--outcome", "v",         "--controls",  "1",        "--controls", "z",        "--effects",
    "0",         "--effects", "unit + year", "--sample", "all",        "--sample", "recent=year >= 2011",
    "--vcov",    "cr1:unit",  "--vcov",      "hc1",      "--draws",    "199",      "--seed",
    "4"};

std::vector<std::string> With(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(CurveCommand, CsvHasOneRowASpecificationByIncreasingEstimate) {
  const FarrellRun run = Curve(With(kChoices, {"--format", "csv"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Lines(run.out)[0],
            "term,outcome,controls,effects,instruments,sample,weights,vcov,estimate,std_error,p_value,conf_low,conf_"
            "high,n,clusters,"
            "note");
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 1U + 32U);
  for (std::size_t k = 2; k < rows.size(); ++k) {
    EXPECT_LE(std::strtod(rows[k - 1][8].c_str(), nullptr), std::strtod(rows[k][8].c_str(), nullptr));
  }
  EXPECT_THAT(run.err, HasSubstr("32 specifications"));
  EXPECT_THAT(run.err, HasSubstr("no effect in any of 16 models"));
}

TEST_F(CurveCommand, EveryRowIsWhatRegressPrints) {
  const FarrellRun run = Curve(With(kChoices, {"--format", "csv"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  int compared = 0;
  for (std::size_t k = 1; k < rows.size(); k += 5) {
    const auto& row = rows[k];
    std::string formula = row[1] + " ~ x";
    if (row[2] != "1") formula += " + " + row[2];
    if (row[3] != "0") formula += " | " + row[3];
    std::vector<std::string> arguments{formula, "--vcov", row[7] == "HC1" ? "hc1" : "cr1:unit", "--format", "csv"};
    if (row[5] == "recent") arguments = With(arguments, {"--where", "year >= 2011"});
    const FarrellRun plain = Run("regress", arguments);
    ASSERT_EQ(plain.exit_code, 0) << plain.err;
    for (const auto& term : Cells(plain.out)) {
      if (term[0] != "x") continue;
      EXPECT_EQ(row[8], term[1]) << formula;
      EXPECT_EQ(row[9], term[2]) << formula;
      EXPECT_EQ(row[10], term[4]) << formula;
      EXPECT_EQ(row[11], term[5]) << formula;
      EXPECT_EQ(row[12], term[6]) << formula;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 7);
}

TEST_F(CurveCommand, JsonHasTheSummaryAndTheJointTest) {
  const FarrellRun run = Curve(With(kChoices, {"--format", "json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json curve = nlohmann::json::parse(run.out);
  EXPECT_EQ(curve["specifications"].size(), 32U);
  EXPECT_EQ(curve["summary"]["specification_count"], "32");
  EXPECT_EQ(curve["summary"]["positive_share"], 1.0);
  EXPECT_EQ(curve["joint_test"]["cluster"], "unit");
  EXPECT_EQ(curve["joint_test"]["seed"], "4");
  ASSERT_EQ(curve["joint_test"]["statistics"].size(), 3U);
  EXPECT_LT(curve["joint_test"]["statistics"][2]["p_value"], 0.05);
  EXPECT_EQ(curve["provenance"]["engine"], "regression");
  EXPECT_EQ(run.out, Curve(With(kChoices, {"--format", "json", "--threads", "1"})).out);
}

TEST_F(CurveCommand, DefaultsAreOneModel) {
  const FarrellRun run = Curve({"--no-joint-test", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1][5], "all");
  EXPECT_EQ(rows[1][7], "CR3 by unit");
}

TEST_F(CurveCommand, AFilterWithoutANameNamesItself) {
  const FarrellRun run =
      Curve({"--sample", "year == 2011 | year >= 2013", "--sample", "z >= 2", "--format", "csv", "--no-joint-test"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("year == 2011 | year >= 2013"));
  EXPECT_THAT(run.out, HasSubstr("z >= 2"));
}

TEST_F(CurveCommand, OtherEstimatorsHaveCurvesWithoutAJointTest) {
  const FarrellRun poisson = Run("curve", {"--term", "x", "--outcome", "exp(y / 20)", "--estimator", "ppml",
                                           "--controls", "1", "--controls", "z", "--format", "csv"});
  ASSERT_EQ(poisson.exit_code, 0) << poisson.err;
  EXPECT_EQ(Cells(poisson.out).size(), 3U);
  EXPECT_THAT(poisson.err, HasSubstr("no joint test: the joint test is of least squares"));
  const FarrellRun instruments = Curve({"--instruments", "z", "--format", "csv"});
  ASSERT_EQ(instruments.exit_code, 0) << instruments.err;
  const FarrellRun plain = Run("regress", {"y ~ 1 | 0 | x ~ z", "--format", "csv"});
  ASSERT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_EQ(Cells(instruments.out)[1][8], Cells(plain.out)[2][1]);
  EXPECT_EQ(Cells(plain.out)[2][0], "x");
}

TEST_F(CurveCommand, MistakesAreNamed) {
  const FarrellRun estimator = Curve({"--estimator", "between", "--instruments", "z"});
  EXPECT_EQ(estimator.exit_code, 2);
  EXPECT_THAT(estimator.err, HasSubstr("there is no specification curve of 'between'"));
  const FarrellRun twice = Curve({"--outcome", "y", "--controls", "z | unit"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("outcomes[1]"));
  EXPECT_THAT(twice.err, HasSubstr("controls[0]"));
  const FarrellRun unknown = Curve({"--controls", "zz"});
  EXPECT_NE(unknown.exit_code, 0);
  EXPECT_THAT(unknown.err, HasSubstr("zz"));
  EXPECT_EQ(Run("curve", {"--outcome", "y"}).exit_code, 2);
}

TEST_F(CurveCommand, HelpTeaches) {
  const FarrellRun run = farrell_.Run({"curve", "--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("--joint-cluster"));
  EXPECT_THAT(run.out, HasSubstr("farrell curve panel.csv"));
}

}  // namespace
}  // namespace farrell::testing
