#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Six units on a unit isoquant: B is 0.8 times D and A; E and F lie on its weakly efficient ends.
constexpr const char* kIsoquant =
    "unit,x1,x2,y\n"
    "F,10,1,1\n"
    "B,4,3,1\n"
    "A,2,3,1\n"
    "E,2,4,1\n"
    "C,8,1,1\n"
    "D,4,2,1\n";

// Two periods; in the second everybody needs half the input.
constexpr const char* kTwoPeriods =
    "unit,year,region,role,x,y\n"
    "b,2011,west,sample,2,2\n"
    "a,2010,east,sample,2,2\n"
    "b,2010,west,sample,4,2\n"
    "a,2011,east,sample,1,2\n";

std::vector<std::string> Column(const std::string& csv, std::size_t index) {
  std::vector<std::string> cells;
  for (const auto& row : Cells(csv)) cells.push_back(index < row.size() ? row[index] : "");
  return cells;
}

class DeaCommand : public ::testing::Test {
 protected:
  FarrellRun Dea(const std::string& file, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"dea", file, "--unit", "unit", "--state", "memory"});
    return farrell_.Run(arguments);
  }
  FarrellFixture farrell_;
};

TEST_F(DeaCommand, PrintsOneRowAUnitInTheFilesOrder) {
  const FarrellRun run =
      Dea(farrell_.Write("t.csv", kIsoquant), {"--inputs", "x1,x2", "--outputs", "y", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "unit,time,score,status,measure\n"
            "F,,1,optimal,theta\n"
            "B,,0.80000000000000004,optimal,theta\n"
            "A,,1,optimal,theta\n"
            "E,,1,optimal,theta\n"
            "C,,1,optimal,theta\n"
            "D,,1,optimal,theta\n");
}

TEST_F(DeaCommand, FileOrderChangesNoNumber) {
  const std::vector<std::string> flags{"--inputs", "x1,x2", "--outputs", "y", "--slacks", "--peers", "--format", "csv"};
  std::vector<std::string> lines = Lines(Dea(farrell_.Write("a.csv", kIsoquant), flags).out);
  std::string reversed = "unit,x1,x2,y\n";
  const std::vector<std::string> rows = Lines(kIsoquant);
  for (std::size_t i = rows.size() - 1; i >= 1; --i) reversed += rows[i] + "\n";
  std::vector<std::string> reversed_lines = Lines(Dea(farrell_.Write("b.csv", reversed), flags).out);
  ASSERT_EQ(lines.size(), 7U);
  std::sort(lines.begin(), lines.end());
  std::sort(reversed_lines.begin(), reversed_lines.end());
  EXPECT_EQ(lines, reversed_lines);
}

TEST_F(DeaCommand, SlacksTargetsAndPeersStandBehindTheStatus) {
  const FarrellRun run = Dea(farrell_.Write("t.csv", kIsoquant),
                             {"--inputs", "x1,x2", "--outputs", "y", "--slacks", "--peers", "--format", "csv"});
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 7U) << run.err;
  EXPECT_THAT(rows[0], ElementsAre("unit", "time", "score", "status", "slack.x1", "slack.x2", "slack.y", "target.x1",
                                   "target.x2", "target.y", "peers", "measure"));
  // F: score 1, and two units of x1 could still be saved: its target is C.
  EXPECT_THAT(rows[1], ElementsAre("F", "", "1", "optimal", "2", "0", "0", "8", "1", "1", "C:1", "theta"));
  EXPECT_THAT(rows[2][10], StartsWith("D:0."));  // 0.6, descending weight before A
  EXPECT_THAT(rows[2][10], HasSubstr(";A:0."));
}

TEST_F(DeaCommand, PeersOfAPanelCarryTheirPeriod) {
  const FarrellRun run = Dea(farrell_.Write("t.csv", kTwoPeriods),
                             {"--time", "year", "--inputs", "x", "--outputs", "y", "--peers", "--format", "csv"});
  EXPECT_EQ(run.out,
            "unit,time,score,status,peers,measure\n"
            "b,2011,0.5,optimal,a@2011:1,theta\n"
            "a,2010,1,optimal,a@2010:1,theta\n"
            "b,2010,0.5,optimal,a@2010:1,theta\n"
            "a,2011,1,optimal,a@2011:1,theta\n")
      << run.err;
}

