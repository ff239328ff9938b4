#include "cli/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace farrell::cli {
namespace {

Status Unreadable(const std::string& name, const char* why) {
  return InvalidArgument("FILE_UNREADABLE", "cannot read '" + name + "': " + why);
}

}  // namespace

Result<ByteSource> ByteSource::Open(const std::string& path) {
  if (path == "-") return ByteSource(STDIN_FILENO, "standard input");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return NotFound("FILE_NOT_FOUND", "there is no file '" + path + "'");
    return Unreadable(path, std::strerror(errno));
  }
  ByteSource source(descriptor, path);
  struct stat what {};
  if (::fstat(descriptor, &what) == 0 && S_ISDIR(what.st_mode)) return Unreadable(path, "it is a folder");
  return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

ByteSource& ByteSource::operator=(ByteSource&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  return *this;
}

ByteSource::~ByteSource() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

Result<std::string> ByteSource::Read(std::size_t size, Interrupt& interrupt) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    std::array<pollfd, 2> waiting{pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = interrupt.descriptor(), .events = POLLIN, .revents = 0}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
      return Unreadable(name_, std::strerror(errno));
    if (interrupt.requested()) return Cancelled();
    if (waiting[0].revents == 0) continue;
    const ssize_t count = ::read(descriptor_, bytes.data() + filled, size - filled);
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return Unreadable(name_, std::strerror(errno));
    }
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::string> ReadFile(const std::string& path, Interrupt& interrupt) {
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  FARRELL_ASSIGN_OR_RETURN(ByteSource source, ByteSource::Open(path));
  std::string text;
  for (;;) {
    FARRELL_ASSIGN_OR_RETURN(std::string chunk, source.Read(kChunk, interrupt));
    if (chunk.empty()) return text;
    text += chunk;
  }
}

}  // namespace farrell::cli
