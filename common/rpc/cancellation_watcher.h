// Fires a stop token when nobody waits for a call any more.
#pragma once

#include <grpcpp/server_context.h>

#include <chrono>
#include <list>
#include <stop_token>

namespace farrell {

// Watches one call while it lives: within 20 ms after the client cancels, the connection is lost, the server's shutdown
// grace ends or `deadline` passes, `source` is stopped. `context` may be null: nothing is watched then. One thread
// watches all calls of the process.
class WatchedCall {
 public:
  WatchedCall(grpc::ServerContext* context, std::chrono::system_clock::time_point deadline, std::stop_source source);
  ~WatchedCall();
  WatchedCall(const WatchedCall&) = delete;
  WatchedCall& operator=(const WatchedCall&) = delete;

  struct Entry {
    grpc::ServerContext* context;
    std::chrono::system_clock::time_point deadline;
    std::stop_source source;
  };

 private:
  bool watching_;
  std::list<Entry>::iterator entry_;
};

}  // namespace farrell
