// A process that asks for one key, for tests with several: many callers on threads of one ResultCache.
//
//   cache_process REDIS COORDINATION KEY CALLERS LEASE_MS LOG GATE
//
// Whoever computes appends "begin PID" to LOG, waits until the file GATE exists, appends "end PID" and answers
// "result of KEY", or fails with FAILED_PRECONDITION when GATE says "fail". Every caller appends "answer SOURCE BYTES"
// or "error REASON MESSAGE".
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/cache/result_cache.h"
#include "tests/support/process.h"

namespace {

void Append(const std::string& log, const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::ofstream(log, std::ios::app) << line + "\n" << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) return 2;
  const std::string key = argv[3];
  const std::string log = argv[6];
  const std::string gate = argv[7];
  farrell::ResultCache cache({.max_bytes = 1 << 20,
                              .redis = {.address = argv[1], .timeout = std::chrono::seconds(2)},
                              .coordination = {.address = argv[2], .timeout = std::chrono::seconds(2)},
                              .lease = std::chrono::milliseconds(std::atoi(argv[5]))});
  const auto compute = [&](const std::stop_token&) -> farrell::Result<std::string> {
    Append(log, "begin " + std::to_string(getpid()));
    while (farrell::testing::ReadFile(gate).empty()) farrell::testing::PauseBriefly();
    Append(log, "end " + std::to_string(getpid()));
    if (farrell::testing::ReadFile(gate) == "fail")
      return farrell::FailedPrecondition("NO_FRONTIER", "no unit is left");
    return "result of " + key;
  };
  const int count = std::atoi(argv[4]);
  std::atomic<int> answered = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < count; ++caller) {
    callers.emplace_back([&] {
      const auto found = cache.GetOrCompute(key, false, {}, compute);
      Append(log, found.ok() ? "answer " + std::string(SourceName(found->source)) + " " + found->bytes
                             : "error " + found.status().reason() + " " + found.status().message());
      ++answered;
    });
  }
  while (cache.WaitingForTest(key) < count && answered < count) farrell::testing::PauseBriefly();
  Append(log, "ready");
  return 0;
}
