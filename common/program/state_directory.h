// Where state is kept.
#pragma once

#include <string>

namespace farrell {

// --state memory: nothing outlives the process.
inline constexpr const char* kMemoryState = "memory";

// `flag` when given, else $FARRELL_STATE, else $XDG_STATE_HOME/farrell, else ~/.local/state/farrell, else (no home)
// memory.
std::string StateDirectory(const std::string& flag);

}  // namespace farrell
