#include "common/sql/store_clock.h"

#include <chrono>

namespace farrell::sql {

std::int64_t StoreClock(soci::session& session) {
  constexpr std::int64_t kNanoseconds = 1'000'000;
  if (session.get_backend_name() != "postgresql") {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() * kNanoseconds;
  }
  // Not now(), which is when the transaction began.
  long long milliseconds = 0;
  session << "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", soci::into(milliseconds);
  return milliseconds * kNanoseconds;
}

}  // namespace farrell::sql
