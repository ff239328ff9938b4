#include "common/program/security.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/access/access_station.h"
#include "common/audit/audit_stations.h"
#include "common/program/secret_file.h"
#include "common/rpc/call.h"

namespace farrell {
namespace {

// Violations keep their fields; an error without any stands under `name`.
void Gather(const std::string& name, const Status& status, Violations& violations) {
  for (const FieldViolation& violation : status.violations()) violations.Add(violation.field, violation.description);
  if (!status.ok() && status.violations().empty()) violations.Add(name, status.message());
}

bool AnyElsewhere(const std::vector<std::string>& targets) {
  return !std::all_of(targets.begin(), targets.end(), StaysOnThisMachine);
}

void UseClient(const SecuritySettings& settings, const std::vector<std::string>& targets, const ServerTls& own,
               Violations& violations) {
  const std::string& ca = settings.service_ca.empty() ? own.client_ca : settings.service_ca;
  Gather("tls-ca", UseClientTls({.ca = ca, .certificate = own.certificate, .key = own.key}), violations);
  // Callers' tokens are handed on, so they matter as much as an own one.
  if (ca.empty() && AnyElsewhere(targets) && !(settings.token_file.empty() && settings.grants.empty())) {
    violations.Add("tls-ca", "is needed: tokens are not sent in plaintext to services on other machines");
  }
  if (settings.token_file.empty()) return;
  auto token = SecretFile::Open("token-file", settings.token_file);
  Gather("token-file", token.status(), violations);
  if (token.ok()) UseOwnAuthorization([file = std::move(token).value()] { return "Bearer " + file->Get(); });
}

}  // namespace

void AddServerSecuritySettings(SettingTable& table, SecuritySettings& settings, ServerOptions& server) {
  table.Text("tls-cert", server.tls.certificate, "FILE", "Certificate chain in PEM form; without it: plaintext");
  table.Text("tls-key", server.tls.key, "FILE", "Key of the certificate");
  table.Text("tls-client-ca", server.tls.client_ca, "FILE",
             "Authorities whose clients are let in; without it clients need no certificate");
  table.Text("tokens", settings.grants, "FILE",
             "Grants to tokens and certificates (`farrell admin token`); without it everybody is let in");
  table.Text("audit", settings.audit, "FILE", "Audit log of every call that changes something; this program's own");
}

void AddClientSecuritySettings(SettingTable& table, SecuritySettings& settings) {
  table.Text("tls-ca", settings.service_ca, "FILE",
             "Authorities of the services called; default: those of tls-client-ca, without both: plaintext");
  table.Text("token-file", settings.token_file, "FILE",
             "Token for calls to other services that no caller's token covers");
}

Status UseSecurity(const SecuritySettings& settings, const std::vector<std::string>& targets, ServerOptions& server) {
  Violations violations;
  Gather("tls-cert", MakeServerCredentials(server.tls).status(), violations);
  if (!targets.empty()) UseClient(settings, targets, server.tls, violations);

  std::shared_ptr<audit::AuditLog> log;
  if (!settings.audit.empty()) {
    auto opened = audit::AuditLog::Open(settings.audit);
    Gather("audit", opened.status(), violations);
    if (opened.ok()) log = std::move(opened).value();
  }
  if (log != nullptr) server.stations.push_back(audit::MakeOutcomeStation(log));
  if (!settings.grants.empty()) {
    auto station = access::MakeAccessStation(settings.grants);
    Gather("tokens", station.status(), violations);
    if (station.ok()) {
      server.principals = [door = *station](const CallInfo& caller, const std::string& principal) {
        return door->As(caller, principal);
      };
      server.stations.push_back(*station);
    }
    if (server.tls.certificate.empty() && !server.listen.empty() && !StaysOnThisMachine(server.listen)) {
      violations.Add("tls-cert", "is needed: tokens are not taken in plaintext from other machines");
    }
  }
  if (log != nullptr) server.stations.push_back(audit::MakeAdmittedStation(log));
  return std::move(violations).Finish("SECURITY_UNUSABLE", "the settings cannot be used");
}

}  // namespace farrell
