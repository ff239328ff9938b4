// Exports over a real socket, and the documents a study asks for.
#include <gmock/gmock-matchers.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "services/reporting/service/step_store.h"
#include "tests/reporting/service/study_fixture.h"
#include "tests/support/process.h"

namespace farrell::reporting {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Where the programs that make documents are looked for; set before any server of the test starts.
class ProgramsIn {
 public:
  explicit ProgramsIn(const std::string& path) : before_(std::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }
  ~ProgramsIn() { ::setenv("PATH", before_.c_str(), 1); }
  ProgramsIn(const ProgramsIn&) = delete;
  ProgramsIn& operator=(const ProgramsIn&) = delete;

 private:
  std::string before_;
};

class ReportExportTest : public StudyRunTest {
 protected:
  struct Exported {
    Status status;
    std::string bytes;
  };

  static v1::ExportReportRequest Request(const std::string& id, const std::string& format,
                                         const std::string& language = "") {
    v1::ExportReportRequest request;
    request.set_run_id(id);
    request.set_format(format);
    request.set_language(language);
    return request;
  }

  static Exported Export(v1::ReportingService::Stub& stub, const v1::ExportReportRequest& request) {
    grpc::ClientContext context;
    const auto stream = stub.ExportReport(&context, request);
    Exported exported;
    for (v1::ExportReportResponse part; stream->Read(&part);) exported.bytes += part.chunk();
    exported.status = FromGrpc(stream->Finish());
    return exported;
  }

  static std::unique_ptr<v1::ReportingService::Stub> OverSocket(RunningServices& services) {
    return v1::ReportingService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(services.port()), grpc::InsecureChannelCredentials()));
  }

  // A folder with a program of this name in it.
  std::string StandIn(const std::string& name, const std::string& script) const {
    const std::string folder = directory_ + "/programs";
    std::filesystem::create_directories(folder);
    testing::WriteFile(folder + "/" + name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder + "/" + name, std::filesystem::perms::owner_all);
    return folder;
  }
};

TEST_F(ReportExportTest, WhatARunWritesIsHandedOutAsItIs) {
  RunningServices services("memory", "node", "127.0.0.1:0");
  const Outcome run = Run(services, SourceOf(services));
  ASSERT_TRUE(run.status.ok());
  const std::map<std::string, std::string> files = Report(services, run.run.id());
  const auto stub = OverSocket(services);
  for (const char* format : {"html", "md", "tex", "json", "xlsx"}) {
    const Exported first = Export(*stub, Request("latest", format));
    EXPECT_TRUE(first.status.ok()) << first.status.ToString();
    EXPECT_TRUE(first.bytes == files.at(std::string("report.") + format)) << format;
    EXPECT_TRUE(Export(*stub, Request("latest", format, "en")).bytes == first.bytes) << format;
  }
}

TEST_F(ReportExportTest, EveryMistakeIsNamed) {
  RunningServices services(directory_, "node", "127.0.0.1:0");
  const auto stub = OverSocket(services);
  EXPECT_EQ(Export(*stub, Request("latest", "html")).status.reason(), "RUN_NOT_FOUND");
  ASSERT_TRUE(Run(services, SourceOf(services)).status.ok());
  const Exported format = Export(*stub, Request("latest", "rtf"));
  EXPECT_EQ(format.status.reason(), "FORMAT_UNKNOWN");
  ASSERT_EQ(format.status.violations().size(), 1U);
  EXPECT_EQ(format.status.violations()[0].field, "format");
  const Exported language = Export(*stub, Request("latest", "html", "fr"));
  EXPECT_EQ(language.status.reason(), "LANGUAGE_UNKNOWN");
  EXPECT_THAT(language.status.message(), HasSubstr("'fr'"));
  EXPECT_EQ(Export(*stub, Request("zzzzzz", "html")).status.reason(), "RUN_NOT_FOUND");
  EXPECT_EQ(Export(*stub, Request("zz", "html")).status.reason(), "RUN_ID_INVALID");
}

TEST_F(ReportExportTest, ARunUnderWayHasNoReport) {
  RunningServices services(directory_, "node", "127.0.0.1:0");
  const auto store = std::move(StepStore::Open({.path = directory_ + "/farrell.db"})).value();
  v1::Run run;
  run.set_id("0123456789abcdef");
  run.set_state(v1::Run::STATE_RUNNING);
  run.set_host(HostName());
  ASSERT_TRUE(store->SaveRun(run, 1).ok());
  EXPECT_EQ(Export(*OverSocket(services), Request("012345", "html")).status.reason(), "RUN_NOT_FINISHED");
}

