#include "common/redis/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace farrell::redis {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string ErrorText(int error) { return std::generic_category().message(error); }

Status Lost(const std::string& why) { return Unavailable("REDIS_CONNECTION_LOST", "connection to Redis lost: " + why); }
Status Silent(milliseconds limit) {
  return Unavailable("REDIS_TIMEOUT", "Redis did not answer within " + std::to_string(limit.count()) + " ms");
}
Status Unreachable(const std::string& where, const std::string& why) {
  return Unavailable("REDIS_UNREACHABLE", "no connection to Redis at " + where + ": " + why);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

  // Until one of `events` holds or `limit` has passed; false then. A hang-up counts as every event.
  bool Await(short events, milliseconds limit) const {
    const auto end = Clock::now() + limit;
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
      pollfd entry{.fd = number_, .events = events, .revents = 0};
      const int ready = poll(&entry, 1, static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000)));
      if (ready > 0) return true;
      if (ready == 0 || errno != EINTR) return false;
    }
  }

 private:
  int number_;
};

class Socket final : public Stream {
 public:
  explicit Socket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Status Send(std::string_view bytes, milliseconds limit) override {
    while (!bytes.empty()) {
      const ssize_t sent = send(descriptor_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!descriptor_.Await(POLLOUT, limit)) return Silent(limit);
      } else if (errno != EINTR) {
        return Lost(ErrorText(errno));
      }
    }
    return {};
  }

  Result<std::size_t> Receive(char* buffer, std::size_t size, milliseconds limit) override {
    while (true) {
      const ssize_t received = recv(descriptor_.number(), buffer, size, 0);
      if (received > 0) return static_cast<std::size_t>(received);
      if (received == 0) return Lost("closed by the other side");
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!descriptor_.Await(POLLIN, limit)) return Silent(limit);
      } else if (errno != EINTR) {
        return Lost(ErrorText(errno));
      }
    }
  }

  bool Quiet() const override { return !descriptor_.Await(POLLIN, milliseconds(0)); }

 private:
  Descriptor descriptor_;
};

// 0 or the error number.
int ConnectWithin(const Descriptor& descriptor, const sockaddr* address, socklen_t size, milliseconds limit) {
  if (connect(descriptor.number(), address, size) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!descriptor.Await(POLLOUT, limit)) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(descriptor.number(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

void Tune(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

}  // namespace

Result<std::unique_ptr<Stream>> ConnectTcp(const Endpoint& endpoint, milliseconds limit) {
  const auto end = Clock::now() + limit;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (failure != 0) return Unreachable(ToText(endpoint), gai_strerror(failure));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  int error = ETIMEDOUT;
  for (const addrinfo* candidate = addresses.get(); candidate != nullptr; candidate = candidate->ai_next) {
    Descriptor descriptor(socket(candidate->ai_family, kSocketFlags, candidate->ai_protocol));
    const auto left = std::max(std::chrono::ceil<milliseconds>(end - Clock::now()), milliseconds(0));
    error =
        descriptor.number() < 0 ? errno : ConnectWithin(descriptor, candidate->ai_addr, candidate->ai_addrlen, left);
    if (error != 0) continue;
    Tune(descriptor.number());
    return std::unique_ptr<Stream>(std::make_unique<Socket>(std::move(descriptor)));
  }
  return Unreachable(ToText(endpoint), ErrorText(error));
}

Result<std::unique_ptr<Stream>> ConnectUnix(const UnixPath& path, milliseconds limit) {
  const std::string where = "unix:" + path.path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.path.size() >= sizeof address.sun_path) return Unreachable(where, "the path is too long");
  std::memcpy(address.sun_path, path.path.data(), path.path.size());
  Descriptor descriptor(socket(AF_UNIX, kSocketFlags, 0));
  if (descriptor.number() < 0) return Unreachable(where, ErrorText(errno));
  const int error = ConnectWithin(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address, limit);
  if (error != 0) return Unreachable(where, ErrorText(error));
  return std::unique_ptr<Stream>(std::make_unique<Socket>(std::move(descriptor)));
}

}  // namespace farrell::redis
