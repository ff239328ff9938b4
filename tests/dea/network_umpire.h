// Two-stage programs in quadruple precision by a plain tableau with Bland's rule: decides where the tolerances of GLPK
// do not reach, since a score held to 1e-10 leaves its split unknown to 1e-10 times the price of the score. (glp_exact
// would not: it rounds coefficients to nine decimals.)
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "services/dea/engine/network.h"

namespace farrell::dea::testing {

class NetworkUmpire {
 public:
  NetworkUmpire(const NetworkObservations& data, NetworkModel model) : data_(data), model_(std::move(model)) {}

  struct Verdict {
    double score = 0;
    // Stage 1 and 2, as large as the score allows; unset where the stage has no weight.
    std::optional<double> stage1;
    std::optional<double> stage2;
  };
  // Against all units.
  Verdict Judge(std::int32_t row) const;

 private:
  const NetworkObservations& data_;
  NetworkModel model_;
};

}  // namespace farrell::dea::testing
