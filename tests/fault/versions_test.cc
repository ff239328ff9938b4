// This version beside an earlier one, on one PostgreSQL and one Redis, under load, and back again. On demand:
// FARRELL_PREVIOUS_BIN names the folder build/bin of the earlier build.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>

#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

// Services of one build that share a store and a Redis with those of another.
class Services {
 public:
  Services(const std::string& binaries, const std::string& database, const std::string& redis)
      : data_("farrell-data", {"--database", database}, dir_, {.binaries = binaries}),
        dea_("farrell-dea", {"--data", data_.address(), "--redis", redis}, dir_, {.binaries = binaries}),
        regression_("farrell-regression", {"--data", data_.address(), "--dea", dea_.address(), "--redis", redis}, dir_,
                    {.binaries = binaries}),
        reporting_("farrell-reporting",
                   {"--database", database, "--data", data_.address(), "--dea", dea_.address(), "--regression",
                    regression_.address()},
                   dir_, {.binaries = binaries}) {}

  std::map<std::string, std::string> Environment() const {
    return {{"FARRELL_DATA", data_.address()},
            {"FARRELL_DEA", dea_.address()},
            {"FARRELL_REGRESSION", regression_.address()},
            {"FARRELL_REPORTING", reporting_.address()}};
  }

 private:
  TempDir dir_;
  ServerProgram data_;
  ServerProgram dea_;
  ServerProgram regression_;
  ServerProgram reporting_;
};

class Versions : public ::testing::Test {
 protected:
  // The report of the study through these services, everything computed anew.
  std::string Report(const Services& services) {
    const std::string out = dir_ / ("run" + std::to_string(++runs_));
    std::vector<std::string> arguments = StudyWorkload().arguments;
    arguments.insert(arguments.end(), {"--recompute", "--out", out});
    const Finished run = Farrell(arguments, services.Environment());
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return ReadFile(out + "/report.json");
  }

  TempDir dir_;
  std::atomic<int> runs_ = 0;
};

TEST_F(Versions, ServeSideBySideAndTheEarlierOneAloneAgain) {
  const char* previous = std::getenv("FARRELL_PREVIOUS_BIN");
  if (previous == nullptr || *previous == '\0') {
    GTEST_SKIP() << "FARRELL_PREVIOUS_BIN names no folder with the programs of an earlier build";
  }
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  PostgresServer postgres;
  const std::string database = postgres.CreateDatabase();
  const RedisServer redis;

  Services earlier(previous, database, redis.address());
  const std::string earlier_report = Report(earlier);
  {
    // Starts by migrating the store under the earlier one.
    Services now("", database, redis.address());
    const std::string report = Report(now);
    for (int round = 0; round < 3; ++round) {
      auto one = std::async(std::launch::async, [&] { return Report(earlier); });
      auto other = std::async(std::launch::async, [&] { return Report(now); });
      EXPECT_EQ(one.get(), earlier_report);
      EXPECT_EQ(other.get(), report);
    }
  }
  EXPECT_EQ(Report(earlier), earlier_report) << "after this version has gone";
  const Services started(previous, database, redis.address());
  EXPECT_EQ(Report(started), earlier_report) << "started on the migrated store";
  const Finished check = Farrell({"admin", "check", "--database", database}, {});
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

}  // namespace
}  // namespace farrell::testing
