// The station that lets callers in: who they are by bearer token or certificate, and whether they may.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/call.h"
#include "common/status/status.h"

namespace farrell::access {

class AccessStation : public CallStation {
 public:
  // `caller` as the principal would make it, once for each of their grants, expired ones too. PERMISSION_DENIED,
  // SCOPE_MISSING unless the caller has the scope `admin`; NOT_FOUND, PRINCIPAL_UNKNOWN when no grant names them.
  virtual Result<std::vector<CallInfo>> As(const CallInfo& caller, const std::string& principal) = 0;
};

// Reads the file of grants (grants.h) and again whenever it changes; while a changed file cannot be used the old grants
// hold and the log says so once. Errors of ReadGrants.
//
// A caller with `authorization: Bearer SECRET` is the principal of that token, any other the principal of the first
// grant that names its client certificate. Refusals: UNAUTHENTICATED with reason CREDENTIALS_MISSING,
// CREDENTIALS_MALFORMED, TOKEN_UNKNOWN, TOKEN_EXPIRED or CERTIFICATE_UNKNOWN; PERMISSION_DENIED with reason
// SCOPE_MISSING (metadata `scope`, `principal`) or METHOD_WITHOUT_RULE. Sets principal, project and grant.
//
// Calls on behalf of this one carry the same token. A certificate cannot be carried: they name it (`farrell-caller`),
// and a service with the scope call.forward is then taken for its holder. So it is for the holder of a token that is
// named by its public id (`farrell-caller: token:ID`), for work that is done after they have called (holder.h).
Result<std::shared_ptr<AccessStation>> MakeAccessStation(const std::string& grants_file);

}  // namespace farrell::access
