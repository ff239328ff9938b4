// farrell quota: what one has used of one's quotas, or another of theirs, told by the services.

#include <fmt/core.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/credentials.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "common/rpc/channel.h"
#include "farrell/common/v1/server.grpc.pb.h"

namespace farrell::cli {
namespace {

Status RunQuota(Session& session, const std::string& principal) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(session.options().server));
  Rows rows(session.options().output_format(), {"service", "principal", "quota", "used", "limit", "project"}, false);
  std::vector<std::pair<std::string, std::string>> servers;
  for (const auto& [service, target] :
       {std::pair("data", endpoints.data), std::pair("dea", endpoints.dea),
        std::pair("regression", endpoints.regression), std::pair("reporting", endpoints.reporting)}) {
    if (!target.empty()) servers.emplace_back(service, target);
  }
  if (servers.empty()) {
    return InvalidArgument("SERVICES_MISSING",
                           "quotas are kept by servers: name them with --server or FARRELL_DATA, _DEA, ...");
  }
  std::vector<std::string> targets;
  for (const auto& [service, target] : servers) targets.push_back(target);
  FARRELL_RETURN_IF_ERROR(UseCredentials(session.options(), targets));
  for (const auto& [service, target] : servers) {
    const auto stub = common::v1::ServerService::NewStub(MakeChannel(target));
    Call call(session);
    common::v1::GetQuotaRequest request;
    request.set_principal(principal);
    common::v1::GetQuotaResponse response;
    FARRELL_RETURN_IF_ERROR(FromGrpc(stub->GetQuota(call.context(), request, &response)));
    for (const common::v1::QuotaUse& quota : response.quotas()) {
      rows.Add({Text(service), Text(response.principal()), Text(quota.name()),
                Text(fmt::format("{:.10g}", quota.used())),
                Text(quota.limit() > 0 ? fmt::format("{:.10g}", quota.limit()) : "none"), Text(quota.project())});
    }
  }
  return Print(rows.Take());
}

}  // namespace

void AddQuotaCommand(CLI::App& app, Program& program) {
  CLI::App* quota = app.add_subcommand("quota", "What you have used of your quotas, service by service");
  auto principal = std::make_shared<std::string>();
  quota->add_option("--principal", *principal, "Of whom to tell instead of yourself; needs the scope admin")
      ->type_name("NAME");
  AddFormatFlag(quota, program.options, {"table", "csv"});
  AddServiceFlags(quota, program.options);
  AddExamples(quota, {"farrell quota --token-file ada.token --format csv",
                      "farrell quota --principal ada --token-file operator.token"});
  SetRun(quota, program, [principal](Session& session) { return RunQuota(session, *principal); });
}

}  // namespace farrell::cli
