// A solver whose numbers are others': the same program, but for the name of its numeric ABI. It is alive and waits, no
// shard comes its way, also when there is no other solver.
#include <gtest/gtest.h>
#include <httplib.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

// Eight bytes that stand together wherever a compiler keeps the name in pieces.
constexpr std::string_view kOurs = "nofma;ei";
constexpr std::string_view kOthers = "fmaon;ei";

std::string Replaced(std::string text) {
  for (std::size_t at = text.find(kOurs); at != std::string::npos; at = text.find(kOurs, at)) {
    text.replace(at, kOthers.size(), kOthers);
  }
  return text;
}

// As the services and solvers of an ABI name it in their channel.
std::string ChannelEnd(const std::string& abi) { return canonical::Sha256(abi).substr(0, 12) + "}"; }

std::string Metrics(const ServerProgram& program) {
  int port = 0;
  std::istringstream log(program.log());
  for (std::string text; std::getline(log, text);) {
    // A program that was killed may have left half a line.
    const nlohmann::json line = nlohmann::json::parse(text, nullptr, false);
    if (line.is_object() && line.value("msg", "") == "serving metrics")
      port = std::stoi(line.at("port").get<std::string>());
  }
  httplib::Client client("127.0.0.1", port);
  const auto answer = client.Get("/metrics");
  return answer ? answer->body : std::string();
}

// Shards that a solver has had in hand, whatever became of them.
double Shards(const ServerProgram& solver) {
  const std::string metrics = Metrics(solver);
  EXPECT_NE(metrics, "");
  static const std::regex line(R"(farrell_solver_shards_total\{[^}]*\} ([0-9.e+]+))");
  double shards = 0;
  for (auto at = std::sregex_iterator(metrics.begin(), metrics.end(), line); at != std::sregex_iterator(); ++at) {
    shards += std::stod((*at)[1]);
  }
  return shards;
}

TEST(Revision, ASolverOfAnotherNumericAbiIsGivenNoShard) {
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const std::string ours(numeric::kNumAbi);
  const std::string others = Replaced(ours);
  ASSERT_NE(others, ours);
  const TempDir programs;
  const std::string program = programs / "farrell-solver";
  WriteFile(program, Replaced(ReadFile(std::string(FARRELL_BINARY_DIR) + "/bin/farrell-solver")));
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);

  SplitCluster cluster;
  const TempDir dir, other_dir;
  Trials trials(cluster, BootstrapWorkload(dir));
  EXPECT_GT(Shards(*cluster.solvers[0]) + Shards(*cluster.solvers[1]), 0) << "so that nothing means something";
  const auto alive = [&](const std::string& abi) {
    const std::string key = cluster.coordination.Cli({"--raw", "KEYS", "farrell.solvers:*" + ChannelEnd(abi)});
    return key.empty() ? "0" : cluster.coordination.Cli({"ZCARD", key});
  };
  EXPECT_EQ(alive(ours), "2");

  const ServerProgram other("farrell-solver", cluster.SolverFlags(), other_dir, {.binaries = programs.path().string()});
  ASSERT_TRUE(Eventually([&] { return alive(others) == "1"; })) << "it does not wait in a channel of its own";
  EXPECT_NE(Metrics(other).find("num_abi=\"" + others + "\""), std::string::npos);
  const auto all = [&](void (ServerProgram::*act)()) {
    for (const auto& solver : cluster.solvers) (solver.get()->*act)();
  };
  const FaultLine line = trials.Disturb({.name = "solver of another numeric ABI, the right ones killed",
                                         .begin = [&] { all(&ServerProgram::Kill); },
                                         .end = [&] { all(&ServerProgram::Start); },
                                         .lasts = std::chrono::seconds(2)},
                                        BootstrapWorkload(dir).repeats(2));
  EXPECT_EQ(line.typed_errors, 0);
  EXPECT_EQ(alive(others), "1");
  EXPECT_EQ(Shards(other), 0);
  EXPECT_EQ(cluster.Remains(), "");
}

}  // namespace
}  // namespace farrell::testing
