// Short and long suites: the same programs, other counts.
#pragma once

#include <cstdlib>

namespace farrell::testing {

// Full counts were asked for: FARRELL_LONG is set and not empty (./dev test --long).
inline bool LongRun() {
  const char* asked = std::getenv("FARRELL_LONG");
  return asked != nullptr && *asked != '\0';
}

}  // namespace farrell::testing
