// Prints the one table of faults, and misses whoever left no line in it.
#include <gtest/gtest.h>

#include <iostream>
#include <set>
#include <string>

#include "tests/support/fault_table.h"
#include "tests/support/process.h"

namespace farrell::testing {
namespace {

// What must stand in the table: fault and workload, as the programs of `faults` name them.
const std::set<std::pair<std::string, std::string>> kExpected = {
    {"kill -9 farrell-data", "study"},
    {"kill -9 farrell-dea", "study"},
    {"kill -9 farrell-regression", "study"},
    {"kill -9 farrell-reporting", "study"},
    {"kill -9 farrell-solver", "study"},
    {"kill -9 redis cache", "study"},
    {"kill -9 redis coordination", "study"},
    {"kill -9 postgresql", "study"},
    {"kill -9 farrell-data", "bootstrap"},
    {"kill -9 farrell-dea", "bootstrap"},
    {"kill -9 farrell-solver", "bootstrap"},
    {"kill -9 redis cache", "bootstrap"},
    {"kill -9 redis coordination", "bootstrap"},
    {"kill -9 postgresql", "bootstrap"},
    {"SIGSTOP 1.5 s farrell-data", "study"},
    {"SIGSTOP 1.5 s farrell-dea", "study"},
    {"SIGSTOP 1.5 s farrell-regression", "study"},
    {"SIGSTOP 1.5 s farrell-reporting", "study"},
    {"SIGSTOP 1.5 s farrell-solver", "study"},
    {"SIGSTOP 1.5 s redis cache", "study"},
    {"SIGSTOP 1.5 s redis coordination", "study"},
    {"SIGSTOP 1.5 s postgresql", "study"},
    {"SIGSTOP 1.5 s farrell-data", "bootstrap"},
    {"SIGSTOP 1.5 s farrell-dea", "bootstrap"},
    {"SIGSTOP 1.5 s farrell-solver", "bootstrap"},
    {"SIGSTOP 1.5 s redis cache", "bootstrap"},
    {"SIGSTOP 1.5 s redis coordination", "bootstrap"},
    {"SIGSTOP 1.5 s postgresql", "bootstrap"},
    {"clock of dea, regression, solvers +1 h, jumps to -1 h", "study"},
    {"clock of dea, regression, solvers +1 h, jumps to -1 h", "bootstrap"},
    {"solver of another numeric ABI, the right ones killed", "bootstrap"},
    {"network loses 10 % of packets", "study"},
    {"network loses 10 % of packets", "bootstrap"},
    {"network of 1 Mbit/s, up to 400 ms late", "study"},
    {"network of 1 Mbit/s, up to 400 ms late", "bootstrap"},
    {"network cut for 2 s", "study"},
    {"network cut for 2 s", "bootstrap"},
    {"cache entry damaged, every bit", "look-up"},
    {"certificates and authority replaced under load", "calls"},
    {"disk full", "sqlite"},
    {"disk full", "postgresql"},
    {"solvers 1 -> 6 -> 1", "shared bootstrap"},
    {"every shard delivered twice", "shared bootstrap"},
    {"tasks, shards and parts damaged in Redis", "shared bootstrap"},
    {"caller cancels", "shared bootstrap"},
    {"200 clients on one cold key: one solve", "evaluation"},
    {"sentinel failover, the stream's tail lost", "bootstrap"},
};

TEST(FaultTable, IsWholeAndHasNoFailure) {
  const auto lines = FaultLines();
  const std::string table = FormatFaultTable(lines);
  std::cout << table;
  WriteFile(std::string(FARRELL_BINARY_DIR) + "/faults.md", table);
  for (const auto& key : kExpected) {
    EXPECT_TRUE(lines.contains(key)) << key.first << ", " << key.second << ": its test left no line";
  }
  for (const auto& [key, line] : lines) {
    EXPECT_TRUE(kExpected.contains(key)) << key.first << ", " << key.second << " is not expected: add it here";
    if (!line.skipped.empty()) continue;
    EXPECT_GT(line.injected, 0) << key.first;
    EXPECT_EQ(line.failures, 0) << key.first << ", " << key.second;
    EXPECT_EQ(line.typed_errors, line.retried_ok) << key.first << ", " << key.second;
  }
  // The next run leaves its own.
  std::filesystem::remove_all(std::string(FARRELL_BINARY_DIR) + "/fault-table");
}

}  // namespace
}  // namespace farrell::testing
