// One connection to Redis. The only user of hiredis.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace farrell {

// A reply as plain data. Binary-safe.
struct RedisReply {
  enum class Kind : std::uint8_t { kNil, kStatus, kError, kInteger, kText, kArray };
  Kind kind = Kind::kNil;
  long long integer = 0;
  std::string text;  // kStatus, kError, kText
  std::vector<RedisReply> items;
};

// HOST:PORT taken apart; nothing when it is neither that nor a number in [1, 65535] after the colon.
struct RedisEndpoint {
  std::string host;
  int port;
};
std::optional<RedisEndpoint> ParseRedisEndpoint(const std::string& address);

// Not thread-safe. After one failed call the connection is dead and must be dropped: hiredis cannot tell how much of
// the reply was still under way.
class RedisConnection {
 public:
  // `address`: "HOST:PORT" or "unix:PATH". nullptr when no connection is made within `timeout`.
  static std::unique_ptr<RedisConnection> Open(const std::string& address, std::chrono::milliseconds timeout);

  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // The reply (kError included), or nothing when the connection failed or Redis was silent for `timeout`.
  std::optional<RedisReply> Call(const std::vector<std::string>& arguments);

 private:
  explicit RedisConnection(void* context) : context_(context) {}
  void* context_;
};

}  // namespace farrell
