// Work shared with solvers beside the same work in one process: run by ./dev bench, not by ctest.
//
// A bootstrap of several seconds on one core, with as many threads or solvers as the row says, each solver a process
// pinned to a core of its own. Overhead: of one solver over one thread. Every row checks that the bytes are those of
// the first.
#include <grpcpp/grpcpp.h>
#include <sched.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/redis/client.h"
#include "common/rpc/server.h"
#include "services/dea/service/dea_service.h"
#include "services/dea/service/dispatcher.h"
#include "services/dea/service/task.h"
#include "tests/dea/problems.h"
#include "tests/dea/table_data_service.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell::dea::testing {
namespace {

using farrell::testing::Eventually;
using farrell::testing::Process;

constexpr int kUnits = 1500;

Panel Table() {
  Panel table;
  table.columns = {{"x1", false, {}, {}}, {"x2", false, {}, {}}, {"y", false, {}, {}}};
  TestRandom random(5);
  for (int unit = 0; unit < kUnits; ++unit) {
    table.units.push_back("u" + std::to_string(unit));
    for (PanelColumn& column : table.columns) column.numbers.push_back(1 + 40 * random.Uniform());
  }
  return table;
}

v1::EvaluateRequest Request(int replications) {
  v1::EvaluateRequest request;
  request.mutable_table()->set_snapshot_digest("t");
  for (const char* input : {"x1", "x2"}) request.mutable_model()->add_inputs(input);
  request.mutable_model()->add_outputs("y");
  request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
  v1::Bootstrap& bootstrap = *request.mutable_model()->mutable_bootstrap();
  bootstrap.set_method(v1::Bootstrap::METHOD_SW98);
  bootstrap.set_replication_count(replications);
  return request;
}

struct Timed {
  double seconds;
  std::string bytes;
};

Timed Ask(RunningServer& server, const v1::EvaluateRequest& request) {
  const auto stub = v1::DeaService::NewStub(server.InProcessChannel());
  const auto start = std::chrono::steady_clock::now();
  grpc::ClientContext context;
  const auto stream = stub->Evaluate(&context, request);
  Timed timed{};
  for (v1::EvaluateResponse message; stream->Read(&message);) {
    if (message.has_block()) message.AppendToString(&timed.bytes);
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    std::exit(1);
  }
  timed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return timed;
}

class Bench {
 public:
  Bench() {
    data_.Put("t", Table());
    data_server_ = StartServer({.listen = "127.0.0.1:0"}, {Serve<data::v1::DataService>(&data_)}).value();
  }

  Timed InProcess(int threads, int replications) { return Run(threads, nullptr, replications); }

  Timed WithSolvers(int count, int replications) {
    farrell::testing::RedisServer redis;
    farrell::testing::TempDir dir;
    std::vector<std::unique_ptr<Process>> solvers;
    for (int i = 0; i < count; ++i) {
      solvers.push_back(std::make_unique<Process>(
          std::vector<std::string>{"taskset", "-c", std::to_string(i),
                                   std::string(FARRELL_BINARY_DIR) + "/bin/farrell-solver", "--listen", "127.0.0.1:0",
                                   "--redis", redis.address(), "--coordination", redis.address(), "--data",
                                   "127.0.0.1:" + std::to_string(data_server_->port()), "--threads", "1"},
          dir / "log"));
    }
    Eventually([&] {
      return redis.Cli({"ZCARD", "farrell.solvers:{" + SolverChannel() + "}"}) == std::to_string(count);
    });
    redis::Client client({.address = redis.address()});
    Dispatcher dispatcher(client, client, {});
    return Run(1, &dispatcher, replications);
  }

 private:
  Timed Run(int threads, Solvers* solvers, int replications) {
    ResultCache cache;
    DeaService service([this] { return data_server_->InProcessChannel(); }, cache, threads, solvers);
    const auto server = StartServer({}, {Serve<v1::DeaService>(&service)}).value();
    return Ask(*server, Request(replications));
  }

  TableDataService data_;
  std::unique_ptr<RunningServer> data_server_;
};

int Main() {
  constexpr int kReplications = 5000;
  Bench bench;
  std::printf("bootstrap of %d units, %d replications; best of 3\n%-24s %9s %9s\n", kUnits, kReplications, "",
              "seconds", "speed-up");
  std::string bytes;
  double one_solver = 0;
  double one_thread = 0;
  const auto row = [&](const char* name, const auto& run, double& reference) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const Timed timed = run();
      if (bytes.empty()) bytes = timed.bytes;
      if (timed.bytes != bytes) {
        std::fprintf(stderr, "%s: other bytes\n", name);
        std::exit(1);
      }
      best = std::min(best, timed.seconds);
    }
    if (reference == 0) reference = best;
    std::printf("%-24s %9.2f %9.2f\n", name, best, reference / best);
    std::fflush(stdout);
    return best;
  };
  row(
      "1 thread in process", [&] { return bench.InProcess(1, kReplications); }, one_thread);
  row(
      "2 threads in process", [&] { return bench.InProcess(2, kReplications); }, one_thread);
  row(
      "1 solver", [&] { return bench.WithSolvers(1, kReplications); }, one_solver);
  row(
      "2 solvers", [&] { return bench.WithSolvers(2, kReplications); }, one_solver);
  std::printf("overhead of sharing: %.1f %%\n", 100 * (one_solver / one_thread - 1));
  return 0;
}

}  // namespace
}  // namespace farrell::dea::testing

int main() { return farrell::dea::testing::Main(); }
