// What every result in a report carries: where it comes from, what its engine warned of, and what others published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farrell::reporting {

// Where one result comes from.
struct ResultProvenance {
  // Step of the study: "dea:main", "regression:t2", "comparison:region", "describe:t1".
  std::string step;
  // Content key, 64 hexadecimal digits.
  std::string action_key;
  std::string snapshot_digest;
  // "dea", "regression", "data".
  std::string engine;
  std::int32_t algo_rev = 0;
  std::string num_abi;
  // Unset when the result used no random numbers.
  std::optional<std::int64_t> seed;
};

// A warning of an engine: "SINGLETONS_DROPPED" and its text.
struct WarningFacts {
  std::string code;
  std::string text;
};

// A value others published.
struct PublishedFacts {
  std::string term;
  std::optional<double> estimate;
  std::optional<double> std_error;
  // "not significant" and the like.
  std::string text;
  std::string source;
  // Allowed |ours - published|; unset: shown, not judged.
  std::optional<double> tolerance;
  // Group, in comparisons.
  std::string group;
};

}  // namespace farrell::reporting
