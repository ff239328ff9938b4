// Real processes, real sockets, a real Redis: what a deployment does on a good day and on a bad one.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using common::v1::ResultOrigin;
using dea::v1::Frontier;

bool Serving(const std::string& address, const std::string& service) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  return grpc::health::v1::Health::NewStub(MakeChannel(address))->Check(&context, request, &response).ok() &&
         response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

class Processes : public ::testing::Test {
 protected:
  Cluster cluster_;
};

TEST_F(Processes, EveryServerTellsItsHealth) {
  EXPECT_TRUE(Serving(cluster_.data.address(), "farrell.data.v1.DataService"));
  EXPECT_TRUE(Serving(cluster_.dea.address(), "farrell.dea.v1.DeaService"));
  EXPECT_TRUE(Serving(cluster_.regression.address(), "farrell.regression.v1.RegressionService"));
}

TEST_F(Processes, ImportEvaluateFit) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(30, 4), "unit", "time");
  const Answer scores = Evaluate(*cluster_.Dea(), MadeModel(snapshot, Frontier::SCHEME_CONTEMPORANEOUS));
  ASSERT_TRUE(scores.status.ok()) << scores.status.ToString();
  EXPECT_EQ(scores.origin.source(), ResultOrigin::SOURCE_COMPUTED);
  EXPECT_GE(scores.origin.solved_count(), 120);
  const Answer fit = Fit(*cluster_.Regression(), MadeFit(snapshot, "log(y1) ~ log(x1) + x2 | unit + time"));
  ASSERT_TRUE(fit.status.ok()) << fit.status.ToString();
  EXPECT_EQ(fit.origin.source(), ResultOrigin::SOURCE_COMPUTED);
}

TEST_F(Processes, SecondAnswerComesFromMemoryAndAfterARestartFromRedis) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(30, 4), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  const auto formula = MadeFit(snapshot, "y1 ~ x1 | unit");
  const Answer first = Evaluate(*cluster_.Dea(), model);
  const Answer first_fit = Fit(*cluster_.Regression(), formula);
  const Answer second = Evaluate(*cluster_.Dea(), model);
  EXPECT_EQ(second.origin.source(), ResultOrigin::SOURCE_MEMORY);
  EXPECT_EQ(second.origin.solved_count(), 0);
  EXPECT_EQ(second.bytes, first.bytes);
  cluster_.dea.Kill();
  cluster_.regression.Kill();
  cluster_.dea.Start();
  cluster_.regression.Start();
  const Answer third = Evaluate(*cluster_.Dea(), model);
  EXPECT_EQ(third.origin.source(), ResultOrigin::SOURCE_REDIS);
  EXPECT_EQ(third.origin.solved_count(), 0);
  EXPECT_EQ(third.bytes, first.bytes);
  const Answer third_fit = Fit(*cluster_.Regression(), formula);
  EXPECT_EQ(third_fit.origin.source(), ResultOrigin::SOURCE_REDIS);
  EXPECT_EQ(third_fit.bytes, first_fit.bytes);
}

TEST_F(Processes, RedisKilledInTheMiddleGivesTheSameBytes) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(60, 5), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  auto fresh = model;
  fresh.set_skip_cache_lookup(true);
  const Answer with = Evaluate(*cluster_.Dea(), model);
  cluster_.redis.Stop();
  const Answer without = Evaluate(*cluster_.Dea(), fresh);
  ASSERT_TRUE(without.status.ok()) << without.status.ToString();
  EXPECT_EQ(without.origin.source(), ResultOrigin::SOURCE_COMPUTED);
  EXPECT_EQ(without.bytes, with.bytes);
  // A process that never saw Redis.
  cluster_.dea.Kill();
  cluster_.dea.Start();
  EXPECT_EQ(Evaluate(*cluster_.Dea(), model).bytes, with.bytes);
  cluster_.redis.Start();
  EXPECT_EQ(Evaluate(*cluster_.Dea(), fresh).bytes, with.bytes);
}

TEST_F(Processes, StalledRedisDoesNotHoldTheAnswer) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(30, 2), "unit", "time");
  auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  const Answer before = Evaluate(*cluster_.Dea(), model);
  cluster_.redis.Pause();
  model.set_skip_cache_lookup(true);
  const auto start = std::chrono::steady_clock::now();
  const Answer during = Evaluate(*cluster_.Dea(), model);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(during.bytes, before.bytes);
  cluster_.redis.Resume();
}

TEST_F(Processes, DeaKilledWhileItSolvesAndStartedAgain) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(1500, 2), "unit", "time");
  auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  model.mutable_model()->set_super(true);  // a second of work
  bool killed = false;
  const Answer lost = Evaluate(*cluster_.Dea(), model, [&](const common::v1::Progress& progress) {
    if (killed || progress.stage() != "solving") return;
    killed = true;
    cluster_.dea.Kill();
  });
  EXPECT_TRUE(killed);
  EXPECT_EQ(lost.status.code(), Code::kUnavailable)
      << "a stream that has begun is not repeated behind the client's back";
  cluster_.dea.Start();
  const Answer again = Evaluate(*cluster_.Dea(), model);
  ASSERT_TRUE(again.status.ok()) << again.status.ToString();
  // The same as a process that was never disturbed.
  auto fresh = model;
  fresh.set_skip_cache_lookup(true);
  EXPECT_EQ(Evaluate(*cluster_.Dea(), fresh).bytes, again.bytes);
}