TEST_F(DeaCommand, FrontiersDecideWhoIsCompared) {
  const std::string file = farrell_.Write("t.csv", kTwoPeriods);
  const auto scores = [&](const char* frontier) {
    const FarrellRun run =
        Dea(file, {"--time", "year", "--inputs", "x", "--outputs", "y", "--frontier", frontier, "--format", "csv"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Column(run.out, 2);
  };
  EXPECT_THAT(scores("contemporaneous"), ElementsAre("score", "0.5", "1", "0.5", "1"));
  EXPECT_THAT(scores("global"), ElementsAre("score", "0.5", "0.5", "0.25", "1"));
  EXPECT_THAT(scores("sequential"), ElementsAre("score", "0.5", "1", "0.5", "1"));
  EXPECT_THAT(scores("window:2"), ElementsAre("score", "0.5", "0.5", "0.25", "1"));
  EXPECT_THAT(scores("window:1"), ElementsAre("score", "0.5", "1", "0.5", "1"));
  EXPECT_THAT(scores("group:region"), ElementsAre("score", "1", "1", "1", "1"));
  EXPECT_THAT(scores("global+group:region"), ElementsAre("score", "1", "0.5", "0.5", "1"));
}

TEST_F(DeaCommand, ScoreIsAtMostOneAndFarrellIsPhi) {
  const std::string file = farrell_.Write("t.csv", kTwoPeriods);
  const std::vector<std::string> model{"--inputs",      "x",      "--outputs", "y",  "--time", "year",
                                       "--orientation", "output", "--format",  "csv"};
  EXPECT_THAT(Column(Dea(file, model).out, 2), ElementsAre("score", "0.5", "1", "0.5", "1"));
  std::vector<std::string> farrell = model;
  farrell.insert(farrell.end(), {"--measure", "farrell"});
  EXPECT_THAT(Column(Dea(file, farrell).out, 2), ElementsAre("score", "2", "1", "2", "1"));
}

TEST_F(DeaCommand, ScaleAddsItsTwoColumns) {
  const FarrellRun run = Dea(farrell_.Write("t.csv", "unit,x,y\na,1,1\nb,2,4\nc,4,5\n"),
                             {"--inputs", "x", "--outputs", "y", "--rts", "vrs", "--scale", "--format", "csv"});
  const auto rows = Cells(run.out);
  ASSERT_EQ(rows.size(), 4U) << run.err;
  EXPECT_THAT(rows[0], ElementsAre("unit", "time", "score", "status", "scale_efficiency", "rts_class", "elasticity_low",
                                   "elasticity_high", "mpss_low", "mpss_high", "measure"));
  EXPECT_THAT(rows[1], ElementsAre("a", "", "1", "optimal", "0.5", "increasing", _, _, _, _, "theta"));
  EXPECT_THAT(rows[2], ElementsAre("b", "", "1", "optimal", "1", "constant", _, _, _, _, "theta"));
  EXPECT_THAT(rows[3], ElementsAre("c", "", "1", "optimal", "0.625", "decreasing", _, _, _, _, "theta"));
}

TEST_F(DeaCommand, ReferenceOnlyRowsSpanTheFrontierAndHaveNoScore) {
  const std::string file = farrell_.Write("t.csv", "unit,role,x,y\na,,2,1\nideal,reference_only,1,1\nb,,4,1\n");
  for (const char* flag : {"role", "role=reference_only"}) {
    const FarrellRun run = Dea(file, {"--inputs", "x", "--outputs", "y", "--reference-only", flag, "--format", "csv"});
    EXPECT_EQ(run.out,
              "unit,time,score,status,measure\na,,0.5,optimal,theta\nideal,,,reference_only,\nb,,0.25,optimal,theta\n")
        << run.err;
  }
}

TEST_F(DeaCommand, FrozenOutRowsAreScoredAndSpanNothing) {
  const std::string file = farrell_.Write("t.csv", "unit,role,x,y\na,,2,1\nnew,frozen_out,1,2\nb,,4,1\n");
  for (const char* flag : {"role", "role=frozen_out"}) {
    const FarrellRun run = Dea(file, {"--inputs", "x", "--outputs", "y", "--frozen-out", flag, "--format", "csv"});
    EXPECT_EQ(run.out,
              "unit,time,score,status,measure\na,,1,optimal,theta\nnew,,4,optimal,theta\nb,,0.5,optimal,theta\n")
        << run.err;
  }
  const FarrellRun refused = Dea(
      file, {"--inputs", "x", "--outputs", "y", "--frozen-out", "role", "--super", "--influence", "--format", "csv"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("not with super"));
  EXPECT_THAT(refused.err, HasSubstr("not with influence"));
}

TEST_F(DeaCommand, InvalidCellsAreNamedAllAtOnceOrExcluded) {
  const std::string file = farrell_.Write("t.csv", "unit,x,y\na,1,1\nb,-2,1\nc,3,\nd,2,1\n");
  const FarrellRun refused = Dea(file, {"--inputs", "x", "--outputs", "y", "--format", "csv"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("-2"));
  EXPECT_THAT(refused.err, HasSubstr("b"));
  EXPECT_THAT(refused.err, HasSubstr("c"));
  const FarrellRun excluded = Dea(file, {"--inputs", "x", "--outputs", "y", "--exclude-invalid", "--format", "csv"});
  EXPECT_EQ(excluded.exit_code, 0) << excluded.err;
  EXPECT_EQ(excluded.out,
            "unit,time,score,status,measure\na,,1,optimal,theta\nb,,,excluded,\nc,,,excluded,\nd,,0.5,optimal,theta\n");
}

TEST_F(DeaCommand, WhereAndExpressionsSelectRowsAndColumns) {
  const FarrellRun run =
      Dea(farrell_.Write("t.csv", kTwoPeriods), {"--time", "year", "--where", "year == 2011", "--inputs", "min(x, 100)",
                                                 "--outputs", "y * 2", "--slacks", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(Column(run.out, 0), ElementsAre("unit", "b", "a"));
  EXPECT_THAT(Lines(run.out)[0], HasSubstr("slack.y * 2"));
}

TEST_F(DeaCommand, JsonHasSnakeCaseNamesAndNullsAndNoTrailOfTheCache) {
  const std::string file = farrell_.Write("t.csv", "unit,role,x,y\na,,2,1\nideal,1,1,1\n");
  const FarrellRun run = Dea(file, {"--inputs", "x", "--outputs", "y", "--reference-only", "role", "--format", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const nlohmann::json result = nlohmann::json::parse(run.out);
  EXPECT_EQ(result["units"][0]["unit"], "a");
  EXPECT_EQ(result["units"][0]["score"], 0.5);
  EXPECT_EQ(result["units"][0]["status"], "STATUS_OPTIMAL");
  EXPECT_TRUE(result["units"][0]["time"].is_null());
  EXPECT_TRUE(result["units"][1]["score"].is_null());
  EXPECT_EQ(result["summary"]["optimal_count"], "1");  // protobuf JSON writes 64-bit integers as strings
  EXPECT_EQ(result["summary"]["provenance"]["snapshot_digest"].get<std::string>().size(), 64U);
  EXPECT_TRUE(result["summary"]["origin"].is_null());
}

TEST_F(DeaCommand, SyntheticDataSayItInALastColumn) {
  const FarrellRun flagged = Dea(farrell_.Write("t.csv", "unit,x,y\na,2,1\n"),
                                 {"--synthetic", "--inputs", "x", "--outputs", "y", "--format", "csv"});
  EXPECT_EQ(flagged.out, "unit,time,score,status,measure,synthetic\na,,1,optimal,theta,true\n") << flagged.err;
  const FarrellRun stamped = Dea(farrell_.Write("s.csv", "# SYNTHETIC\nunit,x,y\na,2,1\n"),
                                 {"--inputs", "x", "--outputs", "y", "--peers", "--format", "csv"});
  EXPECT_EQ(stamped.out, "unit,time,score,status,peers,measure,synthetic\na,,1,optimal,a:1,theta,true\n")
      << stamped.err;
}

TEST_F(DeaCommand, ReadsStandardInput) {
  const FarrellRun run = farrell_.Run(
      {"dea", "-", "--unit", "unit", "--state", "memory", "--inputs", "x1,x2", "--outputs", "y", "--format", "csv"},
      kIsoquant);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Lines(run.out).size(), 7U);
}

TEST_F(DeaCommand, ReadsChineseHeadersQuotesAndWindowsLineEnds) {
  const FarrellRun run = farrell_.Run({"dea",
                                       farrell_.Write("t.csv",
                                                      "\xEF\xBB\xBF省份,年份,\"投入, 人\",产出\r\n"
                                                      "北京,2010,2,1\r\n\"内蒙古\",2010,4,1\r\n"),
                                       "--unit", "省份", "--time", "年份", "--inputs", "`投入, 人`", "--outputs",
                                       "产出", "--state", "memory", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "unit,time,score,status,measure\n北京,2010,1,optimal,theta\n内蒙古,2010,0.5,optimal,theta\n");
}

TEST_F(DeaCommand, TableFormatIsForPeople) {
  const FarrellRun run = Dea(farrell_.Write("t.csv", kIsoquant), {"--inputs", "x1,x2", "--outputs", "y"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("━━━"));
  EXPECT_THAT(run.out, Not(HasSubstr("0.80000000000000004")));
}

TEST_F(DeaCommand, UsageErrorsNameTheFlagAndTheChoices) {
  const std::string file = farrell_.Write("t.csv", kIsoquant);
  const FarrellRun model = Dea(file, {"--inputs", "x1", "--outputs", "y", "--rts", "irs", "--frontier", "windows:3"});
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_THAT(model.err, HasSubstr("--rts: unknown returns to scale 'irs': choose one of crs, vrs, nirs, ndrs"));
  EXPECT_THAT(model.err, HasSubstr("--frontier: unknown scheme 'windows:3'"));
  EXPECT_EQ(Dea(file, {"--outputs", "y"}).exit_code, 2);
  EXPECT_EQ(Dea(file, {"--inputs", "x1", "--outputs", "y", "--nonsense"}).exit_code, 2);
  EXPECT_EQ(Dea(file, {"--inputs", "x1", "--outputs", "y", "--format", "xml"}).exit_code, 2);
}

TEST_F(DeaCommand, MissingFilesAndBadTablesHaveTheirOwnExitCodes) {
  const FarrellRun missing = Dea(farrell_.Path("nowhere.csv"), {"--inputs", "x", "--outputs", "y"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.csv"));
  const FarrellRun text =
      Dea(farrell_.Write("t.csv", "unit,x,y\na,one,1\nb,2,1\n"), {"--inputs", "x", "--outputs", "y"});
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_THAT(text.err, HasSubstr("one"));
  const FarrellRun twice =
      Dea(farrell_.Write("d.csv", "unit,x,y\na,1,1\na,2,1\n"), {"--inputs", "x", "--outputs", "y"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("row 3"));
}

TEST_F(DeaCommand, EveryProblemOfAFileIsListed) {
  std::string csv = "unit,x,y\n";
  for (int i = 0; i < 40; ++i) csv += "u" + std::to_string(i) + ",\"1,000\",1\n";
  const FarrellRun run = Dea(farrell_.Write("t.csv", csv), {"--inputs", "x", "--outputs", "y"});
  EXPECT_EQ(run.exit_code, 2);
  for (int row = 2; row < 42; ++row) EXPECT_THAT(run.err, HasSubstr("row " + std::to_string(row) + ", column x"));
}

TEST_F(DeaCommand, ThreadsAndCachesChangeNoByte) {
  std::string csv = "unit,x1,x2,y\n";
  for (int i = 0; i < 60; ++i) {
    csv += "u" + std::to_string(i) + "," + std::to_string(1 + (i * 7) % 23) + "," + std::to_string(1 + (i * 5) % 19) +
           "," + std::to_string(1 + (i * 3) % 11) + "\n";
  }
  const std::string file = farrell_.Write("t.csv", csv);
  const std::vector<std::string> model{"--inputs", "x1,x2",   "--outputs", "y",
                                       "--slacks", "--peers", "--format",  "json"};
  const auto with_threads = [&](const char* threads) {
    std::vector<std::string> arguments = model;
    arguments.insert(arguments.end(), {"--threads", threads});
    return Dea(file, arguments).out;
  };
  const std::string one = with_threads("1");
  EXPECT_FALSE(one.empty());
  EXPECT_EQ(one, with_threads("8"));
}

}  // namespace
}  // namespace farrell::testing
