#include "common/cache/service/cache_service.h"

#include <string>
#include <utility>

#include "common/cache/service/differences.h"
#include "common/cache/service/key_finder.h"
#include "common/rpc/call.h"
#include "common/rpc/handler.h"

namespace farrell {
namespace {

constexpr std::int64_t kDefaultSample = 100;
constexpr std::int64_t kLargestSample = 1'000'000;
constexpr int kMostDamagedKeys = 100;

std::string Method(const char* name) { return std::string("farrell.common.v1.CacheService/") + name; }

void SetTime(std::int64_t nanoseconds, google::protobuf::Timestamp& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  time.set_seconds(nanoseconds / kSecond);
  time.set_nanos(static_cast<std::int32_t>(nanoseconds % kSecond));
}

void Tell(const Holding& holding, common::v1::HeldEntry& entry) {
  entry.set_tier(holding.tier);
  entry.set_byte_count(holding.bytes);
  if (holding.seconds) entry.set_computed_seconds(*holding.seconds);
  if (holding.made_ns != 0) SetTime(holding.made_ns, *entry.mutable_made_at());
  entry.set_pinned(holding.pinned);
}

void Tell(const TierUsage& usage, common::v1::TierStats& tier) {
  tier.set_tier(usage.tier);
  if (usage.entries) tier.set_entry_count(*usage.entries);
  if (usage.bytes) tier.set_byte_count(*usage.bytes);
  tier.set_limit_byte_count(usage.limit_bytes);
  if (usage.hits) tier.set_hit_count(*usage.hits);
  tier.set_pinned_count(usage.pinned);
  tier.set_quarantined_count(usage.quarantined);
}

Status Explain(const KeyFinder& finder, const common::v1::ExplainKeyRequest& request,
               common::v1::ExplainKeyResponse& response) {
  FARRELL_ASSIGN_OR_RETURN(const Description description, finder.Find("key", request.key()));
  response.set_key(description.key);
  response.set_operation(OperationOf(description.action));
  response.set_description(description.action);
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (description.asked_ms != 0) SetTime(description.asked_ms * kMillisecond, *response.mutable_asked_at());
  for (const Holding& holding : finder.Holdings(description.key)) Tell(holding, *response.add_held());
  std::optional<Description> against;
  if (request.against().empty()) {
    FARRELL_ASSIGN_OR_RETURN(against, finder.Nearest(description));
  } else {
    FARRELL_ASSIGN_OR_RETURN(against, finder.Find("against", request.against()));
  }
  if (!against) return Status::Ok();
  response.set_against(against->key);
  const Comparison comparison =
      Compare(description.action, against->action, [&](const std::string& digest) -> std::optional<std::string> {
        const Result<std::optional<Description>> open = finder.Open(digest);
        if (!open.ok() || !*open || (*open)->action.empty()) return std::nullopt;
        return (*open)->action;
      });
  response.set_equal_count(comparison.equal_count);
  for (const Difference& difference : comparison.differences) {
    common::v1::FieldDifference& told = *response.add_differences();
    told.set_field(difference.field);
    told.set_value(difference.value);
    told.set_against(difference.against);
  }
  return Status::Ok();
}

Status EntryNotFound(const std::string& key) {
  return NotFound("ENTRY_NOT_FOUND", "no result is kept under the key " + key + " here").With("key", key);
}

}  // namespace

grpc::Status CacheService::ExplainKey(grpc::ServerContext* context, const common::v1::ExplainKeyRequest* request,
                                      common::v1::ExplainKeyResponse* response) {
  return Guard(Method("ExplainKey"), context, [&](const std::stop_token& stop) {
    return Explain(KeyFinder(kept_, *data_, stop), *request, *response);
  });
}

grpc::Status CacheService::GetCacheStats(grpc::ServerContext* context, const common::v1::GetCacheStatsRequest*,
                                         common::v1::GetCacheStatsResponse* response) {
  return Guard(Method("GetCacheStats"), context, [&](const std::stop_token&) -> Status {
    for (KeptResults* kept : kept_) {
      for (const TierUsage& usage : kept->Usage()) Tell(usage, *response->add_tiers());
      const CacheCounts counts = kept->counts();
      response->set_coalesced_count(response->coalesced_count() + counts.coalesced);
      response->set_computed_count(response->computed_count() + counts.computed);
      response->set_saved_seconds(response->saved_seconds() + counts.seconds_saved);
      response->set_corrupt_count(response->corrupt_count() + counts.corrupt_entries);
      response->set_disk_failure_count(response->disk_failure_count() + counts.disk_failures);
    }
    return Status::Ok();
  });
}

grpc::Status CacheService::VerifyCache(grpc::ServerContext* context, const common::v1::VerifyCacheRequest* request,
                                       common::v1::VerifyCacheResponse* response) {
  return Guard(Method("VerifyCache"), context, [&](const std::stop_token& stop) -> Status {
    if (request->sample_count() < 0 || request->sample_count() > kLargestSample) {
      return InvalidArgument("FIELD_OUT_OF_RANGE", "sample_count is out of range")
          .WithViolations({{"sample_count", "range [0, 1000000]; 0: 100"}});
    }
    const std::int64_t sample = request->sample_count() == 0 ? kDefaultSample : request->sample_count();
    for (KeptResults* kept : kept_) {
      const CacheVerification verified = kept->Verify(request->all() ? 0 : sample, stop);
      if (stop.stop_requested()) return Cancelled();
      response->set_entry_count(response->entry_count() + verified.entries);
      response->set_checked_count(response->checked_count() + verified.checked);
      response->set_damaged_count(response->damaged_count() + static_cast<std::int64_t>(verified.damaged.size()));
      for (const std::string& key : verified.damaged) {
        if (response->damaged_keys_size() < kMostDamagedKeys) response->add_damaged_keys(key);
      }
    }
    return Status::Ok();
  });
}

grpc::Status CacheService::PinEntry(grpc::ServerContext* context, const common::v1::PinEntryRequest* request,
                                    common::v1::PinEntryResponse* response) {
  return Guard(Method("PinEntry"), context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const Description found, KeyFinder(kept_, *data_, stop).Find("key", request->key()));
    Status pinned = EntryNotFound(found.key);
    for (KeptResults* kept : kept_) {
      Status status = kept->Pin(found.key);
      if (status.ok()) {
        response->set_key(found.key);
        return Status::Ok();
      }
      // Where nothing can be pinned, another may know better.
      if (pinned.code() == Code::kNotFound) pinned = std::move(status);
    }
    return pinned;
  });
}

grpc::Status CacheService::UnpinEntry(grpc::ServerContext* context, const common::v1::UnpinEntryRequest* request,
                                      common::v1::UnpinEntryResponse* response) {
  return Guard(Method("UnpinEntry"), context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const Description found, KeyFinder(kept_, *data_, stop).Find("key", request->key()));
    Status unpinned = EntryNotFound(found.key);
    for (KeptResults* kept : kept_) {
      unpinned = kept->Unpin(found.key);
      if (unpinned.ok()) break;
    }
    if (unpinned.ok()) response->set_key(found.key);
    return unpinned;
  });
}

grpc::Status CacheService::QuarantineEntry(grpc::ServerContext* context,
                                           const common::v1::QuarantineEntryRequest* request,
                                           common::v1::QuarantineEntryResponse* response) {
  return Guard(Method("QuarantineEntry"), context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const Description found, KeyFinder(kept_, *data_, stop).Find("key", request->key()));
    bool put_aside = false;
    for (KeptResults* kept : kept_) put_aside = kept->Quarantine(found.key) || put_aside;
    if (!put_aside) return EntryNotFound(found.key);
    response->set_key(found.key);
    return Status::Ok();
  });
}

}  // namespace farrell
