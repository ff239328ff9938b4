// Protobuf messages as JSON for programs.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "common/status/status.h"

namespace farrell::cli {

// The message in protobuf's JSON mapping (64-bit integers as strings, enumerations by name, bytes in base64) with the
// field names of the .proto files, every field present, unset ones as null, and reals with 17 significant digits.
// Indented by two blanks, ended by a line feed.
std::string ToJson(const google::protobuf::Message& message);

// The same without the final line feed and indented as a value at `depth`, to be put into a larger document.
std::string ToJsonValue(const google::protobuf::Message& message, int depth);

// Reads what ToJson wrote. INVALID_ARGUMENT, reason RESULT_INVALID, naming `source` and what is wrong where.
Status FromJson(std::string_view json, const std::string& source, google::protobuf::Message& message);

// A JSON text in quotes.
std::string JsonText(std::string_view utf8);

}  // namespace farrell::cli
