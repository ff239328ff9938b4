#include "common/rpc/server_info.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <utility>

#include "common/rpc/call.h"
#include "common/rpc/handler.h"

namespace farrell {

namespace {

// TimeUtil::GetCurrentTime knows whole seconds only.
google::protobuf::Timestamp Now() {
  using std::chrono::nanoseconds;
  const auto since = std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  return google::protobuf::util::TimeUtil::NanosecondsToTimestamp(since.count());
}

}  // namespace

ServerInfo::ServerInfo(std::vector<std::string> services, std::vector<QuotaMeter> quotas, PrincipalFinder principals)
    : services_(std::move(services)),
      quotas_(std::move(quotas)),
      principals_(std::move(principals)),
      started_at_(Now()) {}

grpc::Status ServerInfo::GetServer(grpc::ServerContext* context, const common::v1::GetServerRequest* /*request*/,
                                   common::v1::GetServerResponse* response) {
  return Guard("farrell.common.v1.ServerService/GetServer", context, [&](const std::stop_token&) -> Status {
    response->set_version(FARRELL_VERSION);
    *response->mutable_time() = Now();
    *response->mutable_started_at() = started_at_;
    response->mutable_services()->Add(services_.begin(), services_.end());
    return {};
  });
}

grpc::Status ServerInfo::GetQuota(grpc::ServerContext* context, const common::v1::GetQuotaRequest* request,
                                  common::v1::GetQuotaResponse* response) {
  return Guard("farrell.common.v1.ServerService/GetQuota", context, [&](const std::stop_token&) -> Status {
    const CallInfo& call = *CurrentCall();
    if (call.grant == nullptr) return {};
    std::vector<CallInfo> asked = {call};
    if (!request->principal().empty() && request->principal() != call.principal) {
      FARRELL_ASSIGN_OR_RETURN(asked, principals_(call, request->principal()));
    }
    response->set_principal(asked.front().principal);
    response->set_project(asked.front().project);
    // Several grants share what is the principal's.
    std::vector<QuotaUse> told;
    for (const CallInfo& one : asked) {
      for (const QuotaMeter& meter : quotas_) {
        FARRELL_ASSIGN_OR_RETURN(const std::vector<QuotaUse> quotas, meter(one));
        for (const QuotaUse& quota : quotas) {
          const bool known = std::any_of(told.begin(), told.end(), [&](const QuotaUse& before) {
            return before.name == quota.name && before.project == quota.project;
          });
          if (!known) told.push_back(quota);
        }
      }
    }
    for (const QuotaUse& quota : told) {
      common::v1::QuotaUse& use = *response->add_quotas();
      use.set_name(quota.name);
      use.set_used(quota.used);
      use.set_limit(quota.limit);
      use.set_project(quota.project);
    }
    return {};
  });
}

}  // namespace farrell
