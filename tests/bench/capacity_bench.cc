// The constants of docs/scaling.md and what follows from them: run by ./dev bench, not by ctest.
//
// Real processes (services, Redis, PostgreSQL where it can run) under farrell loadtest, one kind of call at a time;
// processor time of each process over the number of calls is what a call of that kind costs there. The model with these
// constants is then held against the same cluster under the mixed load, at rates it was not fitted to.
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/rpc/channel.h"
#include "tests/bench/capacity_model.h"
#include "tests/bench/cpu_share.h"
#include "tests/integration/cluster.h"
#include "tests/support/postgres_server.h"

namespace farrell::capacity {
namespace {

using testing::Cluster;
using testing::PostgresServer;

const std::vector<std::string> kProcesses = {"client", "dea", "data", "regression", "redis", "postgresql"};
const std::vector<std::pair<std::string, double>> kMixed = {
    {"cached", 60}, {"small", 10}, {"fit", 10}, {"read", 10}, {"describe", 10}};
constexpr int kConnections = 200;

double TicksToSeconds(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

// Processor seconds of a process and of the children it has reaped.
double ProcessorSeconds(const std::string& pid) {
  const std::string stat = testing::ReadFile("/proc/" + pid + "/stat");
  const std::size_t name = stat.rfind(')');
  if (name == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double ticks = 0;
  for (int i = 0; i < 4; ++i) {
    double each = 0;
    fields >> each;
    ticks += each;
  }
  return TicksToSeconds(ticks);
}

// Processor seconds of a PostgreSQL server: its first process and all that this one started, also those that ended.
double ProcessorSecondsOf(const PostgresServer& server) {
  const std::string first = testing::ReadFile(server.folder().string() + "/data/postmaster.pid");
  const std::string pid = first.substr(0, first.find('\n'));
  double seconds = ProcessorSeconds(pid);
  std::istringstream children(testing::ReadFile("/proc/" + pid + "/task/" + pid + "/children"));
  for (std::string child; children >> child;) seconds += ProcessorSeconds(child);
  return seconds;
}

double ResidentKibibytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
  }
  return 0;
}

struct Counts {
  std::vector<double> seconds;  // in the order of kProcesses
  double redis_bytes = 0;
  double redis_commands = 0;
  double transactions = 0;
};

struct Run {
  nlohmann::json all;  // the row of all calls
  double calls = 0;
  Counts spent{};  // a call
};

class Bench {
 public:
  Bench() {
    if (PostgresServer::Missing().empty()) {
      postgres_ = std::make_unique<PostgresServer>();
      database_ = postgres_->CreateDatabase();
    } else {
      std::printf("PostgreSQL is not measured: %s; data keeps its state in SQLite\n",
                  PostgresServer::Missing().c_str());
    }
    cluster_ = std::make_unique<Cluster>(
        std::vector<std::string>{},
        postgres_ ? std::vector<std::string>{"--database", database_} : std::vector<std::string>{});
  }

  Run Load(const std::string& mix, double seconds, int clients, double rate = 0) {
    std::vector<std::string> arguments = {
        "loadtest", "--mix", mix,       "--duration", std::to_string(seconds), "--clients", std::to_string(clients),
        "--format", "json",  "--quiet", "--seed",     std::to_string(++seed_)};
    if (rate > 0) arguments.insert(arguments.end(), {"--rate", std::to_string(rate)});
    const Counts before = Read();
    const testing::Finished finished = testing::Farrell(arguments, cluster_->Environment());
    const Counts after = Read();
    if (finished.exit_code != 0) {
      std::fprintf(stderr, "%s\n", finished.output.c_str());
      std::exit(1);
    }
    const nlohmann::json report = nlohmann::json::parse(finished.output);
    machine_ = report["machine"];
    Run run{.all = report["rows"].back(), .calls = report["rows"].back()["calls"].get<double>()};
    for (std::size_t i = 0; i < kProcesses.size(); ++i) {
      run.spent.seconds.push_back((after.seconds[i] - before.seconds[i]) / run.calls);
    }
    run.spent.redis_bytes = (after.redis_bytes - before.redis_bytes) / run.calls;
    run.spent.redis_commands = (after.redis_commands - before.redis_commands) / run.calls;
    run.spent.transactions = (after.transactions - before.transactions) / run.calls;
    return run;
  }

  // KiB of farrell-dea that a connection keeps once it has carried a call.
  double KibibytesOfAConnection() {
    const pid_t pid = dea();
    std::vector<std::unique_ptr<dea::v1::DeaService::Stub>> stubs;
    const auto connect = [&] {
      stubs.push_back(dea::v1::DeaService::NewStub(MakeOwnChannel(cluster_->dea.address())));
      grpc::ClientContext context;
      dea::v1::GetCapabilitiesResponse response;
      (void)stubs.back()->GetCapabilities(&context, {}, &response);
    };
    connect();
    const double before = ResidentKibibytes(pid);
    for (int i = 0; i < kConnections; ++i) connect();
    return (ResidentKibibytes(pid) - before) / kConnections;
  }

  pid_t dea() { return cluster_->dea.process().pid(); }
  const std::string& machine() const { return machine_; }

