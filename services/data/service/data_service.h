// farrell.data.v1.DataService over a Store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/server.h"
#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/data/service/store.h"

namespace farrell::data {

// Thread-safe. Every method is documented in data.proto and arrivals.proto.
class DataService final : public v1::DataService::Service {
 public:
  explicit DataService(std::unique_ptr<Store> store);

  // Errors of sql::Database::Open and sql::Migrate.
  static Result<std::unique_ptr<DataService>> Open(const sql::DatabaseOptions& options);

  // For GetQuota: storage_bytes of the project of a call.
  Result<std::vector<QuotaUse>> StorageOf(const CallInfo& call);

  grpc::Status ImportTable(grpc::ServerContext* context, grpc::ServerReader<v1::ImportTableRequest>* reader,
                           v1::ImportTableResponse* response) override;
  grpc::Status ValidateTable(grpc::ServerContext* context, grpc::ServerReader<v1::ValidateTableRequest>* reader,
                             v1::ValidateTableResponse* response) override;
  grpc::Status DeriveSnapshot(grpc::ServerContext* context, const v1::DeriveSnapshotRequest* request,
                              v1::DeriveSnapshotResponse* response) override;
  grpc::Status ReadTable(grpc::ServerContext* context, const v1::ReadTableRequest* request,
                         grpc::ServerWriter<v1::ReadTableResponse>* writer) override;
  grpc::Status GetSnapshot(grpc::ServerContext* context, const v1::GetSnapshotRequest* request,
                           v1::GetSnapshotResponse* response) override;
  grpc::Status ResolveSnapshot(grpc::ServerContext* context, const v1::ResolveSnapshotRequest* request,
                               v1::ResolveSnapshotResponse* response) override;
  grpc::Status ListDatasets(grpc::ServerContext* context, const v1::ListDatasetsRequest* request,
                            v1::ListDatasetsResponse* response) override;
  grpc::Status DeleteDataset(grpc::ServerContext* context, const v1::DeleteDatasetRequest* request,
                             v1::DeleteDatasetResponse* response) override;
  grpc::Status SetEmbargo(grpc::ServerContext* context, const v1::SetEmbargoRequest* request,
                          v1::SetEmbargoResponse* response) override;
  grpc::Status CheckSnapshots(grpc::ServerContext* context, const v1::CheckSnapshotsRequest* request,
                              v1::CheckSnapshotsResponse* response) override;
  grpc::Status DescribeTable(grpc::ServerContext* context, const v1::DescribeTableRequest* request,
                             v1::DescribeTableResponse* response) override;

  // arrival_calls.cc
  grpc::Status WatchDataset(grpc::ServerContext* context, const v1::WatchDatasetRequest* request,
                            grpc::ServerWriter<v1::WatchDatasetResponse>* writer) override;
  grpc::Status DiffSnapshots(grpc::ServerContext* context, const v1::DiffSnapshotsRequest* request,
                             grpc::ServerWriter<v1::DiffSnapshotsResponse>* writer) override;
  grpc::Status GetDatasetStatus(grpc::ServerContext* context, const v1::GetDatasetStatusRequest* request,
                                v1::GetDatasetStatusResponse* response) override;
  grpc::Status DeclareDataset(grpc::ServerContext* context, const v1::DeclareDatasetRequest* request,
                              v1::DeclareDatasetResponse* response) override;
  grpc::Status FreezePeriods(grpc::ServerContext* context, const v1::FreezePeriodsRequest* request,
                             v1::FreezePeriodsResponse* response) override;
  grpc::Status GetCellHistory(grpc::ServerContext* context, const v1::GetCellHistoryRequest* request,
                              v1::GetCellHistoryResponse* response) override;
  grpc::Status PushCells(grpc::ServerContext* context, grpc::ServerReader<v1::PushCellsRequest>* reader,
                         v1::PushCellsResponse* response) override;

 private:
  // With the breaks declared for its columns.
  Status Fill(const SnapshotInfo& info, v1::Snapshot& snapshot);

  std::unique_ptr<Store> store_;
};

}  // namespace farrell::data
