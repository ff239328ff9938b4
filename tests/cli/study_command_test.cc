#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Data() {
  std::string csv = "unit,year,group,x,y\n";
  for (int unit = 0; unit < 10; ++unit) {
    for (int period = 0; period < 3; ++period) {
      csv += "u" + std::to_string(unit) + "," + std::to_string(2010 + period) + "," + (unit < 5 ? "north" : "south") +
             "," + std::to_string(2 + (unit * 5 + period * 3) % 7) + "," +
             std::to_string(1 + (unit * 3 + period * 2) % 5) + "\n";
    }
  }
  return csv;
}

constexpr const char* kStudy = R"(id: small
title: "A small study"
question: "Does anything depend on anything?"
data: {file: data.csv, unit: unit, time: year}
dea:
  - {id: main, inputs: [x], outputs: [y], frontier: global}
regressions:
  - {id: level, formula: "log(score.main) ~ log(x) | unit + year", inference: [cr3:unit]}
tables:
  - {id: t1, title: "Level", kind: regression, columns: [level]}
)";

class StudyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    farrell_.Write("data.csv", Data());
    study_ = farrell_.Write("study.yaml", kStudy);
  }
  FarrellFixture farrell_;
  std::string study_;
};

TEST_F(StudyCommand, RunWritesTheReportAndTheRun) {
  const std::string out = farrell_.Path("out");
  const FarrellRun run = farrell_.Run({"study", "run", study_, "--out", out});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const char* file : {"report.html", "report.md", "report.tex", "report.json", "tables/t1.csv", "run.json"}) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(out) / file)) << file;
  }
  EXPECT_THAT(run.out, HasSubstr("report.html"));
  const nlohmann::json record = nlohmann::json::parse(ReadFile(out + "/run.json"));
  EXPECT_EQ(record["study_id"], "small");
  EXPECT_EQ(record["state"], "STATE_SUCCEEDED");
}

