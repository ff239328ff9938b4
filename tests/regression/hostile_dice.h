// Draws of one made-up case, one after another: equal seeds, equal cases on every machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/numeric/random.h"

namespace farrell::regression::testing {

class Dice {
 public:
  explicit Dice(std::int64_t seed) : seed_(seed) {}

  double Uniform() { return numeric::UniformDraw(seed_, 77, next_++); }
  double Normal() { return numeric::NormalDraw(seed_, 78, next_++); }
  // In [0, count).
  std::size_t Below(std::size_t count) {
    return std::min(count - 1, static_cast<std::size_t>(Uniform() * static_cast<double>(count)));
  }
  bool Chance(double probability) { return Uniform() < probability; }
  template <typename T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::int64_t seed_;
  std::int64_t next_ = 0;
};

}  // namespace farrell::regression::testing
