// Imports a panel, scores its units, regresses the scores, and watches the work: the whole API in one file.
//
//   efficiency TARGET produc.csv        TARGET: "127.0.0.1:7400" of `farrell up`, or DATA,DEA,REGRESSION addresses
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace {

namespace data = farrell::data::v1;
namespace dea = farrell::dea::v1;
namespace regression = farrell::regression::v1;

// An error names its reason and every bad field.
void Check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(farrell::FromGrpc(status).ToString());
}

void Watch(const farrell::common::v1::Progress& progress) {
  std::cerr << progress.stage() << ' ' << progress.completed_count() << '/' << progress.total_count() << '\n';
}

std::string Import(data::DataService::Stub& stub, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  grpc::ClientContext context;
  data::ImportTableResponse response;
  const auto writer = stub.ImportTable(&context, &response);
  data::ImportTableRequest request;
  request.mutable_options()->set_unit_key("state");
  request.mutable_options()->set_time_key("year");
  request.mutable_options()->set_file_name(path);
  writer->Write(request);
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  for (std::size_t start = 0; start < content.size(); start += kChunk) {
    request.set_chunk(content.substr(start, kChunk));
    writer->Write(request);
  }
  writer->WritesDone();
  Check(writer->Finish());
  return response.snapshot().digest();
}

// Scores in the snapshot's row order: private capital, public capital and employment make gross state product.
std::vector<double> Evaluate(dea::DeaService::Stub& stub, const std::string& snapshot, std::int64_t row_count) {
  dea::EvaluateRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot);
  for (const char* input : {"pc", "pcap", "emp"}) request.mutable_model()->add_inputs(input);
  request.mutable_model()->add_outputs("gsp");
  request.mutable_model()->set_rts(dea::RETURNS_TO_SCALE_VRS);
  request.mutable_model()->set_orientation(dea::ORIENTATION_OUTPUT);

  grpc::ClientContext context;
  const auto stream = stub.Evaluate(&context, request);
  std::vector<double> scores(static_cast<std::size_t>(row_count));
  for (dea::EvaluateResponse message; stream->Read(&message);) {
    if (message.has_progress()) Watch(message.progress());
    for (const auto& unit : message.block().units()) scores[static_cast<std::size_t>(unit.row())] = unit.score();
    if (message.has_summary()) {
      std::cout << message.summary().optimal_count() << " units scored, " << 100 * message.summary().share_at_one()
                << " % at one, largest gap " << message.summary().worst_gap() << '\n';
    }
  }
  Check(stream->Finish());
  return scores;
}

// The scores become a column of a new snapshot.
std::string Attach(data::DataService::Stub& stub, const std::string& snapshot, const std::vector<double>& scores) {
  data::DeriveSnapshotRequest request;
  request.set_snapshot_digest(snapshot);
  auto& column = *request.add_attached();
  column.set_name("score");
  column.mutable_values()->Assign(scores.begin(), scores.end());
  grpc::ClientContext context;
  data::DeriveSnapshotResponse response;
  Check(stub.DeriveSnapshot(&context, request, &response));
  return response.snapshot().digest();
}

void Regress(regression::RegressionService::Stub& stub, const std::string& snapshot) {
  regression::FitRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot);
  request.set_formula("log(score) ~ unemp + log(hwy) | state + year");
  grpc::ClientContext context;
  const auto stream = stub.Fit(&context, request);
  for (regression::FitResponse message; stream->Read(&message);) {
    if (message.has_progress()) Watch(message.progress());
    if (!message.has_result()) continue;
    const auto& result = message.result();
    const auto& inference = result.inferences(0);
    for (int term = 0; term < result.terms_size(); ++term) {
      std::cout << result.terms(term).name() << "  " << result.terms(term).estimate() << "  ("
                << inference.terms(term).std_error() << ")\n";
    }
    std::cout << inference.label() << ", " << inference.cluster_count() << " clusters, " << result.observation_count()
              << " observations\n";
  }
  Check(stream->Finish());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: efficiency TARGET[,DEA,REGRESSION] FILE\n";
    return 2;
  }
  std::vector<std::string> targets;
  std::istringstream list(argv[1]);
  for (std::string target; std::getline(list, target, ',');) targets.push_back(target);
  targets.resize(3, targets.at(0));
  try {
    const auto data_stub = data::DataService::NewStub(farrell::MakeChannel(targets[0]));
    const auto dea_stub = dea::DeaService::NewStub(farrell::MakeChannel(targets[1]));
    const auto regression_stub = regression::RegressionService::NewStub(farrell::MakeChannel(targets[2]));

    const std::string snapshot = Import(*data_stub, argv[2]);
    grpc::ClientContext context;
    data::GetSnapshotRequest request;
    request.set_digest(snapshot);
    data::GetSnapshotResponse response;
    Check(data_stub->GetSnapshot(&context, request, &response));
    std::cout << "snapshot " << snapshot << ", " << response.snapshot().row_count() << " rows\n";

    const std::vector<double> scores = Evaluate(*dea_stub, snapshot, response.snapshot().row_count());
    Regress(*regression_stub, Attach(*data_stub, snapshot, scores));
  } catch (const std::exception& error) {
    std::cerr << "efficiency: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
