#include "common/panel/panel_client.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "common/rpc/ask_again.h"
#include "common/rpc/call.h"
#include "common/rpc/error_mapping.h"

namespace farrell {
namespace {

Status StreamInvalid(std::string_view what) {
  return Internal("TABLE_STREAM_INVALID",
                  "the data service sent a table that contradicts itself: " + std::string(what));
}

// Builds a panel from the messages of one ReadTable call and checks that they fit together.
class PanelReader {
 public:
  Status Add(data::v1::ReadTableResponse& message) {
    if (message.has_header()) return AddHeader(*message.mutable_header());
    if (message.has_chunk()) return AddChunk(*message.mutable_chunk());
    return StreamInvalid("an empty message");
  }

  Result<Panel> Finish() && {
    if (!has_header_) return StreamInvalid("no header");
    for (std::size_t index = 0; index < filled_.size(); ++index) {
      if (filled_[index] != panel_.size()) {
        return StreamInvalid("column '" + panel_.columns[index].name + "' is incomplete");
      }
    }
    SortPanel(panel_);
    return std::move(panel_);
  }

 private:
  Status AddHeader(data::v1::TableHeader& header) {
    if (has_header_) return StreamInvalid("two headers");
    has_header_ = true;
    const std::ptrdiff_t rows = header.row_count();
    if (rows != header.units_size() || rows != header.rows_size() ||
        (header.periods_size() != 0 && rows != header.periods_size())) {
      return StreamInvalid("the header's keys do not have row_count entries");
    }
    panel_.units.assign(std::make_move_iterator(header.mutable_units()->begin()),
                        std::make_move_iterator(header.mutable_units()->end()));
    panel_.times.assign(header.periods().begin(), header.periods().end());
    panel_.rows.assign(header.rows().begin(), header.rows().end());
    panel_.unit_key = header.unit_key();
    panel_.time_key = header.time_key();
    panel_.synthetic = header.synthetic();
    panel_.known_at = header.known_at();
    for (const data::v1::Column& column : header.columns()) {
      PanelColumn& made = panel_.columns.emplace_back();
      made.name = column.name();
      made.is_text = column.type() == data::v1::Column::TYPE_TEXT;
      if (made.is_text) {
        made.texts.resize(panel_.size());
      } else {
        made.numbers.resize(panel_.size(), kMissing);
      }
    }
    filled_.assign(panel_.columns.size(), 0);
    return {};
  }

  Status AddChunk(data::v1::ColumnChunk& chunk) {
    if (!has_header_) return StreamInvalid("cells before the header");
    if (chunk.column() < 0 || chunk.column() >= std::ssize(panel_.columns)) return StreamInvalid("an unknown column");
    const auto index = static_cast<std::size_t>(chunk.column());
    PanelColumn& column = panel_.columns[index];
    const auto count = static_cast<std::size_t>(column.is_text ? chunk.texts_size() : chunk.numbers_size());
    // Runs of one column come in order, so that every cell is filled exactly once.
    if (chunk.first_row() < 0 || static_cast<std::size_t>(chunk.first_row()) != filled_[index] ||
        count > panel_.size() - filled_[index]) {
      return StreamInvalid("runs of column '" + column.name + "' out of order");
    }
    const auto first = static_cast<std::ptrdiff_t>(filled_[index]);
    if (column.is_text) {
      std::move(chunk.mutable_texts()->begin(), chunk.mutable_texts()->end(), column.texts.begin() + first);
    } else {
      if (!chunk.missing().empty() && chunk.missing().size() != count)
        return StreamInvalid("a mask of the wrong length");
      std::copy(chunk.numbers().begin(), chunk.numbers().end(), column.numbers.begin() + first);
      for (std::size_t row = 0; row < chunk.missing().size(); ++row) {
        if (chunk.missing()[row] != 0) column.numbers[filled_[index] + row] = kMissing;
      }
    }
    filled_[index] += count;
    return {};
  }

  Panel panel_;
  bool has_header_ = false;
  std::vector<std::size_t> filled_;  // rows of every column so far
};

Result<Panel> ReadOnce(data::v1::DataService::StubInterface& data, const data::v1::ReadTableRequest& request,
                       const std::stop_token& stop, bool& begun) {
  if (stop.stop_requested()) return Cancelled();
  grpc::ClientContext context;
  PrepareOutgoing(context);
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  const auto stream = data.ReadTable(&context, request);

  PanelReader reader;
  Status malformed;
  data::v1::ReadTableResponse message;
  while (stream->Read(&message)) {
    begun = true;
    malformed = reader.Add(message);
    if (!malformed.ok()) {
      context.TryCancel();
      break;
    }
  }
  const grpc::Status finished = stream->Finish();
  if (!malformed.ok()) return malformed;
  if (stop.stop_requested()) return Cancelled();
  if (!finished.ok()) return FromGrpc(finished);
  return std::move(reader).Finish();
}

}  // namespace

Result<Panel> ReadPanel(data::v1::DataService::StubInterface& data, const common::v1::TableSpec& table,
                        const std::vector<std::string>& columns, const std::stop_token& stop) {
  data::v1::ReadTableRequest request;
  *request.mutable_table() = table;
  for (const std::string& column : columns) request.add_columns(column);
  bool begun = false;
  return AskAgain(
      stop, [&] { return ReadOnce(data, request, stop, begun); }, [&](const Status&) { return begun; });
}

}  // namespace farrell
