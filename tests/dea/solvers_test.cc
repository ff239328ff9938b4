// Solvers beside the dea service: the same bytes as without them, whatever happens to them and to Redis.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "common/redis/client.h"
#include "services/dea/engine/model.h"
#include "services/dea/service/dispatcher.h"
#include "services/dea/service/task.h"
#include "services/dea/solver/solver.h"
#include "tests/dea/dea_service_fixture.h"
#include "tests/dea/model_changes.h"
#include "tests/observe/trace_collector.h"
#include "tests/support/fault_table.h"
#include "tests/support/long_run.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell::dea::testing {
namespace {

using farrell::testing::Eventually;
using farrell::testing::Process;
using farrell::testing::RedisServer;
using farrell::testing::TempDir;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

// A bootstrap in shards of 64 replications: 10,000 of them in the long run, 500 else.
constexpr double kBriefShard = 0.005;
int Replications() { return farrell::testing::LongRun() ? 640'000 : 32'000; }

// Every message of a stream as bytes, but for progress and where it came from.
template <typename Response, typename Reader>
std::pair<Status, std::string> ReadAll(Reader& reader, common::v1::ResultOrigin& origin) {
  std::string bytes;
  Response message;
  while (reader.Read(&message)) {
    if (message.has_progress()) continue;
    if constexpr (requires { message.mutable_summary(); }) {
      if (message.has_summary()) {
        origin = message.summary().origin();
        message.mutable_summary()->clear_origin();
      }
    }
    if constexpr (requires { message.mutable_tests(); }) {
      if (message.has_tests()) message.mutable_tests()->clear_origin();
    }
    if constexpr (requires { message.mutable_comparison(); }) {
      if (message.has_comparison()) message.mutable_comparison()->clear_origin();
    }
    message.AppendToString(&bytes);
  }
  return {FromGrpc(reader.Finish()), bytes};
}

class SolversTest : public DeaServiceFixture {
 protected:
  void SetUp() override {
    data_.Put("models", ModelTable());
    data_.Put("wide before", WideTable(2010));
    data_.Put("wide", WideTable(2011));
    DeaServiceFixture::SetUp();
    auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<data::v1::DataService>(&data_)});
    ASSERT_TRUE(server.ok());
    reachable_data_ = std::move(*server);
  }
  void TearDown() override {
    server_.reset();
    service_.reset();
  }

  // From now on every stage is shared, in shards of about `shard_seconds`.
  void Share(double shard_seconds, milliseconds look_after = milliseconds(500)) {
    redis_client_ = std::make_unique<redis::Client>(redis::Options{.address = redis_.address()});
    dispatcher_ = std::make_unique<Dispatcher>(
        *redis_client_, *redis_client_,
        DispatcherOptions{.worth_seconds = 0, .shard_seconds = shard_seconds, .look_after = look_after, .threads = 2});
    solvers_ = dispatcher_.get();
    Restart(2);
  }
  void KeepToYourself() {
    solvers_ = nullptr;
    Restart(2);
  }

  std::unique_ptr<Process> StartSolver() { return StartSolver(reachable_data_->port()); }
  std::unique_ptr<Process> StartSolver(int data_port, const std::vector<std::string>& more = {}) {
    const std::string port_file = dir_ / ("port" + std::to_string(++solver_count_));
    std::vector<std::string> arguments = {std::string(FARRELL_BINARY_DIR) + "/bin/farrell-solver",
                                          "--listen",
                                          "127.0.0.1:0",
                                          "--port-file",
                                          port_file,
                                          "--coordination",
                                          redis_.address(),
                                          "--redis",
                                          redis_.address(),
                                          "--data",
                                          "127.0.0.1:" + std::to_string(data_port),
                                          "--threads",
                                          "1",
                                          "--abandoned-after",
                                          "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto solver = std::make_unique<Process>(arguments, dir_ / "solvers.log");
    EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(port_file); })) << Log();
    return solver;
  }
  // Waits until that many threads of solvers have been heard of.
  void AwaitSolvers(int count) {
    EXPECT_TRUE(Eventually([&] {
      return redis_.Cli({"ZCARD", "farrell.solvers:{" + SolverChannel() + "}"}) == std::to_string(count);
    })) << Log();
  }
  std::string Log() const { return farrell::testing::ReadFile(dir_ / "solvers.log"); }
  int PartCount() const {
    const std::string keys = redis_.Cli({"--scan", "--pattern", "farrell.part:*"});
    return keys.empty() ? 0 : static_cast<int>(1 + std::count(keys.begin(), keys.end(), '\n'));
  }

  // The line of a bootstrap that had its bytes although `injected` things went wrong.
  static void LeaveLine(const std::string& fault, int injected) {
    farrell::testing::LeaveFaultLine({.fault = fault,
                                      .workload = "shared bootstrap",
                                      .injected = injected,
                                      .same_bytes = HasFailure() ? 0 : 1,
                                      .failures = HasFailure() ? 1 : 0});
  }

  // What all calls answer, by name.
  std::vector<std::pair<std::string, std::string>> AllCalls() {
    std::vector<std::pair<std::string, std::string>> answers;
    const auto add = [&](const std::string& name, std::pair<Status, std::string> answer) {
      EXPECT_TRUE(answer.first.ok()) << name << ": " << answer.first.ToString();
      answers.emplace_back(name, std::move(answer.second));
    };
    const auto with = [](auto request, const std::string& digest = "a") {
      request.mutable_table()->set_snapshot_digest(digest);
      *request.mutable_model() = Request().model();
      return request;
    };
    for (const v1::Bootstrap::Method method : {v1::Bootstrap::METHOD_SW98, v1::Bootstrap::METHOD_KSW}) {
      v1::EvaluateRequest request = Request();
      request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
      request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_CONTEMPORANEOUS);
      v1::Bootstrap& bootstrap = *request.mutable_model()->mutable_bootstrap();
      bootstrap.set_method(method);
      bootstrap.set_replication_count(100);
      bootstrap.set_seed(3);
      add("bootstrap " + std::to_string(method), Ask(&v1::DeaService::Stub::Evaluate, request));
    }
    auto productivity = with(v1::MeasureProductivityRequest());
    productivity.set_replication_count(50);
    add("productivity", Ask(&v1::DeaService::Stub::MeasureProductivity, productivity));
    // The second is carried over with the proofs of the first, as far as it stands.
    for (const char* digest : {"wide before", "wide"}) {
      auto global = with(v1::MeasureProductivityRequest(), digest);
      global.set_index(v1::PRODUCTIVITY_INDEX_GLOBAL);
      add(digest, Ask(&v1::DeaService::Stub::MeasureProductivity, global));
    }
    EXPECT_GT(last_origin_.certified_count(), 0);
    v1::EvaluateNetworkRequest network;
    network.mutable_table()->set_snapshot_digest("a");
    for (const char* name : {"labour", "capital"}) network.add_stage1_inputs(name);
    network.add_intermediates("papers");
    network.add_outputs("patents");
    add("network", Ask(&v1::DeaService::Stub::EvaluateNetwork, network));
    auto returns = with(v1::TestReturnsToScaleRequest());
    returns.set_replication_count(60);
    add("returns to scale", Ask(&v1::DeaService::Stub::TestReturnsToScale, returns));
    auto groups = with(v1::CompareGroupsRequest());
    groups.set_group_column("region");
    groups.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
    add("groups", Ask(&v1::DeaService::Stub::CompareGroups, groups));
    auto replications = with(v1::ScoreReplicationsRequest());
    for (int unit = 0; unit < 12; ++unit) replications.add_units("u" + std::to_string(unit));
    for (int r = 0; r < 40; ++r) {
      v1::Replication& replication = *replications.add_replications();
      for (int unit = 0; unit < 12; ++unit) {
        if ((unit + r) % 3 != 0) replication.add_units(unit);
      }
    }
    add("replications", Ask(&v1::DeaService::Stub::ScoreReplications, replications));
    return answers;
  }

  template <typename Request, typename Response>
  std::pair<Status, std::string> Ask(
      std::unique_ptr<grpc::ClientReader<Response>> (v1::DeaService::Stub::*call)(grpc::ClientContext*, const Request&),
      const Request& request) {
    grpc::ClientContext context;
    return ReadAll<Response>(*((*stub_).*call)(&context, request), last_origin_);
  }

  // A bootstrap of some seconds on one core.
  static v1::EvaluateRequest Long(int replications = 3000) {
    v1::EvaluateRequest request = Request();
    request.mutable_model()->mutable_frontier()->set_scheme(v1::Frontier::SCHEME_GLOBAL);
    request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
    request.mutable_model()->mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_SW98);
    request.mutable_model()->mutable_bootstrap()->set_replication_count(replications);
    return request;
  }

  TempDir dir_;
  RedisServer redis_;
  std::unique_ptr<RunningServer> reachable_data_;
  std::unique_ptr<redis::Client> redis_client_;
  std::unique_ptr<Dispatcher> dispatcher_;
  int solver_count_ = 0;
  common::v1::ResultOrigin last_origin_;  // of the last answer of Ask that told one
};

