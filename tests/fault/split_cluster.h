// A deployment in small: the four services, two solvers, PostgreSQL, and a Redis each for results and for coordination.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/support/postgres_server.h"

namespace farrell::testing {

// A part of the cluster that can die, stand still and come back.
struct Part {
  std::string name;
  std::function<void()> kill;    // SIGKILL
  std::function<void()> start;   // after `kill`, at the same address
  std::function<void()> pause;   // SIGSTOP
  std::function<void()> resume;  // SIGCONT
};

class SplitCluster {
 public:
  SplitCluster();

  // farrell-data, farrell-dea, farrell-regression, farrell-reporting, farrell-solver, redis cache, redis coordination,
  // postgresql.
  std::vector<Part> Parts();

  // What tells the command line where the services are.
  std::map<std::string, std::string> Environment() const;

  // Takes away everything computed, in memory, Redis and the store, so that the next run computes again.
  void Forget();

  // What disturbances left half done: empty when the store is whole, no run, shard, task or lease is left, and there is
  // no file where none belongs. Waits for what expires.
  std::string Remains();

  TempDir dir;
  RedisServer cache{{"--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lfu"}};
  RedisServer coordination{{"--appendonly", "yes", "--maxmemory-policy", "noeviction"}};
  PostgresServer postgres;
  const std::string database = postgres.CreateDatabase();
  ServerProgram data;
  ServerProgram dea;
  ServerProgram regression;
  ServerProgram reporting;

 private:
  std::vector<std::string> Keys(const std::string& pattern) const;

  std::array<TempDir, 2> solver_dirs_;

 public:
  std::vector<std::unique_ptr<ServerProgram>> solvers;
};

}  // namespace farrell::testing
