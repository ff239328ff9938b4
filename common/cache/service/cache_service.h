// farrell.common.v1.CacheService: what a process keeps of results, explained and looked after.
#pragma once

#include <memory>
#include <vector>

#include "common/cache/kept_results.h"
#include "common/rpc/remote.h"
#include "farrell/common/v1/cache.grpc.pb.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell {

class CacheService final : public common::v1::CacheService::Service {
 public:
  // `kept` outlives the service. `data` gives the channel to the data service, which says what a caller may read; asked
  // for once, at the first call that names a key.
  CacheService(std::vector<KeptResults*> kept, ChannelProvider data) : kept_(std::move(kept)), data_(std::move(data)) {}

  grpc::Status ExplainKey(grpc::ServerContext* context, const common::v1::ExplainKeyRequest* request,
                          common::v1::ExplainKeyResponse* response) override;
  grpc::Status GetCacheStats(grpc::ServerContext* context, const common::v1::GetCacheStatsRequest* request,
                             common::v1::GetCacheStatsResponse* response) override;
  grpc::Status VerifyCache(grpc::ServerContext* context, const common::v1::VerifyCacheRequest* request,
                           common::v1::VerifyCacheResponse* response) override;
  grpc::Status PinEntry(grpc::ServerContext* context, const common::v1::PinEntryRequest* request,
                        common::v1::PinEntryResponse* response) override;
  grpc::Status UnpinEntry(grpc::ServerContext* context, const common::v1::UnpinEntryRequest* request,
                          common::v1::UnpinEntryResponse* response) override;
  grpc::Status QuarantineEntry(grpc::ServerContext* context, const common::v1::QuarantineEntryRequest* request,
                               common::v1::QuarantineEntryResponse* response) override;

 private:
  const std::vector<KeptResults*> kept_;
  Remote<data::v1::DataService> data_;
};

}  // namespace farrell
