#include "common/access/grants_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace farrell::access {
namespace {

Status Unwritable(const std::string& path) {
  return FailedPrecondition("GRANTS_UNWRITABLE", "'" + path + "' cannot be written: " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

// Gives the file `descriptor` the owner, group and mode of the one it will replace, so that a server under another user
// than the operator can read it as before. A new file keeps its own.
bool TakeAfter(const std::string& path, int descriptor) {
  struct stat before {};
  struct stat made {};
  if (stat(path.c_str(), &before) != 0) return true;
  if (fstat(descriptor, &made) != 0) return false;
  const bool same = before.st_uid == made.st_uid && before.st_gid == made.st_gid;
  return (same || fchown(descriptor, before.st_uid, before.st_gid) == 0) &&
         fchmod(descriptor, before.st_mode & ALLPERMS) == 0;
}

// Beside it, on disk, renamed: a server that reads meanwhile sees the old file or the new one.
Status Replace(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (file.value() < 0 || !TakeAfter(path, file.value()) ||
        write(file.value(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        fsync(file.value()) != 0) {
      return Unwritable(temporary);
    }
  }
  return std::rename(temporary.c_str(), path.c_str()) == 0 ? Status() : Unwritable(path);
}

// Reads, lets `change` make the new text of the old one, and replaces, while nobody else does.
Status Change(const std::string& path, const std::function<Status(std::string& text)>& change) {
  const Descriptor lock(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (lock.value() < 0 || flock(lock.value(), LOCK_EX) != 0) return Unwritable(path + ".lock");
  std::string text;
  if (std::filesystem::exists(path)) {
    // What a server would refuse is not made worse.
    FARRELL_RETURN_IF_ERROR(ReadGrants(path).status());
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    text = content.str();
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  FARRELL_RETURN_IF_ERROR(change(text));
  FARRELL_RETURN_IF_ERROR(ParseGrants(path, text).status());
  return Replace(path, text);
}

}  // namespace

Status AddGrant(const std::string& path, const Grant& grant) {
  return Change(path, [&](std::string& text) {
    text += FormatGrant(grant) + "\n";
    return Status();
  });
}

Status RemoveGrant(const std::string& path, const std::string& holder) {
  return Change(path, [&](std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::string kept;
    bool found = false;
    while (std::getline(lines, line)) {
      const Result<std::vector<Grant>> one = ParseGrants(path, line);
      const bool removed =
          one.ok() && !one->empty() && (one->front().token == holder || one->front().certificate == holder);
      found = found || removed;
      if (!removed) kept += line + "\n";
    }
    if (!found) return NotFound("GRANT_NOT_FOUND", "'" + path + "' has no grant for '" + holder + "'");
    text = kept;
    return Status();
  });
}

}  // namespace farrell::access
