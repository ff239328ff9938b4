// Many synthetic panels through the engines: what the estimators do on average, how often their intervals cover, how
// often their tests reject.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "services/reporting/engine/synthesize.h"

namespace farrell::studies {

// One estimate over the seeds.
struct Cell {
  double plan = 0;
  int count = 0;
  double sum = 0;
  double sum_of_squares = 0;
  int covered_cr1 = 0;  // by the 95 % interval with t(G-1)
  int covered_cr3 = 0;
  int covered_iid = 0;   // with N - K degrees of freedom
  int covered_wild = 0;  // not rejected by the wild bootstrap at 5 %; only with MonteCarloOptions::wild_draws
  int rejected_cr3 = 0;  // of a zero slope at 5 %

  double mean() const { return sum / count; }
  double sd() const;
  double error() const;  // of the mean
  double share(int of) const { return static_cast<double>(of) / count; }
};

struct MonteCarlo {
  int seeds = 0;
  std::map<std::string, Cell>
      cells;                       // pooled, east, central, west, universities, institutes, enterprises, applied, basic
  double largest_score_error = 0;  // |ln score - planted| with patents unrounded
  int equality_rejected = 0;       // Cochran's Q over the regions with CR3, chi-square(2), 5 %
  int false_heterogeneity = 0;     // one region p < 0.05 and another p > 0.10, by CR3
};

struct MonteCarloOptions {
  reporting::SynthesisPreset preset = reporting::SynthesisPreset::kPattern;
  reporting::SynthesisTechnology technology = reporting::SynthesisTechnology::kExact;
  int seeds = 0;
  std::int64_t first_seed = 1;
  bool variable_returns = false;  // the mistake: score under VRS
  std::int64_t wild_draws = 0;    // 0: no wild bootstrap
  bool foreign_ai = false;        // AI of another draw in place of the panel's own: nothing to be found
  bool year_effects = true;       // false, without controls: the mistake of leaving them out
};

MonteCarlo RunMonteCarlo(const MonteCarloOptions& options);

// Half-width of the band in which the share of a fair coin of probability p falls in all but about one run in 700 (3.2
// sd), so that a test of several shares seldom fails by chance.
double BinomialBand(double p, int count);

}  // namespace farrell::studies
