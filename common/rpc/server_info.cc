#include "common/rpc/server_info.h"

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <stop_token>
#include <utility>

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

ServerInfo::ServerInfo(std::vector<std::string> services) : services_(std::move(services)), started_at_(Now()) {}

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

}  // namespace farrell
