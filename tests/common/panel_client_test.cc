// What ReadPanel makes of a data service, well-behaved or not.
#include "common/panel/panel_client.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <latch>

#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"

namespace farrell {
namespace {

using data::v1::ReadTableResponse;
using Writer = grpc::ServerWriter<ReadTableResponse>;

class ScriptedDataService final : public data::v1::DataService::Service {
 public:
  using Script = std::function<Status(const data::v1::ReadTableRequest&, Writer&, std::stop_token)>;
  explicit ScriptedDataService(Script script) : script_(std::move(script)) {}
  grpc::Status ReadTable(grpc::ServerContext* context, const data::v1::ReadTableRequest* request,
                         Writer* writer) override {
    return Guard("ReadTable", context,
                 [&](std::stop_token stop) { return script_(*request, *writer, std::move(stop)); });
  }

 private:
  Script script_;
};

Result<Panel> Read(ScriptedDataService::Script script, std::stop_token stop = {}) {
  ScriptedDataService service(std::move(script));
  auto server = StartServer({}, {Serve<data::v1::DataService>(&service)});
  EXPECT_TRUE(server.ok());
  const auto stub = data::v1::DataService::NewStub((*server)->InProcessChannel());
  common::v1::TableSpec table;
  table.set_snapshot_digest("digest");
  return ReadPanel(*stub, table, {"gdp", "region"}, std::move(stop));
}

// Rows in file order: (b, 2020), (a, 2021), (a, 2020).
ReadTableResponse Header() {
  ReadTableResponse message;
  auto& header = *message.mutable_header();
  header.set_row_count(3);
  auto& gdp = *header.add_columns();
  gdp.set_name("gdp");
  gdp.set_type(data::v1::Column::TYPE_NUMBER);
  auto& region = *header.add_columns();
  region.set_name("region");
  region.set_type(data::v1::Column::TYPE_TEXT);
  for (const char* unit : {"b", "a", "a"}) header.add_units(unit);
  for (const std::int64_t period : {2020, 2021, 2020}) header.add_periods(period);
  for (const std::int64_t row : {0, 1, 2}) header.add_rows(row);
  header.set_unit_key("unit");
  header.set_time_key("year");
  header.set_synthetic(true);
  header.set_known_at("2021-06-01");
  return message;
}

ReadTableResponse Numbers(std::int64_t first, const std::vector<double>& numbers, const std::string& missing = "") {
  ReadTableResponse message;
  auto& chunk = *message.mutable_chunk();
  chunk.set_column(0);
  chunk.set_first_row(first);
  for (const double number : numbers) chunk.add_numbers(number);
  chunk.set_missing(missing);
  return message;
}

ReadTableResponse Texts(std::int64_t first, const std::vector<std::string>& texts) {
  ReadTableResponse message;
  auto& chunk = *message.mutable_chunk();
  chunk.set_column(1);
  chunk.set_first_row(first);
  for (const std::string& text : texts) chunk.add_texts(text);
  return message;
}

ScriptedDataService::Script Sends(const std::vector<ReadTableResponse>& messages) {
  return [messages](const auto&, Writer& writer, const auto&) {
    for (const ReadTableResponse& message : messages) writer.Write(message);
    return Status();
  };
}

TEST(ReadPanel, SortsRowsAndRestoresMissing) {
  const auto panel = Read([](const data::v1::ReadTableRequest& request, Writer& writer, const auto&) {
    EXPECT_EQ(request.table().snapshot_digest(), "digest");
    EXPECT_EQ(request.columns_size(), 2);
    writer.Write(Header());
    writer.Write(Texts(0, {"east", "west"}));
    writer.Write(Numbers(0, {1.5}));
    writer.Write(Texts(2, {"south"}));
    writer.Write(Numbers(1, {0, 3.5}, std::string("\1\0", 2)));
    return Status();
  });
  ASSERT_TRUE(panel.ok()) << panel.status().ToString();
  EXPECT_EQ(panel->units, (std::vector<std::string>{"a", "a", "b"}));
  EXPECT_EQ(panel->times, (std::vector<std::int64_t>{2020, 2021, 2020}));
  EXPECT_EQ(panel->rows, (std::vector<std::int64_t>{2, 1, 0}));
  const PanelColumn* gdp = panel->Find("gdp");
  ASSERT_NE(gdp, nullptr);
  EXPECT_EQ(gdp->numbers[0], 3.5);
  EXPECT_TRUE(std::isnan(gdp->numbers[1]));
  EXPECT_EQ(gdp->numbers[2], 1.5);
  EXPECT_EQ(panel->Find("region")->texts, (std::vector<std::string>{"south", "west", "east"}));
  EXPECT_TRUE(panel->synthetic);
  EXPECT_EQ(panel->known_at, "2021-06-01");
  EXPECT_EQ(panel->unit_key, "unit");
  EXPECT_EQ(panel->time_key, "year");
}

TEST(ReadPanel, ErrorsComeThroughUnchanged) {
  Status error = NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot").With("digest", "digest");
  const Status received = Read([&](const auto&, Writer&, const auto&) { return error; }).status();
  EXPECT_EQ(received, error.With("request_id", received.metadata().at("request_id")));
}

TEST(ReadPanel, ErrorAfterTheHeaderIsNotATable) {
  const auto panel = Read([](const auto&, Writer& writer, const auto&) {
    writer.Write(Header());
    return Internal("DISK", "gone");
  });
  EXPECT_EQ(panel.status().reason(), "DISK");
}

TEST(ReadPanel, ContradictionsAreErrors) {
  ReadTableResponse short_keys = Header();
  short_keys.mutable_header()->mutable_units()->RemoveLast();
  ReadTableResponse unknown_column = Numbers(0, {1});
  unknown_column.mutable_chunk()->set_column(7);
  const std::vector<std::vector<ReadTableResponse>> scripts = {
      {},
      {ReadTableResponse()},
      {Numbers(0, {1, 2, 3})},
      {short_keys},
      {Header(), Header()},
      {Header(), unknown_column},
      {Header(), Numbers(0, {1, 2, 3})},                                     // region never comes
      {Header(), Texts(0, {"a", "b", "c"}), Numbers(0, {1, 2})},             // one number short
      {Header(), Texts(0, {"a", "b", "c"}), Numbers(0, {1, 2, 3, 4})},       // one too many
      {Header(), Texts(0, {"a", "b", "c"}), Numbers(1, {2, 3})},             // a hole
      {Header(), Texts(0, {"a", "b", "c"}), Numbers(0, {1, 2, 3}, "\1\1")},  // mask too short
      {Header(), Texts(0, {"a", "b", "c"}), Numbers(-1, {1, 2, 3})},
  };
  for (std::size_t index = 0; index < scripts.size(); ++index) {
    EXPECT_EQ(Read(Sends(scripts[index])).status().reason(), "TABLE_STREAM_INVALID") << "script " << index;
  }
}

TEST(ReadPanel, StopCancelsTheCall) {
  std::stop_source stop;
  std::latch server_stopped{1};
  const auto panel = Read(
      [&](const auto&, Writer& writer, const std::stop_token& server_stop) {
        writer.Write(Header());
        stop.request_stop();
        while (!server_stop.stop_requested()) std::this_thread::yield();
        server_stopped.count_down();
        return Cancelled();
      },
      stop.get_token());
  EXPECT_EQ(panel.status().code(), Code::kCancelled);
  server_stopped.wait();
}

TEST(ReadPanel, StoppedBeforeTheStart) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Read([](const auto&, Writer&, const auto&) { return Status(); }, stop.get_token()).status().code(),
            Code::kCancelled);
}

}  // namespace
}  // namespace farrell
