#include "services/reporting/engine/schedule/run_identity.h"

#include <algorithm>
#include <cstdint>

#include "common/canonical/canonical.h"

namespace farrell::reporting::schedule {

std::string RunIdentity(std::string_view schedule, Moment nominal, std::string_view snapshot) {
  constexpr std::size_t kLength = 32;
  const canonical::Value value(canonical::Value::Object{
      {"nominal", std::int64_t{nominal.time_since_epoch().count()}}, {"schedule", schedule}, {"snapshot", snapshot}});
  return canonical::Digest("farrell.schedule.run.v1", value).substr(0, kLength);
}

std::chrono::milliseconds RetryPause(std::string_view name, int attempt, std::chrono::milliseconds base,
                                     std::chrono::milliseconds most) {
  std::chrono::milliseconds pause = std::min(base, most);
  for (int i = 1; i < attempt && pause < most; ++i) pause = std::min(2 * pause, most);
  const std::string hash = canonical::Sha256(std::string(name) + " " + std::to_string(attempt));
  const auto part = static_cast<std::int64_t>(std::stoul(hash.substr(0, 6), nullptr, 16));
  return pause - std::chrono::milliseconds(pause.count() / 5 * part / 0xFFFFFF);
}

}  // namespace farrell::reporting::schedule
