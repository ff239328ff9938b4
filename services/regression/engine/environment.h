// What an engine call may use of the world around it.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace farrell::regression {

// A thing a reader must know about a result.
struct Warning {
  std::string code;
  std::string text;
};

// Runs body(begin, end) over [0, count) in pieces, perhaps at the same time; every piece is run exactly once.
using ParallelFor =
    std::function<void(std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& body)>;

struct Environment {
  std::stop_token stop;
  // Work items done and in all.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  // Unset: in the calling thread.
  ParallelFor parallel;
};

}  // namespace farrell::regression