TEST_F(SolversTest, EveryModelHasTheSameBytes) {
  std::vector<std::pair<std::string, std::string>> alone;
  for (const auto& [name, change] : Changes())
    alone.emplace_back(name, Ask(&v1::DeaService::Stub::Evaluate, ModelRequest(change)).second);
  Share(1e-4);
  const auto first = StartSolver();
  const auto second = StartSolver();
  AwaitSolvers(2);
  std::size_t at = 0;
  for (const auto& [name, change] : Changes()) {
    const auto [status, bytes] = Ask(&v1::DeaService::Stub::Evaluate, ModelRequest(change));
    EXPECT_TRUE(status.ok()) << name << ": " << status.ToString();
    EXPECT_EQ(bytes, alone[at++].second) << name;
  }
  EXPECT_GT(PartCount(), 2 * static_cast<int>(Changes().size()));
}

TEST_F(SolversTest, EveryCallHasTheSameBytes) {
  const auto alone = AllCalls();
  Share(1e-4);
  const auto first = StartSolver();
  const auto second = StartSolver();
  AwaitSolvers(2);
  const auto shared = AllCalls();
  ASSERT_EQ(shared.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(shared[i].second, alone[i].second) << alone[i].first;
  EXPECT_GT(PartCount(), 50);
}

// 300 units of one year.
Panel LargeTable() {
  Panel table;
  table.columns = {{"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}}};
  TestRandom random(17);
  for (int unit = 0; unit < 300; ++unit) {
    table.units.push_back("u" + std::to_string(1000 + unit));
    table.times.push_back(2020);
    for (PanelColumn& column : table.columns) column.numbers.push_back(1 + random.Uniform());
  }
  return table;
}

// Of a table that was revised solvers get the units whose answers are not proven to stand, by name.
TEST_F(SolversTest, WhatIsLeftOfARevisedTableIsSharedOut) {
  Panel table = LargeTable();
  data_.Put("large", table);
  for (std::size_t row = 0; row < 300; row += 30) table.columns[2].numbers[row] *= 1.1;
  data_.Put("revised", table);
  const std::vector<v1::ModelKind> kinds = {v1::MODEL_KIND_RADIAL, v1::MODEL_KIND_SBM, v1::MODEL_KIND_DDF};
  const auto ask = [&](const std::string& digest, v1::ModelKind kind) {
    v1::EvaluateRequest request = Request(digest);
    request.mutable_model()->set_kind(kind);
    request.mutable_model()->set_rts(v1::RETURNS_TO_SCALE_VRS);
    return Ask(&v1::DeaService::Stub::Evaluate, request);
  };
  std::vector<std::string> alone;
  for (const v1::ModelKind kind : kinds) alone.push_back(ask("revised", kind).second);
  Share(1e-4);
  const auto solver = StartSolver();
  AwaitSolvers(1);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    ASSERT_TRUE(ask("large", kinds[i]).first.ok());
    EXPECT_EQ(ask("revised", kinds[i]).second, alone[i]) << kinds[i];
    EXPECT_GT(last_origin_.certified_count(), 100) << kinds[i];
    EXPECT_EQ(last_origin_.solved_count() + last_origin_.certified_count(), 300) << kinds[i];
    EXPECT_GT(last_origin_.solver_item_count(), 0) << kinds[i];
  }
}

TEST_F(SolversTest, WithoutSolversOrRedisTheWorkIsDoneHere) {
  const auto alone = AllCalls();
  Share(1e-3);
  EXPECT_EQ(AllCalls(), alone);
  EXPECT_EQ(PartCount(), 0);
  redis_.Stop();
  Restart(2);
  EXPECT_EQ(AllCalls(), alone);
}

TEST_F(SolversTest, KilledSolversAndALostRedisLeaveNoTrace) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, Long(Replications())).second;
  Share(kBriefShard);
  std::vector<std::unique_ptr<Process>> solvers;
  for (int i = 0; i < 2; ++i) solvers.push_back(StartSolver());
  AwaitSolvers(2);
  std::jthread trouble([&](const std::stop_token& stop) {
    for (int round = 0; !stop.stop_requested(); ++round) {
      std::this_thread::sleep_for(milliseconds(150));
      switch (round % 4) {
        case 0: solvers[0]->Kill(); break;
        case 1: solvers[0] = StartSolver(); break;
        case 2:
          redis_.Stop();
          redis_.Start();
          break;
        default:
          redis_.Pause();
          std::this_thread::sleep_for(milliseconds(300));
          redis_.Resume();
      }
    }
  });
  const auto [status, bytes] = Ask(&v1::DeaService::Stub::Evaluate, Long(Replications()));
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(bytes, alone);
}

