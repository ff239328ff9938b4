// Cuts the connections of callers that wait for a PostgreSQL server which no longer answers.
//
// TCP notices a machine that vanished, not a server process that was stopped: its kernel goes on acknowledging. While a
// transaction takes long, another connection is asked for now and then; when several of those attempts in a row get no
// answer, the waiting connections are shut down, and whoever waits on one sees it as lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace farrell::sql {

struct SilenceLimits {
  // A transaction is left alone that long.
  std::chrono::milliseconds patience{5'000};
  // Between two attempts, which take up to connect_timeout themselves.
  std::chrono::milliseconds pause{1'000};
  // Attempts in a row without an answer that make a server count as silent.
  int attempts = 3;
};

// Thread-safe.
class SilenceWatch {
 public:
  // `answers` says whether the server accepts or refuses connections at all; it may block.
  SilenceWatch(std::function<bool()> answers, const SilenceLimits& limits);

  ~SilenceWatch();
  SilenceWatch(const SilenceWatch&) = delete;
  SilenceWatch& operator=(const SilenceWatch&) = delete;

  // `caller` has begun, or ended, a transaction on the connection with this socket.
  void Begin(const void* caller, int socket);
  void End(const void* caller);

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    int socket;  // a duplicate: its number is nobody else's, whatever becomes of the connection
    Clock::time_point since;
  };

  void Watch(const std::stop_token& stop);
  // Whether some transaction has taken longer than the patience.
  bool SomeoneWaits();
  void Cut();

  const std::function<bool()> answers_;
  const SilenceLimits limits_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<const void*, Waiting> waiting_;  // by caller
  std::jthread thread_;                     // the last member: it uses the others
};

}  // namespace farrell::sql
