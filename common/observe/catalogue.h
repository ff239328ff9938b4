// Every metric of Farrell. Names and labels are a promise to dashboards and alerts: tests/observe/metrics.golden holds
// them, docs/operations/observability.md explains them.
#pragma once

#include "common/observe/metrics.h"

namespace farrell::metrics {

// ------------------------------------------------------------------------------------------------------------- calls

inline Counter kCalls{"farrell_rpc_calls_total", "Calls answered, by canonical code.", {"method", "code"}};

inline Histogram kCallSeconds{
    "farrell_rpc_duration_seconds",
    "Time from the arrival of a call to its answer.",
    {"method"},
    {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800}};

inline Gauge kCallsInFlight{"farrell_rpc_in_flight", "Calls being handled.", {"method"}};

// --------------------------------------------------------------------------------------------------------- admission

inline Counter kAdmissionRefusals{
    "farrell_admission_refusals_total", "Calls refused before any work was done.", {"class", "reason"}};

inline Counter kQuotaRefusals{
    "farrell_quota_refusals_total", "Calls refused because their principal has used up a quota.", {"quota"}};

inline Gauge kAdmissionInFlight{"farrell_admission_in_flight", "Admitted calls being handled.", {"class"}};

inline Gauge kAdmissionLimit{"farrell_admission_limit", "Most calls admitted at a time.", {"class"}};

inline Gauge kAdmissionMemoryLimit{"farrell_admission_memory_limit_bytes",
                                   "Resident memory above which heavy calls are refused."};

// ------------------------------------------------------------------------------------------------------------- cache

inline Counter kCacheRequests{
    "farrell_cache_requests_total", "Results asked for, by where they came from.", {"outcome"}};

inline Counter kCacheBypassed{"farrell_cache_bypassed_total",
                              "Results computed without asking the other processes, because Redis was away."};

inline Counter kCacheSavedSeconds{"farrell_cache_saved_seconds_total",
                                  "Time that computing took for the results found in memory, files or Redis."};

inline Counter kCacheVerificationFailures{"farrell_cache_verify_fail_total",
                                          "Kept results whose bytes did not match their digest; computed again."};

inline Counter kCacheContradictions{
    "farrell_cache_contradictions_total",
    "Results computed again that were kept in other bytes under their key; those were put aside."};

inline Counter kCertificateReused{"farrell_certificate_reused_total",
                                  "Units whose answers from before their reference set changed were proven to stand."};

inline Counter kCertificateResolved{
    "farrell_certificate_resolved_total",
    "Units of a reference set that changed whose answers were not proven to stand, so that they were solved."};

inline Counter kCacheDiskFailures{"farrell_cache_disk_failures_total",
                                  "Results that could not be written to the folder of the cache; not kept there."};

inline Counter kLeasesLost{"farrell_lease_lost_total", "Computations that ended after another process had taken over."};

inline Counter kRedisFailures{"farrell_redis_failures_total", "Redis commands and connections that failed."};

// ------------------------------------------------------------------------------------------------------------- queue

inline Gauge kQueueShards{"farrell_queue_shards", "Shards that jobs still wait for, on the way or not.", {"priority"}};

inline Gauge kQueueSeconds{"farrell_queue_waiting_seconds",
                           "Core-seconds of work that jobs still wait for: scale solvers on it.",
                           {"priority"}};

inline Gauge kQueueOldest{
    "farrell_queue_oldest_seconds", "Age of the oldest job that waits for solvers.", {"priority"}};

inline Gauge kQueueSolvers{"farrell_queue_solvers", "Threads of solvers heard of in the last five seconds."};

inline Counter kShards{
    "farrell_solver_shards_total", "Shards a solver had in hand, by what became of them.", {"outcome"}};

inline Histogram kShardSeconds{"farrell_solver_shard_seconds",
                               "Time a solver spent on a shard.",
                               {},
                               {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}};

inline Counter kSharedItems{
    "farrell_shared_items_total", "Items of shared stages, by who did them: solvers, or the service itself.", {"by"}};

// --------------------------------------------------------------------------------------------------------- schedules

inline Counter kScheduledRuns{
    "farrell_schedule_runs_total", "Runs of schedules that ended or wait again, by what became of them.", {"state"}};

inline Gauge kOldestPendingArrival{"farrell_schedule_oldest_arrival_seconds",
                                   "Age of the oldest event that a schedule has heard of and that has no end yet."};

inline Counter kWebhookFailures{"farrell_webhook_failures_total", "Messages to webhooks that were not taken."};

// ------------------------------------------------------------------------------------------------------------ traces

inline Counter kSpans{"farrell_trace_spans_total", "Spans of calls, by what became of them.", {"outcome"}};

// ----------------------------------------------------------------------------------------------------------- process

inline Gauge kBuildInfo{
    "farrell_build_info", "Always 1; what runs here.", {"program", "version", "algo_rev", "num_abi"}};

// Names that Prometheus client libraries share.
inline Gauge kProcessMemory{"process_resident_memory_bytes", "Resident memory size in bytes."};
inline Counter kProcessCpu{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds."};
inline Gauge kProcessStart{"process_start_time_seconds", "Start time of the process since unix epoch in seconds."};
inline Gauge kProcessOpenFiles{"process_open_fds", "Number of open file descriptors."};
inline Gauge kProcessMaxFiles{"process_max_fds", "Maximum number of open file descriptors."};
inline Gauge kProcessThreads{"process_threads", "Number of threads of the process."};

}  // namespace farrell::metrics
