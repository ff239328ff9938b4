// What ties the bytes of an entry to the key that it stands under, in every tier outside the process.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace farrell {

// SHA-256 over `kind` and the fields, each behind a zero byte, as 64 lower-case hexadecimal digits. It holds no secret:
// it tells damage, not malice.
std::string Seal(std::string_view kind, std::initializer_list<std::string_view> fields);

}  // namespace farrell
