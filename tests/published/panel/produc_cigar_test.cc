// Munnell's (1990) states and the cigarette panel of Baltagi & Levin (1992).
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <sstream>
#include <string>

#include "common/numeric/elementary.h"
#include "tests/published/panel/coverage.h"

namespace farrell::regression::testing {
namespace {

constexpr const char* kTerms = "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp";

Panel LoadProduc() {
  Panel panel = MakePanel(ReadCsv(SourcePath("examples/us-states/produc.csv")), "state", "year",
                          {"gsp", "pcap", "pc", "emp", "unemp"});
  for (const char* name : {"gsp", "pcap", "pc", "emp"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "log(" + std::string(name) + ")", [&](std::size_t row) { return numeric::Log(levels[row]); });
  }
  for (const char* name : {"log(gsp)", "log(pcap)", "log(pc)", "log(emp)", "unemp"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "diff(" + std::string(name) + ")", [&](std::size_t row) {
      return row > 0 && panel.units[row] == panel.units[row - 1] ? levels[row] - levels[row - 1] : kMissing;
    });
  }
  return panel;
}

Panel LoadCigar() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/cigar.csv")), "state", "year", {"price", "sales"});
}

const std::map<std::string, std::string> kNames = {{"_cons", kConstantName},
                                                   {"lpcap", "log(pcap)"},
                                                   {"lpc", "log(pc)"},
                                                   {"lemp", "log(emp)"},
                                                   {"const", kConstantName}};

InferenceSpec Cluster(const std::string& column, const std::string& ssc) {
  return MakeInference(InferenceType::kCr1, column, ssc);
}

Table FullPrecision() { return ReadCsv(SourcePath("tests/published/panel/expected/cigar_produc_full_precision.csv")); }

TEST(Produc, FullPrecisionRows) {
  const InferenceSpec iid = MakeInference(InferenceType::kIid);
  const std::string pooled = kTerms;
  const std::string within = pooled + " | state";
  const std::string two_way = pooled + " | state + year";
  const Recipes recipes = {
      {"pooled | iid | N-K", {pooled, iid}},
      {"pooled | cluster state | stata", {pooled, Cluster("state", "stata_regress")}},
      {"within | iid | N-n-K", {within, iid}},
      {"within | cluster state | none (plm)", {within, Cluster("state", "plm_hc0")}},
      {"within | cluster state | xtreg/reghdfe/fixest", {within, Cluster("state", "xtreg_fe")}},
      {"within | cluster state | areg/LSDV", {within, Cluster("state", "areg")}},
      {"within two-way | iid | N-n-T+1-K", {two_way, iid}},
      {"within two-way | cluster state | reghdfe/fixest (K+T)", {two_way, Cluster("state", "fixest")}},
  };
  EXPECT_EQ(CheckRows(FullPrecision(), "produc", LoadProduc(), recipes, kNames, 1e-9).covered, 34);

  const Recipes differences = {
      {"first difference no const | iid | N-K",
       {"diff(log(gsp)) ~ 0 + diff(log(pcap)) + diff(log(pc)) + diff(log(emp)) + diff(unemp)", iid}}};
  const std::map<std::string, std::string> names = {
      {"lpcap", "diff(log(pcap))"}, {"lpc", "diff(log(pc))"}, {"lemp", "diff(log(emp))"}, {"unemp", "diff(unemp)"}};
  EXPECT_EQ(CheckRows(FullPrecision(), "produc", LoadProduc(), differences, names, 1e-9).covered, 4);
}

// What Munnell (1990), Baltagi & Pinnoi (1995) and textbooks after them print.
TEST(Produc, PrintedInTheLiterature) {
  const Panel panel = LoadProduc();
  const FitResult pooled = MustFit(panel, MakeSpec(kTerms, {MakeInference(InferenceType::kIid)}));
  EXPECT_EQ(pooled.observation_count, 816);
  const double munnell[] = {0.155, 0.309, 0.594};
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(*pooled.terms[k + 1].estimate, munnell[k], 5e-4);
  const FitResult within =
      MustFit(panel, MakeSpec(std::string(kTerms) + " | state", {MakeInference(InferenceType::kIid)}));
  const double baltagi[] = {-0.026, 0.292, 0.768, -0.005};
  const double errors[] = {0.029, 0.025, 0.030, 0.001};
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(*within.terms[k].estimate, baltagi[k], 5e-4);
    EXPECT_NEAR(*within.inferences[0].terms[k].std_error, errors[k], 5e-4);
  }
  EXPECT_NEAR(within.residual_sum_of_squares, 1.11118850876, 1e-9);
  EXPECT_NEAR(*within.r2_within, 0.941335614845, 1e-9);
  EXPECT_EQ(within.residual_df, 764);
}

