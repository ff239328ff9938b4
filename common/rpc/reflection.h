// Server reflection, loaded only when asked for: the library registers itself in every server of a process that links
// it.
#pragma once

#include "common/status/status.h"

namespace farrell {

// Makes servers built from now on serve grpc.reflection.v1alpha. FAILED_PRECONDITION, reason REFLECTION_UNAVAILABLE,
// when the library is not installed.
Status LoadReflection();

}  // namespace farrell