TEST_F(StudyCommand, ASecondRunSolvesNothingAndWritesTheSameBytes) {
  ASSERT_EQ(farrell_.Run({"study", "run", study_, "--out", farrell_.Path("cold")}).exit_code, 0);
  const FarrellRun warm = farrell_.Run({"study", "run", study_, "--out", farrell_.Path("warm"), "--format", "json"});
  ASSERT_EQ(warm.exit_code, 0) << warm.err;
  EXPECT_EQ(nlohmann::json::parse(warm.out)["solved_count"], "0");
  const FarrellRun again = farrell_.Run({"study", "run", study_, "--out", farrell_.Path("again"), "--recompute"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(farrell_.Path("cold"))) {
    if (!entry.is_regular_file() || entry.path().filename() == "run.json") continue;
    const std::filesystem::path relative = std::filesystem::relative(entry.path(), farrell_.Path("cold"));
    const std::string cold = ReadFile(entry.path().string());
    EXPECT_EQ(cold, ReadFile(farrell_.Path("warm/" + relative.string()))) << relative;
    EXPECT_EQ(cold, ReadFile(farrell_.Path("again/" + relative.string()))) << relative;
  }
}

TEST_F(StudyCommand, AReusedStepSaysWhereFromAndWhatItSaved) {
  ASSERT_EQ(farrell_.Run({"study", "run", study_, "--out", farrell_.Path("cold")}).exit_code, 0);
  const auto cold = Cells(farrell_.Run({"study", "show", "--format", "csv"}).out);
  ASSERT_EQ(farrell_.Run({"study", "run", study_, "--out", farrell_.Path("warm")}).exit_code, 0);
  const auto warm = Cells(farrell_.Run({"study", "show", "--format", "csv"}).out);
  ASSERT_EQ(cold.size(), warm.size());
  for (std::size_t i = 1; i + 1 < cold.size(); ++i) {
    EXPECT_EQ(cold[i][4], "") << cold[i][0];
    EXPECT_EQ(warm[i][1], "store") << warm[i][0];
    EXPECT_GE(std::stod(warm[i][4]), 0) << warm[i][0];
    // Less than what it took then.
    EXPECT_LT(std::stod(warm[i][4]), std::stod(cold[i][3])) << warm[i][0];
  }
  EXPECT_THAT(farrell_.Run({"study", "show"}).out, HasSubstr("1 computed, 2 reused (2 store)"));
  const nlohmann::json record = nlohmann::json::parse(ReadFile(farrell_.Path("warm/run.json")));
  double saved = 0;
  for (const auto& step : record["steps"]) {
    if (!step["saved_seconds"].is_null()) saved += step["saved_seconds"].get<double>();
  }
  EXPECT_DOUBLE_EQ(record["saved_seconds"].get<double>(), saved);
  EXPECT_EQ(ReadFile(farrell_.Path("warm/report.json")).find("saved"), std::string::npos);
}

TEST_F(StudyCommand, ARunThatFailedIsShownWithWhatItFinishedAndWhy) {
  std::string text = kStudy;
  text.replace(
      text.find("tables:"), 7,
      "  - {id: empty, formula: \"log(y) ~ x | unit\", where: \"score.main < 0\", inference: [cr3:unit]}\ntables:");
  const FarrellRun run =
      farrell_.Run({"study", "run", farrell_.Write("failing.yaml", text), "--out", farrell_.Path("no")});
  ASSERT_NE(run.exit_code, 0);
  const FarrellRun show = farrell_.Run({"study", "show"});
  EXPECT_EQ(show.exit_code, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr(": failed, "));
  EXPECT_THAT(show.out, HasSubstr("step regression:empty failed"));
  EXPECT_THAT(show.out, HasSubstr("dea:main"));
}

TEST_F(StudyCommand, PlanShowsWhatIsAtHandAndComputesNothing) {
  const FarrellRun before = farrell_.Run({"study", "plan", study_, "--format", "csv"});
  ASSERT_EQ(before.exit_code, 0) << before.err;
  EXPECT_EQ(Lines(before.out).at(0), "step,kind,at_hand,action_key,needs,certified,to_solve,state,predicted_seconds");
  EXPECT_THAT(before.out, HasSubstr("dea:main"));
  EXPECT_THAT(before.out, Not(HasSubstr(",store,")));
  ASSERT_EQ(farrell_.Run({"study", "run", study_, "--out", farrell_.Path("out")}).exit_code, 0);
  const FarrellRun after = farrell_.Run({"study", "plan", study_, "--format", "csv"});
  EXPECT_THAT(after.out, HasSubstr(",store,"));
  // What the run took is what another would: nothing for results at hand.
  for (const std::vector<std::string>& row : Cells(before.out)) EXPECT_NE(row.at(7), "hit");
  for (const std::vector<std::string>& row : Cells(after.out)) {
    if (row.at(0) == "dea:main") {
      EXPECT_EQ(row.at(7) + row.at(8), "hit0");
    }
    if (row.at(0) == "report") {
      EXPECT_GT(std::stod(row.at(8)), 0);
    }
  }
}

TEST_F(StudyCommand, RunsAreListedShownAndReportedAgain) {
  ASSERT_EQ(farrell_.Run({"study", "run", study_, "--out", farrell_.Path("out")}).exit_code, 0);
  const FarrellRun list = farrell_.Run({"study", "list", "--format", "csv"});
  const auto rows = Cells(list.out);
  ASSERT_EQ(rows.size(), 2U) << list.err;
  EXPECT_EQ(rows[1][1], "small");
  EXPECT_EQ(rows[1][2], "succeeded");
  const std::string id = rows[1][0];
  const FarrellRun show = farrell_.Run({"study", "show", id, "--format", "csv"});
  EXPECT_THAT(show.out, StartsWith("step,origin,solved,seconds,saved_seconds,certified\n"));
  EXPECT_THAT(show.out, HasSubstr("dea:main,computed,"));
  EXPECT_EQ(farrell_.Run({"study", "show", "nothing"}).exit_code, 3);

  const FarrellRun report =
      farrell_.Run({"report", id.substr(0, 8), "--out", farrell_.Path("again"), "--files", "report.md"});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_EQ(ReadFile(farrell_.Path("again/report.md")), ReadFile(farrell_.Path("out/report.md")));
  EXPECT_FALSE(std::filesystem::exists(farrell_.Path("again/report.html")));
  EXPECT_EQ(farrell_.Run({"report", "nothing", "--out", farrell_.Path("no")}).exit_code, 3);
}

TEST_F(StudyCommand, ValidateReportsEveryMistakeWithItsLine) {
  EXPECT_EQ(farrell_.Run({"study", "validate", study_}).exit_code, 0);
  const std::string bad = farrell_.Write("bad.yaml",
                                         "id: bad\n"
                                         "tilte: misspelt\n"
                                         "data: {file: data.csv, unit: unit, time: year}\n"
                                         "dea:\n"
                                         "  - {id: main, inputs: [nothing], outputs: [y], rts: irs}\n"
                                         "tables:\n"
                                         "  - {id: t1, kind: regression, columns: [unknown]}\n");
  const FarrellRun run = farrell_.Run({"study", "validate", bad});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:2:"));
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:5:"));
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:7:"));
  EXPECT_EQ(farrell_.Run({"study", "run", bad, "--out", farrell_.Path("no")}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(farrell_.Path("no/report.html")));
  EXPECT_EQ(farrell_.Run({"study", "validate", farrell_.Path("none.yaml")}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"study", "validate", farrell_.Write("broken.yaml", "id: [\n")}).exit_code, 2);
}

TEST_F(StudyCommand, ValidateReportsMistakesOfTheDataBesideThoseOfTheStudy) {
  farrell_.Write("data.csv", "unit,year,x\na,2000,1\na,2000,2\nb,,3\n");
  const FarrellRun run = farrell_.Run({"study", "validate",
                                       farrell_.Write("bad.yaml",
                                                      "id: bad\n"
                                                      "tilte: misspelt\n"
                                                      "data: {file: data.csv, unit: unit, time: year}\n"
                                                      "tables:\n"
                                                      "  - {id: t1, kind: regression, columns: [unknown]}\n")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:2:"));
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:5:"));
  EXPECT_THAT(run.out, HasSubstr("data.csv: row 3, column unit: "));
  EXPECT_THAT(run.out, HasSubstr("data.csv: row 4, column year: "));
}

TEST_F(StudyCommand, OneUnreadableModelHidesNoOther) {
  const FarrellRun run = farrell_.Run({"study", "validate",
                                       farrell_.Write("bad.yaml",
                                                      "id: bad\n"
                                                      "data: {file: data.csv, unit: unit, time: year}\n"
                                                      "dea:\n"
                                                      "  - {id: one, inputs: [x], outputs: [y], rts: irs}\n"
                                                      "  - {id: two, inputs: [nothing], outputs: [y]}\n")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:4:"));
  EXPECT_THAT(run.out, HasSubstr("bad.yaml:5:"));
}

TEST_F(StudyCommand, AStudyThatIsNotUtf8IsRefusedWithItsLine) {
  const FarrellRun run =
      farrell_.Run({"study", "validate", farrell_.Write("gbk.yaml", "id: gbk\ntitle: \xB1\xB1\xBE\xA9\n")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("gbk.yaml:2:8: "));
  EXPECT_EQ(farrell_.Run({"data", "list", "--state", "\xFF"}).exit_code, 2);
}

TEST_F(StudyCommand, AStudyExtendsAnotherAndFindsItsDataBesideIt) {
  std::filesystem::create_directories(farrell_.Path("derived"));
  const std::string derived = farrell_.Write("derived/study.yaml", "id: derived\nextends: ../study.yaml\n");
  const FarrellRun run = farrell_.Run({"study", "run", derived, "--out", farrell_.Path("out")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(std::filesystem::exists(farrell_.Path("out/tables/t1.csv")));
}

TEST_F(StudyCommand, SyntheticDataStampTheReport) {
  farrell_.Write("data.csv", "# SYNTHETIC\n" + Data());
  const FarrellRun run = farrell_.Run({"study", "run", study_, "--out", farrell_.Path("out")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("W36"));
  EXPECT_THAT(Lines(ReadFile(farrell_.Path("out/tables/t1.csv"))).at(0), HasSubstr("synthetic"));
}

TEST_F(StudyCommand, SynthesizeWritesAStampedPanelThatFollowsItsSeed) {
  const auto panel = [&](const char* preset, const char* seed) {
    const FarrellRun run = farrell_.Run({"study", "synthesize", "--preset", preset, "--seed", seed});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run.out;
  };
  const std::string first = panel("pattern", "1");
  EXPECT_THAT(first, StartsWith("# SYNTHETIC\n"));
  EXPECT_EQ(first, panel("pattern", "1"));
  EXPECT_NE(first, panel("pattern", "2"));
  const std::string file = farrell_.Path("panel.csv");
  ASSERT_EQ(farrell_.Run({"study", "synthesize", "--preset", "null", "--seed", "1", "--out", file}).exit_code, 0);
  EXPECT_THAT(ReadFile(file), StartsWith("# SYNTHETIC\n"));
  EXPECT_EQ(farrell_.Run({"study", "synthesize", "--preset", "other"}).exit_code, 2);
}

}  // namespace
}  // namespace farrell::testing
