#include "common/cache/redis_cache.h"

#include <algorithm>
#include <utility>

#include "common/canonical/canonical.h"

namespace farrell {
namespace {

constexpr std::size_t kMaxIdle = 16;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr const char* kSchema = "1";

// KEYS[1]: the action; ARGV: prefix of contents, seconds to live, schema. Answers {digest, bytes} or nil.
constexpr const char* kGetScript = R"lua(
local entry = redis.call('HMGET', KEYS[1], 'digest', 'schema')
if not entry[1] then return false end
local content = ARGV[1] .. '{' .. entry[1] .. '}'
local bytes = redis.call('GET', content)
if entry[2] ~= ARGV[3] or not bytes then
  redis.call('DEL', KEYS[1])
  return false
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', content, ARGV[2])
return {entry[1], bytes}
)lua";

// KEYS: action, content; ARGV: digest, bytes, seconds to live, schema. The content first: an action never points at
// nothing.
constexpr const char* kPutScript = R"lua(
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'size', #ARGV[2], 'schema', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
)lua";

constexpr const char* kContentPrefix = "farrell.cas:";

std::string ActionKey(const std::string& key) { return "farrell.ac:{" + key + "}"; }
std::string ContentKey(const std::string& digest) { return std::string(kContentPrefix) + "{" + digest + "}"; }

}  // namespace

RedisCache::RedisCache(std::string address, std::chrono::milliseconds timeout, std::chrono::seconds ttl,
                       std::size_t max_entry_bytes)
    : address_(std::move(address)), timeout_(timeout), ttl_(ttl), max_entry_bytes_(max_entry_bytes) {}

std::optional<std::string> RedisCache::Get(const std::string& key) {
  std::optional<RedisReply> reply =
      Call({"EVAL", kGetScript, "1", ActionKey(key), kContentPrefix, std::to_string(ttl_.count()), kSchema});
  if (!reply || reply->kind != RedisReply::Kind::kArray || reply->items.size() != 2) return std::nullopt;
  const std::string& digest = reply->items[0].text;
  std::string& bytes = reply->items[1].text;
  if (canonical::Sha256(bytes) != digest) {
    ++corrupt_;
    Call({"DEL", ActionKey(key), ContentKey(digest)});
    return std::nullopt;
  }
  return std::move(bytes);
}

void RedisCache::Put(const std::string& key, const std::string& bytes, const std::string& digest) {
  if (bytes.size() > max_entry_bytes_) return;
  Call({"EVAL", kPutScript, "2", ActionKey(key), ContentKey(digest), digest, bytes, std::to_string(ttl_.count()),
        kSchema});
}

std::optional<RedisReply> RedisCache::Call(const std::vector<std::string>& arguments) {
  if (Paused()) return std::nullopt;
  std::optional<RedisReply> reply;
  std::unique_ptr<RedisConnection> connection = TakeIdle();
  const auto start = std::chrono::steady_clock::now();
  if (connection != nullptr) reply = connection->Call(arguments);
  // An idle connection may have been closed by a Redis that restarted; that shows at once and says nothing about the
  // new one. A connection that stayed silent until the time limit is not worth a second wait.
  const bool try_new = !reply && std::chrono::steady_clock::now() - start < timeout_ / 2;
  if (try_new) {
    connection = RedisConnection::Open(address_, timeout_);
    if (connection != nullptr) reply = connection->Call(arguments);
  }
  if (!reply) {
    Failed();
    return std::nullopt;
  }
  if (reply->kind == RedisReply::Kind::kError) {
    // Loading, full, read-only: Redis answers at once, so that asking again costs little.
    ++failures_;
    GiveBack(std::move(connection));
    return std::nullopt;
  }
  Succeeded();
  GiveBack(std::move(connection));
  return reply;
}

std::unique_ptr<RedisConnection> RedisCache::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<RedisConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void RedisCache::GiveBack(std::unique_ptr<RedisConnection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

bool RedisCache::Paused() {
  const std::lock_guard lock(mutex_);
  return pause_.count() > 0 && std::chrono::steady_clock::now() < paused_until_;
}

void RedisCache::Failed() {
  ++failures_;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  // Calls that were under way together when Redis went away count as one failure.
  if (pause_.count() > 0 && now < paused_until_) return;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  paused_until_ = now + pause_;
  idle_.clear();
}

void RedisCache::Succeeded() {
  const std::lock_guard lock(mutex_);
  pause_ = std::chrono::milliseconds{0};
}

}  // namespace farrell
