#include "common/rpc/handler.h"

#include <chrono>
#include <exception>
#include <new>
#include <string>

#include "common/rpc/call.h"
#include "common/rpc/cancellation_watcher.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/log.h"
#include "common/rpc/stations.h"

namespace farrell {
namespace {

Status UnexpectedException(const CallInfo& call, const char* what) {
  const std::string incident = RandomHex(8);
  Log(LogLevel::kError, "unexpected exception",
      {{"method", call.method}, {"incident_id", incident}, {"request_id", call.request_id}, {"what", what}});
  return Internal("UNEXPECTED_EXCEPTION", "an internal error occurred; the server log has it as incident " + incident)
      .With("incident_id", incident);
}

template <typename Body>
Status Protected(const CallInfo& call, const Body& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return {Code::kResourceExhausted, "OUT_OF_MEMORY", "the server has not enough memory for this request"};
  } catch (const std::exception& error) {
    return UnexpectedException(call, error.what());
  } catch (...) {
    return UnexpectedException(call, "not a std::exception");
  }
}

Status RunBody(const CallInfo& call, grpc::ServerContext* context, const std::function<Status(std::stop_token)>& body) {
  const std::stop_source source;
  const WatchedCall watched(context, call.deadline, source);
  return Protected(call, [&] { return body(source.get_token()); });
}

void LogCall(const CallInfo& call, const Status& status, std::chrono::nanoseconds elapsed) {
  const std::chrono::duration<double, std::milli> milliseconds = elapsed;
  Log(status.code() == Code::kInternal ? LogLevel::kError : LogLevel::kInfo, "rpc",
      {{"method", call.method},
       {"code", std::string(CodeName(status.code()))},
       {"reason", status.reason()},
       {"latency_ms", std::to_string(milliseconds.count())},
       {"request_id", call.request_id},
       {"trace_id", call.trace.trace_id},
       {"span_id", call.trace.span_id},
       {"principal", call.principal},
       {"peer", call.peer}});
}

}  // namespace

grpc::Status Guard(std::string_view method, grpc::ServerContext* context,
                   const std::function<Status(std::stop_token)>& body) {
  const auto start = std::chrono::steady_clock::now();
  CallInfo call = ReadCall(method, context);
  const CallScope scope(&call);
  StationPassage passage(context);
  Status status = Protected(call, [&] { return passage.Enter(call); });
  if (status.ok()) status = RunBody(call, context, body);
  if (status.code() == Code::kCancelled && std::chrono::system_clock::now() >= call.deadline) {
    status = DeadlineExceeded();
  }
  // The caller's own id, also where the error was shared with another caller.
  if (!status.ok()) status.With("request_id", call.request_id);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  passage.Leave(call, status, elapsed);
  LogCall(call, status, elapsed);
  if (context != nullptr) context->AddTrailingMetadata(std::string(kRequestIdKey), call.request_id);
  return ToGrpc(status);
}

}  // namespace farrell
