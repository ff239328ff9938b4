// `farrell report export`: documents, and what is told when there is none.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "tests/cli/farrell_run.h"
#include "tests/cli/small_study.h"

namespace farrell::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ReportExport : public ::testing::Test {
 protected:
  void SetUp() override {
    farrell_.Write("data.csv", SmallPanel());
    const FarrellRun run = farrell_.Run(
        {"study", "run", farrell_.Write("s.yaml", SmallStudy()), "--quiet", "--out", farrell_.Path("out")});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }

  FarrellRun Export(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {}) {
    arguments.insert(arguments.begin(), {"report", "export"});
    return farrell_.Run(arguments, "", environment);
  }

  FarrellFixture farrell_;
};

TEST_F(ReportExport, EveryWrittenFormatIsTheFileOfTheRun) {
  for (const char* format : {"html", "md", "tex", "json", "xlsx"}) {
    const std::string file = farrell_.Path(std::string("copy.") + format);
    const FarrellRun run = Export({"latest", "--format", format, "--out", file});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(run.out, file + "\n");
    EXPECT_TRUE(ReadFile(file) == ReadFile(farrell_.Path(std::string("out/report.") + format))) << format;
  }
  EXPECT_EQ(Export({"--format", "md", "--out", "-"}).out, ReadFile(farrell_.Path("out/report.md")));
}

TEST_F(ReportExport, ADocumentHasTheSameBytesTwice) {
  const FarrellRun first = Export({"--format", "latex", "--out", "-"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, StartsWith("PK"));
  EXPECT_TRUE(Export({"--format", "latex", "--out", "-"}).out == first.out);
}

TEST_F(ReportExport, MistakesAreNamedAndWriteNothing) {
  const std::string file = farrell_.Path("none");
  const struct {
    std::vector<std::string> arguments;
    int exit_code;
    const char* says;
  } mistakes[] = {
      {{"latest", "--format", "rtf", "--out", file}, 2, "docx, pdf or latex"},
      {{"latest", "--format", "html", "--language", "fr", "--out", file}, 2, "'fr'"},
      {{"zzzzzz", "--format", "html", "--out", file}, 3, "zzzzzz"},
      {{"latest", "--out", file}, 2, "--format"},
  };
  for (const auto& mistake : mistakes) {
    const FarrellRun run = Export(mistake.arguments);
    EXPECT_EQ(run.exit_code, mistake.exit_code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(mistake.says));
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(ReadFile(file), "");
  }
}

TEST_F(ReportExport, AMissingPackageIsNamed) {
  const FarrellRun run = Export({"--format", "pdf", "--out", farrell_.Path("none")}, {{"PATH", farrell_.Path("out")}});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("weasyprint"));
}

TEST(ReportPresets, AreListedWithWhatEachSets) {
  FarrellFixture farrell;
  const FarrellRun run = farrell.Run({"report", "presets", "--format", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              StartsWith("preset,stars,digits,outer_rule,inner_rule,latin_font,chinese_font,notes\ncn,cn,3,1.5,0.75,"));
  EXPECT_THAT(run.out, HasSubstr("\nnone,none,4,1,0.5,Calibri,"));
}

TEST(StudyHelp, NamesTheKeysOfAStudyFile) {
  FarrellFixture farrell;
  const FarrellRun run = farrell.Run({"study", "--help"});
  for (const char* key : {" returns_to_scale,", " projections,", " vintages,", " brief\n"}) {
    EXPECT_THAT(run.out, HasSubstr(key));
  }
}

}  // namespace
}  // namespace farrell::testing
