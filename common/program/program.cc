#include "common/program/program.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "common/program/cpu_count.h"
#include "common/program/redis_settings.h"
#include "common/quota/quota_station.h"
#include "common/rpc/channel.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

const std::map<std::string, LogLevel> kLogLevels = {{"debug", LogLevel::kDebug},
                                                    {"info", LogLevel::kInfo},
                                                    {"warning", LogLevel::kWarning},
                                                    {"error", LogLevel::kError},
                                                    {"off", LogLevel::kOff}};

void PrintErrors(const std::string& program, const Status& status) {
  std::cerr << program << ": " << status.message() << '\n';
  for (const FieldViolation& violation : status.violations()) {
    std::cerr << "  " << violation.field << ": " << violation.description << '\n';
  }
  std::cerr << "Run with --help for more information.\n";
}

}  // namespace

class Program::State {
 public:
  State(std::string name, const std::string& purpose, std::string listen) : app(purpose, std::move(name)) {
    settings.server.listen = std::move(listen);
    app.set_version_flag("--version", FARRELL_VERSION);
    app.add_flag("--print-config", print_config, "Print every setting, its value and where it came from, and exit");
    app.footer("\n" + SettingTable::PrecedenceHelp());
    AddServerSettings(table, settings.server);
    AddServerSecuritySettings(table, settings.security, settings.server);
    AddAdmissionSettings(table, settings.admission);
    AddObservationSettings(table, settings.observation);
    table.Choice("log", log_level, {"debug", "info", "warning", "error", "off"}, "Lines written to stderr");
  }

  void AddService(const std::string& name, std::string& address) {
    if (called.empty()) AddClientSecuritySettings(table, settings.security);
    called.push_back(&address);
    table.Text(name, address, "TARGET", "The " + name + " service: HOST:PORT or dns:///NAME:PORT", CheckTarget);
  }

  Status Secure() {
    std::vector<std::string> targets;
    for (const std::string* address : called) targets.push_back(*address);
    return UseSecurity(settings.security, targets, settings.server);
  }

  // Every mistake about either Redis at once.
  Status ReadRedis() {
    std::vector<FieldViolation> violations;
    for (const auto& [from, to] :
         {std::pair{&redis, &settings.redis}, std::pair{&coordination, &settings.coordination}}) {
      Result<redis::Options> options = from->Read();
      violations.insert(violations.end(), options.status().violations().begin(), options.status().violations().end());
      if (options.ok()) *to = std::move(options).value();
    }
    if (settings.coordination.address.empty()) settings.coordination = settings.redis;
    if (violations.empty()) return {};
    return InvalidArgument("REDIS_OPTIONS_INVALID", "the settings of Redis cannot be used").WithViolations(violations);
  }

  // Whoever is counted outermost sees what the others refuse; admission is last, so that strangers take no place.
  Status Serve(const std::function<Status(const ProgramSettings&)>& serve) {
    FARRELL_ASSIGN_OR_RETURN(
        const std::unique_ptr<Observation> observation,
        Observation::Start(settings.observation, {.name = app.get_name(),
                                                  .version = FARRELL_VERSION,
                                                  .algo_rev = algo_rev,
                                                  .num_abi = algo_rev.empty() ? "" : std::string(numeric::kNumAbi)}));
    std::vector<std::shared_ptr<CallStation>>& stations = settings.server.stations;
    const auto admission = AdmissionStations(settings.admission);
    stations.insert(stations.begin(), observation->stations().begin(), observation->stations().end());
    if (!settings.security.grants.empty()) {
      auto ledger = std::make_shared<quota::Ledger>(app.get_name(), settings.coordination);
      settings.server.quotas.push_back([ledger](const CallInfo& call) { return quota::UsesOf(*ledger, call); });
      stations.push_back(quota::MakeQuotaStation(std::move(ledger)));
    }
    stations.insert(stations.end(), admission.begin(), admission.end());
    settings.spans = observation->spans();
    settings.server.max_threads = settings.admission.limits.ThreadsNeeded();
    return serve(settings);
  }

  CLI::App app;
  SettingTable table;
  ProgramSettings settings;
  RedisSettings redis{"redis"};
  RedisSettings coordination{"coordination"};
  std::string log_level = "info";
  std::string algo_rev;
  bool print_config = false;
  std::vector<const std::string*> called;
};

void AddServerSettings(SettingTable& table, ServerOptions& server) {
  table.Text("listen", server.listen, "HOST:PORT", "Address to serve on; port 0 takes a free one", CheckTarget);
  table.Text("port-file", server.port_file, "FILE", "File that receives the port once calls are accepted");
  table.Switch("reflection", server.reflection, "Serve gRPC reflection, which tells everybody the whole contract");
  table.Seconds("grace", server.grace, 0, 3600, "Time that calls in flight have to finish after SIGTERM");
  table.Seconds("drain-delay", server.drain_delay, 0, 600,
                "Time between telling load balancers 'not serving' and refusing new calls");
}

Program::Program(std::string name, const std::string& purpose, std::string listen)
    : state_(std::make_unique<State>(std::move(name), purpose, std::move(listen))) {}
Program::~Program() = default;

void Program::Computes(int algo_rev) { state_->algo_rev = std::to_string(algo_rev); }

SettingTable& Program::settings() { return state_->table; }

void Program::TakesRedis() {
  state_->redis.AddTo(state_->table,
                      "Redis that results are shared through: HOST:PORT, unix:PATH or "
                      "sentinel:HOST:PORT,HOST:PORT/MASTER");
  state_->coordination.AddTo(state_->table,
                             "Redis that says who computes what, and must forget nothing; default: that of --redis");
}

void Program::TakesCoordination() {
  state_->coordination.AddTo(state_->table,
                             "Redis in which all replicas count the quotas of principals together; without it each "
                             "counts by itself");
}

void Program::TakesThreads() {
  state_->table.Number("threads", state_->settings.threads, 0, 1024, "Threads for computing; 0: one a core");
}

void Program::CallsData() { state_->AddService("data", state_->settings.data); }
void Program::CallsDea() { state_->AddService("dea", state_->settings.dea); }
void Program::CallsRegression() { state_->AddService("regression", state_->settings.regression); }

int Program::Run(int argc, char** argv, const std::function<Status(const ProgramSettings&)>& serve) {
  PrepareSignals();
  numeric::FixNumericEnvironment();
  state_->table.AttachTo(state_->app);
  try {
    state_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return state_->app.exit(error) == 0 ? 0 : 2;
  }
  if (const Status status = state_->table.Read(state_->app.remaining()); !status.ok()) {
    PrintErrors(state_->app.get_name(), status);
    return 2;
  }
  if (state_->print_config) {
    std::cout << state_->table.Print();
    return 0;
  }
  for (const Status& status : {state_->Secure(), state_->ReadRedis()}) {
    if (status.ok()) continue;
    PrintErrors(state_->app.get_name(), status);
    return 2;
  }
  if (state_->settings.threads == 0) state_->settings.threads = CpuCount();
  SetLogLevel(kLogLevels.at(state_->log_level));
  WarnAboutRedis(state_->settings.redis, state_->settings.coordination);
  const Status status = state_->Serve(serve);
  if (status.ok()) return 0;
  std::cerr << state_->app.get_name() << ": " << status.ToString() << '\n';
  return 1;
}

}  // namespace farrell
