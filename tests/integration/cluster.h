// The server programs as real processes on free ports of this machine, with a real Redis and one state folder.
#pragma once

#include <grpcpp/client_context.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell::testing {

// Where a program runs, when not just beside the test.
struct Surroundings {
  std::vector<std::string> command{};  // put before the program: "ip netns exec NAME"
  std::map<std::string, std::string> environment{};
  std::string host = "127.0.0.1";  // it listens on
  std::string binaries{};          // folder of another build's programs
};

// One of the programs in build/bin. Keeps its port over restarts.
class ServerProgram {
 public:
  ServerProgram(std::string name, std::vector<std::string> flags, const TempDir& dir, Surroundings surroundings = {});
  void Start();
  void Kill();
  int Terminate();  // SIGTERM; exit code, -1 when it does not end
  std::string address() const { return surroundings_.host + ":" + std::to_string(port_); }
  std::string log() const { return ReadFile(log_); }
  Process& process() { return *process_; }

 private:
  std::string name_;
  std::vector<std::string> flags_;
  Surroundings surroundings_;
  std::string port_file_;
  std::string log_;
  int port_ = 0;
  std::unique_ptr<Process> process_;
};

class Cluster {
 public:
  // `store_flags` say where data and reporting keep their state: a folder of its own when empty.
  explicit Cluster(const std::vector<std::string>& more_dea_flags = {},
                   const std::vector<std::string>& store_flags = {},
                   const std::vector<std::string>& more_regression_flags = {});

  std::unique_ptr<data::v1::DataService::Stub> Data() const;
  std::unique_ptr<dea::v1::DeaService::Stub> Dea() const;
  std::unique_ptr<regression::v1::RegressionService::Stub> Regression() const;

  TempDir dir;
  RedisServer redis;
  ServerProgram data;
  ServerProgram dea;
  ServerProgram regression;
  ServerProgram reporting;

  // What tells the command line where the services are.
  std::map<std::string, std::string> Environment() const;
};

// Runs build/bin/farrell with the services of that environment; no state, server or home of the machine is used.
Finished Farrell(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment);
// The same in the background, with stdout and stderr in `log`.
std::unique_ptr<Process> StartFarrell(const std::vector<std::string>& arguments,
                                      const std::map<std::string, std::string>& environment, const std::string& log);

// The file DIR/PRINCIPAL.token of a new token, made by farrell admin token create with these flags.
std::string MakeToken(const TempDir& dir, const std::string& grants, const std::string& principal,
                      const std::vector<std::string>& flags);

// Imports the bytes of a CSV file with keys `unit` and `time`; the digest of its snapshot.
std::string Import(data::v1::DataService::StubInterface& data, const std::string& csv, const std::string& unit,
                   const std::string& time, const std::string& dataset = "", const std::string& release = "");

// What a streaming call gave: the result without its origin as bytes, and the origin.
struct Answer {
  Status status;
  std::string bytes;
  common::v1::ResultOrigin origin;
};
Answer Evaluate(dea::v1::DeaService::StubInterface& dea, const dea::v1::EvaluateRequest& request,
                const std::function<void(const common::v1::Progress&)>& progress = {});
// In a context of the caller's: with metadata, or to be cancelled.
Answer Evaluate(dea::v1::DeaService::StubInterface& dea, const dea::v1::EvaluateRequest& request,
                grpc::ClientContext& context, const std::function<void(const common::v1::Progress&)>& progress = {});
Answer Fit(regression::v1::RegressionService::StubInterface& regression, const regression::v1::FitRequest& request);

// `count` units over `periods` periods with inputs x1 x2 x3, outputs y1 y2 and a group; the same bytes for the same
// sizes.
std::string MadePanel(int count, int periods);
dea::v1::EvaluateRequest MadeModel(const std::string& snapshot, dea::v1::Frontier::Scheme scheme);
regression::v1::FitRequest MadeFit(const std::string& snapshot, const std::string& formula);

}  // namespace farrell::testing
