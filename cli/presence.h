// Whether a server is there. Who goes away may come back and is asked again (common/rpc/ask_again.h); who never was
// there is an error at once.
#pragma once

#include "cli/session.h"

namespace farrell::cli {

// Connects, for a second at most, within the deadline; a server that refuses is found out at once. False for services
// in this process.
bool DataIsThere(Session& session);
bool ReportingIsThere(Session& session);

}  // namespace farrell::cli
