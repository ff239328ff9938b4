// Bytes to and from a server, never longer than a limit. No call raises SIGPIPE.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/redis/address.h"
#include "common/status/status.h"

namespace farrell::redis {

// A two-way flow of bytes. Not thread-safe. After an error it is of no further use.
class Stream {
 public:
  virtual ~Stream() = default;

  // All of `bytes`. `limit` is the longest time in which nothing moves. UNAVAILABLE, reason REDIS_TIMEOUT or
  // REDIS_CONNECTION_LOST.
  virtual Status Send(std::string_view bytes, std::chrono::milliseconds limit) = 0;
  // At least one byte into `buffer`, whose size is the most that is taken; how many came. Errors as above.
  virtual Result<std::size_t> Receive(char* buffer, std::size_t size, std::chrono::milliseconds limit) = 0;
  // True when nothing has come that was not asked for; also what a closed connection looks like.
  virtual bool Quiet() const = 0;
};

// A connection over TCP or a Unix socket, made within `limit`. UNAVAILABLE, reason REDIS_UNREACHABLE.
Result<std::unique_ptr<Stream>> ConnectTcp(const Endpoint& endpoint, std::chrono::milliseconds limit);
Result<std::unique_ptr<Stream>> ConnectUnix(const UnixPath& path, std::chrono::milliseconds limit);

}  // namespace farrell::redis