TEST_F(SolversTest, SolversThatComeAndGoLeaveNoTrace) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, Long(Replications())).second;
  Share(kBriefShard);
  std::vector<std::unique_ptr<Process>> solvers;
  solvers.push_back(StartSolver());
  AwaitSolvers(1);
  auto asked =
      std::async(std::launch::async, [&] { return Ask(&v1::DeaService::Stub::Evaluate, Long(Replications())); });
  ASSERT_TRUE(Eventually([&] { return PartCount() > 0; })) << Log();
  while (solvers.size() < 6) solvers.push_back(StartSolver());
  AwaitSolvers(6);
  for (std::size_t i = 1; i < solvers.size(); ++i) solvers[i]->Signal(SIGTERM);
  for (std::size_t i = 1; i < solvers.size(); ++i) EXPECT_EQ(solvers[i]->Wait(std::chrono::seconds(20)), 0) << Log();
  const auto [status, bytes] = asked.get();
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(bytes, alone);
  LeaveLine("solvers 1 -> 6 -> 1", 10);
}

TEST_F(SolversTest, EveryShardDeliveredTwiceHasTheSameBytes) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, Long(500)).second;
  Share(0.005);
  const auto first = StartSolver();
  const auto second = StartSolver();
  AwaitSolvers(2);
  const std::string stream = "farrell.shards:{" + SolverChannel() + "}:interactive";
  std::atomic<int> doubled = 0;
  std::jthread doubling([&](const std::stop_token& stop) {
    redis::Client redis({.address = redis_.address()});
    std::string last = "-";
    while (!stop.stop_requested()) {
      const auto entries = redis.Call({"XRANGE", stream, last, "+", "COUNT", "8"});
      if (!entries.ok()) continue;
      for (const redis::Reply& entry : entries->items) {
        redis::Arguments again = {"XADD", stream, "*"};
        for (const redis::Reply& field : entry.items[1].items) again.push_back(field.text);
        if (entry.items[0].text > last && redis.Call(again).ok()) ++doubled;
        last = "(" + entry.items[0].text;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  EXPECT_EQ(Ask(&v1::DeaService::Stub::Evaluate, Long(500)).second, alone);
  LeaveLine("every shard delivered twice", doubled);
}

TEST_F(SolversTest, TheOriginTellsWhoDidTheWork) {
  const auto origin = [&](int replications) {
    grpc::ClientContext context;
    const auto call = stub_->Evaluate(&context, Long(replications));
    common::v1::ResultOrigin told;
    v1::EvaluateResponse message;
    while (call->Read(&message)) {
      if (message.has_summary()) told = message.summary().origin();
    }
    EXPECT_TRUE(call->Finish().ok());
    return told;
  };
  EXPECT_EQ(origin(400).without_solvers(), "") << "nothing is shared here";
  Share(kBriefShard);
  const common::v1::ResultOrigin alone = origin(500);
  EXPECT_EQ(alone.without_solvers(), "NO_SOLVER");
  EXPECT_EQ(alone.solver_item_count(), 0);
  {
    const auto solver = StartSolver();
    AwaitSolvers(1);
    const common::v1::ResultOrigin shared = origin(600);
    EXPECT_EQ(shared.without_solvers(), "");
    EXPECT_GE(shared.solver_item_count(), 600);
  }
  redis_.Stop();
  EXPECT_EQ(origin(700).without_solvers(), "QUEUE_UNREACHABLE");
  redis_.Start();
}

TEST_F(SolversTest, ShardsStandInTheTraceOfTheirCall) {
  const farrell::testing::Collector collector;
  Share(kBriefShard);
  const auto solver = StartSolver(reachable_data_->port(), {"--otlp", collector.url()});
  AwaitSolvers(1);
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-" + trace + "-00f067aa0ba902b7-01");
  const auto call = stub_->Evaluate(&context, Long(500));
  EXPECT_TRUE(ReadAll<v1::EvaluateResponse>(*call, last_origin_).first.ok());
  ASSERT_TRUE(Eventually([&] { return !collector.spans().empty(); })) << Log();
  for (const auto& span : collector.spans()) {
    EXPECT_EQ(span.at("traceId"), trace);
    EXPECT_EQ(span.at("name"), "farrell-solver/Shard");
    EXPECT_EQ(span.at("service"), "farrell-solver");
    EXPECT_NE(span.at("parentSpanId"), "00f067aa0ba902b7") << "the call itself stands between";
  }
}

TEST_F(SolversTest, DamageInRedisLeavesNoTrace) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, Long(5000)).second;
  Share(kBriefShard);
  const auto first = StartSolver();
  const auto second = StartSolver();
  AwaitSolvers(2);
  const std::string shards = "farrell.shards:{" + SolverChannel() + "}:interactive";
  int damaged = 0;
  {
    std::jthread damaging([&](const std::stop_token& stop) {
      redis::Client redis({.address = redis_.address()});
      const auto spoil = [&](const std::string& pattern, const char* offset) {
        const auto keys = redis.Call({"KEYS", pattern});
        if (!keys.ok()) return;
        for (const redis::Reply& key : keys->items) {
          if (redis.Call({"SETRANGE", key.text, offset, "X"}).ok()) ++damaged;
        }
      };
      while (!stop.stop_requested()) {
        spoil("farrell.part:*", "90");
        spoil("farrell.task:*", "20");
        // The key of one shard over the items of another.
        const auto entries = redis.Call({"XRANGE", shards, "-", "+", "COUNT", "1"});
        if (entries.ok() && !entries->items.empty() && entries->items[0].items.size() == 2) {
          redis::Arguments again = {"XADD", shards, "*"};
          for (const redis::Reply& field : entries->items[0].items[1].items) again.push_back(field.text);
          for (std::size_t i = 3; i + 1 < again.size(); i += 2) {
            if (again[i] == "first" || again[i] == "last") again[i + 1] = std::to_string(std::stoi(again[i + 1]) + 64);
          }
          static_cast<void>(redis.Call(again));
        }
        std::this_thread::sleep_for(milliseconds(20));
      }
    });
    const auto [status, bytes] = Ask(&v1::DeaService::Stub::Evaluate, Long(5000));
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(bytes, alone);
  }
  EXPECT_GT(damaged, 0);
  LeaveLine("tasks, shards and parts damaged in Redis", damaged);
}

TEST_F(SolversTest, WhatNobodyWaitsForStopsWithinAMomentAndIsForgotten) {
  Share(30);  // one shard takes longer than the test
  const auto solver = StartSolver();
  AwaitSolvers(1);
  const std::string channel = "{" + SolverChannel() + "}";
  const std::string shards = "farrell.shards:" + channel + ":interactive";
  redis::Client redis({.address = redis_.address()});
  const auto in_hand = [&] { return redis.Call({"XPENDING", shards, "solvers"})->items.at(0).integer; };
  grpc::ClientContext context;
  const auto call = stub_->Evaluate(&context, Long(500'000));
  auto asked = std::async(std::launch::async, [&] { return ReadAll<v1::EvaluateResponse>(*call, last_origin_).first; });
  ASSERT_TRUE(Eventually([&] { return in_hand() == 1; })) << Log();
  std::this_thread::sleep_for(milliseconds(300));  // in the middle of it
  context.TryCancel();
  const auto cancelled = std::chrono::steady_clock::now();
  EXPECT_EQ(asked.get().code(), Code::kCancelled);
  EXPECT_TRUE(Eventually([&] { return in_hand() == 0; }));
  const auto stopped = std::chrono::steady_clock::now() - cancelled;
  // 200 ms on a machine with nothing else to do.
  EXPECT_LT(std::chrono::duration_cast<milliseconds>(stopped).count(), 1000);
  EXPECT_EQ(redis_.Cli({"XLEN", shards}), "0");
  farrell::testing::LeaveFaultLine({.fault = "caller cancels",
                                    .workload = "shared bootstrap",
                                    .injected = 1,
                                    .same_bytes = HasFailure() ? 0 : 1,
                                    .failures = HasFailure() ? 1 : 0,
                                    .worst_stall_seconds = std::chrono::duration<double>(stopped).count()});

  // A service that dies cannot take its shards back: they are dropped once its sign of life has run out.
  const std::string task = "farrell.task:" + channel + ":t";
  redis_.Cli({"SET", task, "x"});
  redis_.Cli({"XADD", shards, "*", "job", "gone", "task", "t", "key", "k", "first", "0", "last", "1", "trace", ""});
  EXPECT_TRUE(Eventually([&] { return redis_.Cli({"XLEN", shards}) == "0"; }));
  EXPECT_EQ(redis_.Cli({"EXISTS", "farrell.done:" + channel + ":gone"}), "0");
}

TEST_F(SolversTest, AShardThatKillsWhoTakesItIsGivenUpByName) {
  Share(30, std::chrono::seconds(60));
  const std::string channel = "{" + SolverChannel() + "}";
  const std::string shards = "farrell.shards:" + channel + ":interactive";
  ASSERT_EQ(redis_.Cli({"XGROUP", "CREATE", shards, "solvers", "0", "MKSTREAM"}), "OK");
  std::future<std::pair<Status, std::string>> asked;
  {
    // Somebody who lives, takes shards and never comes back with one.
    std::jthread taker([&](const std::stop_token& stop) {
      redis::Client redis({.address = redis_.address()});
      while (!stop.stop_requested()) {
        const auto time = redis.Call({"TIME"});
        if (!time.ok()) continue;
        static_cast<void>(redis.Call({"ZADD", "farrell.solvers:" + channel, time->items[0].text + "000", "taker"}));
        static_cast<void>(
            redis.Call({"XREADGROUP", "GROUP", "solvers", "taker", "COUNT", "9", "STREAMS", shards, ">"}));
        static_cast<void>(redis.Call({"XAUTOCLAIM", shards, "solvers", "taker", "0", "0-0", "COUNT", "9"}));
        std::this_thread::sleep_for(milliseconds(20));
      }
    });
    AwaitSolvers(1);
    asked = std::async(std::launch::async, [&] { return Ask(&v1::DeaService::Stub::Evaluate, Long(100'000)); });
    redis::Client redis({.address = redis_.address()});
    ASSERT_TRUE(Eventually([&] {
      const auto pending = redis.Call({"XPENDING", shards, "solvers", "-", "+", "1"});
      return pending.ok() && !pending->items.empty() && pending->items[0].items[3].integer > 6;
    }));
  }
  const auto solver = StartSolver();
  const Status status = asked.get().first;
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_EQ(status.reason(), "SHARD_POISONED");
  EXPECT_THAT(status.message(), HasSubstr("none came back"));
}

TEST_F(SolversTest, ASolverThatIsToldToStopHandsBackAndEndsWell) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, Long()).second;
  Share(0.2);
  auto first = StartSolver();
  AwaitSolvers(1);
  auto asked = std::async(std::launch::async, [&] { return Ask(&v1::DeaService::Stub::Evaluate, Long()); });
  ASSERT_TRUE(Eventually([&] { return PartCount() > 0; })) << Log();
  const auto second = StartSolver();
  first->Signal(SIGTERM);
  EXPECT_EQ(first->Wait(std::chrono::seconds(20)), 0) << Log();
  const auto [status, bytes] = asked.get();
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(bytes, alone);
}

TEST_F(SolversTest, ADataServiceThatIsAwayFromSolversIsNoReasonToFail) {
  const std::string alone = Ask(&v1::DeaService::Stub::Evaluate, ModelRequest([](v1::Model&) {})).second;
  Share(1e-4);
  const auto solver = StartSolver(farrell::testing::FreePort());
  AwaitSolvers(1);
  const auto [status, bytes] = Ask(&v1::DeaService::Stub::Evaluate, ModelRequest([](v1::Model&) {}));
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(bytes, alone);
}

TEST_F(SolversTest, OtherDataUnderTheSameNameAreRefused) {
  Panel table = ModelTable();
  table.columns[0].numbers[0] += 1;
  TableDataService other;
  other.Put("models", table);
  const auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<data::v1::DataService>(&other)});
  ASSERT_TRUE(server.ok());
  Share(1e-4);
  const auto solver = StartSolver((*server)->port());
  AwaitSolvers(1);
  const Status status = Ask(&v1::DeaService::Stub::Evaluate, ModelRequest([](v1::Model&) {})).first;
  EXPECT_EQ(status.reason(), "DATA_DIFFERS") << status.ToString();
}

// Who computes otherwise meets elsewhere; fault_revision_test tries it with a program of another numeric ABI.
TEST(SolverChannel, NamesTheRevisionAndTheNumericAbi) {
  EXPECT_EQ(SolverChannel(), "dea.r" + std::to_string(kAlgorithmRevision) + "." +
                                 canonical::Sha256(std::string(numeric::kNumAbi)).substr(0, 12));
}

}  // namespace
}  // namespace farrell::dea::testing
