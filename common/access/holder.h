// Work that is done for somebody later, when nobody calls: whose it is, by the name of a grant, and a call in their
// name with what the grant opens at that time.
#pragma once

#include <string>
#include <string_view>

#include "common/access/grants.h"
#include "common/rpc/call.h"
#include "common/status/status.h"

namespace farrell::access {

// How a grant is named where it is kept: "token:4f1c09ab", or its certificate, "DNS:name". No secret.
std::string HolderOf(const Grant& grant);

// The grant of that name; null: there is none, or no longer.
const Grant* FindHolder(const std::vector<Grant>& grants, std::string_view holder);

// A call of `method` in the holder's name. Outgoing calls name the holder (`farrell-caller`) beside this process' own
// credentials, which need the scope call.forward. Without a file of grants nobody is asked, and the call is nobody's.
// Errors: UNAUTHENTICATED HOLDER_UNKNOWN (the grant was revoked, or callers were not asked when the work was given),
// TOKEN_EXPIRED; PERMISSION_DENIED SCOPE_MISSING; those of ReadGrants.
Result<CallInfo> CallInNameOf(const std::string& grants_file, const std::string& holder, std::string_view method);

}  // namespace farrell::access
