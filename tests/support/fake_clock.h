// A clock of the wall that a test sets for the programs it starts (Debian: faketime). Their monotonic clock stays
// right.
#pragma once

#include <map>
#include <string>

namespace farrell::testing {

class FakeClock {
 public:
  // Right until it is set. The offset stands in `file`.
  explicit FakeClock(std::string file);

  // What is missing on this machine; empty: nothing.
  static std::string Missing();

  // "+1h", "-2d", "+0": the offset from now on, also for programs that run already.
  void Set(const std::string& offset) const;

  // Of the programs that have this clock.
  std::map<std::string, std::string> environment() const;

 private:
  std::string file_;
};

}  // namespace farrell::testing
