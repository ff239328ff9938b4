#include "services/reporting/service/study_tables.h"

#include <vector>

#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/service/score_values.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

using DataStub = data::v1::DataService::StubInterface;

Result<data::v1::Snapshot> Derive(Services& services, const data::v1::DeriveSnapshotRequest& request,
                                  const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(data::v1::DeriveSnapshotResponse response,
                           Invoke(*services.data(), &DataStub::DeriveSnapshot, request, stop));
  return std::move(*response.mutable_snapshot());
}

}  // namespace

NamedData OwnData(const ReadStudy& read) { return {"data", read.study.data().file(), read.study.data().dataset()}; }

NamedData VintageData(const ReadStudy& read, int index) {
  const v1::StudyVintage& vintage = read.study.vintages(index);
  return {Element("vintages", index), vintage.file(), vintage.dataset()};
}

std::string UploadPath(const ReadStudy& read, const NamedData& data) {
  return data.file.empty() ? data.dataset : ResolvePath(read.places.Find(data.field + ".file").file, data.file);
}

const v1::StudyUpload* FindUpload(const ReadStudy& read, const NamedData& data, const v1::StudySource& source) {
  const std::string path = UploadPath(read, data);
  for (const v1::StudyUpload& upload : source.uploads()) {
    if (upload.path() == path) return &upload;
    if (!data.file.empty() && (ResolvePath("", upload.path()) == path || upload.path() == data.file)) return &upload;
  }
  return nullptr;
}

Result<data::v1::Snapshot> FindSnapshot(Services& services, const ReadStudy& read, const NamedData& data,
                                        const v1::StudySource& source, const std::stop_token& stop) {
  const v1::StudyUpload* upload = FindUpload(read, data, source);
  if (upload == nullptr && !data.file.empty()) {
    const std::string path = UploadPath(read, data);
    return NotFound("DATA_MISSING", "the data file " + path + " was not uploaded").With("path", path);
  }
  data::v1::ResolveSnapshotRequest request;
  request.set_reference(upload == nullptr ? data.dataset : upload->snapshot_digest());
  FARRELL_ASSIGN_OR_RETURN(data::v1::ResolveSnapshotResponse response,
                           Invoke(*services.data(), &DataStub::ResolveSnapshot, request, stop));
  return std::move(*response.mutable_snapshot());
}

Result<std::vector<std::string>> ReadUnits(Services& services, const data::v1::Snapshot& snapshot,
                                           const std::stop_token& stop) {
  data::v1::ReadTableRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot.digest());
  request.add_columns(snapshot.unit_key());
  Call call(stop);
  const auto stream = services.data()->ReadTable(call.context(), request);
  std::vector<std::string> units;
  for (data::v1::ReadTableResponse part; stream->Read(&part);) {
    if (!part.has_header()) continue;
    units.assign(part.header().units().begin(), part.header().units().end());
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return FromGrpc(status);
  return units;
}

Result<data::v1::Snapshot> AddClassifications(Services& services, const v1::Study& study,
                                              const data::v1::Snapshot& snapshot, const std::vector<std::string>& units,
                                              const std::stop_token& stop) {
  if (study.classifications().empty()) return snapshot;
  data::v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(snapshot.digest());
  for (const v1::StudyClassification& classification : study.classifications()) {
    std::map<std::string, std::string> group_of;
    for (const v1::StudyGroup& group : classification.groups()) {
      for (const std::string& member : group.members()) group_of[member] = group.name();
    }
    data::v1::AttachedColumn& column = *request.add_attached();
    column.set_name(classification.name());
    column.set_label(classification.label());
    for (const std::string& unit : units) {
      const auto group = group_of.find(unit);
      column.add_texts(group == group_of.end() ? std::string() : group->second);
    }
  }
  return Derive(services, request, stop);
}

Result<data::v1::Snapshot> AddVariables(Services& services, const v1::Study& study, const data::v1::Snapshot& snapshot,
                                        const std::stop_token& stop) {
  data::v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(snapshot.digest());
  for (const int i : OrderVariables(study).before_scores) {
    if (!DefinitionOf(study.variables(i)).empty()) *request.add_derivations() = DerivationOf(study.variables(i));
  }
  request.set_synthetic(study.data().synthetic());
  if (request.derivations().empty() && request.synthetic() == snapshot.synthetic()) return snapshot;
  if (request.derivations().empty() && !request.synthetic()) return snapshot;
  return Derive(services, request, stop);
}

Result<data::v1::Snapshot> AddScores(Services& services, const v1::Study& study, const data::v1::Snapshot& base,
                                     const std::map<std::string, v1::StoredStep>& results,
                                     const std::stop_token& stop) {
  data::v1::DeriveSnapshotRequest request;
  request.set_snapshot_digest(base.digest());
  for (const ScoreColumn& column : ScoreColumns(study)) {
    const auto result = results.find(column.step);
    if (result == results.end()) continue;
    *request.add_attached() = ReadScoreColumn(column, result->second, base.row_count());
  }
  if (request.attached().empty()) return base;
  for (const int i : OrderVariables(study).after_scores) *request.add_derivations() = DerivationOf(study.variables(i));
  return Derive(services, request, stop);
}

const data::v1::Column* FindColumn(const data::v1::Snapshot& snapshot, const std::string& name) {
  for (const data::v1::Column& column : snapshot.columns()) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

}  // namespace farrell::reporting
