// Every published variance of linear estimators on the Grunfeld, Produc and Cigar panels, each asked by the preset that
// is named after the program.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "common/numeric/elementary.h"
#include "tests/published/panel/engine_rows.h"

namespace farrell::regression::testing {
namespace {

constexpr const char* kPooled = "inv ~ value + capital";
constexpr const char* kWithin = "inv ~ value + capital | firm";
constexpr const char* kTwoWay = "inv ~ value + capital | firm + year";
constexpr const char* kCapital = "inv ~ capital | firm + year";

InferenceSpec Plain(InferenceType type, const std::string& ssc = "none") { return MakeInference(type, "", ssc); }
InferenceSpec Cluster(const std::string& column, const std::string& ssc) {
  return MakeInference(InferenceType::kCr1, column, ssc);
}
InferenceSpec TwoWays(const std::string& first, const std::string& second, const std::string& ssc) {
  InferenceSpec spec = Cluster(first, ssc);
  spec.further_clusters = {second};
  return spec;
}
InferenceSpec Lagged(InferenceType type, int lag, const std::string& ssc) {
  InferenceSpec spec = MakeInference(type, "", ssc);
  spec.lag = lag;
  return spec;
}
InferenceSpec Dk(int lag, const std::string& ssc) { return Lagged(InferenceType::kDriscollKraay, lag, ssc); }
InferenceSpec Nw(int lag, const std::string& ssc) { return Lagged(InferenceType::kNeweyWest, lag, ssc); }

EstimatorSpec Kind(Estimator kind, RandomEffectsMethod method = RandomEffectsMethod::kSwamyArora) {
  EstimatorSpec spec;
  spec.kind = kind;
  spec.random_effects = method;
  return spec;
}

Table Expected(const std::string& name) {
  return ReadCsv(SourcePath("tests/published/panel/expected/" + name + ".csv"));
}

Panel Grunfeld() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                   {"firm", "inv", "value", "capital"});
}

const std::map<std::string, std::string> kNames = {{"_cons", kConstantName}, {"mvalue", "value"}, {"kstock", "capital"},
                                                   {"lpcap", "log(pcap)"},   {"lpc", "log(pc)"},  {"lemp", "log(emp)"}};

const InferenceSpec kIid = Plain(InferenceType::kIid);
const InferenceSpec kHc0 = Plain(InferenceType::kHc0);

