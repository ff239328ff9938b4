// Which run a schedule means, and when it may be tried again.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "services/reporting/engine/schedule/nominal_times.h"

namespace farrell::reporting::schedule {

// 32 hexadecimal digits, a function of schedule, nominal time and snapshot alone: whoever finds the same run due finds
// the same name for it.
std::string RunIdentity(std::string_view schedule, Moment nominal, std::string_view snapshot);

// The pause after the attempt-th failure (1, 2, ...): `base` doubled each time, at most `most`, less up to a fifth of
// it that `name` and `attempt` decide, so that what failed together is not tried again together.
std::chrono::milliseconds RetryPause(std::string_view name, int attempt, std::chrono::milliseconds base,
                                     std::chrono::milliseconds most);

// A release of a dataset.
struct ReleaseStamp {
  std::string name;
  std::string snapshot;
  std::string known_at;  // YYYY-MM-DD; empty: not told, known since ever
};

// The release that stood for the dataset on a day: the newest, in order of import, of those known by then. Null: none.
const ReleaseStamp* ReleaseOn(const std::vector<ReleaseStamp>& in_order, std::string_view day);

}  // namespace farrell::reporting::schedule
