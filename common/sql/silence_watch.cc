#include "common/sql/silence_watch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace farrell::sql {

SilenceWatch::SilenceWatch(std::function<bool()> answers, const SilenceLimits& limits)
    : answers_(std::move(answers)), limits_(limits), thread_([this](const std::stop_token& stop) { Watch(stop); }) {}

SilenceWatch::~SilenceWatch() {
  thread_.request_stop();
  thread_.join();
  for (const auto& [caller, waiting] : waiting_) ::close(waiting.socket);
}

void SilenceWatch::Begin(const void* caller, int socket) {
  const int own = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return;  // no descriptor is left: unwatched
  const std::scoped_lock lock(mutex_);
  waiting_[caller] = {own, Clock::now()};
  changed_.notify_all();
}

void SilenceWatch::End(const void* caller) {
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(caller);
  if (found == waiting_.end()) return;
  ::close(found->second.socket);
  waiting_.erase(found);
}

void SilenceWatch::Watch(const std::stop_token& stop) {
  int unanswered = 0;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
      changed_.wait_for(lock, stop, limits_.pause, [] { return false; });
    }
    if (stop.stop_requested() || !SomeoneWaits()) {
      unanswered = 0;
      continue;
    }
    unanswered = answers_() ? 0 : unanswered + 1;
    if (unanswered < limits_.attempts) continue;
    Cut();
    unanswered = 0;
  }
}

bool SilenceWatch::SomeoneWaits() {
  const std::scoped_lock lock(mutex_);
  const auto before = Clock::now() - limits_.patience;
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [before](const auto& entry) { return entry.second.since < before; });
}

void SilenceWatch::Cut() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [caller, waiting] : waiting_) ::shutdown(waiting.socket, SHUT_RDWR);
}

}  // namespace farrell::sql
