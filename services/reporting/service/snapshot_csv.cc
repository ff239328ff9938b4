#include "services/reporting/service/snapshot_csv.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "common/text/csv.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

// Missing, number or text.
using CsvCell = std::variant<std::monostate, double, std::string>;
using Columns = std::vector<std::vector<CsvCell>>;

Status PlaceColumn(const data::v1::ColumnChunk& chunk, Columns& columns) {
  const auto column = static_cast<std::size_t>(chunk.column());
  const auto first = static_cast<std::size_t>(chunk.first_row());
  const auto count = static_cast<std::size_t>(std::max(chunk.numbers_size(), chunk.texts_size()));
  if (column >= columns.size() || first > columns[column].size() || count > columns[column].size() - first) {
    return Internal("TABLE_STREAM_INVALID", "the data service sent cells outside the table");
  }
  for (std::size_t i = 0; i < count; ++i) {
    CsvCell& cell = columns[column][first + i];
    const int at = static_cast<int>(i);
    if (chunk.texts_size() > 0) {
      if (!chunk.texts(at).empty()) cell = chunk.texts(at);
    } else if (i >= chunk.missing().size() || chunk.missing()[i] == 0) {
      cell = chunk.numbers(at);
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::string> SnapshotCsv(Services& services, const data::v1::Snapshot& snapshot, const std::stop_token& stop) {
  data::v1::ReadTableRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot.digest());
  Columns columns;
  Status failed;
  Call call(stop);
  const auto stream = services.data()->ReadTable(call.context(), request);
  for (data::v1::ReadTableResponse part; stream->Read(&part);) {
    if (!failed.ok()) continue;
    if (part.has_header()) {
      columns.assign(static_cast<std::size_t>(part.header().columns_size()),
                     std::vector<CsvCell>(static_cast<std::size_t>(part.header().row_count())));
    }
    if (part.has_chunk()) failed = PlaceColumn(part.chunk(), columns);
  }
  FARRELL_RETURN_IF_ERROR(FromGrpc(stream->Finish()));
  FARRELL_RETURN_IF_ERROR(failed);

  text::CsvWriter csv;
  std::string text = snapshot.synthetic() ? "# SYNTHETIC\n" : "";
  for (const data::v1::Column& column : snapshot.columns()) csv.Cell(column.name());
  csv.EndRow();
  for (std::size_t row = 0; row < static_cast<std::size_t>(snapshot.row_count()); ++row) {
    for (const std::vector<CsvCell>& column : columns) {
      if (const double* number = std::get_if<double>(&column[row])) {
        csv.Cell(*number);
      } else if (const std::string* words = std::get_if<std::string>(&column[row])) {
        csv.Cell(*words);
      } else {
        csv.Cell("");
      }
    }
    csv.EndRow();
  }
  return text + csv.Take();
}

data::v1::ImportOptions ImportOptionsOf(const data::v1::Snapshot& snapshot) {
  data::v1::ImportOptions options;
  options.set_unit_key(snapshot.unit_key());
  options.set_time_key(snapshot.time_key());
  options.set_synthetic(snapshot.synthetic());
  options.set_source(snapshot.source());
  options.set_known_at(snapshot.known_at());
  for (const data::v1::Column& column : snapshot.columns()) {
    const data::v1::ColumnMetadata& metadata = column.metadata();
    if (metadata.label().empty() && metadata.unit().empty() && metadata.source().empty()) continue;
    *options.add_columns() = metadata;
    options.mutable_columns()->rbegin()->set_name(column.name());
    options.mutable_columns()->rbegin()->clear_breaks();
  }
  return options;
}

Status CheckCsv(Services& services, const data::v1::Snapshot& snapshot, const std::string& csv,
                const std::stop_token& stop) {
  Call call(stop);
  data::v1::ImportTableResponse response;
  const auto writer = services.data()->ImportTable(call.context(), &response);
  data::v1::ImportTableRequest request;
  *request.mutable_options() = ImportOptionsOf(snapshot);
  bool open = writer->Write(request);
  for (std::size_t at = 0; open && at < csv.size(); at += kChunkBytes) {
    request.set_chunk(csv.substr(at, kChunkBytes));
    open = writer->Write(request);
  }
  writer->WritesDone();
  const Status imported = FromGrpc(writer->Finish());
  if (imported.code() == Code::kCancelled || imported.code() == Code::kUnavailable) return imported;
  if (imported.ok() && response.snapshot().digest() == snapshot.digest()) return Status::Ok();
  return FailedPrecondition("BUNDLE_DATA_DERIVED",
                            "the data of the run are not those of a file: a snapshot with computed columns cannot be "
                            "bundled; import the table and run the study on it")
      .With("snapshot_digest", snapshot.digest());
}

}  // namespace farrell::reporting
