// Confines a process to a fraction of a core by a control group of its own, version 2 or 1. Needs root and the cpu
// controller with bandwidth control.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace farrell::capacity {

class CpuShare {
 public:
  // `cores` > 0, fractions allowed.
  CpuShare(pid_t pid, double cores) {
    for (const char* root : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"}) {
      const bool first_version = std::filesystem::exists(std::string(root) + "/cpu.cfs_quota_us") ||
                                 std::filesystem::exists(std::string(root) + "/cpu.shares");
      if (!first_version && !std::filesystem::exists(std::string(root) + "/cgroup.controllers")) continue;
      group_ = std::filesystem::path(root) / ("farrell-bench-" + std::to_string(pid));
      std::error_code error;
      if (!std::filesystem::create_directory(group_, error)) continue;
      const std::string quota = std::to_string(static_cast<long>(cores * kPeriodMicroseconds));
      const bool limited = first_version ? Write("cpu.cfs_period_us", std::to_string(kPeriodMicroseconds)) &&
                                               Write("cpu.cfs_quota_us", quota)
                                         : Write("cpu.max", quota + " " + std::to_string(kPeriodMicroseconds));
      root_ = root;
      pid_ = pid;
      held_ = limited && Write("cgroup.procs", std::to_string(pid));
      if (held_) return;
      std::filesystem::remove(group_, error);
    }
  }
  ~CpuShare() {
    if (!held_) return;
    std::ofstream(root_ / "cgroup.procs") << pid_;
    std::error_code error;
    std::filesystem::remove(group_, error);
  }
  CpuShare(const CpuShare&) = delete;
  CpuShare& operator=(const CpuShare&) = delete;

  // False: this machine does not let us.
  bool held() const { return held_; }

 private:
  static constexpr long kPeriodMicroseconds = 20'000;

  bool Write(const std::string& file, const std::string& text) const {
    std::ofstream out(group_ / file);
    out << text << std::flush;
    return out.good();
  }

  std::filesystem::path root_;
  std::filesystem::path group_;
  pid_t pid_ = -1;
  bool held_ = false;
};

}  // namespace farrell::capacity
