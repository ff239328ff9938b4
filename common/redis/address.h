// Where a Redis is.
//
//   HOST:PORT, [IPV6]:PORT          one server
//   unix:PATH                       one server on this machine
//   sentinel:HOST:PORT,HOST:PORT,…/NAME
//                                   whichever server these sentinels call the master of NAME
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/status/status.h"

namespace farrell::redis {

struct Endpoint {
  std::string host;
  int port = 0;  // in [1, 65535]
};

struct UnixPath {
  std::string path;
};

struct SentinelGroup {
  std::vector<Endpoint> sentinels;  // at least one
  std::string master;               // the name the sentinels know it by
};

using Address = std::variant<Endpoint, UnixPath, SentinelGroup>;

// INVALID_ARGUMENT, reason ADDRESS_INVALID, when the text is none of these; `name` is the flag it came from.
Result<Address> ParseAddress(const std::string& name, const std::string& text);

// HOST:PORT; nothing when it is not.
std::optional<Endpoint> ParseEndpoint(const std::string& text);

// Ok for an address or for no text at all.
Status CheckAddress(const std::string& name, const std::string& text);

std::string ToText(const Endpoint& endpoint);

}  // namespace farrell::redis
