// Streams again after their server has gone. gRPC repeats a call only until its first message (ServiceConfigJson); what
// asks for a result by its content may be asked again later too, of another replica or of the same one restarted, which
// finds what is done.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "common/status/status.h"

namespace farrell {

// Waits, unless `stop` fires first; false then.
inline bool PauseUnlessStopped(const std::stop_token& stop, std::chrono::milliseconds pause) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, pause, [] { return false; });
  return !stop.stop_requested();
}

// What `attempt` gives, a Status or a Result, as soon as it is not UNAVAILABLE; seven attempts in about twelve seconds.
// Only where `begun` says that a server had answered: one that was never there is the business of gRPC's own attempts,
// and of a quick error.
template <typename Attempt, typename Begun>
auto AskAgain(const std::stop_token& stop, const Attempt& attempt, const Begun& begun) {
  const auto code_of = [](const auto& outcome) {
    if constexpr (requires { outcome.status(); }) {
      return outcome.status().code();
    } else {
      return outcome.code();
    }
  };
  auto outcome = attempt();
  std::chrono::milliseconds pause{200};
  for (int asked = 1; asked < 7 && code_of(outcome) == Code::kUnavailable && begun(); ++asked) {
    if (!PauseUnlessStopped(stop, pause)) break;
    pause *= 2;
    outcome = attempt();
  }
  return outcome;
}

}  // namespace farrell
