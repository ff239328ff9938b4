// What a call costs, measured wherever it is spent.
#include "common/quota/quota_station.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/rpc/call.h"

namespace farrell::quota {
namespace {

// Uses this much processor time.
void Burn(std::chrono::milliseconds time) {
  const std::int64_t end = ThreadNanoseconds() + std::chrono::nanoseconds(time).count();
  while (ThreadNanoseconds() < end) {
  }
}

class QuotaStationTest : public ::testing::Test {
 protected:
  CallInfo CallOf(const std::string& method) {
    auto grant = std::make_shared<access::Grant>();
    grant->quota = {.compute_seconds_per_day = 0.05, .in_flight = 1};
    CallInfo call;
    call.method = method;
    call.principal = "ada";
    call.grant = grant;
    return call;
  }
  Status Enter(CallInfo& call) { return station_->Enter(call, context_); }

  std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>("dea", redis::Options{});
  std::shared_ptr<CallStation> station_ = MakeQuotaStation(ledger_);
  grpc::ServerContext context_;
  const std::string heavy_ = "farrell.dea.v1.DeaService/Evaluate";
};

TEST_F(QuotaStationTest, ThreadsAndSolversCountWithTheHandler) {
  CallInfo call = CallOf(heavy_);
  ASSERT_TRUE(Enter(call).ok());
  {
    const CallScope scope(&call);
    Burn(std::chrono::milliseconds(20));
    std::jthread([&call] {
      const WorkFor counted(&call);
      Burn(std::chrono::milliseconds(30));
    }).join();
    AddWork(2);
  }
  station_->Leave(call, {}, {});
  EXPECT_GE(ledger_->Used("ada").compute_seconds_today, 2.05);
  EXPECT_LT(ledger_->Used("ada").compute_seconds_today, 2.5);
  EXPECT_EQ(ledger_->Used("ada").in_flight, 0);
  CallInfo next = CallOf(heavy_);
  EXPECT_EQ(Enter(next).reason(), "QUOTA_EXCEEDED");
  station_->Leave(next, Enter(next), {});
}

TEST_F(QuotaStationTest, OneCallIsUnderWayUntilItLeaves) {
  CallInfo one = CallOf(heavy_), two = CallOf(heavy_), light = CallOf("farrell.dea.v1.DeaService/GetCapabilities");
  ASSERT_TRUE(Enter(one).ok());
  EXPECT_EQ(Enter(two).metadata().at("quota"), "in_flight");
  EXPECT_TRUE(Enter(light).ok()) << "computes nothing";
  station_->Leave(light, {}, {});
  station_->Leave(one, {}, {});
  EXPECT_TRUE(Enter(two).ok());
}

TEST_F(QuotaStationTest, WhoIsNotAskedIsNotCounted) {
  CallInfo one = CallOf(heavy_), two = CallOf(heavy_);
  one.grant = two.grant = nullptr;
  EXPECT_TRUE(Enter(one).ok());
  EXPECT_TRUE(Enter(two).ok());
  EXPECT_EQ(one.work, nullptr);
}

}  // namespace
}  // namespace farrell::quota
