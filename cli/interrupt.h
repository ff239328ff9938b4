// Turns SIGINT and SIGTERM into a stop token that long calls watch.
#pragma once

#include <stop_token>
#include <thread>

namespace farrell::cli {

// Waits for the signals on a thread of its own. Needs PrepareSignals() (common/rpc/server.h) before any thread exists.
// The first signal asks to stop; a second one ends the process at once with exit code 130.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }
  // A descriptor that becomes readable with the first signal, for poll() beside blocking reads.
  int descriptor() const { return event_; }
  // Returns after the first signal.
  void Wait() const;

 private:
  void WatchSignals(const std::stop_token& closing);

  std::stop_source stop_;
  int event_ = -1;
  std::jthread waiter_;  // last: uses the members above
};

}  // namespace farrell::cli
