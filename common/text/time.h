// Moments as people and other programs write them: RFC 3339, to the second.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace farrell::text {

using SystemTime = std::chrono::system_clock::time_point;

// "2026-11-26T10:00:00Z". A fraction of a second is left out.
std::string FormatTime(SystemTime time);

// "2026-11-26T10:00:00Z", or with a distance to UTC, "2026-11-26T18:00:00+08:00". Years 1970 to 2199. Nothing: the text
// is no such moment; there is no 30th of February and no leap second.
std::optional<SystemTime> ParseTime(std::string_view text);

}  // namespace farrell::text
