// One run of the program: its options, its connection, and whether the user has asked to stop.
#pragma once

#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "cli/connection.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "common/rpc/error_mapping.h"
#include "common/status/status.h"

namespace farrell::cli {

class Session {
 public:
  explicit Session(const Options& options);

  const Options& options() const { return options_; }
  Interrupt& interrupt() { return interrupt_; }
  // Of the whole program run; unset without --deadline.
  std::optional<std::chrono::system_clock::time_point> deadline() const { return deadline_; }

  // Nothing that was computed before is at hand from the next Connect() on: the embedded services keep everything in
  // memory and use no Redis; those connected so far end. Services that all run elsewhere stay as they are.
  void UseFreshState();

  // Connects, or starts the embedded services, at the first call.
  Result<Connection*> Connect();

 private:
  Options options_;
  std::optional<std::chrono::system_clock::time_point> deadline_;
  Interrupt interrupt_;
  std::unique_ptr<Connection> connection_;
};

// The context of one RPC: cancelled when the user asks to stop, ended at the session's deadline.
class Call {
 public:
  explicit Call(Session& session);
  grpc::ClientContext* context() { return &context_; }

 private:
  grpc::ClientContext context_;
  std::stop_callback<std::function<void()>> on_stop_;
};

// Reads a stream to its end: `on_message` for every reply until it returns an error, which cancels the call and is
// returned.
template <typename Reply, typename Reader, typename OnMessage>
Status ReadStream(Call& call, Reader& reader, const OnMessage& on_message) {
  Status failure;
  Reply reply;
  while (reader.Read(&reply)) {
    if (!failure.ok()) continue;
    failure = on_message(reply);
    if (!failure.ok()) call.context()->TryCancel();
  }
  const Status status = FromGrpc(reader.Finish());
  return failure.ok() ? status : failure;
}

}  // namespace farrell::cli