TEST(Cigar, FullPrecisionRows) {
  const InferenceSpec iid = MakeInference(InferenceType::kIid);
  const InferenceSpec hc1 = MakeInference(InferenceType::kHc1);
  const std::string pooled = "sales ~ price";
  const std::string within = "sales ~ price | state";
  const std::string two_way = "sales ~ price | state + year";
  const Recipes recipes = {
      {"pooled | iid | N-K", {pooled, iid}},
      {"pooled | HC1 | N/(N-K)", {pooled, hc1}},
      {"pooled | cluster state | G/(G-1)(N-1)/(N-K)", {pooled, Cluster("state", "stata_regress")}},
      {"within state | iid | N-G-K (areg/xtreg/reghdfe)", {within, iid}},
      {"within state | HC1 | N/(N-G-K) (areg/reghdfe)", {within, hc1}},
      {"within state | cluster year | T/(T-1)(N-1)/(N-G-K) (areg & reghdfe)", {within, Cluster("year", "reghdfe")}},
      {"within state | cluster state | G/(G-1)(N-1)/(N-K-1) (reghdfe/xtreg)", {within, Cluster("state", "reghdfe")}},
      {"within state+year | iid | N-G-T+1-K", {two_way, iid}},
      {"within state+year | cluster state | G/(G-1)(N-1)/(N-T-K)", {two_way, Cluster("state", "reghdfe")}},
  };
  EXPECT_EQ(CheckRows(FullPrecision(), "cigar", LoadCigar(), recipes, kNames, 1e-9).covered, 12);
  // fixest and areg count the same when the cluster does not nest the effect.
  const FitResult fixest = MustFit(LoadCigar(), MakeSpec(within, {Cluster("year", "fixest"), Cluster("year", "areg")}));
  for (const InferenceResult& inference : fixest.inferences)
    EXPECT_NEAR(*inference.terms[0].std_error, 0.02205632414301, 1e-9);
}

// FixedEffectModels.jl's tests, which cite reg, areg and reghdfe; digits as printed, some of them cut off, so that one
// unit of the last is allowed.
TEST(Cigar, PrintedByOtherPrograms) {
  struct Row {
    std::string model, vcov;
    Recipe recipe;
  };
  const InferenceSpec iid = MakeInference(InferenceType::kIid);
  const InferenceSpec hc1 = MakeInference(InferenceType::kHc1);
  const std::vector<Row> rows = {
      {"Sales ~ Price", "iid", {"sales ~ price", iid}},
      {"Sales ~ Price", "robust", {"sales ~ price", hc1}},
      {"Sales ~ Price", "cluster State", {"sales ~ price", Cluster("state", "stata_regress")}},
      {"Sales ~ Price | State", "iid", {"sales ~ price | state", iid}},
      {"Sales ~ Price | State", "robust", {"sales ~ price | state", hc1}},
      {"Sales ~ Price | State", "cluster Year", {"sales ~ price | state", Cluster("year", "areg")}},
      {"Sales ~ Price | State", "cluster State", {"sales ~ price | state", Cluster("state", "reghdfe")}},
      {"Sales ~ Price | State+Year", "iid", {"sales ~ price | state + year", iid}},
      // A slope of time for every state is an interaction of its levels.
      {"Sales ~ Price | State*Year slopes", "iid", {"sales ~ price + i(state):year | state", iid}},
  };
  const auto last = [](const std::string& cell) {
    std::string text = cell.substr(cell.find(';') == std::string::npos ? 0 : cell.find(';') + 1);
    if (text.rfind("(price)", 0) == 0) text = text.substr(7);
    return text;
  };
  const auto last_digit = [](const std::string& text) {
    const std::size_t point = text.find('.');
    return 1.01 * std::pow(10.0, -static_cast<double>(point == std::string::npos ? 0 : text.size() - point - 1));
  };
  const Table expected = ReadCsv(SourcePath("tests/published/panel/expected/cigar_fixedeffectmodels_reghdfe.csv"));
  const Panel panel = LoadCigar();
  int covered = 0;
  for (const Row& row : rows) {
    for (std::size_t k = 0; k < expected.rows.size(); ++k) {
      if (expected.At(k, "model") != row.model || expected.At(k, "vcov") != row.vcov) continue;
      ++covered;
      const FitResult fit = MustFit(panel, MakeSpec(row.recipe.formula, {row.recipe.inference}));
      const auto price = static_cast<std::size_t>(fit.FindTerm("price"));
      const std::string coefficient = last(expected.At(k, "coef (const;price or price)"));
      const std::string error = last(expected.At(k, "se"));
      if (!coefficient.empty()) {
        EXPECT_NEAR(*fit.terms[price].estimate, std::stod(coefficient), last_digit(coefficient)) << row.model;
      }
      if (!error.empty()) {
        EXPECT_NEAR(*fit.inferences[0].terms[price].std_error, std::stod(error), last_digit(error))
            << row.model << row.vcov;
      }
    }
  }
  EXPECT_EQ(covered, 9);
}

}  // namespace
}  // namespace farrell::regression::testing
