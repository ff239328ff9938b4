// What Redis answers, as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farrell::redis {

using Arguments = std::vector<std::string>;  // a command and what it takes; binary-safe

struct Reply {
  enum class Kind : std::uint8_t { kNil, kStatus, kError, kInteger, kText, kArray };
  Kind kind = Kind::kNil;
  long long integer = 0;
  std::string text{};  // kStatus, kError, kText; binary-safe
  std::vector<Reply> items{};

  bool nil() const { return kind == Kind::kNil; }
  bool error() const { return kind == Kind::kError; }
  // An error whose first word is `code`: "READONLY", "NOSCRIPT", "OOM", "BUSYGROUP".
  bool error(const std::string& code) const { return error() && (text == code || text.starts_with(code + " ")); }
};

}  // namespace farrell::redis
