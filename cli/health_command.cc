// farrell health: asks a server's health service, for container health checks and scripts.

#include <fmt/core.h>
#include <grpcpp/client_context.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace farrell::cli {
namespace {

using grpc::health::v1::HealthCheckResponse;

struct HealthFlags {
  std::string target;
  std::string service;
  double timeout = 5.0;
};

// "data" → "farrell.data.v1.DataService"; any other text is a name already.
std::string FullServiceName(const std::string& name) {
  const std::array<std::pair<const char*, const char*>, 4> known = {{
      {"data", data::v1::DataService::service_full_name()},
      {"dea", dea::v1::DeaService::service_full_name()},
      {"regression", regression::v1::RegressionService::service_full_name()},
      {"reporting", reporting::v1::ReportingService::service_full_name()},
  }};
  for (const auto& [brief, full] : known) {
    if (name == brief) return full;
  }
  return name;
}

Status RunHealth(Session& session, const HealthFlags& flags) {
  FARRELL_RETURN_IF_ERROR(CheckTarget("TARGET", flags.target));
  FARRELL_RETURN_IF_ERROR(UseCredentials(session.options(), {flags.target}));
  const std::string service = FullServiceName(flags.service);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::milliseconds>(
                                                              std::chrono::duration<double>(flags.timeout)));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const auto stub = grpc::health::v1::Health::NewStub(MakeChannel(flags.target));
  const grpc::Status asked = stub->Check(&context, request, &response);
  if (asked.error_code() == grpc::StatusCode::NOT_FOUND) {
    return NotFound("SERVICE_UNKNOWN", fmt::format("{} serves nothing named '{}'", flags.target, service));
  }
  if (!asked.ok()) return FromGrpc(asked);
  if (response.status() != HealthCheckResponse::SERVING) {
    return Unavailable("NOT_SERVING", fmt::format("{}{}{} is {}", flags.target, service.empty() ? "" : " ", service,
                                                  HealthCheckResponse::ServingStatus_Name(response.status())));
  }
  return session.options().quiet ? Status() : Print("SERVING\n");
}

}  // namespace

void AddHealthCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<HealthFlags>();
  CLI::App* verb = app.add_subcommand("health", "Ask a server whether it serves; exit code 0 only if it does");
  verb->add_option("TARGET", flags->target, "The server: HOST:PORT or a gRPC target")->required();
  verb->add_option("--service", flags->service,
                   "Service asked about: data, dea, regression, reporting or a full name; default: the server as a "
                   "whole, which says nothing about services that drain")
      ->type_name("NAME");
  verb->add_option("--timeout", flags->timeout, "Seconds to wait for the answer; default 5")
      ->type_name("SECONDS")
      ->check(Silent(CLI::Range(0.001, 3600.0)));
  AddCredentialFlags(verb, program.options);
  verb->add_flag("--quiet", program.options.quiet, "Print nothing when it serves");
  AddExamples(verb, {"farrell health 127.0.0.1:7402 --service dea"});
  SetRun(verb, program, [flags](Session& session) { return RunHealth(session, *flags); });
}

}  // namespace farrell::cli
