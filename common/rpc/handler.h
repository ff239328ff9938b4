// How every RPC handler runs: through the stations of its server, exceptions caught, the client's patience turned into
// a stop token, errors mapped.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <stop_token>
#include <string_view>

#include "common/status/status.h"

namespace farrell {

// Passes the stations of the server (call.h), runs `body` on the calling thread and maps its Status with ToGrpc. A
// station's refusal is the answer; `body` does not run then. The call is CurrentCall() meanwhile. Its request id stands
// in the trailing metadata of the answer and in the metadata of an error (`request_id`).
//
// The stop token fires within 20 ms after the client cancels, the deadline passes, the connection is lost or the
// server's shutdown grace ends. A body that returns CANCELLED after its deadline passed is reported as
// DEADLINE_EXCEEDED. std::bad_alloc becomes RESOURCE_EXHAUSTED / OUT_OF_MEMORY; any other exception INTERNAL /
// UNEXPECTED_EXCEPTION with a random `incident_id` in the metadata, its text only in the log. `context` may be null (no
// cancellation then). `method` names the RPC in the log, e.g. "farrell.dea.v1.DeaService/Evaluate".
grpc::Status Guard(std::string_view method, grpc::ServerContext* context,
                   const std::function<Status(std::stop_token)>& body);

}  // namespace farrell
