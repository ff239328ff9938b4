#include "cli/load_calls.h"

#include <fmt/core.h>
#include <grpcpp/client_context.h>

#include <fstream>
#include <set>
#include <utility>
#include <vector>

#include "common/numeric/random.h"
#include "common/program/cpu_count.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "farrell/common/v1/server.grpc.pb.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::cli {
namespace {

constexpr std::int64_t kTableSeed = 20240101;
constexpr std::int64_t kStreamOfTables = 3;
constexpr std::chrono::seconds kVersionLimit{5};

std::string MadeUpCsv(const LoadTable& table) {
  std::string csv = "# SYNTHETIC\nunit,time,x1,x2,x3,y1,y2\n";
  std::int64_t cell = 0;
  for (int unit = 1; unit <= table.units; ++unit) {
    for (int time = 1; time <= table.periods; ++time) {
      csv += fmt::format("u{},{}", unit, time);
      for (int column = 0; column < 5; ++column) {
        csv += fmt::format(",{:.3f}", 10 + 990 * numeric::UniformDraw(kTableSeed, 0, cell++));
      }
      csv += "\n";
    }
  }
  return csv;
}

Result<std::string> Upload(Session& session, data::v1::DataService::StubInterface& data, const LoadTable& table) {
  Call call(session);
  data::v1::ImportTableResponse response;
  const auto writer = data.ImportTable(call.context(), &response);
  data::v1::ImportTableRequest request;
  request.mutable_options()->set_unit_key("unit");
  request.mutable_options()->set_time_key("time");
  request.mutable_options()->set_file_name("loadtest.csv");
  bool open = writer->Write(request);
  const std::string csv = MadeUpCsv(table);
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  for (std::size_t at = 0; open && at < csv.size(); at += kChunk) {
    request.set_chunk(csv.substr(at, kChunk));
    open = writer->Write(request);
  }
  writer->WritesDone();
  FARRELL_RETURN_IF_ERROR(FromGrpc(writer->Finish()));
  return response.snapshot().digest();
}

// Reads a stream and forgets it.
template <typename Reply, typename Reader>
Status Drain(Call& call, const std::unique_ptr<Reader>& reader) {
  return ReadStream<Reply>(call, *reader, [](const Reply&) { return Status(); });
}

// The services as one client reaches them.
struct Stubs {
  std::shared_ptr<data::v1::DataService::StubInterface> data;
  std::shared_ptr<dea::v1::DeaService::StubInterface> dea;
  std::shared_ptr<regression::v1::RegressionService::StubInterface> regression;
};

// Somebody else's, which outlives us.
template <typename Stub>
std::shared_ptr<Stub> Borrow(Stub& stub) {
  return {std::shared_ptr<void>(), &stub};
}

class Client {
 public:
  Client(Session& session, Stubs stubs, std::string snapshot, std::int64_t seed)
      : session_(session), stubs_(std::move(stubs)), snapshot_(std::move(snapshot)), seed_(seed) {}

  Status Make(CallKind kind, std::int64_t number) const {
    Call call(session_);
    switch (kind) {
      case CallKind::kCached:
        return Drain<dea::v1::EvaluateResponse>(call, stubs_.dea->Evaluate(call.context(), Evaluation()));
      case CallKind::kSmall: {
        dea::v1::EvaluateRequest request = Evaluation();
        MakeNew(number, "x1", *request.mutable_table());
        request.mutable_model()->set_inputs(0, "fresh");
        request.set_skip_cache_lookup(true);
        return Drain<dea::v1::EvaluateResponse>(call, stubs_.dea->Evaluate(call.context(), request));
      }
      case CallKind::kFit: {
        regression::v1::FitRequest request;
        *request.mutable_table() = Table();
        MakeNew(number, "y1", *request.mutable_table());
        request.set_formula("fresh ~ x1 + x2 + x3 | unit + time");
        request.set_skip_cache_lookup(true);
        return Drain<regression::v1::FitResponse>(call, stubs_.regression->Fit(call.context(), request));
      }
      case CallKind::kRead: {
        data::v1::ReadTableRequest request;
        *request.mutable_table() = Table();
        return Drain<data::v1::ReadTableResponse>(call, stubs_.data->ReadTable(call.context(), request));
      }
      case CallKind::kDescribe: {
        data::v1::DescribeTableRequest request;
        *request.mutable_table() = Table();
        data::v1::DescribeTableResponse response;
        return FromGrpc(stubs_.data->DescribeTable(call.context(), request, &response));
      }
    }
    return {};
  }

