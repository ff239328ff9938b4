// What a server does about a contradiction of its caches beside counting it.
#pragma once

#include "common/cache/contradiction.h"

namespace farrell {

// Logs it as an error that names the operation and the key.
void LogContradiction(const Contradiction& contradiction);

}  // namespace farrell
