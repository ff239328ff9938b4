// farrell second-stage as a user types it: scores and regression in one call.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Twenty units, four periods; z lowers the output that one input gives.
std::string Panel() {
  std::string csv = "unit,year,x,z,y\n";
  for (int unit = 0; unit < 20; ++unit) {
    for (int period = 0; period < 4; ++period) {
      const double x = 5.0 + (unit * 7 + period * 3) % 11;
      const double z = ((unit * 13 + period * 5 + unit * period) % 10) / 10.0;
      const double noise = ((unit * 31 + period * 17 + unit * unit * period) % 10) / 40.0;
      csv += "u" + std::to_string(10 + unit) + "," + std::to_string(2010 + period) + "," + std::to_string(x) + "," +
             std::to_string(z) + "," + std::to_string(x / (1.0 + 0.5 * z + noise)) + "\n";
    }
  }
  return csv;
}

class SecondStageCommand : public ::testing::Test {
 protected:
  FarrellRun Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"second-stage", farrell_.Write("panel.csv", Panel()), "--unit", "unit",
                                         "--time", "year", "--inputs", "x", "--outputs", "y", "--orientation", "output",
                                         "--frontier", "global", "--state", "memory"});
    return farrell_.Run(arguments);
  }
  nlohmann::json Json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const FarrellRun run = Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.exit_code == 0 ? nlohmann::json::parse(run.out) : nlohmann::json();
  }
  FarrellFixture farrell_;
};

TEST_F(SecondStageCommand, EveryAlgorithmAnswersAndIsReproducible) {
  const std::vector<std::vector<std::string>> cases = {
      {"1", "--reps", "199", "--seed", "7"},
      {"2", "--reps", "199", "--seed", "7", "--first-reps", "20"},
      {"joint", "--reps", "199", "--seed", "7"},
      {"log-within"},
  };
  for (const std::vector<std::string>& one : cases) {
    SCOPED_TRACE(one.front());
    std::vector<std::string> arguments = {"~ z | year", "--algorithm"};
    arguments.insert(arguments.end(), one.begin(), one.end());
    const nlohmann::json result = Json(arguments);
    ASSERT_FALSE(result.is_null());
    EXPECT_EQ(result, Json(arguments));
    EXPECT_FALSE(result["warnings"].empty());
  }
}

TEST_F(SecondStageCommand, MoreOfZIsMoreInefficiency) {
  const nlohmann::json result = Json({"~ z", "--algorithm", "1", "--reps", "199", "--resample", "unit"});
  for (const auto& term : result["terms"]) {
    if (term["name"] != "z") continue;
    EXPECT_GT(term["coefficient"]["estimate"].get<double>(), 0.2);
  }
  const FarrellRun csv = Run({"~ z", "--algorithm", "1", "--reps", "199", "--format", "csv"});
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, StartsWith("term,estimate,std_error,statistic,p_value,bootstrap_p_value,conf_low,conf_high,"
                                  "recentred_low,recentred_high,effect,"));
  EXPECT_THAT(csv.err, HasSubstr("INDEPENDENT_DRAWS"));
}

TEST_F(SecondStageCommand, TheJointBootstrapIsAboutCorrectedEstimates) {
  const FarrellRun csv = Run({"~ z | year", "--algorithm", "joint", "--reps", "199", "--format", "csv"});
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, StartsWith("term,estimate,std_error,statistic,p_value,bootstrap_p_value,conf_low,conf_high,"
                                  "recentred_low,recentred_high,bias_corrected\n"));
  EXPECT_THAT(csv.err, HasSubstr("EXPERIMENTAL"));
  EXPECT_THAT(csv.err, HasSubstr("intervals about bias_corrected"));
  const nlohmann::json result = Json({"~ z | year", "--algorithm", "joint", "--reps", "199"});
  EXPECT_TRUE(result["experimental"].get<bool>());
  const auto& z = result["terms"][0]["coefficient"];
  EXPECT_NEAR(z["statistic"].get<double>() * z["std_error"].get<double>(), z["bias_corrected"].get<double>(), 1e-12);
}

TEST_F(SecondStageCommand, MistakesAreNamed) {
  EXPECT_EQ(Run({"~ z", "--algorithm", "3"}).exit_code, 2);
  const FarrellRun reps = Run({"~ z", "--reps", "5"});
  EXPECT_EQ(reps.exit_code, 2);
  EXPECT_THAT(reps.err, HasSubstr("replications must lie in [99, 100000]"));
  // All at once, here and in the service.
  const FarrellRun flags = Run({"~ z", "--algorithm", "3", "--resample", "months", "--vcov", "hc9"});
  EXPECT_EQ(flags.exit_code, 2);
  for (const char* flag : {"--algorithm", "--resample", "--vcov"}) EXPECT_THAT(flags.err, HasSubstr(flag));
  const FarrellRun numbers = Run({"~ z", "--reps", "5", "--level", "2", "--tolerance", "5", "--exponent", "0.5"});
  EXPECT_EQ(numbers.exit_code, 2);
  for (const char* field : {"replications", "confidence_level", "frontier_tolerance", "subsample_exponent"}) {
    EXPECT_THAT(numbers.err, HasSubstr(field));
  }
  const FarrellRun unknown = Run({"~ zz"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("zz"));
}

}  // namespace
}  // namespace farrell::testing
