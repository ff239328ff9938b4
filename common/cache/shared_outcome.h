// How a computation ended, as one process tells it to the others that wait for it.
#pragma once

#include <cstdint>
#include <optional>

#include "common/redis/reply.h"
#include "common/status/status.h"

namespace farrell {

struct SharedOutcome {
  enum class Kind : std::uint8_t {
    kDone,       // the result is in the cache, unless it could not be kept there
    kFailed,     // it failed, and would fail for everybody: `failure`
    kAbandoned,  // nobody waited any more, or what ended it says nothing about the next attempt
  };
  Kind kind = Kind::kDone;
  Status failure{};
};

// CANCELLED, DEADLINE_EXCEEDED and RESOURCE_EXHAUSTED are of one process or caller; other errors are everybody's.
SharedOutcome OutcomeOf(const Status& status);

// The fields of a stream entry, and back; nothing when they are not those of an outcome.
redis::Arguments ToFields(const SharedOutcome& outcome);
std::optional<SharedOutcome> FromFields(const redis::Reply& fields);

}  // namespace farrell
