#include "common/process/side_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves the declaration to the program

namespace farrell {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostErrorBytes = std::size_t{64} << 10U;
// As shells count.
constexpr int kSignalled = 128;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void Close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_ = -1;
};

Status SystemError(const std::string& what, int error) {
  return Internal("SIDE_PROCESS_FAILED", what + ": " + std::strerror(error));
}

struct Child {
  pid_t pid = -1;
  // A socket rather than a pipe: a write after the reader has died is an error code, not a signal.
  Descriptor input;
  Descriptor output;
  Descriptor errors;
};

// This program's environment with the changes. Options of Node in it could change what is rendered.
std::vector<std::string> Environment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('='));
    if (name != "NODE_OPTIONS" && !changes.contains(name)) variables.push_back(variable);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) variables.push_back(name + "=" + value);
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<Child> Start(const SideProcess& process) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  std::array<int, 2> errors{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0) return SystemError("socketpair", errno);
  Child child;
  child.input = Descriptor(input[0]);
  const Descriptor child_input(input[1]);
  if (::pipe2(output.data(), O_CLOEXEC) != 0) return SystemError("pipe", errno);
  child.output = Descriptor(output[0]);
  const Descriptor child_output(output[1]);
  if (::pipe2(errors.data(), O_CLOEXEC) != 0) return SystemError("pipe", errno);
  child.errors = Descriptor(errors[0]);
  const Descriptor child_errors(errors[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, child_input.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, child_errors.get(), STDERR_FILENO);
  // A server may block or ignore signals; the child starts with the defaults.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::sigaddset(&defaults, SIGTERM);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));

  std::vector<std::string> variables = Environment(process.environment);
  std::vector<std::string> words = process.arguments;
  const int failed = ::posix_spawnp(&child.pid, words[0].c_str(), &actions, &attributes, Pointers(words).data(),
                                    Pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT || failed == EACCES) {
    return NotFound("PROGRAM_MISSING", "the program '" + words[0] + "' cannot be started");
  }
  if (failed != 0) return SystemError("cannot start " + words[0], failed);
  if (process.most_memory_bytes > 0) {
    const rlimit limit{process.most_memory_bytes, process.most_memory_bytes};
    // A program that ends before it is limited needs no limit.
    (void)::prlimit(child.pid, RLIMIT_AS, &limit, nullptr);
  }
  if (process.most_processor_seconds > 0) {
    const auto seconds = static_cast<rlim_t>(process.most_processor_seconds);
    const rlimit limit{seconds, seconds + 1};
    (void)::prlimit(child.pid, RLIMIT_CPU, &limit, nullptr);
  }
  for (const int descriptor : {child.input.get(), child.output.get(), child.errors.get()}) {
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  }
  return child;
}

// Reads what is there; closes the descriptor at its end. False when the limit is passed.
bool ReadAvailable(Descriptor& from, std::string& into, std::size_t limit) {
  std::array<char, 65536> buffer;
  while (from.open()) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(count));
      if (into.size() > limit) return false;
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return true;
    } else {
      from.Close();
    }
  }
  return true;
}

// Kills the child unless it was waited for.
class Reaper {
 public:
  explicit Reaper(pid_t pid) : pid_(pid) {}
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  ~Reaper() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  // The wait status once the child has ended.
  std::optional<int> TryWait() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

// Feeds the input and drains both outputs together, so that neither side waits for the other.
Result<SideProcessEnd> Exchange(Child child, const SideProcess& process, const std::stop_token& stop) {
  const std::string& input = process.input;
  const Clock::time_point deadline = Clock::now() + process.timeout;
  Reaper reaper(child.pid);
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [&] {
    const std::uint64_t one = 1;
    // The descriptor is only a way out of poll; when it cannot be written, the timeout of poll does the same later.
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
  });
  SideProcessEnd finished;
  std::size_t sent = 0;
  if (input.empty()) child.input.Close();
  while (true) {
    if (stop.stop_requested()) return Cancelled();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return DeadlineExceeded();
    const bool streams_open = child.output.open() || child.errors.open();
    if (!streams_open) {
      if (const std::optional<int> status = reaper.TryWait()) {
        finished.exit_code = WIFSIGNALED(*status) ? kSignalled + WTERMSIG(*status) : WEXITSTATUS(*status);
        return finished;
      }
    }
    // A negative descriptor is skipped by poll. With the streams closed only the end of the process is awaited.
    std::array<pollfd, 4> polled = {pollfd{child.input.get(), POLLOUT, 0}, pollfd{child.output.get(), POLLIN, 0},
                                    pollfd{child.errors.get(), POLLIN, 0}, pollfd{wake.get(), POLLIN, 0}};
    const long long longest = streams_open ? 1000 : 5;
    ::poll(polled.data(), polled.size(), static_cast<int>(std::min<long long>(left, longest)));
    if (child.input.open() && (polled[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
      const ssize_t count = ::send(child.input.get(), input.data() + sent, input.size() - sent, MSG_NOSIGNAL);
      if (count > 0) sent += static_cast<std::size_t>(count);
      const bool lost = count < 0 && errno != EAGAIN && errno != EINTR;
      if (lost || sent == input.size()) child.input.Close();
    }
    if (!ReadAvailable(child.output, finished.output, process.most_output_bytes)) {
      return Status(Code::kResourceExhausted, "OUTPUT_TOO_LARGE",
                    process.arguments[0] + " wrote more than " + std::to_string(process.most_output_bytes) + " bytes");
    }
    // What stands beyond the limit on standard error is of no use to a person.
    if (!ReadAvailable(child.errors, finished.errors, kMostErrorBytes)) child.errors.Close();
  }
}

}  // namespace

Result<SideProcessEnd> RunSideProcess(const SideProcess& process, const std::stop_token& stop) {
  if (stop.stop_requested()) return Cancelled();
  FARRELL_ASSIGN_OR_RETURN(Child child, Start(process));
  return Exchange(std::move(child), process, stop);
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace farrell
