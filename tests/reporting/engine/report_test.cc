#include "services/reporting/engine/report.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/reporting/engine/html_checker.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> Pictures(const ReportContent& content) {
  std::map<std::string, std::string> svgs;
  for (const Figure& figure : content.figures) {
    // As the renderer makes them: with the stamp that the specification asks for.
    const auto spec = nlohmann::json::parse(figure.spec);
    const std::string stamp = spec.contains("title") ? spec["title"]["text"].get<std::string>() : std::string();
    svgs[figure.id] = "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>" + stamp + "</text></svg>";
  }
  return svgs;
}

std::map<std::string, std::string> FilesOf(const ReportFacts& facts) {
  const Result<ReportContent> content = BuildReport(facts);
  EXPECT_TRUE(content.ok()) << content.status().ToString();
  std::map<std::string, std::string> files;
  if (!content.ok()) return files;
  const auto rendered = RenderReport(*content, Pictures(*content));
  EXPECT_TRUE(rendered.ok()) << rendered.status().ToString();
  if (!rendered.ok()) return files;
  for (const ReportFile& file : *rendered) files[file.path] = file.bytes;
  return files;
}

TEST(Report, HasTheFilesItPromises) {
  const auto files = FilesOf(SampleFacts());
  for (const char* path :
       {"report.html", "report.md", "report.tex", "report.json", "report.xlsx", "tables/t_regressions.csv",
        "tables/t_region.csv", "tables/inference.csv", "tables/models.csv", "tables/provenance.csv", "figures/heat.svg",
        "figures/heat.vl.json", "figures/coef.svg"}) {
    EXPECT_EQ(files.count(path), 1U) << path;
  }
}

TEST(Report, HtmlIsOneFileThatFetchesNothing) {
  const std::string html = FilesOf(SampleFacts()).at("report.html");
  EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
  EXPECT_THAT(html, HasSubstr("name=\"viewport\""));
  EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("@media print"));
  for (const char* forbidden : {"<script", "<link", "<img", "<iframe", "@import", "url(http", "src=", "href=\"http"}) {
    EXPECT_THAT(html, Not(HasSubstr(forbidden)));
  }
  // The only addresses are XML name spaces.
  const std::regex address("https?://[^\"'<> ]*");
  for (auto at = std::sregex_iterator(html.begin(), html.end(), address); at != std::sregex_iterator(); ++at) {
    EXPECT_THAT(at->str(), testing::StartsWith("http://www.w3.org/"));
  }
}

TEST(Report, HtmlIsBalancedAndItsAnchorsExist) {
  const std::string html = FilesOf(SampleFacts()).at("report.html");
  EXPECT_EQ(HtmlProblem(html), "");
}

TEST(HtmlChecker, FindsWhatIsWrong) {
  EXPECT_NE(HtmlProblem("<p><b>a</p></b>"), "");
  EXPECT_NE(HtmlProblem("<p>a"), "");
  EXPECT_NE(HtmlProblem("<p id=\"a\">1</p><p id=\"a\">2</p>"), "");
  EXPECT_NE(HtmlProblem("<a href=\"#b\">1</a>"), "");
  EXPECT_EQ(HtmlProblem("<p id=\"b\">1<br></p><a href=\"#b\">1</a>"), "");
}

TEST(Report, TextOfTheStudyIsEscapedEverywhere) {
  const auto files = FilesOf(SampleFacts());
  EXPECT_THAT(files.at("report.html"), HasSubstr("Efficiency &amp; &lt;AI&gt;"));
  EXPECT_THAT(files.at("report.html"), Not(HasSubstr("<AI>")));
  EXPECT_THAT(files.at("report.tex"), HasSubstr("Efficiency \\& \\textless{}AI\\textgreater{}"));
}

