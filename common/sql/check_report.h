// What a check of a store found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farrell::sql {

struct Damage {
  std::string place;    // "column gdp of snapshot 3f…"
  std::string problem;  // "its content does not have its digest"
};

struct CheckReport {
  std::int64_t checked = 0;  // things with a digest of their own
  std::vector<Damage> damages;
};

}  // namespace farrell::sql
