#include "common/rpc/handler.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/error_mapping.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

constexpr std::chrono::milliseconds kPollInterval{10};

// One thread for all handlers of the process: asks every context in flight whether its client still waits. The
// synchronous API has no other way to learn it while the handler computes.
class CancellationWatcher {
 public:
  static CancellationWatcher& Get() {
    static CancellationWatcher watcher;
    return watcher;
  }

  using Handle = std::list<std::pair<grpc::ServerContext*, std::stop_source>>::iterator;

  Handle Watch(grpc::ServerContext* context, std::stop_source source) {
    const std::lock_guard lock(mutex_);
    watched_.emplace_back(context, std::move(source));
    changed_.notify_one();
    return std::prev(watched_.end());
  }

  // After this returns the context is not touched any more.
  void Forget(Handle handle) {
    const std::lock_guard lock(mutex_);
    watched_.erase(handle);
  }

 private:
  CancellationWatcher() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      changed_.wait(lock, stop, [this] { return !watched_.empty(); });
      std::vector<std::stop_source> cancelled;
      for (auto& [context, source] : watched_) {
        if (!source.stop_requested() && context->IsCancelled()) cancelled.push_back(source);
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
  std::list<std::pair<grpc::ServerContext*, std::stop_source>> watched_;
  std::jthread thread_;
};

class Watched {
 public:
  Watched(grpc::ServerContext* context, std::stop_source source) : watching_(context != nullptr) {
    if (watching_) handle_ = CancellationWatcher::Get().Watch(context, std::move(source));
  }
  ~Watched() {
    if (watching_) CancellationWatcher::Get().Forget(handle_);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  bool watching_;
  CancellationWatcher::Handle handle_;
};

std::string IncidentId() {
  std::random_device device;
  std::string id;
  for (int part = 0; part < 2; ++part) {
    unsigned value = device();
    for (int digit = 0; digit < 8; ++digit, value >>= 4U) id += "0123456789abcdef"[value & 15U];
  }
  return id;
}

Status UnexpectedException(std::string_view method, const char* what) {
  const std::string incident = IncidentId();
  Log(LogLevel::kError, "unexpected exception",
      {{"method", std::string(method)}, {"incident_id", incident}, {"what", what}});
  return Internal("UNEXPECTED_EXCEPTION", "an internal error occurred; the server log has it as incident " + incident)
      .With("incident_id", incident);
}

Status RunBody(std::string_view method, const std::function<Status(std::stop_token)>& body, std::stop_token stop) {
  try {
    return body(std::move(stop));
  } catch (const std::bad_alloc&) {
    return {Code::kResourceExhausted, "OUT_OF_MEMORY", "the server has not enough memory for this request"};
  } catch (const std::exception& error) {
    return UnexpectedException(method, error.what());
  } catch (...) {
    return UnexpectedException(method, "not a std::exception");
  }
}

}  // namespace

grpc::Status Guard(std::string_view method, grpc::ServerContext* context,
                   const std::function<Status(std::stop_token)>& body) {
  const auto start = std::chrono::steady_clock::now();
  std::stop_source source;
  Status status;
  {
    const Watched watched(context, source);
    status = RunBody(method, body, source.get_token());
  }
  if (status.code() == Code::kCancelled && context != nullptr &&
      std::chrono::system_clock::now() >= context->deadline()) {
    status = DeadlineExceeded();
  }
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  Log(status.code() == Code::kInternal ? LogLevel::kError : LogLevel::kInfo, "rpc",
      {{"method", std::string(method)},
       {"code", std::string(CodeName(status.code()))},
       {"reason", status.reason()},
       {"latency_ms", std::to_string(elapsed.count())}});
  return ToGrpc(status);
}

}  // namespace farrell