TEST(Report, LatexStandsOnItsOwn) {
  const std::string tex = FilesOf(SampleFacts()).at("report.tex");
  EXPECT_THAT(tex, AllOf(HasSubstr("\\documentclass"), HasSubstr("\\begin{document}"), HasSubstr("\\end{document}"),
                         HasSubstr("booktabs")));
  // Every environment that begins ends, in order.
  std::vector<std::string> open;
  const std::regex environment("\\\\(begin|end)\\{([a-z*]+)\\}");
  for (auto at = std::sregex_iterator(tex.begin(), tex.end(), environment); at != std::sregex_iterator(); ++at) {
    if ((*at)[1] == "begin") {
      open.push_back((*at)[2]);
    } else {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*at)[2]);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_THAT(tex, Not(HasSubstr("xeCJK")));
  ReportFacts chinese = SampleFacts();
  chinese.study.title = "人工智能与创新";
  EXPECT_THAT(FilesOf(chinese).at("report.tex"), HasSubstr("xeCJK"));
}

TEST(Report, EveryArtefactOfSyntheticDataIsStamped) {
  ReportFacts facts = SampleFacts();
  facts.data.synthetic = true;
  for (const auto& [path, bytes] : FilesOf(facts)) {
    // Compressed: xlsx_test.cc looks inside.
    if (path.ends_with(".xlsx")) continue;
    if (path.ends_with(".csv")) {
      EXPECT_EQ(bytes.substr(bytes.find('\n') - 10, 10), ",synthetic") << path;
    } else {
      EXPECT_THAT(bytes, HasSubstr("SYNTHETIC DATA")) << path;
    }
  }
  const std::string html = FilesOf(facts).at("report.html");
  EXPECT_THAT(html, AllOf(HasSubstr("class=\"banner\""), HasSubstr("class=\"watermark\"")));
  for (const auto& [path, bytes] : FilesOf(SampleFacts())) {
    if (path == "report.html") continue;
    EXPECT_THAT(bytes, Not(HasSubstr("SYNTHETIC"))) << path;
  }
}

TEST(Report, SyntheticDataCarryNoStars) {
  ReportFacts facts = SampleFacts();
  facts.data.synthetic = true;
  const ReportContent content = *BuildReport(facts);
  for (const Table& table : content.tables) {
    for (const Panel& panel : table.panels) {
      for (const Row& row : panel.rows) {
        for (const Cell& cell : row.cells) EXPECT_EQ(cell.stars, "") << table.id << " " << row.id;
      }
    }
  }
}

TEST(Report, RulesStandInEveryDocument) {
  const auto files = FilesOf(SampleFacts());
  for (const char* path : {"report.html", "report.md", "report.tex", "report.json"}) {
    for (const char* id : {"W01", "W10", "W11", "W15", "W18"}) EXPECT_THAT(files.at(path), HasSubstr(id)) << path;
  }
}

TEST(Report, RefusedSentencesAreNotPrinted) {
  ReportFacts facts = SampleFacts();
  facts.claims.back().comparison.clear();
  for (const auto& [path, bytes] : FilesOf(facts)) {
    EXPECT_THAT(bytes, Not(HasSubstr("The association differs between regions"))) << path;
  }
  EXPECT_THAT(FilesOf(facts).at("report.html"), HasSubstr("W14"));
}

TEST(Report, ProvenanceStandsInEveryDocument) {
  const ReportFacts facts = SampleFacts();
  const auto files = FilesOf(facts);
  for (const char* path : {"report.html", "report.md", "report.tex", "report.json"}) {
    std::string flat = files.at(path);
    for (const std::string& wanted : {facts.data.snapshot_digest, facts.study.digest, std::string(64, 'a'),
                                      std::string(64, 'c'), std::string("2020-11-30"), std::string("x86-64-sse2")}) {
      EXPECT_THAT(flat, HasSubstr(wanted)) << path;
    }
  }
}

TEST(Report, TheSameFactsGiveTheSameBytes) { EXPECT_EQ(FilesOf(SampleFacts()), FilesOf(SampleFacts())); }

TEST(Report, JsonHoldsUnroundedNumbers) {
  ReportFacts facts = SampleFacts();
  facts.fits.back().terms.front().estimate = 0.1 + 0.2;
  const std::string json = FilesOf(facts).at("report.json");
  EXPECT_FALSE(nlohmann::json::parse(json, nullptr, false).is_discarded());
  EXPECT_THAT(json, HasSubstr("0.30000000000000004"));
}

