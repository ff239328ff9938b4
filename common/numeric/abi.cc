#include "common/numeric/abi.h"

#include <Eigen/Core>
#include <cfenv>
#include <cstddef>

namespace farrell::numeric {

void FixNumericEnvironment() {
  std::fesetround(FE_TONEAREST);
  constexpr std::ptrdiff_t kKib = 1024;
  Eigen::setCpuCacheSizes(32 * kKib, 256 * kKib, 2048 * kKib);
}

}  // namespace farrell::numeric