TEST_F(Processes, TheCommandLineAsksAgainWhenItsServerIsReplaced) {
  const std::string file = cluster_.dir / "panel.csv";
  WriteFile(file, MadePanel(300, 2));
  const std::vector<std::string> command = {
      "dea",   file,  "--unit",     "unit",   "--time",      "time", "--inputs", "x1,x2", "--outputs", "y1",
      "--rts", "vrs", "--frontier", "global", "--bootstrap", "sw98", "--reps",   "1000",  "--quiet"};
  const Finished undisturbed = Farrell(command, cluster_.Environment());
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.output;
  auto recompute = command;
  recompute.emplace_back("--recompute");
  const std::string log = cluster_.dir / "farrell.log";
  const double before = cluster_.dea.process().ProcessorMilliseconds();
  const auto running = StartFarrell(recompute, cluster_.Environment(), log);
  // Once the server has worked for a twentieth of what the call takes it.
  EXPECT_TRUE(Eventually([&] { return cluster_.dea.process().ProcessorMilliseconds() > before + before / 20; }));
  cluster_.dea.Kill();
  cluster_.dea.Start();
  EXPECT_EQ(running->Wait(std::chrono::seconds(120)), 0) << ReadFile(log);
  EXPECT_EQ(ReadFile(log), undisturbed.output);
}

TEST_F(Processes, DataServiceAwayIsATypedErrorAndComesBack) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(30, 2), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  cluster_.data.Kill();
  const auto dea = cluster_.Dea();
  EXPECT_EQ(Evaluate(*dea, model).status.code(), Code::kUnavailable);
  cluster_.data.Start();
  EXPECT_TRUE(Eventually([&] { return Evaluate(*dea, model).status.ok(); }));
}

TEST_F(Processes, ManyClientsAtOnceSolveOnce) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(600, 2), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  std::vector<std::future<Answer>> calls;
  for (int client = 0; client < 12; ++client) {
    calls.push_back(std::async(std::launch::async, [&] { return Evaluate(*cluster_.Dea(), model); }));
  }
  int computed = 0;
  std::string bytes;
  for (auto& call : calls) {
    const Answer answer = call.get();
    ASSERT_TRUE(answer.status.ok()) << answer.status.ToString();
    computed += answer.origin.source() == ResultOrigin::SOURCE_COMPUTED ? 1 : 0;
    if (bytes.empty()) bytes = answer.bytes;
    EXPECT_EQ(answer.bytes, bytes);
  }
  EXPECT_EQ(computed, 1);
}

// A minute of work, so that whatever stops it comes first: without its own unit a reference set has no frame, and every
// one of 20,000 programs looks at 20,000 units.
dea::v1::EvaluateRequest LongWork(Cluster& cluster) {
  const std::string snapshot = Import(*cluster.Data(), MadePanel(10000, 2), "unit", "time");
  dea::v1::EvaluateRequest request = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  request.mutable_model()->set_super(true);
  return request;
}

TEST_F(Processes, DeadlineStopsTheSolver) {
  const dea::v1::EvaluateRequest work = LongWork(cluster_);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(250));
  const Answer late = Evaluate(*cluster_.Dea(), work, context);
  EXPECT_EQ(late.status.code(), Code::kDeadlineExceeded) << late.status.ToString();
  // The server gives up as well, instead of solving for nobody: work that reached its end would be logged as OK.
  EXPECT_TRUE(
      Eventually([&] { return cluster_.dea.log().find(R"("code":"DEADLINE_EXCEEDED")") != std::string::npos; }));
}

TEST_F(Processes, ClientCancelStopsTheSolver) {
  const dea::v1::EvaluateRequest work = LongWork(cluster_);
  grpc::ClientContext context;
  const Answer cancelled = Evaluate(*cluster_.Dea(), work, context, [&](const common::v1::Progress& progress) {
    if (progress.stage() == "solving") context.TryCancel();
  });
  EXPECT_EQ(cancelled.status.code(), Code::kCancelled) << cancelled.status.ToString();
  EXPECT_TRUE(Eventually([&] { return cluster_.dea.log().find(R"("code":"CANCELLED")") != std::string::npos; }));
}

