#include "services/reporting/service/figure_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves the declaration to the program

namespace farrell::reporting {
namespace {

using Clock = std::chrono::steady_clock;

// SVG of a large report is a few megabytes; more is a runaway process.
constexpr std::size_t kMostOutputBytes = std::size_t{256} << 20U;
constexpr std::size_t kMostErrorBytes = std::size_t{64} << 10U;
// render.mjs: the packages are not installed.
constexpr int kExitNotInstalled = 3;

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

Status FiguresUnavailable(const std::string& why) {
  return FailedPrecondition("FIGURES_UNAVAILABLE",
                            "figures cannot be rendered: " + why + "; ./dev setup installs Node and its packages");
}

Status SystemError(const std::string& what, int error) {
  return Internal("FIGURES_FAILED", what + ": " + std::strerror(error));
}

struct Child {
  pid_t pid = -1;
  // A socket rather than a pipe: a write after the reader has died is an error code, not a signal.
  Descriptor input;
  Descriptor output;
  Descriptor errors;
};

Result<Child> Start(const FigureProcessOptions& options) {
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

  // Options of Node in the environment could change what is rendered.
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "NODE_OPTIONS=", 13) != 0) environment.push_back(*entry);
  }
  environment.push_back(nullptr);
  std::array<std::string, 3> words = {options.node, "--no-warnings", options.script};
  std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  const int failed =
      ::posix_spawnp(&child.pid, options.node.c_str(), &actions, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT || failed == EACCES)
    return FiguresUnavailable("the program '" + options.node + "' cannot be started");
  if (failed != 0) return SystemError("cannot start " + options.node, failed);
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

struct Finished {
  int status = 0;
  std::string output;
  std::string errors;
};

// Feeds the input and drains both outputs together, so that neither side waits for the other.
Result<Finished> Exchange(Child child, const std::string& input, Clock::time_point deadline, std::stop_token stop) {
  Reaper reaper(child.pid);
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [&] {
    const std::uint64_t one = 1;
    // The descriptor is only a way out of poll; when it cannot be written, the timeout of poll does the same later.
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
  });
  Finished finished;
  std::size_t sent = 0;
  if (input.empty()) child.input.Close();
  while (true) {
    if (stop.stop_requested()) return Cancelled();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return DeadlineExceeded();
    const bool streams_open = child.output.open() || child.errors.open();
    if (!streams_open) {
      if (const std::optional<int> status = reaper.TryWait()) {
        finished.status = *status;
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
    if (!ReadAvailable(child.output, finished.output, kMostOutputBytes)) {
      return Internal("FIGURES_FAILED", "the figure renderer wrote more than 256 MiB");
    }
    // What stands beyond the limit on standard error is of no use to a person.
    if (!ReadAvailable(child.errors, finished.errors, kMostErrorBytes)) child.errors.Close();
  }
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

Result<std::map<std::string, std::string>> ReadAnswers(const std::vector<FigureSource>& figures,
                                                       const std::string& text) {
  const nlohmann::json answers = nlohmann::json::parse(text, nullptr, false);
  std::map<std::string, std::string> svgs;
  Violations violations;
  if (answers.is_array()) {
    for (const auto& answer : answers) {
      if (!answer.is_object() || !answer.contains("id") || !answer["id"].is_string()) continue;
      const std::string id = answer["id"];
      if (answer.contains("svg") && answer["svg"].is_string()) {
        svgs[id] = answer["svg"];
      } else if (answer.contains("error") && answer["error"].is_string()) {
        violations.Add("figures." + id, answer["error"]);
      }
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIGURE_INVALID", "some figures cannot be rendered"));
  for (const FigureSource& figure : figures) {
    if (svgs.count(figure.id) == 0) {
      return Internal("FIGURES_FAILED", "the figure renderer gave no answer for '" + figure.id + "'");
    }
  }
  return svgs;
}

}  // namespace

Result<std::map<std::string, std::string>> RenderFigures(const std::vector<FigureSource>& figures,
                                                         const FigureProcessOptions& options, std::stop_token stop) {
  if (figures.empty()) return std::map<std::string, std::string>{};
  if (stop.stop_requested()) return Cancelled();
  if (options.script.empty() || ::access(options.script.c_str(), R_OK) != 0) {
    return FiguresUnavailable("the script '" + options.script + "' is not there");
  }
  nlohmann::json request = nlohmann::json::array();
  for (const FigureSource& figure : figures) request.push_back({{"id", figure.id}, {"spec", figure.spec}});
  const std::string input = request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);

  const Clock::time_point deadline = Clock::now() + options.timeout;
  FARRELL_ASSIGN_OR_RETURN(Child child, Start(options));
  FARRELL_ASSIGN_OR_RETURN(const Finished finished, Exchange(std::move(child), input, deadline, stop));
  const std::string why = FirstLine(finished.errors);
  if (WIFSIGNALED(finished.status)) {
    return Internal("FIGURES_FAILED",
                    "the figure renderer died of signal " + std::to_string(WTERMSIG(finished.status)) + ": " + why);
  }
  if (WEXITSTATUS(finished.status) == kExitNotInstalled) return FiguresUnavailable(why);
  if (WEXITSTATUS(finished.status) != 0) {
    return Internal("FIGURES_FAILED", "the figure renderer ended with exit code " +
                                          std::to_string(WEXITSTATUS(finished.status)) + ": " + why);
  }
  return ReadAnswers(figures, finished.output);
}

}  // namespace farrell::reporting
