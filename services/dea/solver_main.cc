// farrell-solver: takes shards of large work from the queue and solves them. As many as there are cores for it.
#include <unistd.h>

#include <thread>

#include "common/program/program.h"
#include "common/redis/client.h"
#include "common/rpc/channel.h"
#include "common/rpc/trace_context.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/dea/engine/model.h"
#include "services/dea/solver/solver.h"

namespace {

// A name that nobody else has, also where every container's process has the same number.
std::string SolverName() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + "-" + farrell::RandomHex(4);
}

}  // namespace

int main(int argc, char** argv) {
  farrell::Program program("farrell-solver", "Farrell's solver: does shards of the dea service's work",
                           "127.0.0.1:7407");
  program.Computes(farrell::dea::kAlgorithmRevision);
  program.TakesRedis();
  program.TakesThreads();
  program.CallsData();
  farrell::dea::SolverOptions options{.name = SolverName()};
  program.settings().Seconds("abandoned-after", options.abandoned_after, 1, 3600,
                             "Silence after which the shard of another solver is taken over");
  return program.Run(argc, argv, [&options](const farrell::ProgramSettings& settings) -> farrell::Status {
    if (settings.coordination.address.empty()) {
      return farrell::InvalidArgument("SETTINGS_INVALID",
                                      "a solver needs --coordination: the Redis that work comes from");
    }
    options.threads = settings.threads;
    options.grace = settings.server.grace;
    options.spans = settings.spans;
    farrell::redis::Client queue(settings.coordination);
    farrell::redis::Client parts(settings.redis.address.empty() ? settings.coordination : settings.redis);
    farrell::dea::Solver solver(
        queue, parts, farrell::LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name()),
        options);
    // The server is there to be asked for its health.
    FARRELL_ASSIGN_OR_RETURN(const auto server, farrell::StartServer(settings.server, {}));
    std::jthread working([&](const std::stop_token& stop) { solver.Run(stop); });
    farrell::WaitForSignal([&] {
      working.request_stop();
      working.join();
      server->Shutdown();
    });
    return {};
  });
}
