#include "common/observe/process_stats.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace farrell {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::int64_t CountFiles(const char* folder) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  return error ? 0 : std::distance(entries, std::filesystem::directory_iterator());
}

// Fields of /proc/self/stat from the third on: the second is the program's name and may hold anything.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::vector<std::string> fields;
  std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

double BootTimeUnixSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0.0;
}

// The path of this process's group below the root: "0::/a/b" (version 2) or "9:memory:/a/b" (version 1).
std::string GroupPath(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::string mark = ":" + controller + ":";
    const std::size_t at = line.find(mark);
    if (at != std::string::npos) return line.substr(at + mark.size());
  }
  return {};
}

// The smallest limit in `file` from the group `path` up to `root`.
std::int64_t SmallestLimit(const std::string& root, std::filesystem::path path, const char* file, std::int64_t limit) {
  for (;; path = path.parent_path()) {
    std::ifstream stream(root + path.string() + "/" + file);
    std::int64_t bytes = 0;  // stays 0 for "max"
    if (stream >> bytes && bytes > 0) limit = std::min(limit, bytes);
    if (path.empty() || path == path.root_path()) return limit;
  }
}

}  // namespace

std::int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t MemoryLimitBytes(const std::string& cgroup_root) {
  const std::int64_t machine = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  const std::int64_t limit = SmallestLimit(cgroup_root, GroupPath(""), "memory.max", machine);
  return SmallestLimit(cgroup_root + "/memory", GroupPath("memory"), "memory.limit_in_bytes", limit);
}

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  stats.resident_bytes = ResidentBytes();
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) stats.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  // proc(5): field 20 is the number of threads, field 22 the start in clock ticks after the boot; ours begin at 3.
  const std::vector<std::string> fields = StatFields();
  if (fields.size() > 19) {
    stats.thread_count = std::stoll(fields[17]);
    stats.start_time_unix_seconds =
        BootTimeUnixSeconds() + std::stod(fields[19]) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  stats.open_files = CountFiles("/proc/self/fd");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) stats.max_open_files = static_cast<std::int64_t>(files.rlim_cur);
  return stats;
}

}  // namespace farrell