 private:
  // One number of Redis' INFO.
  double RedisInfo(const std::string& key) const {
    const std::string info = cluster_->redis.Cli({"INFO"});
    const std::size_t at = info.find("\n" + key + ":");
    return at == std::string::npos ? 0 : std::stod(info.substr(at + key.size() + 2));
  }

  Counts Read() {
    rusage children{};
    getrusage(RUSAGE_CHILDREN, &children);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    Counts counts;
    counts.seconds = {seconds(children.ru_utime) + seconds(children.ru_stime),
                      cluster_->dea.process().ProcessorMilliseconds() / 1e3,
                      cluster_->data.process().ProcessorMilliseconds() / 1e3,
                      cluster_->regression.process().ProcessorMilliseconds() / 1e3,
                      RedisInfo("used_cpu_user") + RedisInfo("used_cpu_sys"),
                      postgres_ ? ProcessorSecondsOf(*postgres_) : 0};
    counts.redis_bytes = RedisInfo("total_net_input_bytes") + RedisInfo("total_net_output_bytes");
    counts.redis_commands = RedisInfo("total_commands_processed");
    if (postgres_) {
      counts.transactions = std::stod(postgres_->Psql("SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database"));
    }
    return counts;
  }

  std::unique_ptr<PostgresServer> postgres_;
  std::string database_;
  std::unique_ptr<Cluster> cluster_;
  std::string machine_;
  std::int64_t seed_ = 0;
};

// All processes share the cores of this machine: one station, where a call is served once, for as long as it costs all
// of them.
Network ThisMachine(const std::map<std::string, Run>& kinds, double variation) {
  Network network{.stations = {{"cores", static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN))}}, .variation = variation};
  for (const auto& [name, share] : kMixed) {
    double seconds = 0;
    for (const double each : kinds.at(name).spent.seconds) seconds += each;
    network.kinds.push_back({name, share, {{0, seconds}}});
  }
  return network;
}

// Processes on machines of their own: a station each, visited in the order a call does. Clients are not ours.
Network Apart(const std::map<std::string, Run>& kinds, const std::vector<int>& servers, double variation) {
  Network network{.variation = variation};
  for (std::size_t i = 1; i < kProcesses.size(); ++i) network.stations.push_back({kProcesses[i], servers[i - 1]});
  for (const auto& [name, share] : kMixed) {
    Kind kind{name, share, {}};
    for (std::size_t i = 1; i < kProcesses.size(); ++i) {
      const double seconds = kinds.at(name).spent.seconds[i];
      if (seconds > 1e-6) kind.visits.push_back({i - 1, seconds});
    }
    network.kinds.push_back(std::move(kind));
  }
  return network;
}

void PrintConstants(const std::map<std::string, Run>& kinds) {
  std::printf("\nWhat a call costs, ms of a core:\n%-10s", "kind");
  for (const std::string& process : kProcesses) std::printf(" %10s", process.c_str());
  std::printf(" %12s %12s %12s %8s %8s\n", "Redis bytes", "commands", "SQL", "p50, ms", "p99, ms");
  for (const auto& [name, share] : kMixed) {
    const Run& run = kinds.at(name);
    std::printf("%-10s", name.c_str());
    for (const double seconds : run.spent.seconds) std::printf(" %10.3f", 1e3 * seconds);
    std::printf(" %12.0f %12.2f %12.2f %8.2f %8.2f\n", run.spent.redis_bytes, run.spent.redis_commands,
                run.spent.transactions, run.all["p50_ms"].get<double>(), run.all["p99_ms"].get<double>());
  }
}

double Error(double predicted, double measured) { return 100 * (predicted / measured - 1); }

