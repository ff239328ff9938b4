#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <sstream>

#include <set>
#include <thread>

#include "common/sql/database.h"
#include "tests/reporting/service/study_fixture.h"
#include "tests/support/process.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(StudyRunTest, RunsEndToEndAndASecondRunSolvesNothing) {
  RunningServices services(directory_);
  const v1::StudySource source = SourceOf(services);
  const Outcome cold = Run(services, source);
  ASSERT_TRUE(cold.status.ok()) << FromGrpc(cold.status).ToString();
  EXPECT_EQ(cold.run.state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_GT(cold.run.solved_count(), 80);
  std::vector<std::string> ids;
  for (const v1::FinishedStep& step : cold.run.steps()) ids.push_back(step.id());
  EXPECT_THAT(ids,
              ElementsAre("dea:main", "dea:yearly", "regression:score", "regression:plain", "trend:plain:log(capital)",
                          "trend:plain:share", "comparison:regions", "specification:checks", "second_stage:distances",
                          "curve:choices", "describe:describe", "report"));
  std::set<std::string> stages;
  for (const common::v1::Progress& progress : cold.progress) stages.insert(progress.stage());
  EXPECT_THAT(stages, AllOf(Contains("dea:main"), Contains("report")));

  const std::map<std::string, std::string> files = Report(services, cold.run.id());
  for (const char* path : {"report.html", "report.md", "report.tex", "report.json", "tables/models.csv"}) {
    EXPECT_TRUE(files.contains(path)) << path;
  }
  EXPECT_THAT(files.at("report.md"),
              AllOf(HasSubstr("The mean score of 8 states is 0."), HasSubstr(cold.run.study_digest())));

  const Outcome warm = Run(services, source);
  ASSERT_TRUE(warm.status.ok());
  EXPECT_EQ(warm.run.solved_count(), 0);
  for (const auto& [step, origin] : Sources(warm.run)) EXPECT_EQ(origin, ResultOrigin::SOURCE_STORE) << step;
  EXPECT_NE(warm.run.id(), cold.run.id());
  EXPECT_EQ(warm.run.report_digest(), cold.run.report_digest());
  EXPECT_EQ(Report(services, warm.run.id()), files);

  const Outcome again = Run(services, source, /*skip_cache_lookup=*/true);
  ASSERT_TRUE(again.status.ok());
  EXPECT_EQ(again.run.solved_count(), cold.run.solved_count());
  EXPECT_EQ(Report(services, again.run.id()), files);
}

TEST_F(StudyRunTest, TestsAndSecondStagesStandInTheReport) {
  RunningServices services(directory_);
  const Outcome outcome = Run(services, SourceOf(services));
  ASSERT_TRUE(outcome.status.ok()) << FromGrpc(outcome.status).ToString();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_THAT(files.at("tables/checks.csv"), AllOf(HasSubstr("test:hausman,"), HasSubstr("test:cd,"),
                                                   HasSubstr("vif:log(capital),"), HasSubstr("condition_number,")));
  EXPECT_THAT(files.at("tables/distances.csv"),
              AllOf(HasSubstr("coef:rate,"), HasSubstr("coef:sigma,"), HasSubstr("effect_conf_low")));
  EXPECT_THAT(files.at("report.md"),
              AllOf(HasSubstr("Wilson 2007, algorithm 1)"), HasSubstr("99 replications, units resampled whole"),
                    HasSubstr("seed 7"), HasSubstr("at the frontier left out")));
}

TEST_F(StudyRunTest, ACurveStandsInTheReport) {
  RunningServices services(directory_);
  const Outcome outcome =
      Run(services, SourceOf(services, std::string(kStudy) + "figures:\n  - {id: curve, kind: curve, of: choices}\n"));
  ASSERT_TRUE(outcome.status.ok()) << FromGrpc(outcome.status).ToString();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  EXPECT_THAT(files.at("tables/choices.csv"),
              AllOf(HasSubstr("curve:specifications,Specifications,All specifications,32"),
                    HasSubstr("curve:main_rank,"), HasSubstr("curve:joint_stouffer,")));
  EXPECT_THAT(files.at("report.md"),
              AllOf(HasSubstr("the main specification is log(score.main) \\~ rate + log(capital) \\| state + year"),
                    HasSubstr("wild cluster bootstrap draws of 16 models"), HasSubstr("8 clusters by state")));
  EXPECT_THAT(files.at("figures/curve.svg"), HasSubstr("<svg"));
}

