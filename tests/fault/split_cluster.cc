#include "tests/fault/split_cluster.h"

#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace farrell::testing {
namespace {

// Removes the keys of a pattern in the server: ten thousand are more than a command line takes.
constexpr const char* kRemoveKeys = R"(
  local cursor = '0'
  repeat
    local found = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
    cursor = found[1]
    for _, key in ipairs(found[2]) do redis.call('DEL', key) end
  until cursor == '0'
  return redis.status_reply('OK'))";

Part ProgramPart(const std::string& name, ServerProgram& program) {
  return {.name = name,
          .kill = [&program] { program.Kill(); },
          .start = [&program] { program.Start(); },
          .pause = [&program] { program.process().Signal(SIGSTOP); },
          .resume = [&program] { program.process().Signal(SIGCONT); }};
}

Part RedisPart(const std::string& name, RedisServer& redis) {
  return {.name = name,
          .kill = [&redis] { redis.Stop(); },
          .start = [&redis] { redis.Start(); },
          .pause = [&redis] { redis.Pause(); },
          .resume = [&redis] { redis.Resume(); }};
}

}  // namespace

SplitCluster::SplitCluster(const SplitPlace& place)
    : cache({"--bind", place.host, "--port", std::to_string(cache_port), "--maxmemory", "256mb", "--maxmemory-policy",
             "allkeys-lfu"}),
      coordination({"--bind", place.host, "--port", std::to_string(coordination_port), "--appendonly", "yes",
                    "--maxmemory-policy", "noeviction"}),
      data("farrell-data", {"--database", database}, dir, {.host = place.host}),
      // Everything that can be shared is, in shards of 64 replications, or fewer.
      dea("farrell-dea", Computing(place, {"--share-above", "0", "--shard", "0.002"}), dir, place.computing),
      regression("farrell-regression", Computing(place, {"--dea", dea.address()}), dir, place.computing),
      reporting("farrell-reporting",
                {"--database", database, "--data", data.address(), "--dea", dea.address(), "--regression",
                 regression.address()},
                dir, {.host = place.host}) {
  for (const TempDir& solver_dir : solver_dirs_) {
    solvers.push_back(
        std::make_unique<ServerProgram>("farrell-solver", SolverFlags(place), solver_dir, place.computing));
  }
}

std::vector<std::string> SplitCluster::Computing(const SplitPlace& place, const std::vector<std::string>& more) const {
  std::vector<std::string> flags = {"--data",         data.address(),
                                    "--redis",        place.host + ":" + std::to_string(cache_port),
                                    "--coordination", place.host + ":" + std::to_string(coordination_port)};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

std::vector<std::string> SplitCluster::SolverFlags(const SplitPlace& place) const {
  return Computing(place, {"--threads", "1", "--abandoned-after", "1", "--metrics", "127.0.0.1:0"});
}

std::vector<Part> SplitCluster::Parts() {
  return {ProgramPart("farrell-data", data),
          ProgramPart("farrell-dea", dea),
          ProgramPart("farrell-regression", regression),
          ProgramPart("farrell-reporting", reporting),
          ProgramPart("farrell-solver", *solvers[0]),
          RedisPart("redis cache", cache),
          RedisPart("redis coordination", coordination),
          {.name = "postgresql",
           .kill = [this] { postgres.Kill(); },
           .start = [this] { postgres.Start(); },
           .pause = [this] { postgres.Pause(); },
           .resume = [this] { postgres.Resume(); }}};
}

std::map<std::string, std::string> SplitCluster::Environment() const {
  return {{"FARRELL_DATA", data.address()},
          {"FARRELL_DEA", dea.address()},
          {"FARRELL_REGRESSION", regression.address()},
          {"FARRELL_REPORTING", reporting.address()}};
}

void SplitCluster::Forget() {
  for (ServerProgram* program : {&dea, &regression}) program->Kill();
  const std::string truncated = Sql("TRUNCATE reporting_steps");
  if (truncated != "TRUNCATE TABLE") throw std::runtime_error("steps are not forgotten: " + truncated);
  for (const RedisServer* redis : {&cache, &coordination}) {
    for (const char* kind : {"farrell.ac:*", "farrell.cas:*", "farrell.part:*"}) {
      const std::string emptied = redis->Cli({"EVAL", kRemoveKeys, "0", kind});
      if (emptied != "OK") throw std::runtime_error("results are not forgotten: " + emptied);
    }
  }
  for (ServerProgram* program : {&dea, &regression}) program->Start();
}

std::vector<std::string> SplitCluster::Keys(const std::string& pattern) const {
  std::istringstream lines(coordination.Cli({"--scan", "--pattern", pattern}));
  std::vector<std::string> keys;
  for (std::string key; std::getline(lines, key);) {
    if (!key.empty()) keys.push_back(key);
  }
  return keys;
}

std::string SplitCluster::Sql(const std::string& statement) const {
  const std::size_t name = database.rfind('/', database.find('?')) + 1;
  return postgres.Psql(statement, database.substr(name, database.find('?') - name));
}

std::string SplitCluster::Remains() {
  std::string found;
  // A run whose end could not be recorded is found cancelled after a minute without a sign of life: it passes here.
  Sql("UPDATE reporting_runs SET alive_ns = alive_ns - 61000000000");
  const Finished check = Farrell({"admin", "check", "--database", database}, {});
  if (check.exit_code != 0 || check.output.find("damaged 0") == std::string::npos) found += check.output;
  const Finished runs = Farrell({"study", "list"}, Environment());
  if (runs.exit_code != 0 || runs.output.find("running") != std::string::npos) found += runs.output;

  const auto shards = [&] {
    std::string left;
    for (const std::string& stream : Keys("farrell.shards:*")) {
      if (coordination.Cli({"XLEN", stream}) != "0") left += "shards in " + stream + "\n";
    }
    for (const char* kind : {"farrell.lease:*", "farrell.job:*"}) {
      for (const std::string& key : Keys(kind)) left += key + "\n";
    }
    return left;
  };
  if (!Eventually([&] { return shards().empty(); }, std::chrono::seconds(30))) found += shards();
  // All else that a job leaves when its service dies goes by itself.
  for (const char* kind :
       {"farrell.task:*", "farrell.done:*", "farrell.fence:*", "farrell.waiters:*", "farrell.outcome:*"}) {
    for (const std::string& key : Keys(kind)) {
      if (coordination.Cli({"TTL", key}) == "-1") found += key + " never expires\n";
    }
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".log" && extension != ".port") found += entry.path().string() + "\n";
  }
  return found;
}

}  // namespace farrell::testing