void CheckHere(Bench& bench, const Network& here) {
  const double most = SaturationOf(here).rate;
  const Run closed = bench.Load("mixed", 10, 16);
  const double measured = closed.all["calls_per_second"];
  std::printf(
      "\nMixed load, everything on this machine: saturates at %.0f calls/s on paper, %.0f measured (%+.0f %%)\n", most,
      measured, Error(most, measured));
  std::printf("%8s %10s | %9s %9s %9s | %9s %9s | %9s %9s\n", "calls/s", "busy", "mean, ms", "p50", "p99", "p50 meas.",
              "p99 meas.", "p50 err.", "p99 err.");
  for (const double load : {0.2, 0.4, 0.6}) {
    const double rate = std::round(load * most);
    const Forecast simulated = Simulated(here, rate, 200'000, 1);
    const Run open = bench.Load("mixed", 10, 64, rate);
    const double p50 = open.all["p50_ms"];
    const double p99 = open.all["p99_ms"];
    std::printf("%8.0f %8.0f %% | %9.2f %9.2f %9.2f | %9.2f %9.2f | %7.0f %% %7.0f %%\n", rate,
                100 * simulated.stations[0].utilisation, 1e3 * simulated.mean_latency, 1e3 * simulated.p50,
                1e3 * simulated.p99, p50, p99, Error(1e3 * simulated.p50, p50), Error(1e3 * simulated.p99, p99));
    std::fflush(stdout);
  }
}

// farrell-dea confined to a part of a core: it must saturate where the model says.
void CheckConfined(Bench& bench, const Run& small) {
  std::printf("\nfarrell-dea confined by a control group, small evaluations in a closed loop of 8 clients\n");
  for (const double cores : {0.1, 0.2, 0.4}) {
    const CpuShare share(bench.dea(), cores);
    if (!share.held()) {
      std::printf("  not measured: no control group with a processor limit can be made here (root, cpu controller)\n");
      return;
    }
    const double predicted = cores / small.spent.seconds[1];
    const double measured = bench.Load("small", 5, 8).all["calls_per_second"];
    std::printf("  %.1f cores: %6.1f calls/s on paper, %6.1f measured (%+.0f %%)\n", cores, predicted, measured,
                Error(predicted, measured));
    std::fflush(stdout);
  }
}

// What each process needs so that none is busy more than 60 % of the time, and what paper and simulation say then.
void Project(const std::map<std::string, Run>& kinds, double base, double variation) {
  constexpr double kBusy = 0.6;
  std::printf("\nMixed load with every process on its own cores, none busy more than %.0f %%; base: %.0f calls/s\n",
              100 * kBusy, base);
  std::printf("%6s %9s | cores of", "times", "calls/s");
  for (std::size_t i = 1; i < kProcesses.size(); ++i) std::printf(" %10s", kProcesses[i].c_str());
  std::printf(" | %10s %8s | %9s %9s %7s %9s | %s\n", "Redis MB/s", "SQL/s", "mean, ms", "simulated", "differ",
              "p99, ms", "with one core each, first saturated");
  for (const double times : {1.0, 10.0, 100.0, 1000.0}) {
    const double rate = times * base;
    const std::vector<int> ones(kProcesses.size() - 1, 1);
    const Forecast one = OnPaper(Apart(kinds, ones, variation), rate);
    std::vector<int> servers;
    for (const AtStation& station : one.stations) {
      servers.push_back(std::max(1, static_cast<int>(std::ceil(station.utilisation / kBusy))));
    }
    const Network network = Apart(kinds, servers, variation);
    const Forecast paper = OnPaper(network, rate);
    const Forecast simulated = Simulated(network, rate, 200'000, 1);
    double bytes = 0;
    double statements = 0;
    double shares = 0;
    for (const auto& [name, share] : kMixed) {
      bytes += share * kinds.at(name).spent.redis_bytes;
      statements += share * kinds.at(name).spent.transactions;
      shares += share;
    }
    const Saturation first = SaturationOf(Apart(kinds, ones, variation));
    std::printf("%6.0f %9.0f |         ", times, rate);
    for (const int count : servers) std::printf(" %10d", count);
    std::printf(" | %10.2f %8.0f | %9.2f %9.2f %5.1f %% %9.2f | %s at %.0f calls/s\n", rate * bytes / shares / 1e6,
                rate * statements / shares, 1e3 * paper.mean_latency, 1e3 * simulated.mean_latency,
                Error(paper.mean_latency, simulated.mean_latency), 1e3 * simulated.p99,
                kProcesses[first.station + 1].c_str(), first.rate);
  }
}

// Of a log-normal service time: the standard deviation over the mean, from its median and its 99th percentile.
double VariationOf(const Run& run) {
  const double sigma = std::log(run.all["p99_ms"].get<double>() / run.all["p50_ms"].get<double>()) / 2.326;
  return std::sqrt(std::expm1(sigma * sigma));
}

int Main(double seconds) {
  Bench bench;
  bench.Load("mixed", 2, 4);  // threads, connections and pages that come once
  std::map<std::string, Run> kinds;
  for (const auto& [name, share] : kMixed) kinds[name] = bench.Load(name, seconds, 1);
  std::printf("%s\n", bench.machine().c_str());
  PrintConstants(kinds);
  const double variation = VariationOf(kinds.at("small"));
  std::printf("variation of service times: %.2f; a connection keeps %.0f KiB of farrell-dea\n", variation,
              bench.KibibytesOfAConnection());
  std::printf("\n%-8s %8s %10s %9s %9s\n", "mix", "clients", "calls/s", "p50, ms", "p99, ms");
  for (const char* mix : {"cached", "small", "mixed"}) {
    for (const int clients : {1, 8}) {
      const Run run = bench.Load(mix, seconds, clients);
      std::printf("%-8s %8d %10.0f %9.2f %9.2f\n", mix, clients, run.all["calls_per_second"].get<double>(),
                  run.all["p50_ms"].get<double>(), run.all["p99_ms"].get<double>());
      std::fflush(stdout);
    }
  }
  CheckHere(bench, ThisMachine(kinds, variation));
  CheckConfined(bench, kinds.at("small"));
  Project(kinds, 50, variation);
  return 0;
}

}  // namespace
}  // namespace farrell::capacity

// The argument: seconds a measurement, 5 without it.
int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  if (!(seconds > 0)) {
    std::fputs("usage: farrell_bench_capacity [SECONDS]: how long each load is measured; 5 by default\n", stderr);
    return 2;
  }
  return farrell::capacity::Main(seconds);
}