// What the results do not hold leaves the rest of the report as it is.
TEST(Report, SaysWhatItCannotShowAndShowsTheRest) {
  ReportFacts facts = SampleFacts();
  for (DeaFacts& dea : facts.deas) {
    for (ScoreFacts& score : dea.scores) score.score.reset();
  }
  ClaimFacts claim;
  claim.id = "level";
  claim.problem = "the result has no value for {dea:main:mean}";
  facts.claims.push_back(claim);
  const Result<ReportContent> content = BuildReport(facts);
  ASSERT_TRUE(content.ok()) << content.status().ToString();
  const std::string markdown = FilesOf(facts).at("report.md");
  EXPECT_THAT(markdown, HasSubstr("Not shown: no row of '"));
  EXPECT_THAT(markdown, HasSubstr("**level**: the result has no value for"));
  const auto lost = std::count_if(content->not_available.begin(), content->not_available.end(),
                                  [](const NotAvailableFacts& entry) { return entry.why.starts_with("no row of '"); });
  EXPECT_GT(lost, 0);
  EXPECT_EQ(content->figures.size() + static_cast<std::size_t>(lost), facts.figures.size());
}

TEST(Report, NamesEveryTableAndFigureThatCannotBeBuilt) {
  ReportFacts facts = SampleFacts();
  facts.tables[3].columns.emplace_back("absent");
  facts.figures[0].of = {"gone"};
  const Status status = BuildReport(facts).status();
  EXPECT_EQ(status.reason(), "REPORT_INVALID");
  ASSERT_EQ(status.violations().size(), 2U);
  EXPECT_EQ(status.violations()[0].field, "tables.t_regressions");
  EXPECT_THAT(status.violations()[0].description, HasSubstr("'absent'"));
  EXPECT_EQ(status.violations()[1].field, "figures.heat");
}

TEST(Report, AFigureWithoutAPictureIsAnError) {
  const ReportContent content = *BuildReport(SampleFacts());
  EXPECT_EQ(RenderReport(content, {}).status().reason(), "FIGURE_NOT_RENDERED");
}

TEST(Report, ComparisonsAreAlwaysPrinted) {
  ReportFacts facts = SampleFacts();
  facts.tables.erase(facts.tables.begin() + 4);
  facts.figures.pop_back();
  EXPECT_THAT(FilesOf(facts).at("report.html"),
              AllOf(HasSubstr("id=\"table-comparison_region\""), HasSubstr("Holm p")));
}

TEST(Report, TablesAreNumberedInReadingOrder) {
  const ReportContent content = *BuildReport(SampleFacts());
  int last = 0;
  for (const Table& table : content.tables) EXPECT_EQ(table.number, std::to_string(++last));
  const std::string html = RenderReportHtml(content, Pictures(content));
  std::size_t at = 0;
  for (int i = 1; i <= last; ++i) {
    const std::size_t found = html.find("<b>Table " + std::to_string(i) + ".</b>");
    ASSERT_NE(found, std::string::npos) << i;
    EXPECT_GT(found, at);
    at = found;
  }
}

// --------------------------------------------------------------------------------------------------- what rules
// promise

std::size_t ColumnOf(const Table& table, const std::string& prefix) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].id.rfind(prefix, 0) == 0) return i;
  }
  return table.columns.size();
}

const Table* TableOf(const ReportContent& content, const std::string& kind) {
  for (const Table& table : content.tables) {
    if (table.kind == kind) return &table;
  }
  return nullptr;
}

// True when the inference table gives a number in the column for a row of every subject.
bool PrintsForSubjects(const ReportContent& content, const FiredRule& rule, const std::string& prefix) {
  const Table* table = TableOf(content, "inference");
  if (table == nullptr) return false;
  const std::size_t column = ColumnOf(*table, prefix);
  if (column == table->columns.size()) return false;
  for (std::string subject : rule.subjects) {
    if (subject.ends_with("/")) subject += "all rows";
    bool found = false;
    for (const Panel& panel : table->panels) {
      for (const Row& row : panel.rows) {
        found = found || (row.id.rfind(subject + ":", 0) == 0 && row.cells[column].kind == Cell::Kind::kReal);
      }
    }
    if (!found) return false;
  }
  return true;
}

