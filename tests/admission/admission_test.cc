// What a server refuses before it costs anything: too many calls, too little memory, too little time.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "common/admission/admission.h"
#include "common/admission/deadlines.h"
#include "common/observe/catalogue.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using testing::Eventually;

// DeriveSnapshot is heavy, GetSnapshot light; both run whatever the test gives them.
class TestService final : public data::v1::DataService::Service {
 public:
  using Body = std::function<Status(std::stop_token)>;
  explicit TestService(Body body) : body_(std::move(body)) {}
  grpc::Status DeriveSnapshot(grpc::ServerContext* context, const data::v1::DeriveSnapshotRequest*,
                              data::v1::DeriveSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/DeriveSnapshot", context, body_);
  }
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, body_);
  }

 private:
  Body body_;
};

std::unique_ptr<RunningServer> Started(TestService& service, const AdmissionLimits& limits,
                                       const DeadlinePolicy& deadlines = {}) {
  auto server = StartServer({.listen = "127.0.0.1:0",
                             .max_threads = limits.ThreadsNeeded(),
                             .stations = {std::make_shared<Deadlines>(deadlines), std::make_shared<Admission>(limits)}},
                            {Serve<data::v1::DataService>(&service)});
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return std::move(server).value();
}

std::shared_ptr<grpc::Channel> ChannelTo(const RunningServer& server) {
  return MakeChannel("127.0.0.1:" + std::to_string(server.port()));
}

// Without a time limit the call has no deadline.
Status Heavy(const std::shared_ptr<grpc::Channel>& channel, std::optional<milliseconds> limit = seconds(60)) {
  grpc::ClientContext context;
  if (limit) context.set_deadline(system_clock::now() + *limit);
  data::v1::DeriveSnapshotResponse response;
  return FromGrpc(data::v1::DataService::NewStub(channel)->DeriveSnapshot(&context, {}, &response));
}

Status Light(const std::shared_ptr<grpc::Channel>& channel, std::optional<milliseconds> limit = seconds(60)) {
  grpc::ClientContext context;
  if (limit) context.set_deadline(system_clock::now() + *limit);
  data::v1::GetSnapshotResponse response;
  return FromGrpc(data::v1::DataService::NewStub(channel)->GetSnapshot(&context, {}, &response));
}

// Keeps every call in its handler until opened.
struct Gate {
  Status operator()(const std::stop_token& stop) {
    ++inside;
    while (!open && !stop.stop_requested()) testing::PauseBriefly();
    --inside;
    return open ? Status() : Cancelled();
  }
  std::atomic<int> inside = 0;
  std::atomic<bool> open = false;
};

TEST(Admission, OneClassFullLeavesTheOtherAlone) {
  Gate gate;
  TestService service(std::ref(gate));
  const auto server = Started(service, {.heavy = 2, .light = 1});
  const auto channel = ChannelTo(*server);
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 2; ++caller) {
    callers.emplace_back([&] { EXPECT_TRUE(Heavy(channel).ok()); });
  }
  ASSERT_TRUE(Eventually([&] { return gate.inside == 2; }));
  const Status refused = Heavy(channel);
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_EQ(refused.reason(), "QUEUE_FULL");
  EXPECT_EQ(refused.metadata().at("class"), "heavy");
  EXPECT_GT(std::stoi(refused.metadata().at("retry_after_ms")), 0);
  callers.emplace_back([&] { EXPECT_TRUE(Light(channel).ok()); });
  ASSERT_TRUE(Eventually([&] { return gate.inside == 3; }));
  EXPECT_EQ(Light(channel).metadata().at("class"), "light");
  gate.open = true;
  callers.clear();
  EXPECT_TRUE(Heavy(channel).ok()) << "places are given back";
  EXPECT_TRUE(Light(channel).ok());
}

// Far more callers than places, over many connections: whoever is refused learns it in Farrell's words, not gRPC's.
TEST(Admission, AStormIsRefusedTyped) {
  Gate gate;
  TestService service(std::ref(gate));
  const auto server = Started(service, {.heavy = 4, .light = 4});
  std::atomic<int> admitted = 0;
  std::atomic<int> refused = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 200; ++caller) {
    callers.emplace_back([&] {
      const Status status = Heavy(ChannelTo(*server));
      if (status.ok()) ++admitted;
      if (status.reason() == "QUEUE_FULL") ++refused;
    });
  }
  EXPECT_TRUE(Eventually([&] { return refused == 196; }, seconds(60))) << refused;
  EXPECT_EQ(gate.inside, 4);
  gate.open = true;
  callers.clear();
  EXPECT_EQ(admitted, 4);
}

