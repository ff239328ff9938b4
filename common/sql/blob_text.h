// Bytes in a TEXT column, as base64 (RFC 4648): SOCI's blobs are large objects on PostgreSQL and values on SQLite, with
// different statements and lifetimes; a text is the same on both and costs a third more space.
#pragma once

#include <string>
#include <string_view>

#include "common/status/status.h"

namespace farrell::sql {

std::string EncodeBlob(std::string_view bytes);

// Errors: DATA_LOSS, reason STORE_CORRUPT, when the text is not base64.
Result<std::string> DecodeBlob(std::string_view text);

}  // namespace farrell::sql
