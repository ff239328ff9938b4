// The command lines of the server programs: exit codes, precedence of flag, environment and default, clear errors.
#include <gtest/gtest.h>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

Finished RunProgram(const std::string& name, std::vector<std::string> flags,
                    std::map<std::string, std::string> environment = {}) {
  flags.insert(flags.begin(), std::string(FARRELL_BINARY_DIR) + "/bin/" + name);
  // What the machine has set must not matter.
  for (const char* variable :
       {"FARRELL_LISTEN", "FARRELL_REDIS", "FARRELL_THREADS", "FARRELL_DATA", "FARRELL_DEA", "FARRELL_REGRESSION",
        "FARRELL_STATE", "FARRELL_CONFIG", "FARRELL_LOG", "FARRELL_GRACE", "FARRELL_REFLECTION"}) {
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
  EXPECT_NE(plain.output.find(std::string("listen: ") + GetParam().listen + "  # default\n"), std::string::npos)
      << plain.output;
  EXPECT_NE(plain.output.find("reflection: false  # default\n"), std::string::npos);
  const Finished environment = Start({"--print-config"}, {{"FARRELL_LISTEN", "127.0.0.1:1111"}});
  EXPECT_NE(environment.output.find("listen: 127.0.0.1:1111  # environment FARRELL_LISTEN\n"), std::string::npos)
      << environment.output;
  const Finished flag = Start({"--print-config", "--listen", "127.0.0.1:2222"}, {{"FARRELL_LISTEN", "127.0.0.1:1111"}});
  EXPECT_NE(flag.output.find("listen: 127.0.0.1:2222  # flag --listen\n"), std::string::npos) << flag.output;
}

TEST_P(EveryProgram, AFileIsWeakerThanTheEnvironment) {
  const TempDir dir;
  const std::string file = dir / "farrell.yaml";
  WriteFile(file, "# a comment\nlisten: 127.0.0.1:3333\ngrace: 2.5\nreflection: true\nlog: 'warning'\n");
  const Finished run = Start({"--print-config", "--config", file}, {{"FARRELL_GRACE", "7"}});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_NE(run.output.find("listen: 127.0.0.1:3333  # file " + file + ":2\n"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("grace: 7  # environment FARRELL_GRACE\n"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("reflection: true  # file " + file + ":4\n"), std::string::npos) << run.output;
  // What is printed is such a file: reading it gives the same values.
  const std::string copy = dir / "copy.yaml";
  WriteFile(copy, run.output);
  const Finished again = Start({"--print-config"}, {{"FARRELL_CONFIG", copy}});
  ASSERT_EQ(again.exit_code, 0) << again.output;
  EXPECT_NE(again.output.find("grace: 7  # file " + copy), std::string::npos) << again.output;
}

TEST_P(EveryProgram, EveryMistakeIsNamedAtOnce) {
  const TempDir dir;
  const std::string file = dir / "farrell.yaml";
  WriteFile(file, "lisen: 127.0.0.1:1\ngrace: soon\nlog: [debug]\ngrace: 3\n\nmax-heavy-calls: 0\n");
  const Finished run = Start({"--config", file, "--reflecton", "--drain-delay", "-1"}, {{"FARRELL_LISTEN", "nowhere"}});
  EXPECT_EQ(run.exit_code, 2);
  for (const std::string& expected :
       {file + ":1: this program has no setting 'lisen' (did you mean listen?)", file + ":2: grace: 'soon' is not",
        file + ":3: 'log' needs one value", file + ":4: 'grace' stands in line 2 already",
        file + ":6: max-heavy-calls: '0' is not a whole number in [1, 1024]",
        std::string("--reflecton: no such flag (did you mean --reflection?)"),
        std::string("--drain-delay: '-1' is not a number of seconds in [0, 600]"),
        std::string("FARRELL_LISTEN: 'nowhere' is not an address")}) {
    EXPECT_NE(run.output.find(expected), std::string::npos) << expected << "\nin\n" << run.output;
  }
  // A bad line is a mistake even where a flag speaks louder.
  WriteFile(file, "grace: soon\n");
  EXPECT_EQ(Start({"--config", file, "--grace", "1", "--print-config"}).exit_code, 2);
}

TEST_P(EveryProgram, FilesThatAreNoSettingsAreRefused) {
  const TempDir dir;
  const std::string file = dir / "farrell.yaml";
  const auto refused = [&](const std::string& content, const std::string& expected) {
    WriteFile(file, content);
    const Finished run = Start({"--config", file, "--print-config"});
    EXPECT_EQ(run.exit_code, 2) << content;
    EXPECT_NE(run.output.find(file + expected), std::string::npos) << run.output;
  };
  refused("- a\n- b\n", ": is not a map");
  refused("listen: [\n", ":2: is not YAML");
  refused("listen: {port: 1}\n", ":1: 'listen' needs one value");
  refused("listen:\n", ":1: 'listen' needs one value");
  refused("[a, b]: c\n", ":1: a name of a setting is a plain text");
  refused(std::string(2 << 20, '#'), ": is longer than 1 MiB");
  const Finished missing = Start({"--config", dir / "missing.yaml", "--print-config"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.output.find("missing.yaml: cannot be read"), std::string::npos) << missing.output;
  EXPECT_EQ(Start({"--config", dir.path().string(), "--print-config"}).exit_code, 2) << "a folder";
  WriteFile(file, "");
  EXPECT_EQ(Start({"--config", file, "--print-config"}).exit_code, 0) << "an empty file says nothing";
}

INSTANTIATE_TEST_SUITE_P(Programs, EveryProgram,
                         ::testing::Values(Default{"farrell-data", "127.0.0.1:7401"},
                                           Default{"farrell-dea", "127.0.0.1:7402"},
                                           Default{"farrell-regression", "127.0.0.1:7403"},
                                           Default{"farrell-reporting", "127.0.0.1:7404"}),
                         [](const auto& program) { return std::string(program.param.name).substr(8); });

TEST(Programs, AddressesOfOtherServices) {
  const Finished plain = RunProgram("farrell-dea", {"--print-config"});
  EXPECT_NE(plain.output.find("data: 127.0.0.1:7401  # default\n"), std::string::npos) << plain.output;
  EXPECT_NE(plain.output.find("redis: \"\"  # default\n"), std::string::npos) << plain.output;
  const Finished kubernetes =
      RunProgram("farrell-dea", {"--print-config"}, {{"FARRELL_DATA", "dns:///data.farrell.svc:7401"}});
  EXPECT_NE(kubernetes.output.find("data: dns:///data.farrell.svc:7401  # environment FARRELL_DATA\n"),
            std::string::npos)
      << kubernetes.output;
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
  EXPECT_NE(state.output.find("state: /x/farrell  # default\n"), std::string::npos) << state.output;
  const Finished home = RunProgram("farrell-data", {"--print-config"}, {{"XDG_STATE_HOME", ""}, {"HOME", "/home/y"}});
  EXPECT_NE(home.output.find("state: /home/y/.local/state/farrell  # default\n"), std::string::npos) << home.output;
  const Finished named = RunProgram("farrell-data", {"--print-config"}, {{"FARRELL_STATE", "memory"}});
  EXPECT_NE(named.output.find("state: memory  # environment FARRELL_STATE\n"), std::string::npos) << named.output;
  // A folder that cannot be made.
  const Finished unusable = RunProgram("farrell-data", {"--listen", "127.0.0.1:0", "--state", "/proc/nowhere/state"});
  EXPECT_EQ(unusable.exit_code, 1);
  EXPECT_NE(unusable.output.find("[STORE_UNAVAILABLE]"), std::string::npos) << unusable.output;
}

}  // namespace
}  // namespace farrell::testing
