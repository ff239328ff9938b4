#include "common/backup/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "common/canonical/canonical.h"

namespace farrell::backup {
namespace {

constexpr std::string_view kDomain = "farrell.backup.v1";
constexpr std::size_t kDigestLength = 64;
constexpr std::size_t kBufferBytes = 1U << 20U;

std::string Chained(std::string_view before, std::string_view text) {
  canonical::Sha256Stream stream;
  stream.Update(before);
  stream.Update(std::string_view("\0", 1));
  stream.Update(text);
  return stream.Finish();
}

}  // namespace

BackupWriter::BackupWriter(std::string path, int file) : path_(std::move(path)), file_(file), digest_(kDomain) {}

BackupWriter::~BackupWriter() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(partial().c_str());
}

Result<std::unique_ptr<BackupWriter>> BackupWriter::Create(const std::string& path) {
  if (std::filesystem::exists(path)) {
    return Status(Code::kAlreadyExists, "BACKUP_EXISTS", path + " exists: a backup never replaces a file, name another")
        .With("path", path);
  }
  // What a backup holds is for those who may read the store.
  const int file = ::open((path + ".partial").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::unique_ptr<BackupWriter> writer(new BackupWriter(path, file));
  if (file < 0) return writer->Failed(errno);
  return writer;
}

Status BackupWriter::Failed(int error) const {
  return Internal("OUTPUT_FAILED", "cannot write " + path_ + ": " + std::strerror(error)).With("path", path_);
}

Status BackupWriter::Flush() {
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t count = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(errno);
    done += static_cast<std::size_t>(count);
  }
  buffer_.clear();
  return Status::Ok();
}

Status BackupWriter::Write(const nlohmann::json& line) {
  std::string text;
  try {
    text = line.dump();
  } catch (const nlohmann::json::type_error&) {
    return {Code::kDataLoss, "STORE_CORRUPT", "a text in the store is not UTF-8: `farrell admin check` says where"};
  }
  digest_ = Chained(digest_, text);
  buffer_ += digest_ + " " + text + "\n";
  return buffer_.size() < kBufferBytes ? Status::Ok() : Flush();
}

Status BackupWriter::Finish() {
  FARRELL_RETURN_IF_ERROR(Flush());
  if (::fsync(file_) != 0) return Failed(errno);
  if (::rename(partial().c_str(), path_.c_str()) != 0) return Failed(errno);
  if (::close(std::exchange(file_, -1)) != 0) return Failed(errno);
  const std::string folder = std::filesystem::absolute(path_).parent_path().string();
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return Status::Ok();
}

BackupReader::BackupReader(std::string path)
    : path_(std::move(path)), file_(path_, std::ios::binary), digest_(kDomain) {}

Result<std::unique_ptr<BackupReader>> BackupReader::Open(const std::string& path) {
  std::unique_ptr<BackupReader> reader(new BackupReader(path));
  if (!reader->file_ || std::filesystem::is_directory(path)) {
    return NotFound("FILE_NOT_FOUND", "cannot read the backup " + path).With("path", path);
  }
  return reader;
}

Status BackupReader::Damaged(const std::string& problem) const {
  return Status(Code::kDataLoss, "BACKUP_DAMAGED",
                path_ + ", line " + std::to_string(line_) + ", from byte " + std::to_string(begin_) + ": " + problem)
      .With("path", path_)
      .With("line", std::to_string(line_))
      .With("byte", std::to_string(begin_));
}

Result<std::optional<nlohmann::json>> BackupReader::Next() {
  std::string line;
  if (!std::getline(file_, line)) return std::optional<nlohmann::json>();
  ++line_;
  begin_ = next_;
  next_ += static_cast<std::int64_t>(line.size()) + 1;
  const bool shaped = line.size() > kDigestLength + 1 && line[kDigestLength] == ' ';
  const std::string_view text = shaped ? std::string_view(line).substr(kDigestLength + 1) : std::string_view();
  const std::string expected = Chained(digest_, text);
  if (!shaped || std::string_view(line).substr(0, kDigestLength) != expected) {
    if (line_ == 1 && text.find("\"farrell_backup\"") == std::string_view::npos) {
      return InvalidArgument("BACKUP_INVALID", path_ + " is not a backup of Farrell").With("path", path_);
    }
    return Damaged(file_.eof() ? "the file was cut off inside this line"
                               : "not what was written: this line or the one before it was changed, lost or moved");
  }
  digest_ = expected;
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return Damaged("not JSON");
  return std::optional<nlohmann::json>(std::move(value));
}

}  // namespace farrell::backup
