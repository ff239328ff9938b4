#include "common/rpc/cancellation_watcher.h"

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace farrell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{10};

// Asks every context in flight whether its client still waits. The synchronous API has no other way to learn it while
// the handler computes.
class Watcher {
 public:
  static Watcher& Get() {
    static Watcher watcher;
    return watcher;
  }

  std::list<WatchedCall::Entry>::iterator Watch(WatchedCall::Entry entry) {
    const std::lock_guard lock(mutex_);
    watched_.push_back(std::move(entry));
    changed_.notify_one();
    return std::prev(watched_.end());
  }

  // After this returns the context is not touched any more.
  void Forget(std::list<WatchedCall::Entry>::iterator entry) {
    const std::lock_guard lock(mutex_);
    watched_.erase(entry);
  }

 private:
  Watcher() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      changed_.wait(lock, stop, [this] { return !watched_.empty(); });
      std::vector<std::stop_source> cancelled;
      const auto now = std::chrono::system_clock::now();
      for (const auto& [context, deadline, source] : watched_) {
        if (!source.stop_requested() && (now >= deadline || context->IsCancelled())) cancelled.push_back(source);
      }
      lock.unlock();
      // Outside the lock: stop callbacks are arbitrary code.
      for (std::stop_source& source : cancelled) source.request_stop();
      std::this_thread::sleep_for(kPollInterval);
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<WatchedCall::Entry> watched_;
  std::jthread thread_;
};

}  // namespace

WatchedCall::WatchedCall(grpc::ServerContext* context, std::chrono::system_clock::time_point deadline,
                         std::stop_source source)
    : watching_(context != nullptr) {
  if (watching_) entry_ = Watcher::Get().Watch({context, deadline, std::move(source)});
}

WatchedCall::~WatchedCall() {
  if (watching_) Watcher::Get().Forget(entry_);
}

}  // namespace farrell
