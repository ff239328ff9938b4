// Memory over many mixed calls: farrell loadtest against real processes, resident memory read between its stretches.
//
// The first half warms up: thread pools, arenas of the allocator, and the cache of results, which is given little room,
// so that it is full and from then on only changes. In the second half a process may grow by kNoise – pages that the
// allocator touches for the first time in a rare order of events – and by kBytesPerCall, a tenth of what the smallest
// object that a call leaves behind (its CallInfo) would take. With 100,000 calls that is 132 bytes a call in all, with
// 5,000 about 1,700.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/support/long_run.h"

namespace farrell::testing {
namespace {

constexpr int kStretches = 8;
constexpr double kNoise = 4.0 * 1024 * 1024;
constexpr double kBytesPerCall = 48;

double ResidentBytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return 1024 * std::stod(line.substr(6));
  }
  return 0;
}

TEST(Soak, MemoryIsFlatOverMixedCalls) {
  const int calls = LongRun() ? 100'000 : 5'000;
  Cluster cluster({"--cache-memory", "1"}, {}, {"--cache-memory", "1"});
  // Results in Redis are bounded as they are in earnest.
  ASSERT_EQ(cluster.redis.Cli({"CONFIG", "SET", "maxmemory", "8mb"}), "OK");
  ASSERT_EQ(cluster.redis.Cli({"CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"}), "OK");

  const std::map<std::string, pid_t> processes = {{"data", cluster.data.process().pid()},
                                                  {"dea", cluster.dea.process().pid()},
                                                  {"regression", cluster.regression.process().pid()},
                                                  {"reporting", cluster.reporting.process().pid()}};
  std::map<std::string, std::vector<double>> resident;
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const Finished run = Farrell({"loadtest", "--calls", std::to_string(calls / kStretches), "--clients", "4", "--seed",
                                  std::to_string(stretch), "--units", "12", "--periods", "4", "--quiet"},
                                 cluster.Environment());
    ASSERT_EQ(run.exit_code, 0) << run.output;
    for (const auto& [name, pid] : processes) {
      resident[name].push_back(ResidentBytes(pid));
      ASSERT_GT(resident[name].back(), 0) << name << " has ended";
    }
  }
  const double allowed = kNoise + kBytesPerCall * calls / 2;
  for (const auto& [name, bytes] : resident) {
    std::string course;
    for (const double each : bytes) course += " " + std::to_string(static_cast<long>(each / 1024)) + " KiB";
    RecordProperty(name, course);
    EXPECT_LE(bytes.back() - bytes[kStretches / 2 - 1], allowed) << name << ":" << course;
  }
}

}  // namespace
}  // namespace farrell::testing