TEST(PublishedVariances, GrunfeldFullPrecision) {
  EngineRecipes recipes = {
      {"pooled | iid | N-K", {kPooled, kIid}},
      {"pooled | HC0 | -", {kPooled, kHc0}},
      {"pooled | HC1 | -", {kPooled, Plain(InferenceType::kHc1, "sandwich")}},
      {"pooled | HC2 | -", {kPooled, Plain(InferenceType::kHc2)}},
      {"pooled | HC3 | -", {kPooled, Plain(InferenceType::kHc3)}},
      {"pooled | cluster firm | none (HC0)", {kPooled, MakeInference(InferenceType::kCr0, "firm")}},
      {"pooled | cluster firm | G/(G-1)*(N-1)/(N-K) stata", {kPooled, Cluster("firm", "regress")}},
      {"pooled | twoway firm+year | min G (reghdfe/fixest)", {kPooled, TwoWays("firm", "year", "reghdfe")}},
      {"pooled | twoway firm+year | conventional (CGM each G)", {kPooled, TwoWays("firm", "year", "sandwich")}},
      {"pooled | PCSE | Stata xtpcse", {kPooled, Plain(InferenceType::kPcse)}},
      {"within firm | iid | N-n-K", {kWithin, kIid}},
      {"within firm | HC0 | plm white1 HC0", {kWithin, kHc0}},
      {"within firm | HC1 | N/(N-n-K) areg/fixest/reghdfe", {kWithin, Plain(InferenceType::kHc1, "areg")}},
      {"within firm | HC1 | N/(N-K) plm", {kWithin, Plain(InferenceType::kHc1, "plm_hc1")}},
      {"within firm | HC2 | plm (within hat)", {kWithin, Plain(InferenceType::kHc2, "plm")}},
      {"within firm | HC3 | plm (within hat)", {kWithin, Plain(InferenceType::kHc3, "plm")}},
      {"within firm | HC2 | LSDV hat (fixest)", {kWithin, Plain(InferenceType::kHc2, "fixest")}},
      {"within firm | HC3 | LSDV hat (fixest)", {kWithin, Plain(InferenceType::kHc3, "fixest")}},
      {"within firm | cluster firm | none (plm arellano HC0)", {kWithin, Cluster("firm", "plm")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-K) plm sss", {kWithin, Cluster("firm", "plm_sss")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-K-1) xtreg/reghdfe/fixest", {kWithin, Cluster("firm", "xtreg")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/(N-n-K) areg/LSDV", {kWithin, Cluster("firm", "lsdv")}},
      {"within firm | cluster firm | N/(N-K) linearmodels default debiased",
       {kWithin, Cluster("firm", "linearmodels")}},
      {"within firm | cluster firm | G/(G-1)*(N-1)/N*N/(N-K) linearmodels group_debias",
       {kWithin, Cluster("firm", "linearmodels_group_debias")}},
      {"within firm+year | iid | N-n-T+1-K", {kTwoWay, kIid}},
      {"within firm+year | cluster firm | none (plm HC0)", {kTwoWay, Cluster("firm", "plm_hc0")}},
      {"within firm+year | cluster firm | K=2+T (nonnested: reghdfe/fixest)", {kTwoWay, Cluster("firm", "fixest")}},
      {"within firm+year | cluster firm | full: (N-1)/(N-K-n-T+1)", {kTwoWay, Cluster("firm", "fixest_full")}},
      {"within firm+year (capital only) | iid | N-n-T+1-K", {kCapital, kIid}},
      {"within firm+year (capital only) | cluster firm | lm vcovCL HC1 / K.fixef=full",
       {kCapital, Cluster("firm", "sandwich")}},
      {"within firm+year (capital only) | cluster firm | plm HC0", {kCapital, Cluster("firm", "plm_hc0")}},
      {"within firm+year (capital only) | cluster firm | stata xtreg / fixest nonnested",
       {kCapital, Cluster("firm", "reghdfe")}},
      {"within firm+year (capital only) | cluster firm | lfe", {kCapital, Cluster("firm", "lfe")}},
      {"within firm+year (capital only) | NW L=2 | plm", {kCapital, Nw(2, "plm")}},
      {"within firm+year (capital only) | NW L=2 | fixest", {kCapital, Nw(2, "fixest")}},
      {"within firm+year (capital only) | DK L=2 | plm", {kCapital, Dk(2, "plm")}},
      {"within firm+year (capital only) | DK L=2 | fixest", {kCapital, Dk(2, "fixest")}},
      {"within firm+year (capital only) | twoway | min (fixest)", {kCapital, TwoWays("firm", "year", "fixest")}},
      {"within firm+year (capital only) | twoway | conventional (lfe)", {kCapital, TwoWays("firm", "year", "lfe")}},
      {"between | iid | n-K", {kPooled, kIid, Kind(Estimator::kBetween)}},
      {"first difference | iid | with const (plm), N-K", {kPooled, kIid, Kind(Estimator::kFirstDifference)}},
      {"first difference | iid | no const, N-K",
       {"inv ~ 0 + value + capital", kIid, Kind(Estimator::kFirstDifference)}},
  };
  for (const int lag : {0, 1, 2, 4}) {
    const std::string dk = "pooled | DK L=" + std::to_string(lag) + " | ";
    const std::string nw = "pooled | NW L=" + std::to_string(lag) + " | ";
    recipes[dk + "none (plm HC0)"] = {kPooled, Dk(lag, "plm")};
    recipes[dk + "T/(T-1)*(N-1)/(N-K) stata/fixest"] = {kPooled, Dk(lag, lag % 2 == 0 ? "fixest" : "xtscc")};
    recipes[nw + "none"] = {kPooled, Nw(lag, "plm")};
    recipes[nw + "N/(N-K) stata newey"] = {kPooled, Nw(lag, "newey")};
  }
  const std::map<std::string, RandomEffectsMethod> methods = {
      {"RE swar", RandomEffectsMethod::kSwamyArora},    {"RE walhus", RandomEffectsMethod::kWallaceHussain},
      {"RE amemiya", RandomEffectsMethod::kAmemiya},    {"RE nerlove", RandomEffectsMethod::kNerlove},
      {"walhus", RandomEffectsMethod::kWallaceHussain}, {"amemiya", RandomEffectsMethod::kAmemiya},
      {"nerlove", RandomEffectsMethod::kNerlove}};
  for (const auto& [name, method] : methods) {
    const EstimatorSpec estimator = Kind(Estimator::kRandomEffects, method);
    recipes[name + " | iid | s2=RSS_qd/(N-K)"] = {kPooled, kIid, estimator};
    recipes[name + " | iid | s2=sigma_e^2 (textbook GLS, not printed by plm)"] = {kPooled, kIid, estimator, "", true};
    recipes[name + " | cluster firm | none (plm vcovHC)"] = {kPooled, Cluster("firm", "plm"), estimator};
  }
  const Coverage coverage =
      CheckEngineRows(Expected("grunfeld_full_precision"), "", Grunfeld(), recipes, kNames, 1e-10);
  EXPECT_EQ(coverage.covered, 169);
  for (const auto& [key, rows] : coverage.not_covered) ADD_FAILURE() << key << " is not covered";
}

// Stata output quoted in the statsmodels tests; Stata held the data as float. These versions of xtscc had no factor.
TEST(PublishedVariances, GrunfeldByStata) {
  const Panel panel = Grunfeld();
  const std::map<std::string, InferenceSpec> recipes = {
      {"regress vce(cluster company)", Cluster("firm", "regress")},
      {"ivreg2 cluster(company) (no small)", Cluster("firm", "ivreg2_large")},
      {"newey lag(0) force", Nw(0, "newey")},
      {"newey lag(1) force", Nw(1, "newey")},
      {"newey lag(4) force", Nw(4, "newey")},
      {"xtscc lag(0)", Dk(0, "xtscc_ase")},
      {"xtscc lag(1)", Dk(1, "xtscc_ase")},
      {"xtscc lag(4)", Dk(4, "xtscc_ase")},
  };
  const Table expected = Expected("grunfeld_stata_via_statsmodels");
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const EngineRecipe recipe = {kPooled, recipes.at(expected.At(row, "stata_command"))};
    const Fitted fitted = EstimateRecipe(panel, recipe);
    std::vector<Warning> warnings;
    const auto result = ComputeInference(fitted, recipe.inference, 0.95, {}, warnings);
    ASSERT_TRUE(result.ok());
    const Eigen::Index k = TermPosition(fitted, kNames.at(expected.At(row, "term")));
    const double coefficient = expected.Number(row, "coef");
    const double error = expected.Number(row, "se");
    EXPECT_NEAR(fitted.solution.coefficients(k), coefficient, 3e-7 * std::fabs(coefficient));
    EXPECT_NEAR(std::sqrt(result->vcov(k, k)), error, 3e-7 * error) << expected.At(row, "stata_command");
  }
  EXPECT_EQ(expected.rows.size(), 24U);
}

TEST(PublishedVariances, Produc) {
  Panel panel = MakePanel(ReadCsv(SourcePath("examples/us-states/produc.csv")), "state", "year",
                          {"gsp", "pcap", "pc", "emp", "unemp"});
  for (const char* name : {"gsp", "pcap", "pc", "emp"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "log(" + std::string(name) + ")", [&](std::size_t row) { return numeric::Log(levels[row]); });
  }
  const std::string pooled = "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp";
  const std::string within = pooled + " | state";
  const std::string two_way = pooled + " | state + year";
  const EngineRecipes recipes = {
      {"pooled | iid | N-K", {pooled, kIid}},
      {"pooled | cluster state | stata", {pooled, Cluster("state", "regress")}},
      {"pooled | DK L=2 | none (plm)", {pooled, Dk(2, "plm")}},
      {"pooled | PCSE | xtpcse", {pooled, Plain(InferenceType::kPcse)}},
      {"within | iid | N-n-K", {within, kIid}},
      {"within | cluster state | none (plm)", {within, Cluster("state", "plm")}},
      {"within | cluster state | xtreg/reghdfe/fixest", {within, Cluster("state", "xtreg")}},
      {"within | cluster state | areg/LSDV", {within, Cluster("state", "areg")}},
      {"within two-way | iid | N-n-T+1-K", {two_way, kIid}},
      {"within two-way | cluster state | reghdfe/fixest (K+T)", {two_way, Cluster("state", "reghdfe")}},
      {"between | iid | n-K", {pooled, kIid, Kind(Estimator::kBetween)}},
      {"RE Swamy-Arora theta=0.8888352846 | iid | RSS/(N-K)", {pooled, kIid, Kind(Estimator::kRandomEffects)}},
      {"first difference no const | iid | N-K",
       {"log(gsp) ~ 0 + log(pcap) + log(pc) + log(emp) + unemp", kIid, Kind(Estimator::kFirstDifference)}},
  };
  const Coverage coverage =
      CheckEngineRows(Expected("cigar_produc_full_precision"), "produc", panel, recipes, kNames, 1e-9);
  EXPECT_EQ(coverage.covered, 58);
  for (const auto& [key, rows] : coverage.not_covered) {
    EXPECT_TRUE(key.rfind("SAR", 0) == 0 || key.rfind("SEM", 0) == 0 || key.rfind("SDM", 0) == 0) << key;
  }
}

Panel Cigar() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/cigar.csv")), "state", "year", {"price", "sales"});
}

