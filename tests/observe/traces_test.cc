// Spans as a collector receives them: a real HTTP server that answers, refuses, or is not there.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/observe/call_spans.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/observe/trace_collector.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using testing::Collector;
using testing::Eventually;

OtlpOptions To(const std::string& url) {
  return {.url = url, .service_name = "farrell-test", .service_version = "1", .interval = milliseconds(20)};
}

std::map<std::string, std::string> AttributesOf(const nlohmann::json& span) {
  std::map<std::string, std::string> attributes;
  for (const auto& one : span.at("attributes")) attributes[one.at("key")] = one.at("value").at("stringValue");
  return attributes;
}

Span Made(std::string name) { return {.trace = NewTrace(), .name = std::move(name)}; }

class TestService final : public data::v1::DataService::Service {
 public:
  explicit TestService(std::function<Status(std::stop_token)> body) : body_(std::move(body)) {}
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context, body_);
  }

 private:
  std::function<Status(std::stop_token)> body_;
};

std::unique_ptr<RunningServer> Started(TestService& service, const Collector& collector) {
  auto server = StartServer({.stations = {std::make_shared<CallSpans>(To(collector.url()))}},
                            {Serve<data::v1::DataService>(&service)});
  EXPECT_TRUE(server.ok());
  return std::move(server).value();
}

Status Call(RunningServer& server, const std::string& traceparent = {}) {
  grpc::ClientContext context;
  PrepareOutgoing(context);
  if (!traceparent.empty()) context.AddMetadata("traceparent", traceparent);
  data::v1::GetSnapshotResponse response;
  return FromGrpc(data::v1::DataService::NewStub(server.InProcessChannel())->GetSnapshot(&context, {}, &response));
}

TEST(Traces, OneTraceRunsThroughTwoServers) {
  const Collector collector;
  TestService far([](const auto&) { return NotFound("SNAPSHOT_NOT_FOUND", "no such snapshot \xFF"); });
  const auto far_server = Started(far, collector);
  TestService near([&](const auto&) { return Call(*far_server).ok() ? Status() : Status(); });
  const auto near_server = Started(near, collector);
  EXPECT_TRUE(Call(*near_server, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").ok());

  ASSERT_TRUE(Eventually([&] { return collector.spans().size() == 2; }));
  std::vector<nlohmann::json> spans = collector.spans();
  if (spans[0].at("parentSpanId") != "00f067aa0ba902b7") std::swap(spans[0], spans[1]);
  const nlohmann::json& outer = spans[0];
  const nlohmann::json& inner = spans[1];
  EXPECT_EQ(outer.at("service"), "farrell-test");
  EXPECT_EQ(outer.at("traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(outer.at("parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(outer.at("name"), "farrell.data.v1.DataService/GetSnapshot");
  EXPECT_EQ(outer.at("kind"), 2);
  EXPECT_EQ(outer.at("status").at("code"), 0);
  EXPECT_EQ(inner.at("traceId"), outer.at("traceId"));
  EXPECT_EQ(inner.at("parentSpanId"), outer.at("spanId"));
  EXPECT_EQ(inner.at("status").at("code"), 2);
  EXPECT_EQ(inner.at("status").at("message"), "no such snapshot \uFFFD");
  const auto attributes = AttributesOf(inner);
  EXPECT_EQ(attributes.at("rpc.service"), "farrell.data.v1.DataService");
  EXPECT_EQ(attributes.at("rpc.method"), "GetSnapshot");
  EXPECT_EQ(attributes.at("rpc.grpc.status_code"), "5");
  EXPECT_EQ(attributes.at("farrell.reason"), "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(attributes.at("farrell.request_id"), AttributesOf(outer).at("farrell.request_id"));
  const auto nanoseconds = [](const nlohmann::json& span, const char* key) {
    return std::stoll(span.at(key).get<std::string>());
  };
  EXPECT_LE(nanoseconds(outer, "startTimeUnixNano"), nanoseconds(inner, "startTimeUnixNano"));
  EXPECT_GE(nanoseconds(outer, "endTimeUnixNano"), nanoseconds(inner, "endTimeUnixNano"));
  EXPECT_LT(std::abs(std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1) -
                     nanoseconds(inner, "endTimeUnixNano")),
            60'000'000'000);
}

TEST(Traces, WhatTheCallerDoesNotSampleIsNotSent) {
  const Collector collector;
  TestService service([](const auto&) { return Status(); });
  const auto server = Started(service, collector);
  EXPECT_TRUE(Call(*server, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").ok());
  EXPECT_TRUE(Call(*server).ok());
  ASSERT_TRUE(Eventually([&] { return !collector.spans().empty(); }));
  EXPECT_NE(collector.spans()[0].at("traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(Exporter, TriesAgainUntilTheCollectorRecovers) {
  Collector collector;
  collector.status = 503;
  OtlpOptions options = To(collector.url());
  options.attempts = 1000;
  OtlpExporter exporter(options);
  exporter.Submit(Made("patient"));
  ASSERT_TRUE(Eventually([&] { return collector.requests >= 2; }));
  collector.status = 200;
  ASSERT_TRUE(Eventually([&] { return exporter.counts().exported == 1; }));
  EXPECT_EQ(collector.spans().at(0).at("name"), "patient");
  EXPECT_EQ(exporter.counts().failed, 0);
}

TEST(Exporter, GivesUpAndCounts) {
  OtlpOptions options = To("http://127.0.0.1:1");
  options.attempts = 2;
  OtlpExporter exporter(options);
  exporter.Submit(Made("lost"));
  EXPECT_TRUE(Eventually([&] { return exporter.counts().failed == 1; }));
  EXPECT_EQ(exporter.counts().exported, 0);
}

TEST(Exporter, AFullQueueDropsAndCounts) {
  OtlpOptions options = To("http://127.0.0.1:1");
  options.max_queued = 10;
  options.interval = std::chrono::hours(1);
  OtlpExporter exporter(options);
  for (int at = 0; at < 25; ++at) exporter.Submit(Made("many"));
  EXPECT_EQ(exporter.counts().dropped, 15);
}

TEST(Exporter, TheLastSpansLeaveWithTheProgram) {
  const Collector collector;
  {
    OtlpOptions options = To(collector.url());
    options.interval = std::chrono::hours(1);
    OtlpExporter exporter(options);
    for (int at = 0; at < 700; ++at) exporter.Submit(Made("last"));
  }
  EXPECT_EQ(collector.spans().size(), 700U);
}

TEST(Exporter, Urls) {
  for (const char* good : {"http://collector:4318", "https://collector/otlp/v1/traces", "http://[::1]:4318/"}) {
    EXPECT_TRUE(CheckOtlpUrl("--otlp", good).ok()) << good;
  }
  for (const char* bad : {"collector:4318", "http://", "grpc://collector:4317", "http://user:secret@collector"}) {
    const Status status = CheckOtlpUrl("--otlp", bad);
    EXPECT_EQ(status.reason(), "URL_INVALID") << bad;
    EXPECT_EQ(status.message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace farrell
