// A study beside a vintage of its data: the same numbers as a run of the study on that file, and which cells differ.
#include <gmock/gmock-matchers.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/reporting/service/study_fixture.h"

namespace farrell::reporting {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kModels = R"(seed: 7
unit_word: state
data: {file: panel.csv, unit: state, time: year}
variables:
  - {name: log_score, expression: log(score.main), label: Log score}
  - {name: workers, column: labour, label: Workers}
dea:
  - {id: main, inputs: [capital, workers], outputs: [output], frontier: global}
  - {id: unused, inputs: [capital], outputs: [output], frontier: global}
inference: [cr3:state]
regressions:
  - {id: score, label: Score, formula: log_score ~ rate | state + year}
  - {id: plain, label: Output, formula: log(output) ~ log(capital) + share | state, inference: cr1:state}
)";

std::string WithVintages() {
  return std::string("id: vintages\ntitle: Vintages\nlanguages: [en, zh]\n") + kModels +
         R"(vintages:
  - {id: earlier, label: Earlier yearbook, file: earlier.csv, regressions: [score, plain]}
tables:
  - {id: releases, kind: vintages, columns: earlier}
  - {id: models, kind: regression, columns: [score, plain]}
)";
}

std::string Alone() {
  return std::string("id: alone\ntitle: Alone\n") + kModels +
         "tables:\n  - {id: models, kind: regression, columns: [score, plain]}\n";
}

std::vector<std::string> LinesOf(const std::string& csv) {
  std::vector<std::string> lines;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Two outputs revised, one capital revised, one share gone, the last row gone, a row of a new period.
std::string EarlierPanel() {
  std::vector<std::string> lines = LinesOf(SmallPanel());
  const auto set = [&](std::size_t line, std::size_t column, const std::string& value) {
    std::vector<std::string> cells;
    std::istringstream in(lines[line]);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    EXPECT_NE(cells.at(column), value);
    cells[column] = value;
    lines[line].clear();
    for (const std::string& cell : cells) lines[line] += (lines[line].empty() ? "" : ",") + cell;
  };
  set(3, 4, "123");
  set(12, 4, "131.5");
  set(20, 2, "190");
  set(25, 6, "");
  lines.pop_back();
  lines.push_back("A,2006,140,61,118,4.1,12");
  std::string csv;
  for (const std::string& line : lines) csv += line + "\n";
  return csv;
}

v1::StudySource WithData(RunningServices& services, const std::string& study,
                         const std::vector<std::pair<std::string, std::string>>& data) {
  v1::StudySource source = Source({{"study.yaml", study}});
  for (const auto& [path, csv] : data) {
    v1::StudyUpload& upload = *source.add_uploads();
    upload.set_path(path);
    upload.set_snapshot_digest(services.Import(csv).value());
  }
  return source;
}

// The number in full, by table, row and column.
double Value(const std::string& report, const std::string& table, const std::string& row, const std::string& column) {
  const nlohmann::json parsed = nlohmann::json::parse(report);
  for (const nlohmann::json& one : parsed.at("tables")) {
    if (one.at("id") != table) continue;
    std::size_t at = 0;
    while (at < one.at("columns").size() && one.at("columns")[at].at("id") != column) ++at;
    for (const nlohmann::json& panel : one.at("panels")) {
      for (const nlohmann::json& line : panel.at("rows")) {
        if (line.at("id") == row && at < line.at("cells").size()) return line["cells"][at].at("value").get<double>();
      }
    }
  }
  ADD_FAILURE() << "no cell " << table << " " << row << " " << column;
  return 0;
}

TEST_F(StudyRunTest, AVintageGivesWhatTheStudyGivesOnItsFile) {
  RunningServices services(directory_);
  const v1::StudySource both =
      WithData(services, WithVintages(), {{"panel.csv", SmallPanel()}, {"earlier.csv", EarlierPanel()}});
  const Outcome together = Run(services, both);
  ASSERT_TRUE(together.status.ok()) << together.status.error_message();
  const auto report_of = [&](const std::string& csv) {
    const Outcome outcome = Run(services, WithData(services, Alone(), {{"panel.csv", csv}}));
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
    return Report(services, outcome.run.id()).at("report.json");
  };
  const std::string own = report_of(SmallPanel()), earlier = report_of(EarlierPanel());
  const std::map<std::string, std::string> files = Report(services, together.run.id());
  const std::string& report = files.at("report.json");
  const std::pair<const char*, const char*> shown[] = {
      {"score", "rate"}, {"plain", "log(capital)"}, {"plain", "share"}};
  for (const auto& [model, term] : shown) {
    for (const char* kind : {"coef:", "se:"}) {
      const std::string row = std::string(kind) + model + ":" + term, alone = std::string(kind) + term;
      EXPECT_EQ(Value(report, "releases", row, "own"), Value(own, "models", alone, model)) << row;
      EXPECT_EQ(Value(report, "releases", row, "earlier"), Value(earlier, "models", alone, model)) << row;
    }
    const std::string row = std::string("coef:") + model + ":" + term;
    EXPECT_EQ(Value(report, "releases", row, "earlier:difference"),
              Value(earlier, "models", std::string("coef:") + term, model) -
                  Value(own, "models", std::string("coef:") + term, model));
    EXPECT_NE(Value(report, "releases", row, "earlier:difference"), 0) << row;
  }
  // score: capital, labour, output, rate; plain: output, capital, share.
  EXPECT_EQ(Value(report, "releases", "revised:score", "earlier"), 3);
  EXPECT_EQ(Value(report, "releases", "appeared:score", "earlier"), 4);
  EXPECT_EQ(Value(report, "releases", "vanished:score", "earlier"), 4);
  EXPECT_EQ(Value(report, "releases", "revised:plain", "earlier"), 3);
  EXPECT_EQ(Value(report, "releases", "appeared:plain", "earlier"), 3);
  EXPECT_EQ(Value(report, "releases", "vanished:plain", "earlier"), 4);
  EXPECT_EQ(Value(report, "releases", "n:plain", "own"), 40);
  EXPECT_EQ(Value(report, "releases", "n:plain", "earlier"), 39);
  for (const char* digest : {"own", "earlier"}) {
    const std::string snapshot = both.uploads(digest == std::string("own") ? 0 : 1).snapshot_digest().substr(0, 12);
    EXPECT_THAT(files.at("report.md"), HasSubstr("snapshot " + snapshot));
    EXPECT_THAT(files.at("report.zh.md"), HasSubstr("快照 " + snapshot));
  }
  EXPECT_THAT(files.at("report.md"), HasSubstr("Code and specification are the same in every column"));
  EXPECT_THAT(files.at("report.zh.md"), HasSubstr("各列的代码与设定相同，仅数据不同"));

  // Only what the regressions need is scored again, and all of it comes from the store the second time.
  const Outcome again = Run(services, both);
  ASSERT_TRUE(again.status.ok());
  EXPECT_EQ(again.run.report_digest(), together.run.report_digest());
  const auto sources = Sources(again.run);
  EXPECT_TRUE(sources.contains("vintage:earlier:dea:main"));
  EXPECT_FALSE(sources.contains("vintage:earlier:dea:unused"));
  for (const auto& [step, source] : sources) EXPECT_EQ(source, common::v1::ResultOrigin::SOURCE_STORE) << step;

  v1::PlanStudyRequest request;
  *request.mutable_source() = both;
  v1::PlanStudyResponse plan;
  grpc::ClientContext context;
  ASSERT_TRUE(services.reporting().PlanStudy(&context, request, &plan).ok());
  for (const v1::PlannedStep& step : plan.steps()) {
    if (step.kind() != "report") {
      EXPECT_EQ(step.at_hand(), common::v1::ResultOrigin::SOURCE_STORE) << step.id();
    }
  }
}

TEST_F(StudyRunTest, WhatAVintageDoesNotAllowIsSaidInItsTable) {
  RunningServices services(directory_);
  std::string negative = SmallPanel();
  // Every output below zero: neither scores nor logarithms.
  std::vector<std::string> lines = LinesOf(negative);
  negative = lines.front() + "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::size_t comma = 0;
    for (int skipped = 0; skipped < 4; ++skipped) comma = lines[i].find(',', comma) + 1;
    negative += lines[i].insert(comma, "-") + "\n";
  }
  const v1::StudySource source =
      WithData(services, WithVintages(), {{"panel.csv", SmallPanel()}, {"earlier.csv", negative}});
  const Outcome outcome = Run(services, source);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_THAT(files.at("tables/releases.csv"), HasSubstr("not estimated"));
  EXPECT_THAT(files.at("report.md"), AllOf(HasSubstr("'Score' is not estimated on Earlier yearbook: dea:main: "),
                                           HasSubstr("'Output' is not estimated on Earlier yearbook: ")));
  EXPECT_GT(Value(files.at("report.json"), "releases", "n:plain", "own"), 0);
}

