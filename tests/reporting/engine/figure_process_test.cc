#include "services/reporting/service/figure_process.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "services/reporting/engine/report.h"
#include "tests/reporting/engine/html_checker.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kFigures = std::filesystem::path(FARRELL_SOURCE_DIR) / "services/reporting/figures";

FigureProcessOptions RealOptions() {
  FigureProcessOptions options;
  options.script = (kFigures / "render.mjs").string();
  return options;
}

// The real renderer needs its packages, which ./dev setup installs.
bool Installed() { return std::filesystem::exists(kFigures / "node_modules" / "vega"); }

std::vector<FigureSource> Sources(const ReportFacts& facts) {
  std::vector<FigureSource> sources;
  for (const FigureSpec& spec : facts.figures) sources.push_back({spec.id, BuildFigure(spec, facts)->spec});
  return sources;
}

// A program that stands in for Node, in a folder of its own.
class Stand {
 public:
  explicit Stand(const std::string& body) {
    std::string pattern = (std::filesystem::temp_directory_path() / "figure_process_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ / "node") << "#!/bin/sh\n" << body << "\n";
    std::ofstream(folder_ / "render.mjs") << "\n";
    std::filesystem::permissions(folder_ / "node", std::filesystem::perms::owner_all);
  }
  Stand(const Stand&) = delete;
  Stand& operator=(const Stand&) = delete;
  ~Stand() { std::filesystem::remove_all(folder_); }
  FigureProcessOptions options() const {
    FigureProcessOptions options;
    options.node = (folder_ / "node").string();
    options.script = (folder_ / "render.mjs").string();
    return options;
  }

 private:
  std::filesystem::path folder_;
};

const std::vector<FigureSource> kOne = {{"a", "{}"}};

TEST(FigureProcess, RendersEveryKindTwiceToTheSameBytes) {
  if (!Installed()) GTEST_SKIP() << "the figure renderer's packages are not installed";
  for (const bool synthetic : {false, true}) {
    ReportFacts facts = SampleFacts();
    facts.data.synthetic = synthetic;
    std::vector<FigureSource> sources = Sources(facts);
    const auto first = RenderFigures(sources, RealOptions(), {});
    ASSERT_TRUE(first.ok()) << first.status().ToString();
    ASSERT_EQ(first->size(), facts.figures.size());
    // In another order and fewer at a time: a figure does not depend on those before it.
    std::reverse(sources.begin(), sources.end());
    sources.pop_back();
    const auto second = RenderFigures(sources, RealOptions(), {});
    ASSERT_TRUE(second.ok()) << second.status().ToString();
    for (const FigureSource& source : sources) EXPECT_EQ(first->at(source.id), second->at(source.id)) << source.id;
    for (const auto& [id, svg] : *first) {
      EXPECT_THAT(svg, AllOf(HasSubstr("role=\"img\""), HasSubstr("<title id="), HasSubstr("<desc id="),
                             HasSubstr(facts.data.snapshot_digest), Not(HasSubstr("NaN"))))
          << id;
      EXPECT_EQ(svg.find("SYNTHETIC DATA") != std::string::npos, synthetic) << id;
    }
  }
}

TEST(FigureProcess, TheWholeReportIsBalancedWithRealPictures) {
  if (!Installed()) GTEST_SKIP() << "the figure renderer's packages are not installed";
  const ReportContent content = *BuildReport(SampleFacts());
  std::vector<FigureSource> sources;
  for (const Figure& figure : content.figures) sources.push_back({figure.id, figure.spec});
  const auto svgs = RenderFigures(sources, RealOptions(), {});
  ASSERT_TRUE(svgs.ok()) << svgs.status().ToString();
  EXPECT_EQ(HtmlProblem(RenderReportHtml(content, *svgs)), "");
}

TEST(FigureProcess, NamesEveryFigureThatCannotBeRendered) {
  if (!Installed()) GTEST_SKIP() << "the figure renderer's packages are not installed";
  const std::vector<FigureSource> sources = {
      {"good", R"({"data":{"values":[{"a":1}]},"mark":"point","encoding":{"x":{"field":"a","type":"quantitative"}}})"},
      {"broken", "{"},
      {"remote", R"({"data":{"url":"data.csv"},"mark":"bar"})"}};
  const Status status = RenderFigures(sources, RealOptions(), {}).status();
  EXPECT_EQ(status.reason(), "FIGURE_INVALID");
  ASSERT_EQ(status.violations().size(), 2U);
  EXPECT_EQ(status.violations()[0].field, "figures.broken");
  EXPECT_EQ(status.violations()[1].field, "figures.remote");
}

TEST(FigureProcess, SaysHowToInstallWhatIsMissing) {
  FigureProcessOptions options = RealOptions();
  options.node = "/nonexistent/node";
  const Status no_node = RenderFigures(kOne, options, {}).status();
  EXPECT_EQ(no_node.reason(), "FIGURES_UNAVAILABLE");
  EXPECT_THAT(no_node.message(), HasSubstr("./dev setup"));
  options = RealOptions();
  options.script = "/nonexistent/render.mjs";
  EXPECT_EQ(RenderFigures(kOne, options, {}).status().reason(), "FIGURES_UNAVAILABLE");
  const Stand packages_missing("cat > /dev/null; echo 'the packages are not installed' >&2; exit 3");
  const Status no_packages = RenderFigures(kOne, packages_missing.options(), {}).status();
  EXPECT_EQ(no_packages.reason(), "FIGURES_UNAVAILABLE");
  EXPECT_THAT(no_packages.message(), HasSubstr("the packages are not installed"));
}

TEST(FigureProcess, NeitherSideWaitsForTheOther) {
  // Writes far more than a pipe holds before it reads anything, while the input is far more than a socket holds.
  const Stand talker(
      "head -c 3000000 /dev/zero | tr '\\0' ' '; head -c 3000000 /dev/zero | tr '\\0' 'x' >&2; cat > /dev/null; "
      "echo '[{\"id\": \"a\", \"svg\": \"<svg/>\"}]'");
  const auto svgs = RenderFigures({{"a", std::string(5000000, ' ')}}, talker.options(), {});
  ASSERT_TRUE(svgs.ok()) << svgs.status().ToString();
  EXPECT_EQ(svgs->at("a"), "<svg/>");
}

TEST(FigureProcess, SurvivesARendererThatDies) {
  const Stand early("exec <&-; echo broken >&2; exit 7");
  const Status status = RenderFigures({{"a", std::string(5000000, ' ')}}, early.options(), {}).status();
  EXPECT_EQ(status.reason(), "FIGURES_FAILED");
  EXPECT_THAT(status.message(), AllOf(HasSubstr("exit code 7"), HasSubstr("broken")));
  const Stand killed("kill -9 $$");
  EXPECT_THAT(RenderFigures(kOne, killed.options(), {}).status().message(), HasSubstr("signal 9"));
  const Stand silent("cat > /dev/null");
  EXPECT_EQ(RenderFigures(kOne, silent.options(), {}).status().reason(), "FIGURES_FAILED");
}

TEST(FigureProcess, StopsAtItsTimeAndWhenAskedTo) {
  // Waits for an end of input that never comes from its own pipe.
  const Stand stuck("exec sleep 600");
  FigureProcessOptions options = stuck.options();
  options.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(RenderFigures(kOne, options, {}).status().code(), Code::kDeadlineExceeded);

  options.timeout = std::chrono::minutes(5);
  std::stop_source stop;
  std::jthread asker([&] { stop.request_stop(); });
  EXPECT_EQ(RenderFigures(kOne, options, stop.get_token()).status().code(), Code::kCancelled);
}

TEST(FigureProcess, NothingToRenderStartsNothing) {
  FigureProcessOptions options;
  options.node = "/nonexistent/node";
  EXPECT_TRUE(RenderFigures({}, options, {})->empty());
}

}  // namespace
}  // namespace farrell::reporting
