// A regression service on a data service, both in this process.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "services/regression/service/regression_service.h"
#include "tests/data/service_fixture.h"

namespace farrell::regression {

class ServiceFixture : public data::DataServiceTest {
 protected:
  void SetUp() override {
    data::DataServiceTest::SetUp();
    StartRegression(2);
  }
  void TearDown() override { regression_server_.reset(); }

  // Anew, with nothing in its cache.
  void StartRegression(int threads) {
    regression_server_.reset();
    cache_ = std::make_unique<ResultCache>();
    regression_ = std::make_unique<RegressionService>([this] { return server_->InProcessChannel(); }, *cache_, threads);
    auto server = StartServer(ServerOptions(), {Serve<v1::RegressionService>(regression_.get())});
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    regression_server_ = std::move(*server);
    regression_stub_ = v1::RegressionService::NewStub(regression_server_->InProcessChannel());
  }

  std::unique_ptr<ResultCache> cache_;
  std::unique_ptr<RegressionService> regression_;
  std::unique_ptr<RunningServer> regression_server_;
  std::unique_ptr<v1::RegressionService::Stub> regression_stub_;
};

}  // namespace farrell::regression
