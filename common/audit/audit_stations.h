// The stations that keep the audit log of calls that change something (access/scopes.h says which).
#pragma once

#include <memory>

#include "common/audit/audit_log.h"
#include "common/rpc/call.h"

namespace farrell::audit {

// Records how a call ended, before its answer leaves, and denials of callers who are known. Stands before the station
// that knows who calls.
std::shared_ptr<CallStation> MakeOutcomeStation(std::shared_ptr<AuditLog> log);

// Records that a call was let in, before it runs; refuses it with AUDIT_UNWRITABLE where that cannot be recorded.
// Stands behind the station that knows who calls.
std::shared_ptr<CallStation> MakeAdmittedStation(std::shared_ptr<AuditLog> log);

}  // namespace farrell::audit
