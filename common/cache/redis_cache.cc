#include "common/cache/redis_cache.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/cache/seal.h"
#include "common/canonical/canonical.h"

namespace farrell {
namespace {

// Entries of another schema are another version's: a miss, and left to it until this version writes its own.
constexpr const char* kSchema = "2";
constexpr const char* kContentPrefix = "farrell.cas:";
constexpr const char* kDay = "86400";

// KEYS[1]: the action; ARGV: prefix of contents, seconds to live, schema. Answers {digest, size, seconds, seal, bytes};
// {digest} when the content is no text, {''} when the action is no entry; or nil.
const redis::Script& GetScript() {
  static const redis::Script script(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return false end
if kind ~= 'hash' then return {''} end
local entry = redis.call('HMGET', KEYS[1], 'digest', 'size', 'seconds', 'seal', 'schema')
if entry[5] and entry[5] ~= ARGV[3] then return false end
local digest = entry[1] or ''
local content = ARGV[1] .. '{' .. digest .. '}'
local content_kind = redis.call('TYPE', content).ok
if content_kind == 'none' and entry[1] then
  redis.call('DEL', KEYS[1])
  return false
end
if not (entry[1] and entry[2] and entry[4] and entry[5]) then return {''} end
if content_kind ~= 'string' then return {digest} end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', content, ARGV[2])
return {digest, entry[2], entry[3] or '0', entry[4], redis.call('GET', content)}
)lua");
  return script;
}

// KEYS: action, content; ARGV: digest, bytes, seconds, seal, schema, seconds to live, fence. The content first: an
// action never points at nothing. Answers 1, or 0 when a higher fence has written.
const redis::Script& PutScript() {
  static const redis::Script script(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
local fence = tonumber(ARGV[7])
if kind == 'hash' then
  local written = tonumber(redis.call('HGET', KEYS[1], 'fence') or '') or 0
  if fence > 0 and written > fence then return 0 end
end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[6])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'size', #ARGV[2], 'seconds', ARGV[3], 'seal', ARGV[4],
           'schema', ARGV[5], 'fence', ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
)lua");
  return script;
}

// KEYS: what is bad, where it goes; ARGV: seconds to live there.
const redis::Script& PutAsideScript() {
  static const redis::Script script(R"lua(
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[1])
return 1
)lua");
  return script;
}

std::string ActionKey(const std::string& key) { return "farrell.ac:{" + key + "}"; }
std::string ContentKey(const std::string& digest) { return std::string(kContentPrefix) + "{" + digest + "}"; }

std::string SealOf(const std::string& key, const std::string& digest, const std::string& size,
                   const std::string& seconds) {
  return Seal("farrell.ac", {key, digest, size, seconds, kSchema});
}

double ToSeconds(const std::string& text) {
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::max(seconds, 0.0);
}

}  // namespace

RedisCache::RedisCache(std::shared_ptr<redis::Client> redis, std::chrono::seconds ttl, std::size_t max_entry_bytes)
    : redis_(std::move(redis)), ttl_(ttl), max_entry_bytes_(max_entry_bytes) {}

std::optional<RedisCache::Entry> RedisCache::Get(const std::string& key) {
  std::optional<redis::Reply> reply =
      Run(GetScript(), {ActionKey(key)}, {kContentPrefix, std::to_string(ttl_.count()), kSchema});
  if (!reply || reply->items.empty()) return std::nullopt;
  std::vector<redis::Reply>& items = reply->items;
  const bool content = items.size() == 5 && canonical::Sha256(items[4].text) == items[0].text;
  const bool action = content && std::to_string(items[4].text.size()) == items[1].text &&
                      SealOf(key, items[0].text, items[1].text, items[2].text) == items[3].text;
  if (!action) {
    ++corrupt_;
    (void)PutAside(ActionKey(key), key);
    // Sound bytes may be another action's.
    if (!content && !items[0].text.empty()) (void)PutAside(ContentKey(items[0].text), items[0].text);
    return std::nullopt;
  }
  return Entry{std::move(items[4].text), std::move(items[0].text), ToSeconds(items[2].text)};
}

bool RedisCache::Put(const std::string& key, const Entry& entry, std::int64_t fence) {
  if (entry.bytes.size() > max_entry_bytes_) return true;
  const std::string seconds = std::to_string(entry.seconds);
  const std::string seal = SealOf(key, entry.digest, std::to_string(entry.bytes.size()), seconds);
  const auto reply =
      Run(PutScript(), {ActionKey(key), ContentKey(entry.digest)},
          {entry.digest, entry.bytes, seconds, seal, kSchema, std::to_string(ttl_.count()), std::to_string(fence)});
  return !reply || reply->integer != 0;
}

std::optional<RedisCache::Facts> RedisCache::Look(const std::string& key) {
  const Result<redis::Reply> reply = redis_->Call({"HMGET", ActionKey(key), "size", "seconds", "schema"});
  if (!reply.ok() || reply->error() || reply->items.size() != 3 || reply->items[2].text != kSchema) return std::nullopt;
  return Facts{static_cast<std::size_t>(ToSeconds(reply->items[0].text)), ToSeconds(reply->items[1].text)};
}

bool RedisCache::PutAside(const std::string& key) {
  const std::optional<redis::Reply> moved = PutAside(ActionKey(key), key);
  return moved && moved->integer != 0;
}

std::optional<redis::Reply> RedisCache::PutAside(const std::string& bad, const std::string& tag) {
  return Run(PutAsideScript(), {bad, "farrell.bad:{" + tag + "}"}, {kDay});
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