bool PrintsColumn(const ReportContent& content, const std::string& kind, const std::string& prefix) {
  for (const Table& table : content.tables) {
    const std::size_t column = ColumnOf(table, prefix);
    if (table.kind != kind || column == table.columns.size()) continue;
    for (const Row& row : table.panels.front().rows) {
      if (row.cells[column].kind != Cell::Kind::kEmpty) return true;
    }
  }
  return false;
}

bool PrintsRow(const ReportContent& content, const std::string& prefix) {
  for (const Table& table : content.tables) {
    for (const Panel& panel : table.panels) {
      for (const Row& row : panel.rows) {
        if (row.id.rfind(prefix, 0) == 0) return true;
      }
    }
  }
  return false;
}

bool Keeps(const ReportContent& content, const FiredRule& rule, Promise promise) {
  switch (promise) {
    case Promise::kCr3PValues: return PrintsForSubjects(content, rule, "p_CR3");
    case Promise::kWildPValues: return PrintsForSubjects(content, rule, "p_Wild");
    case Promise::kAdjustedPValues: return PrintsColumn(content, "comparison", "p_adjusted");
    case Promise::kClusterCounts:
      return PrintsRow(content, "stat:clusters") || PrintsColumn(content, "comparison", "clusters");
    case Promise::kShareAtOne: return PrintsRow(content, "share_at_one");
  }
  return false;
}

// Facts on which every rule with something to promise fires, in several shapes.
std::vector<ReportFacts> PromisingFacts() {
  std::vector<ReportFacts> variants(4, SampleFacts());
  // Tables taken away: the report must keep the promise all the same.
  variants[1].tables.clear();
  variants[1].figures.clear();
  // No bootstrap.
  for (FitFacts& fit : variants[2].fits) fit.inferences.resize(1);
  variants[2].comparisons.front().pooled.inferences.resize(1);
  for (GroupFacts& group : variants[2].comparisons.front().groups) group.fit.inferences.resize(1);
  // Only one of the few-cluster fits has a bootstrap; many scores at one; synthetic.
  variants[3].fits.front() = SampleFit("short", 0.05, 0.01, 20);
  variants[3].fits.front().inferences.resize(1);
  variants[3].deas.front().share_at_one = 0.3;
  variants[3].data.synthetic = true;
  return variants;
}

TEST(Promises, EveryRulesTextNamesOnlyWhatTheReportPrints) {
  std::size_t kept = 0;
  for (const ReportFacts& facts : PromisingFacts()) {
    const Result<ReportContent> content = BuildReport(facts);
    ASSERT_TRUE(content.ok()) << content.status().ToString();
    for (const FiredRule& rule : content->rules) {
      for (const Promise promise : rule.promises) {
        EXPECT_TRUE(Keeps(*content, rule, promise))
            << rule.id << " promises " << static_cast<int>(promise) << ": " << rule.text;
        ++kept;
      }
      // A text that speaks of these things must have promised them.
      const auto promises = [&](Promise wanted) {
        return std::find(rule.promises.begin(), rule.promises.end(), wanted) != rule.promises.end();
      };
      if (rule.text.find("both are printed") != std::string::npos) {
        EXPECT_TRUE(promises(Promise::kCr3PValues) && promises(Promise::kWildPValues)) << rule.id;
      }
      if (rule.text.find("adjusted p-values are printed") != std::string::npos) {
        EXPECT_TRUE(promises(Promise::kAdjustedPValues)) << rule.id;
      }
      // Tables of other documents are never named.
      EXPECT_FALSE(std::regex_search(rule.text, std::regex("\\bA[0-9]+\\b"))) << rule.text;
    }
  }
  EXPECT_GE(kept, 12U);
}

TEST(Promises, ATextNeverClaimsABootstrapThatWasNotRun) {
  const std::vector<ReportFacts> variants = PromisingFacts();
  for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {
    const ReportContent content = *BuildReport(variants[i]);
    for (const FiredRule& rule : content.rules) {
      if (rule.id != "W10") continue;
      EXPECT_THAT(rule.text, Not(HasSubstr("both are printed")));
    }
  }
}

}  // namespace
}  // namespace farrell::reporting
