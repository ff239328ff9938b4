#include "cli/data_export.h"

#include <algorithm>

#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::cli {
namespace {

using Columns = std::vector<std::vector<RowCell>>;

// The cells of a run of one column. The service has promised that lists have the lengths the contract says.
Status Place(const data::v1::ColumnChunk& chunk, Columns& columns) {
  const auto column = static_cast<std::size_t>(chunk.column());
  const auto count = static_cast<std::size_t>(std::max(chunk.numbers_size(), chunk.texts_size()));
  const auto first = static_cast<std::size_t>(chunk.first_row());
  if (column >= columns.size() || first + count > columns[column].size()) {
    return Internal("TABLE_STREAM_INVALID", "the data service sent cells outside the table");
  }
  for (std::size_t i = 0; i < count; ++i) {
    RowCell& cell = columns[column][first + i];
    const int at = static_cast<int>(i);
    if (chunk.texts_size() > 0) {
      cell = Text(chunk.texts(at));
    } else if (i >= chunk.missing().size() || chunk.missing()[i] == 0) {
      cell = Number(chunk.numbers(at));
    }
  }
  return {};
}

std::string JsonCell(const RowCell& cell) {
  if (const double* number = std::get_if<double>(&cell)) return text::FormatReal(*number);
  if (const std::string* value = std::get_if<std::string>(&cell)) return JsonText(*value);
  return "null";
}

std::string JsonOf(const std::vector<std::string>& names, const Columns& columns, std::size_t row_count,
                   bool synthetic) {
  std::string text = std::string("{\n  \"synthetic\": ") + (synthetic ? "true" : "false") + ",\n  \"rows\": [";
  for (std::size_t row = 0; row < row_count; ++row) {
    text += std::string(row == 0 ? "" : ",") + "\n    {";
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += std::string(i == 0 ? "" : ", ") + JsonText(names[i]) + ": " + JsonCell(columns[i][row]);
    }
    text += "}";
  }
  return text + "\n  ]\n}\n";
}

}  // namespace

Status ExportTable(Session& session, const ExportFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::ReadTableRequest request;
  *request.mutable_table() = table.spec;
  for (const std::string& column : SplitLists(flags.columns)) request.add_columns(column);

  data::v1::TableHeader header;
  Columns columns;
  Call call(session);
  const auto reader = connection->data()->ReadTable(call.context(), request);
  FARRELL_RETURN_IF_ERROR(
      ReadStream<data::v1::ReadTableResponse>(call, *reader, [&](data::v1::ReadTableResponse& reply) {
        if (reply.has_header()) {
          header = std::move(*reply.mutable_header());
          columns.assign(static_cast<std::size_t>(header.columns_size()),
                         std::vector<RowCell>(static_cast<std::size_t>(header.row_count())));
        }
        return reply.has_chunk() ? Place(reply.chunk(), columns) : Status();
      }));

  std::vector<std::string> names;
  for (const data::v1::Column& column : header.columns()) names.push_back(column.name());
  const auto row_count = static_cast<std::size_t>(header.row_count());
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(JsonOf(names, columns, row_count, header.synthetic()));
  Rows rows(format, names, header.synthetic());
  for (std::size_t row = 0; row < row_count; ++row) {
    std::vector<RowCell> cells;
    for (const std::vector<RowCell>& column : columns) cells.push_back(column[row]);
    rows.Add(std::move(cells));
  }
  return Print(rows.Take());
}

}  // namespace farrell::cli
