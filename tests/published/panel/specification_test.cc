// Specification tests against plm's vignette and numbers recomputed for it: expected/panel_tests_reference.csv.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/numeric/elementary.h"
#include "services/regression/engine/specification/specification_tests.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

void AddLog(Panel& panel, const std::string& name) {
  const std::vector<double> levels = Numbers(panel, name);
  AddColumn(panel, "log(" + name + ")", [&](std::size_t row) { return numeric::Log(levels[row]); });
}

Panel Load(const std::string& dataset) {
  if (dataset == "Grunfeld") {
    Panel panel = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                            {"inv", "value", "capital"});
    // breusch-godfrey takes the rows as one series: units in the order of their numbers, as in plm.
    for (std::string& unit : panel.units) unit = unit.size() == 1 ? "0" + unit : unit;
    SortPanel(panel);
    return panel;
  }
  if (dataset == "Produc") {
    Panel panel = MakePanel(ReadCsv(SourcePath("examples/us-states/produc.csv")), "state", "year",
                            {"gsp", "pcap", "pc", "emp", "unemp"});
    for (const char* name : {"gsp", "pcap", "pc", "emp"}) AddLog(panel, name);
    return panel;
  }
  Panel panel = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/empluk.csv")), "firm", "year",
                          {"emp", "wage", "capital"});
  for (const char* name : {"emp", "wage", "capital"}) AddLog(panel, name);
  return panel;
}

std::string Terms(const std::string& dataset) {
  if (dataset == "Grunfeld") return "inv ~ value + capital";
  if (dataset == "Produc") return "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp";
  return "log(emp) ~ log(wage) + log(capital)";
}

// How a row of the file is asked for. `part`: which of several values separated by `;`.
struct Recipe {
  std::string effects;
  std::string test;
  int order = 0;
  std::size_t part = 0;
};

const std::map<std::string, std::vector<Recipe>>& Recipes() {
  static const std::map<std::string, std::vector<Recipe>> recipes = {
      {"Grunfeld: pooltest(within vs pvcm within)", {{" | firm", "poolability"}}},
      {"Grunfeld: plmtest two-ways GHM", {{"", "ghm"}}},
      {"Grunfeld: pFtest two-ways", {{" | firm + year", "f"}}},
      {"Grunfeld: phtest within vs random (Swamy-Arora)", {{"", "hausman"}}},
      {"Grunfeld: phtest aux, vcovHC", {{"", "hausman-robust"}}},
      {"Grunfeld: pbgtest within order 2", {{" | firm", "breusch-godfrey", 2}}},
      {"Grunfeld: pcdtest (individual regressions)", {{"", "cd-individual"}}},
      {"Grunfeld: pcdtest within", {{" | firm", "cd"}}},
      {"Grunfeld: BP LM individual", {{"", "bp-lm"}}},
      {"Grunfeld: BP LM time", {{"", "bp-lm-time"}}},
      {"Grunfeld: Honda individual", {{"", "honda"}}},
      {"Grunfeld: F one-way effects", {{" | firm", "f"}}},
      {"Grunfeld: Breusch-Pagan LM xs-dependence within / individual", {{" | firm", "cd-lm"}}},
      {"Grunfeld: modified Wald groupwise heteroskedasticity (Greene/xttest3) within", {{" | firm", "modified-wald"}}},
      {"Grunfeld: Wooldridge/Drukker xtserial", {{"", "wooldridge"}}},
      {"Produc: pwtest (Wooldridge unobserved effect)", {{"", "wooldridge-effects"}}},
      {"Produc: pbsytest joint (Baltagi-Li AR-RE)", {{"", "bsy-joint"}}},
      {"Produc: pbsytest AR sub RE (Bera-Sosa-Yoon)", {{"", "bsy-ar"}}},
      {"Produc: pbsytest RE sub AR one-sided", {{"", "bsy-re"}}},
      {"Produc: F one-way effects", {{" | state", "f"}}},
      {"Produc: Hausman FE vs RE (Swamy-Arora)", {{"", "hausman"}}},
      {"Produc: BP LM", {{"", "bp-lm"}}},
      {"Produc: xtserial", {{"", "wooldridge"}}},
      {"Produc: Pesaran CD within / LM", {{" | state", "cd", 0, 0}, {" | state", "cd-lm", 0, 1}}},
      {"Produc: modified Wald groupwise", {{" | state", "modified-wald"}}},
      {"EmplUK: pwartest", {{"", "wooldridge-within"}}},
      {"EmplUK: pwfdtest h0=fd", {{"", "wooldridge-fd"}}},
      {"EmplUK: pwfdtest h0=fe", {{"", "wooldridge-fe"}}},
  };
  return recipes;
}

