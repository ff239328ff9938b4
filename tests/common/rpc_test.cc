// Handlers, servers and channels over real sockets: exceptions, cancellation, deadlines, drain, health, reflection,
// retries.
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/validate_service_config.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <latch>
#include <thread>

#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// GetSnapshot runs whatever the test gives it.
class TestService final : public data::v1::DataService::Service {
 public:
  using Body = std::function<Status(std::stop_token)>;
  explicit TestService(Body body = {}) : body_(std::move(body)) {}
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest* request,
                           data::v1::GetSnapshotResponse* response) override {
    ++calls;
    response->mutable_snapshot()->set_digest(request->digest());
    return Guard(
        "farrell.data.v1.DataService/GetSnapshot", context, body_ ? body_ : [](const auto&) { return Status(); });
  }
  std::atomic<int> calls = 0;

 private:
  Body body_;
};

std::unique_ptr<RunningServer> Started(TestService& service, ServerOptions options = {.listen = "127.0.0.1:0"}) {
  auto server = StartServer(options, {Serve<data::v1::DataService>(&service)});
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return std::move(server).value();
}

std::string Address(const RunningServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, milliseconds timeout = seconds(30)) {
  const auto stub = data::v1::DataService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  data::v1::GetSnapshotRequest request;
  request.set_digest("d");
  data::v1::GetSnapshotResponse response;
  const grpc::Status status = stub->GetSnapshot(&context, request, &response);
  EXPECT_EQ(response.snapshot().digest(), status.ok() ? "d" : "");
  return status;
}

