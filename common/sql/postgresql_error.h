// Errors of PostgreSQL as callers see them.
#pragma once

#include <string>
#include <string_view>

#include "common/sql/engine.h"

namespace farrell::sql {

// The five characters of the SQLSTATE in a message of verbose libpq, "ERROR:  23505: duplicate key ...": empty when
// there is none, as when the connection broke.
std::string_view SqlState(std::string_view message);

// PostgreSQL 15, appendix A: error codes.
Failure ExplainPostgresql(std::string_view message);

}  // namespace farrell::sql
