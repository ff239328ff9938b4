// What the operating system says about this process.
#pragma once

#include <cstdint>
#include <string>

namespace farrell {

struct ProcessStats {
  std::int64_t resident_bytes = 0;
  double cpu_seconds = 0.0;            // user and system
  double start_time_unix_seconds = 0;  // since 1970, UTC
  std::int64_t thread_count = 0;
  std::int64_t open_files = 0;
  std::int64_t max_open_files = 0;
};

ProcessStats ReadProcessStats();

// Resident memory in bytes; cheaper than all of the above. 0 where /proc cannot be read.
std::int64_t ResidentBytes();

// Memory this process may use in bytes: the smallest limit of its control groups (version 2 or 1, below `cgroup_root`)
// and the machine's memory.
std::int64_t MemoryLimitBytes(const std::string& cgroup_root = "/sys/fs/cgroup");

}  // namespace farrell
