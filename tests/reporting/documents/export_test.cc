// Exports: kept, typed when a program is missing, stopped when asked, the same bytes every time.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "common/sql/database.h"
#include "tests/reporting/documents/document_samples.h"
#include "tests/support/process.h"

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;

class Export : public ::testing::Test {
 protected:
  Export() : store_(*StepStore::Open(sql::DatabaseAt("memory"))) {}

  Result<std::string> Make(const ExportOptions& options, const std::string& format, const std::string& language = "",
                           std::stop_token stop = {}) {
    const DocumentSample& sample = DocumentSamples().front();
    return ExportReport(*store_, options, {sample.files, "digest"}, format, language, stop);
  }

  // A program that stands in for WeasyPrint.
  std::string Stand(const std::string& body) {
    const std::string path = folder_ / "program";
    testing::WriteFile(path, "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  std::unique_ptr<StepStore> store_;
  testing::TempDir folder_;
};

TEST_F(Export, HandsOutWhatTheRunWrote) {
  for (const char* format : {"html", "md", "tex", "json", "xlsx"}) {
    const auto document = Make({}, format);
    ASSERT_TRUE(document.ok()) << document.status().ToString();
    EXPECT_EQ(*document, BytesOf(DocumentSamples().front(), std::string("report.") + format));
  }
  EXPECT_EQ(*Make({}, "html", "en"), *Make({}, "html"));
}

TEST_F(Export, RefusesUnknownFormatsAndLanguages) {
  EXPECT_EQ(Make({}, "rtf").status().reason(), "FORMAT_UNKNOWN");
  EXPECT_EQ(Make({}, "").status().reason(), "FORMAT_UNKNOWN");
  EXPECT_EQ(Make({}, "html", "zh").status().reason(), "LANGUAGE_UNKNOWN");
  EXPECT_EQ(Make({}, "html", "../../etc/passwd").status().reason(), "LANGUAGE_UNKNOWN");
}

TEST_F(Export, SaysWhichPackageIsMissing) {
  ExportOptions options = RealExport();
  options.weasyprint = "/nonexistent/weasyprint";
  const Status no_pdf = Make(options, "pdf").status();
  EXPECT_EQ(no_pdf.reason(), "EXPORT_UNAVAILABLE");
  EXPECT_EQ(no_pdf.code(), Code::kFailedPrecondition);
  EXPECT_THAT(no_pdf.message(), HasSubstr("weasyprint"));
  options.rsvg_convert = "/nonexistent/rsvg-convert";
  EXPECT_THAT(Make(options, "docx").status().message(), HasSubstr("librsvg2-bin"));
  EXPECT_THAT(Make(options, "latex").status().message(), HasSubstr("librsvg2-bin"));
}

TEST_F(Export, SaysThatTheRunIsOfAnEarlierVersion) {
  const std::vector<StoredFile> files = {
      {"report.html", "<p>"}, {"report.json", R"({"figures": []})"}, {"report.tex", ""}};
  for (const char* format : {"docx", "latex", "xlsx"}) {
    EXPECT_EQ(ExportReport(*store_, RealExport(), {files, "old"}, format, "", {}).status().reason(), "REPORT_OUTDATED");
  }
}

TEST_F(Export, KeepsWhatItMade) {
  ExportOptions options;
  options.weasyprint = Stand("cat > /dev/null; echo made >> " + (folder_ / "calls") + "; echo PDF");
  EXPECT_EQ(*Make(options, "pdf"), "PDF\n");
  EXPECT_EQ(*Make(options, "pdf"), "PDF\n");
  EXPECT_EQ(testing::ReadFile(folder_ / "calls"), "made\n");
}

TEST_F(Export, KeepsNothingThatFailed) {
  ExportOptions options;
  options.weasyprint = Stand("cat > /dev/null; echo 'no fonts' >&2; exit 4");
  const Status failed = Make(options, "pdf").status();
  EXPECT_EQ(failed.reason(), "EXPORT_FAILED");
  EXPECT_THAT(failed.message(), HasSubstr("no fonts"));
  options.weasyprint = Stand("cat > /dev/null; echo PDF");
  EXPECT_EQ(*Make(options, "pdf"), "PDF\n");
}

TEST_F(Export, StopsAtItsTimeAndWhenAskedTo) {
  ExportOptions options;
  options.weasyprint = Stand("exec sleep 600");
  options.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(Make(options, "pdf").status().code(), Code::kDeadlineExceeded);
  options.timeout = std::chrono::minutes(5);
  std::stop_source source;
  std::jthread asker([&source] { source.request_stop(); });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Make(options, "pdf", "", source.get_token()).status().code(), Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(Export, HoldsAProgramToItsMemory) {
  ExportOptions options;
  options.weasyprint = Stand("while [ $(ulimit -v) = unlimited ]; do :; done; ulimit -v; cat > /dev/null");
  const auto limit = Make(options, "pdf");
  ASSERT_TRUE(limit.ok()) << limit.status().ToString();
  EXPECT_EQ(*limit, "3145728\n");
}

// Two stores, so that nothing is taken from the first.
TEST_F(Export, MakesTheSameBytesTwice) {
  for (const DocumentSample& sample : DocumentSamples()) {
    for (const char* format : {"docx", "pdf", "latex"}) {
      const std::string name = format;
      if (name == "docx" && (!HasPackage("docx") || !HasProgram("rsvg-convert"))) continue;
      if (name == "pdf" && !HasProgram("weasyprint")) continue;
      if (name == "latex" && !HasProgram("rsvg-convert")) continue;
      const auto first = ExportReport(*store_, RealExport(), {sample.files, sample.name}, name, "", {});
      const auto other = StepStore::Open(sql::DatabaseAt("memory"));
      ::setenv("TZ", "Pacific/Auckland", 1);
      const auto second = ExportReport(**other, RealExport(), {sample.files, sample.name}, name, "", {});
      ::unsetenv("TZ");
      ASSERT_TRUE(first.ok()) << first.status().ToString();
      ASSERT_TRUE(second.ok()) << second.status().ToString();
      EXPECT_TRUE(*first == *second) << sample.name << " " << name;
    }
  }
}

}  // namespace
}  // namespace farrell::reporting
