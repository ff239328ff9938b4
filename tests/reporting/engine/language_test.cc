// A report in Chinese says nothing of its own in English, and has the numbers of the English one.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "services/reporting/engine/report.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

ReportContent Content(const std::string& language) {
  ReportFacts facts = SampleFacts();
  facts.study.words = Words(language);
  Result<ReportContent> content = BuildReport(facts);
  EXPECT_TRUE(content.ok()) << content.status().message();
  return std::move(content).value();
}

// Everything a table says, its numbers left out.
std::vector<std::string> TextsOf(const Table& table) {
  std::vector<std::string> texts = table.notes;
  texts.push_back(table.stub);
  for (const Column& column : table.columns) texts.push_back(column.label);
  for (const Spanner& spanner : table.spanners) texts.push_back(spanner.label);
  for (const Panel& panel : table.panels) {
    texts.push_back(panel.title);
    for (const Row& row : panel.rows) {
      texts.push_back(row.label);
      for (const Cell& cell : row.cells) texts.push_back(cell.text);
    }
  }
  return texts;
}

std::vector<std::string> TextsOf(const ReportContent& content) {
  std::vector<std::string> texts;
  for (const Table& table : content.tables) {
    const std::vector<std::string> more = TextsOf(table);
    texts.insert(texts.end(), more.begin(), more.end());
  }
  for (const Figure& figure : content.figures) {
    texts.push_back(figure.description);
    texts.push_back(figure.caption);
    const std::vector<std::string> more = TextsOf(figure.data);
    texts.insert(texts.end(), more.begin(), more.end());
  }
  return texts;
}

std::vector<std::string> NumbersOf(const ReportContent& content) {
  std::vector<std::string> numbers;
  const auto add = [&](const Table& table) {
    for (const Panel& panel : table.panels) {
      for (const Row& row : panel.rows) {
        for (const Cell& cell : row.cells) {
          if (cell.kind == Cell::Kind::kReal || cell.kind == Cell::Kind::kCount) numbers.push_back(CellText(cell));
        }
      }
    }
  };
  for (const Table& table : content.tables) add(table);
  for (const Figure& figure : content.figures) add(figure.data);
  return numbers;
}

TEST(Language, BothHaveTheSameNumbers) {
  const std::vector<std::string> english = NumbersOf(Content("en"));
  EXPECT_FALSE(english.empty());
  EXPECT_EQ(english, NumbersOf(Content("zh")));
}

// An English sentence of the catalogue that a Chinese report still holds was not passed through it.
TEST(Language, NoSentenceStaysEnglish) {
  std::set<std::string> untranslated;
  const std::regex run("[A-Za-z]{2,}(?:[ ,'-]+[A-Za-z]{2,}){1,}");
  // Names of people, and what the sample study itself writes.
  const std::regex allowed(
      "Charnes|Wright|Wilson|Simar|Sosa|Carlin|Tipton|Welsch|Kuh|Hochberg|Schnepel|Pflueger|Pesaran|Breusch|Controls "
      "as in|AI intensity|By region|CRS|"
      "Efficiency, log|Urban share|not significant");
  for (const std::string& text : TextsOf(Content("zh"))) {
    for (std::sregex_iterator at(text.begin(), text.end(), run), end; at != end; ++at) {
      if (!std::regex_search(at->str(), allowed)) untranslated.insert(at->str() + "  in  " + text);
    }
  }
  for (const std::string& text : untranslated) ADD_FAILURE() << text;
}

TEST(Language, TheFrameIsChinese) {
  ReportContent content = Content("zh");
  std::map<std::string, std::string> svgs;
  for (const Figure& figure : content.figures) svgs[figure.id] = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
  for (const std::string& document :
       {RenderReportHtml(content, svgs), RenderReportMarkdown(content), RenderReportLatex(content)}) {
    for (const char* english : {"Provenance", "What a referee would say", "Standard errors", "Notes:", "Figure 1",
                                "Table 1", "SYNTHETIC DATA", "Snapshot ", "Engine revisions"}) {
      EXPECT_EQ(document.find(english), std::string::npos) << english;
    }
  }
}

TEST(Language, AFurtherLanguageHasFilesOfItsOwn) {
  ReportFacts facts = SampleFacts();
  facts.study.words = Words("zh");
  facts.study.file_suffix = ".zh";
  const Result<ReportContent> content = BuildReport(facts);
  ASSERT_TRUE(content.ok());
  std::map<std::string, std::string> svgs;
  for (const Figure& figure : content->figures) svgs[figure.id] = "<svg/>";
  const Result<std::vector<ReportFile>> files = RenderReport(*content, svgs);
  ASSERT_TRUE(files.ok());
  for (const ReportFile& file : *files) EXPECT_NE(file.path.find(".zh."), std::string::npos) << file.path;
}

}  // namespace
}  // namespace farrell::reporting