TEST(Guard, PassesSuccessAndTypedErrors) {
  TestService good;
  EXPECT_TRUE(Call(Started(good)->InProcessChannel()).ok());
  TestService bad([](const auto&) { return NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot").With("digest", "d"); });
  const Status status = FromGrpc(Call(Started(bad)->InProcessChannel()));
  EXPECT_EQ(status, NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot")
                        .With("digest", "d")
                        .With("request_id", status.metadata().at("request_id")));
}

TEST(Guard, ExceptionsBecomeTypedErrors) {
  TestService no_memory([](const auto&) -> Status { throw std::bad_alloc(); });
  EXPECT_EQ(FromGrpc(Call(Started(no_memory)->InProcessChannel())).reason(), "OUT_OF_MEMORY");
  TestService broken([](const auto&) -> Status { throw std::runtime_error("secret detail"); });
  const Status status = FromGrpc(Call(Started(broken)->InProcessChannel()));
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_EQ(status.reason(), "UNEXPECTED_EXCEPTION");
  EXPECT_EQ(status.metadata().at("incident_id").size(), 16U);
  EXPECT_EQ(status.message().find("secret"), std::string::npos);
  TestService odd([](const auto&) -> Status { throw 7; });
  EXPECT_EQ(FromGrpc(Call(Started(odd)->InProcessChannel())).reason(), "UNEXPECTED_EXCEPTION");
}

TEST(Guard, WorksOutsideACall) {
  EXPECT_TRUE(
      Guard("test", nullptr, [](const auto& stop) { return stop.stop_requested() ? Cancelled() : Status(); }).ok());
  grpc::ServerContext context;
  EXPECT_TRUE(
      Guard("test", &context, [](const auto& stop) { return stop.stop_requested() ? Cancelled() : Status(); }).ok());
}

// Waits for its stop token. Time is told by its own pauses of 5 ms, which a busy machine stretches as it does the
// watch for callers that go away.
struct Waiter {
  Status operator()(const std::stop_token& stop) {
    begun.count_down();
    for (; !stop.stop_requested() && !give_up; ++pauses) testing::PauseBriefly();
    stopped.count_down();
    return Cancelled();
  }
  std::latch begun{1};
  std::latch stopped{1};
  std::atomic<bool> give_up = false;
  std::atomic<int> pauses = 0;
};

TEST(Guard, ClientCancelFiresTheStopToken) {
  Waiter waiter;
  TestService service(std::ref(waiter));
  const auto server = Started(service);
  int before = 0;
  grpc::ClientContext context;
  std::jthread canceller([&] {
    waiter.begun.wait();
    before = waiter.pauses;
    context.TryCancel();
  });
  data::v1::GetSnapshotResponse response;
  const grpc::Status status =
      data::v1::DataService::NewStub(MakeChannel(Address(*server)))->GetSnapshot(&context, {}, &response);
  canceller.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  waiter.stopped.wait();
  EXPECT_LT(waiter.pauses - before, 40);  // 200 ms
}

TEST(Guard, DeadlineFiresTheStopToken) {
  Waiter waiter;
  TestService service(std::ref(waiter));
  const auto server = Started(service);
  EXPECT_EQ(Call(server->InProcessChannel(), milliseconds(100)).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  waiter.stopped.wait();
  EXPECT_LT(waiter.pauses, 80);  // 400 ms
}

TEST(Server, DrainLetsCallsFinish) {
  std::latch begun{1};
  std::atomic<bool> finish = false;
  TestService service([&](const std::stop_token& stop) {
    begun.count_down();
    while (!finish && !stop.stop_requested()) testing::PauseBriefly();
    return stop.stop_requested() ? Cancelled() : Status();
  });
  const auto server = Started(service);
  const auto channel = MakeChannel(Address(*server));
  auto call = std::async(std::launch::async, [&] { return Call(channel); });
  begun.wait();
  auto shutdown = std::async(std::launch::async, [&] { server->Shutdown(); });
  // New calls are refused while the old one goes on.
  EXPECT_TRUE(testing::Eventually([&] { return !Call(MakeChannel(Address(*server)), seconds(5)).ok(); }));
  finish = true;
  EXPECT_TRUE(call.get().ok());
  shutdown.get();
}

TEST(Server, DrainStopsCallsAfterTheGrace) {
  Waiter waiter;
  TestService service(std::ref(waiter));
  const auto server = Started(service, {.listen = "127.0.0.1:0", .grace = milliseconds(100)});
  // One attempt only: the retry of UNAVAILABLE is another matter.
  const auto channel = grpc::CreateChannel(Address(*server), grpc::InsecureChannelCredentials());
  auto call = std::async(std::launch::async, [&] { return Call(channel); });
  waiter.begun.wait();
  const int before = waiter.pauses;
  server->Shutdown();
  EXPECT_LT(waiter.pauses - before, 400);  // 2 s
  EXPECT_FALSE(call.get().ok());
}

TEST(Server, ShutdownTwiceAndFromTwoThreads) {
  TestService service;
  const auto server = Started(service);
  auto other = std::async(std::launch::async, [&] { server->Shutdown(); });
  server->Shutdown();
  other.get();
  server->Shutdown();
}

TEST(Server, BadAddressesAreClearErrors) {
  TestService service;
  for (const char* listen : {"localhost", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", ":80", "::1:80"}) {
    const auto server = StartServer({.listen = listen}, {Serve<data::v1::DataService>(&service)});
    ASSERT_FALSE(server.ok()) << listen;
    EXPECT_EQ(server.status().reason(), "ADDRESS_INVALID") << listen;
    EXPECT_NE(server.status().message().find(listen), std::string::npos);
  }
}

TEST(Server, TakenPortIsAClearError) {
  TestService first;
  TestService second;
  const auto server = Started(first);
  const auto other = StartServer({.listen = Address(*server)}, {Serve<data::v1::DataService>(&second)});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.status().reason(), "ADDRESS_UNAVAILABLE");
}

TEST(Server, InProcessOnlyNeedsNoPort) {
  TestService service;
  const auto server = Started(service, {});
  EXPECT_EQ(server->port(), 0);
  EXPECT_TRUE(Call(server->InProcessChannel()).ok());
}

TEST(Server, PortFile) {
  const testing::TempDir dir;
  TestService service;
  const auto server = Started(service, {.listen = "127.0.0.1:0", .port_file = dir / "port"});
  EXPECT_EQ(testing::ReadFile(dir / "port"), std::to_string(server->port()) + "\n");
  const auto other = StartServer({.listen = "127.0.0.1:0", .port_file = dir / "no/such/folder"},
                                 {Serve<data::v1::DataService>(&service)});
  EXPECT_EQ(other.status().reason(), "PORT_FILE_UNWRITABLE");
}

grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::shared_ptr<grpc::Channel>& channel,
                                                            const std::string& service) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  return status.ok() ? response.status() : grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN;
}

TEST(Server, HealthPerServiceTurnsOffBeforeCallsAreRefused) {
  using grpc::health::v1::HealthCheckResponse;
  TestService service;
  const auto server = Started(service, {.listen = "127.0.0.1:0", .drain_delay = seconds(2)});
  const auto channel = MakeChannel(Address(*server));
  EXPECT_EQ(Health(channel, "farrell.data.v1.DataService"), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(channel, ""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(channel, "farrell.dea.v1.DeaService"), HealthCheckResponse::SERVICE_UNKNOWN);
  auto shutdown = std::async(std::launch::async, [&] { server->Shutdown(); });
  EXPECT_TRUE(testing::Eventually(
      [&] { return Health(channel, "farrell.data.v1.DataService") == HealthCheckResponse::NOT_SERVING; },
      milliseconds(1500)));
  EXPECT_TRUE(Call(channel).ok()) << "calls already on their way are still served";
  shutdown.get();
}

// Asks for the list of services in raw bytes: the process may hold only one copy of the reflection descriptors, and
// that is the one of the library under test.
bool Reflects(const RunningServer& server) {
  const std::string list_services("\x3A\x00", 2);
  grpc::GenericStub stub(MakeChannel(Address(server)));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(10));
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  next();
  const grpc::Slice slice(list_services);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  next();
  grpc::ByteBuffer answer;
  std::string text;
  call->Read(&answer, nullptr);
  if (next()) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(answer.Dump(&slices).ok());
    for (const grpc::Slice& part : slices) text.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
  return status.ok() && text.find("farrell.data.v1.DataService") != std::string::npos;
}

// Once loaded the plug-in stays, so that the order of the two matters.
TEST(Server, ReflectionOnlyWhenAskedFor) {
  TestService silent;
  EXPECT_FALSE(Reflects(*Started(silent)));
  TestService open;
  EXPECT_TRUE(Reflects(*Started(open, {.listen = "127.0.0.1:0", .reflection = true})));
}

TEST(Channel, ServiceConfigIsValid) {
  for (const char* health : {"", "farrell.dea.v1.DeaService"}) {
    EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(ServiceConfigJson(health)), "");
  }
}

