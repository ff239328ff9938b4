// The time of day by the clock that all programs on one store share.
#pragma once

#include <cstdint>

#include "common/sql/soci.h"

namespace farrell::sql {

// Nanoseconds since 1970, to the millisecond: of the PostgreSQL server, or of this machine for a SQLite file. For
// comparing moments that several programs wrote down.
std::int64_t StoreClock(soci::session& session);

}  // namespace farrell::sql
