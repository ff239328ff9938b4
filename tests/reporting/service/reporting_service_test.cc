#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "farrell/regression/v1/regression.grpc.pb.h"
#include "tests/reporting/service/study_fixture.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using ReportingServiceTest = StudyRunTest;

TEST_F(ReportingServiceTest, ReportsAreFetchedByFileAndPrefix) {
  RunningServices services;
  const Outcome run = Run(services, SourceOf(services));
  ASSERT_TRUE(run.status.ok());
  const auto fetch = [&](const std::string& id, const std::string& path) {
    v1::GetReportRequest request;
    request.set_run_id(id);
    request.add_paths(path);
    grpc::ClientContext context;
    const auto stream = services.reporting().GetReport(&context, request);
    std::size_t bytes = 0;
    for (v1::GetReportResponse part; stream->Read(&part);) bytes += part.chunk().size();
    const grpc::Status status = stream->Finish();
    return status.ok() ? std::to_string(bytes) : FromGrpc(status).reason();
  };
  EXPECT_GT(std::stoi(fetch("latest", "report.html")), 1000);
  EXPECT_EQ(fetch(run.run.id().substr(0, 8), "report.html"), fetch("latest", "report.html"));
  EXPECT_EQ(fetch("latest", "report.docx"), "FILE_NOT_FOUND");
  EXPECT_EQ(fetch("zzzzzz", "report.html"), "RUN_NOT_FOUND");
}

TEST_F(ReportingServiceTest, PlansShowWhatIsAtHand) {
  RunningServices services(directory_);
  const v1::StudySource source = SourceOf(services);
  v1::PlanStudyRequest request;
  *request.mutable_source() = source;
  const auto plan = [&] {
    grpc::ClientContext context;
    v1::PlanStudyResponse response;
    const grpc::Status status = services.reporting().PlanStudy(&context, request, &response);
    EXPECT_TRUE(status.ok()) << FromGrpc(status).ToString();
    return response;
  };
  const v1::PlanStudyResponse before = plan();
  ASSERT_EQ(before.steps_size(), 12);
  EXPECT_EQ(before.steps(0).id(), "dea:main");
  EXPECT_EQ(before.steps(0).action_key().size(), 64U);
  EXPECT_EQ(before.steps(0).at_hand(), ResultOrigin::SOURCE_UNSPECIFIED);
  EXPECT_EQ(before.steps(2).id(), "regression:score");
  EXPECT_THAT(before.steps(2).needs(), ElementsAre("dea:main"));
  EXPECT_EQ(before.steps(2).action_key(), "");
  EXPECT_EQ(before.steps(3).action_key().size(), 64U);

  const Outcome run = Run(services, source);
  ASSERT_TRUE(run.status.ok());
  const v1::PlanStudyResponse after = plan();
  for (int i = 0; i < after.steps_size(); ++i) {
    if (after.steps(i).kind() == "describe" || after.steps(i).kind() == "report") continue;
    EXPECT_EQ(after.steps(i).at_hand(), ResultOrigin::SOURCE_STORE) << after.steps(i).id();
    EXPECT_EQ(after.steps(i).action_key(), run.run.steps(i).action_key()) << after.steps(i).id();
  }
}

TEST_F(ReportingServiceTest, ValidationNamesWhatTheDataDoNotHold) {
  RunningServices services(directory_);
  v1::ValidateStudyRequest request;
  *request.mutable_source() = SourceOf(services, R"(id: bad
data: {file: panel.csv, unit: country, time: year, where: "rat > 1"}
variables:
  - {name: a, column: capitol}
  - {name: b, expression: log(labour) + log(nothing)}
  - {name: c, expression: a + b}
  - {name: rate, expression: labour / 2}
  - {name: good, expression: capital / labour}
classifications:
  - {name: region, groups: [{name: north, members: [A, Z]}]}
dea:
  - {id: d, inputs: [good, captal], outputs: [output]}
regressions:
  - {id: r, formula: output ~ qapital | state}
tables:
  - {id: t, kind: descriptives, columns: [good, wage]}
)");
  grpc::ClientContext context;
  v1::ValidateStudyResponse response;
  const grpc::Status status = services.reporting().ValidateStudy(&context, request, &response);
  ASSERT_TRUE(status.ok()) << FromGrpc(status).ToString();
  std::vector<std::string> problems;
  for (const v1::StudyProblem& problem : response.problems()) problems.push_back(FormatProblem(problem));
  EXPECT_THAT(problems,
              Contains(HasSubstr("study.yaml:2:31: data.unit: the data were imported with the unit `state`")));
  EXPECT_THAT(problems, Contains(AllOf(HasSubstr("study.yaml:2:"), HasSubstr("data.where: "), HasSubstr("rat"))));
  EXPECT_THAT(problems, Contains(HasSubstr(
                            "study.yaml:4:23: variables[0].column: the data have no column `capitol`; did you mean "
                            "`capital`?")));
  EXPECT_THAT(problems, Contains(AllOf(HasSubstr("study.yaml:5:45: variables[1].expression: "), HasSubstr("nothing"))));
  EXPECT_THAT(problems, Not(Contains(HasSubstr("variables[2]"))));
  EXPECT_THAT(problems, Contains(HasSubstr("study.yaml:7:12: variables[3].name: the data already have")));
  EXPECT_THAT(problems, Not(Contains(HasSubstr("variables[4]"))));
  EXPECT_THAT(problems, Contains(HasSubstr("classifications[0].groups[0].members[1]: the data have no state `Z`")));
  EXPECT_THAT(problems, Contains(AllOf(HasSubstr("study.yaml:12:"), HasSubstr("dea[0]"), HasSubstr("captal"))));
  EXPECT_THAT(problems, Contains(AllOf(HasSubstr("tables[0].columns[1]"), HasSubstr("wage"))));

  v1::RunStudyRequest run;
  *run.mutable_source() = request.source();
  grpc::ClientContext run_context;
  const auto stream = services.reporting().RunStudy(&run_context, run);
  for (v1::RunStudyResponse ignored; stream->Read(&ignored);) {
  }
  const Status refused = FromGrpc(stream->Finish());
  EXPECT_EQ(refused.reason(), "STUDY_INVALID");
  EXPECT_EQ(refused.violations().size(), problems.size());
}