TEST(FullServer, AStudyWaitsUntilThereIsRoom) {
  Cluster cluster({"--max-heavy-calls", "1"});
  grpc::ClientContext busy;
  const auto dea = cluster.Dea();
  const auto call = dea->Evaluate(&busy, LongWork(cluster));
  dea::v1::EvaluateResponse message;
  while (call->Read(&message) && message.progress().stage() != "solving") continue;
  const std::string log = cluster.dir / "study.log";
  const auto study = StartFarrell({"study", "run", std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/study.yaml",
                                   "--out", cluster.dir / "report", "--quiet"},
                                  cluster.Environment(), log);
  EXPECT_TRUE(Eventually([&] { return cluster.dea.log().find("QUEUE_FULL") != std::string::npos; }));
  EXPECT_TRUE(study->running());
  busy.TryCancel();
  while (call->Read(&message)) continue;
  EXPECT_EQ(FromGrpc(call->Finish()).code(), Code::kCancelled);
  EXPECT_EQ(study->Wait(std::chrono::seconds(120)), 0) << ReadFile(log);
}

TEST_F(Processes, SigtermDrains) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(1500, 2), "unit", "time");
  const auto dea = cluster_.Dea();
  std::promise<void> solving;
  bool told = false;
  auto call = std::async(std::launch::async, [&] {
    return Evaluate(*dea, MadeModel(snapshot, Frontier::SCHEME_GLOBAL), [&](const common::v1::Progress& progress) {
      if (!told && progress.stage() == "solving") solving.set_value();
      told = told || progress.stage() == "solving";
    });
  });
  solving.get_future().wait();
  EXPECT_EQ(cluster_.dea.Terminate(), 0);
  EXPECT_TRUE(call.get().status.ok()) << "work in flight is finished";
  EXPECT_NE(cluster_.dea.log().find("\"stopped\""), std::string::npos);
}

TEST_F(Processes, SigtermWhenIdleEndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(cluster_.data.Terminate(), 0);
  EXPECT_EQ(cluster_.dea.Terminate(), 0);
  EXPECT_EQ(cluster_.regression.Terminate(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(Processes, OneThreadAndManyAgree) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(100, 3), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_GLOBAL);
  auto bootstrap = MadeFit(snapshot, "y1 ~ x1 + x2 | unit");
  auto& inference = *bootstrap.add_inferences();
  inference.set_type(regression::v1::Inference::TYPE_WILD);
  inference.set_draws(999);
  std::vector<std::string> scores;
  std::vector<std::string> fits;
  for (const char* threads : {"1", "2", "8"}) {
    const TempDir dir;
    const ServerProgram dea("farrell-dea", {"--data", cluster_.data.address(), "--threads", threads}, dir);
    const ServerProgram regression("farrell-regression", {"--data", cluster_.data.address(), "--threads", threads},
                                   dir);
    scores.push_back(Evaluate(*dea::v1::DeaService::NewStub(MakeChannel(dea.address())), model).bytes);
    const Answer fit = Fit(*regression::v1::RegressionService::NewStub(MakeChannel(regression.address())), bootstrap);
    EXPECT_TRUE(fit.status.ok()) << fit.status.ToString();
    fits.push_back(fit.bytes);
  }
  for (const std::string& bytes : scores) EXPECT_EQ(bytes, scores[0]);
  for (const std::string& bytes : fits) EXPECT_EQ(bytes, fits[0]);
}

TEST_F(Processes, TwoDataServersShareOneState) {
  const TempDir other_dir;
  const ServerProgram other("farrell-data", {"--state", cluster_.dir / "state"}, other_dir);
  const auto first = cluster_.Data();
  const auto second = data::v1::DataService::NewStub(MakeChannel(other.address()));
  // Both write at the same time, the same tables and different ones.
  std::vector<std::future<std::string>> imports;
  for (int round = 0; round < 6; ++round) {
    imports.push_back(std::async(std::launch::async, [&, round] {
      return Import(round % 2 == 0 ? static_cast<data::v1::DataService::StubInterface&>(*first) : *second,
                    MadePanel(50 + round / 2, 3), "unit", "time", "set" + std::to_string(round / 2), "r");
    }));
  }
  std::vector<std::string> digests;
  for (auto& import : imports) digests.push_back(import.get());
  for (std::size_t round = 0; round < digests.size(); round += 2) EXPECT_EQ(digests[round], digests[round + 1]);
  for (const std::string& digest : digests) {
    for (auto* stub : {first.get(), second.get()}) {
      grpc::ClientContext context;
      data::v1::GetSnapshotRequest request;
      request.set_digest(digest);
      data::v1::GetSnapshotResponse response;
      EXPECT_TRUE(stub->GetSnapshot(&context, request, &response).ok());
    }
  }
}

TEST_F(Processes, StateSurvivesKill) {
  const std::string snapshot = Import(*cluster_.Data(), MadePanel(50, 3), "unit", "time", "panel", "2020");
  cluster_.data.Kill();
  cluster_.data.Start();
  grpc::ClientContext context;
  data::v1::ResolveSnapshotRequest request;
  request.set_reference("panel@2020");
  data::v1::ResolveSnapshotResponse response;
  const Status status = FromGrpc(cluster_.Data()->ResolveSnapshot(&context, request, &response));
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(response.snapshot().digest(), snapshot);
}

}  // namespace
}  // namespace farrell::testing
