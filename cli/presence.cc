#include "cli/presence.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "cli/connection.h"
#include "common/rpc/channel.h"

namespace farrell::cli {
namespace {

// Its channel shares the connection with that of the calls: gRPC has one for equal targets and arguments.
bool IsThere(const Session& session, const std::string& target) {
  if (target.empty()) return false;
  auto until = std::chrono::system_clock::now() + std::chrono::seconds(1);
  if (session.deadline()) until = std::min(until, *session.deadline());
  const auto channel = MakeChannel(target);
  grpc_connectivity_state state = channel->GetState(true);
  while (state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) {
    if (!channel->WaitForStateChange(state, until)) return false;
    state = channel->GetState(true);
  }
  return state == GRPC_CHANNEL_READY;
}

}  // namespace

bool DataIsThere(Session& session) {
  // Which also says how to speak to it.
  if (!session.Connect().ok()) return false;
  const Result<Endpoints> endpoints = FindEndpoints(session.options().server);
  return endpoints.ok() && IsThere(session, endpoints->data);
}

bool ReportingIsThere(Session& session) {
  if (!session.Connect().ok()) return false;
  const Result<Endpoints> endpoints = FindEndpoints(session.options().server);
  return endpoints.ok() && IsThere(session, endpoints->reporting);
}

}  // namespace farrell::cli
