// Environment variables, of which an unset one is empty.
#pragma once

#include <cstdlib>
#include <string>

namespace farrell {

inline std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace farrell
