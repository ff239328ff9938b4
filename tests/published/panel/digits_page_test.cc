// Every published number of the regression engine, and the page that says to how many digits ours agree.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/published/panel/digits_page.h"

namespace farrell::regression::testing {
namespace {

// The page of everything that the engine gives, each number times `factor`.
DigitsPage MakePage(const std::vector<std::pair<PublishedFile, Matches>>& found, double factor) {
  DigitsPage page;
  for (const auto& [file, matches] : found) {
    Matches scaled = matches;
    for (Match& match : scaled) {
      if (!match.tolerance.exact()) match.ours *= factor;
    }
    page.Add(file, scaled);
  }
  page.AddFilesNotCarried();
  return page;
}

TEST(PublishedPanelDigits, PageIsWhatThisRunComputes) {
  std::vector<std::pair<PublishedFile, Matches>> found;
  for (const PublishedFile& file : PublishedFiles()) {
    found.emplace_back(file, file.Run());
    SCOPED_TRACE(file.name);
    ExpectMatches(found.back().second);
  }
  const DigitsPage page = MakePage(found, 1.0);
  for (const std::string& row : page.unexplained()) ADD_FAILURE() << row << " is neither compared nor named as not run";
  const std::string text = page.Render();
  if (!WriteDigitsPage(text)) {
    EXPECT_EQ(ReadDigitsPage(), text)
        << "docs/published-panel-digits.md is not what this run computes; write it anew with "
           "FARRELL_UPDATE_DOCS=1 ctest -R published_panel_digits";
  }
  // Last bits, in which machines may differ, do not show; a digit does.
  for (const double factor : {1.0 + 1e-15, 1.0 - 1e-15}) EXPECT_EQ(MakePage(found, factor).Render(), text);
  EXPECT_NE(MakePage(found, 1.0 + 1e-10).Render(), text);
}

TEST(PublishedPanelDigits, NoFileIsLeftOut) {
  std::set<std::string> carried;
  for (const auto& entry : std::filesystem::directory_iterator(SourcePath("tests/published/panel/expected"))) {
    carried.insert(entry.path().stem().string());
  }
  std::set<std::string> listed;
  for (const PublishedFile& file : PublishedFiles()) listed.insert(file.name);
  EXPECT_EQ(listed, carried);
}

TEST(PublishedPanelDigits, DigitsThatAgree) {
  const Tolerance tolerance = Tolerance::HalfUnit();
  EXPECT_EQ(MatchedDigits({0, "", "0.0188963", 0.01889634, tolerance}), 6);
  EXPECT_EQ(MatchedDigits({0, "", "0.0188963", 0.01889625, tolerance}), 6);
  EXPECT_EQ(MatchedDigits({0, "", "0.0188963", 0.0189, tolerance}), 3);
  EXPECT_EQ(MatchedDigits({0, "", "1.219e-10", 1.2186e-10, tolerance}), 4);
  EXPECT_EQ(MatchedDigits({0, "", "4187.6", -4187.6, tolerance}), 0);
  EXPECT_EQ(MatchedDigits({0, "", "0.1155621563606", 0.1155621563606, tolerance}), kCertainDigits);
  EXPECT_EQ(tolerance.Allowed("1.219e-10"), 0.5 * LastUnit("1.219e-10") * (1.0 + 1e-9));
  EXPECT_EQ(LastUnit("1.50"), 0.01);
  EXPECT_EQ(LastUnit("17342172"), 1.0);
}

}  // namespace
}  // namespace farrell::regression::testing
