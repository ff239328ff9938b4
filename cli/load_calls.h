// The calls of `farrell loadtest`, on a made-up table.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cli/load_run.h"
#include "cli/session.h"
#include "common/status/status.h"

namespace farrell::cli {

// The table of the calls: `units` over `periods` with three inputs and two outputs, the same for the same sizes.
struct LoadTable {
  int units = 30;
  int periods = 10;
};

class LoadCalls {
 public:
  // Uploads the table and has it evaluated once. Errors: those of the services.
  static Result<std::unique_ptr<LoadCalls>> Prepare(Session& session, const LoadTable& table, std::int64_t seed);

  // What a client calls with: connections of its own to services elsewhere, else the ones inside this process.
  MakeCall Client() const;

 private:
  LoadCalls(Session& session, std::int64_t seed) : session_(session), seed_(seed) {}

  Session& session_;
  const std::int64_t seed_;
  Endpoints endpoints_;
  std::string snapshot_;
};

// One line for each server: its address and version; inside this process: this program's version.
Result<std::vector<std::string>> DescribeServers(Session& session);

// "Intel(R) Xeon(R) CPU, 2 cores".
std::string DescribeMachine();

}  // namespace farrell::cli
