// What the server programs tell about themselves: one request in the logs, the metrics and the trace of every process
// it passes; and what they refuse.
#include <gmock/gmock-matchers.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "common/observe/catalogue.h"
#include "tests/integration/cluster.h"
#include "tests/observe/trace_collector.h"

namespace farrell::testing {
namespace {

using dea::v1::Frontier;
using ::testing::HasSubstr;

constexpr const char* kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

// The lines of a program's log.
std::vector<nlohmann::json> Lines(const ServerProgram& program) {
  std::vector<nlohmann::json> lines;
  std::istringstream log(program.log());
  for (std::string line; std::getline(log, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// The line of the call of `method` with that request id, once it is there.
std::optional<nlohmann::json> CallLine(const ServerProgram& program, const std::string& method, const std::string& id) {
  std::optional<nlohmann::json> found;
  Eventually([&] {
    for (const nlohmann::json& line : Lines(program)) {
      if (line.value("method", "") == method && line.value("request_id", "") == id) found = line;
    }
    return found.has_value();
  });
  return found;
}

std::string Scrape(const ServerProgram& program) {
  int port = 0;
  for (const nlohmann::json& line : Lines(program)) {
    if (line.at("msg") == "serving metrics") port = std::stoi(line.at("port").get<std::string>());
  }
  httplib::Client client("127.0.0.1", port);
  const auto answer = client.Get("/metrics");
  return answer ? answer->body : std::string();
}

// Every program of the cluster serves metrics on a free port and sends its spans to `collector`.
class Observed : public ::testing::Test {
 protected:
  Observed() {
    setenv("FARRELL_METRICS", "127.0.0.1:0", 1);
    setenv("FARRELL_OTLP", collector_.url().c_str(), 1);
  }
  ~Observed() override {
    unsetenv("FARRELL_METRICS");
    unsetenv("FARRELL_OTLP");
  }
  Collector collector_;
};

TEST_F(Observed, OneRequestIsFoundInEveryProcessItPasses) {
  Cluster cluster;
  const std::string snapshot = Import(*cluster.Data(), MadePanel(10, 2), "unit", "time");
  grpc::ClientContext context;
  context.AddMetadata("farrell-request-id", "study-7");
  context.AddMetadata("traceparent", std::string("00-") + kTraceId + "-00f067aa0ba902b7-01");
  const Answer answer = Evaluate(*cluster.Dea(), MadeModel(snapshot, Frontier::SCHEME_CONTEMPORANEOUS), context);
  ASSERT_TRUE(answer.status.ok()) << answer.status.ToString();
  const auto evaluated = CallLine(cluster.dea, "farrell.dea.v1.DeaService/Evaluate", "study-7");
  const auto read = CallLine(cluster.data, "farrell.data.v1.DataService/ReadTable", "study-7");
  ASSERT_TRUE(evaluated);
  ASSERT_TRUE(read);
  for (const auto& line : {*evaluated, *read}) {
    EXPECT_EQ(line.at("trace_id"), kTraceId);
    EXPECT_EQ(line.at("code"), "OK");
    EXPECT_GE(std::stod(line.at("latency_ms").get<std::string>()), 0.0);
  }

  ASSERT_TRUE(Eventually([&] {
    const auto spans = collector_.spans();
    return std::count_if(spans.begin(), spans.end(), [](const auto& span) { return span["traceId"] == kTraceId; }) >= 2;
  }));
  std::map<std::string, nlohmann::json> spans;  // by service
  for (const nlohmann::json& span : collector_.spans()) {
    if (span.at("traceId") == kTraceId) spans[span.at("service")] = span;
  }
  EXPECT_EQ(spans["farrell-dea"]["name"], "farrell.dea.v1.DeaService/Evaluate");
  EXPECT_EQ(spans["farrell-dea"]["parentSpanId"], "00f067aa0ba902b7");
  EXPECT_EQ(spans["farrell-dea"]["spanId"], evaluated->at("span_id"));
  EXPECT_EQ(spans["farrell-data"]["name"], "farrell.data.v1.DataService/ReadTable");
  EXPECT_EQ(spans["farrell-data"]["parentSpanId"], evaluated->at("span_id"));
}

TEST_F(Observed, ErrorsCarryTheRequestIdToTheCaller) {
  Cluster cluster;
  const auto model = MadeModel(std::string(64, 'a'), Frontier::SCHEME_CONTEMPORANEOUS);
  const Answer answer = Evaluate(*cluster.Dea(), model);
  ASSERT_FALSE(answer.status.ok());
  const std::string id = answer.status.metadata().at("request_id");
  const auto line = CallLine(cluster.data, "farrell.data.v1.DataService/ReadTable", id);
  ASSERT_TRUE(line) << "the service where it began has the same id";
  EXPECT_EQ(line->at("reason"), answer.status.reason());
}

TEST_F(Observed, MetricsTellWhereResultsComeFrom) {
  Cluster cluster;
  const std::string snapshot = Import(*cluster.Data(), MadePanel(10, 2), "unit", "time");
  const auto model = MadeModel(snapshot, Frontier::SCHEME_CONTEMPORANEOUS);
  const auto outcomes = [&](const std::string& outcome) {
    const std::string text = Scrape(cluster.dea);
    const std::string mark = "farrell_cache_requests_total{outcome=\"" + outcome + "\"} ";
    const std::size_t at = text.find(mark);
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + mark.size()));
  };
  ASSERT_TRUE(Evaluate(*cluster.Dea(), model).status.ok());
  const double computed = outcomes("computed");
  const double remembered = outcomes("memory");
  EXPECT_GE(computed, 1.0);
  ASSERT_TRUE(Evaluate(*cluster.Dea(), model).status.ok());
  EXPECT_EQ(outcomes("computed"), computed);
  EXPECT_GT(outcomes("memory"), remembered);
  const std::string text = Scrape(cluster.dea);
  const std::string method = "method=\"farrell.dea.v1.DeaService/Evaluate\"";
  EXPECT_TRUE(Eventually([&] {
    return Scrape(cluster.dea).find("farrell_rpc_calls_total{" + method + ",code=\"OK\"} 2\n") != std::string::npos;
  })) << text;
  EXPECT_THAT(text, HasSubstr("farrell_build_info{program=\"farrell-dea\",version=\""));
  EXPECT_THAT(text, HasSubstr("farrell_redis_failures_total 0\n"));
}

TEST_F(Observed, EveryProgramServesOnlyMetricsOfTheCatalogue) {
  Cluster cluster;
  std::set<std::string> known;
  for (const metrics::Metric* metric : metrics::All()) known.insert(metric->description().name);
  for (const ServerProgram* program : {&cluster.data, &cluster.dea, &cluster.regression, &cluster.reporting}) {
    std::istringstream text(Scrape(*program));
    int count = 0;
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with("# TYPE ")) continue;
      const std::string name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(known.contains(name)) << name;
      ++count;
    }
    EXPECT_GE(count, 8);
  }
}

TEST_F(Observed, AServerWithoutMemoryRefusesWorkAndAnswersLookUps) {
  Cluster cluster({"--memory-limit", "1"});
  const std::string snapshot = Import(*cluster.Data(), MadePanel(10, 2), "unit", "time");
  const Answer answer = Evaluate(*cluster.Dea(), MadeModel(snapshot, Frontier::SCHEME_CONTEMPORANEOUS));
  EXPECT_EQ(answer.status.code(), Code::kResourceExhausted);
  EXPECT_EQ(answer.status.reason(), "MEMORY_LOW");
  EXPECT_GT(std::stoi(answer.status.metadata().at("retry_after_ms")), 0);
  grpc::ClientContext context;
  dea::v1::GetCapabilitiesResponse capabilities;
  EXPECT_TRUE(cluster.Dea()->GetCapabilities(&context, {}, &capabilities).ok());
  EXPECT_THAT(Scrape(cluster.dea),
              HasSubstr("farrell_admission_refusals_total{class=\"heavy\",reason=\"MEMORY_LOW\"} 1\n"));
}

}  // namespace
}  // namespace farrell::testing