TEST_F(StudyRunTest, FiguresAreDrawnOnceAndComeOutTheSame) {
  const std::string figures = std::string(FARRELL_SOURCE_DIR) + "/services/reporting/figures/";
  if (!std::filesystem::exists(figures + "node_modules")) GTEST_SKIP() << "the packages of the renderer are missing";
  RunningServices services(directory_);
  std::string text = kStudy;
  text += R"(figures:
  - {id: heat, kind: heatmap, of: main}
  - {id: slopes, kind: coefficients, of: regions, term: rate}
  - {id: cloud, kind: scatter, of: [rate, score.main], by: region}
  - {id: tiles, kind: tilemap, of: main, layout: tiles.csv}
)";
  v1::StudySource source = SourceOf(services, text);
  v1::StudyFile& layout = *source.add_files();
  layout.set_path("tiles.csv");
  layout.set_text("unit,row,column\nA,0,0\nB,0,1\nC,1,0\nD,1,1\nE,2,0\nF,2,1\nG,3,0\nH,3,1\n");
  const Outcome cold = Run(services, source);
  ASSERT_TRUE(cold.status.ok()) << FromGrpc(cold.status).ToString();
  const std::map<std::string, std::string> files = Report(services, cold.run.id());
  for (const char* id : {"heat", "slopes", "cloud", "tiles"}) {
    EXPECT_THAT(files.at("figures/" + std::string(id) + ".svg"), HasSubstr("<svg")) << id;
    EXPECT_THAT(files.at("figures/" + std::string(id) + ".vl.json"), HasSubstr("\"usermeta\"")) << id;
  }
  EXPECT_EQ(Report(services, Run(services, source).run.id()), files);
  EXPECT_EQ(Report(services, Run(services, source, true).run.id()), files);

  // Kept figures need no Node.
  RunningServices warm(directory_, "/nowhere/node");
  const Outcome without_node = Run(warm, source);
  ASSERT_TRUE(without_node.status.ok()) << FromGrpc(without_node.status).ToString();
  EXPECT_EQ(without_node.run.report_digest(), cold.run.report_digest());
}

