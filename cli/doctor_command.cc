// farrell doctor: everything a cluster needs, looked at from here.

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/credentials.h"
#include "cli/doctor_checks.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "common/program/redis_settings.h"
#include "common/program/state_directory.h"

namespace farrell::cli {
namespace {

struct DoctorFlags {
  DoctorFlags() {
    redis.AddTo(settings, "Redis that holds results: HOST:PORT, unix:PATH or sentinel:NAME@HOST:PORT,...");
    coordination.AddTo(settings, "Redis that holds the queue");
  }
  RedisSettings redis{"redis"};
  RedisSettings coordination{"coordination"};
  SettingTable settings;
  double timeout = 3.0;
};

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarning: return "warning";
    case Verdict::kFailed: return "failed";
  }
  return "failed";
}

std::string AsCsv(const std::vector<Finding>& findings) {
  Rows rows(Format::kCsv, {"verdict", "subject", "found", "fix"}, false);
  for (const Finding& finding : findings) {
    rows.Add({Text(NameOf(finding.verdict)), Text(finding.subject), Text(finding.found), Text(finding.fix)});
  }
  return rows.Take();
}

// A line a finding, what to do below it.
std::string AsText(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<8} {:<13} {}\n", NameOf(finding.verdict), finding.subject, finding.found);
    if (!finding.fix.empty()) text += fmt::format("{:<22} → {}\n", "", finding.fix);
  }
  return text;
}

// The Redis that is named, if any.
Status AddRedis(redis::Purpose purpose, const RedisSettings& settings, std::chrono::milliseconds limit,
                std::vector<Finding>& findings) {
  FARRELL_ASSIGN_OR_RETURN(redis::Options options, settings.Read());
  if (options.address.empty()) return {};
  options.timeout = std::max(options.timeout, limit);
  std::ranges::move(CheckRedis(purpose, options), std::back_inserter(findings));
  return {};
}

Status RunDoctor(Session& session, DoctorFlags& flags, const std::vector<std::string>& unknown) {
  FARRELL_RETURN_IF_ERROR(flags.settings.Read(unknown));
  const Options& options = session.options();
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(options.server));
  const auto limit =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(flags.timeout));
  std::vector<std::string> targets;
  for (const std::string& target : {endpoints.data, endpoints.dea, endpoints.regression, endpoints.reporting}) {
    if (!target.empty()) targets.push_back(target);
  }
  FARRELL_RETURN_IF_ERROR(UseCredentials(options, targets));
  std::vector<Finding> findings;
  const auto add = [&](std::vector<Finding> more) { std::ranges::move(more, std::back_inserter(findings)); };

  std::vector<ServerFacts> servers;
  const std::pair<const char*, const std::string*> services[] = {{"data", &endpoints.data},
                                                                 {"dea", &endpoints.dea},
                                                                 {"regression", &endpoints.regression},
                                                                 {"reporting", &endpoints.reporting}};
  for (const auto& [name, target] : services) {
    if (target->empty()) {
      findings.push_back({Verdict::kOk, name, "runs inside this process"});
      continue;
    }
    ServerCheck check = CheckServer(name, *target, limit);
    add(std::move(check.findings));
    if (check.facts) servers.push_back(*check.facts);
  }
  add(CheckAgreement(servers));
  FARRELL_RETURN_IF_ERROR(AddRedis(redis::Purpose::kCache, flags.redis, limit, findings));
  FARRELL_RETURN_IF_ERROR(AddRedis(redis::Purpose::kCoordination, flags.coordination, limit, findings));
  // What reads uploads, makes reports and keeps state is this machine's affair only for services inside this process.
  if (endpoints.data.empty()) add(CheckUploads());
  if (endpoints.reporting.empty()) {
    add(CheckDocuments());
    add(CheckState(StateDirectory(options.state)));
  }

  FARRELL_RETURN_IF_ERROR(Print(options.output_format() == Format::kCsv ? AsCsv(findings) : AsText(findings)));
  const auto failed = std::ranges::count(findings, Verdict::kFailed, &Finding::verdict);
  if (failed == 0) return {};
  return FailedPrecondition("DOCTOR_FAILED", fmt::format("{} of {} findings failed", failed, findings.size()));
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<DoctorFlags>();
  CLI::App* verb = app.add_subcommand(
      "doctor",
      "Look at services, Redis, and what reports need here, and say what to do; exit code 1 if anything failed");
  AddServiceFlags(verb, program.options);
  AddFormatFlag(verb, program.options, {"table", "csv"});
  // Here it is the Redis of the cluster, with all that leads to it, not one for services inside this process.
  verb->remove_option(verb->get_option("--redis"));
  flags->settings.AttachTo(*verb);
  verb->add_option("--timeout", flags->timeout, "Seconds to wait for each answer; default 3")
      ->type_name("SECONDS")
      ->check(Silent(CLI::Range(0.001, 3600.0)));
  AddExamples(verb, {"farrell doctor",
                     "FARRELL_DATA=data:7401 FARRELL_DEA=dea:7402 FARRELL_REGRESSION=regression:7403 \\\n"
                     "  FARRELL_REPORTING=reporting:7404 farrell doctor --redis redis-cache:6379"});
  SetRun(verb, program, [flags, verb](Session& session) { return RunDoctor(session, *flags, verb->remaining()); });
}

}  // namespace farrell::cli
