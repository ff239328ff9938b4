#include "common/cache/redis_connection.h"

#include <hiredis/hiredis.h>
#include <pthread.h>

#include <charconv>
#include <csignal>
#include <cstddef>
#include <string_view>

namespace farrell {
namespace {

constexpr int kMaxDepth = 8;

timeval ToTimeval(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(duration - seconds);
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

RedisReply Convert(const redisReply& reply, int depth) {
  RedisReply converted;
  switch (reply.type) {
    case REDIS_REPLY_STRING: converted.kind = RedisReply::Kind::kText; break;
    case REDIS_REPLY_STATUS: converted.kind = RedisReply::Kind::kStatus; break;
    case REDIS_REPLY_ERROR: converted.kind = RedisReply::Kind::kError; break;
    case REDIS_REPLY_INTEGER: converted.kind = RedisReply::Kind::kInteger; break;
    case REDIS_REPLY_ARRAY: converted.kind = RedisReply::Kind::kArray; break;
    default: return converted;
  }
  converted.integer = reply.integer;
  if (converted.kind == RedisReply::Kind::kArray) {
    for (std::size_t index = 0; index < reply.elements && depth < kMaxDepth; ++index) {
      converted.items.push_back(Convert(*reply.element[index], depth + 1));
    }
  } else if (reply.str != nullptr) {
    converted.text.assign(reply.str, reply.len);
  }
  return converted;
}

// Writing to a connection that Redis has closed raises SIGPIPE. A library must not rely on main having ignored it: the
// signal is held back on this thread and taken away if it came.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~WithoutSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
      sigtimedwait(&sigpipe_, nullptr, &kNow);
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
};

redisContext* Connect(const std::string& address, timeval timeout) {
  constexpr std::string_view kUnix = "unix:";
  if (address.starts_with(kUnix)) return redisConnectUnixWithTimeout(address.c_str() + kUnix.size(), timeout);
  const std::optional<RedisEndpoint> endpoint = ParseRedisEndpoint(address);
  return endpoint ? redisConnectWithTimeout(endpoint->host.c_str(), endpoint->port, timeout) : nullptr;
}

}  // namespace

std::optional<RedisEndpoint> ParseRedisEndpoint(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || address.find('/') != std::string::npos) return std::nullopt;
  int port = 0;
  const char* end = address.data() + address.size();
  const auto [parsed, error] = std::from_chars(address.data() + colon + 1, end, port);
  if (error != std::errc() || parsed != end || port < 1 || port > 65535) return std::nullopt;
  return RedisEndpoint{address.substr(0, colon), port};
}

std::unique_ptr<RedisConnection> RedisConnection::Open(const std::string& address, std::chrono::milliseconds timeout) {
  redisContext* context = Connect(address, ToTimeval(timeout));
  if (context == nullptr) return nullptr;
  if (context->err != 0 || redisSetTimeout(context, ToTimeval(timeout)) != REDIS_OK) {
    redisFree(context);
    return nullptr;
  }
  return std::unique_ptr<RedisConnection>(new RedisConnection(context));
}

RedisConnection::~RedisConnection() { redisFree(static_cast<redisContext*>(context_)); }

std::optional<RedisReply> RedisConnection::Call(const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  texts.reserve(arguments.size());
  lengths.reserve(arguments.size());
  for (const std::string& argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  auto* context = static_cast<redisContext*>(context_);
  const WithoutSigpipe without_sigpipe;
  const std::unique_ptr<redisReply, void (*)(void*)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(context, static_cast<int>(arguments.size()), texts.data(), lengths.data())),
      freeReplyObject);
  if (reply == nullptr || context->err != 0) return std::nullopt;
  return Convert(*reply, 0);
}

}  // namespace farrell
