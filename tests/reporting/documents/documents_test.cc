// What Farrell writes, opened with the programs people open it with: LibreOffice, pandoc, openpyxl, poppler, XeLaTeX,
// Chromium. A check whose program is absent is skipped and names it. The checks themselves are scripts beside this
// file; each prints what is wrong, one line a fault, and ends with 1 when there is any.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "common/archive/zip.h"
#include "common/sql/database.h"
#include "tests/reporting/documents/document_samples.h"
#include "tests/support/process.h"

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kChecks = FARRELL_DOCUMENT_CHECKS;
// Debian's, which has Debian's modules, where another stands before it.
const std::string kPython = ::access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";

#define NEED_PROGRAM(name) \
  if (!HasProgram(name)) GTEST_SKIP() << name << " is not installed (deploy/test-packages.txt)"

class Documents : public ::testing::TestWithParam<std::size_t> {
 protected:
  // FARRELL_DOCUMENTS names a folder where everything is left to be looked at.
  Documents() {
    if (const char* kept = ::getenv("FARRELL_DOCUMENTS"); kept != nullptr) {
      folder_ = std::filesystem::path(kept) / (GetParam() == 0 ? "english" : "chinese");
      std::filesystem::create_directories(folder_);
    }
  }

  const DocumentSample& sample() const { return DocumentSamples()[GetParam()]; }

  std::string Written(const std::string& path) {
    const std::string name = (folder_ / std::filesystem::path(path).filename()).string();
    testing::WriteFile(name, BytesOf(sample(), path));
    return name;
  }

  std::string Exported(const std::string& format, const std::string& name) {
    const auto store = StepStore::Open(sql::DatabaseAt("memory"));
    const auto document = ExportReport(**store, RealExport(), {sample().files, sample().name}, format, "", {});
    EXPECT_TRUE(document.ok()) << document.status().ToString();
    if (document.ok()) testing::WriteFile((folder_ / name).string(), *document);
    return (folder_ / name).string();
  }

  std::string Run(const std::vector<std::string>& arguments) {
    const testing::Finished end = testing::RunToEnd(arguments, {{"HOME", folder_.string()}});
    EXPECT_EQ(end.exit_code, 0) << arguments[0] << "\n" << end.output;
    return end.output;
  }

  // As PDF, by LibreOffice.
  std::string OpenedByOffice(const std::string& file) {
    Run({"soffice", "--headless", "--convert-to", "pdf", "--outdir", folder_.string(), file});
    return std::filesystem::path(file).replace_extension(".pdf").string();
  }

  testing::TempDir temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

TEST_P(Documents, TheWorkbookHoldsTheNumbersOfTheReport) {
  NEED_PROGRAM("python3");
  if (testing::RunToEnd({kPython, "-c", "import openpyxl"}).exit_code != 0) {
    GTEST_SKIP() << "python3-openpyxl is not installed (deploy/packages.txt)";
  }
  Run({kPython, kChecks + "/check_xlsx.py", Written("report.xlsx"), Written("report.json")});
}

TEST_P(Documents, LibreOfficeOpensTheWorkbook) {
  NEED_PROGRAM("soffice");
  NEED_PROGRAM("pdftotext");
  const std::string pdf = OpenedByOffice(Written("report.xlsx"));
  Run({kPython, kChecks + "/check_pdf.py", pdf, Written("report.json"), "--titles"});
}

TEST_P(Documents, TheWordDocumentHoldsTheTablesOfTheReport) {
  NEED_PROGRAM("pandoc");
  NEED_PROGRAM("rsvg-convert");
  if (!HasPackage("docx")) GTEST_SKIP() << "the npm packages of the documents are not installed";
  Run({kPython, kChecks + "/check_docx.py", Exported("docx", "report.docx"), Written("report.json")});
}

TEST_P(Documents, LibreOfficeOpensTheWordDocument) {
  NEED_PROGRAM("soffice");
  NEED_PROGRAM("pdftotext");
  NEED_PROGRAM("rsvg-convert");
  if (!HasPackage("docx")) GTEST_SKIP() << "the npm packages of the documents are not installed";
  const std::string pdf = OpenedByOffice(Exported("docx", "report.docx"));
  Run({kPython, kChecks + "/check_pdf.py", pdf, Written("report.json"), "--titles"});
}

TEST_P(Documents, ThePdfCanBeReadAndSearched) {
  NEED_PROGRAM("weasyprint");
  NEED_PROGRAM("pdftotext");
  const std::string pdf = Exported("pdf", "report.pdf");
  Run({kPython, kChecks + "/check_pdf.py", pdf, Written("report.json"), "--titles"});
  Run({kPython, kChecks + "/check_pages.py", pdf});
}

TEST_P(Documents, LatexCompiles) {
  NEED_PROGRAM("xelatex");
  NEED_PROGRAM("pdftotext");
  NEED_PROGRAM("rsvg-convert");
  const auto members = archive::ReadZip(testing::ReadFile(Exported("latex", "latex.zip")));
  ASSERT_TRUE(members.ok()) << members.status().ToString();
  for (const archive::ZipMember& member : *members) {
    const std::string path = (folder_ / "latex" / member.name).string();
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    testing::WriteFile(path, member.bytes);
  }
  const std::string latex = (folder_ / "latex").string();
  const std::string log =
      Run({"env", "-C", latex, "xelatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"});
  EXPECT_THAT(log, Not(HasSubstr("Missing character")));
  Run({kPython, kChecks + "/check_pdf.py", latex + "/report.pdf", Written("report.json"), "--titles"});
  Run({kPython, kChecks + "/check_latex.py", latex + "/report.log"});
}

TEST_P(Documents, ABrowserShowsThePageAndAsksForNothing) {
  NEED_PROGRAM("chromium");
  NEED_PROGRAM("node");
  if (!HasPackage("axe-core")) GTEST_SKIP() << "the npm packages of the figures are not installed";
  Run({"node", kChecks + "/check_html.mjs", Written("report.html"), Written("report.json"), AxeScript()});
}

INSTANTIATE_TEST_SUITE_P(, Documents, ::testing::Values(0, 1),
                         [](const auto& sample) { return sample.param == 0 ? "English" : "Chinese"; });

}  // namespace
}  // namespace farrell::reporting
