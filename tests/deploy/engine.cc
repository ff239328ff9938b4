#include "tests/deploy/engine.h"

#include <unistd.h>

#include <csignal>

namespace farrell::testing {
namespace {

// Debian's client: another one in PATH may want plug-ins that Debian does not have.
constexpr const char* kDocker = "/usr/bin/docker";
constexpr const char* kCompose = "/usr/bin/docker-compose";

std::string LastLines(const std::string& text) { return text.size() < 600 ? text : text.substr(text.size() - 600); }

}  // namespace

Engine::~Engine() {
  if (composed_) Compose({"--profile", "demo", "down", "--volumes", "--timeout", "5"});
  if (daemon_ == nullptr) return;
  daemon_->Signal(SIGTERM);
  daemon_->Wait(std::chrono::seconds(30));
}

std::string Engine::Start() {
  if (geteuid() != 0) return "a container engine needs root";
  for (const char* program : {kDocker, kCompose, "/usr/sbin/dockerd", "/usr/bin/mmdebstrap"}) {
    if (!std::filesystem::exists(program))
      return std::string(program) + " is not installed (deploy/container-packages.txt)";
  }
  // In namespaces of its own, so that mounts and containers go with it, and it goes with the test, whatever happens.
  daemon_ = std::make_unique<Process>(std::vector<std::string>{"setpriv",
                                                               "--pdeathsig",
                                                               "KILL",
                                                               "unshare",
                                                               "--mount",
                                                               "--pid",
                                                               "--fork",
                                                               "--kill-child",
                                                               "--mount-proc",
                                                               "/usr/sbin/dockerd",
                                                               "-H",
                                                               "unix://" + (dir_ / "socket"),
                                                               "--data-root",
                                                               dir_ / "data",
                                                               "--exec-root",
                                                               dir_ / "exec",
                                                               "-p",
                                                               dir_ / "pid",
                                                               "--iptables=false",
                                                               "--ip6tables=false",
                                                               "--ip-forward=false",
                                                               "--bridge=none"},
                                      dir_ / "dockerd.log");
  const bool up =
      Eventually([&] { return !daemon_->running() || Docker({"version"}).exit_code == 0; }, std::chrono::seconds(60)) &&
      daemon_->running();
  return up ? "" : "no container engine can start here: " + LastLines(log());
}

std::string Engine::MakeBase() {
  const std::string archive = dir_ / "base.tar";
  const Finished made =
      RunToEnd({"mmdebstrap", "--quiet", "--variant=minbase", "bookworm", archive}, {}, std::chrono::seconds(300));
  if (made.exit_code != 0) return "Debian's packages cannot be had: " + LastLines(made.output);
  const Finished imported = Docker({"import", archive, "debian:bookworm-slim"});
  std::filesystem::remove(archive);
  return imported.exit_code == 0 ? "" : "no base image: " + LastLines(imported.output);
}

Finished Engine::Docker(std::vector<std::string> arguments, std::chrono::seconds limit) const {
  arguments.insert(arguments.begin(), kDocker);
  return RunToEnd(arguments, Environment(), limit);
}

Finished Engine::Compose(std::vector<std::string> arguments, std::chrono::seconds limit) {
  composed_ = true;
  arguments.insert(arguments.begin(), {kCompose, "--file", FARRELL_SOURCE_DIR "/docker-compose.yml"});
  return RunToEnd(arguments, Environment(), limit);
}

std::map<std::string, std::string> Engine::Environment() const {
  std::map<std::string, std::string> environment = {
      {"DOCKER_HOST", "unix://" + (dir_ / "socket")},    {"DOCKER_BUILDKIT", "1"},
      {"COMPOSE_PROJECT_NAME", "farrelltest"},           {"FARRELL_REPORT", dir_ / "report"},
      {"FARRELL_REDIS_IMAGE", "farrell-redis"},          {"FARRELL_POSTGRES_IMAGE", "farrell-postgres"},
      {"FARRELL_PROMETHEUS_IMAGE", "farrell-prometheus"}};
  // Ports that nobody else has: the containers reach each other without.
  for (const char* service : {"DATA", "DEA", "REGRESSION", "REPORTING", "PROMETHEUS"}) {
    environment[std::string("FARRELL_") + service + "_PORT"] = "127.0.0.1:0";
  }
  return environment;
}

}  // namespace farrell::testing
