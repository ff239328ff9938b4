// A data service behind an in-process channel, with the calls tests make most.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "services/data/service/data_service.h"

namespace farrell::data {

class DataServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { Start("memory"); }

  void Start(const std::string& state) {
    server_.reset();
    auto service = DataService::Open(sql::DatabaseAt(state));
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = std::move(*service);
    auto server = StartServer(ServerOptions(), {Serve<v1::DataService>(service_.get())});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    stub_ = v1::DataService::NewStub(server_->InProcessChannel());
  }

  // Uploads in chunks of `chunk` bytes.
  Result<v1::ImportTableResponse> Import(std::string_view csv, v1::ImportOptions options, std::size_t chunk = 1000) {
    grpc::ClientContext context;
    v1::ImportTableResponse response;
    auto writer = stub_->ImportTable(&context, &response);
    v1::ImportTableRequest request;
    *request.mutable_options() = std::move(options);
    writer->Write(request);
    for (std::size_t offset = 0; offset < csv.size(); offset += chunk) {
      request.set_chunk(std::string(csv.substr(offset, chunk)));
      if (!writer->Write(request)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  // With unit and time columns of these names; returns the digest.
  std::string MustImport(std::string_view csv, const std::string& unit = "unit", const std::string& time = "time") {
    v1::ImportOptions options;
    options.set_unit_key(unit);
    options.set_time_key(time);
    auto imported = Import(csv, options);
    EXPECT_TRUE(imported.ok()) << imported.status().ToString();
    return imported.ok() ? imported->snapshot().digest() : "";
  }

  struct Read {
    v1::TableHeader header;
    std::vector<v1::ColumnChunk> chunks;
    // Cells of a column, put together; missing numbers are NaN.
    std::vector<double> Numbers(int column) const {
      std::vector<double> numbers;
      for (const v1::ColumnChunk& chunk : chunks) {
        if (chunk.column() != column) continue;
        for (int index = 0; index < chunk.numbers_size(); ++index) {
          const bool missing = !chunk.missing().empty() && chunk.missing()[static_cast<std::size_t>(index)] != '\0';
          numbers.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : chunk.numbers(index));
        }
      }
      return numbers;
    }
    std::vector<std::string> Texts(int column) const {
      std::vector<std::string> texts;
      for (const v1::ColumnChunk& chunk : chunks) {
        if (chunk.column() == column) texts.insert(texts.end(), chunk.texts().begin(), chunk.texts().end());
      }
      return texts;
    }
  };

  Result<Read> ReadTable(const common::v1::TableSpec& table, const std::vector<std::string>& columns) {
    grpc::ClientContext context;
    v1::ReadTableRequest request;
    *request.mutable_table() = table;
    request.mutable_columns()->Assign(columns.begin(), columns.end());
    auto reader = stub_->ReadTable(&context, request);
    Read read;
    v1::ReadTableResponse response;
    while (reader->Read(&response)) {
      if (response.has_header()) read.header = response.header();
      if (response.has_chunk()) read.chunks.push_back(response.chunk());
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return FromGrpc(status);
    return read;
  }

  // Calls a unary method and turns its status into ours.
  template <typename Response, typename Request>
  Result<Response> Call(grpc::Status (v1::DataService::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  std::unique_ptr<DataService> service_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<v1::DataService::Stub> stub_;
};

}  // namespace farrell::data