TEST_F(StudyRunTest, OneCrossSectionNeedsNoTime) {
  RunningServices services;
  std::string csv = "firm,capital,labour,output\n";
  for (int i = 0; i < 12; ++i) {
    csv += "f" + std::to_string(i) + "," + std::to_string(10 + i * 3) + "," + std::to_string(5 + i * i % 7) + "," +
           std::to_string(8 + i * 2 + i * i * i % 5) + "\n";
  }
  v1::StudySource source = Source({{"study.yaml", R"(id: cross
data: {file: firms.csv, unit: firm}
dea: {id: d, inputs: [capital, labour], outputs: output}
regressions: {id: r, formula: output ~ capital + labour, inference: [hc3, iid]}
tables:
  - {id: t, kind: regression, columns: r}
  - {id: e, kind: efficiency, columns: d}
  - {id: s, kind: descriptives, columns: [score.d, output]}
)"}});
  v1::StudyUpload& upload = *source.add_uploads();
  upload.set_path("firms.csv");
  upload.set_snapshot_digest(services.Import(csv, false, "firm", "").value());
  const Outcome run = Run(services, source);
  ASSERT_TRUE(run.status.ok()) << FromGrpc(run.status).ToString();
  EXPECT_EQ(run.run.steps_size(), 4);
}

TEST_F(StudyRunTest, AModelWithItsOwnFilterKeepsRowsThatTheStudyLeavesOut) {
  const auto keys = [&](const std::string& data_where, const std::string& dea_where) {
    RunningServices services;
    std::string text = kStudy;
    text.replace(text.find("time: year}"), 11, "time: year" + data_where + "}");
    text.replace(text.find("frontier: global}"), 17, "frontier: global" + dea_where + "}");
    const Outcome run = Run(services, SourceOf(services, text));
    EXPECT_TRUE(run.status.ok()) << FromGrpc(run.status).ToString();
    std::map<std::string, std::string> found;
    for (const v1::FinishedStep& step : run.run.steps()) found[step.id()] = step.action_key();
    return found;
  };
  const auto all = keys("", "");
  const auto filtered = keys(", where: state != 'A'", "");
  const auto own = keys(", where: state != 'A'", ", where: year > 0");
  EXPECT_NE(filtered.at("dea:main"), all.at("dea:main"));
  EXPECT_EQ(own.at("dea:main"), all.at("dea:main"));
  EXPECT_NE(own.at("regression:plain"), all.at("regression:plain"));
  EXPECT_EQ(own.at("regression:plain"), filtered.at("regression:plain"));
}

TEST_F(StudyRunTest, TheReportCountsTheRowsThatTheFilterKeeps) {
  RunningServices services;
  std::string text = kStudy;
  text.replace(text.find("time: year}"), 11, "time: year, where: state != 'A' & year > 2000}");
  const Outcome run = Run(services, SourceOf(services, text));
  ASSERT_TRUE(run.status.ok()) << FromGrpc(run.status).ToString();
  const std::map<std::string, std::string> files = Report(services, run.run.id());
  EXPECT_NE(files.at("report.md").find("7 units (state)"), std::string::npos);
  EXPECT_NE(files.at("report.md").find("of 8 units"), std::string::npos);
  EXPECT_NE(files.at("report.md").find("score of 7 states"), std::string::npos);
  EXPECT_NE(files.at("report.json").find("\"file_unit_count\": 8"), std::string::npos);
}

TEST_F(StudyRunTest, AStudyMayNameADatasetOfTheService) {
  RunningServices services;
  std::string text = kStudy;
  text.replace(text.find("file: panel.csv"), 15, "dataset: states@first");
  ASSERT_TRUE(services.Import(SmallPanel(), false, "state", "year", "states", "first").ok());
  const Outcome run = Run(services, Source({{"study.yaml", text}}));
  ASSERT_TRUE(run.status.ok()) << FromGrpc(run.status).ToString();
  text.replace(text.find("states@first"), 12, "states@other");
  const Outcome missing = Run(services, Source({{"study.yaml", text}}));
  EXPECT_EQ(FromGrpc(missing.status).code(), Code::kNotFound);
  EXPECT_EQ(FromGrpc(missing.status).reason(), "RELEASE_NOT_FOUND");
}

TEST_F(StudyRunTest, ACancelledRunResumesWithoutRepeatingFinishedSteps) {
  RunningServices services(directory_);
  // A second stage that takes minutes: only the cancellation can end it, however late the service hears of it.
  std::string endless = kStudy;
  endless.replace(endless.find("reps: 99"), 8, "reps: 100000");
  const Outcome cancelled = Run(services, SourceOf(services, endless), false, "second_stage:distances");
  EXPECT_EQ(cancelled.status.error_code(), grpc::StatusCode::CANCELLED);

  // The caller hears at once, the service a moment later; what it had begun must not count as the next run's.
  const auto runs = [&] {
    v1::ListRunsResponse list;
    grpc::ClientContext context;
    EXPECT_TRUE(services.reporting().ListRuns(&context, v1::ListRunsRequest(), &list).ok());
    return list;
  };
  ASSERT_TRUE(testing::Eventually([&] { return runs().runs(0).state() != v1::Run::STATE_RUNNING; }));

  const Outcome resumed = Run(services, SourceOf(services));
  ASSERT_TRUE(resumed.status.ok()) << FromGrpc(resumed.status).ToString();
  for (const char* finished : {"dea:main", "dea:yearly", "regression:score", "comparison:regions"}) {
    EXPECT_EQ(Sources(resumed.run).at(finished), ResultOrigin::SOURCE_STORE) << finished;
  }
  for (const char* left : {"second_stage:distances", "curve:choices"}) {
    EXPECT_EQ(Sources(resumed.run).at(left), ResultOrigin::SOURCE_COMPUTED) << left;
  }

  RunningServices fresh;
  const Outcome cold = Run(fresh, SourceOf(fresh));
  ASSERT_TRUE(cold.status.ok());
  EXPECT_LT(resumed.run.solved_count(), cold.run.solved_count());
  EXPECT_EQ(resumed.run.report_digest(), cold.run.report_digest());

  const v1::ListRunsResponse list = runs();
  ASSERT_EQ(list.runs_size(), 2);
  EXPECT_EQ(list.runs(0).state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_EQ(list.runs(1).state(), v1::Run::STATE_CANCELLED);
}

TEST_F(StudyRunTest, ResultsSurviveTheProcess) {
  std::string digest;
  {
    RunningServices services(directory_);
    const Outcome cold = Run(services, SourceOf(services));
    ASSERT_TRUE(cold.status.ok());
    digest = cold.run.report_digest();
  }
  RunningServices services(directory_);
  const Outcome warm = Run(services, SourceOf(services));
  ASSERT_TRUE(warm.status.ok());
  EXPECT_EQ(warm.run.solved_count(), 0);
  EXPECT_EQ(warm.run.report_digest(), digest);
}

TEST_F(StudyRunTest, ADamagedStepIsSolvedAgain) {
  RunningServices services(directory_);
  const v1::StudySource source = SourceOf(services);
  const Outcome cold = Run(services, source);
  ASSERT_TRUE(cold.status.ok());
  std::string key;
  for (const v1::FinishedStep& step : cold.run.steps()) {
    if (step.id() == "dea:yearly") key = step.action_key();
  }
  const auto database = std::move(sql::Database::Open({.path = directory_ + "/farrell.db"})).value();
  ASSERT_TRUE(sql::Write(*database, [&](soci::session& session) {
                session << "UPDATE reporting_steps SET content = 'AAAA' WHERE action_key = :key", soci::use(key, "key");
                return Status::Ok();
              }).ok());
  const Outcome mended = Run(services, source);
  ASSERT_TRUE(mended.status.ok());
  for (const auto& [step, origin] : Sources(mended.run)) {
    EXPECT_EQ(origin, step == "dea:yearly" ? ResultOrigin::SOURCE_COMPUTED : ResultOrigin::SOURCE_STORE) << step;
  }
  EXPECT_EQ(mended.run.report_digest(), cold.run.report_digest());
}

TEST_F(StudyRunTest, TwoRunsAtOnceSolveOnce) {
  RunningServices alone;
  const Outcome once = Run(alone, SourceOf(alone));
  ASSERT_TRUE(once.status.ok());
  RunningServices services;
  const v1::StudySource source = SourceOf(services);
  Outcome first;
  Outcome second;
  std::thread other([&] { second = Run(services, source); });
  first = Run(services, source);
  other.join();
  ASSERT_TRUE(first.status.ok());
  ASSERT_TRUE(second.status.ok());
  EXPECT_EQ(first.run.solved_count() + second.run.solved_count(), once.run.solved_count());
  EXPECT_EQ(first.run.report_digest(), second.run.report_digest());
  EXPECT_EQ(first.run.report_digest(), once.run.report_digest());
}

// Groups of a metafrontier need no classification: a column of the data makes them, where units keep theirs.
TEST_F(StudyRunTest, GapsStandByTheGroupsOfAColumn) {
  RunningServices services(directory_);
  std::istringstream rows(SmallPanel());
  std::string panel;
  for (std::string row; std::getline(rows, row);) {
    const bool head = row.starts_with("state");
    panel += row + (head ? ",zone,phase" : row[0] < 'E' ? ",coast,1" : ",inland,2") + "\n";
  }
  // One unit changes its phase.
  panel.replace(panel.rfind(",2"), 2, ",1");
  v1::StudySource source = Source({{"study.yaml", R"(id: gaps
data: {file: panel.csv, unit: state, time: year}
dea:
  - {id: by_zone, inputs: [capital], outputs: [output], rts: vrs, metafrontier: zone}
  - {id: by_phase, inputs: [capital], outputs: [output], rts: vrs, metafrontier: phase}
tables:
  - {id: zone, kind: gaps, columns: by_zone}
  - {id: phase, kind: gaps, columns: by_phase}
)"}});
  v1::StudyUpload& upload = *source.add_uploads();
  upload.set_path("panel.csv");
  upload.set_snapshot_digest(services.Import(panel).value());
  const Outcome outcome = Run(services, source);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const std::string report = Report(services, outcome.run.id()).at("report.md");
  EXPECT_THAT(report, HasSubstr("| coast |"));
  EXPECT_THAT(report, HasSubstr("| inland |"));
  EXPECT_THAT(report, HasSubstr("phase changes within units: no rows by group."));
}

TEST_F(StudyRunTest, AFailingStepIsNamedAndFinishedStepsAreKept) {
  RunningServices services(directory_);
  std::string text = kStudy;
  text.replace(text.find("inference: cr1:state}"), 21, "where: score.main > 1000, inference: cr1:state}");
  const v1::StudySource source = SourceOf(services, text);
  const Outcome failed = Run(services, source);
  const Status status = FromGrpc(failed.status);
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(status.reason(), "STEP_FAILED");
  EXPECT_THAT(status.message(), HasSubstr("regression:plain"));
  EXPECT_EQ(status.metadata().at("step"), "regression:plain");

  v1::GetRunRequest get;
  get.set_id("latest");
  v1::GetRunResponse got;
  grpc::ClientContext context;
  ASSERT_TRUE(services.reporting().GetRun(&context, get, &got).ok());
  EXPECT_EQ(got.run().state(), v1::Run::STATE_FAILED);
  EXPECT_THAT(got.run().error(), HasSubstr("regression:plain"));

  const Outcome mended = Run(services, SourceOf(services));
  ASSERT_TRUE(mended.status.ok());
  EXPECT_EQ(Sources(mended.run).at("dea:main"), ResultOrigin::SOURCE_STORE);
  EXPECT_EQ(Sources(mended.run).at("regression:score"), ResultOrigin::SOURCE_STORE);
}

TEST_F(StudyRunTest, SyntheticDataStampTheReport) {
  RunningServices services(directory_);
  std::string text = kStudy;
  text.replace(text.find("time: year}"), 11, "time: year, synthetic: true}");
  const Outcome run = Run(services, SourceOf(services, text));
  ASSERT_TRUE(run.status.ok()) << FromGrpc(run.status).ToString();
  for (const auto& [path, bytes] : Report(services, run.run.id())) {
    // Compressed; the test of workbooks reads its stamp.
    if (path.ends_with(".xlsx")) continue;
    EXPECT_THAT(bytes, ::testing::AnyOf(HasSubstr("ynthetic"), HasSubstr("SYNTHETIC"))) << path;
  }
  std::vector<std::string> codes;
  for (const common::v1::Warning& warning : run.run.warnings()) codes.push_back(warning.code());
  EXPECT_THAT(codes, Contains("W36"));
}

TEST_F(StudyRunTest, TheDigestFollowsTheStudyAndTheDataOnly) {
  RunningServices services(directory_);
  std::string text = kStudy;
  const Outcome first = Run(services, SourceOf(services, text));
  const Outcome commented = Run(services, SourceOf(services, "# a comment\n" + text));
  EXPECT_EQ(commented.run.study_digest(), first.run.study_digest());
  text.replace(text.find("seed: 7"), 7, "seed: 8");
  const Outcome reseeded = Run(services, SourceOf(services, text));
  EXPECT_NE(reseeded.run.study_digest(), first.run.study_digest());
  EXPECT_EQ(Sources(reseeded.run).at("dea:main"), ResultOrigin::SOURCE_STORE);
  EXPECT_EQ(Sources(reseeded.run).at("regression:score"), ResultOrigin::SOURCE_COMPUTED);
}

}  // namespace
}  // namespace farrell::reporting
