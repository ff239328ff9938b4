// What a server says of itself: farrell.common.v1.ServerService, which StartServer adds to every server.
#pragma once

#include <string>
#include <vector>

#include "farrell/common/v1/server.grpc.pb.h"

namespace farrell {

class ServerInfo final : public common::v1::ServerService::Service {
 public:
  // Full names of the services beside this one.
  explicit ServerInfo(std::vector<std::string> services);

  grpc::Status GetServer(grpc::ServerContext* context, const common::v1::GetServerRequest* request,
                         common::v1::GetServerResponse* response) override;

 private:
  const std::vector<std::string> services_;
  const google::protobuf::Timestamp started_at_;
};

}  // namespace farrell
