// Metrics as Prometheus reads them, over HTTP.
#include <gmock/gmock-matchers.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>
#include <vector>

#include "common/observe/call_metrics.h"
#include "common/observe/catalogue.h"
#include "common/observe/exposition.h"
#include "common/observe/process_metrics.h"
#include "common/observe/process_stats.h"
#include "common/rpc/handler.h"
#include "common/rpc/server.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

metrics::Counter test_events{"test_events_total", "Events.", {"kind"}};
metrics::Gauge test_level{"test_level", "Level."};
metrics::Histogram test_sizes{"test_sizes", "Sizes.", {"kind"}, {1.0, 10.0}};

// The only test before Enable, which cannot be taken back.
TEST(Metrics, NothingIsRecordedUntilSomebodyServesThem) {
  test_events.Add({"lost"});
  test_level.Set({}, 5.0);
  test_sizes.Observe({"lost"}, 3.0);
  EXPECT_TRUE(test_events.Collect().empty());
  EXPECT_TRUE(test_level.Collect().empty());
  EXPECT_TRUE(test_sizes.Collect().empty());
}

class Served : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = MetricsServer::Start("127.0.0.1:0");
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server_ = std::move(started).value();
  }

  static void TearDownTestSuite() { server_.reset(); }

  static std::string Scrape() {
    httplib::Client client("127.0.0.1", server_->port());
    const auto answer = client.Get("/metrics");
    EXPECT_TRUE(answer);
    return answer ? answer->body : std::string();
  }

  static inline std::unique_ptr<MetricsServer> server_;
};

TEST_F(Served, CountersGaugesAndHistograms) {
  test_events.Add({"good"});
  test_events.Add({"good"}, 2.5);
  test_events.Add({"say \"hi\"\n"});
  test_level.Set({}, 7.0);
  test_level.Add({}, -3.0);
  for (const double size : {0.5, 1.0, 2.0, 100.0}) test_sizes.Observe({"box"}, size);
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("# HELP test_events_total Events.\n# TYPE test_events_total counter\n"));
  EXPECT_THAT(text, HasSubstr("test_events_total{kind=\"good\"} 3.5\n"));
  EXPECT_THAT(text, HasSubstr("test_events_total{kind=\"say \\\"hi\\\"\\n\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_level 4\n"));
  // A bound belongs to its bucket; buckets are cumulative.
  EXPECT_THAT(text, HasSubstr("test_sizes_bucket{kind=\"box\",le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_sizes_bucket{kind=\"box\",le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("test_sizes_bucket{kind=\"box\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("test_sizes_sum{kind=\"box\"} 103.5\n"));
  EXPECT_THAT(text, HasSubstr("test_sizes_count{kind=\"box\"} 4\n"));
}

TEST_F(Served, ReadingsAreReadWhenSomebodyLooksAndGoWithTheirOwner) {
  double kept = 3.0;
  {
    const metrics::Reading first(test_events, {"read"}, [&] { return kept; });
    const metrics::Reading second(test_events, {"read"}, [&] { return 10.0; });
    EXPECT_THAT(Scrape(), HasSubstr("test_events_total{kind=\"read\"} 13\n"));
    kept = 4.0;
    EXPECT_THAT(Scrape(), HasSubstr("test_events_total{kind=\"read\"} 14\n"));
  }
  EXPECT_THAT(Scrape(), Not(HasSubstr("kind=\"read\"")));
}

TEST_F(Served, ManyThreadsLoseNothing) {
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([] {
        for (int event = 0; event < 1000; ++event) test_events.Add({"many"});
      });
    }
  }
  EXPECT_THAT(Scrape(), HasSubstr("test_events_total{kind=\"many\"} 8000\n"));
}

TEST_F(Served, TheProcess) {
  const ProcessMetrics process("farrell-test", "1.2.3", "7", "abi");
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("farrell_build_info{program=\"farrell-test\",version=\"1.2.3\",algo_rev=\"7\","
                              "num_abi=\"abi\"} 1\n"));
  const ProcessStats stats = ReadProcessStats();
  EXPECT_GT(stats.resident_bytes, 1'000'000);
  EXPECT_LT(stats.resident_bytes, MemoryLimitBytes());
  EXPECT_GT(stats.thread_count, 1);
  EXPECT_GE(stats.open_files, 3);
  EXPECT_GE(stats.max_open_files, stats.open_files);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LT(stats.start_time_unix_seconds, now + 2);
  EXPECT_GT(stats.start_time_unix_seconds, now - 600);
  for (const char* name : {"process_resident_memory_bytes ", "process_cpu_seconds_total ", "process_open_fds ",
                           "process_max_fds ", "process_threads ", "process_start_time_seconds "}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name)));
  }
}

TEST(ProcessStats, TheSmallestLimitOfTheControlGroupsHolds) {
  const testing::TempDir root;
  const std::int64_t machine = MemoryLimitBytes(root.path());
  EXPECT_GT(machine, 0);
  testing::WriteFile(root / "memory.max", "max\n");
  EXPECT_EQ(MemoryLimitBytes(root.path()), machine);
  testing::WriteFile(root / "memory.max", "1048576\n");
  EXPECT_EQ(MemoryLimitBytes(root.path()), 1048576);
}

class TestService final : public data::v1::DataService::Service {
 public:
  grpc::Status GetSnapshot(grpc::ServerContext* context, const data::v1::GetSnapshotRequest*,
                           data::v1::GetSnapshotResponse*) override {
    return Guard("farrell.data.v1.DataService/GetSnapshot", context,
                 [](const auto&) { return NotFound("SNAPSHOT_NOT_FOUND", "none"); });
  }
};

class Refuses final : public CallStation {
 public:
  Status Enter(CallInfo&, grpc::ServerContext&) override { return Unavailable("SHUT", "shut"); }
};

TEST_F(Served, CallsByMethodAndCodeWithTheirTimes) {
  TestService service;
  const auto ask = [&](std::vector<std::shared_ptr<CallStation>> stations) {
    const auto server = StartServer({.stations = std::move(stations)}, {Serve<data::v1::DataService>(&service)});
    grpc::ClientContext context;
    data::v1::GetSnapshotResponse response;
    (void)data::v1::DataService::NewStub((*server)->InProcessChannel())->GetSnapshot(&context, {}, &response);
  };
  ask({std::make_shared<CallMetrics>()});
  ask({std::make_shared<CallMetrics>(), std::make_shared<Refuses>()});
  const std::string text = Scrape();
  const std::string method = "method=\"farrell.data.v1.DataService/GetSnapshot\"";
  EXPECT_THAT(text, HasSubstr("farrell_rpc_calls_total{" + method + ",code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("farrell_rpc_calls_total{" + method + ",code=\"UNAVAILABLE\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("farrell_rpc_duration_seconds_count{" + method + "} 2\n"));
  EXPECT_THAT(text, HasSubstr("farrell_rpc_in_flight{" + method + "} 0\n"));
}

TEST_F(Served, AddressesThatCannotBeHadAreClearErrors) {
  EXPECT_EQ(MetricsServer::Start("nowhere").status().reason(), "ADDRESS_INVALID");
  const auto taken = MetricsServer::Start("127.0.0.1:" + std::to_string(server_->port()));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.status().reason(), "ADDRESS_UNAVAILABLE");
}

}  // namespace
}  // namespace farrell
