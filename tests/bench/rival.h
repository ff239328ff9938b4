// The rivals: general solvers that score points against one reference set, as well as they can.
//
// Each keeps its model in memory, exchanges only what a point changes (one column and the right-hand side), starts from
// the last basis, runs without presolve and scaling, and prints nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "services/dea/engine/model.h"

namespace farrell::dea::bench {

class Rival {
 public:
  virtual ~Rival() = default;
  // Row-major, inputs then outputs of each unit.
  virtual void SetReference(const double* cells, std::size_t count) = 0;
  // phi of a point, or nothing where the solver finds no optimum.
  virtual std::optional<double> Solve(const double* point) = 0;
};

// Output orientation; kCrs or kVrs.
std::unique_ptr<Rival> MakeGlpk(int inputs, int outputs, ReturnsToScale rts);
std::unique_ptr<Rival> MakeClp(int inputs, int outputs, ReturnsToScale rts);

}  // namespace farrell::dea::bench
