// How `farrell` behaves towards a server, a signal, a deadline and a closed pipe, against services that answer as told.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

class ScriptedData final : public data::v1::DataService::Service {
 public:
  grpc::Status ResolveSnapshot(grpc::ServerContext*, const data::v1::ResolveSnapshotRequest* request,
                               data::v1::ResolveSnapshotResponse* response) override {
    reference = request->reference();
    response->mutable_snapshot()->set_digest(std::string(64, 'a'));
    return ToGrpc(answer);
  }
  Status answer;
  std::string reference;
};

// Never finishes; ends when the client goes away.
class EndlessDea final : public dea::v1::DeaService::Service {
 public:
  grpc::Status Evaluate(grpc::ServerContext* context, const dea::v1::EvaluateRequest*,
                        grpc::ServerWriter<dea::v1::EvaluateResponse>* writer) override {
    dea::v1::EvaluateResponse reply;
    reply.mutable_progress()->set_stage("solving");
    writer->Write(reply);
    called = true;
    cancelled = Eventually([&] { return context->IsCancelled(); });
    return grpc::Status::CANCELLED;
  }
  std::atomic<bool> called{false};
  std::atomic<bool> cancelled{false};
};

class Connection : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = StartServer({.listen = "127.0.0.1:0", .grace = std::chrono::milliseconds(100)},
                              {Serve<data::v1::DataService>(&data_), Serve<dea::v1::DeaService>(&dea_)});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
  }
  std::vector<std::string> Dea(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{
        "dea", "snapshot:0123456789abcdef", "--server", address_, "--inputs", "x", "--outputs", "y"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  FarrellFixture farrell_;
  ScriptedData data_;
  EndlessDea dea_;
  std::unique_ptr<RunningServer> server_;
  std::string address_;
};

TEST_F(Connection, ExitCodesFollowTheStatus) {
  const std::vector<std::pair<Status, int>> cases = {{Status(Code::kInvalidArgument, "X", "m"), 2},
                                                     {Status(Code::kOutOfRange, "X", "m"), 2},
                                                     {Status(Code::kNotFound, "X", "m"), 3},
                                                     {Status(Code::kPermissionDenied, "X", "m"), 4},
                                                     {Status(Code::kUnauthenticated, "X", "m"), 4},
                                                     {Status(Code::kDeadlineExceeded, "X", "m"), 5},
                                                     {Status(Code::kDataLoss, "X", "m"), 6},
                                                     {Status(Code::kFailedPrecondition, "VERIFICATION_FAILED", "m"), 6},
                                                     {Status(Code::kFailedPrecondition, "PROVISIONAL_DATA", "m"), 7},
                                                     {Status(Code::kFailedPrecondition, "X", "m"), 1},
                                                     {Status(Code::kInternal, "X", "m"), 1},
                                                     {Status(Code::kCancelled, "X", "m"), 1}};
  for (const auto& [status, code] : cases) {
    data_.answer = status;
    const FarrellRun run = farrell_.Run(Dea());
    EXPECT_EQ(run.exit_code, code) << status.ToString();
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, HasSubstr("error: m"));
  }
}

TEST_F(Connection, ErrorsListEveryFieldAndCountTheRest) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 20; ++i) violations.push_back({"row " + std::to_string(i), "bad"});
  data_.answer = InvalidArgument("TABLE_INVALID", "m").WithViolations(violations);
  const FarrellRun run = farrell_.Run(Dea());
  EXPECT_THAT(run.err, HasSubstr("  row 15: bad"));
  EXPECT_THAT(run.err, HasSubstr("and 4 more"));
}

TEST_F(Connection, SignalsCancelTheCallAndExitWith130) {
  for (const int signal : {SIGINT, SIGTERM}) {
    dea_.called = false;
    dea_.cancelled = false;
    const auto process = farrell_.Start("run", Dea());
    ASSERT_TRUE(Eventually([&] { return dea_.called.load(); }));
    process->Signal(signal);
    EXPECT_EQ(process->Wait(std::chrono::seconds(20)), 130);
    EXPECT_TRUE(Eventually([&] { return dea_.cancelled.load(); }));
  }
}

TEST_F(Connection, ASignalEndsTheWaitForStandardInput) {
  const std::string pipe = farrell_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto process =
      farrell_.Start("run", {"dea", "-", "--unit", "u", "--inputs", "x", "--outputs", "y", "--state", "memory"}, pipe);
  std::FILE* writer = std::fopen(pipe.c_str(), "w");  // returns when the program has opened its end
  ASSERT_NE(writer, nullptr);
  ASSERT_TRUE(Eventually([&] { return process->running(); }));
  // The program ends whether the signal comes before or while it reads; blocked from its first instruction, none is
  // lost.
  ASSERT_TRUE(
      Eventually([&] { return ReadFile("/proc/" + std::to_string(process->pid()) + "/comm").starts_with("farrell"); }));
  ASSERT_TRUE(Eventually([&] {
    return ReadFile("/proc/" + std::to_string(process->pid()) + "/status").find("SigBlk:\t0000000000000000") ==
           std::string::npos;
  }));
  process->Signal(SIGINT);
  EXPECT_EQ(process->Wait(std::chrono::seconds(20)), 130);
  std::fclose(writer);
}

TEST_F(Connection, DeadlinesExitWith5) {
  const FarrellRun run = farrell_.Run(Dea({"--deadline", "0.3"}));
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_TRUE(Eventually([&] { return dea_.cancelled.load(); }));
  EXPECT_EQ(farrell_.Run(Dea({"--deadline", "-1"})).exit_code, 2);
}

TEST_F(Connection, AnUnreachableServerIsAFailureNotAHang) {
  server_.reset();
  const FarrellRun run = farrell_.Run(Dea());
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("error:"));
}

