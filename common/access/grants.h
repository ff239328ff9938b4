// Who may call: a file of grants, one JSON object a line, to bearer tokens and to certificates.
//
//   {"token":"4f1c09ab","sha256":"…","principal":"ada","project":"provinces","scopes":["data.read","dea.run"],
//    "data":["provinces/*","national/gdp@2020*"],"quota":{"compute_seconds_per_day":3600,"in_flight":8},
//    "created":"2026-11-26T10:00:00Z","expires":"2027-02-24T10:00:00Z"}
//   {"certificate":"DNS:dea.farrell.svc","principal":"dea","scopes":["data.*"],"data":["*"]}
//
// The file holds no secret: of a token only the SHA-256 of its 256 random bits. Empty lines and lines that begin with #
// are skipped.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace farrell::access {

using Time = std::chrono::system_clock::time_point;

// What a principal may use, over all its grants: where lines of one principal differ, the strictest holds. 0: no limit.
struct Quota {
  double compute_seconds_per_day = 0;  // processor seconds of its calls, by the day in UTC
  std::int64_t storage_bytes = 0;      // cells that its project has imported
  int in_flight = 0;                   // calls that compute, at a time

  bool operator==(const Quota&) const = default;
};

struct Grant {
  std::string token{};        // public id, 8 hexadecimal digits; empty: a certificate
  std::string sha256{};       // of the whole secret, 64 hexadecimal digits
  std::string certificate{};  // "DNS:name", "URI:spiffe://…", "IP:…" of the client's certificate; empty: a token
  std::string principal{};    // who it is, 1 to 128 bytes without control characters
  std::string project{};      // its home: whose data it reads and writes; may be empty, holds no '/', '*' or '@'
  std::vector<std::string> scopes{};
  std::vector<std::string> data{};  // patterns of data_access.h; empty: all of its project
  Quota quota{};
  Time created{};
  Time expires = Time::max();  // max(): never, for certificates only, which expire themselves
};

// INVALID_ARGUMENT, reason GRANTS_INVALID, with a violation for everything wrong, its field FILE:LINE: not JSON,
// unknown keys or scopes, patterns and quotas that are none, a token given twice or without expiry.
Result<std::vector<Grant>> ParseGrants(const std::string& path, std::string_view text);

// ParseGrants of a file, at most 16 MiB, that its owner alone may write. Also FAILED_PRECONDITION, GRANTS_UNREADABLE.
Result<std::vector<Grant>> ReadGrants(const std::string& path);

// One line without the newline.
std::string FormatGrant(const Grant& grant);

// A new secret "farrell_ID_…", and the grant that knows its hash. Random bits of the operating system.
struct NewToken {
  std::string secret;
  Grant grant;
};
NewToken MakeToken();

// The grant whose token this secret is; null when none is. Takes the same time wherever the secret differs.
const Grant* FindToken(const std::vector<Grant>& grants, std::string_view secret);

}  // namespace farrell::access
