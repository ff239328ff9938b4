#include "common/access/holder.h"

#include <chrono>
#include <memory>
#include <utility>

#include "common/access/scopes.h"
#include "common/text/time.h"

namespace farrell::access {
namespace {

constexpr std::string_view kTokenPrefix = "token:";

}  // namespace

std::string HolderOf(const Grant& grant) {
  return grant.token.empty() ? grant.certificate : std::string(kTokenPrefix) + grant.token;
}

const Grant* FindHolder(const std::vector<Grant>& grants, std::string_view holder) {
  for (const Grant& grant : grants) {
    if (!holder.empty() && HolderOf(grant) == holder) return &grant;
  }
  return nullptr;
}

Result<CallInfo> CallInNameOf(const std::string& grants_file, const std::string& holder, std::string_view method) {
  CallInfo call = ReadCall(method, nullptr);
  if (grants_file.empty()) return call;
  FARRELL_ASSIGN_OR_RETURN(std::vector<Grant> read, ReadGrants(grants_file));
  const auto grants = std::make_shared<const std::vector<Grant>>(std::move(read));
  const Grant* grant = FindHolder(*grants, holder);
  if (grant == nullptr) {
    return Status(Code::kUnauthenticated, "HOLDER_UNKNOWN",
                  holder.empty() ? "nobody is known for whom it is done: callers were not asked when it was given"
                                 : "the grant " + holder + " was revoked");
  }
  if (std::chrono::system_clock::now() >= grant->expires) {
    return Status(Code::kUnauthenticated, "TOKEN_EXPIRED",
                  "the grant of '" + grant->principal + "' expired at " + text::FormatTime(grant->expires));
  }
  const MethodRule* rule = RuleOf(method);
  if (rule == nullptr || !Allows(grant->scopes, *rule)) {
    return Status(Code::kPermissionDenied, "SCOPE_MISSING",
                  "'" + grant->principal + "' may not call " + std::string(method) + " any more")
        .With("principal", grant->principal);
  }
  call.principal = grant->principal;
  call.project = grant->project;
  call.grant = std::shared_ptr<const Grant>(grants, grant);
  call.passed_on.emplace_back("farrell-caller", holder);
  return call;
}

}  // namespace farrell::access
