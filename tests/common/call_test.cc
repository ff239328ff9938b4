// Calls on their way through the stations of a server, and what they hand down to the calls made on their behalf.
#include <gmock/gmock-matchers.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "common/rpc/call.h"
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
using std::chrono::system_clock;
using ::testing::ElementsAre;

// GetSnapshot runs whatever the test gives it.
class TestService final : public data::v1::DataService::Service {
 public:
  using Body = std::function<Status(std::stop_token)>;
  explicit TestService(Body body = [](const auto&) { return Status(); }) : body_(std::move(body)) {}
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, body_);
  }

 private:
  Body body_;
};

// What happened, in order, from whichever thread.
class Journal {
 public:
  void Write(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class NotedStation final : public CallStation {
 public:
  using OnEnter = std::function<Status(CallInfo&)>;
  NotedStation(std::string name, Journal& journal, OnEnter enter = {})
      : name_(std::move(name)), journal_(journal), enter_(std::move(enter)) {}

  Status Enter(CallInfo& call, grpc::ServerContext&) override {
    journal_.Write("enter " + name_);
    return enter_ ? enter_(call) : Status();
  }
  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept override {
    EXPECT_GE(elapsed.count(), 0);
    EXPECT_EQ(call.method, "farrell.data.v1.DataService/GetSnapshot");
    journal_.Write("leave " + name_ + " " + (outcome.ok() ? "OK" : outcome.reason()));
  }

 private:
  std::string name_;
  Journal& journal_;
  OnEnter enter_;
};

using StationList = std::vector<std::shared_ptr<CallStation>>;

std::unique_ptr<RunningServer> Started(TestService& service, StationList stations = {}) {
  auto server =
      StartServer({.listen = "127.0.0.1:0", .stations = std::move(stations)}, {Serve<data::v1::DataService>(&service)});
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return std::move(server).value();
}

std::shared_ptr<grpc::Channel> ChannelTo(const RunningServer& server) {
  return MakeChannel("127.0.0.1:" + std::to_string(server.port()));
}

struct Answer {
  Status status;
  std::string request_id;  // of the trailing metadata
};

Answer Call(const std::shared_ptr<grpc::Channel>& channel, const std::map<std::string, std::string>& metadata = {},
            milliseconds timeout = seconds(30)) {
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + timeout);
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  data::v1::GetSnapshotResponse response;
  Answer answer;
  answer.status = FromGrpc(data::v1::DataService::NewStub(channel)->GetSnapshot(&context, {}, &response));
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto found = trailing.find("farrell-request-id");
  if (found != trailing.end()) answer.request_id.assign(found->second.data(), found->second.size());
  return answer;
}

TEST(Stations, ArePassedInOrderAndLeftInReverse) {
  Journal journal;
  TestService service([&](const auto&) {
    journal.Write("handler");
    return NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot");
  });
  const auto server = Started(
      service, {std::make_shared<NotedStation>("first", journal), std::make_shared<NotedStation>("second", journal)});
  EXPECT_EQ(Call(ChannelTo(*server)).status.reason(), "SNAPSHOT_NOT_FOUND");
  EXPECT_THAT(journal.lines(), ElementsAre("enter first", "enter second", "handler", "leave second SNAPSHOT_NOT_FOUND",
                                           "leave first SNAPSHOT_NOT_FOUND"));
}

TEST(Stations, ARefusalKeepsTheHandlerFromRunning) {
  Journal journal;
  TestService service([&](const auto&) {
    journal.Write("handler");
    return Status();
  });
  const auto refuse = [](const CallInfo&) {
    return Status(Code::kPermissionDenied, "NOT_ALLOWED", "not you").With("scope", "data.read");
  };
  const auto server = Started(service, {std::make_shared<NotedStation>("first", journal),
                                        std::make_shared<NotedStation>("second", journal, refuse),
                                        std::make_shared<NotedStation>("third", journal)});
  const Answer answer = Call(ChannelTo(*server));
  EXPECT_EQ(answer.status.code(), Code::kPermissionDenied);
  EXPECT_EQ(answer.status.reason(), "NOT_ALLOWED");
  EXPECT_EQ(answer.status.metadata().at("scope"), "data.read");
  EXPECT_EQ(answer.status.metadata().at("request_id"), answer.request_id);
  EXPECT_THAT(journal.lines(), ElementsAre("enter first", "enter second", "leave first NOT_ALLOWED"));
}

TEST(Stations, AnExceptionInAStationIsAnInternalError) {
  Journal journal;
  TestService service;
  const auto fail = [](const CallInfo&) -> Status { throw std::runtime_error("secret detail"); };
  const auto server = Started(service, {std::make_shared<NotedStation>("first", journal),
                                        std::make_shared<NotedStation>("second", journal, fail)});
  const Answer answer = Call(ChannelTo(*server));
  EXPECT_EQ(answer.status.reason(), "UNEXPECTED_EXCEPTION");
  EXPECT_EQ(answer.status.message().find("secret"), std::string::npos);
  EXPECT_EQ(journal.lines().back(), "leave first UNEXPECTED_EXCEPTION");
}

TEST(Stations, EveryServerHasItsOwn) {
  Journal journal;
  TestService service;
  TestService other_service;
  const auto guarded = Started(service, {std::make_shared<NotedStation>(
                                            "gate", journal, [](const CallInfo&) { return Unavailable("SHUT", ""); })});
  const auto open = Started(other_service);
  EXPECT_EQ(Call(guarded->InProcessChannel()).status.reason(), "SHUT") << "the in-process channel has no other way in";
  EXPECT_TRUE(Call(ChannelTo(*open)).status.ok());
  EXPECT_THAT(journal.lines(), ElementsAre("enter gate"));
}

TEST(Stations, HealthChecksDoNotPass) {
  Journal journal;
  TestService service;
  const auto server = Started(service, {std::make_shared<NotedStation>(
                                           "gate", journal, [](const CallInfo&) { return Unavailable("SHUT", ""); })});
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(grpc::health::v1::Health::NewStub(ChannelTo(*server))->Check(&context, {}, &response).ok());
  EXPECT_TRUE(journal.lines().empty());
}

TEST(Stations, MayNameThePrincipalAndBringTheDeadlineForward) {
  Journal journal;
  TestService service([&](const std::stop_token& stop) {
    journal.Write(CurrentCall()->principal);
    while (!stop.stop_requested()) testing::PauseBriefly();
    return Cancelled();
  });
  const auto name = [](CallInfo& call) {
    call.principal = "ada";
    call.deadline = system_clock::now() + milliseconds(50);
    return Status();
  };
  const auto server = Started(service, {std::make_shared<NotedStation>("gate", journal, name)});
  EXPECT_EQ(Call(ChannelTo(*server)).status.code(), Code::kDeadlineExceeded);
  EXPECT_THAT(journal.lines(), ElementsAre("enter gate", "ada", "leave gate DEADLINE_EXCEEDED"));
}

TEST(RequestId, IsTheCallersOrMade) {
  TestService service;
  const auto server = Started(service);
  const auto channel = ChannelTo(*server);
  EXPECT_EQ(Call(channel, {{"farrell-request-id", "study-7/step:3"}}).request_id, "study-7/step:3");
  const std::string made = Call(channel).request_id;
  EXPECT_EQ(made.size(), 32U);
  EXPECT_NE(Call(channel).request_id, made);
}

TEST(RequestId, WhatWouldSpoilALogIsReplaced) {
  TestService service;
  const auto server = Started(service);
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("\"quoted\""), std::string(129, 'x')}) {
    EXPECT_EQ(Call(ChannelTo(*server), {{"farrell-request-id", bad}}).request_id.size(), 32U) << bad;
  }
}

