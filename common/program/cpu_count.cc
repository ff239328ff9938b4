#include "common/program/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace farrell {

int CpuCount(const std::string& cgroup_root) {
  int cores = 1;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) cores = CPU_COUNT(&mask);
  // "200000 100000": 200 ms of processor time in every 100 ms; "max 100000": no quota.
  std::ifstream file(cgroup_root + "/cpu.max");
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (file >> quota >> period && quota > 0 && period > 0) {
    cores = static_cast<int>(std::min<std::int64_t>(cores, (quota + period - 1) / period));
  }
  return std::max(cores, 1);
}

}  // namespace farrell
