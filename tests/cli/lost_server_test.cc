// A server that is there and goes away before it has told anything, longer than gRPC's own attempts last: it is waited
// for. One that was never there is an error at once.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

// More than gRPC asks by itself.
constexpr int kLosses = 6;

// How often a method was called, and whether that call is lost.
class Losses {
 public:
  bool Lost() { return count_++ < kLosses; }
  int count() const { return count_; }

 private:
  std::atomic<int> count_ = 0;
};

// As a client sees a call whose server is gone: an error that no server of ours has told.
grpc::Status Gone() { return {grpc::StatusCode::UNAVAILABLE, "Socket closed"}; }
// What a server says that has not found something it needs.
grpc::Status Told(const std::string& reason) { return ToGrpc(Unavailable(reason, "away").With("request_id", "1")); }

class Data final : public data::v1::DataService::Service {
 public:
  grpc::Status ImportTable(grpc::ServerContext*, grpc::ServerReader<data::v1::ImportTableRequest>* reader,
                           data::v1::ImportTableResponse* response) override {
    std::string bytes;
    for (data::v1::ImportTableRequest request; reader->Read(&request);) bytes += request.chunk();
    if (losses.Lost()) return Gone();
    received = bytes;
    response->mutable_snapshot()->set_digest(std::string(64, 'a'));
    return grpc::Status::OK;
  }
  Losses losses;
  std::string received;
};

class Reporting final : public reporting::v1::ReportingService::Service {
 public:
  grpc::Status RunStudy(grpc::ServerContext*, const reporting::v1::RunStudyRequest* request,
                        grpc::ServerWriter<reporting::v1::RunStudyResponse>* writer) override {
    if (runs.Lost()) return answer;
    uploads = request->source().uploads_size();
    reporting::v1::RunStudyResponse response;
    response.mutable_run()->set_id("0123456789abcdef");
    response.mutable_run()->set_state(reporting::v1::Run::STATE_SUCCEEDED);
    writer->Write(response);
    return grpc::Status::OK;
  }
  grpc::Status GetReport(grpc::ServerContext*, const reporting::v1::GetReportRequest*,
                         grpc::ServerWriter<reporting::v1::GetReportResponse>* writer) override {
    if (reports.Lost()) return Gone();
    reporting::v1::GetReportResponse response;
    response.set_path("report.md");
    response.set_chunk("all is well\n");
    response.set_last_chunk(true);
    writer->Write(response);
    return grpc::Status::OK;
  }
  grpc::Status answer = Gone();
  Losses runs;
  Losses reports;
  int uploads = 0;
};

TEST(LostServer, IsWaitedForBeforeItsFirstWord) {
  Data data;
  Reporting reporting;
  auto server = StartServer({.listen = "127.0.0.1:0"},
                            {Serve<data::v1::DataService>(&data), Serve<reporting::v1::ReportingService>(&reporting)});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const FarrellFixture farrell;
  const std::string table = "unit,time,x\na,1,2\n";
  farrell.Write("panel.csv", table);
  const std::string study = farrell.Write("study.yaml", "id: small\ndata: {file: panel.csv, unit: unit, time: time}\n");
  const FarrellRun run = farrell.Run({"study", "run", study, "--out", farrell.Path("report"), "--server",
                                      "127.0.0.1:" + std::to_string((*server)->port())});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(data.received, table) << "the file from its beginning";
  EXPECT_EQ(reporting.uploads, 1);
  EXPECT_EQ(ReadFile(farrell.Path("report/report.md")), "all is well\n");
  for (const Losses* losses : {&data.losses, &reporting.runs, &reporting.reports}) {
    EXPECT_EQ(losses->count(), kLosses + 1);
  }
}

// Of a store that a service does not wait for itself, and of other services, for which it has.
TEST(LostServer, SaysWhetherItHasWaited) {
  for (const auto& [reason, succeeds] : {std::pair("STORE_UNAVAILABLE", true), std::pair("STEP_FAILED", false)}) {
    Reporting reporting;
    reporting.answer = Told(reason);
    auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<reporting::v1::ReportingService>(&reporting)});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    const FarrellFixture farrell;
    const FarrellRun run =
        farrell.Run({"study", "run", farrell.Write("study.yaml", "id: small\n"), "--out", farrell.Path("report"),
                     "--server", "127.0.0.1:" + std::to_string((*server)->port())});
    EXPECT_EQ(run.exit_code == 0, succeeds) << run.err;
    if (!succeeds) {
      EXPECT_THAT(run.err, HasSubstr(reason));
    }
  }
}

TEST(LostServer, ThatWasNeverThereIsAnError) {
  Data data;
  auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<data::v1::DataService>(&data)});
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const std::string address = "127.0.0.1:" + std::to_string((*server)->port());
  (*server)->Shutdown();
  server->reset();
  const FarrellFixture farrell;
  const std::string table = farrell.Write("panel.csv", "unit,time,x\na,1,2\n");
  const auto start = std::chrono::steady_clock::now();
  const FarrellRun run =
      farrell.Run({"data", "import", table, "--unit", "unit", "--time", "time", "--server", address});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("UNAVAILABLE"));
  // Those who are waited for get twelve seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace farrell::testing
