// The dea service over an in-process channel, with a small panel behind it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "services/dea/service/dea_service.h"
#include "services/dea/service/solvers.h"
#include "tests/dea/problems.h"
#include "tests/dea/table_data_service.h"

namespace farrell::dea::testing {

// Everything a stream of Evaluate said.
struct Reply {
  Status status;
  std::vector<v1::UnitResult> units;
  v1::EvaluationSummary summary;
  int progress_count = 0;
  int largest_block = 0;
  bool summary_last = false;
};

// 12 units in four years, in file order by year; "region" and "role" are text.
inline Panel SampleTable() {
  Panel table;
  table.columns = {{"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}},
                   {"papers", false, {}, {}}, {"region", true, {}, {}},   {"role", true, {}, {}},
                   {"unused", false, {}, {}}};
  TestRandom random(42);
  for (int time = 2016; time < 2020; ++time) {
    for (int unit = 11; unit >= 0; --unit) {
      table.units.push_back("u" + std::to_string(unit));
      table.times.push_back(time);
      for (std::size_t c = 0; c < 4; ++c) table.columns[c].numbers.push_back(1 + random.Below(40));
      table.columns[4].texts.emplace_back(unit % 2 == 0 ? "east" : "west");
      table.columns[5].texts.emplace_back(unit == 3 && time == 2017 ? "reference_only" : "sample");
      table.columns[6].numbers.push_back(random.Uniform());
    }
  }
  table.known_at = "2024-01-31";
  return table;
}

// 40 units in the years 2000 up to `last`: enough for answers to be worth carrying over on a frontier of all years.
inline Panel WideTable(int last) {
  Panel table;
  table.columns = {{"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}}};
  TestRandom random(7);
  for (int time = 2000; time <= last; ++time) {
    for (int unit = 0; unit < 40; ++unit) {
      table.units.push_back("u" + std::to_string(unit));
      table.times.push_back(time);
      for (PanelColumn& column : table.columns) column.numbers.push_back(10 + random.Below(1000));
    }
  }
  return table;
}

class DeaServiceFixture : public ::testing::Test {
 public:
  static v1::EvaluateRequest Request(const std::string& digest = "a") {
    v1::EvaluateRequest request;
    request.mutable_table()->set_snapshot_digest(digest);
    for (const char* input : {"labour", "capital"}) request.mutable_model()->add_inputs(input);
    request.mutable_model()->add_outputs("patents");
    return request;
  }

 protected:
  void SetUp() override {
    data_.Put("a", SampleTable());
    auto data_server = StartServer({}, {Serve<data::v1::DataService>(&data_)});
    ASSERT_TRUE(data_server.ok());
    data_server_ = std::move(*data_server);
    Restart(2);
  }

  // A service with an empty cache.
  void Restart(int threads) {
    server_.reset();
    service_.reset();
    cache_ = std::make_unique<ResultCache>();
    service_ =
        std::make_unique<DeaService>([this] { return data_server_->InProcessChannel(); }, *cache_, threads, solvers_);
    auto server = StartServer({}, {Serve<v1::DeaService>(service_.get())});
    ASSERT_TRUE(server.ok());
    server_ = std::move(*server);
    stub_ = v1::DeaService::NewStub(server_->InProcessChannel());
  }

  Reply Evaluate(const v1::EvaluateRequest& request) {
    grpc::ClientContext context;
    const auto stream = stub_->Evaluate(&context, request);
    Reply reply;
    v1::EvaluateResponse message;
    while (stream->Read(&message)) {
      reply.summary_last = message.has_summary();
      if (message.has_progress()) ++reply.progress_count;
      if (message.has_summary()) reply.summary = message.summary();
      reply.largest_block = std::max(reply.largest_block, message.block().units_size());
      for (const v1::UnitResult& unit : message.block().units()) reply.units.push_back(unit);
    }
    reply.status = FromGrpc(stream->Finish());
    return reply;
  }

  // Every number of a reply by unit and time, without rows.
  static std::string Numbers(const Reply& reply) {
    std::vector<std::string> units;
    for (v1::UnitResult unit : reply.units) {
      unit.clear_row();
      units.push_back(unit.SerializeAsString());
    }
    std::sort(units.begin(), units.end());
    return std::accumulate(units.begin(), units.end(), std::string());
  }

  Solvers* solvers_ = nullptr;
  TableDataService data_;
  std::unique_ptr<RunningServer> data_server_;
  std::unique_ptr<ResultCache> cache_;
  std::unique_ptr<DeaService> service_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<v1::DeaService::Stub> stub_;
};

}  // namespace farrell::dea::testing
