// Changes of a file of grants: whole or not at all, one at a time, other lines as they were.
#pragma once

#include <string>

#include "common/access/grants.h"
#include "common/status/status.h"

namespace farrell::access {

// Adds a line; makes the file where there is none. Errors of ReadGrants, FAILED_PRECONDITION GRANTS_UNWRITABLE.
Status AddGrant(const std::string& path, const Grant& grant);

// Removes the line of a token (its id) or certificate (its name). NOT_FOUND, reason GRANT_NOT_FOUND.
Status RemoveGrant(const std::string& path, const std::string& holder);

}  // namespace farrell::access
