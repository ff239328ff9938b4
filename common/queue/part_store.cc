#include "common/queue/part_store.h"

#include "common/canonical/canonical.h"

namespace farrell::queue {
namespace {

constexpr std::size_t kDigestDigits = 64;
constexpr const char* kSeconds = "3600";
// Silence of Redis while megabytes are on their way.
constexpr std::chrono::milliseconds kLimit{5'000};

std::string KeyOf(const std::string& key) { return "farrell.part:{" + key + "}"; }
std::string Seal(const std::string& key, const std::string& bytes) { return canonical::Sha256(key + '\n' + bytes); }

}  // namespace

std::optional<std::string> PartStore::Get(const std::string& key) {
  const Result<redis::Reply> reply = redis_.Call({"GET", KeyOf(key)}, kLimit);
  if (!reply.ok() || reply->kind != redis::Reply::Kind::kText) return std::nullopt;
  if (reply->text.size() >= kDigestDigits) {
    std::string bytes = reply->text.substr(kDigestDigits);
    if (Seal(key, bytes) == reply->text.substr(0, kDigestDigits)) return bytes;
  }
  static_cast<void>(redis_.Call({"DEL", KeyOf(key)}));
  return std::nullopt;
}

bool PartStore::Has(const std::string& key) {
  const Result<redis::Reply> reply = redis_.Call({"EXISTS", KeyOf(key)});
  return reply.ok() && reply->integer == 1;
}

Status PartStore::Put(const std::string& key, const std::string& bytes) {
  if (bytes.size() > kMostBytes) {
    return {Code::kResourceExhausted, "PART_TOO_LARGE",
            "a part of " + std::to_string(bytes.size()) + " bytes is more than solvers hand over"};
  }
  const Result<redis::Reply> reply = redis_.Call({"SET", KeyOf(key), Seal(key, bytes) + bytes, "EX", kSeconds}, kLimit);
  if (!reply.ok()) return reply.status();
  if (reply->error()) return Unavailable("REDIS_REFUSED", "Redis does not keep a part: " + reply->text);
  return Status::Ok();
}

}  // namespace farrell::queue