TEST(PublishedVariances, Cigar) {
  const std::string pooled = "sales ~ price";
  const std::string within = "sales ~ price | state";
  const std::string two_way = "sales ~ price | state + year";
  const EngineRecipes recipes = {
      {"pooled | iid | N-K", {pooled, kIid}},
      {"pooled | HC1 | N/(N-K)", {pooled, Plain(InferenceType::kHc1, "regress")}},
      {"pooled | cluster state | G/(G-1)(N-1)/(N-K)", {pooled, Cluster("state", "regress")}},
      {"pooled | twoway state+year | min G (reghdfe/FEM.jl)", {pooled, TwoWays("state", "year", "reghdfe")}},
      {"within state | iid | N-G-K (areg/xtreg/reghdfe)", {within, kIid}},
      {"within state | HC1 | N/(N-G-K) (areg/reghdfe)", {within, Plain(InferenceType::kHc1, "reghdfe")}},
      {"within state | cluster year | T/(T-1)(N-1)/(N-G-K) (areg & reghdfe)", {within, Cluster("year", "reghdfe")}},
      {"within state | cluster state | G/(G-1)(N-1)/(N-K-1) (reghdfe/xtreg)", {within, Cluster("state", "reghdfe")}},
      {"within state | twoway state+year | min G, (N-1)/(N-K-1) (reghdfe)",
       {within, TwoWays("state", "year", "reghdfe")}},
      {"within state+year | iid | N-G-T+1-K", {two_way, kIid}},
      {"within state+year | cluster state | G/(G-1)(N-1)/(N-T-K)", {two_way, Cluster("state", "reghdfe")}},
  };
  const Coverage coverage =
      CheckEngineRows(Expected("cigar_produc_full_precision"), "cigar", Cigar(), recipes, kNames, 1e-9);
  EXPECT_EQ(coverage.covered, 15);
  for (const auto& [key, rows] : coverage.not_covered) EXPECT_NE(key.find("2SLS"), std::string::npos) << key;
}

