// A program beside this one: fed on standard input, drained, held to a time and a memory limit, ended when nobody waits
// for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell {

struct SideProcess {
  // `arguments[0]` is the program: looked up in PATH unless it holds a slash.
  std::vector<std::string> arguments;
  std::string input;
  // Set for the program, or taken out of its environment where empty; everything else is inherited. NODE_OPTIONS never
  // is.
  std::map<std::string, std::string> environment;
  std::chrono::milliseconds timeout{60000};
  // Address space; 0: no limit. For programs that map little more than they use, so not for Node.
  std::size_t most_memory_bytes = 0;
  // Processor time; 0: no limit. A program that uses more is ended by SIGXCPU or SIGKILL.
  int most_processor_seconds = 0;
  std::size_t most_output_bytes = std::size_t{256} << 20U;
};

struct SideProcessEnd {
  // Exit code, or 128 + signal.
  int exit_code = 0;
  std::string output;
  // At most 64 KiB.
  std::string errors;
};

// How it ended; an exit code other than 0 is no error here. Errors: NOT_FOUND PROGRAM_MISSING (it cannot be started),
// CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED OUTPUT_TOO_LARGE, INTERNAL SIDE_PROCESS_FAILED.
Result<SideProcessEnd> RunSideProcess(const SideProcess& process, const std::stop_token& stop);

// The first line of what a program says.
std::string FirstLine(const std::string& text);

}  // namespace farrell
