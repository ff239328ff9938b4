// How many cores this process may use.
#pragma once

#include <string>

namespace farrell {

// Cores of the affinity mask, or fewer when the container's quota (cgroup v2 cpu.max under `cgroup_root`) is smaller;
// rounded up, at least 1.
int CpuCount(const std::string& cgroup_root = "/sys/fs/cgroup");

}  // namespace farrell
