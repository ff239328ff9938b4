#include "cli/credentials.h"

#include <algorithm>
#include <utility>

#include "common/program/environment.h"
#include "common/program/secret_file.h"
#include "common/rpc/call.h"
#include "common/rpc/credentials.h"

namespace farrell::cli {

Status UseCredentials(const Options& options, const std::vector<std::string>& targets) {
  if (targets.empty()) return {};
  const auto given = [](const std::string& flag, const char* variable) {
    return flag.empty() ? Environment(variable) : flag;
  };
  const ClientTls tls{.ca = given(options.tls_ca, "FARRELL_TLS_CA"),
                      .certificate = given(options.tls_cert, "FARRELL_TLS_CERT"),
                      .key = given(options.tls_key, "FARRELL_TLS_KEY")};
  const std::string token_file = given(options.token_file, "FARRELL_TOKEN_FILE");

  Violations violations;
  const auto gather = [&](const Status& status) {
    for (const FieldViolation& one : status.violations()) violations.Add("--" + one.field, one.description);
  };
  gather(UseClientTls(tls));
  if (tls.ca.empty() && !(tls.certificate.empty() && tls.key.empty())) {
    violations.Add("--tls-ca", "is needed with a certificate: calls are in plaintext without it");
  }
  if (!token_file.empty()) {
    auto token = SecretFile::Open("token-file", token_file);
    gather(token.status());
    if (tls.ca.empty() && !std::all_of(targets.begin(), targets.end(), StaysOnThisMachine)) {
      violations.Add("--tls-ca", "is needed with a token: it is not sent in plaintext to another machine");
    }
    if (token.ok()) UseOwnAuthorization([file = std::move(token).value()] { return "Bearer " + file->Get(); });
  }
  return std::move(violations).Finish("CREDENTIALS_UNUSABLE", "the credentials cannot be used");
}

}  // namespace farrell::cli
