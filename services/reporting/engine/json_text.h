// JSON as the report writes it: two-space indentation, keys in the order given, reals with 17 significant digits.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace farrell::reporting {

// Ends with a line feed. A real that is not finite is null. `compact`: one line without blanks or line feed.
std::string JsonText(const nlohmann::ordered_json& value, bool compact = false);

}  // namespace farrell::reporting
