// The founding study's documents, opened with the programs people open them with. A check whose program is absent is
// skipped and names it (deploy/test-packages.txt).
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/cli/farrell_run.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using testing::FarrellFixture;
using testing::FarrellRun;

const std::string kSource = FARRELL_SOURCE_DIR;
const std::string kChecks = kSource + "/tests/reporting/documents/";
// Debian's, where the environment puts another one first.
const std::string kPython = ::access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";

bool Runs(const std::vector<std::string>& arguments) { return testing::RunToEnd(arguments).exit_code == 0; }

// A study run once, with its report in Path("report").
class StudyReport {
 public:
  explicit StudyReport(const std::string& file)
      : run_(fixture_.Run({"study", "run", kSource + "/" + file, "--out", fixture_.Path("report")})) {}

  const FarrellRun& run() const { return run_; }
  std::string Path(const std::string& name) const { return fixture_.Path("report/" + name); }

  std::string Pdf(const std::string& language, const std::string& format = "pdf") const {
    const std::string pdf = Path(language + "." + format);
    const FarrellRun done =
        fixture_.Run({"report", "export", "latest", "--format", format, "--language", language, "--out", pdf});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return pdf;
  }

 private:
  FarrellFixture fixture_;
  FarrellRun run_;
};

const StudyReport& Innovation() {
  static const StudyReport* report = new StudyReport("examples/ai-innovation/study.yaml");
  return *report;
}

const StudyReport& States() {
  static const StudyReport* report = new StudyReport("examples/us-states/study.yaml");
  return *report;
}

TEST(InnovationDocuments, NothingStandsBeyondAPageAndNoStandardErrorIsLeftAlone) {
  if (!Runs({"weasyprint", "--version"})) GTEST_SKIP() << "weasyprint is not installed (deploy/packages.txt)";
  if (!Runs({"pdftotext", "-v"})) GTEST_SKIP() << "poppler-utils is not installed (deploy/test-packages.txt)";
  ASSERT_EQ(Innovation().run().exit_code, 0) << Innovation().run().err;
  for (const char* language : {"en", "zh"}) {
    const testing::Finished end = testing::RunToEnd({kPython, kChecks + "check_pages.py", Innovation().Pdf(language)});
    EXPECT_EQ(end.exit_code, 0) << language << "\n" << end.output;
  }
}

TEST(BriefDocuments, EveryBriefIsOnePage) {
  if (!Runs({"weasyprint", "--version"})) GTEST_SKIP() << "weasyprint is not installed (deploy/packages.txt)";
  if (!Runs({"pdftotext", "-v"})) GTEST_SKIP() << "poppler-utils is not installed (deploy/test-packages.txt)";
  ASSERT_EQ(States().run().exit_code, 0) << States().run().err;
  ASSERT_EQ(Innovation().run().exit_code, 0) << Innovation().run().err;
  for (const std::string& pdf :
       {Innovation().Pdf("en", "brief.pdf"), Innovation().Pdf("zh", "brief.pdf"), States().Pdf("en", "brief.pdf")}) {
    const testing::Finished end = testing::RunToEnd({kPython, kChecks + "check_pages.py", pdf, "1"});
    EXPECT_EQ(end.exit_code, 0) << pdf << "\n" << end.output;
  }
}

// Both examples, in every language, by day and by night, on a desk and on a telephone.
TEST(PageDocuments, ABrowserShowsEveryPageAndAsksForNothing) {
  const std::string axe = kSource + "/services/reporting/figures/node_modules/axe-core/axe.min.js";
  if (!Runs({"chromium", "--version"})) GTEST_SKIP() << "chromium is not installed (deploy/test-packages.txt)";
  if (::access(axe.c_str(), R_OK) != 0) GTEST_SKIP() << "the npm packages of the figures are not installed";
  ASSERT_EQ(States().run().exit_code, 0) << States().run().err;
  ASSERT_EQ(Innovation().run().exit_code, 0) << Innovation().run().err;
  const std::pair<const StudyReport*, std::string> reports[] = {
      {&States(), ""}, {&Innovation(), ""}, {&Innovation(), ".zh"}};
  for (const auto& [report, language] : reports) {
    for (const char* page : {"report", "brief"}) {
      const std::string html = report->Path(page + language + ".html");
      const testing::Finished end = testing::RunToEnd(
          {"node", kChecks + "check_html.mjs", html, report->Path("report" + language + ".json"), axe});
      EXPECT_EQ(end.exit_code, 0) << html << "\n" << end.output;
    }
  }
}

}  // namespace
}  // namespace farrell