 private:
  common::v1::TableSpec Table() const {
    common::v1::TableSpec table;
    table.set_snapshot_digest(snapshot_);
    return table;
  }

  dea::v1::EvaluateRequest Evaluation() const {
    dea::v1::EvaluateRequest request;
    *request.mutable_table() = Table();
    for (const char* input : {"x1", "x2", "x3"}) request.mutable_model()->add_inputs(input);
    for (const char* output : {"y1", "y2"}) request.mutable_model()->add_outputs(output);
    request.mutable_model()->set_rts(dea::v1::RETURNS_TO_SCALE_VRS);
    return request;
  }

  // A column `fresh` close to `column` that no other call has, so that no cache knows its content.
  void MakeNew(std::int64_t number, const char* column, common::v1::TableSpec& table) const {
    common::v1::Derivation& derivation = *table.add_derivations();
    derivation.set_name("fresh");
    derivation.set_expression(
        fmt::format("{} * {:.17g}", column, 1 + 0.001 * numeric::UniformDraw(seed_, kStreamOfTables, number)));
  }

  Session& session_;
  Stubs stubs_;
  std::string snapshot_;
  std::int64_t seed_;
};

}  // namespace

Result<std::unique_ptr<LoadCalls>> LoadCalls::Prepare(Session& session, const LoadTable& table, std::int64_t seed) {
  std::unique_ptr<LoadCalls> calls(new LoadCalls(session, seed));
  FARRELL_ASSIGN_OR_RETURN(calls->endpoints_, FindEndpoints(session.options().server));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  FARRELL_ASSIGN_OR_RETURN(calls->snapshot_, Upload(session, *connection->data(), table));
  FARRELL_RETURN_IF_ERROR(calls->Client()(CallKind::kCached, 0));
  return calls;
}

MakeCall LoadCalls::Client() const {
  // Prepare has connected.
  Connection& connection = **session_.Connect();
  Stubs stubs{Borrow(*connection.data()), Borrow(*connection.dea()), Borrow(*connection.regression())};
  if (!endpoints_.data.empty()) stubs.data = data::v1::DataService::NewStub(MakeOwnChannel(endpoints_.data));
  if (!endpoints_.dea.empty()) stubs.dea = dea::v1::DeaService::NewStub(MakeOwnChannel(endpoints_.dea));
  if (!endpoints_.regression.empty()) {
    stubs.regression = regression::v1::RegressionService::NewStub(MakeOwnChannel(endpoints_.regression));
  }
  const auto client = std::make_shared<cli::Client>(session_, std::move(stubs), snapshot_, seed_);
  return [client](CallKind kind, std::int64_t number) { return client->Make(kind, number); };
}

Result<std::vector<std::string>> DescribeServers(Session& session) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(session.options().server));
  const std::vector<std::pair<const char*, std::string>> named = {
      {"data", endpoints.data}, {"dea", endpoints.dea}, {"regression", endpoints.regression}};
  std::vector<std::string> lines;
  for (const auto& [name, target] : named) {
    if (target.empty()) {
      lines.push_back(fmt::format("{}: in this process, version {}", name, FARRELL_VERSION));
      continue;
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kVersionLimit);
    common::v1::GetServerResponse server;
    const Status asked = FromGrpc(common::v1::ServerService::NewStub(MakeChannel(target))
                                      ->GetServer(&context, common::v1::GetServerRequest(), &server));
    lines.push_back(fmt::format("{}: {}, {}", name, target,
                                asked.ok() ? "version " + server.version() : "version unknown: " + asked.message()));
  }
  return lines;
}

std::string DescribeMachine() {
  std::string model = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) model = line.substr(colon + 2);
    break;
  }
  const int cores = CpuCount();
  return fmt::format("{}, {} core{}", model, cores, cores == 1 ? "" : "s");
}

}  // namespace farrell::cli
