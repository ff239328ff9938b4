#include "common/rpc/server_info.h"

#include <google/protobuf/util/time_util.h>

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

ServerInfo::ServerInfo(std::vector<std::string> services, std::vector<QuotaMeter> quotas)
    : services_(std::move(services)), quotas_(std::move(quotas)), started_at_(Now()) {}

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

grpc::Status ServerInfo::GetQuota(grpc::ServerContext* context, const common::v1::GetQuotaRequest* /*request*/,
                                  common::v1::GetQuotaResponse* response) {
  return Guard("farrell.common.v1.ServerService/GetQuota", context, [&](const std::stop_token&) -> Status {
    const CallInfo& call = *CurrentCall();
    if (call.grant == nullptr) return {};
    response->set_principal(call.principal);
    response->set_project(call.project);
    for (const QuotaMeter& meter : quotas_) {
      FARRELL_ASSIGN_OR_RETURN(const std::vector<QuotaUse> quotas, meter(call));
      for (const QuotaUse& quota : quotas) {
        common::v1::QuotaUse& told = *response->add_quotas();
        told.set_name(quota.name);
        told.set_used(quota.used);
        told.set_limit(quota.limit);
      }
    }
    return {};
  });
}

}  // namespace farrell
