#include "cli/state.h"

#include <cstdlib>
#include <string_view>

namespace farrell::cli {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::string StateDirectory(const std::string& flag) {
  if (!flag.empty()) return flag;
  if (const std::string_view state = Environment("FARRELL_STATE"); !state.empty()) return std::string(state);
  if (const std::string_view base = Environment("XDG_STATE_HOME"); !base.empty()) return std::string(base) + "/farrell";
  if (const std::string_view home = Environment("HOME"); !home.empty()) {
    return std::string(home) + "/.local/state/farrell";
  }
  return kMemoryState;
}

}  // namespace farrell::cli
