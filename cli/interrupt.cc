#include "cli/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <ctime>

#include "cli/exit_code.h"

namespace farrell::cli {

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  waiter_ = std::jthread([this](const std::stop_token& closing) { WatchSignals(closing); });
}

Interrupt::~Interrupt() {
  waiter_.request_stop();
  waiter_.join();
  if (event_ >= 0) ::close(event_);
}

void Interrupt::Wait() const {
  while (!requested()) {
    pollfd event{.fd = event_, .events = POLLIN, .revents = 0};
    ::poll(&event, 1, -1);
  }
}

void Interrupt::WatchSignals(const std::stop_token& closing) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // The time limit only bounds how long the destructor waits: there is no portable way to end sigwait from outside.
  const timespec limit{.tv_sec = 0, .tv_nsec = 20'000'000};
  while (!closing.stop_requested()) {
    if (::sigtimedwait(&signals, nullptr, &limit) < 0) continue;
    if (stop_.stop_requested()) ::_exit(kExitInterrupted);
    stop_.request_stop();
    const std::uint64_t one = 1;
    // Should the write fail, a blocked read waits for the second signal.
    [[maybe_unused]] const ssize_t written = ::write(event_, &one, sizeof one);
  }
}

}  // namespace farrell::cli