TEST_F(ReportExportTest, AMissingProgramIsNamedByItsPackage) {
  const ProgramsIn nowhere(directory_);
  RunningServices services("memory", "node", "127.0.0.1:0");
  ASSERT_TRUE(Run(services, SourceOf(services)).status.ok());
  const auto stub = OverSocket(services);
  const Exported pdf = Export(*stub, Request("latest", "pdf"));
  EXPECT_EQ(pdf.status.reason(), "EXPORT_UNAVAILABLE");
  EXPECT_EQ(pdf.status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(pdf.status.message(), HasSubstr("weasyprint"));
  const Exported docx = Export(*stub, Request("latest", "docx"));
  EXPECT_EQ(docx.status.reason(), "EXPORT_UNAVAILABLE");
  EXPECT_THAT(docx.status.message(), HasSubstr("docx"));
  // Without figures a LaTeX document needs no program.
  EXPECT_TRUE(Export(*stub, Request("latest", "latex")).bytes.starts_with("PK"));
}

// The program writes other bytes whenever it runs: the document is made once and kept.
TEST_F(ReportExportTest, ADocumentIsMadeOnce) {
  const std::string count = directory_ + "/count";
  const ProgramsIn stand_in(StandIn("weasyprint", "cat > /dev/null; echo run >> '" + count + "'; cat '" + count + "'") +
                            ":/usr/bin:/bin");
  std::string made;
  {
    RunningServices services(directory_, "node", "127.0.0.1:0");
    ASSERT_TRUE(Run(services, SourceOf(services)).status.ok());
    const auto stub = OverSocket(services);
    const Exported first = Export(*stub, Request("latest", "pdf"));
    ASSERT_TRUE(first.status.ok()) << first.status.ToString();
    made = first.bytes;
    EXPECT_EQ(made, "run\n");
    EXPECT_EQ(Export(*stub, Request("latest", "pdf")).bytes, made);
  }
  RunningServices services(directory_, "node", "127.0.0.1:0");
  EXPECT_EQ(Export(*OverSocket(services), Request("latest", "pdf")).bytes, made);
}

TEST_F(ReportExportTest, ACallerThatGoesAwayEndsTheProgram) {
  const std::string pid_file = directory_ + "/pid";
  const ProgramsIn stand_in(StandIn("weasyprint", "echo $$ > '" + pid_file + ".new'; mv '" + pid_file + ".new' '" +
                                                      pid_file + "'; exec sleep 600") +
                            ":/usr/bin:/bin");
  RunningServices services(directory_, "node", "127.0.0.1:0");
  ASSERT_TRUE(Run(services, SourceOf(services)).status.ok());
  const auto stub = OverSocket(services);
  grpc::ClientContext context;
  const auto stream = stub->ExportReport(&context, Request("latest", "pdf"));
  ASSERT_TRUE(testing::Eventually([&] { return std::filesystem::exists(pid_file); }));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const pid_t pid = static_cast<pid_t>(std::stoi(testing::ReadFile(pid_file)));
  EXPECT_TRUE(testing::Eventually([&] { return ::kill(pid, 0) != 0; }));
}

// A study may ask for documents: they lie beside the report and leave its digest alone, so that a machine without the
// programs, or with other versions of them, reproduces the run.
TEST_F(ReportExportTest, DocumentsOfTheStudyAreNoPartOfTheDigest) {
  const std::string text = std::string(kStudy) + "formats: [pdf]\n";
  const auto digest = [&](const std::string& programs, bool there) {
    const ProgramsIn path(programs);
    RunningServices services;
    const Outcome run = Run(services, SourceOf(services, text));
    EXPECT_TRUE(run.status.ok()) << run.status.error_message();
    EXPECT_EQ(Report(services, run.run.id()).contains("report.pdf"), there);
    std::vector<std::string> missing;
    for (const common::v1::Warning& warning : run.run.warnings()) {
      if (warning.code() == "EXPORT_UNAVAILABLE") missing.push_back(warning.text());
    }
    EXPECT_EQ(missing.size(), there ? 0U : 1U);
    return run.run.report_digest();
  };
  const std::string without = digest(directory_, false);
  EXPECT_EQ(digest(StandIn("weasyprint", "cat > /dev/null; echo one") + ":/usr/bin:/bin", true), without);
  EXPECT_EQ(digest(StandIn("weasyprint", "cat > /dev/null; echo two") + ":/usr/bin:/bin", true), without);
}

TEST_F(ReportExportTest, AStudyMayNotAskForOthers) {
  RunningServices services;
  v1::ValidateStudyRequest request;
  *request.mutable_source() = SourceOf(services, std::string(kStudy) + "formats: [docx, odt]\npreset: nature\n");
  grpc::ClientContext context;
  v1::ValidateStudyResponse response;
  ASSERT_TRUE(services.reporting().ValidateStudy(&context, request, &response).ok());
  std::vector<std::string> fields;
  for (const v1::StudyProblem& problem : response.problems()) fields.push_back(problem.field());
  EXPECT_THAT(fields, ElementsAre("formats[1]", "preset"));
}

}  // namespace
}  // namespace farrell::reporting