TEST_F(Connection, TheEnvironmentNamesServersAndServices) {
  data_.answer = NotFound("SEEN", "seen");
  const std::vector<std::string> list{"dea", "dataset:d@r", "--inputs", "x", "--outputs", "y"};
  EXPECT_EQ(farrell_.Run(list, "", {{"FARRELL_SERVER", address_}}).exit_code, 3);
  EXPECT_EQ(data_.reference, "d@r");
  data_.reference.clear();
  // The service's own variable wins over the server's, whatever the flag says.
  const FarrellRun run =
      farrell_.Run({"dea", "dataset:d", "--server", "127.0.0.1:1", "--inputs", "x", "--outputs", "y"}, "",
                   {{"FARRELL_DATA", address_}});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_EQ(data_.reference, "d");
  const FarrellRun bad = farrell_.Run(list, "", {{"FARRELL_SERVER", "not an address"}});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("FARRELL_SERVER"));
}

TEST_F(Connection, EmbeddedServicesCallTheServiceNamedByTheEnvironment) {
  data_.answer = NotFound("SEEN", "seen by the other data service");
  const FarrellRun run = farrell_.Run({"dea", "dataset:d", "--inputs", "x", "--outputs", "y", "--state", "memory"}, "",
                                      {{"FARRELL_DATA", address_}});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("seen by the other data service"));
}

class Up : public ::testing::Test {
 protected:
  // Waits until the server has written its port.
  std::string Address() const {
    EXPECT_TRUE(Eventually([&] { return ReadFile(farrell_.Path("port")).ends_with("\n"); }))
        << ReadFile(farrell_.Path("up.err"));
    return "127.0.0.1:" + Lines(ReadFile(farrell_.Path("port"))).at(0);
  }
  FarrellFixture farrell_;
};

TEST_F(Up, ServesEverythingOnOnePortUntilASignal) {
  const auto server = farrell_.Start("up", {"up", "--listen", "127.0.0.1:0", "--state", farrell_.Path("served"),
                                            "--port-file", farrell_.Path("port")});
  const std::string address = Address();
  const std::string file = farrell_.Write("t.csv", "unit,x,y\na,1,1\nb,2,1\n");
  const FarrellRun imported =
      farrell_.Run({"data", "import", file, "--dataset", "d", "--release", "1", "--unit", "unit", "--server", address});
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  const FarrellRun scored = farrell_.Run({"dea", "dataset:d", "--inputs", "x", "--outputs", "y", "--format", "csv"}, "",
                                         {{"FARRELL_SERVER", address}});
  EXPECT_EQ(scored.out, "unit,time,score,status,measure\na,,1,optimal,theta\nb,,0.5,optimal,theta\n") << scored.err;
  const FarrellRun again =
      farrell_.Run({"dea", "dataset:d", "--inputs", "x", "--outputs", "y"}, "", {{"FARRELL_SERVER", address}});
  EXPECT_THAT(again.err, HasSubstr("from memory"));
  server->Signal(SIGTERM);
  EXPECT_EQ(server->Wait(std::chrono::seconds(20)), 0);
  EXPECT_TRUE(std::filesystem::exists(farrell_.Path("served/farrell.db")));
}

TEST_F(Up, RefusesAPortThatIsTaken) {
  const auto first = farrell_.Start(
      "up", {"up", "--listen", "127.0.0.1:0", "--state", "memory", "--port-file", farrell_.Path("port")});
  const FarrellRun second = farrell_.Run({"up", "--listen", Address(), "--state", "memory"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("error:"));
}

TEST(Help, EveryVerbHasAnExample) {
  const FarrellFixture farrell;
  const std::vector<std::vector<std::string>> verbs = {{},
                                                       {"up"},
                                                       {"data"},
                                                       {"data", "import"},
                                                       {"data", "list"},
                                                       {"data", "show"},
                                                       {"data", "export"},
                                                       {"data", "remove"},
                                                       {"dea"},
                                                       {"regress"},
                                                       {"compare"},
                                                       {"study"},
                                                       {"study", "validate"},
                                                       {"study", "plan"},
                                                       {"study", "run"},
                                                       {"study", "list"},
                                                       {"study", "show"},
                                                       {"study", "synthesize"},
                                                       {"report"}};
  for (std::vector<std::string> verb : verbs) {
    verb.emplace_back("--help");
    const FarrellRun run = farrell.Run(verb);
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.out, HasSubstr("Example"));
    EXPECT_THAT(run.out, HasSubstr("farrell"));
  }
  EXPECT_THAT(farrell.Run({"--help"}).out, HasSubstr("130 interrupted"));
  EXPECT_THAT(farrell.Run({"--version"}).out, HasSubstr("farrell "));
  EXPECT_EQ(farrell.Run({}).exit_code, 2);
  EXPECT_EQ(farrell.Run({"frobnicate"}).exit_code, 2);
}

TEST(Streams, AClosedReaderEndsTheProgramQuietly) {
  const FarrellFixture farrell;
  std::string csv = "unit,x,y\n";
  for (int i = 0; i < 20000; ++i) csv += "unit" + std::to_string(i) + ",1,1\n";
  const std::string file = farrell.Write("t.csv", csv);
  const Finished finished = RunToEnd(
      {"/bin/sh", "-c", R"({ "$0" data export "$1" --unit unit --state memory; echo "code $?" >&2; } | head -n 1)",
       std::string(FARRELL_BINARY_DIR) + "/bin/farrell", file});
  EXPECT_THAT(finished.output, HasSubstr("unit,x,y"));
  EXPECT_THAT(finished.output, HasSubstr("code 141"));
}

}  // namespace
}  // namespace farrell::testing
