#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {

Matches PublishedFile::Run() const {
  Matches all;
  for (const auto& part : parts) {
    for (Match& match : part()) all.push_back(std::move(match));
  }
  return all;
}

const std::vector<PublishedFile>& PublishedFiles() {
  static const std::vector<PublishedFile> files = {
      {"nist_strd_lls_certified",
       "NIST Statistical Reference Datasets, linear least squares; the certified digits, recomputed in exact rational "
       "arithmetic",
       {MatchNist}},
      {"grunfeld_full_precision",
       "Grunfeld (1958); recomputed; plm 2.6-2 and sandwich 3.0-2 agree to 4e-13",
       {MatchGrunfeld}},
      {"grunfeld_stata_via_statsmodels",
       "Grunfeld (1958); Stata output quoted in the tests of statsmodels (the data were held as float)",
       {MatchGrunfeldByStata}},
      {"fixest_vignette_grunfeld_ssc_crosswalk",
       "Grunfeld (1958); the vignette on standard errors of the R package fixest",
       {MatchCrosswalk}},
      {"grunfeld_wild_cluster_bootstrap_enumerated",
       "Grunfeld (1958); all 1,024 sign vectors, recomputed by two programs",
       {MatchWildBootstrap}},
      {"grunfeld_group_difference", "Grunfeld (1958); recomputed by two programs", {MatchGroupDifference}},
      {"cigar_produc_full_precision",
       "Baltagi & Levin (1992), Munnell (1990); recomputed; plm agrees to 5e-13",
       {MatchProduc, MatchCigar, MatchCigarInstruments}},
      {"cigar_fixedeffectmodels_reghdfe",
       "Baltagi & Levin (1992); tests of FixedEffectModels.jl, which cite reg, areg, reghdfe, ivreg2, ivreghdfe",
       {MatchCigarByReghdfe}},
      {"plm_vignette_coefficients",
       "Baltagi & Chang (1994), Grunfeld (1958); the vignettes of the R package plm",
       {MatchHedonicByPlm, MatchGrunfeldByPlm}},
      {"panel_tests_reference",
       "Grunfeld (1958), Munnell (1990), Arellano & Bond (1991); the vignettes of plm, other rows recomputed",
       {MatchSpecificationTests}},
      {"likelihood",
       "Fair (1978), Spector & Mazzeo (1980), Ozuna & Gomez (1995), Grunfeld (1958); every line names who printed it",
       {MatchLikelihoods}},
  };
  return files;
}

}  // namespace farrell::regression::testing
