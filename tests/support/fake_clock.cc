#include "tests/support/fake_clock.h"

#include <filesystem>
#include <utility>

#include "tests/support/process.h"

namespace farrell::testing {
namespace {

constexpr const char* kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

}  // namespace

FakeClock::FakeClock(std::string file) : file_(std::move(file)) { Set("+0"); }

std::string FakeClock::Missing() {
  return std::filesystem::exists(kLibrary) ? "" : "libfaketime is not installed (Debian: faketime)";
}

void FakeClock::Set(const std::string& offset) const {
  // Whole or not at all: programs read it at every look at the clock.
  WriteFile(file_ + ".new", offset + "\n");
  std::filesystem::rename(file_ + ".new", file_);
}

std::map<std::string, std::string> FakeClock::environment() const {
  return {{"LD_PRELOAD", kLibrary},
          {"FAKETIME_TIMESTAMP_FILE", file_},
          {"FAKETIME_NO_CACHE", "1"},
          {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}};
}

}  // namespace farrell::testing
