// What a server says of itself: farrell.common.v1.ServerService, which StartServer adds to every server.
#pragma once

#include <string>
#include <vector>

#include "common/rpc/server.h"
#include "farrell/common/v1/server.grpc.pb.h"

namespace farrell {

class ServerInfo final : public common::v1::ServerService::Service {
 public:
  // Full names of the services beside this one.
  ServerInfo(std::vector<std::string> services, std::vector<QuotaMeter> quotas, PrincipalFinder principals);

  grpc::Status GetServer(grpc::ServerContext* context, const common::v1::GetServerRequest* request,
                         common::v1::GetServerResponse* response) override;
  grpc::Status GetQuota(grpc::ServerContext* context, const common::v1::GetQuotaRequest* request,
                        common::v1::GetQuotaResponse* response) override;

 private:
  const std::vector<std::string> services_;
  const std::vector<QuotaMeter> quotas_;
  const PrincipalFinder principals_;
  const google::protobuf::Timestamp started_at_;
};

}  // namespace farrell