TEST(Channel, Targets) {
  for (const char* good :
       {"localhost:80", "10.0.0.1:7401", "[::1]:7401", "dns:///dea.farrell.svc:7402", "unix:/run/f.sock"}) {
    EXPECT_TRUE(CheckTarget("--dea", good).ok()) << good;
  }
  for (const char* bad : {"", "localhost", "host:", "host:port", "http://host:80", "::1:80", "host:99999"}) {
    const Status status = CheckTarget("--dea", bad);
    EXPECT_EQ(status.reason(), "ADDRESS_INVALID") << bad;
    EXPECT_NE(status.message().find("--dea"), std::string::npos);
  }
}

TEST(Channel, NobodyListeningFailsSoonAndClearly) {
  const auto start = std::chrono::steady_clock::now();
  const Status status = FromGrpc(Call(MakeChannel("127.0.0.1:1")));
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
}

TEST(Channel, UnavailableIsTriedAgain) {
  std::atomic<int> failures = 2;
  TestService service([&](const auto&) { return failures-- > 0 ? Unavailable("BUSY", "not yet") : Status(); });
  const auto server = Started(service);
  EXPECT_TRUE(Call(MakeChannel(Address(*server))).ok());
  EXPECT_EQ(service.calls, 3);
}

TEST(Channel, OtherErrorsAreNotTriedAgain) {
  TestService service([](const auto&) { return Internal("BROKEN", "no"); });
  const auto server = Started(service);
  EXPECT_EQ(FromGrpc(Call(MakeChannel(Address(*server)))).reason(), "BROKEN");
  EXPECT_EQ(service.calls, 1);
}

TEST(Channel, LazyMakesOneChannel) {
  const ChannelProvider provider = LazyChannel("127.0.0.1:1");
  EXPECT_EQ(provider(), provider());
}

TEST(Channel, DetailsOfTheLargestErrorArrive) {
  std::vector<FieldViolation> violations;
  for (int row = 0; row < 500; ++row) {
    violations.push_back({"row " + std::to_string(row) + ", column 专利授权数", std::string(400, 'v')});
  }
  std::string message;
  for (int repeat = 0; repeat < 400; ++repeat) message += "错";
  TestService service(
      [&](const auto&) { return InvalidArgument("TABLE_INVALID", message).WithViolations(violations); });
  const auto server = Started(service);
  const Status status = FromGrpc(Call(MakeChannel(Address(*server))));
  EXPECT_EQ(status.reason(), "TABLE_INVALID");
  EXPECT_GE(status.violations().size(), 8U);
  EXPECT_EQ(status.metadata().at("violation_count"), "500");
}

}  // namespace
}  // namespace farrell
