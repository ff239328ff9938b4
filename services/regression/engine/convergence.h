// How an iteration ended.
#pragma once

#include <cstdint>
#include <string>

namespace farrell::regression {

struct Convergence {
  std::string method;
  std::int64_t iterations = 0;
  // What was left of the equations, relative to where they started.
  double defect = 0.0;
};

}  // namespace farrell::regression
