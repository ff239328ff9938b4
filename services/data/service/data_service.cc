#include "services/data/service/data_service.h"

#include <algorithm>
#include <utility>

#include "common/access/data_access.h"
#include "common/rpc/call.h"
#include "common/rpc/handler.h"
#include "common/rpc/page_size.h"
#include "services/data/engine/describe.h"
#include "services/data/engine/keys.h"
#include "services/data/service/arrival_convert.h"
#include "services/data/service/convert.h"
#include "services/data/service/upload.h"

namespace farrell::data {
namespace {

constexpr std::size_t kRowsPerChunk = 8192;
constexpr int kDatasetsOnAPage = 100;
constexpr int kMaxDigests = 10000;

Status WriteView(const View& view, const Snapshot& snapshot, grpc::ServerWriter<v1::ReadTableResponse>& writer,
                 const std::stop_token& stop) {
  v1::ReadTableResponse response;
  *response.mutable_header() = ToHeader(view, snapshot);
  if (!writer.Write(response)) return Cancelled();
  for (std::size_t column = 0; column < view.columns.size(); ++column) {
    for (std::size_t first = 0; first < view.rows.size(); first += kRowsPerChunk) {
      if (stop.stop_requested()) return Cancelled();
      *response.mutable_chunk() = ToChunk(view, column, first, std::min(kRowsPerChunk, view.rows.size() - first));
      if (!writer.Write(response)) return Cancelled();
    }
  }
  return Status::Ok();
}

// Drops texts and keys: what "every numeric column" means.
void KeepNumericValues(View& view) {
  const Keys& keys = *view.table.keys;
  std::erase_if(view.columns, [&keys](const ColumnPtr& column) {
    return column->is_text || column->name == keys.unit_key || column->name == keys.time_key;
  });
}

}  // namespace

DataService::DataService(std::unique_ptr<Store> store) : store_(std::move(store)) {}

Result<std::unique_ptr<DataService>> DataService::Open(const sql::DatabaseOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(auto database, sql::Database::Open(options));
  FARRELL_ASSIGN_OR_RETURN(auto store, Store::Open(std::move(database)));
  return std::make_unique<DataService>(std::move(store));
}

Result<std::vector<QuotaUse>> DataService::StorageOf(const CallInfo& call) {
  FARRELL_ASSIGN_OR_RETURN(const std::int64_t used, store_->ImportedBytes(call.project));
  const access::DataAccess caller(call.grant);
  return std::vector<QuotaUse>{
      {"storage_bytes", static_cast<double>(used), static_cast<double>(caller.quota().storage_bytes), call.project}};
}

Status DataService::Fill(const SnapshotInfo& info, v1::Snapshot& snapshot) {
  snapshot = ToProto(info);
  FARRELL_ASSIGN_OR_RETURN(const std::vector<DeclaredBreak> breaks, store_->BreaksOf(info.digest));
  AttachBreaks(breaks, snapshot);
  return Status::Ok();
}

grpc::Status DataService::ImportTable(grpc::ServerContext* context, grpc::ServerReader<v1::ImportTableRequest>* reader,
                                      v1::ImportTableResponse* response) {
  return Guard("farrell.data.v1.DataService/ImportTable", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(Upload upload, ReadUpload(*context, *reader, stop));
    FARRELL_RETURN_IF_ERROR(upload.outcome.ToStatus(upload.options.file_name()));
    FARRELL_ASSIGN_OR_RETURN(const SnapshotDigests digests, DigestTable(*upload.outcome.table, stop));
    if (context->IsCancelled()) return Cancelled();
    Store::Name name = ToName(upload.options);
    name.source_digest = upload.source_digest;
    FARRELL_ASSIGN_OR_RETURN(const Store::Put put, store_->Add(std::move(*upload.outcome.table), digests, name, ""));
    FARRELL_RETURN_IF_ERROR(Fill(put.snapshot->info, *response->mutable_snapshot()));
    response->set_existed(put.existed);
    for (const std::string& each : upload.assumptions) response->add_assumptions(each);
    for (const EventPeriod& period : put.changes) *response->add_changes() = ToProto(period);
    NoteRequest(*response);  // the digest of the table says what was uploaded
    return Status::Ok();
  });
}