TEST_F(ReportingServiceTest, MissingFilesAreNamedNotBlamed) {
  RunningServices services(directory_);
  v1::ValidateStudyRequest request;
  *request.mutable_source() = Source({{"a/child.yaml", "id: child\nextends: ../base.yaml\n"}});
  const auto validate = [&] {
    grpc::ClientContext context;
    v1::ValidateStudyResponse response;
    EXPECT_TRUE(services.reporting().ValidateStudy(&context, request, &response).ok());
    return response;
  };
  v1::ValidateStudyResponse response = validate();
  ASSERT_EQ(response.missing_files_size(), 1);
  EXPECT_EQ(response.missing_files(0).kind(), v1::StudyMissingFile::KIND_STUDY);
  EXPECT_EQ(response.missing_files(0).path(), "base.yaml");

  v1::StudyFile& base = *request.mutable_source()->add_files();
  base.set_path("base.yaml");
  base.set_text(std::string(kStudy) + "figures: [{id: f, kind: tilemap, of: main, layout: tiles/x.csv}]\n");
  response = validate();
  EXPECT_THAT(response.problems(), IsEmpty());
  ASSERT_EQ(response.missing_files_size(), 2);
  EXPECT_EQ(response.missing_files(0).kind(), v1::StudyMissingFile::KIND_LAYOUT);
  EXPECT_EQ(response.missing_files(0).path(), "tiles/x.csv");
  EXPECT_EQ(response.missing_files(1).kind(), v1::StudyMissingFile::KIND_DATA);
  EXPECT_EQ(response.missing_files(1).path(), "panel.csv");
  EXPECT_EQ(response.study().id(), "child");

  v1::StudyFile& layout = *request.mutable_source()->add_files();
  layout.set_path("tiles/x.csv");
  layout.set_text("unit,row,column,label\nA,0,0,A\nB,0,0,B\n");
  response = validate();
  ASSERT_EQ(response.problems_size(), 1);
  EXPECT_THAT(response.problems(0).message(), HasSubstr("tiles/x.csv, line 3: the cell is taken"));
}

TEST_F(ReportingServiceTest, TablesAreRenderedFromResultsAlone) {
  RunningServices services;
  const auto stub = regression::v1::RegressionService::NewStub(services.channel());
  regression::v1::FitRequest fit;
  fit.mutable_table()->set_snapshot_digest(services.Import(SmallPanel()).value());
  fit.set_formula("log(output) ~ rate | state + year");
  grpc::ClientContext fit_context;
  const auto stream = stub->Fit(&fit_context, fit);
  v1::RenderTableRequest request;
  for (regression::v1::FitResponse response; stream->Read(&response);) {
    if (response.has_result()) *request.add_fits() = response.result();
  }
  ASSERT_TRUE(stream->Finish().ok());
  *request.add_fits() = request.fits(0);
  for (const auto& [format, mark] : std::map<std::string, std::string>{
           {"text", "rate"}, {"md", "| rate"}, {"tex", "\\toprule"}, {"html", "<table"}}) {
    request.set_format(format);
    grpc::ClientContext context;
    v1::RenderTableResponse response;
    const grpc::Status status = services.reporting().RenderTable(&context, request, &response);
    ASSERT_TRUE(status.ok()) << FromGrpc(status).ToString();
    EXPECT_THAT(response.text(), HasSubstr(mark)) << format;
  }
  request.set_format("docx");
  grpc::ClientContext context;
  v1::RenderTableResponse response;
  EXPECT_EQ(FromGrpc(services.reporting().RenderTable(&context, request, &response)).reason(), "FORMAT_UNKNOWN");
}

TEST_F(ReportingServiceTest, SynthesizesPanels) {
  RunningServices services;
  v1::SynthesizePanelRequest request;
  request.set_preset("pattern");
  request.set_seed(3);
  v1::SynthesizePanelResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(services.reporting().SynthesizePanel(&context, request, &response).ok());
  EXPECT_THAT(response.csv(), testing::StartsWith("# SYNTHETIC\n"));
  request.set_preset("patern");
  grpc::ClientContext second;
  EXPECT_EQ(FromGrpc(services.reporting().SynthesizePanel(&second, request, &response)).reason(), "PRESET_UNKNOWN");
}

}  // namespace
}  // namespace farrell::reporting
