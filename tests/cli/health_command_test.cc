// farrell health against a server that serves, one that drains, and none.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <memory>

#include "common/rpc/server.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;

class Health : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<dea::v1::DeaService>(&dea_)});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
  }

  FarrellFixture farrell_;
  dea::v1::DeaService::Service dea_;
  std::unique_ptr<RunningServer> server_;
  std::string address_;
};

TEST_F(Health, IsServingByShortAndFullNameAndAsAWhole) {
  for (const std::string name : {"dea", "farrell.dea.v1.DeaService", ""}) {
    const FarrellRun run = farrell_.Run({"health", address_, "--service", name});
    EXPECT_EQ(run.exit_code, 0) << name << run.err;
    EXPECT_EQ(run.out, "SERVING\n");
  }
  EXPECT_EQ(farrell_.Run({"health", address_, "--quiet"}).out, "");
}

TEST_F(Health, NamesAServiceThatTheServerDoesNotHave) {
  const FarrellRun run = farrell_.Run({"health", address_, "--service", "regression"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.err, HasSubstr("farrell.regression.v1.RegressionService"));
}

// A server that drains answers this way until it closes its port.
class NotServing final : public grpc::health::v1::Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse* response) override {
    response->set_status(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
    return grpc::Status::OK;
  }
};

TEST_F(Health, FailsWhileTheServiceDrains) {
  grpc::EnableDefaultHealthCheckService(false);
  NotServing draining;
  int port = 0;
  const auto server = grpc::ServerBuilder()
                          .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                          .RegisterService(&draining)
                          .BuildAndStart();
  ASSERT_NE(server, nullptr);
  const FarrellRun run = farrell_.Run({"health", "127.0.0.1:" + std::to_string(port), "--service", "dea"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("NOT_SERVING"));
  EXPECT_EQ(run.out, "");
}

TEST_F(Health, FailsWhereNothingListens) {
  server_->Shutdown();
  const FarrellRun run = farrell_.Run({"health", address_, "--service", "dea"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
}

TEST_F(Health, RefusesWhatIsNoAddressOrTime) {
  EXPECT_EQ(farrell_.Run({"health", "nowhere"}).exit_code, 2);
  EXPECT_EQ(farrell_.Run({"health"}).exit_code, 2);
  EXPECT_EQ(farrell_.Run({"health", address_, "--timeout", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace farrell::testing
