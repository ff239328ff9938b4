// A data service that holds tables in memory, for tests of the services that read them.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/rpc/handler.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::dea::testing {

class TableDataService final : public data::v1::DataService::Service {
 public:
  // Rows in table order; Panel::rows is ignored.
  void Put(const std::string& digest, Panel table) { tables_[digest] = std::move(table); }

  grpc::Status ReadTable(grpc::ServerContext* context, const data::v1::ReadTableRequest* request,
                         grpc::ServerWriter<data::v1::ReadTableResponse>* writer) override {
    return Guard("ReadTable", context, [&](const std::stop_token&) -> Status {
      const auto found = tables_.find(request->table().snapshot_digest());
      if (found == tables_.end()) return NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot");
      const Panel& table = found->second;
      data::v1::ReadTableResponse message;
      data::v1::TableHeader& header = *message.mutable_header();
      header.set_row_count(static_cast<std::int64_t>(table.size()));
      header.mutable_units()->Assign(table.units.begin(), table.units.end());
      header.mutable_periods()->Assign(table.times.begin(), table.times.end());
      for (std::size_t row = 0; row < table.size(); ++row) header.add_rows(static_cast<std::int64_t>(row));
      header.set_synthetic(table.synthetic);
      header.set_known_at(table.known_at);
      for (const std::string& name : request->columns()) {
        const PanelColumn* column = table.Find(name);
        if (column == nullptr) return NotFound("COLUMN_NOT_FOUND", "no column " + name);
        data::v1::Column& made = *header.add_columns();
        made.set_name(name);
        made.set_type(column->is_text ? data::v1::Column::TYPE_TEXT : data::v1::Column::TYPE_NUMBER);
      }
      writer->Write(message);
      for (int at = 0; at < request->columns_size(); ++at) {
        const PanelColumn& column = *table.Find(request->columns(at));
        constexpr std::size_t kRun = 8192;
        for (std::size_t first = 0; first < table.size(); first += kRun) {
          message.Clear();
          data::v1::ColumnChunk& chunk = *message.mutable_chunk();
          chunk.set_column(at);
          chunk.set_first_row(static_cast<std::int64_t>(first));
          std::string missing;
          for (std::size_t row = first; row < std::min(first + kRun, table.size()); ++row) {
            if (column.is_text) {
              chunk.add_texts(column.texts[row]);
            } else {
              const bool absent = column.numbers[row] != column.numbers[row];
              chunk.add_numbers(absent ? 0 : column.numbers[row]);
              missing.push_back(absent ? '\1' : '\0');
            }
          }
          chunk.set_missing(missing);
          writer->Write(message);
        }
      }
      return Status::Ok();
    });
  }

 private:
  std::map<std::string, Panel> tables_;
};

}  // namespace farrell::dea::testing
