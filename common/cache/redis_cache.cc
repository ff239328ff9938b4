#include "common/cache/redis_cache.h"

#include <utility>

#include "common/canonical/canonical.h"

namespace farrell {
namespace {

constexpr const char* kSchema = "1";

// KEYS[1]: the action; ARGV: prefix of contents, seconds to live, schema. Answers {digest, bytes} or nil.
const redis::Script& GetScript() {
  static const redis::Script script(R"lua(
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
)lua");
  return script;
}

// KEYS: action, content; ARGV: digest, bytes, seconds to live, schema. The content first: an action never points at
// nothing.
const redis::Script& PutScript() {
  static const redis::Script script(R"lua(
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'size', #ARGV[2], 'schema', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
)lua");
  return script;
}

constexpr const char* kContentPrefix = "farrell.cas:";

std::string ActionKey(const std::string& key) { return "farrell.ac:{" + key + "}"; }
std::string ContentKey(const std::string& digest) { return std::string(kContentPrefix) + "{" + digest + "}"; }

}  // namespace

RedisCache::RedisCache(std::shared_ptr<redis::Client> redis, std::chrono::seconds ttl, std::size_t max_entry_bytes)
    : redis_(std::move(redis)), ttl_(ttl), max_entry_bytes_(max_entry_bytes) {}

std::optional<std::string> RedisCache::Get(const std::string& key) {
  std::optional<redis::Reply> reply =
      Run(GetScript(), {ActionKey(key)}, {kContentPrefix, std::to_string(ttl_.count()), kSchema});
  if (!reply || reply->items.size() != 2) return std::nullopt;
  const std::string& digest = reply->items[0].text;
  std::string& bytes = reply->items[1].text;
  if (canonical::Sha256(bytes) != digest) {
    ++corrupt_;
    (void)redis_->Call({"DEL", ActionKey(key), ContentKey(digest)});
    return std::nullopt;
  }
  return std::move(bytes);
}

void RedisCache::Put(const std::string& key, const std::string& bytes, const std::string& digest) {
  if (bytes.size() > max_entry_bytes_) return;
  Run(PutScript(), {ActionKey(key), ContentKey(digest)}, {digest, bytes, std::to_string(ttl_.count()), kSchema});
}

std::optional<redis::Reply> RedisCache::Run(const redis::Script& script, const std::vector<std::string>& keys,
                                            const redis::Arguments& arguments) {
  Result<redis::Reply> reply = redis_->Run(script, keys, arguments);
  if (!reply.ok()) return std::nullopt;
  if (!reply->error()) return std::move(reply).value();
  // Loading, full, read-only: Redis answers at once, so that asking again costs little.
  ++refused_;
  return std::nullopt;
}

}  // namespace farrell
