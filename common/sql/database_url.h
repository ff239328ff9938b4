// What --database may say, checked without a database library.
#pragma once

#include <string>

#include "common/status/status.h"

namespace farrell::sql {

// "postgresql://HOST:PORT/NAME?user=...": a PostgreSQL URL without a password, whose place is a file: command lines and
// environments are read by others. `flag` begins the message.
// Errors: INVALID_ARGUMENT, reason DATABASE_URL_INVALID, never repeating the text.
Status CheckDatabaseUrl(const std::string& flag, const std::string& url);

}  // namespace farrell::sql
