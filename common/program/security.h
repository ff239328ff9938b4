// Who a server program lets in, who it is to others, and what it writes down about it.
#pragma once

#include <string>
#include <vector>

#include "common/program/settings.h"
#include "common/rpc/credentials.h"
#include "common/rpc/server.h"
#include "common/status/status.h"

namespace farrell {

struct SecuritySettings {
  // --tokens: grants to tokens and certificates (access/grants.h); empty: whoever reaches the port is let in.
  std::string grants{};
  // --audit: file of the audit log (audit/audit_log.h); empty: none.
  std::string audit{};
  // --tls-ca: authorities of the services that are called; empty: those of tls-client-ca; without both: plaintext. The
  // certificate shown to them is the server's own.
  std::string service_ca{};
  // --token-file: the token of calls that are made on nobody's behalf, or for a caller without one.
  std::string token_file{};
};

// --tls-cert, --tls-key, --tls-client-ca, --tokens, --audit.
void AddServerSecuritySettings(SettingTable& table, SecuritySettings& settings, ServerOptions& server);
// --tls-ca, --token-file: for programs that call services.
void AddClientSecuritySettings(SettingTable& table, SecuritySettings& settings);

// Checks all files, makes channels of this process use TLS and its token, and gives `server` the stations that let
// callers in and record what they change. `targets`: the services called. INVALID_ARGUMENT, reason SECURITY_UNUSABLE,
// with a violation for everything that is wrong; fields are the names of settings.
Status UseSecurity(const SecuritySettings& settings, const std::vector<std::string>& targets, ServerOptions& server);

}  // namespace farrell
