// farrell admin token: who may call a server, kept in the file of its setting `tokens`.

#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/access/grants.h"
#include "common/access/grants_file.h"
#include "common/access/scopes.h"
#include "common/program/environment.h"
#include "common/text/time.h"

namespace farrell::cli {
namespace {

struct TokenFlags {
  std::string file;
  std::string principal;
  std::string project;
  std::vector<std::string> scopes;
  std::vector<std::string> data;
  access::Quota quota;
  std::string certificate;
  int days = 90;
  std::string holder;
};

Result<std::string> FileOf(const TokenFlags& flags) {
  std::string file = flags.file.empty() ? Environment("FARRELL_TOKENS") : flags.file;
  if (file.empty()) return InvalidArgument("TOKENS_MISSING", "--tokens FILE is needed: the file the servers read");
  return file;
}

Status RunCreate(const TokenFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const std::string file, FileOf(flags));
  access::NewToken made = access::MakeToken();
  access::Grant& grant = made.grant;
  grant.principal = flags.principal;
  grant.project = flags.project;
  grant.scopes = SplitLists(flags.scopes);
  grant.data = flags.data;
  grant.quota = flags.quota;
  if (flags.certificate.empty()) {
    grant.expires = grant.created + std::chrono::hours(24) * flags.days;
  } else {
    grant.token.clear();
    grant.sha256.clear();
    grant.certificate = flags.certificate;
  }
  FARRELL_RETURN_IF_ERROR(access::AddGrant(file, grant));
  if (!flags.certificate.empty()) {
    PrintNote(fmt::format("'{}' is let in by the certificate {}", grant.principal, grant.certificate));
    return {};
  }
  PrintNote(
      fmt::format("token {} of '{}', until {}; it is shown this once: keep it in a file that only its user may read",
                  grant.token, grant.principal, text::FormatTime(grant.expires)));
  return Print(made.secret + "\n");
}

Status RunList(const TokenFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const std::string file, FileOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<access::Grant> grants, access::ReadGrants(file));
  const auto now = std::chrono::system_clock::now();
  std::string text = "holder,principal,project,scopes,created,expires,state,data\n";
  for (const access::Grant& grant : grants) {
    std::string scopes;
    for (const std::string& scope : grant.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
    std::string data;
    for (const std::string& pattern : grant.data) data += (data.empty() ? "" : " ") + pattern;
    const auto quoted = [](std::string field) {
      if (field.find_first_of(",\"\n") == std::string::npos) return field;
      for (std::size_t at = field.find('"'); at != std::string::npos; at = field.find('"', at + 2))
        field.insert(at, "\"");
      return "\"" + field + "\"";
    };
    text += fmt::format("{},{},{},{},{},{},{},{}\n", quoted(grant.token + grant.certificate), quoted(grant.principal),
                        quoted(grant.project), scopes,
                        grant.created == access::Time() ? "" : text::FormatTime(grant.created),
                        grant.expires == access::Time::max() ? "" : text::FormatTime(grant.expires),
                        now >= grant.expires ? "expired" : "valid", quoted(data));
  }
  return Print(text);
}

Status RunRevoke(const TokenFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const std::string file, FileOf(flags));
  FARRELL_RETURN_IF_ERROR(access::RemoveGrant(file, flags.holder));
  PrintNote(fmt::format("{} is revoked; servers that read '{}' refuse it from the next call on", flags.holder, file));
  return {};
}

}  // namespace

void AddTokenCommands(CLI::App& admin, Program& program) {
  CLI::App* token = admin.add_subcommand("token", "Who may call: tokens and certificates in the file of `--tokens`");
  token->require_subcommand(1);
  auto flags = std::make_shared<TokenFlags>();
  const auto add = [&](const char* name, const char* help, Status (*run)(const TokenFlags&)) {
    CLI::App* verb = token->add_subcommand(name, help);
    verb->add_option("--tokens", flags->file, "File of the grants (env FARRELL_TOKENS)")->type_name("FILE");
    SetRun(verb, program, [flags, run](Session&) { return run(*flags); });
    return verb;
  };

  std::string scopes;
  for (const std::string& scope : access::GrantableScopes()) scopes += " " + scope;
  CLI::App* create = add("create", "Make a token and print it, this once; the file keeps only its hash", &RunCreate);
  create->add_option("--principal", flags->principal, "Who it is")->type_name("NAME")->required();
  AddRepeated(create, "--scope", flags->scopes,
              "What it may do, several separated by commas:" + scopes + ", or a method's full name")
      ->type_name("SCOPE,...")
      ->required();
  create->add_option("--project", flags->project, "Project it belongs to: whose data it reads and writes")
      ->type_name("NAME");
  AddRepeated(create, "--data", flags->data,
              "Data it may read instead of all of its project: PROJECT/DATASET, PROJECT/*, PROJECT/DATASET@RELEASE, * "
              "for everything; may be repeated")
      ->type_name("PATTERN");
  create
      ->add_option("--compute-seconds-per-day", flags->quota.compute_seconds_per_day,
                   "Processor seconds that its calls may take on a day in UTC; without the flag no limit")
      ->type_name("SECONDS")
      ->check(Silent(CLI::PositiveNumber));
  create
      ->add_option("--storage-bytes", flags->quota.storage_bytes,
                   "Bytes of cells that its project may have imported; without the flag no limit")
      ->type_name("BYTES")
      ->check(Silent(CLI::PositiveNumber));
  create
      ->add_option("--in-flight", flags->quota.in_flight,
                   "Calls that compute it may have under way; without the flag no limit")
      ->type_name("N")
      ->check(Silent(CLI::PositiveNumber));
  create->add_option("--days", flags->days, "Days until it expires, in [1, 3650]; default 90")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 3650)));
  create
      ->add_option("--certificate", flags->certificate,
                   "No token: let in whoever has a client certificate of this name, DNS:NAME, URI:NAME or IP:ADDRESS")
      ->type_name("NAME");
  AddExamples(create, {"farrell admin token create --tokens grants --principal ada --project provinces --scope "
                       "data.read,dea.run --data 'provinces/*' --data national/gdp > ada.token",
                       "farrell admin token create --tokens grants --principal dea --scope "
                       "data.read,data.embargoed,call.forward --data '*' --certificate DNS:dea.farrell.svc"});
  add("list", "Show who is let in, as CSV; no secret stands there", &RunList);
  CLI::App* revoke = add("revoke", "Take a token or certificate out", &RunRevoke);
  revoke->add_option("HOLDER", flags->holder, "Id of the token, or name of the certificate, as `list` shows it")
      ->required();
}

}  // namespace farrell::cli
