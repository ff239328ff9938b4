// A secret in a file: never in an argument, a variable or a log.
#pragma once

#include <memory>
#include <string>

#include "common/status/status.h"

namespace farrell {

// Whether `path` can hold a secret: a file that can be read, that not everybody may read, with 1 to 65536 bytes.
// INVALID_ARGUMENT, reason SECRET_UNUSABLE, tells the fix. `name` is the setting it came from. A check for
// SettingTable::Text.
Status CheckSecretFile(const std::string& name, const std::string& path);

// Thread-safe.
class SecretFile {
 public:
  // Errors of CheckSecretFile.
  static Result<std::shared_ptr<SecretFile>> Open(const std::string& name, const std::string& path);
  virtual ~SecretFile() = default;

  // The content without newlines at its end. Looks at the file's stamp each time and reads it again when it changed;
  // while the new file is unusable the old secret holds, and the log says so once.
  virtual std::string Get() = 0;
};

}  // namespace farrell
