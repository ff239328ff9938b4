#include "tests/bench/regression_rivals.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace farrell::regression::bench {
namespace {

constexpr int kNotFound = 127;

[[noreturn]] void Become(const std::vector<std::string>& command, bool limited, int out, int error) {
  if (limited) {
    const auto bytes = static_cast<rlim_t>(kMostMemory);
    const rlimit memory{bytes, bytes};
    setrlimit(RLIMIT_AS, &memory);
  }
  dup2(out, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(kNotFound);
}

std::string ReadAll(int file) {
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t size = read(file, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part, static_cast<std::size_t>(size));
  }
}

bool Contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

ChildResult RunChild(const std::vector<std::string>& command, bool limited) {
  int out[2];
  int error[2];
  ChildResult result;
  if (pipe(out) != 0) return result;
  if (pipe(error) != 0) {
    close(out[0]);
    close(out[1]);
    return result;
  }
  const pid_t child = fork();
  if (child == 0) Become(command, limited, out[1], error[1]);
  close(out[1]);
  close(error[1]);
  std::string printed;
  std::string complaints;
  int status = 0;
  rusage usage{};
  bool late = false;
  {
    std::jthread reading_out([&] { printed = ReadAll(out[0]); });
    std::jthread reading_error([&] { complaints = ReadAll(error[0]); });
    const auto started = std::chrono::steady_clock::now();
    while (child > 0 && wait4(child, &status, WNOHANG, &usage) == 0) {
      const std::chrono::duration<double> running = std::chrono::steady_clock::now() - started;
      if (limited && !late && running.count() > kMostSeconds) {
        late = true;
        kill(child, SIGKILL);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  close(out[0]);
  close(error[0]);
  result.peak_memory = static_cast<double>(usage.ru_maxrss) * 1024;
  const bool exited = child > 0 && WIFEXITED(status);
  const bool out_of_memory = Contains(complaints, "MemoryError") || Contains(complaints, "cannot allocate") ||
                             Contains(complaints, "Unable to allocate");
  if (late || out_of_memory) {
    result.end = ChildResult::End::kExceeded;
  } else if (exited && WEXITSTATUS(status) == 0) {
    result.end = ChildResult::End::kDone;
    const char* at = printed.c_str();
    for (char* next = nullptr;; at = next) {
      const double number = std::strtod(at, &next);
      if (next == at) break;
      result.numbers.push_back(number);
    }
  } else if ((exited && WEXITSTATUS(status) == kNotFound) || Contains(complaints, "ModuleNotFoundError") ||
             Contains(complaints, "there is no package")) {
    result.end = ChildResult::End::kNotInstalled;
  }
  return result;
}

}  // namespace farrell::regression::bench
