// Replicas of the dea service that share a Redis: one of them solves, all of them answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/channel.h"
#include "tests/integration/cluster.h"
#include "tests/support/fault_table.h"

namespace farrell::testing {
namespace {

using common::v1::ResultOrigin;
using dea::v1::Frontier;

class Replicas : public ::testing::Test {
 protected:
  Replicas() : coordination_({"--appendonly", "yes"}), data_("farrell-data", {"--state", "memory"}, data_dir_) {
    for (std::size_t index = 0; index < dirs_.size(); ++index) {
      dea_.push_back(std::make_unique<ServerProgram>(
          "farrell-dea",
          std::vector<std::string>{"--data", data_.address(), "--redis", redis_.address(), "--coordination",
                                   coordination_.address(), "--threads", "1", "--share-above", "3600"},
          dirs_[index]));
    }
  }

  std::unique_ptr<dea::v1::DeaService::Stub> Dea(std::size_t replica) const {
    return dea::v1::DeaService::NewStub(MakeChannel(dea_[replica % dea_.size()]->address()));
  }
  std::string Imported(int units) {
    return Import(*data::v1::DataService::NewStub(MakeChannel(data_.address())), MadePanel(units, 5), "unit", "time");
  }
  // Keys of leases held at this moment.
  std::string Leases() const { return coordination_.Cli({"KEYS", "farrell.lease:*"}); }

  RedisServer redis_;
  RedisServer coordination_;
  TempDir data_dir_;
  std::array<TempDir, 3> dirs_;
  ServerProgram data_;
  std::vector<std::unique_ptr<ServerProgram>> dea_;
};

TEST_F(Replicas, TwoHundredClientsOfAColdKeyAreOneSolve) {
  const auto model = MadeModel(Imported(150), Frontier::SCHEME_GLOBAL);
  constexpr std::size_t kClients = 200;
  std::vector<Answer> answers(kClients);
  {
    std::vector<std::unique_ptr<dea::v1::DeaService::Stub>> stubs;
    for (std::size_t replica = 0; replica < dea_.size(); ++replica) stubs.push_back(Dea(replica));
    std::vector<std::jthread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] { answers[client] = Evaluate(*stubs[client % stubs.size()], model); });
    }
  }
  int solved = 0;
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer.status.ok()) << answer.status.ToString();
    EXPECT_EQ(answer.bytes, answers[0].bytes);
    if (answer.origin.source() == ResultOrigin::SOURCE_COMPUTED) ++solved;
  }
  EXPECT_EQ(solved, 1);
  LeaveFaultLine({.fault = "200 clients on one cold key: one solve",
                  .workload = "evaluation",
                  .injected = 1,
                  .same_bytes = HasFailure() ? 0 : static_cast<int>(kClients),
                  .failures = HasFailure() ? 1 : 0});
}

TEST_F(Replicas, AReplicaThatIsKilledWhileItSolvesIsReplaced) {
  const auto model = MadeModel(Imported(800), Frontier::SCHEME_GLOBAL);
  auto leader = std::async(std::launch::async, [&] { return Evaluate(*Dea(0), model); });
  ASSERT_TRUE(Eventually([&] { return !Leases().empty(); }));
  // Held in the middle, so that the others come in time on any machine.
  dea_[0]->process().Signal(SIGSTOP);
  auto second = std::async(std::launch::async, [&] { return Evaluate(*Dea(1), model); });
  auto third = std::async(std::launch::async, [&] { return Evaluate(*Dea(2), model); });
  ASSERT_TRUE(Eventually([&] { return coordination_.Cli({"KEYS", "farrell.waiters:*"}).starts_with("farrell"); }));
  dea_[0]->Kill();
  EXPECT_FALSE(leader.get().status.ok());
  const Answer one = second.get();
  const Answer other = third.get();
  ASSERT_TRUE(one.status.ok()) << one.status.ToString();
  ASSERT_TRUE(other.status.ok()) << other.status.ToString();
  EXPECT_EQ(one.bytes, other.bytes);
  const std::array<ResultOrigin::Source, 2> sources = {one.origin.source(), other.origin.source()};
  EXPECT_EQ(std::count(sources.begin(), sources.end(), ResultOrigin::SOURCE_COMPUTED), 1);
}

TEST_F(Replicas, TheLogSaysWhatARedisIsShortOf) {
  const std::string log = dea_[0]->log();
  EXPECT_NE(log.find("redis does not fit its use"), std::string::npos) << log;
  EXPECT_NE(log.find("set maxmemory, and maxmemory-policy allkeys-lfu"), std::string::npos) << log;
  EXPECT_EQ(log.find("\"coordination\""), std::string::npos) << log;
}

}  // namespace
}  // namespace farrell::testing
