// Child processes and temporary folders for tests.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace farrell::testing {

// A folder that disappears with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A running program; killed with the object.
class Process {
 public:
  // `arguments[0]` is a path or looked up in PATH. stdout and stderr go to `log` (appended), stdin is empty.
  Process(const std::vector<std::string>& arguments, const std::string& log,
          const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void Signal(int signal) const;
  // Processor time used so far, in ms; 0 once the program has ended. What a program has done of some work, whatever the
  // speed of the machine.
  double ProcessorMilliseconds() const;
  // Exit code (128 + signal when killed), or nothing after `limit`.
  std::optional<int> Wait(std::chrono::milliseconds limit);
  void Kill();

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

// Runs a program to its end. `log` receives stdout and stderr.
struct Finished {
  int exit_code;
  std::string output;
};
Finished RunToEnd(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {},
                  std::chrono::seconds limit = std::chrono::seconds(240));

// Calls `condition` every few milliseconds until it is true; false after `limit`.
template <typename Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(20));

void PauseBriefly();
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

template <typename Condition>
bool Eventually(Condition condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    PauseBriefly();
  }
  return true;
}

}  // namespace farrell::testing
