// Calls again after their server has gone or was full. gRPC repeats a call only until its first message
// (ServiceConfigJson); what asks for a result by its content may be asked again later too, of another replica or of the
// same one restarted, which finds what is done.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "common/rpc/error_mapping.h"
#include "common/status/status.h"

namespace farrell {

// Waits, unless `stop` fires first; false then.
inline bool PauseUnlessStopped(const std::stop_token& stop, std::chrono::nanoseconds pause) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

// How soon a server that refused a call wants to be asked again (google.rpc.RetryInfo); nothing: it does not say, or so
// late that waiting is not for the caller to decide.
inline std::optional<std::chrono::milliseconds> RetryAfter(const Status& status) {
  constexpr std::chrono::milliseconds kLongest{60'000};
  if (status.code() != Code::kResourceExhausted) return std::nullopt;
  const auto told = status.metadata().find(std::string(kRetryAfterKey));
  if (told == status.metadata().end()) return std::nullopt;
  const std::string& text = told->second;
  std::int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || milliseconds < 0 || milliseconds > kLongest.count()) return std::nullopt;
  return std::chrono::milliseconds(milliseconds);
}

// Whether an error comes from a server of ours, not from the way to it.
inline bool ToldByServer(const Status& status) { return status.metadata().contains("request_id"); }

// What `attempt` gives, a Status or a Result, unless it may be worth asking again:
//   UNAVAILABLE         where `begun(status)` says that a server had answered: for twelve seconds after the first loss,
//   so that
//                       waiting callers of waiting callers add up instead of multiplying. A server that was never
//                       there is the business of gRPC's own attempts, and of a quick error.
//   RESOURCE_EXHAUSTED  with a time to ask again within a minute, because the server is full: for ten minutes. It has
//                       done nothing yet.
// Until `stop` fires, which gives the last outcome.
template <typename Attempt, typename Begun>
auto AskAgain(const std::stop_token& stop, const Attempt& attempt, const Begun& begun) {
  constexpr std::chrono::seconds kPatienceWithTheLost{12};
  constexpr std::chrono::minutes kPatienceWithTheFull{10};
  constexpr std::chrono::milliseconds kLongestPause{3'200};
  const auto status_of = [](const auto& outcome) -> const Status& {
    if constexpr (requires { outcome.status(); }) {
      return outcome.status();
    } else {
      return outcome;
    }
  };
  auto outcome = attempt();
  std::chrono::milliseconds pause{200};
  std::chrono::milliseconds refused{0};
  std::optional<std::chrono::steady_clock::time_point> lost;
  while (true) {
    const Status& status = status_of(outcome);
    if (const auto later = RetryAfter(status); later && refused < kPatienceWithTheFull) {
      // A server that says "at once" is not to be flooded.
      const auto wait = std::max(*later, std::chrono::milliseconds(10));
      if (!PauseUnlessStopped(stop, wait)) break;
      refused += wait;
    } else if (status.code() == Code::kUnavailable && begun(status)) {
      const auto now = std::chrono::steady_clock::now();
      if (!lost) lost = now;
      if (now - *lost > kPatienceWithTheLost || !PauseUnlessStopped(stop, pause)) break;
      pause = std::min(2 * pause, kLongestPause);
    } else {
      break;
    }
    outcome = attempt();
  }
  return outcome;
}

}  // namespace farrell
