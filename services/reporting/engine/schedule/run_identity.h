// Which run a schedule means, and when it may be tried again.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "services/reporting/engine/schedule/nominal_times.h"

namespace farrell::reporting::schedule {

// 32 hexadecimal digits, a function of schedule, nominal time and snapshot alone: whoever finds the same run due finds
// the same name for it.
std::string RunIdentity(std::string_view schedule, Moment nominal, std::string_view snapshot);

// The pause after the attempt-th failure (1, 2, ...): `base` doubled each time, at most `most`, less up to a fifth of
// it that `name` and `attempt` decide, so that what failed together is not tried again together.
std::chrono::milliseconds RetryPause(std::string_view name, int attempt, std::chrono::milliseconds base,
                                     std::chrono::milliseconds most);

}  // namespace farrell::reporting::schedule
