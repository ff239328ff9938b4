// One coefficient, every program: the standard errors that the vignette of fixest prints side by side for
// `inv ~ capital` with firm and year effects (Grunfeld 1958), from one call each.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "tests/published/panel/engine_rows.h"

namespace farrell::regression::testing {
namespace {

constexpr const char* kCapital = "inv ~ capital | firm + year";

TEST(Crosswalk, EveryProgramFromOneCall) {
  const Panel panel = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                                {"firm", "inv", "capital"});
  InferenceSpec two_ways = MakeInference(InferenceType::kCr1, "firm");
  two_ways.further_clusters = {"year"};
  InferenceSpec newey_west = MakeInference(InferenceType::kNeweyWest);
  InferenceSpec driscoll_kraay = MakeInference(InferenceType::kDriscollKraay);
  newey_west.lag = 2;
  driscoll_kraay.lag = 2;
  const std::map<std::string, InferenceSpec> kinds = {{"iid", MakeInference(InferenceType::kIid)},
                                                      {"cluster firm", MakeInference(InferenceType::kCr1, "firm")},
                                                      {"twoway firm+year", two_ways},
                                                      {"NW L=2", newey_west},
                                                      {"DK L=2", driscoll_kraay}};
  const Fitted fitted = EstimateRecipe(panel, {kCapital, two_ways});
  // By kind and preset.
  std::map<std::pair<std::string, std::string>, double> errors;
  for (const auto& [kind, spec] : kinds) {
    std::vector<Warning> warnings;
    const auto all = ComputeUnderAllPresets(fitted, spec, 0.95, {}, warnings);
    ASSERT_TRUE(all.ok()) << all.status().ToString();
    for (const InferenceResult& result : *all) errors[{kind, result.ssc}] = result.terms[0].std_error.value();
  }
  // Programs that the vignette names in one breath, with the presets that must then agree.
  const std::map<std::string, std::vector<std::string>> presets = {
      {"lm / plm / fixest / Stata xtreg", {"none"}},
      {"lm + sandwich::vcovCL HC1 (= fixest K.fixef=\"full\")", {"sandwich", "fixest_full", "areg"}},
      {"plm::vcovHC (= fixest K.fixef=\"none\",G.adj=FALSE up to K.adj; HC0)", {"plm_hc0", "none", "ivreg2_large"}},
      {"Stata xtreg vce(cluster) = reghdfe = fixest default (nonnested)",
       {"xtreg_fe", "reghdfe", "fixest", "fixest_legacy"}},
      {"lfe::felm (firm+year both projected)", {"lfe", "stata_regress", "xtreg_re"}},
      {"fixest/reghdfe G.df=min", {"fixest", "reghdfe", "fixest_legacy"}},
      {"lfe / fixest G.df=conventional", {"lfe"}},
      {"plm::vcovNW (no adj)", {"plm_hc0", "none"}},
      {"fixest default", {"fixest", "fixest_legacy"}},
      {"plm::vcovSCC (no adj)", {"plm_hc0", "none", "xtscc_ase"}},
  };
  const Table expected =
      ReadCsv(SourcePath("tests/published/panel/expected/fixest_vignette_grunfeld_ssc_crosswalk.csv"));
  int covered = 0;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& kind = expected.At(row, "vcov");
    for (const std::string& preset : presets.at(expected.At(row, "engine"))) {
      EXPECT_NEAR(errors.at({kind, preset}), expected.Number(row, "se_capital"), 5e-9) << kind << " " << preset;
    }
    ++covered;
  }
  EXPECT_EQ(covered, 11);
}

}  // namespace
}  // namespace farrell::regression::testing