TEST(Admission, HeavyCallsStayOutWhenMemoryIsLow) {
  std::atomic<std::int64_t> used = 50;
  TestService service([](const auto&) { return Status(); });
  const auto server = Started(service, {.memory_bytes = 100, .resident_bytes = [&] { return used.load(); }});
  const auto channel = ChannelTo(*server);
  EXPECT_TRUE(Heavy(channel).ok());
  used = 101;
  EXPECT_TRUE(Eventually([&] { return Heavy(channel).reason() == "MEMORY_LOW"; }));
  const Status refused = Heavy(channel);
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_GT(std::stoi(refused.metadata().at("retry_after_ms")), 0);
  EXPECT_TRUE(Light(channel).ok());
  used = 100;
  EXPECT_TRUE(Eventually([&] { return Heavy(channel).ok(); }));
}

TEST(Admission, TheProcessIsMeasuredByDefault) {
  TestService service([](const auto&) { return Status(); });
  EXPECT_GT(DefaultMemoryLimit(), 0);
  EXPECT_TRUE(Heavy(ChannelTo(*Started(service, {.memory_bytes = DefaultMemoryLimit()}))).ok());
  EXPECT_EQ(Heavy(ChannelTo(*Started(service, {.memory_bytes = 1}))).reason(), "MEMORY_LOW");
}

TEST(Admission, RefusalsAreCounted) {
  metrics::Enable();
  TestService service([](const auto&) { return Status(); });
  const auto server = Started(service, {.memory_bytes = 1});
  const auto count = [] {
    double total = 0.0;
    for (const metrics::Sample& sample : metrics::kAdmissionRefusals.Collect()) {
      if (sample.labels == metrics::LabelValues{"heavy", "MEMORY_LOW"}) total += sample.value;
    }
    return total;
  };
  const double before = count();
  (void)Heavy(ChannelTo(*server));
  EXPECT_EQ(count(), before + 1.0);
}

TEST(Deadlines, ACallWithoutTimeIsNotBegun) {
  std::atomic<int> begun = 0;
  TestService service([&](const auto&) {
    ++begun;
    return Status();
  });
  const auto server = Started(service, {}, {.minimum = seconds(30)});
  const auto channel = ChannelTo(*server);
  for (const Status& refused : {Heavy(channel, seconds(20)), Light(channel, seconds(20))}) {
    EXPECT_EQ(refused.code(), Code::kDeadlineExceeded);
    EXPECT_EQ(refused.reason(), "DEADLINE_TOO_SHORT");
    EXPECT_LE(std::stoi(refused.metadata().at("remaining_ms")), 25'000);
  }
  EXPECT_EQ(begun, 0);
  EXPECT_TRUE(Heavy(channel, seconds(60)).ok());
  EXPECT_TRUE(Heavy(channel, std::nullopt).ok());
  EXPECT_EQ(begun, 2);
}

TEST(Deadlines, HeavyCallsWithoutOneGetTheServers) {
  std::atomic<system_clock::time_point> seen;
  TestService service([&](const auto&) {
    seen = CurrentCall()->deadline;
    return Status();
  });
  const auto server = Started(service, {}, {.heavy_default = seconds(100)});
  const auto channel = ChannelTo(*server);
  const auto before = system_clock::now();
  EXPECT_TRUE(Heavy(channel, std::nullopt).ok());
  EXPECT_GE(seen.load(), before + seconds(100));
  EXPECT_LE(seen.load(), system_clock::now() + seconds(100));
  EXPECT_TRUE(Heavy(channel, seconds(500)).ok());
  EXPECT_GT(seen.load(), before + seconds(400)) << "the caller's own deadline holds";
  EXPECT_TRUE(Light(channel, std::nullopt).ok());
  EXPECT_EQ(seen.load(), system_clock::time_point::max());
}

}  // namespace
}  // namespace farrell
