// The file of a backup: lines of JSON, each after the SHA-256 of the line before it and its own text, so that a
// changed, missing, doubled or moved line is found where it is, and a file that was cut off by its missing last line.
//
//   <64 hexadecimal digits> {"farrell_backup":1,"components":[{"name":"data","version":1},...]}
//   <64 hexadecimal digits> {"table":"data_columns","columns":["digest","body"]}
//   <64 hexadecimal digits> ["3f…","AAEC…"]
//   <64 hexadecimal digits> {"end":true,"rows":2}
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "common/status/status.h"
#include "nlohmann/json.hpp"

namespace farrell::backup {

// Written beside its name and given it by Finish, so that a name stands for a whole backup.
class BackupWriter {
 public:
  // ALREADY_EXISTS, reason BACKUP_EXISTS; INTERNAL, reason OUTPUT_FAILED.
  static Result<std::unique_ptr<BackupWriter>> Create(const std::string& path);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  // INTERNAL, reason OUTPUT_FAILED, as when the disk is full; DATA_LOSS, reason STORE_CORRUPT, for a text that is not
  // UTF-8.
  Status Write(const nlohmann::json& line);
  // All of it on the disk, under its name.
  Status Finish();

 private:
  BackupWriter(std::string path, int file);
  std::string partial() const { return path_ + ".partial"; }
  Status Failed(int error) const;
  Status Flush();

  std::string path_;
  int file_;
  std::string buffer_;
  std::string digest_;
};

class BackupReader {
 public:
  // NOT_FOUND, reason FILE_NOT_FOUND.
  static Result<std::unique_ptr<BackupReader>> Open(const std::string& path);

  // The next line, or nothing at the end of the file.
  // DATA_LOSS, reason BACKUP_DAMAGED, naming the line and the byte where it begins; INVALID_ARGUMENT, reason
  // BACKUP_INVALID, when the first line is not one of a backup.
  Result<std::optional<nlohmann::json>> Next();

  // BACKUP_DAMAGED at the line read last.
  Status Damaged(const std::string& problem) const;

 private:
  explicit BackupReader(std::string path);

  std::string path_;
  std::ifstream file_;
  std::string digest_;
  std::int64_t line_ = 0;   // read last, from 1
  std::int64_t begin_ = 0;  // its first byte
  std::int64_t next_ = 0;   // the first byte after it
};

}  // namespace farrell::backup
