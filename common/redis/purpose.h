// What a Redis must be set to for what it is used for: the policy is one for a whole server, which is why cache and
// coordination want two.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/redis/client.h"
#include "common/status/status.h"

namespace farrell::redis {

enum class Purpose : std::uint8_t {
  kCache,         // may forget anything: maxmemory, allkeys-lfu, no persistence needed
  kCoordination,  // may forget nothing: noeviction, appendonly
};

// One sentence for each setting that does not fit, with the fix; none: all is well. Errors: as Client::Call, and
// PERMISSION_DENIED, reason REDIS_REFUSED, when the user may not call INFO.
Result<std::vector<std::string>> Misfits(Client& client, Purpose purpose);

}  // namespace farrell::redis
