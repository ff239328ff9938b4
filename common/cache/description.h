// What a content key stands for.
#pragma once

#include <cstdint>
#include <set>
#include <string>

namespace farrell {

struct Description {
  std::string key;
  // Canonical JSON (common/canonical): "op", "spec", "reference" or "inputs", "engine", …
  std::string action;
  // Digests of the snapshots that it was made from. It says nothing that could not be computed from any one of them.
  std::set<std::string> snapshots{};
  // When the key was first asked for; milliseconds of Unix time.
  std::int64_t asked_ms = 0;
};

// The value of "op" of an action; empty: there is none.
std::string OperationOf(const std::string& action);

}  // namespace farrell
