// One coefficient, every program: the standard errors that the vignette of fixest prints side by side for
// `inv ~ capital` with firm and year effects (Grunfeld 1958), from one call each.
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

// By kind of variance and preset.
std::map<std::pair<std::string, std::string>, double> ErrorsUnderAllPresets() {
  const InferenceSpec two_ways = TwoWays("firm", "year", "fixest");
  const std::map<std::string, InferenceSpec> kinds = {{"iid", Plain(InferenceType::kIid, "fixest")},
                                                      {"cluster firm", Cluster("firm", "fixest")},
                                                      {"twoway firm+year", two_ways},
                                                      {"NW L=2", Lagged(InferenceType::kNeweyWest, 2, "fixest")},
                                                      {"DK L=2", Lagged(InferenceType::kDriscollKraay, 2, "fixest")}};
  const Fitted fitted = EstimateRecipe(GrunfeldPanel(), {"inv ~ capital | firm + year", two_ways});
  std::map<std::pair<std::string, std::string>, double> errors;
  for (const auto& [kind, spec] : kinds) {
    std::vector<Warning> warnings;
    const auto all = ComputeUnderAllPresets(fitted, spec, 0.95, {}, warnings);
    if (!all.ok()) throw std::runtime_error(all.status().ToString());
    for (const InferenceResult& result : *all) errors[{kind, result.ssc}] = result.terms[0].std_error.value();
  }
  return errors;
}

}  // namespace

Matches MatchCrosswalk() {
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
  const auto errors = ErrorsUnderAllPresets();
  const Table expected = Expected("fixest_vignette_grunfeld_ssc_crosswalk");
  Matches matches;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& kind = expected.At(row, "vcov");
    for (const std::string& preset : presets.at(expected.At(row, "engine"))) {
      matches.push_back({row, "standard errors, " + kind + ", presets", expected.At(row, "se_capital"),
                         errors.at({kind, preset}), Tolerance::HalfUnit()});
    }
  }
  return matches;
}

}  // namespace farrell::regression::testing
