// Radial scores by GLPK, as an independent witness.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

struct glp_prob;

namespace farrell::dea::testing {

// One program per reference set; the evaluated unit changes only coefficients. Rows and columns are scaled by the
// evaluated unit (row i by its own measure, column j so that its largest entry is 1) and tolerances are 1e-10.
class GlpkRadial {
 public:
  GlpkRadial(const Observations& data, std::vector<std::int32_t> members, ReturnsToScale rts, Orientation orientation);

  // theta or phi; nullopt when GLPK finds no optimum.
  std::optional<double> Solve(std::int32_t row);
  // The same in exact rational arithmetic (glp_exact), starting from the floating-point basis.
  std::optional<double> SolveExactly(std::int32_t row);
  // Largest plain sum of slacks with theta or phi fixed at `farrell`, in the data's own units.
  std::optional<double> SlackSum(std::int32_t row, double farrell);

 private:
  struct Delete {
    void operator()(glp_prob* problem) const;
  };
  std::unique_ptr<glp_prob, Delete> Build(std::int32_t row, bool exact_scaling) const;

  const Observations& data_;
  std::vector<std::int32_t> members_;
  ReturnsToScale rts_;
  Orientation orientation_;
};

}  // namespace farrell::dea::testing
