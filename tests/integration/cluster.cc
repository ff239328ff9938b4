#include "tests/integration/cluster.h"

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"

namespace farrell::testing {

ServerProgram::ServerProgram(std::string name, std::vector<std::string> flags, const TempDir& dir,
                             Surroundings surroundings)
    : name_(std::move(name)),
      flags_(std::move(flags)),
      surroundings_(std::move(surroundings)),
      port_file_(dir / (name_ + ".port")),
      log_(dir / (name_ + ".log")) {
  Start();
}

void ServerProgram::Start() {
  std::filesystem::remove(port_file_);
  const std::string binaries =
      surroundings_.binaries.empty() ? std::string(FARRELL_BINARY_DIR) + "/bin" : surroundings_.binaries;
  std::vector<std::string> arguments = surroundings_.command;
  arguments.insert(arguments.end(), {binaries + "/" + name_, "--listen", address(), "--port-file", port_file_});
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  process_ = std::make_unique<Process>(arguments, log_, surroundings_.environment);
  const bool started = Eventually([this] { return std::filesystem::exists(port_file_) || !process_->running(); });
  if (!started || !std::filesystem::exists(port_file_)) throw std::runtime_error(name_ + " did not start:\n" + log());
  port_ = std::stoi(ReadFile(port_file_));
}

void ServerProgram::Kill() { process_->Kill(); }

int ServerProgram::Terminate() {
  process_->Signal(SIGTERM);
  return process_->Wait(std::chrono::seconds(20)).value_or(-1);
}

Cluster::Cluster(const std::vector<std::string>& more_dea_flags, const std::vector<std::string>& store_flags,
                 const std::vector<std::string>& more_regression_flags)
    : data("farrell-data", store_flags.empty() ? std::vector<std::string>{"--state", dir / "state"} : store_flags, dir),
      dea(
          "farrell-dea",
          [&] {
            std::vector<std::string> flags = {"--data", data.address(), "--redis", redis.address()};
            flags.insert(flags.end(), more_dea_flags.begin(), more_dea_flags.end());
            return flags;
          }(),
          dir),
      regression(
          "farrell-regression",
          [&] {
            std::vector<std::string> flags = {"--data",      data.address(), "--dea",
                                              dea.address(), "--redis",      redis.address()};
            flags.insert(flags.end(), more_regression_flags.begin(), more_regression_flags.end());
            return flags;
          }(),
          dir),
      reporting(
          "farrell-reporting",
          [&] {
            std::vector<std::string> flags = {"--data",      data.address(), "--dea",
                                              dea.address(), "--regression", regression.address()};
            const std::vector<std::string> own = {"--state", dir / "state"};
            const std::vector<std::string>& store = store_flags.empty() ? own : store_flags;
            flags.insert(flags.end(), store.begin(), store.end());
            return flags;
          }(),
          dir) {}

std::map<std::string, std::string> Cluster::Environment() const {
  return {{"FARRELL_DATA", data.address()},
          {"FARRELL_DEA", dea.address()},
          {"FARRELL_REGRESSION", regression.address()},
          {"FARRELL_REPORTING", reporting.address()}};
}

namespace {

std::map<std::string, std::string> Isolated(std::map<std::string, std::string> environment) {
  for (const char* variable :
       {"FARRELL_SERVER", "FARRELL_DATA", "FARRELL_DEA", "FARRELL_REGRESSION", "FARRELL_REPORTING", "FARRELL_STATE"}) {
    environment.try_emplace(variable, "");
  }
  environment.try_emplace("HOME", "/nonexistent");
  environment.try_emplace("XDG_STATE_HOME", "/nonexistent");
  return environment;
}

std::vector<std::string> CommandLine(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::string(FARRELL_BINARY_DIR) + "/bin/farrell");
  return arguments;
}

}  // namespace

Finished Farrell(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  return RunToEnd(CommandLine(arguments), Isolated(environment));
}

std::unique_ptr<Process> StartFarrell(const std::vector<std::string>& arguments,
                                      const std::map<std::string, std::string>& environment, const std::string& log) {
  return std::make_unique<Process>(CommandLine(arguments), log, Isolated(environment));
}

