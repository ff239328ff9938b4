#include "common/access/access_station.h"

#include <grpc/grpc_security_constants.h>

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/access/grants.h"
#include "common/access/holder.h"
#include "common/access/scopes.h"
#include "common/program/file_stamp.h"
#include "common/rpc/log.h"
#include "common/text/time.h"

namespace farrell::access {
namespace {

using Grants = std::shared_ptr<const std::vector<Grant>>;

Status Unauthenticated(std::string reason, std::string message) {
  return {Code::kUnauthenticated, std::move(reason), std::move(message)};
}

Status ScopeMissing(const Grant& grant, std::string_view scope, const std::string& what) {
  return Status(Code::kPermissionDenied, "SCOPE_MISSING",
                "'" + grant.principal + "' " + what + ": the scope " + std::string(scope) + " is missing")
      .With("scope", std::string(scope))
      .With("principal", grant.principal);
}

// Metadata: the token of a caller, and the certificate for whose holder a service calls.
constexpr std::string_view kTokenKey = "authorization";
constexpr std::string_view kCallerKey = "farrell-caller";

std::string_view Header(const grpc::ServerContext& context, std::string_view key) {
  const auto found = context.client_metadata().find(grpc::string_ref(key.data(), key.size()));
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
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

class FileStation final : public AccessStation {
 public:
  FileStation(std::string path, FileStamp stamp, std::vector<Grant> grants)
      : path_(std::move(path)), stamp_(stamp), grants_(std::make_shared<const std::vector<Grant>>(std::move(grants))) {}

  Status Enter(CallInfo& call, grpc::ServerContext& context) override {
    const Grants grants = Current();
    FARRELL_ASSIGN_OR_RETURN(const Grant* grant, Identify(*grants, context));
    FARRELL_RETURN_IF_ERROR(CheckTime(*grant));
    const std::string_view forwarded = Header(context, kCallerKey);
    if (!forwarded.empty()) {
      FARRELL_ASSIGN_OR_RETURN(grant, ForwardedCaller(*grants, *grant, forwarded));
      FARRELL_RETURN_IF_ERROR(CheckTime(*grant));
    }
    call.principal = grant->principal;
    call.project = grant->project;
    call.grant = std::shared_ptr<const Grant>(grants, grant);
    // A token of whom a service calls for is not at hand.
    const bool by_name = grant->token.empty() || !forwarded.empty();
    call.passed_on.emplace_back(by_name ? std::pair(std::string(kCallerKey), HolderOf(*grant))
                                        : std::pair(std::string(kTokenKey), std::string(Header(context, kTokenKey))));
    const MethodRule* rule = RuleOf(call.method);
    if (rule == nullptr) {
      return {Code::kPermissionDenied, "METHOD_WITHOUT_RULE", "no rule lets anybody call " + call.method};
    }
    return Allows(grant->scopes, *rule) ? Status() : ScopeMissing(*grant, rule->scope, "may not call " + call.method);
  }

  Result<std::vector<CallInfo>> As(const CallInfo& caller, const std::string& principal) override {
    if (!Holds(caller.grant->scopes, kAdminScope)) {
      return ScopeMissing(*caller.grant, kAdminScope, "may not see what others use");
    }
    const Grants grants = Current();
    std::vector<CallInfo> calls;
    for (const Grant& grant : *grants) {
      if (grant.principal != principal) continue;
      CallInfo& call = calls.emplace_back();
      call.method = caller.method;
      call.request_id = caller.request_id;
      call.principal = grant.principal;
      call.project = grant.project;
      call.grant = std::shared_ptr<const Grant>(grants, &grant);
    }
    if (calls.empty()) return NotFound("PRINCIPAL_UNKNOWN", "no grant names the principal '" + principal + "'");
    return calls;
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

  static Status CheckTime(const Grant& grant) {
    if (std::chrono::system_clock::now() < grant.expires) return {};
    return Unauthenticated("TOKEN_EXPIRED", "the grant of '" + grant.principal + "' expired at " +
                                                text::FormatTime(grant.expires) + "; ask for a new token");
  }

  // The one for whom a service calls: a certificate cannot be passed on as a token can, and whoever gave work to do
  // later is named by their grant alone.
  static Result<const Grant*> ForwardedCaller(const std::vector<Grant>& grants, const Grant& service,
                                              std::string_view name) {
    if (!Holds(service.scopes, kForwardScope)) {
      return ScopeMissing(service, kForwardScope, "may not call on behalf of others");
    }
    if (const Grant* grant = FindHolder(grants, name)) return grant;
    if (name.starts_with("token:")) {
      return Unauthenticated("TOKEN_UNKNOWN", "the grant " + std::string(name) + " is not known here or was revoked");
    }
    return Unauthenticated("CERTIFICATE_UNKNOWN", "no grant names the client certificate '" + std::string(name) + "'");
  }

  static Result<const Grant*> Identify(const std::vector<Grant>& grants, const grpc::ServerContext& context) {
    const auto headers = context.client_metadata().equal_range(grpc::string_ref(kTokenKey.data(), kTokenKey.size()));
    if (headers.first != headers.second) {
      const std::string header(headers.first->second.data(), headers.first->second.size());
      constexpr std::string_view kScheme = "Bearer ";
      if (std::next(headers.first) != headers.second || !header.starts_with(kScheme)) {
        return Unauthenticated("CREDENTIALS_MALFORMED", "expected one header `authorization: Bearer TOKEN`");
      }
      const Grant* grant = FindToken(grants, std::string_view(header).substr(kScheme.size()));
      if (grant == nullptr) return Unauthenticated("TOKEN_UNKNOWN", "the token is not known here or was revoked");
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

Result<std::shared_ptr<AccessStation>> MakeAccessStation(const std::string& grants_file) {
  const FileStamp stamp = StampOf(grants_file);
  FARRELL_ASSIGN_OR_RETURN(std::vector<Grant> grants, ReadGrants(grants_file));
  return std::shared_ptr<AccessStation>(std::make_shared<FileStation>(grants_file, stamp, std::move(grants)));
}

}  // namespace farrell::access
