// farrell up: all four services on one port.

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/embedded.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/program/secret_file.h"
#include "common/program/state_directory.h"
#include "common/rpc/credentials.h"

namespace farrell::cli {
namespace {

struct UpFlags {
  std::string listen = "127.0.0.1:7400";
  std::string port_file;
  bool no_reflection = false;
  bool no_schedules = false;
  std::vector<std::string> webhook_hosts;
  std::string webhook_secret_file;
};

Status RunUp(Session& session, const UpFlags& flags) {
  const Options& options = session.options();
  const std::string state = StateDirectory(options.state);
  if (!flags.webhook_hosts.empty()) {
    FARRELL_RETURN_IF_ERROR(CheckSecretFile("--webhook-secret-file", flags.webhook_secret_file));
  }
  FARRELL_ASSIGN_OR_RETURN(
      const std::unique_ptr<Embedded> embedded,
      StartEmbedded({
          .state = state,
          .redis = options.redis,
          .threads = options.threads,
          .cache_disk = options.cache_disk,
          .data_target = {},
          .dea_target = {},
          .regression_target = {},
          .schedules = !flags.no_schedules,
          .webhook_hosts = SplitLists(flags.webhook_hosts),
          .webhook_secret_file = flags.webhook_secret_file,
          .server = {.listen = flags.listen, .reflection = !flags.no_reflection, .port_file = flags.port_file},
      }));
  if (!StaysOnThisMachine(flags.listen)) {
    PrintNote(
        "warning: anybody who reaches this address is let in, in plaintext; the separate programs know TLS and "
        "tokens (docs/operations/security.md)");
  }
  const std::string host = flags.listen.substr(0, flags.listen.rfind(':'));
  PrintNote(fmt::format("farrell serves data, dea, regression and reporting on {}:{}; state in {}; stop with Ctrl-C",
                        host, embedded->server().port(), state));
  session.interrupt().Wait();
  return {};
}

}  // namespace

void AddUpCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<UpFlags>();
  CLI::App* verb = app.add_subcommand("up", "Serve all four services on one port until SIGINT or SIGTERM");
  verb->add_option("--listen", flags->listen, "Address; port 0 takes a free one; default 127.0.0.1:7400")
      ->type_name("HOST:PORT");
  verb->add_option("--port-file", flags->port_file, "File that receives the port once calls are accepted")
      ->type_name("FILE");
  verb->add_option("--redis", program.options.redis, "Redis that results are shared through")->type_name("HOST:PORT");
  verb->add_option("--state", program.options.state,
                   "Folder for datasets, finished steps and runs, or 'memory' (env FARRELL_STATE, else "
                   "$XDG_STATE_HOME/farrell, else ~/.local/state/farrell)")
      ->type_name("DIR");
  verb->add_option("--threads", program.options.threads, "Threads for computing; 0: one a core")
      ->type_name("N")
      ->check(Silent(CLI::Range(0, 1024)));
  AddCacheDiskFlag(verb, program.options);
  verb->add_flag("--no-reflection", flags->no_reflection, "Do not serve gRPC reflection");
  verb->add_flag("--no-schedules", flags->no_schedules,
                 "Run no schedules unless somebody pokes (farrell schedule poke)");
  AddRepeated(verb, "--webhook-hosts", flags->webhook_hosts,
              "Hosts that schedules may tell of publications, HOST or HOST:PORT")
      ->type_name("HOST,...");
  verb->add_option("--webhook-secret-file", flags->webhook_secret_file, "Secret that signs messages to webhooks")
      ->type_name("FILE");
  AddExamples(verb, {"farrell up --listen 127.0.0.1:7400 --redis 127.0.0.1:6379",
                     "FARRELL_SERVER=127.0.0.1:7400 farrell data list"});
  SetRun(verb, program, [flags](Session& session) { return RunUp(session, *flags); });
}

}  // namespace farrell::cli
