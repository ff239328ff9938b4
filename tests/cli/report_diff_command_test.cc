#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "common/sql/database.h"
#include "services/reporting/service/step_store.h"
#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class ReportDiffCommand : public ::testing::Test {
 protected:
  // The id of a run of the small study with this formula on the panel with this shift.
  std::string RunStudy(const std::string& formula, int shift) {
    farrell_.Write("data.csv", SmallPanel(shift));
    const std::string study = farrell_.Write("study.yaml", SmallStudy(formula));
    const FarrellRun run = farrell_.Run({"study", "run", study, "--out", farrell_.Path("out"), "--format", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Json::parse(run.out)["id"];
  }

  Json Diff(const std::string& from, const std::string& to, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"report", "diff", from, to, "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const FarrellRun run = farrell_.Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return Json::parse(run.out);
  }

  // Numbers that moved, by table, row and column.
  static std::map<std::string, Json> Moved(const Json& diff) {
    std::map<std::string, Json> cells;
    for (const Json& cell : diff["cells"]) {
      if (cell["change"].is_null()) continue;
      cells[cell["table"].get<std::string>() + "/" + cell["panel"].get<std::string>() + "/" +
            cell["row"].get<std::string>() + "/" + cell["column"].get<std::string>()] = cell;
    }
    return cells;
  }

  FarrellFixture farrell_;
};

constexpr const char* kOld = "log(y) ~ log(x) | unit";
constexpr const char* kNew = "log(y) ~ log(x) | unit + year";

TEST_F(ReportDiffCommand, RunsOfOneStudyOnTheSameDataSayTheSame) {
  const std::string first = RunStudy(kOld, 0), second = RunStudy(kOld, 0);
  const Json diff = Diff(first, second);
  EXPECT_TRUE(diff["cells"].empty());
  EXPECT_TRUE(diff["causes"].empty());
  EXPECT_GT(std::stoi(diff["cell_count"].get<std::string>()), 50);
  EXPECT_THAT(farrell_.Run({"report", "diff", first, "latest"}).out, HasSubstr("say the same"));
}

TEST_F(ReportDiffCommand, OtherDataAreTheWholeCause) {
  const Json diff = Diff(RunStudy(kOld, 0), RunStudy(kOld, 3));
  EXPECT_EQ(diff["causes"], Json({"CAUSE_DATA"}));
  const std::map<std::string, Json> moved = Moved(diff);
  EXPECT_GT(moved.size(), 5U);
  for (const auto& [key, cell] : moved) {
    EXPECT_EQ(cell["contributions"]["data"], cell["change"]) << key;
    EXPECT_EQ(cell["contributions"]["specification"], 0.0) << key;
    EXPECT_EQ(cell["to"].get<double>() - cell["from"].get<double>(), cell["change"].get<double>()) << key;
  }
}

TEST_F(ReportDiffCommand, AnotherModelLeavesEverythingElseAlone) {
  const Json diff = Diff(RunStudy(kOld, 0), RunStudy(kNew, 0));
  EXPECT_EQ(diff["causes"], Json({"CAUSE_SPECIFICATION"}));
  ASSERT_EQ(diff["steps"].size(), 1U) << diff["steps"].dump();
  EXPECT_EQ(diff["steps"][0]["id"], "regression:plain");
  for (const auto& [key, cell] : Moved(diff)) {
    EXPECT_EQ(cell["contributions"]["specification"], cell["change"]) << key;
    EXPECT_THAT(cell["table"].get<std::string>(), ::testing::AnyOf("t1", "inference")) << key;
  }
}

TEST_F(ReportDiffCommand, DataAndSpecificationAreSplitByRunningTheOldStudyOnTheNewData) {
  const std::string from = RunStudy(kOld, 0), to = RunStudy(kNew, 3);
  const Json diff = Diff(from, to);
  EXPECT_EQ(diff["causes"], Json({"CAUSE_DATA", "CAUSE_SPECIFICATION"}));
  EXPECT_THAT(diff["notes"].dump(), HasSubstr("order data, specification, code"));
  // The same by hand: the old study on the new data, compared with the run before.
  const std::map<std::string, Json> data_alone = Moved(Diff(from, RunStudy(kOld, 3)));
  int split = 0;
  for (const auto& [key, cell] : Moved(diff)) {
    ASSERT_FALSE(cell["contributions"].is_null()) << key;
    const Json& parts = cell["contributions"];
    const double change = cell["change"], data = parts["data"], specification = parts["specification"];
    const double place =
        std::nextafter(std::abs(data) + std::abs(specification), INFINITY) - (std::abs(data) + std::abs(specification));
    EXPECT_LE(std::abs(data + specification - change), place) << key;
    EXPECT_EQ(parts["code"], 0.0) << key;
    EXPECT_EQ(parts["from_now"], cell["from"]) << key;
    EXPECT_EQ(parts["after_specification"], cell["to"]) << key;
    const auto alone = data_alone.find(key);
    EXPECT_EQ(data, alone == data_alone.end() ? 0.0 : alone->second["change"].get<double>()) << key;
    if (data != 0 && specification != 0) ++split;
  }
  EXPECT_GT(split, 2);
  // Results of a model that both studies have are the data's alone.
  for (const Json& step : diff["steps"]) {
    if (step["id"] == "dea:main") {
      EXPECT_EQ(step["causes"], Json({"CAUSE_DATA"}));
    }
    if (step["id"] == "regression:plain") {
      EXPECT_EQ(step["causes"], Json({"CAUSE_DATA", "CAUSE_SPECIFICATION"}));
    }
  }
  for (const auto& [key, cell] : Moved(Diff(from, to, {"--no-replay"}))) {
    EXPECT_TRUE(cell["contributions"].is_null()) << key;
  }
}

// A run as an older program would have left it: its numbers and its revision are other than those of today.
TEST_F(ReportDiffCommand, WhatOlderCodeMadeIsTheRemainder) {
  const std::string from = RunStudy(kOld, 0), to = RunStudy(kNew, 3);
  {
    auto store = std::move(reporting::StepStore::Open(sql::DatabaseAt(farrell_.Path("state")))).value();
    std::vector<reporting::StoredFile> files = store->LoadReport(from).value();
    for (reporting::StoredFile& file : files) {
      if (file.path != "report.json") continue;
      Json report = Json::parse(file.bytes);
      for (Json& step : report["provenance"]) {
        if (step["engine"] != "regression") continue;
        step["algo_rev"] = step["algo_rev"].get<int>() - 1;
        step["action_key"] = std::string(64, '0');
      }
      for (Json& table : report["tables"]) {
        if (table["id"] != "t1") continue;
        Json& value = table["panels"][0]["rows"][0]["cells"][1]["value"];
        value = value.get<double>() + 0.125;
      }
      file.bytes = report.dump();
    }
    ASSERT_TRUE(store->SaveReport(from, files).ok());
  }
  const Json diff = Diff(from, to);
  EXPECT_EQ(diff["causes"], Json({"CAUSE_DATA", "CAUSE_SPECIFICATION", "CAUSE_CODE"}));
  EXPECT_THAT(diff["notes"].dump(), HasSubstr("kept under their keys"));
  int coded = 0;
  for (const auto& [key, cell] : Moved(diff)) {
    const Json& parts = cell["contributions"];
    if (parts["code"] == 0.0) continue;
    ++coded;
    EXPECT_EQ(cell["table"], "t1");
    EXPECT_EQ(parts["code"], -0.125) << key;
    EXPECT_NEAR(parts["data"].get<double>() + parts["specification"].get<double>() - 0.125,
                cell["change"].get<double>(), 1e-15);
  }
  EXPECT_EQ(coded, 1);
  for (const Json& step : diff["steps"]) {
    if (step["id"] == "regression:level") {
      EXPECT_THAT(step["causes"], Contains("CAUSE_CODE"));
      EXPECT_THAT(step["code"].get<std::string>(), HasSubstr("algorithm revision"));
    }
  }
}

TEST_F(ReportDiffCommand, AStudyThatTheNewDataCannotCarryStaysWholeAndSaysWhy) {
  const std::string from = RunStudy("log(y) ~ log(x) | unit + group", 0);
  std::string panel = SmallPanel(3);
  panel.replace(panel.find("group"), 5, "area");
  farrell_.Write("data.csv", panel);
  const std::string study = farrell_.Write("study.yaml", SmallStudy(kNew));
  ASSERT_EQ(farrell_.Run({"study", "run", study, "--out", farrell_.Path("out")}).exit_code, 0);
  const Json diff = Diff(from, "latest");
  EXPECT_THAT(diff["notes"].dump(), HasSubstr("cannot be run on the data of the other"));
  EXPECT_THAT(diff["notes"].dump(), HasSubstr("group"));
}

TEST_F(ReportDiffCommand, PeopleGetTablesAndProgramsRows) {
  const std::string from = RunStudy(kOld, 0), to = RunStudy(kNew, 3);
  const FarrellRun text = farrell_.Run({"report", "diff", from, to});
  EXPECT_THAT(text.out, HasSubstr("Numbers that moved"));
  EXPECT_THAT(text.out, HasSubstr("Results that are not the same"));
  const FarrellRun markdown =
      farrell_.Run({"report", "diff", from, to, "--format", "md", "--out", farrell_.Path("diff.md")});
  EXPECT_EQ(markdown.exit_code, 0) << markdown.err;
  EXPECT_THAT(ReadFile(farrell_.Path("diff.md")), HasSubstr("# Difference of two runs"));
  const FarrellRun csv = farrell_.Run({"report", "diff", from, to, "--format", "csv"});
  EXPECT_EQ(
      Lines(csv.out)[0],
      "kind,table,panel,row,column,from,to,change,relative,data,specification,code,from_printed,to_printed,causes");
  EXPECT_GT(Lines(csv.out).size(), 10U);
}

TEST_F(ReportDiffCommand, OnlyRunsWithAReportCompare) {
  EXPECT_EQ(farrell_.Run({"report", "diff", "latest", "latest"}).exit_code, 3);
  const std::string run = RunStudy(kOld, 0);
  EXPECT_EQ(farrell_.Run({"report", "diff", run, "nothing-there"}).exit_code, 3);
  EXPECT_EQ(farrell_.Run({"report", "diff", run}).exit_code, 2);
  // The files of a run are still asked for as before.
  EXPECT_EQ(farrell_.Run({"report", run, "--out", farrell_.Path("files")}).exit_code, 0);
}

}  // namespace
}  // namespace farrell::testing
