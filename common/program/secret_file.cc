#include "common/program/secret_file.h"

#include <sys/stat.h>

#include <fstream>
#include <mutex>
#include <utility>

#include "common/program/file_stamp.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

constexpr std::size_t kMaxBytes = 65536;

Status Unusable(const std::string& name, const std::string& path, const std::string& problem) {
  const std::string description = "'" + path + "' " + problem;
  return InvalidArgument("SECRET_UNUSABLE", name + ": " + description).WithViolations({{name, description}});
}

Result<std::string> ReadSecret(const std::string& name, const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return Unusable(name, path, "does not exist or cannot be reached");
  if (!S_ISREG(found.st_mode)) return Unusable(name, path, "is not a file");
  if ((found.st_mode & S_IROTH) != 0) {
    return Unusable(name, path,
                    "may be read by everybody; run: chmod o-rwx '" + path +
                        "' (in Kubernetes: defaultMode: 0440 of the secret volume)");
  }
  std::ifstream file(path, std::ios::binary);
  std::string secret(kMaxBytes + 1, '\0');
  if (!file) return Unusable(name, path, "cannot be read by the user of this program");
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  secret.resize(static_cast<std::size_t>(file.gcount()));
  if (secret.size() > kMaxBytes) return Unusable(name, path, "is longer than 65536 bytes");
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return Unusable(name, path, "is empty");
  return secret;
}

class WatchedSecret final : public SecretFile {
 public:
  WatchedSecret(std::string name, std::string path, FileStamp stamp, std::string secret)
      : name_(std::move(name)), path_(std::move(path)), stamp_(stamp), secret_(std::move(secret)) {}
  ~WatchedSecret() override = default;

  std::string Get() override {
    const std::lock_guard lock(mutex_);
    // Stamped before it is read: a change in between is seen the next time.
    if (const FileStamp stamp = StampOf(path_); stamp != stamp_) {
      stamp_ = stamp;
      Result<std::string> secret = ReadSecret(name_, path_);
      if (secret.ok()) {
        secret_ = std::move(secret).value();
        Log(LogLevel::kInfo, "secret read again", {{"setting", name_}, {"file", path_}});
      } else {
        Log(LogLevel::kError, "the new secret cannot be used; the old one holds",
            {{"setting", name_}, {"error", secret.status().message()}});
      }
    }
    return secret_;
  }

 private:
  std::mutex mutex_;
  std::string name_;
  std::string path_;
  FileStamp stamp_;
  std::string secret_;
};

}  // namespace

Status CheckSecretFile(const std::string& name, const std::string& path) { return ReadSecret(name, path).status(); }

Result<std::shared_ptr<SecretFile>> SecretFile::Open(const std::string& name, const std::string& path) {
  const FileStamp stamp = StampOf(path);
  FARRELL_ASSIGN_OR_RETURN(std::string secret, ReadSecret(name, path));
  return std::shared_ptr<SecretFile>(std::make_shared<WatchedSecret>(name, path, stamp, std::move(secret)));
}

}  // namespace farrell
