// Measurements in child processes, so that each has its own memory and none can take the machine down.
#pragma once

#include <string>
#include <vector>

namespace farrell::regression::bench {

inline constexpr int kMostSeconds = 60;
inline constexpr double kMostMemory = 4.0 * 1024 * 1024 * 1024;

struct ChildResult {
  enum class End { kDone, kNotInstalled, kExceeded, kFailed };
  End end = End::kFailed;
  // What it printed: seconds first.
  std::vector<double> numbers;
  // Largest resident memory, bytes.
  double peak_memory = 0;
};

// Runs a command found on the path. `limited`: at most kMostSeconds (start-up and reading included) and kMostMemory of
// address space; a child that ends by either has exceeded them. A command that is missing, or whose packages are, is
// not installed.
ChildResult RunChild(const std::vector<std::string>& command, bool limited);

}  // namespace farrell::regression::bench
