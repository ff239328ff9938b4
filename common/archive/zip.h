// ZIP files in memory: written with the same bytes for the same members, read without trusting them.
//
// Names are relative paths with `/`: UTF-8, without empty, `.` and `..` parts, backslashes, control characters and
// drive letters. Nothing here touches the file system.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::archive {

struct ZipMember {
  std::string name;
  std::string bytes;
};

// Members sorted by name, deflated, dated 1980-01-01 (the first day a ZIP file knows), readable by everybody. The bytes
// depend on the members and the zlib in use. Errors: INTERNAL ZIP_NOT_WRITTEN (a bad or repeated name, no memory).
Result<std::string> WriteZip(std::vector<ZipMember> members);

struct ZipLimits {
  std::size_t most_members = 20'000;
  // Of all members together, unpacked.
  std::size_t most_bytes = std::size_t{512} << 20;
};

// The members, sorted by name; folders are left out. Errors: INVALID_ARGUMENT ZIP_INVALID with every member that is
// wrong and why – a path that leaves the archive, a repeated name, a link, encryption, a checksum that does not match,
// bytes cut off or more than announced – or why the file is no archive at all or too large; CANCELLED.
Result<std::vector<ZipMember>> ReadZip(const std::string& bytes, const ZipLimits& limits = {},
                                       const std::stop_token& stop = {});

// Why the name cannot be a member's; empty: it can.
std::string ProblemOfName(const std::string& name);

}  // namespace farrell::archive
