#include "common/cache/cache_metrics.h"

#include "common/observe/catalogue.h"

namespace farrell {

CacheMetrics::CacheMetrics(const ResultCache& cache) {
  using metrics::LabelValues;
  const auto read = [&](metrics::Counter& metric, LabelValues labels, auto CacheCounts::*count) {
    readings_.emplace_back(metric, std::move(labels),
                           [&cache, count] { return static_cast<double>(cache.counts().*count); });
  };
  const auto outcome = [&](ResultCache::Source source, std::int64_t CacheCounts::*count) {
    read(metrics::kCacheRequests, {SourceName(source)}, count);
  };
  outcome(ResultCache::Source::kMemory, &CacheCounts::memory_hits);
  outcome(ResultCache::Source::kDisk, &CacheCounts::disk_hits);
  outcome(ResultCache::Source::kRedis, &CacheCounts::redis_hits);
  outcome(ResultCache::Source::kCoalesced, &CacheCounts::coalesced);
  outcome(ResultCache::Source::kComputed, &CacheCounts::computed);
  read(metrics::kCacheBypassed, {}, &CacheCounts::bypassed);
  read(metrics::kCacheSavedSeconds, {}, &CacheCounts::seconds_saved);
  read(metrics::kCacheVerificationFailures, {}, &CacheCounts::corrupt_entries);
  read(metrics::kCacheContradictions, {}, &CacheCounts::contradictions);
  read(metrics::kCacheDiskFailures, {}, &CacheCounts::disk_failures);
  read(metrics::kLeasesLost, {}, &CacheCounts::leases_lost);
  read(metrics::kRedisFailures, {}, &CacheCounts::redis_failures);
}

}  // namespace farrell
