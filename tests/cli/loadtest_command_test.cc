// farrell loadtest against the services inside the program, and against servers that are away.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"
#include "tests/support/redis_server.h"

namespace farrell::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::vector<std::string> Loadtest(std::vector<std::string> more) {
  more.insert(more.begin(), {"loadtest", "--units", "6", "--periods", "3"});
  return more;
}

TEST(Loadtest, CountsEveryKindOfCall) {
  const FarrellFixture farrell;
  const FarrellRun run = farrell.Run(Loadtest(
      {"--calls", "120", "--clients", "3", "--mix", "cached=2,small=1,fit=1,read=1,describe=1", "--format", "json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_THAT(report["machine"].get<std::string>(), HasSubstr("core"));
  EXPECT_THAT(report["servers"][0].get<std::string>(), HasSubstr("version"));
  ASSERT_EQ(report["rows"].size(), 6U);
  std::int64_t calls = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const json& row = report["rows"][i];
    EXPECT_TRUE(row["errors"].empty()) << row;
    EXPECT_GT(row["p50_ms"], 0);
    EXPECT_LE(row["p50_ms"], row["p99_ms"]);
    EXPECT_LE(row["p99_ms"], row["max_ms"]);
    if (i < 5) calls += row["calls"].get<std::int64_t>();
  }
  EXPECT_EQ(calls, 120);
  EXPECT_EQ(report["rows"][5]["kind"], "all");
  EXPECT_EQ(report["rows"][5]["calls"], 120);
}

TEST(Loadtest, PrintsATableAndCsv) {
  const FarrellFixture farrell;
  const FarrellRun table = farrell.Run(Loadtest({"--mix", "read", "--calls", "20", "--rate", "1000"}));
  ASSERT_EQ(table.exit_code, 0) << table.err;
  for (const char* text : {"6 units x 3 periods", "open loop of 1000 calls/s", "p99, ms", "read", "all"}) {
    EXPECT_THAT(table.out, HasSubstr(text));
  }
  const FarrellRun csv = farrell.Run(Loadtest({"--mix", "read", "--calls", "20", "--format", "csv"}));
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  const auto cells = Cells(csv.out);
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_THAT(cells[0], ::testing::ElementsAre("kind", "calls", "errors", "calls_per_second", "p50_ms", "p90_ms",
                                               "p99_ms", "max_ms", "error_codes"));
  EXPECT_EQ(cells[1][1], "20");
}

// Fits go to a server that is not there: counted, told, and not for nothing.
TEST(Loadtest, CountsErrorsByCode) {
  const FarrellFixture farrell;
  const std::map<std::string, std::string> away = {{"FARRELL_REGRESSION", "127.0.0.1:" + std::to_string(FreePort())}};
  const auto arguments = Loadtest({"--mix", "read=1,fit=1", "--calls", "10", "--clients", "2", "--format", "json"});
  const FarrellRun run = farrell.Run(arguments, "", away);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("CALLS_FAILED"));
  const json report = json::parse(run.out);
  const json& all = report["rows"].back();
  EXPECT_EQ(all["calls"], 10);
  EXPECT_GT(all["errors"]["UNAVAILABLE"], 0);
  auto allowing = arguments;
  allowing.emplace_back("--allow-errors");
  EXPECT_EQ(farrell.Run(allowing, "", away).exit_code, 0);
}

TEST(Loadtest, FailsWhereNothingListens) {
  const FarrellFixture farrell;
  const FarrellRun run = farrell.Run(Loadtest({"--server", "127.0.0.1:" + std::to_string(FreePort()), "--calls", "5"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
}

TEST(Loadtest, GivesTheTableSoFarWhenInterrupted) {
  const FarrellFixture farrell;
  const auto process = farrell.Start("run", Loadtest({"--mix", "cached", "--duration", "600", "--format", "csv"}));
  ASSERT_TRUE(Eventually([&] { return ReadFile(farrell.Path("run.err")).find("calls") != std::string::npos; }));
  process->Signal(SIGINT);
  EXPECT_EQ(process->Wait(std::chrono::seconds(20)), 130);
  const auto cells = Cells(ReadFile(farrell.Path("run.out")));
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[2][0], "all");
  EXPECT_EQ(cells[2][2], "0");
}

TEST(Loadtest, RefusesWhatItCannotDo) {
  const FarrellFixture farrell;
  const FarrellRun mix = farrell.Run({"loadtest", "--mix", "cashed=1,read=-1"});
  EXPECT_EQ(mix.exit_code, 2);
  EXPECT_THAT(mix.err, HasSubstr("cached"));
  EXPECT_THAT(mix.err, HasSubstr("share of read"));
  for (const auto& [flag, value] : std::vector<std::pair<std::string, std::string>>{
           {"--clients", "0"}, {"--rate", "-1"}, {"--duration", "0"}, {"--calls", "0"}, {"--units", "1"}}) {
    EXPECT_EQ(farrell.Run({"loadtest", flag, value}).exit_code, 2) << flag;
  }
}

}  // namespace
}  // namespace farrell::testing
