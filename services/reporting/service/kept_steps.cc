#include "services/reporting/service/kept_steps.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "common/canonical/canonical.h"
#include "common/sql/blob_text.h"
#include "common/sql/soci.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {
namespace {

using soci::into;
using soci::use;

constexpr const char* kAside = "quarantine:";

// The snapshots that results name, wherever in the message they do.
void Snapshots(const google::protobuf::Message& message, std::set<std::string>& found) {
  if (const auto* provenance = dynamic_cast<const common::v1::Provenance*>(&message)) {
    if (!provenance->snapshot_digest().empty()) found.insert(provenance->snapshot_digest());
    return;
  }
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    // Units and rows are many, and name no data.
    if (field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    Snapshots(reflection.GetMessage(message, field), found);
  }
}

bool Sound(const std::string& content, const std::string& digest, std::string& bytes) {
  Result<std::string> decoded = sql::DecodeBlob(content);
  if (!decoded.ok() || canonical::Sha256(*decoded) != digest) return false;
  bytes = std::move(*decoded);
  return true;
}

}  // namespace

std::optional<KeptSteps::Row> KeptSteps::Find(const std::string& key) {
  Row row;
  double seconds = 0;
  long long kept = 0;
  soci::indicator has_seconds = soci::i_null;
  soci::indicator has_kept = soci::i_null;
  bool found = false;
  const Status read = sql::Read(store_.database(), [&](soci::session& session) -> Status {
    session << "SELECT digest, content, seconds, kept_ns FROM reporting_steps WHERE action_key = :key", use(key, "key"),
        into(row.digest), into(row.content), into(seconds, has_seconds), into(kept, has_kept);
    found = session.got_data();
    return Status::Ok();
  });
  if (!read.ok() || !found) return std::nullopt;
  if (has_seconds == soci::i_ok) row.seconds = seconds;
  if (has_kept == soci::i_ok) row.kept_ns = kept;
  return row;
}

std::optional<Description> KeptSteps::DescriptionOf(const std::string& key) {
  const std::optional<Row> row = Find(key);
  std::string bytes;
  v1::StoredStep step;
  if (!row || !Sound(row->content, row->digest, bytes) || !step.ParseFromString(bytes)) return std::nullopt;
  constexpr std::int64_t kMillisecond = 1'000'000;
  Description description{.key = key, .action = {}, .asked_ms = row->kept_ns / kMillisecond};
  Snapshots(step, description.snapshots);
  if (description.snapshots.empty()) return std::nullopt;
  return description;
}

std::vector<std::string> KeptSteps::Keys(std::string_view prefix, std::size_t limit) {
  std::vector<std::string> keys;
  const std::string begin(prefix);
  const auto length = static_cast<int>(prefix.size());
  const auto most = static_cast<long long>(limit);
  (void)sql::Read(store_.database(), [&](soci::session& session) -> Status {
    keys.clear();
    std::string key;
    const std::string aside = std::string(kAside) + "%";
    soci::statement select =
        (session.prepare << "SELECT action_key FROM reporting_steps WHERE substr(action_key, 1, :length) = :prefix "
                            "AND action_key NOT LIKE :aside ORDER BY action_key LIMIT :limit",
         use(length, "length"), use(begin, "prefix"), use(aside, "aside"), use(most, "limit"), into(key));
    select.execute();
    while (select.fetch()) keys.push_back(key);
    return Status::Ok();
  });
  return keys;
}

std::vector<Holding> KeptSteps::Holdings(const std::string& key) {
  const std::optional<Row> row = Find(key);
  if (!row) return {};
  const Result<std::string> bytes = sql::DecodeBlob(row->content);
  return {{.tier = "store",
           .bytes = bytes.ok() ? static_cast<std::int64_t>(bytes->size()) : 0,
           .seconds = row->seconds,
           .made_ns = row->kept_ns}};
}

std::vector<TierUsage> KeptSteps::Usage() {
  long long steps = 0;
  long long aside = 0;
  const std::string pattern = std::string(kAside) + "%";
  const Status read = sql::Read(store_.database(), [&](soci::session& session) -> Status {
    session << "SELECT COUNT(*) FROM reporting_steps", into(steps);
    session << "SELECT COUNT(*) FROM reporting_steps WHERE action_key LIKE :aside", use(pattern, "aside"), into(aside);
    return Status::Ok();
  });
  TierUsage usage{.tier = "store", .quarantined = aside};
  if (read.ok()) usage.entries = steps - aside;
  return {usage};
}

Status KeptSteps::Pin(const std::string& key) {
  return Status(Code::kFailedPrecondition, "CACHE_NOT_DURABLE",
                "finished steps stay until retention takes them, which leaves those that a run names: hold the run")
      .With("key", key);
}

Status KeptSteps::Unpin(const std::string& key) {
  return NotFound("PIN_NOT_FOUND", "nothing is pinned under this key").With("key", key);
}

bool KeptSteps::Quarantine(const std::string& key) {
  const std::string aside = kAside + key;
  bool moved = false;
  const Status written = sql::Write(store_.database(), [&](soci::session& session) -> Status {
    int there = 0;
    session << "SELECT COUNT(*) FROM reporting_steps WHERE action_key = :key", use(key, "key"), into(there);
    moved = there > 0;
    if (!moved) return Status::Ok();
    session << "DELETE FROM reporting_steps WHERE action_key = :aside", use(aside, "aside");
    session << "UPDATE reporting_steps SET action_key = :aside WHERE action_key = :key", use(aside, "aside"),
        use(key, "key");
    return Status::Ok();
  });
  return written.ok() && moved;
}

CacheVerification KeptSteps::Verify(std::int64_t sample, const std::stop_token& stop) {
  constexpr std::size_t kAll = 1'000'000'000;
  std::vector<std::string> keys = Keys("", kAll);
  CacheVerification verification{.entries = static_cast<std::int64_t>(keys.size())};
  if (sample > 0 && static_cast<std::size_t>(sample) < keys.size()) {
    // Others the next time.
    std::shuffle(keys.begin(), keys.end(), std::minstd_rand(std::random_device{}()));
    keys.resize(static_cast<std::size_t>(sample));
    std::sort(keys.begin(), keys.end());
  }
  for (const std::string& key : keys) {
    if (stop.stop_requested()) break;
    const std::optional<Row> row = Find(key);
    if (!row) continue;
    ++verification.checked;
    std::string bytes;
    if (Sound(row->content, row->digest, bytes)) continue;
    ++damaged_;
    verification.damaged.push_back(key);
    (void)Quarantine(key);
  }
  return verification;
}

}  // namespace farrell::reporting