// What a handler saw of its call.
CallInfo Seen(const std::map<std::string, std::string>& metadata) {
  CallInfo seen;
  TestService service([&](const auto&) {
    seen = *CurrentCall();
    return Status();
  });
  EXPECT_TRUE(Call(Started(service)->InProcessChannel(), metadata).status.ok());
  return seen;
}

TEST(Trace, IsContinued) {
  const CallInfo call =
      Seen({{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}, {"tracestate", "vendor=1"}});
  EXPECT_EQ(call.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(call.trace.parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(call.trace.span_id.size(), 16U);
  EXPECT_NE(call.trace.span_id, call.trace.parent_span_id);
  EXPECT_FALSE(call.trace.sampled);
  EXPECT_EQ(call.trace.state, "vendor=1");
}

TEST(Trace, BadHeadersBeginANewOne) {
  for (const char* bad : {"", "00", "hello", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                          "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
    EXPECT_FALSE(ParseTraceparent(bad)) << bad;
    const CallInfo call = Seen({{"traceparent", bad}});
    EXPECT_EQ(call.trace.trace_id.size(), 32U) << bad;
    EXPECT_NE(call.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736") << bad;
    EXPECT_EQ(call.trace.parent_span_id, "") << bad;
    EXPECT_TRUE(call.trace.sampled);
  }
}

TEST(Trace, HeadersRoundTripAndLaterVersionsAreUnderstood) {
  const TraceContext made = NewTrace();
  const auto read = ParseTraceparent(Traceparent(made), made.state);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, made);
  const auto later = ParseTraceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-will-be");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->span_id, "00f067aa0ba902b7");
  EXPECT_EQ(ParseTraceparent(Traceparent(made), std::string(513, 'x'))->state, "");
}

// A handler that calls another server, and what arrived there.
class ReadsTag final : public CallStation {
 public:
  Status Enter(CallInfo&, grpc::ServerContext& context) override {
    const auto found = context.client_metadata().find("farrell-test-tag");
    if (found != context.client_metadata().end()) tag.assign(found->second.data(), found->second.size());
    return {};
  }
  std::string tag;
};

struct Hop {
  explicit Hop(const std::function<void(const std::function<void()>&)>& around = [](const auto& call) { call(); })
      : far([this](const auto&) {
          inner = *CurrentCall();
          return Status();
        }),
        far_server(Started(far, {tag})),
        near([this, around](const auto&) {
          outer = *CurrentCall();
          around([this] {
            grpc::ClientContext context;
            PrepareOutgoing(context);
            data::v1::GetSnapshotResponse response;
            const auto stub = data::v1::DataService::NewStub(far_server->InProcessChannel());
            EXPECT_TRUE(stub->GetSnapshot(&context, {}, &response).ok());
          });
          return Status();
        }) {}

  CallInfo outer, inner;
  std::shared_ptr<ReadsTag> tag = std::make_shared<ReadsTag>();
  TestService far;
  std::unique_ptr<RunningServer> far_server;
  TestService near;
};

TEST(Outgoing, InheritsIdTraceDeadlineAndWhatStationsPassOn) {
  Hop hop;
  Journal journal;
  const auto credential = [](CallInfo& call) {
    call.passed_on.emplace_back("farrell-test-tag", "blue");
    return Status();
  };
  const auto server = Started(hop.near, {std::make_shared<NotedStation>("gate", journal, credential)});
  EXPECT_TRUE(
      Call(ChannelTo(*server), {{"farrell-request-id", "one"}, {"tracestate", "dropped=without-parent"}}).status.ok());
  EXPECT_EQ(hop.inner.request_id, "one");
  EXPECT_EQ(hop.inner.trace.trace_id, hop.outer.trace.trace_id);
  EXPECT_EQ(hop.inner.trace.parent_span_id, hop.outer.trace.span_id);
  EXPECT_LT(hop.inner.deadline, hop.outer.deadline) << "the reserve";
  EXPECT_GT(hop.inner.deadline, hop.outer.deadline - seconds(1));
  EXPECT_EQ(hop.tag->tag, "blue");
}

TEST(Outgoing, SharedWorkHasNoDeadline) {
  Hop hop([](const auto& call) {
    const SharedWorkScope shared;
    call();
  });
  EXPECT_TRUE(Call(Started(hop.near)->InProcessChannel(), {{"farrell-request-id", "one"}}).status.ok());
  EXPECT_EQ(hop.inner.request_id, "one");
  EXPECT_EQ(hop.inner.deadline, system_clock::time_point::max());
}

TEST(Outgoing, OtherThreadsInheritOnlyWhenTold) {
  Hop untold([](const auto& call) { std::thread(call).join(); });
  EXPECT_TRUE(Call(Started(untold.near)->InProcessChannel(), {{"farrell-request-id", "one"}}).status.ok());
  EXPECT_NE(untold.inner.request_id, "one");
  Hop told([](const auto& call) {
    std::thread([&, outer = CurrentCall()] {
      const CallScope scope(outer);
      call();
    }).join();
  });
  EXPECT_TRUE(Call(Started(told.near)->InProcessChannel(), {{"farrell-request-id", "one"}}).status.ok());
  EXPECT_EQ(told.inner.request_id, "one");
}

TEST(Outgoing, OutsideOfACallNothingHappens) {
  EXPECT_EQ(CurrentCall(), nullptr);
  grpc::ClientContext context;
  PrepareOutgoing(context);
  EXPECT_EQ(context.deadline(), system_clock::time_point::max());
}

}  // namespace
}  // namespace farrell
