// Which columns an expression reads.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace farrell::data::expression {

// Empty for an expression that cannot be parsed.
std::set<std::string> ColumnsIn(std::string_view expression);

}  // namespace farrell::data::expression