grpc::Status DataService::ValidateTable(grpc::ServerContext* context,
                                        grpc::ServerReader<v1::ValidateTableRequest>* reader,
                                        v1::ValidateTableResponse* response) {
  return Guard("farrell.data.v1.DataService/ValidateTable", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const Upload upload, ReadUpload(*context, *reader, stop));
    for (const TableProblem& problem : upload.outcome.problems) *response->add_problems() = ToProto(problem);
    response->set_problem_count(upload.outcome.problem_count);
    for (const std::string& each : upload.assumptions) response->add_assumptions(each);
    response->set_preview(upload.preview);
    return Status::Ok();
  });
}

grpc::Status DataService::DeriveSnapshot(grpc::ServerContext* context, const v1::DeriveSnapshotRequest* request,
                                         v1::DeriveSnapshotResponse* response) {
  return Guard("farrell.data.v1.DataService/DeriveSnapshot", context, [&](const std::stop_token& stop) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr base, store_->Load(request->snapshot_digest()));
    Table table = base->table;
    for (int index = 0; index < request->attached_size(); ++index) {
      const std::string field = "attached[" + std::to_string(index) + "]";
      FARRELL_ASSIGN_OR_RETURN(ColumnPtr column, ToColumn(request->attached(index), table, field));
      table.columns.push_back(std::move(column));
    }
    for (int index = 0; index < request->derivations_size(); ++index) {
      const std::string field = "derivations[" + std::to_string(index) + "]";
      FARRELL_RETURN_IF_ERROR(AddDerivation(table, ToDerivation(request->derivations(index)), field, stop));
    }
    table.synthetic = table.synthetic || request->synthetic();
    FARRELL_ASSIGN_OR_RETURN(const SnapshotDigests digests, DigestTable(table, stop));
    FARRELL_ASSIGN_OR_RETURN(const Store::Put put, store_->Add(std::move(table), digests, {}, base->info.digest));
    return Fill(put.snapshot->info, *response->mutable_snapshot());
  });
}

grpc::Status DataService::ReadTable(grpc::ServerContext* context, const v1::ReadTableRequest* request,
                                    grpc::ServerWriter<v1::ReadTableResponse>* writer) {
  return Guard("farrell.data.v1.DataService/ReadTable", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(ViewSpec spec, ToViewSpec(request->table()));
    spec.columns.assign(request->columns().begin(), request->columns().end());
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr snapshot, store_->Load(request->table().snapshot_digest()));
    FARRELL_ASSIGN_OR_RETURN(const View view, MakeView(snapshot->table, spec, stop));
    return WriteView(view, *snapshot, *writer, stop);
  });
}

grpc::Status DataService::GetSnapshot(grpc::ServerContext* context, const v1::GetSnapshotRequest* request,
                                      v1::GetSnapshotResponse* response) {
  return Guard("farrell.data.v1.DataService/GetSnapshot", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const SnapshotInfo info, store_->Info(request->digest()));
    return Fill(info, *response->mutable_snapshot());
  });
}

grpc::Status DataService::ResolveSnapshot(grpc::ServerContext* context, const v1::ResolveSnapshotRequest* request,
                                          v1::ResolveSnapshotResponse* response) {
  return Guard("farrell.data.v1.DataService/ResolveSnapshot", context, [&](const std::stop_token&) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const ResolvedReference resolved, store_->Resolve(request->reference()));
    FARRELL_ASSIGN_OR_RETURN(const SnapshotInfo info, store_->Info(resolved.digest));
    FARRELL_RETURN_IF_ERROR(Fill(info, *response->mutable_snapshot()));
    response->set_dataset(resolved.dataset);
    response->set_release(resolved.release);
    response->set_newest_release(resolved.newest_release);
    return Status::Ok();
  });
}

