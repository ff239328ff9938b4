// Channels between services and from clients.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <functional>
#include <memory>
#include <string>

#include "common/rpc/limits.h"
#include "common/status/status.h"

namespace farrell {

// Gives the channel to a service when it is first needed. Embedded services use the in-process channel of the server
// they are registered with, which exists only after the server has started.
using ChannelProvider = std::function<std::shared_ptr<grpc::Channel>()>;

// "HOST:PORT" (IPv6 in brackets), or a gRPC target such as "dns:///dea.farrell.svc:50051" or "unix:/run/farrell.sock".
// INVALID_ARGUMENT, reason ADDRESS_INVALID, otherwise; `name` is the flag or variable it came from.
Status CheckTarget(const std::string& name, const std::string& target);

// The service configuration of every channel as JSON: round_robin over all addresses, and up to four attempts when the
// server is UNAVAILABLE, except for methods that must not run twice. `health_service` (may be empty) keeps calls away
// from addresses whose health service does not report that name as SERVING.
std::string ServiceConfigJson(const std::string& health_service = "");

// A channel to `target` with the credentials of this process (credentials.h), or with others; connects when first used.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const std::string& health_service = "");
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const std::string& health_service,
                                           const std::shared_ptr<grpc::ChannelCredentials>& credentials);

// Like MakeChannel, but its connections are shared with no other channel: what a client of its own would open.
std::shared_ptr<grpc::Channel> MakeOwnChannel(const std::string& target);

// Makes the channel at the first call and hands out the same one afterwards. Thread-safe.
ChannelProvider LazyChannel(std::string target, std::string health_service = "");

}  // namespace farrell
