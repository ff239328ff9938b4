// What `farrell loadtest` asks for: kinds of calls, and how often each.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/status/status.h"

namespace farrell::cli {

enum class CallKind : std::uint8_t {
  kCached,    // dea.Evaluate of a table that has been evaluated
  kSmall,     // dea.Evaluate of a table that nobody has seen
  kFit,       // regression.Fit of a table that nobody has seen
  kRead,      // data.ReadTable
  kDescribe,  // data.DescribeTable
};
inline constexpr std::array kCallKinds = {CallKind::kCached, CallKind::kSmall, CallKind::kFit, CallKind::kRead,
                                          CallKind::kDescribe};

const char* NameOf(CallKind kind);

// Shares of the kinds, in their order; at least one is positive, none negative.
struct Mix {
  std::array<double, kCallKinds.size()> shares{};

  // The kind of call `number` of a seed: the same for the same two, whoever makes the call.
  CallKind Draw(std::int64_t seed, std::int64_t number) const;
};

// "cached", "small" or "mixed" (cached=60,small=10,fit=10,read=10,describe=10), or "KIND=SHARE,..." of one's own.
// INVALID_ARGUMENT, reason MIX_INVALID, naming every part that is wrong.
Result<Mix> ParseMix(const std::string& text);

}  // namespace farrell::cli