std::vector<std::string> SplitParts(const std::string& text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == ';') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// Half a unit of the last digit printed. Recomputed rows are certain to nine digits.
double PrintedTolerance(const std::string& text) {
  const std::size_t point = text.find('.');
  const std::size_t end = text.find_first_of("eE");
  const std::size_t decimals = point == std::string::npos ? 0 : std::min(end, text.size()) - point - 1;
  double unit = std::pow(10.0, -static_cast<double>(decimals));
  if (end != std::string::npos) unit *= std::pow(10.0, std::atof(text.c_str() + end + 1));
  return 0.5001 * unit;
}

SpecificationTest MustTest(const Panel& panel, const std::string& formula, const Recipe& recipe) {
  SpecificationSpec spec;
  spec.formula = MakeSpec(formula).formula;
  spec.tests = {recipe.test};
  spec.order = recipe.order;
  auto result = RunSpecificationTests(panel, spec, {});
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    return {};
  }
  return result->tests.front();
}

TEST(SpecificationTests, ValuesOfTheReference) {
  const Table table = ReadCsv(SourcePath("tests/published/panel/expected/panel_tests_reference.csv"));
  int covered = 0;
  std::set<std::string> seen;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string dataset = table.At(row, "dataset");
    const std::string name = dataset + ": " + table.At(row, "test");
    const auto found = Recipes().find(name);
    if (found == Recipes().end()) continue;
    seen.insert(name);
    const Panel panel = Load(dataset);
    for (const Recipe& recipe : found->second) {
      SCOPED_TRACE(name);
      const SpecificationTest test = MustTest(panel, Terms(dataset) + recipe.effects, recipe);
      const std::string text = SplitParts(table.At(row, "value"))[recipe.part];
      ASSERT_TRUE(test.statistic.has_value()) << test.undefined;
      const double expected = std::atof(text.c_str());
      const bool recomputed = table.At(row, "origin").rfind("recomputed", 0) == 0;
      EXPECT_NEAR(*test.statistic, expected, recomputed ? 1e-9 * std::fabs(expected) : PrintedTolerance(text));
      const std::vector<std::string> df = SplitParts(table.At(row, "df"));
      if (test.distribution == "F" && df.size() == 2) {
        EXPECT_EQ(test.df1, std::atof(df[0].c_str()));
        EXPECT_EQ(test.df2, std::atof(df[1].c_str()));
      }
      const std::string p = table.At(row, "p_value");
      if (!p.empty() && p[0] != '<') {
        EXPECT_NEAR(*test.p_value, std::atof(p.c_str()), PrintedTolerance(p));
      }
    }
    ++covered;
  }
  EXPECT_EQ(seen.size(), Recipes().size());
  EXPECT_EQ(covered, 28);
}

TEST(SpecificationTests, VarianceInflationOfProduc) {
  SpecificationSpec spec;
  spec.formula = MakeSpec(Terms("Produc")).formula;
  spec.tests = {"vif"};
  auto result = RunSpecificationTests(Load("Produc"), spec, {});
  ASSERT_TRUE(result.ok());
  const double expected[] = {27.45539002, 9.474322288, 20.58721928, 1.050655107};
  ASSERT_EQ(result->inflation.size(), 4U);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(*result->inflation[k].factor, expected[k], 1e-8);
  EXPECT_GT(*result->condition_number, 1.0);
}

}  // namespace
}  // namespace farrell::regression::testing
