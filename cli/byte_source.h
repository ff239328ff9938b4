// The bytes of a file or of standard input, in chunks, without getting stuck when the user asks to stop.
#pragma once

#include <cstddef>
#include <string>

#include "cli/interrupt.h"
#include "common/status/status.h"

namespace farrell::cli {

class ByteSource {
 public:
  // A path, or "-" for standard input. NOT_FOUND, reason FILE_NOT_FOUND; INVALID_ARGUMENT, reason FILE_UNREADABLE (a
  // folder, no permission).
  static Result<ByteSource> Open(const std::string& path);

  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&& other) noexcept;
  ~ByteSource();

  // The next at most `size` bytes; empty at the end. CANCELLED when the user asks to stop.
  Result<std::string> Read(std::size_t size, Interrupt& interrupt);

 private:
  ByteSource(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  int descriptor_;
  std::string name_;
};

// A whole file.
Result<std::string> ReadFile(const std::string& path, Interrupt& interrupt);

}  // namespace farrell::cli
