// The command lines of the server programs: exit codes, precedence of flag, environment and default, clear errors.
#include <gtest/gtest.h>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

Finished RunProgram(const std::string& name, std::vector<std::string> flags,
                    std::map<std::string, std::string> environment = {}) {
  flags.insert(flags.begin(), std::string(FARRELL_BINARY_DIR) + "/bin/" + name);
  // What the machine has set must not matter.
  for (const char* variable : {"FARRELL_LISTEN", "FARRELL_REDIS", "FARRELL_THREADS", "FARRELL_DATA", "FARRELL_DEA",
                               "FARRELL_REGRESSION", "FARRELL_STATE"}) {
    environment.try_emplace(variable, "");
  }
  return RunToEnd(flags, environment, std::chrono::seconds(20));
}

struct Default {
  const char* name;
  const char* listen;
};

class EveryProgram : public ::testing::TestWithParam<Default> {
 protected:
  static Finished Start(std::vector<std::string> flags, std::map<std::string, std::string> environment = {}) {
    return RunProgram(GetParam().name, std::move(flags), std::move(environment));
  }
};

TEST_P(EveryProgram, HelpAndVersion) {
  EXPECT_EQ(Start({"--help"}).exit_code, 0);
  EXPECT_EQ(Start({"--version"}).exit_code, 0);
}

TEST_P(EveryProgram, UnknownFlagsAndArgumentsAreUsageErrors) {
  const Finished flag = Start({"--no-such-flag"});
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_NE(flag.output.find("--no-such-flag"), std::string::npos);
  EXPECT_EQ(Start({"positional"}).exit_code, 2);
  EXPECT_EQ(Start({"--grace", "soon"}).exit_code, 2);
  EXPECT_EQ(Start({"--log", "loud"}).exit_code, 2);
}

TEST_P(EveryProgram, BadAddressesAreUsageErrors) {
  for (const char* address : {"localhost", "127.0.0.1:", "127.0.0.1:99999", "http://127.0.0.1:80"}) {
    const Finished run = Start({"--listen", address});
    EXPECT_EQ(run.exit_code, 2) << address;
    EXPECT_NE(run.output.find("HOST:PORT"), std::string::npos) << run.output;
  }
}

TEST_P(EveryProgram, AnAddressThatIsNotOursFailsClearly) {
  const Finished run = Start({"--listen", "192.0.2.1:7401", "--log", "off"}, {{"FARRELL_STATE", "memory"}});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_NE(run.output.find("[ADDRESS_UNAVAILABLE]"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("192.0.2.1:7401"), std::string::npos);
}

TEST_P(EveryProgram, DefaultsAndPrecedence) {
  const Finished plain = Start({"--print-config"});
  EXPECT_EQ(plain.exit_code, 0);
  EXPECT_NE(plain.output.find(std::string("listen = ") + GetParam().listen + "\n"), std::string::npos) << plain.output;
  EXPECT_NE(plain.output.find("reflection = false\n"), std::string::npos);
  const Finished environment = Start({"--print-config"}, {{"FARRELL_LISTEN", "127.0.0.1:1111"}});
  EXPECT_NE(environment.output.find("listen = 127.0.0.1:1111\n"), std::string::npos) << environment.output;
  const Finished flag = Start({"--print-config", "--listen", "127.0.0.1:2222"}, {{"FARRELL_LISTEN", "127.0.0.1:1111"}});
  EXPECT_NE(flag.output.find("listen = 127.0.0.1:2222\n"), std::string::npos) << flag.output;
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryProgram,
                         ::testing::Values(Default{"farrell-data", "127.0.0.1:7401"},
                                           Default{"farrell-dea", "127.0.0.1:7402"},
                                           Default{"farrell-regression", "127.0.0.1:7403"},
                                           Default{"farrell-reporting", "127.0.0.1:7404"}),
                         [](const auto& program) { return std::string(program.param.name).substr(8); });

TEST(Programs, AddressesOfOtherServices) {
  const Finished plain = RunProgram("farrell-dea", {"--print-config"});
  EXPECT_NE(plain.output.find("data = 127.0.0.1:7401\n"), std::string::npos) << plain.output;
  EXPECT_NE(plain.output.find("redis = \n"), std::string::npos) << plain.output;
  const Finished kubernetes =
      RunProgram("farrell-dea", {"--print-config"}, {{"FARRELL_DATA", "dns:///data.farrell.svc:7401"}});
  EXPECT_NE(kubernetes.output.find("data = dns:///data.farrell.svc:7401\n"), std::string::npos) << kubernetes.output;
  EXPECT_EQ(RunProgram("farrell-dea", {"--print-config", "--data", "nowhere"}).exit_code, 2);
  EXPECT_EQ(RunProgram("farrell-dea", {"--print-config"}, {{"FARRELL_DATA", "nowhere"}}).exit_code, 2);
  EXPECT_EQ(RunProgram("farrell-dea", {"--print-config", "--redis", "nowhere"}).exit_code, 2);
  EXPECT_EQ(RunProgram("farrell-dea", {"--print-config", "--redis", "unix:/run/redis.sock"}).exit_code, 0);
  EXPECT_EQ(RunProgram("farrell-dea", {"--print-config", "--threads", "-1"}).exit_code, 2);
  EXPECT_EQ(RunProgram("farrell-data", {"--redis", "127.0.0.1:6379"}).exit_code, 2) << "a flag it does not take";
}

TEST(Programs, StateFolder) {
  const Finished state =
      RunProgram("farrell-data", {"--print-config"}, {{"XDG_STATE_HOME", "/x"}, {"HOME", "/home/y"}});
  EXPECT_NE(state.output.find("state = /x/farrell\n"), std::string::npos) << state.output;
  const Finished home = RunProgram("farrell-data", {"--print-config"}, {{"XDG_STATE_HOME", ""}, {"HOME", "/home/y"}});
  EXPECT_NE(home.output.find("state = /home/y/.local/state/farrell\n"), std::string::npos) << home.output;
  const Finished named = RunProgram("farrell-data", {"--print-config"}, {{"FARRELL_STATE", "memory"}});
  EXPECT_NE(named.output.find("state = memory\n"), std::string::npos) << named.output;
  // A folder that cannot be made.
  const Finished unusable = RunProgram("farrell-data", {"--listen", "127.0.0.1:0", "--state", "/proc/nowhere/state"});
  EXPECT_EQ(unusable.exit_code, 1);
  EXPECT_NE(unusable.output.find("[STORE_UNAVAILABLE]"), std::string::npos) << unusable.output;
}

}  // namespace
}  // namespace farrell::testing
