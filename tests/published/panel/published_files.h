// Every file of expected/ asked of the engine. The functions throw where a row cannot be asked for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "tests/published/panel/published.h"

namespace farrell::regression::testing {

Matches MatchGrunfeld();
Matches MatchGrunfeldByStata();
// Produc, Cigar with fixed effects, Cigar with instruments: three parts of one file.
Matches MatchProduc();
Matches MatchCigar();
Matches MatchCigarInstruments();
Matches MatchCigarByReghdfe();
// Hedonic and Grunfeld: two parts of one file.
Matches MatchHedonicByPlm();
Matches MatchGrunfeldByPlm();
Matches MatchCrosswalk();
Matches MatchWildBootstrap();
Matches MatchGroupDifference();
Matches MatchSpecificationTests();
Matches MatchLikelihoods();
Matches MatchNist();

struct PublishedFile {
  // expected/NAME.csv.
  std::string name;
  // Who printed or computed the numbers.
  std::string source;
  std::vector<std::function<Matches()>> parts;

  Matches Run() const;
};
const std::vector<PublishedFile>& PublishedFiles();

// The panels and models of the rows, for tests of what no row prints.
Panel GrunfeldPanel();
Panel CigarPanel();
// Logarithms of gsp, pcap, pc, emp as columns "log(gsp)" and so on.
Panel ProducPanel();
// A model of expected/likelihood.csv.
Fitted FitLikelihood(const std::string& dataset, const std::string& model);

}  // namespace farrell::regression::testing