grpc::Status DataService::ListDatasets(grpc::ServerContext* context, const v1::ListDatasetsRequest* request,
                                       v1::ListDatasetsResponse* response) {
  return Guard("farrell.data.v1.DataService/ListDatasets", context, [&](const std::stop_token&) -> Status {
    Violations violations;
    const int page = PageSize(request->page_size(), kDatasetsOnAPage, violations);
    FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIELD_OUT_OF_RANGE", "the page cannot be given"));
    FARRELL_ASSIGN_OR_RETURN(Store::Page found, store_->List(request->page_token(), page));
    for (const StoredDataset& dataset : found.datasets) *response->add_datasets() = ToProto(dataset);
    response->set_next_page_token(found.next);
    return Status::Ok();
  });
}

grpc::Status DataService::DeleteDataset(grpc::ServerContext* context, const v1::DeleteDatasetRequest* request,
                                        v1::DeleteDatasetResponse* response) {
  return Guard("farrell.data.v1.DataService/DeleteDataset", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    FARRELL_ASSIGN_OR_RETURN(const int removed, store_->Remove(request->dataset(), request->release()));
    response->set_deleted_release_count(removed);
    return Status::Ok();
  });
}

grpc::Status DataService::SetEmbargo(grpc::ServerContext* context, const v1::SetEmbargoRequest* request,
                                     v1::SetEmbargoResponse* response) {
  return Guard("farrell.data.v1.DataService/SetEmbargo", context, [&](const std::stop_token&) -> Status {
    NoteRequest(*request);
    Violations violations;
    if (request->release().empty()) violations.Add("release", "name the release: an embargo is one release's");
    const std::optional<std::int64_t> until = EmbargoOf(request->embargo_until());
    if (!until) violations.Add("embargo_until", std::string(kTimestampNeeded));
    FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("EMBARGO_INVALID", "the embargo cannot be set"));
    FARRELL_ASSIGN_OR_RETURN(const Store::Embargo moved,
                             store_->SetEmbargo(request->dataset(), request->release(), *until));
    response->set_embargo_before(EmbargoText(moved.before));
    response->set_embargo_until(EmbargoText(moved.until));
    return Status::Ok();
  });
}

grpc::Status DataService::CheckSnapshots(grpc::ServerContext* context, const v1::CheckSnapshotsRequest* request,
                                         v1::CheckSnapshotsResponse* response) {
  return Guard("farrell.data.v1.DataService/CheckSnapshots", context, [&](const std::stop_token&) -> Status {
    if (request->digests_size() > kMaxDigests) {
      return InvalidArgument("FIELD_OUT_OF_RANGE", "too many digests")
          .WithViolations({{"digests", "at most " + std::to_string(kMaxDigests)}});
    }
    FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> readable,
                             store_->Readable({request->digests().begin(), request->digests().end()}));
    response->mutable_readable()->Add(readable.begin(), readable.end());
    response->set_complete(access::DataAccess::OfCurrentCall().MayReadAll());
    return Status::Ok();
  });
}

grpc::Status DataService::DescribeTable(grpc::ServerContext* context, const v1::DescribeTableRequest* request,
                                        v1::DescribeTableResponse* response) {
  return Guard("farrell.data.v1.DataService/DescribeTable", context, [&](const std::stop_token& stop) -> Status {
    FARRELL_ASSIGN_OR_RETURN(ViewSpec spec, ToViewSpec(request->table()));
    FARRELL_ASSIGN_OR_RETURN(const SnapshotPtr snapshot, store_->Load(request->table().snapshot_digest()));
    spec.columns.assign(request->columns().begin(), request->columns().end());
    FARRELL_ASSIGN_OR_RETURN(View view, MakeView(snapshot->table, spec, stop));
    if (spec.columns.empty()) KeepNumericValues(view);
    const Column* by = request->by().empty() ? nullptr : view.table.Find(request->by());
    if (by == nullptr && !request->by().empty()) return ColumnNotFound(view.table, request->by(), "by");
    FARRELL_ASSIGN_OR_RETURN(const Description description, Describe(view, by, stop));
    for (const ColumnStatistics& column : description.columns) *response->add_columns() = ToProto(column);
    for (const PeriodCompleteness& period : description.completeness) *response->add_completeness() = ToProto(period);
    *response->mutable_provenance() = DescriptionProvenance(*request, spec, view);
    return Status::Ok();
  });
}

}  // namespace farrell::data