std::string MakeToken(const TempDir& dir, const std::string& grants, const std::string& principal,
                      const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {"admin", "token", "create", "--tokens", grants, "--principal", principal};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const Finished made = Farrell(arguments, {});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  const std::size_t start = made.output.find("farrell_");
  const std::string path = dir / (principal + ".token");
  WriteFile(path, made.output.substr(start, std::string("farrell_12345678_").size() + 64) + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

std::unique_ptr<data::v1::DataService::Stub> Cluster::Data() const {
  return data::v1::DataService::NewStub(MakeChannel(data.address()));
}
std::unique_ptr<dea::v1::DeaService::Stub> Cluster::Dea() const {
  return dea::v1::DeaService::NewStub(MakeChannel(dea.address()));
}
std::unique_ptr<regression::v1::RegressionService::Stub> Cluster::Regression() const {
  return regression::v1::RegressionService::NewStub(MakeChannel(regression.address()));
}

std::string Import(data::v1::DataService::StubInterface& data, const std::string& csv, const std::string& unit,
                   const std::string& time, const std::string& dataset, const std::string& release) {
  grpc::ClientContext context;
  data::v1::ImportTableResponse response;
  const auto writer = data.ImportTable(&context, &response);
  data::v1::ImportTableRequest request;
  request.mutable_options()->set_unit_key(unit);
  request.mutable_options()->set_time_key(time);
  request.mutable_options()->set_dataset(dataset);
  request.mutable_options()->set_release(release);
  writer->Write(request);
  constexpr std::size_t kChunk = 100'000;
  for (std::size_t start = 0; start < csv.size(); start += kChunk) {
    request.set_chunk(csv.substr(start, kChunk));
    writer->Write(request);
  }
  writer->WritesDone();
  const Status status = FromGrpc(writer->Finish());
  EXPECT_TRUE(status.ok()) << status.ToString();
  return response.snapshot().digest();
}

Answer Evaluate(dea::v1::DeaService::StubInterface& dea, const dea::v1::EvaluateRequest& request,
                const std::function<void(const common::v1::Progress&)>& progress) {
  grpc::ClientContext context;
  return Evaluate(dea, request, context, progress);
}

Answer Evaluate(dea::v1::DeaService::StubInterface& dea, const dea::v1::EvaluateRequest& request,
                grpc::ClientContext& context, const std::function<void(const common::v1::Progress&)>& progress) {
  const auto stream = dea.Evaluate(&context, request);
  dea::v1::StoredEvaluation result;
  for (dea::v1::EvaluateResponse message; stream->Read(&message);) {
    if (message.has_progress() && progress) progress(message.progress());
    for (const auto& unit : message.block().units()) *result.add_units() = unit;
    if (message.has_summary()) *result.mutable_summary() = message.summary();
  }
  Answer answer;
  answer.status = FromGrpc(stream->Finish());
  EXPECT_TRUE(!answer.status.ok() || result.has_summary());
  answer.origin = result.summary().origin();
  result.mutable_summary()->clear_origin();
  answer.bytes = result.SerializeAsString();
  return answer;
}

Answer Fit(regression::v1::RegressionService::StubInterface& regression, const regression::v1::FitRequest& request) {
  grpc::ClientContext context;
  const auto stream = regression.Fit(&context, request);
  regression::v1::FitResult result;
  for (regression::v1::FitResponse message; stream->Read(&message);) {
    if (message.has_result()) result = message.result();
  }
  Answer answer;
  answer.status = FromGrpc(stream->Finish());
  answer.origin = result.origin();
  result.clear_origin();
  // The map of missing columns has no order of its own on the wire; with at most one entry the bytes are comparable.
  answer.bytes = result.SerializeAsString();
  return answer;
}

std::string MadePanel(int count, int periods) {
  std::string csv = "unit,time,group,x1,x2,x3,y1,y2\n";
  std::uint64_t state = 12345;
  const auto next = [&state] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return std::to_string(10 + (state >> 33U) % 990) + "." + std::to_string((state >> 20U) % 1000);
  };
  for (int unit = 0; unit < count; ++unit) {
    for (int time = 0; time < periods; ++time) {
      csv += "u" + std::to_string(unit) + "," + std::to_string(2010 + time) + "," + (unit % 3 == 0 ? "east" : "west");
      for (int column = 0; column < 5; ++column) csv += "," + next();
      csv += "\n";
    }
  }
  return csv;
}

dea::v1::EvaluateRequest MadeModel(const std::string& snapshot, dea::v1::Frontier::Scheme scheme) {
  dea::v1::EvaluateRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot);
  for (const char* input : {"x1", "x2", "x3"}) request.mutable_model()->add_inputs(input);
  for (const char* output : {"y1", "y2"}) request.mutable_model()->add_outputs(output);
  request.mutable_model()->set_rts(dea::v1::RETURNS_TO_SCALE_VRS);
  request.mutable_model()->mutable_frontier()->set_scheme(scheme);
  return request;
}

regression::v1::FitRequest MadeFit(const std::string& snapshot, const std::string& formula) {
  regression::v1::FitRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot);
  request.set_formula(formula);
  return request;
}

}  // namespace farrell::testing
