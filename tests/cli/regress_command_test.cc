#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTermHeader = "term,estimate,std_error,statistic,p_value,conf_low,conf_high,df";

// y = 2 + 3 x exactly, with a second regressor that copies the first.
constexpr const char* kLine = "id,x,twice,y\na,1,2,5\nb,2,4,8\nc,3,6,11\nd,4,8,14\n";

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

class RegressCommand : public ::testing::Test {
 protected:
  FarrellRun Regress(const std::string& file, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"regress", file, "--state", "memory"});
    return farrell_.Run(arguments);
  }
  FarrellRun RegressPanel(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--unit", "unit", "--time", "year"});
    return Regress(farrell_.Write("panel.csv", Panel()), arguments);
  }
  FarrellFixture farrell_;
};

TEST_F(RegressCommand, CsvHasTheConstantFirstAndCollinearTermsEmpty) {
  const FarrellRun run = Regress(farrell_.Write("t.csv", kLine), {"y ~ x + twice", "--vcov", "IID", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(Lines(run.out)[0], kTermHeader);
  EXPECT_EQ(rows[1][0], "(Intercept)");
  EXPECT_NEAR(Number(rows[1][1]), 2.0, 1e-12);
  EXPECT_EQ(rows[2][0], "x");
  EXPECT_NEAR(Number(rows[2][1]), 3.0, 1e-12);
  EXPECT_EQ(Lines(run.out)[3], "twice,,,,,,,");
}

TEST_F(RegressCommand, WithoutAUnitOrEffectsErrorsAreHc3AndSaidSo) {
  const FarrellRun run =
      Regress(farrell_.Write("t.csv", "x,y\n1,5\n2,8.5\n3,10\n4,15\n"), {"y ~ x", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("HC3"));
}

TEST_F(RegressCommand, WithUnitsOrEffectsErrorsAreCr3ByUnitAndSaidSo) {
  const FarrellRun by_unit = RegressPanel({"y ~ x", "--format", "csv"});
  EXPECT_THAT(by_unit.err, HasSubstr("CR3 by unit"));
  EXPECT_EQ(Cells(by_unit.out).at(1).at(7), "11");  // t(G - 1)
  const FarrellRun by_effect =
      Regress(farrell_.Write("panel.csv", Panel()), {"y ~ x | unit + year", "--format", "csv"});
  EXPECT_EQ(by_effect.exit_code, 0) << by_effect.err;
  EXPECT_THAT(by_effect.err, HasSubstr("CR3 by unit"));
}

TEST_F(RegressCommand, VcovIsCaseInsensitiveAndMayBeRepeated) {
  EXPECT_EQ(RegressPanel({"y ~ x | unit", "--vcov", "CR1:unit", "--format", "csv"}).out,
            RegressPanel({"y ~ x | unit", "--vcov", "cr1:unit", "--format", "csv"}).out);
  const FarrellRun both = RegressPanel({"y ~ x | unit", "--vcov", "cr3:unit", "--vcov", "iid", "--format", "csv"});
  ASSERT_EQ(both.exit_code, 0) << both.err;
  EXPECT_EQ(Lines(both.out)[0], std::string("vcov,") + kTermHeader);
  EXPECT_EQ(Lines(both.out).size(), 3U);
}

TEST_F(RegressCommand, TheSmallSampleCorrectionIsNamed) {
  const auto error_with = [&](const char* ssc) {
    const FarrellRun run = RegressPanel({"y ~ x | unit", "--vcov", "cr1:unit", "--ssc", ssc, "--format", "csv"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Number(Cells(run.out).at(1).at(2));
  };
  const FarrellRun plain = RegressPanel({"y ~ x | unit", "--vcov", "cr1:unit", "--format", "csv"});
  EXPECT_EQ(Number(Cells(plain.out).at(1).at(2)), error_with("fixest"));
  EXPECT_LT(error_with("none"), error_with("fixest"));
  const FarrellRun unknown = RegressPanel({"y ~ x | unit", "--ssc", "stata"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("fixest"));
}

TEST_F(RegressCommand, WhereRestrictsTheRowsAndLagsAreTakenBeforeIt) {
  const FarrellRun run =
      RegressPanel({"y ~ lag(x) | unit", "--where", "group == 'odd' & year > 2010", "--format", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json fit = nlohmann::json::parse(run.out);
  EXPECT_EQ(fit["observation_count"], "18");
  EXPECT_EQ(fit["terms"][0]["name"], "lag(x)");
}

TEST_F(RegressCommand, InteractionsWithLevelsAreNamedByTheirLevel) {
  const FarrellRun run = RegressPanel({"y ~ i(group):x | unit + year", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1][0], "group::even:x");
  EXPECT_NEAR(Number(rows[1][1]), 1.0, 0.1);
  EXPECT_EQ(rows[2][0], "group::odd:x");
  EXPECT_NEAR(Number(rows[2][1]), 3.0, 0.1);
}

TEST_F(RegressCommand, JsonAddsEverythingElseAndLeavesOutWhereItCameFrom) {
  const FarrellRun run = RegressPanel({"y ~ x + z | unit + year", "--vcov", "cr3:unit", "--format", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json fit = nlohmann::json::parse(run.out);
  EXPECT_EQ(fit["inferences"][0]["type"], "TYPE_CR3");
  EXPECT_EQ(fit["inferences"][0]["cluster_count"], "12");
  EXPECT_EQ(fit["outcome"], "y");
  EXPECT_TRUE(fit["r2_within"].is_number());
  EXPECT_TRUE(fit["provenance"]["seed"].is_null());
  EXPECT_TRUE(fit["origin"].is_null());
}

TEST_F(RegressCommand, SeveralFormulasMakeOneTable) {
  const std::vector<std::string> formulas{"y ~ x", "y ~ x + z | unit + year"};
  for (const char* format : {"table", "md", "tex"}) {
    const FarrellRun run = RegressPanel({formulas[0], formulas[1], "--format", format});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("(1)"));
    EXPECT_THAT(run.out, HasSubstr("(2)"));
    EXPECT_THAT(run.out, HasSubstr("CR3"));
  }
  const FarrellRun csv = RegressPanel({formulas[0], formulas[1], "--format", "csv"});
  EXPECT_EQ(Lines(csv.out).at(0), std::string("formula,") + kTermHeader);
  const nlohmann::json json = nlohmann::json::parse(RegressPanel({formulas[0], formulas[1], "--format", "json"}).out);
  EXPECT_EQ(json["fits"].size(), 2U);
}

TEST_F(RegressCommand, HypothesesStandBehindTheTerms) {
  const FarrellRun run =
      RegressPanel({"y ~ x + z | unit", "--hypothesis", "x = z", "--hypothesis", "x = 2", "--format", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[3][0], "x = z");
  EXPECT_EQ(rows[4][0], "x = 2");
  EXPECT_NEAR(Number(rows[4][1]), Number(rows[1][1]) - 2.0, 1e-12);
}

TEST_F(RegressCommand, ExportsFilesOfTheFit) {
  const std::string folder = farrell_.Path("out");
  const FarrellRun run =
      RegressPanel({"y ~ x + z | unit", "--export", "residuals,fitted,effects,vcov", "--out", folder});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto residuals = Cells(ReadFile(folder + "/residuals.csv"));
  const auto fitted = Cells(ReadFile(folder + "/fitted.csv"));
  ASSERT_EQ(residuals.size(), 49U);
  ASSERT_EQ(fitted.size(), 49U);
  EXPECT_THAT(residuals[0], ElementsAre("unit", "time", "residuals"));
  EXPECT_EQ(residuals[1][0], "u0");
  EXPECT_EQ(residuals[1][1], "2010");
  double sum = 0.0;
  for (std::size_t i = 1; i < residuals.size(); ++i) sum += Number(residuals[i][2]);
  EXPECT_NEAR(sum, 0.0, 1e-9);
  EXPECT_EQ(Lines(ReadFile(folder + "/effects.csv")).size(), 13U);
  const auto vcov = Cells(ReadFile(folder + "/vcov.csv"));
  ASSERT_EQ(vcov.size(), 3U);
  EXPECT_THAT(vcov[0], ElementsAre("term", "x", "z"));
  EXPECT_EQ(vcov[1][2], vcov[2][1]);
  EXPECT_EQ(RegressPanel({"y ~ x", "--export", "residuals"}).exit_code, 2);
  EXPECT_EQ(RegressPanel({"y ~ x", "--export", "everything", "--out", folder}).exit_code, 2);
}

TEST_F(RegressCommand, TheBootstrapIsReproducibleAndFollowsItsSeed) {
  const auto run = [&](const char* seed) {
    return RegressPanel({"y ~ x + z | unit + year", "--vcov", "wild:unit", "--draws", "499", "--weights", "webb",
                         "--seed", seed, "--format", "csv"})
        .out;
  };
  const std::string first = run("1");
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, run("1"));
  EXPECT_NE(first, run("2"));
}

TEST_F(RegressCommand, BadInputSaysWhereAndWhat) {
  const FarrellRun formula = RegressPanel({"y ~ log(x"});
  EXPECT_EQ(formula.exit_code, 2);
  EXPECT_THAT(formula.err, HasSubstr("^"));
  const FarrellRun column = RegressPanel({"y ~ xx"});
  EXPECT_THAT(column.err, HasSubstr("xx"));
  EXPECT_THAT(std::vector<int>({2, 3}), ::testing::Contains(column.exit_code));
  const FarrellRun text = RegressPanel({"y ~ group"});
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_THAT(text.err, HasSubstr("even"));
  const FarrellRun vcov = RegressPanel({"y ~ x", "--vcov", "cr9:unit"});
  EXPECT_EQ(vcov.exit_code, 2);
  EXPECT_THAT(vcov.err, HasSubstr("cr3:COLUMN"));
  EXPECT_EQ(RegressPanel({"y ~ x | unit", "--estimator", "ols"}).exit_code, 2);
  const FarrellRun none = RegressPanel({"y ~ x", "--where", "year > 3000"});
  EXPECT_NE(none.exit_code, 0);
  EXPECT_EQ(none.out, "");
}

TEST_F(RegressCommand, SyntheticDataSayItInALastColumn) {
  const FarrellRun run = RegressPanel({"y ~ x | unit", "--synthetic", "--format", "csv"});
  EXPECT_EQ(Lines(run.out).at(0), std::string(kTermHeader) + ",synthetic");
  EXPECT_EQ(Cells(run.out).at(1).back(), "true");
}

}  // namespace
}  // namespace farrell::testing