// FixedEffectModels.jl's tests, which cite reghdfe; one unit of the last digit printed.
TEST(PublishedVariances, CigarByReghdfe) {
  struct Row {
    std::string formula;
    InferenceSpec inference;
    double constant;
    double price;
    double unit;
  };
  const std::vector<Row> rows = {
      {"sales ~ price", Plain(InferenceType::kIid), 1.521269, 0.0188963, 1e-6},
      {"sales ~ price", Plain(InferenceType::kHc1, "reghdfe"), 1.686791, 0.0167042, 1e-6},
      {"sales ~ price", Cluster("state", "reghdfe"), 0.0, 0.0379228, 1e-7},
      {"sales ~ price", TwoWays("state", "year", "reghdfe"), 6.196362, 0.0403469, 1e-6},
      {"sales ~ price | state", Plain(InferenceType::kIid), 0.0, 0.0098003, 1e-7},
      {"sales ~ price | state", Plain(InferenceType::kHc1, "reghdfe"), 0.0, 0.0110005, 1e-7},
      {"sales ~ price | state", Cluster("year", "reghdfe"), 0.0, 0.0220563, 1e-7},
      {"sales ~ price | state", Cluster("state", "reghdfe"), 0.0, 0.0357498, 1e-7},
      {"sales ~ price | state", TwoWays("state", "year", "reghdfe"), 0.0, 0.0405335, 1e-7},
  };
  const Panel panel = Cigar();
  for (const Row& row : rows) {
    const Fitted fitted = EstimateRecipe(panel, {row.formula, row.inference});
    std::vector<Warning> warnings;
    const auto result = ComputeInference(fitted, row.inference, 0.95, {}, warnings);
    ASSERT_TRUE(result.ok());
    const auto error = [&](const std::string& name) {
      const Eigen::Index k = TermPosition(fitted, name);
      return std::sqrt(result->vcov(k, k));
    };
    EXPECT_NEAR(error("price"), row.price, 1.01e-7) << result->label;
    if (row.constant > 0.0) {
      EXPECT_NEAR(error(kConstantName), row.constant, 1.01 * row.unit) << result->label;
    }
  }
}

}  // namespace
}  // namespace farrell::regression::testing
