// Published rows of linear estimators on the Grunfeld, Produc and Cigar panels, each asked by the preset that is named
// after the program.
#include <map>
#include <string>

#include "common/numeric/elementary.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

constexpr const char* kPooled = "inv ~ value + capital";
constexpr const char* kWithin = "inv ~ value + capital | firm";
constexpr const char* kTwoWay = "inv ~ value + capital | firm + year";
constexpr const char* kCapital = "inv ~ capital | firm + year";

InferenceSpec Dk(int lag, const std::string& ssc) { return Lagged(InferenceType::kDriscollKraay, lag, ssc); }
InferenceSpec Nw(int lag, const std::string& ssc) { return Lagged(InferenceType::kNeweyWest, lag, ssc); }

const std::map<std::string, std::string> kNames = {{"_cons", kConstantName}, {"(Intercept)", kConstantName},
                                                   {"mvalue", "value"},      {"kstock", "capital"},
                                                   {"lpcap", "log(pcap)"},   {"lpc", "log(pc)"},
                                                   {"lemp", "log(emp)"},     {"chasyes", "chas::yes"}};

const InferenceSpec kIid = Plain(InferenceType::kIid);
const InferenceSpec kHc0 = Plain(InferenceType::kHc0);

// Rows of one data set of a file that holds several.
std::string ProducKey(const Table& expected, std::size_t row) {
  return expected.At(row, "dataset") == "produc" ? KeyOfVariance(expected, row) : std::string();
}
std::string CigarKey(const Table& expected, std::size_t row) {
  return expected.At(row, "dataset") == "cigar" ? KeyOfVariance(expected, row) : std::string();
}
std::string ModelKey(const Table& expected, std::size_t row) { return expected.At(row, "model"); }

}  // namespace

Panel CigarPanel() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/cigar.csv")), "state", "year",
                   {"price", "sales", "pimin", "ndi", "cpi", "pop"});
}

Panel GrunfeldPanel() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                   {"firm", "inv", "value", "capital"});
}

Panel ProducPanel() {
  Panel panel = MakePanel(ReadCsv(SourcePath("examples/us-states/produc.csv")), "state", "year",
                          {"gsp", "pcap", "pc", "emp", "unemp"});
  for (const char* name : {"gsp", "pcap", "pc", "emp"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "log(" + std::string(name) + ")", [&](std::size_t row) { return numeric::Log(levels[row]); });
  }
  return panel;
}

Matches MatchGrunfeld() {
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
  return MatchEngineRows(
      {Expected("grunfeld_full_precision"), KeyOfVariance, "Grunfeld", recipes, kNames, Tolerance::Relative(1e-10)},
      GrunfeldPanel());
}

// Stata held the data as float. These versions of xtscc had no factor.
Matches MatchGrunfeldByStata() {
  const EngineRecipes recipes = {
      {"regress vce(cluster company)", {kPooled, Cluster("firm", "regress")}},
      {"ivreg2 cluster(company) (no small)", {kPooled, Cluster("firm", "ivreg2_large")}},
      {"newey lag(0) force", {kPooled, Nw(0, "newey")}},
      {"newey lag(1) force", {kPooled, Nw(1, "newey")}},
      {"newey lag(4) force", {kPooled, Nw(4, "newey")}},
      {"xtscc lag(0)", {kPooled, Dk(0, "xtscc_ase")}},
      {"xtscc lag(1)", {kPooled, Dk(1, "xtscc_ase")}},
      {"xtscc lag(4)", {kPooled, Dk(4, "xtscc_ase")}},
  };
  return MatchEngineRows({Expected("grunfeld_stata_via_statsmodels"),
                          [](const Table& expected, std::size_t row) { return expected.At(row, "stata_command"); },
                          "Grunfeld", recipes, kNames, Tolerance::Relative(3e-7)},
                         GrunfeldPanel());
}

Matches MatchProduc() {
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
  return MatchEngineRows(
      {Expected("cigar_produc_full_precision"), ProducKey, "Produc", recipes, kNames, Tolerance::Relative(1e-9)},
      ProducPanel());
}

Matches MatchCigar() {
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
  return MatchEngineRows(
      {Expected("cigar_produc_full_precision"), CigarKey, "Cigar", recipes, kNames, Tolerance::Relative(1e-9)},
      CigarPanel());
}

Matches MatchCigarInstruments() {
  const std::string instrumented = "sales ~ 1 | 0 | price ~ pimin";
  const EstimatorSpec spec = Kind(Estimator::kTwoStageLeastSquares);
  const EngineRecipes recipes = {
      {"2SLS price~pimin | iid | N-K", {instrumented, kIid, spec}},
      {"2SLS price~pimin | HC1 | N/(N-K)", {instrumented, Plain(InferenceType::kHc1, "fixest"), spec}},
      {"FE-2SLS ndi (price~pimin)|state | cluster state | G/(G-1)(N-1)/(N-K-1)",
       {"sales ~ ndi | state | price ~ pimin", Cluster("state", "reghdfe"), spec}},
  };
  return MatchEngineRows(
      {Expected("cigar_produc_full_precision"), CigarKey, "Cigar", recipes, kNames, Tolerance::Relative(1e-9)},
      CigarPanel());
}

// Baltagi & Chang (1994), Table 2: 92 towns of 1 to 30 tracts.
Matches MatchHedonicByPlm() {
  const Panel panel = MakePanel(
      ReadCsv(SourcePath("tests/published/panel/data/hedonic.csv")), "townid", "",
      {"mv", "crim", "zn", "indus", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "blacks", "lstat"}, {"chas"});
  const EngineRecipes recipes = {
      {"RE Swamy-Arora unbalanced (Baltagi-Chang 1994 T2)",
       {"mv ~ crim + zn + indus + i(chas) + nox + rm + age + dis + rad + tax + ptratio + blacks + lstat", kIid,
        Kind(Estimator::kRandomEffects, RandomEffectsMethod::kBaltagiChang)}}};
  return MatchEngineRows(
      {Expected("plm_vignette_coefficients"), ModelKey, "Hedonic", recipes, kNames, Tolerance::HalfUnit()}, panel);
}

Matches MatchGrunfeldByPlm() {
  const EngineRecipes recipes = {
      {"RE Swamy-Arora one-way", {kPooled, kIid, Kind(Estimator::kRandomEffects)}},
      {"RE Swamy-Arora, vcovHC arellano HC0", {kPooled, Cluster("firm", "plm"), Kind(Estimator::kRandomEffects)}}};
  return MatchEngineRows(
      {Expected("plm_vignette_coefficients"), ModelKey, "Grunfeld", recipes, kNames, Tolerance::HalfUnit()},
      GrunfeldPanel());
}

}  // namespace farrell::regression::testing
