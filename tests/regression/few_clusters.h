// Panels with few and unequal clusters whose coefficient is known: how often inference rejects the truth and how often
// its intervals hold it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/regression/engine/inference.h"

namespace farrell::regression::testing {

// y = unit + period + x b + e on G units of 8 to 20 periods, unequal; x and, where asked, e are AR(1) by unit, and the
// spread of e differs between units by a factor of 2. Effects of unit and period are absorbed; clusters are units.
struct FewClusters {
  int clusters = 12;
  // Autocorrelation of the errors, in [0, 1).
  double persistence = 0.0;
};
Fitted DrawFewClusters(const FewClusters& world, std::int64_t seed);

// One way of inference over many samples.
struct FewClusterCell {
  std::string name;
  int samples = 0;
  // 95 % intervals that leave the true value out, that is rejections of the truth at 5 %.
  int rejected = 0;
  // Mean width of the intervals that are bounded.
  int bounded = 0;
  double width = 0.0;

  double size() const { return static_cast<double>(rejected) / samples; }
};

// CR1 and CR3 with t(G-1), CR2 with Satterthwaite's degrees of freedom, the wild bootstrap in variants 11 and 33
// (`draws` each), all on the same samples. Sample k has seed `first` + k.
std::vector<FewClusterCell> RunFewClusters(const FewClusters& world, std::int64_t first, int samples, int draws);

}  // namespace farrell::regression::testing
