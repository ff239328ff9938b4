// One call as the server sees it, the stations it passes before its handler, and what outgoing calls inherit from it.
//
//   class Doorman final : public CallStation {
//     Status Enter(CallInfo& call, grpc::ServerContext& context) override {
//       if (!Known(call.principal)) return {Code::kPermissionDenied, "NOT_ALLOWED", "..."};
//       return {};
//     }
//   };
//   StartServer({.listen = "...", .stations = {std::make_shared<Doorman>()}}, services);
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/rpc/trace_context.h"
#include "common/rpc/work_meter.h"
#include "common/status/status.h"

namespace google::protobuf {
class MessageLite;
}

namespace farrell {

namespace access {
struct Grant;
}

// Metadata of a request and trailing metadata of its answer; also ErrorInfo metadata `request_id` of an error.
inline constexpr std::string_view kRequestIdKey = "farrell-request-id";

struct CallInfo {
  std::string method;      // "farrell.dea.v1.DeaService/Evaluate"
  std::string request_id;  // from the metadata (1 to 128 of [A-Za-z0-9._:/+=@-]), else 32 random hexadecimal digits
  std::string principal;   // who calls, as a station has established it; empty: nobody has
  std::string project;     // of the principal; may be empty
  // What lets the caller in, and what is open to them (common/access/data_access.h); null: nobody is asked.
  std::shared_ptr<const access::Grant> grant;
  std::string peer;    // address as gRPC writes it, "ipv4:10.0.0.7:41022"; not authenticated
  TraceContext trace;  // this call, below the caller's traceparent where there is a valid one
  // When the caller stops waiting; max(): never. A station may bring it forward: the handler's stop token obeys.
  std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max();
  // Metadata that calls on behalf of this one carry, such as the caller's credentials. Never logged.
  std::vector<std::pair<std::string, std::string>> passed_on;
  // Collects the processor time that the call costs; null: nobody measures.
  std::shared_ptr<WorkMeter> work;
  // An audit station wants the SHA-256 of the request, which NoteRequest leaves in `request_digest`. Touched by the
  // handler's thread alone.
  bool audited = false;
  mutable std::string request_digest;
};

// What every call of a server passes on its way in, in order, and on its way out, in reverse order. Thread-safe: calls
// pass at the same time. Health checks and reflection do not pass.
class CallStation {
 public:
  virtual ~CallStation() = default;

  // Runs before the handler, on its thread. An error refuses the call: later stations and the handler do not run, the
  // stations already entered see the error in Leave, this one does not. An exception counts as INTERNAL.
  virtual Status Enter(CallInfo& call, grpc::ServerContext& context) = 0;

  // Runs once for every Enter that let the call in, after the handler; `elapsed` from the arrival of the call.
  virtual void Leave(const CallInfo& /*call*/, const Status& /*outcome*/,
                     std::chrono::nanoseconds /*elapsed*/) noexcept {}
};

// The call that this thread works for; null outside of one. Valid until the handler returns.
const CallInfo* CurrentCall();

// Makes `call` the current one of this thread until the end of the scope: for threads that a handler starts, and for
// workers that continue a call which came through a queue. `call` must outlive the scope; null: no call.
class CallScope {
 public:
  explicit CallScope(const CallInfo* call);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  const CallInfo* before_;
};

// Work that several callers wait for must not end with the patience of the one who happened to begin it: the current
// call without its deadline, until the end of the scope. Does nothing outside of a call.
class SharedWorkScope {
 public:
  SharedWorkScope();

 private:
  CallInfo call_;
  CallScope scope_;
};

// Handlers of calls that change something say what was asked. Not a content key. Costs nothing unless the current call
// is audited.
void NoteRequest(const google::protobuf::MessageLite& request);

// What calls carry as `authorization` metadata when they are made on nobody's behalf, or on behalf of a caller without
// a token: asked for every call, e.g. "Bearer farrell_...". Set before the first call.
void UseOwnAuthorization(std::function<std::string()> authorization);

// Gives an outgoing call what the current call of this thread hands down: request id, trace, `passed_on`, and its
// deadline less a reserve (a tenth of what remains, at most 50 ms), so that the answer that time is up still arrives in
// time. Outside of a call only this process' own authorization. Call before the RPC starts, once a context.
void PrepareOutgoing(grpc::ClientContext& context);

// What the metadata of a request say about it; for Guard. `context` may be null.
CallInfo ReadCall(std::string_view method, const grpc::ServerContext* context);

}  // namespace farrell
