#include "common/program/program.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/numeric/abi.h"
#include "common/program/cpu_count.h"
#include "common/program/state_directory.h"
#include "common/rpc/channel.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

const std::map<std::string, LogLevel> kLogLevels = {{"debug", LogLevel::kDebug},
                                                    {"info", LogLevel::kInfo},
                                                    {"warning", LogLevel::kWarning},
                                                    {"error", LogLevel::kError},
                                                    {"off", LogLevel::kOff}};

// CLI11 wants the text of the problem, empty when there is none, and puts the flag before it.
CLI::Validator CheckedBy(Status (*check)(const std::string&, const std::string&), const std::string& flag) {
  return {[check, flag](std::string& text) {
            const Status status = check(flag, text);
            return status.ok() ? std::string() : status.message().substr(flag.size() + 2);
          },
          ""};
}

}  // namespace

class Program::State {
 public:
  State(std::string name, const std::string& purpose, std::string listen) : app(purpose, std::move(name)) {
    settings.server.listen = std::move(listen);
    app.set_version_flag("--version", FARRELL_VERSION);
    AddText("--listen", settings.server.listen, "HOST:PORT", "Address to serve on; port 0 takes a free one",
            "FARRELL_LISTEN")
        ->check(CheckedBy(&CheckTarget, "--listen"));
    AddText("--port-file", settings.server.port_file, "FILE", "File that receives the port once calls are accepted");
    app.add_flag("--reflection", settings.server.reflection, "Serve gRPC reflection; off by default");
    app.add_option("--grace", grace_seconds, "Seconds that calls have to finish after SIGTERM")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();
    app.add_option("--log", log_level, "Lines written to stderr: debug, info, warning, error or off")
        ->type_name("LEVEL")
        ->check(CLI::Validator(
            [](std::string& text) { return kLogLevels.contains(text) ? std::string() : "no such level: " + text; }, ""))
        ->capture_default_str();
    app.add_flag("--print-config", print_config, "Print the settings that hold and exit");
    printed.emplace_back("listen", &settings.server.listen);
  }

  CLI::Option* AddText(const std::string& flag, std::string& value, const std::string& type, const std::string& help,
                       const std::string& variable = "") {
    CLI::Option* option = app.add_option(flag, value, help)->type_name(type)->capture_default_str();
    if (!variable.empty()) option->envname(variable);
    return option;
  }

  void AddService(const std::string& name, std::string& address, const std::string& variable) {
    AddText("--" + name, address, "TARGET", "The " + name + " service: HOST:PORT or dns:///NAME:PORT", variable)
        ->check(CheckedBy(&CheckTarget, "--" + name));
    printed.emplace_back(name, &address);
  }

  void PrintConfig() const {
    for (const auto& [name, value] : printed) std::cout << name << " = " << *value << '\n';
    if (takes_threads) std::cout << "threads = " << settings.threads << '\n';
    std::cout << "reflection = " << (settings.server.reflection ? "true" : "false") << '\n'
              << "grace = " << grace_seconds << '\n';
  }

  CLI::App app;
  ProgramSettings settings;
  int grace_seconds = 10;
  std::string log_level = "info";
  bool print_config = false;
  bool takes_threads = false;
  std::vector<std::pair<std::string, const std::string*>> printed;
};

Program::Program(std::string name, const std::string& purpose, std::string listen)
    : state_(std::make_unique<State>(std::move(name), purpose, std::move(listen))) {}
Program::~Program() = default;

void Program::TakesState() {
  state_->settings.state = StateDirectory("");
  state_->AddText("--state", state_->settings.state, "DIR", "Folder of the database, or 'memory'", "FARRELL_STATE");
  state_->printed.emplace_back("state", &state_->settings.state);
}

void Program::TakesRedis() {
  state_
      ->AddText("--redis", state_->settings.redis, "HOST:PORT", "Redis that results are shared through, or unix:PATH",
                "FARRELL_REDIS")
      ->check(CheckedBy(&CheckRedisAddress, "--redis"));
  state_->printed.emplace_back("redis", &state_->settings.redis);
}

void Program::TakesThreads() {
  state_->takes_threads = true;
  state_->app.add_option("--threads", state_->settings.threads, "Threads for computing; 0: one a core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024))
      ->envname("FARRELL_THREADS")
      ->capture_default_str();
}

void Program::CallsData() { state_->AddService("data", state_->settings.data, "FARRELL_DATA"); }
void Program::CallsDea() { state_->AddService("dea", state_->settings.dea, "FARRELL_DEA"); }
void Program::CallsRegression() { state_->AddService("regression", state_->settings.regression, "FARRELL_REGRESSION"); }

int Program::Run(int argc, char** argv, const std::function<Status(const ProgramSettings&)>& serve) {
  PrepareSignals();
  numeric::FixNumericEnvironment();
  try {
    state_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return state_->app.exit(error) == 0 ? 0 : 2;
  }
  if (state_->print_config) {
    state_->PrintConfig();
    return 0;
  }
  if (state_->settings.threads == 0) state_->settings.threads = CpuCount();
  state_->settings.server.grace = std::chrono::seconds(state_->grace_seconds);
  SetLogLevel(kLogLevels.at(state_->log_level));
  const Status status = serve(state_->settings);
  if (status.ok()) return 0;
  std::cerr << state_->app.get_name() << ": " << status.ToString() << '\n';
  return 1;
}

}  // namespace farrell
