#include "common/rpc/reflection.h"

#include <dlfcn.h>

#include <string>

namespace farrell {

Status LoadReflection() {
  // Never unloaded: its descriptors and plug-in stay registered.
  if (dlopen(FARRELL_REFLECTION_LIBRARY, RTLD_NOW | RTLD_GLOBAL) != nullptr) return {};
  const char* error = dlerror();
  return FailedPrecondition("REFLECTION_UNAVAILABLE", std::string("reflection needs " FARRELL_REFLECTION_LIBRARY ": ") +
                                                          (error ? error : "not found"));
}

}  // namespace farrell