TEST_F(StudyRunTest, AVintageWithoutAColumnOrWithAnotherKeyIsBlamedWhereItIsNamed) {
  RunningServices services(directory_);
  std::string renamed = SmallPanel();
  renamed.replace(renamed.find("output"), 6, "outcome");
  const Outcome column =
      Run(services, WithData(services, WithVintages(), {{"panel.csv", SmallPanel()}, {"earlier.csv", renamed}}));
  EXPECT_EQ(column.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const Status status = FromGrpc(column.status);
  ASSERT_EQ(status.violations().size(), 1U);
  EXPECT_EQ(status.violations()[0].field, "vintages[0].file");
  EXPECT_THAT(status.violations()[0].description,
              AllOf(HasSubstr("study.yaml:18:50: "), HasSubstr("this vintage has no column `output`")));

  v1::StudySource source = WithData(services, WithVintages(), {{"panel.csv", SmallPanel()}});
  v1::StudyUpload& upload = *source.add_uploads();
  upload.set_path("earlier.csv");
  upload.set_snapshot_digest(services.Import(SmallPanel(), false, "state", "year").value());
  source.mutable_uploads(1)->set_snapshot_digest(
      services.Import(SmallPanel().replace(0, 5, "place"), false, "place").value());
  EXPECT_THAT(FromGrpc(Run(services, source).status).violations().at(0).description,
              HasSubstr("the unit of this vintage is `place`, that of the study's data `state`"));
}

TEST_F(StudyRunTest, AVintageThatWasNotSentIsAskedFor) {
  RunningServices services(directory_);
  v1::ValidateStudyRequest request;
  *request.mutable_source() = WithData(services, WithVintages(), {{"panel.csv", SmallPanel()}});
  v1::ValidateStudyResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(services.reporting().ValidateStudy(&context, request, &response).ok());
  EXPECT_EQ(response.problems_size(), 0);
  ASSERT_EQ(response.missing_files_size(), 1);
  EXPECT_EQ(response.missing_files(0).kind(), v1::StudyMissingFile::KIND_DATA);
  EXPECT_EQ(response.missing_files(0).path(), "earlier.csv");
  EXPECT_EQ(FromGrpc(Run(services, request.source()).status).reason(), "DATA_MISSING");
}

}  // namespace
}  // namespace farrell::reporting
