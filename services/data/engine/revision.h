// Revision of the data engine's algorithms: increases whenever an output bit may change.
#pragma once

namespace farrell::data {

inline constexpr int kAlgoRev = 1;

}  // namespace farrell::data
