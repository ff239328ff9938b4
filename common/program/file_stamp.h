// Whether a file is still the one that was read.
#pragma once

#include <cstdint>
#include <string>

namespace farrell {

// Differs after the file was replaced, written or removed, also when a symbolic link on the way points elsewhere.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;  // -1: no such file
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

FileStamp StampOf(const std::string& path);

}  // namespace farrell
