#include "common/access/access_station.h"

#include <grpc/grpc_security_constants.h>

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/access/grants.h"
#include "common/access/scopes.h"
#include "common/program/file_stamp.h"
#include "common/rpc/log.h"

namespace farrell::access {
namespace {

using Grants = std::shared_ptr<const std::vector<Grant>>;

Status Unauthenticated(std::string reason, std::string message) {
  return {Code::kUnauthenticated, std::move(reason), std::move(message)};
}

// The subject alternative names of the client's certificate, as grants write them.
std::vector<std::string> CertificateNames(const grpc::ServerContext& context) {
  std::vector<std::string> names;
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return names;
  for (const auto& [prefix, property] :
       {std::pair{"DNS:", GRPC_PEER_DNS_PROPERTY_NAME}, std::pair{"URI:", GRPC_PEER_URI_PROPERTY_NAME},
        std::pair{"IP:", GRPC_PEER_IP_PROPERTY_NAME}}) {
    for (const grpc::string_ref& value : auth->FindPropertyValues(property)) {
      names.push_back(prefix + std::string(value.data(), value.size()));
    }
  }
  return names;
}

const Grant* FindCertificate(const std::vector<Grant>& grants, const std::vector<std::string>& names) {
  for (const Grant& grant : grants) {
    for (const std::string& name : names) {
      if (!grant.certificate.empty() && grant.certificate == name) return &grant;
    }
  }
  return nullptr;
}

class AccessStation final : public CallStation {
 public:
  AccessStation(std::string path, FileStamp stamp, std::vector<Grant> grants)
      : path_(std::move(path)), stamp_(stamp), grants_(std::make_shared<const std::vector<Grant>>(std::move(grants))) {}

  Status Enter(CallInfo& call, grpc::ServerContext& context) override {
    const Grants grants = Current();
    FARRELL_ASSIGN_OR_RETURN(const Grant* grant, Identify(*grants, call, context));
    call.principal = grant->principal;
    call.project = grant->project;
    if (std::chrono::system_clock::now() >= grant->expires) {
      return Unauthenticated("TOKEN_EXPIRED", "the grant of '" + grant->principal + "' expired at " +
                                                  FormatTime(grant->expires) + "; ask for a new token");
    }
    const MethodRule* rule = RuleOf(call.method);
    if (rule == nullptr) {
      return {Code::kPermissionDenied, "METHOD_WITHOUT_RULE", "no rule lets anybody call " + call.method};
    }
    if (Allows(grant->scopes, *rule)) return {};
    return Status(Code::kPermissionDenied, "SCOPE_MISSING",
                  "'" + grant->principal + "' may not call " + call.method + ": the scope " + std::string(rule->scope) +
                      " is missing")
        .With("scope", std::string(rule->scope))
        .With("principal", grant->principal);
  }

 private:
  Grants Current() {
    const std::lock_guard lock(mutex_);
    // Stamped before it is read: a change in between is seen by the next call.
    if (const FileStamp stamp = StampOf(path_); stamp != stamp_) {
      stamp_ = stamp;
      Result<std::vector<Grant>> grants = ReadGrants(path_);
      if (grants.ok()) {
        grants_ = std::make_shared<const std::vector<Grant>>(std::move(grants).value());
        Log(LogLevel::kInfo, "grants read again", {{"file", path_}, {"count", std::to_string(grants_->size())}});
      } else {
        Log(LogLevel::kError, "the new grants cannot be used; the old ones hold",
            {{"error", grants.status().ToString()}});
      }
    }
    return grants_;
  }

  static Result<const Grant*> Identify(const std::vector<Grant>& grants, CallInfo& call,
                                       const grpc::ServerContext& context) {
    const auto headers = context.client_metadata().equal_range(grpc::string_ref("authorization"));
    if (headers.first != headers.second) {
      const std::string header(headers.first->second.data(), headers.first->second.size());
      constexpr std::string_view kScheme = "Bearer ";
      if (std::next(headers.first) != headers.second || !header.starts_with(kScheme)) {
        return Unauthenticated("CREDENTIALS_MALFORMED", "expected one header `authorization: Bearer TOKEN`");
      }
      const Grant* grant = FindToken(grants, std::string_view(header).substr(kScheme.size()));
      if (grant == nullptr) return Unauthenticated("TOKEN_UNKNOWN", "the token is not known here or was revoked");
      call.passed_on.emplace_back("authorization", header);
      return grant;
    }
    const std::vector<std::string> names = CertificateNames(context);
    if (const Grant* grant = FindCertificate(grants, names)) return grant;
    if (names.empty()) {
      return Unauthenticated(
          "CREDENTIALS_MISSING",
          "this server wants to know who calls: give a token (--token-file, FARRELL_TOKEN_FILE) or a "
          "client certificate it has a grant for");
    }
    return Unauthenticated("CERTIFICATE_UNKNOWN", "no grant names the client certificate '" + names.front() + "'");
  }

  std::mutex mutex_;
  std::string path_;
  FileStamp stamp_;
  Grants grants_;
};

}  // namespace

Result<std::shared_ptr<CallStation>> MakeAccessStation(const std::string& grants_file) {
  const FileStamp stamp = StampOf(grants_file);
  FARRELL_ASSIGN_OR_RETURN(std::vector<Grant> grants, ReadGrants(grants_file));
  return std::shared_ptr<CallStation>(std::make_shared<AccessStation>(grants_file, stamp, std::move(grants)));
}

}  // namespace farrell::access
