// Every estimator and standard error of `farrell regress`, and `farrell test`, as a user types them.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Twelve units, six periods; z moves x and nothing else, share lies in (0, 1), count is a whole number, w a weight.
std::string Panel() {
  std::string csv = "unit,year,group,x,z,v,y,share,count,w\n";
  for (int unit = 0; unit < 12; ++unit) {
    for (int period = 0; period < 6; ++period) {
      const double z = (unit * 5 + period * 7 + unit * period) % 11;
      const double v = (unit * 3 + period * 13 + unit * unit) % 7;
      const double noise = ((unit * 31 + period * 17 + unit * unit * period) % 10 - 4.5) / 5.0;
      const double x = z + 0.5 * v + noise;
      const double y = 1.0 * unit + 0.3 * period + 0.5 * x + 0.2 * v + noise;
      const double share = 0.5 + (y - 8.0) / 60.0;
      csv += "u" + std::to_string(10 + unit) + "," + std::to_string(2010 + period) + "," +
             (unit % 3 == 0   ? "north"
              : unit % 3 == 1 ? "south"
                              : "west") +
             "," + std::to_string(x) + "," + std::to_string(z) + "," + std::to_string(v) + "," + std::to_string(y) +
             "," + std::to_string(share) + "," + std::to_string(static_cast<int>(y) + 2) + "," +
             std::to_string(1 + (unit + period) % 3) + "\n";
    }
  }
  return csv;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class EstimatorsCommand : public ::testing::Test {
 protected:
  FarrellRun Run(const std::string& verb, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {verb, farrell_.Write("panel.csv", Panel()), "--unit", "unit", "--time", "year",
                                         "--state", "memory"});
    return farrell_.Run(arguments);
  }
  nlohmann::json Fit(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    const FarrellRun run = Run("regress", arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.exit_code == 0 ? nlohmann::json::parse(run.out) : nlohmann::json();
  }
  FarrellFixture farrell_;
};

double Estimate(const nlohmann::json& fit, const std::string& name) {
  for (const auto& term : fit["terms"]) {
    if (term["name"] == name) return term["estimate"];
  }
  ADD_FAILURE() << "no term " << name;
  return 0.0;
}

TEST_F(EstimatorsCommand, EveryEstimatorAnswers) {
  for (const char* estimator : {"ols", "between", "fd", "re", "re:walhus", "re:amemiya", "re:nerlove",
                                "re:baltagi-chang", "cre", "tobit", "tobit:re", "truncated", "ppml"}) {
    SCOPED_TRACE(estimator);
    const nlohmann::json fit = Fit({"count ~ x + v", "--estimator", estimator});
    ASSERT_FALSE(fit.is_null());
    EXPECT_GT(Estimate(fit, "x"), 0.0);
    EXPECT_FALSE(fit["inferences"][0]["label"].get<std::string>().empty());
  }
}

TEST_F(EstimatorsCommand, OptionsThatAnEstimatorDoesNotUseAreRefused) {
  const FarrellRun run = Run("regress", {"y ~ x", "--lower", "0", "--upper", "1", "--mundlak"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("lower is for"));
  EXPECT_THAT(run.err, HasSubstr("upper is for"));
  EXPECT_THAT(run.err, HasSubstr("mundlak is for"));
}

TEST_F(EstimatorsCommand, MundlaksTermsGiveTheWithinEstimates) {
  const double within = Estimate(Fit({"y ~ x + v | unit"}), "x");
  EXPECT_NEAR(Estimate(Fit({"y ~ x + v", "--estimator", "cre"}), "x"), within, 1e-10);
}

TEST_F(EstimatorsCommand, InstrumentsBringTheirDiagnostics) {
  const nlohmann::json fit = Fit({"y ~ v | unit | x ~ z + lag(z)", "--vcov", "cr1:unit"});
  EXPECT_EQ(fit["estimator"], "ESTIMATOR_TWO_STAGE_LEAST_SQUARES");
  const auto& instruments = fit["instruments"];
  EXPECT_EQ(instruments["first_stages"][0]["term"], "x");
  EXPECT_GT(instruments["first_stages"][0]["effective_f"], 10.0);
  EXPECT_TRUE(instruments.contains("kleibergen_paap_f"));
  EXPECT_EQ(instruments["overidentification_name"], "Hansen J");
  EXPECT_FALSE(instruments["anderson_rubin_set"].empty());
  const FarrellRun table = Run("regress", {"y ~ v | unit | x ~ z", "--estimator", "liml", "--vcov", "iid"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("Instruments"));
  EXPECT_THAT(table.out, HasSubstr("Anderson-Rubin set"));
}

TEST_F(EstimatorsCommand, FractionalAndPoissonReportPartialEffects) {
  const nlohmann::json fractional = Fit({"share ~ x + v", "--estimator", "fractional:probit", "--mundlak"});
  EXPECT_EQ(fractional["partial_effects"][0]["term"], "x");
  EXPECT_TRUE(fractional["partial_effects"][0]["inference"].contains("std_error"));
  const FarrellRun poisson = Run("regress", {"count ~ x + v | unit", "--estimator", "ppml"});
  EXPECT_EQ(poisson.exit_code, 0) << poisson.err;
  EXPECT_THAT(poisson.out, HasSubstr("Average partial effects"));
}

TEST_F(EstimatorsCommand, AllCorrectionsOfOneStandardErrorHaveAColumn) {
  const FarrellRun run = Run("regress", {"y ~ x | unit", "--vcov", "cr1:unit", "--ssc", "all", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<std::string> lines = Lines(run.out);
  EXPECT_EQ(lines.front(), "vcov,ssc,term,estimate,std_error,statistic,p_value,conf_low,conf_high,df");
  EXPECT_THAT(lines, Contains(StartsWith("CR1 by unit,xtreg_fe,x,")));
  EXPECT_THAT(lines, Contains(StartsWith("CR1 by unit,plm_hc0,x,")));
  EXPECT_THAT(lines, Contains(StartsWith("CR1 by unit,linearmodels,x,")));
  const FarrellRun one = Run("regress", {"y ~ x | unit", "--vcov", "cr1:unit", "--ssc", "xtreg", "--format", "csv"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
}

TEST_F(EstimatorsCommand, EveryWrongFlagIsNamedOnce) {
  const FarrellRun run = Run("regress", {"y ~ x", "--estimator", "olss", "--vcov", "iid", "--vcov", "cr9:unit", "--ssc",
                                         "plmm", "--reference", "x"});
  EXPECT_EQ(run.exit_code, 2);
  for (const char* text : {"'olss'", "cr9", "'plmm'", "TERM=VALUE"}) EXPECT_THAT(run.err, HasSubstr(text));
  EXPECT_EQ(run.err.find("'plmm'"), run.err.rfind("'plmm'"));
  const FarrellRun single = Run("regress", {"y ~ x", "--ssc", "plmm"});
  EXPECT_THAT(single.err, HasSubstr("--ssc"));
}

TEST_F(EstimatorsCommand, StandardErrorsOfEveryKindAreNamed) {
  const FarrellRun run = Run(
      "regress", {"y ~ x | unit + year", "--vcov", "twoway:unit,year", "--vcov", "cr2:unit,hc0,hc2,hc4,cr0:unit",
                  "--vcov", "dk:1", "--vcov", "nw", "--vcov", "pcse", "--vcov", "wild:unit:999", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* label : {"CR1 by unit and year", "CR2 by unit", "HC0", "HC2", "HC4", "CR0 by unit",
                            "\"Driscoll-Kraay, lag 1\"", "Newey-West", "PCSE", "wild bootstrap by unit"}) {
    EXPECT_THAT(run.out, HasSubstr(label));
  }
  const FarrellRun table = Run("regress", {"y ~ x | unit + year", "--vcov", "cr2:unit"});
  EXPECT_THAT(table.out, HasSubstr("CR2"));
  EXPECT_THAT(table.out, Not(HasSubstr("CR3")));
}

TEST_F(EstimatorsCommand, WeightsAreAColumnOrTheWeightsOfTheBootstrap) {
  const double plain = Estimate(Fit({"y ~ x | unit"}), "x");
  EXPECT_NE(Estimate(Fit({"y ~ x | unit", "--weights", "w"}), "x"), plain);
  EXPECT_EQ(Estimate(Fit({"y ~ x | unit", "--vcov", "wild:unit:199", "--weights", "webb"}), "x"), plain);
}

TEST_F(EstimatorsCommand, StepwiseFormulasAreSeveralFits) {
  const nlohmann::json fits = Fit({"c(y, share) ~ csw(x, v) | unit"});
  ASSERT_EQ(fits["fits"].size(), 4U);
  EXPECT_EQ(fits["fits"][0]["terms"].size(), 1U);
  EXPECT_EQ(fits["fits"][1]["terms"].size(), 2U);
  EXPECT_EQ(fits["fits"][2]["outcome"], "share");
}

TEST_F(EstimatorsCommand, MarginsPowerAndLeavingOutStandBelowTheTable) {
  const std::vector<std::string> arguments = {"y ~ x + i(group, ref = west):x + v | unit + year",
                                              "--vcov",
                                              "cr1:unit",
                                              "--margin",
                                              "x by group",
                                              "--reference",
                                              "v=0.2",
                                              "--leave-one-out",
                                              "unit",
                                              "--diagnostics",
                                              "--hypothesis",
                                              "x = 0; v = 0",
                                              "--hypothesis",
                                              "x / v = 2"};
  const FarrellRun table = Run("regress", arguments);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  for (const char* title : {"Average marginal effects", "What the design can see", "Without one level at a time",
                            "Clusters", "Hypotheses"}) {
    EXPECT_THAT(table.out, HasSubstr(title));
  }
  const nlohmann::json fit = Fit(arguments);
  ASSERT_EQ(fit["margins"].size(), 3U);
  // The margin of the level of reference is the slope itself.
  EXPECT_NEAR(fit["margins"][2]["estimate"].get<double>(), Estimate(fit, "x"), 1e-12);
  EXPECT_NEAR(fit["margins"][0]["estimate"].get<double>(), Estimate(fit, "x") + Estimate(fit, "group::north:x"), 1e-12);
  EXPECT_EQ(fit["leave_one_out"].size(), 12U);
  EXPECT_EQ(fit["cluster_diagnostics"]["clusters"].size(), 12U);
  EXPECT_GT(fit["design"][0]["power"].get<double>(), 0.0);
  EXPECT_TRUE(fit["hypotheses"][0].contains("joint"));
}

TEST_F(EstimatorsCommand, SectionsAreExported) {
  const std::string folder = farrell_.Path("out");
  const FarrellRun run = Run("regress", {"y ~ x + lag(v) | unit", "--leave-one-out", "group", "--export",
                                         "leave-one-out,dropped", "--out", folder});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::ifstream file(folder + "/leave-one-out.csv");
  std::string header;
  std::getline(file, header);
  EXPECT_EQ(header, "left_out,term,estimate,std_error,statistic,p_value,conf_low,conf_high,df,rows");
  std::ifstream dropped(folder + "/dropped.csv");
  std::getline(dropped, header);
  EXPECT_EQ(header, "reason,column,period,rows");
  std::string row;
  std::getline(dropped, row);
  EXPECT_EQ(row, "missing,lag(v),2010,12");
}

TEST_F(EstimatorsCommand, SpecificationTestsAreRows) {
  const FarrellRun run =
      Run("test", {"y ~ x + v | unit", "--test", "f,hausman-robust,bp-lm,cd,vif", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<std::string> lines = Lines(run.out);
  EXPECT_EQ(lines.front(), "test,statistic,distribution,df1,df2,p_value,null_hypothesis,note");
  EXPECT_THAT(lines, Contains(StartsWith("f,")));
  EXPECT_THAT(lines, Contains(StartsWith("vif: x,")));
  EXPECT_THAT(lines, Contains(StartsWith("condition-number,")));
  const FarrellRun unknown = Run("test", {"y ~ x", "--test", "hausmann,f,wooldrige"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean hausman?"));
  EXPECT_THAT(unknown.err, HasSubstr("did you mean wooldridge?"));
  const FarrellRun cross = farrell_.Run({"test", farrell_.Write("panel.csv", Panel()), "y ~ x + v | unit", "--state",
                                         "memory", "--test", "f,breusch-pagan,vif,hausman", "--format", "csv"});
  ASSERT_EQ(cross.exit_code, 0) << cross.err;
  EXPECT_THAT(Lines(cross.out), Contains("hausman,,,,,,,needs the unit and the time key of the table"));
  EXPECT_THAT(Lines(cross.out), Contains(StartsWith("f,")));
  const FarrellRun all = Run("test", {"y ~ x + v | unit + year", "--format", "json"});
  ASSERT_EQ(all.exit_code, 0) << all.err;
  EXPECT_GE(nlohmann::json::parse(all.out)["tests"].size(), 27U);
}

TEST_F(EstimatorsCommand, MistakesNameTheFieldAndTheNearestName) {
  const FarrellRun design = Run("regress", {"y ~ x", "--reference", "xx=1"});
  EXPECT_EQ(design.exit_code, 2);
  EXPECT_THAT(design.err, HasSubstr("did you mean x?"));
  EXPECT_EQ(Run("regress", {"y ~ x", "--reference", "x"}).exit_code, 2);
  const FarrellRun margin = Run("regress", {"y ~ x", "--margin", "v"});
  EXPECT_EQ(margin.exit_code, 2);
  EXPECT_THAT(margin.err, HasSubstr("margins[0]"));
  const FarrellRun tobit = Run("regress", {"y ~ x | unit", "--estimator", "tobit"});
  EXPECT_EQ(tobit.exit_code, 2);
  const FarrellRun under = Run("regress", {"y ~ 1 | unit | x + v ~ z"});
  EXPECT_NE(under.exit_code, 0);
  EXPECT_THAT(under.err, HasSubstr("instrument"));
}

}  // namespace
}  // namespace farrell::testing
