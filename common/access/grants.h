// Who may call: a file of grants, one JSON object a line, to bearer tokens and to certificates.
//
//   {"token":"4f1c09ab","sha256":"…","principal":"ada","project":"provinces","scopes":["data.read","dea.run"],
//    "created":"2026-11-26T10:00:00Z","expires":"2027-02-24T10:00:00Z"}
//   {"certificate":"DNS:dea.farrell.svc","principal":"dea","scopes":["data.*"]}
//
// The file holds no secret: of a token only the SHA-256 of its 256 random bits. Empty lines and lines that begin with #
// are skipped.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::access {

using Time = std::chrono::system_clock::time_point;

struct Grant {
  std::string token{};        // public id, 8 hexadecimal digits; empty: a certificate
  std::string sha256{};       // of the whole secret, 64 hexadecimal digits
  std::string certificate{};  // "DNS:name", "URI:spiffe://…", "IP:…" of the client's certificate; empty: a token
  std::string principal{};    // who it is, 1 to 128 bytes without control characters
  std::string project{};      // whose data; may be empty
  std::vector<std::string> scopes{};
  Time created{};
  Time expires = Time::max();  // max(): never, for certificates only, which expire themselves
};

// INVALID_ARGUMENT, reason GRANTS_INVALID, with a violation for everything wrong, its field FILE:LINE: not JSON,
// unknown keys or scopes, a token given twice or without expiry.
Result<std::vector<Grant>> ParseGrants(const std::string& path, std::string_view text);

// ParseGrants of a file, at most 16 MiB, that its owner alone may write. Also FAILED_PRECONDITION, GRANTS_UNREADABLE.
Result<std::vector<Grant>> ReadGrants(const std::string& path);

// One line without the newline.
std::string FormatGrant(const Grant& grant);

// "2026-11-26T10:00:00Z", to the second.
std::string FormatTime(Time time);

// A new secret "farrell_ID_…", and the grant that knows its hash. Random bits of the operating system.
struct NewToken {
  std::string secret;
  Grant grant;
};
NewToken MakeToken();

// The grant whose token this secret is; null when none is. Takes the same time wherever the secret differs.
const Grant* FindToken(const std::vector<Grant>& grants, std::string_view secret);

}  // namespace farrell::access
