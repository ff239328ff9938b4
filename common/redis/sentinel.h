// The master of a group that sentinels watch.
#pragma once

#include <memory>

#include "common/redis/address.h"
#include "common/redis/connection.h"
#include "common/status/status.h"

namespace farrell::redis {

// A connection to the server that one of the sentinels calls the master and that says so itself: right after a
// failover a sentinel may still name the old one. Takes at most three times options.timeout a sentinel. UNAVAILABLE,
// reason REDIS_NO_MASTER, with what every sentinel said; UNAUTHENTICATED as Connection::Open.
Result<std::unique_ptr<Connection>> OpenMaster(const SentinelGroup& group, const Options& options);

}  // namespace farrell::redis
