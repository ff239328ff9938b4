#include "common/program/state_directory.h"

#include "common/program/environment.h"

namespace farrell {

std::string StateDirectory(const std::string& flag) {
  if (!flag.empty()) return flag;
  if (std::string state = Environment("FARRELL_STATE"); !state.empty()) return state;
  if (const std::string base = Environment("XDG_STATE_HOME"); !base.empty()) return base + "/farrell";
  if (const std::string home = Environment("HOME"); !home.empty()) return home + "/.local/state/farrell";
  return kMemoryState;
}

}  // namespace farrell
