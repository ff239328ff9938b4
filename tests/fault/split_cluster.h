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

struct SplitPlace {
  // Data, reporting and both Redis are reached at this address of this machine.
  std::string host = "127.0.0.1";
  // Where dea, regression and the solvers run.
  Surroundings computing{};
};

class SplitCluster {
 public:
  explicit SplitCluster(const SplitPlace& place = {});

  // farrell-data, farrell-dea, farrell-regression, farrell-reporting, farrell-solver, redis cache, redis coordination,
  // postgresql.
  std::vector<Part> Parts();

  // Of one more solver like those that it has.
  std::vector<std::string> SolverFlags(const SplitPlace& place = {}) const;

  // What tells the command line where the services are.
  std::map<std::string, std::string> Environment() const;

  // Takes away everything computed, in memory, Redis and the store, so that the next run computes again.
  void Forget();

  // What disturbances left half done: empty when the store is whole, no run, shard, task or lease is left, and there is
  // no file where none belongs. Waits for what expires.
  std::string Remains();

  TempDir dir;
  const int cache_port = FreePort();
  const int coordination_port = FreePort();
  RedisServer cache;
  RedisServer coordination;
  PostgresServer postgres;
  const std::string database = postgres.CreateDatabase();
  ServerProgram data;
  ServerProgram dea;
  ServerProgram regression;
  ServerProgram reporting;

 private:
  // Flags of a program that computes.
  std::vector<std::string> Computing(const SplitPlace& place, const std::vector<std::string>& more) const;
  std::string Sql(const std::string& statement) const;
  std::vector<std::string> Keys(const std::string& pattern) const;

  std::array<TempDir, 2> solver_dirs_;

 public:
  std::vector<std::unique_ptr<ServerProgram>> solvers;
};

}  // namespace farrell::testing
