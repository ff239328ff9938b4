// farrell doctor at a cluster that is well, and at one where something is wrong.

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class Doctor : public ::testing::Test {
 protected:
  Finished Ask(const std::vector<std::string>& flags = {}, const std::map<std::string, std::string>& more = {}) const {
    std::vector<std::string> arguments{"doctor", "--format", "csv"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    std::map<std::string, std::string> environment = cluster_.Environment();
    for (const auto& [name, value] : more) environment[name] = value;
    return Farrell(arguments, environment);
  }
  Cluster cluster_;
};

TEST_F(Doctor, FindsNothingWrongWithACluster) {
  cluster_.redis.Cli({"CONFIG", "SET", "maxmemory", "64mb", "maxmemory-policy", "allkeys-lfu"});
  const Finished run = Ask({"--redis", cluster_.redis.address()});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  for (const std::string name : {"data", "dea", "regression", "reporting"}) {
    EXPECT_THAT(run.output, ContainsRegex("ok," + name + ",.*serves, version"));
    EXPECT_THAT(run.output, ContainsRegex("ok," + name + ",clock"));
  }
  EXPECT_THAT(run.output, ContainsRegex("ok,dea,.*algorithm revision"));
  EXPECT_THAT(run.output, ContainsRegex("ok,redis,.*set as it must be"));
  EXPECT_THAT(run.output, Not(HasSubstr("warning,")));
}

TEST_F(Doctor, NamesWhatIsAwayAndWhatToDo) {
  cluster_.dea.Kill();
  const Finished run = Ask();
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, ContainsRegex("failed,dea,.*start farrell-dea"));
  EXPECT_THAT(run.output, ContainsRegex("ok,regression,.*serves"));
}

TEST_F(Doctor, NamesAnAddressOfAnotherService) {
  const Finished run = Ask({}, {{"FARRELL_DEA", cluster_.data.address()}});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, ContainsRegex("failed,dea,.*does not have this service"));
}

TEST_F(Doctor, LogsInToRedis) {
  cluster_.redis.Cli({"CONFIG", "SET", "maxmemory", "64mb", "maxmemory-policy", "allkeys-lfu"});
  cluster_.redis.Cli({"CONFIG", "SET", "requirepass", "word"});
  const std::string password = cluster_.dir / "password";
  WriteFile(password, "word\n");
  std::filesystem::permissions(password, std::filesystem::perms::owner_read);
  const Finished stranger = Ask({"--redis", cluster_.redis.address()});
  EXPECT_EQ(stranger.exit_code, 1) << stranger.output;
  EXPECT_THAT(stranger.output, ContainsRegex("failed,redis,"));
  const Finished known = Ask({"--redis", cluster_.redis.address(), "--redis-password-file", password});
  EXPECT_THAT(known.output, ContainsRegex("ok,redis,.*set as it must be")) << known.output;
  EXPECT_THAT(known.output, Not(HasSubstr("word,")));
  // Everything that cannot be, at once.
  const Finished wrong = Ask({"--coordination-user", "ada", "--redis-timeout", "soon", "--no-such-flag"});
  EXPECT_EQ(wrong.exit_code, 2) << wrong.output;
  EXPECT_THAT(wrong.output, HasSubstr("--redis-timeout"));
  EXPECT_THAT(wrong.output, HasSubstr("--no-such-flag"));
}

TEST_F(Doctor, TellsOneRedisFromTheOther) {
  cluster_.redis.Cli({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const Finished run = Ask({"--redis", cluster_.redis.address(), "--coordination", cluster_.redis.address()});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, ContainsRegex("failed,coordination,.*allkeys-lru.*,set maxmemory-policy noeviction"));
  EXPECT_THAT(run.output, ContainsRegex("failed,coordination,.*,set appendonly yes"));
  EXPECT_THAT(run.output, ContainsRegex("warning,redis,it has no limit on memory,"));
}

TEST_F(Doctor, LooksAtThisMachineWhereServicesRunInside) {
  const Finished run = Farrell({"doctor", "--format", "csv", "--state", cluster_.dir / "state"}, {});
  for (const std::string subject : {"xlsx", "dta", "figures", "pictures", "pdf", "fonts", "state"}) {
    EXPECT_THAT(run.output, HasSubstr("," + subject + ","));
  }
  EXPECT_THAT(run.output, HasSubstr("dea,runs inside this process"));
  const Finished gone = Farrell({"doctor", "--format", "csv", "--state", "/proc/nowhere"}, {});
  EXPECT_EQ(gone.exit_code, 1) << gone.output;
  EXPECT_THAT(gone.output, ContainsRegex("failed,state,/proc"));
}

}  // namespace
}  // namespace farrell::testing
