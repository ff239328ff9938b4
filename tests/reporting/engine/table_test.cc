#include "services/reporting/engine/table.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <sstream>

#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/ranking.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TableOptions Options(const std::string& stars = "cn") {
  TableOptions options;
  options.id = "t";
  options.title = "Title";
  options.stars = stars;
  return options;
}

const Row* FindRow(const Table& table, const std::string& id) {
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (row.id == id) return &row;
    }
  }
  return nullptr;
}

std::set<std::string> MarksOf(const Table& table) {
  std::set<std::string> marks;
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      for (const Cell& cell : row.cells) {
        if (!cell.stars.empty()) marks.insert(cell.stars);
      }
    }
  }
  return marks;
}

std::string NotesOf(const Table& table) {
  std::string notes;
  for (const std::string& note : table.notes) notes += note + "\n";
  return notes;
}

// Simple CSV records without line breaks in fields.
std::vector<std::vector<std::string>> Records(const std::string& csv) {
  std::vector<std::vector<std::string>> records;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') {
        if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
          fields.back() += line[i++];
        } else {
          quoted = !quoted;
        }
      } else if (line[i] == ',' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += line[i];
      }
    }
    records.push_back(std::move(fields));
  }
  return records;
}

TEST(Stars, FollowTheirLevelsStrictly) {
  const std::vector<StarLevel> levels = *StarLevels("cn");
  EXPECT_EQ(StarsFor(levels, 0.0099), "***");
  EXPECT_EQ(StarsFor(levels, 0.01), "**");
  EXPECT_EQ(StarsFor(levels, 0.05), "*");
  EXPECT_EQ(StarsFor(levels, 0.0999), "*");
  EXPECT_EQ(StarsFor(levels, 0.10), "");
  EXPECT_EQ(StarsFor(*StarLevels("none"), 1e-9), "");
  EXPECT_EQ(StarLevels("gold").status().reason(), "STARS_UNKNOWN");
}

TEST(Stars, LegendNamesEveryMarkOfThePreset) {
  // p-values that use one, two and three kinds of marks.
  for (const std::vector<double>& errors : {std::vector<double>{0.01}, {0.01, 0.02}, {0.01, 0.02, 0.026, 0.1}}) {
    std::vector<FitFacts> fits;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      fits.push_back(SampleFit("f" + std::to_string(i), 0.045, errors[i], 48));
      fits.back().terms.pop_back();
      for (InferenceFacts& inference : fits.back().inferences) inference.terms.pop_back();
    }
    std::vector<const FitFacts*> pointers;
    for (const FitFacts& fit : fits) pointers.push_back(&fit);
    for (const char* preset : {"cn", "aer"}) {
      const Table table = *BuildRegressionTable(pointers, Options(preset));
      const std::string notes = NotesOf(table);
      ASSERT_FALSE(MarksOf(table).empty());
      std::set<std::string> explained;
      const std::regex entry(std::string(preset) == "aer" ? "([*]+) p < 0[.](01|05|10)" : "([*]+) (1|5|10) %");
      for (auto at = std::sregex_iterator(notes.begin(), notes.end(), entry); at != std::sregex_iterator(); ++at) {
        const std::string mark = (*at)[1];
        const std::string level = (*at)[2];
        EXPECT_EQ(mark.size(), std::stoi(level) == 1 ? 3U : std::stoi(level) == 5 ? 2U : 1U) << notes;
        explained.insert(mark);
      }
      EXPECT_EQ(explained, (std::set<std::string>{"*", "**", "***"})) << preset << "\n" << notes;
    }
  }
}

TEST(RegressionTable, SaysHowStandardErrorsWereComputed) {
  const FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  const Table table = *BuildRegressionTable({&fit}, Options("none"));
  for (const std::string& rendered :
       {RenderText(table), RenderMarkdown(table), RenderHtml(table), RenderLatex(table), RenderJson(table)}) {
    std::string flat = rendered;
    for (char& c : flat) c = c == '\n' ? ' ' : c;
    EXPECT_THAT(flat,
                AllOf(HasSubstr("Standard errors in parentheses"), HasSubstr("CR3"), HasSubstr("clustered by state"),
                      HasSubstr("G = 48"), HasSubstr("correction fixest"), HasSubstr("1.0213"), HasSubstr("t(47)"),
                      HasSubstr("wild cluster bootstrap"), HasSubstr("9,999 draws")));
  }
}

TEST(RegressionTable, NotesNameColumnsWhereInferenceDiffers) {
  const FitFacts first = SampleFit("a", 0.045, 0.011, 48);
  FitFacts second = SampleFit("b", 0.045, 0.011, 48);
  second.inferences = {SampleInference(InferenceType::kHc1, second, 0)};
  const Table table = *BuildRegressionTable({&first, &second, &first}, Options());
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("columns 1, 3: cluster-robust CR3"),
                                    HasSubstr("column 2: heteroskedasticity-robust HC1")));
}

TEST(RegressionTable, CannotBeBuiltWithoutInference) {
  const FitFacts complete = SampleFit("a", 0.045, 0.011, 48);
  const auto reason = [](const FitFacts& fit) { return BuildRegressionTable({&fit}, Options()).status().reason(); };
  FitFacts fit = complete;
  fit.inferences.clear();
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  fit = complete;
  fit.inferences.front().cluster.clear();
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  fit = complete;
  fit.inferences.front().cluster_count = 0;
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  fit = complete;
  fit.inferences.back().ssc.clear();
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  fit = complete;
  fit.inferences.front().terms.front().df.reset();
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  fit = complete;
  fit.inferences.front().terms.pop_back();
  EXPECT_EQ(reason(fit), "INFERENCE_MISSING");
  EXPECT_EQ(reason(complete), "");
  EXPECT_EQ(BuildRegressionTable({}, Options()).status().reason(), "TABLE_EMPTY");

  CompareFacts comparison = SampleFacts().comparisons.front();
  comparison.groups.back().fit.inferences.clear();
  EXPECT_EQ(BuildComparisonTable(comparison, Options()).status().reason(), "INFERENCE_MISSING");
}

TEST(RegressionTable, PutsStandardErrorsAndBootstrapBelowTheCoefficient) {
  const FitFacts fit = SampleFit("a", 0.04503, 0.01127, 48);
  const Table table = *BuildRegressionTable({&fit}, Options());
  const std::vector<Row>& rows = table.panels.front().rows;
  ASSERT_GE(rows.size(), 3U);
  EXPECT_EQ(rows[0].id, "coef:log(ai)");
  EXPECT_EQ(CellText(rows[0].cells[0]), "0.045***");
  EXPECT_EQ(CellText(rows[1].cells[0]), "(0.011)");
  EXPECT_EQ(rows[2].role, Row::Role::kBootstrapP);
  EXPECT_EQ(CellText(rows[2].cells[0]).front(), '[');
  EXPECT_EQ(FindRow(table, "stat:clusters")->cells[0].count, 48);
  EXPECT_EQ(FindRow(table, "stat:n")->cells[0].count, 192);
  EXPECT_EQ(CellText(FindRow(table, "stat:effect:year")->cells[0]), "yes");
}

TEST(RegressionTable, KeepsCollinearTermsAsDashes) {
  FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  fit.terms.back().estimate.reset();
  fit.terms.back().collinear = true;
  for (InferenceFacts& inference : fit.inferences) inference.terms.back() = {};
  const Table table = *BuildRegressionTable({&fit}, Options());
  EXPECT_EQ(CellText(FindRow(table, "coef:urban")->cells[0]), "–");
  EXPECT_THAT(NotesOf(table), HasSubstr("collinear"));
}

TEST(RegressionTable, BlockedColumnsCarryNoStars) {
  const FitFacts first = SampleFit("a", 0.045, 0.011, 48);
  const FitFacts second = SampleFit("b", 0.045, 0.011, 48);
  TableOptions options = Options();
  options.stars_blocked = {{"b", "W09"}};
  const Table table = *BuildRegressionTable({&first, &second}, options);
  EXPECT_EQ(table.panels.front().rows[0].cells[0].stars, "***");
  EXPECT_EQ(table.panels.front().rows[0].cells[1].stars, "");
  EXPECT_THAT(NotesOf(table), HasSubstr("No stars are printed: column 2: rule W09"));
  options.all_stars_blocked = "W36";
  EXPECT_TRUE(MarksOf(*BuildRegressionTable({&first, &second}, options)).empty());
}

TEST(RegressionTable, ShowsSmallStandardErrorsWithTwoDigits) {
  const FitFacts fit = SampleFit("a", 0.014, 0.0000312, 48);
  const Table table = *BuildRegressionTable({&fit}, Options());
  EXPECT_EQ(CellText(table.panels.front().rows[1].cells[0]), "(0.000031)");
}

TEST(ComparisonTable, PrintsRawAndAdjustedPAndTheJointTest) {
  const CompareFacts comparison = SampleFacts().comparisons.front();
  const Table table = *BuildComparisonTable(comparison, Options());
  std::size_t p = 0;
  std::size_t adjusted = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].id == "p") p = i;
    if (table.columns[i].id == "p_adjusted") adjusted = i;
  }
  for (const char* id : {"coef:east:log(ai)", "coef:east-central:log(ai)", "coef:central-west:log(ai)"}) {
    const Row* row = FindRow(table, id);
    ASSERT_NE(row, nullptr) << id;
    EXPECT_EQ(row->cells[p].kind, Cell::Kind::kReal);
    EXPECT_EQ(row->cells[adjusted].kind, Cell::Kind::kReal);
    EXPECT_GE(row->cells[adjusted].real, row->cells[p].real);
  }
  const Row* joint = FindRow(table, "joint:log(ai)");
  ASSERT_NE(joint, nullptr);
  EXPECT_EQ(joint->cells[1].real, 8.37);
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("Welch"), HasSubstr("Satterthwaite"),
                                    HasSubstr("Everything is interacted"), HasSubstr("t(G - 1)")));
}

TEST(ComparisonTable, BlocksOneGroup) {
  const CompareFacts comparison = SampleFacts().comparisons.front();
  TableOptions options = Options();
  options.stars_blocked = {{"region/central", "W08"}, {"region", "W08"}};
  const Table table = *BuildComparisonTable(comparison, options);
  EXPECT_EQ(FindRow(table, "coef:central:log(ai)")->cells[0].stars, "");
  EXPECT_EQ(FindRow(table, "coef:east-central:log(ai)")->cells[0].stars, "");
  EXPECT_NE(FindRow(table, "coef:pooled:log(ai)")->cells[0].stars, "");
  EXPECT_THAT(NotesOf(table), HasSubstr("No stars are printed for differences (rule W08), Central (rule W08)"));
}

TEST(Holm, StepsDownAndKeepsTheOrder) {
  const auto adjusted = HolmAdjusted({0.03, 0.01, {}, 0.04, 0.5});
  EXPECT_NEAR(*adjusted[0], 0.09, 1e-15);
  EXPECT_NEAR(*adjusted[1], 0.04, 1e-15);
  EXPECT_FALSE(adjusted[2].has_value());
  // 2 x 0.04 would fall below the step before it.
  EXPECT_NEAR(*adjusted[3], 0.09, 1e-15);
  EXPECT_NEAR(*adjusted[4], 0.5, 1e-15);
}

TEST(EfficiencyTable, MarksTiesAndCountsPeers) {
  DeaFacts dea;
  dea.id = "d";
  dea.inputs = {"x"};
  dea.outputs = {"y"};
  const auto add = [&](const std::string& unit, double score, const std::string& peer) {
    ScoreFacts row;
    row.unit = unit;
    row.score = score;
    row.peers = {{peer, {}, 1.0}};
    dea.scores.push_back(row);
  };
  add("c", 0.8, "b");
  add("b", 1.0, "b");
  add("a", 1.0, "a");
  add("d", 0.5, "b");
  const std::vector<RankedUnit> units = RankUnits(dea);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(units[0].unit, "a");
  EXPECT_EQ(units[1].unit, "b");
  EXPECT_EQ(units[0].rank, 1);
  EXPECT_EQ(units[1].rank, 1);
  EXPECT_EQ(units[2].rank, 3);
  EXPECT_EQ(units[1].judged_count, 2);
  EXPECT_EQ(units[0].judged_count, 0);
  const Table table = *BuildEfficiencyTable(dea, Options());
  EXPECT_EQ(table.panels.front().rows[0].cells[0].text, "1=");
  EXPECT_EQ(table.panels.front().rows[2].cells[0].text, "3");
  EXPECT_EQ(CellText(table.panels.front().rows[0].cells.back()), "itself");
}

TEST(PublishedTable, JudgesOnlyWhereAToleranceIsGiven) {
  ReportFacts facts = SampleFacts();
  FitFacts& fit = facts.fits.back();
  fit.published = {{"log(ai)", 0.045, {}, "", "s", 0.002, ""},
                   {"log(ai)", 0.05, {}, "", "s", 0.002, ""},
                   {"urban", -0.2, {}, "", "s", {}, ""}};
  const Table table = *BuildPublishedTable({&fit}, {}, {}, Options());
  const std::vector<Row>& rows = table.panels.front().rows;
  EXPECT_THAT(rows[0].cells[5].text, HasSubstr("yes"));
  EXPECT_THAT(rows[1].cells[5].text, HasSubstr("no"));
  EXPECT_EQ(rows[2].cells[5].kind, Cell::Kind::kEmpty);
  EXPECT_DOUBLE_EQ(rows[1].cells[4].real, 0.04503 - 0.05);
}

TEST(SpecificationTable, AnUndefinedTestSaysWhy) {
  SpecificationFacts facts;
  facts.formula = "y ~ x | u";
  facts.tests = {{"hausman", "effects are unrelated to x", "chi2", 9.5, 2, 0, 0.0087, ""},
                 {"f", "no effects", "F", 3.25, 3, 96, 0.025, ""},
                 {"cd", "", "normal", {}, 0, 0, {}, "there is one period"}};
  facts.inflation = {{"x", "", 1.5}, {"z", "", {}}};
  facts.condition_number = 12.25;
  facts.observation_count = 100;
  facts.unit_count = 10;
  facts.period_count = 10;
  const Table table = *BuildSpecificationTable(facts, Options());
  ASSERT_EQ(table.panels.size(), 2U);
  const std::vector<Row>& tests = table.panels[0].rows;
  EXPECT_EQ(tests[0].id, "test:hausman");
  EXPECT_EQ(tests[0].cells[1].text, "chi2(2)");
  EXPECT_EQ(tests[1].cells[1].text, "F(3, 96)");
  EXPECT_DOUBLE_EQ(tests[1].cells[2].real, 0.025);
  EXPECT_EQ(tests[2].cells[0].kind, Cell::Kind::kEmpty);
  EXPECT_EQ(tests[2].cells[3].text, "not computed: there is one period");
  const std::vector<Row>& inflation = table.panels[1].rows;
  EXPECT_DOUBLE_EQ(inflation[0].cells[0].real, 1.5);
  EXPECT_THAT(inflation[1].cells[3].text, HasSubstr("collinear"));
  EXPECT_DOUBLE_EQ(FindRow(table, "condition_number")->cells[0].real, 12.25);
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("y ~ x | u; 100 rows, 10 units, 10 periods, unbalanced"),
                                    HasSubstr("Belsley, Kuh & Welsch 1980")));
  EXPECT_EQ(BuildSpecificationTable({}, Options()).status().reason(), "TABLE_EMPTY");
}

SecondStageFacts SampleSecondStage(const std::string& algorithm) {
  SecondStageFacts facts;
  facts.id = "d";
  facts.dea = "main";
  facts.formula = "~ x";
  facts.algorithm = algorithm;
  facts.response = algorithm == "joint" ? "log(score)" : "phi";
  facts.resample = "unit";
  facts.terms = {{"(Intercept)", "", false, {1.25, 0.5, 0.01, 0.3, 2.2}, {}, {}},
                 {"x", "", false, {-0.25, 0.125, 0.04, -0.5, -0.01}, {-0.1, 0.05, 0.04, -0.2, -0.01}, -0.375}};
  facts.score_count = 300;
  facts.frontier_count = 12;
  facts.observation_count = 288;
  facts.unit_count = 30;
  facts.frontier_tolerance = 1e-6;
  facts.replications = 500;
  facts.provenance.seed = 9;
  facts.warnings = {{"A_WARNING", "says something."}};
  return facts;
}

TEST(SecondStageTable, NotesSayHowTheBootstrapWasDrawn) {
  SecondStageFacts facts = SampleSecondStage("1");
  const Table table = *BuildSecondStageTable(facts, Options());
  const Row& x = *FindRow(table, "coef:x");
  EXPECT_DOUBLE_EQ(x.cells[0].real, -0.25);
  EXPECT_DOUBLE_EQ(x.cells[4].real, -0.01);
  EXPECT_DOUBLE_EQ(x.cells[5].real, -0.1);
  EXPECT_EQ(FindRow(table, "coef:(Intercept)")->cells[5].kind, Cell::Kind::kEmpty);
  EXPECT_THAT(NotesOf(table),
              AllOf(HasSubstr("algorithm 1"), HasSubstr("a positive coefficient is more inefficiency"),
                    HasSubstr("500 replications, units resampled whole; seed 9"),
                    HasSubstr("288 of 300 rows with a score used, 30 units; 12 rows at the frontier left out"),
                    HasSubstr("A_WARNING: says something."), Not(HasSubstr("EXPERIMENTAL"))));
  TableOptions options = Options();
  options.terms = {"x"};
  EXPECT_EQ(FindRow(*BuildSecondStageTable(facts, options), "coef:(Intercept)"), nullptr);
  facts.published = {{"x", -0.2, {}, "", "s", 0.06, ""}};
  const Table published = *BuildPublishedTable({}, {}, {&facts}, Options());
  EXPECT_THAT(published.panels.front().rows[0].cells[5].text, HasSubstr("yes"));
  EXPECT_THAT(NotesOf(published), HasSubstr("500 replications"));
}

TEST(SecondStageTable, TheJointBootstrapIsLabelled) {
  SecondStageFacts facts = SampleSecondStage("joint");
  facts.experimental = true;
  facts.subsample_size = 10;
  facts.frontier_unit_count = 30;
  const Table table = *BuildSecondStageTable(facts, Options());
  ASSERT_EQ(table.columns.size(), 6U);
  EXPECT_DOUBLE_EQ(FindRow(table, "coef:x")->cells[5].real, -0.375);
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("EXPERIMENTAL"), HasSubstr("frontiers of 10 of 30 units"),
                                    HasSubstr("more efficiency"), Not(HasSubstr("frontier left out"))));
}

TEST(Csv, GivesEveryNumberBackExactly) {
  FitFacts fit = SampleFit("a", 0.1 + 0.2, 1.0 / 3.0, 48);
  fit.label = "comma, \"quote\"";
  const Table table = *BuildRegressionTable({&fit}, Options());
  const auto records = Records(RenderCsv(table));
  ASSERT_EQ(records.size(), table.panels.front().rows.size() + 1);
  std::size_t reals = 0;
  for (std::size_t i = 0; i < table.panels.front().rows.size(); ++i) {
    const Row& row = table.panels.front().rows[i];
    ASSERT_EQ(records[i + 1].size(), records[0].size());
    EXPECT_EQ(records[i + 1][0], row.id);
    const Cell& cell = row.cells[0];
    if (cell.kind != Cell::Kind::kReal) continue;
    EXPECT_EQ(std::strtod(records[i + 1][2].c_str(), nullptr), cell.real) << row.id;
    EXPECT_THAT(records[i + 1][2], Not(HasSubstr("*")));
    ++reals;
  }
  EXPECT_GE(reals, 6U);
  EXPECT_EQ(records[1][2], "0.30000000000000004");
}

TEST(Csv, SyntheticDataHaveALastColumn) {
  const FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  TableOptions options = Options();
  options.synthetic = true;
  const auto records = Records(RenderCsv(*BuildRegressionTable({&fit}, options)));
  EXPECT_EQ(records[0].back(), "synthetic");
  for (std::size_t i = 1; i < records.size(); ++i) EXPECT_EQ(records[i].back(), "true");
}

TEST(Latex, EscapesWhatTexWouldRead) {
  EXPECT_EQ(EscapeLatex("50% of R&D_x #1 {a} $b ~c ^d \\e <f>"),
            "50\\% of R\\&D\\_x \\#1 \\{a\\} \\$b $\\sim$c \\textasciicircum{}d \\textbackslash{}e "
            "\\textless{}f\\textgreater{}");
  EXPECT_EQ(EscapeLatex("R² − ≥"), "R\\textsuperscript{2} $-$ $\\geq$");
}

TEST(Latex, NumbersAlignAtTheirPointAndWordsAreGuarded) {
  const FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  const std::string tex = RenderLatex(*BuildRegressionTable({&fit}, Options()));
  EXPECT_THAT(tex, AllOf(HasSubstr("S[table-format=-1.3, table-space-text-pre={(}, table-space-text-post={$^{***}$}]"),
                         HasSubstr("& 0.045{$^{***}$} "), HasSubstr("& {(}0.011{)} "), HasSubstr("& {[$<$0.001]} "),
                         HasSubstr("& -0.213{$^{***}$} "), HasSubstr("& {yes} "), HasSubstr("& {192} ")));
}

TEST(Latex, BracketsAfterALineBreakAreNoArgument) {
  const FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  const std::string tex = RenderLatex(*BuildRegressionTable({&fit}, Options()));
  EXPECT_THAT(tex, AllOf(HasSubstr("\\toprule"), HasSubstr("\\midrule"), HasSubstr("\\bottomrule"),
                         HasSubstr("\\begin{threeparttable}"), HasSubstr("\\end{threeparttable}"),
                         HasSubstr("0.045{$^{***}$}")));
  EXPECT_THAT(tex, Not(HasSubstr("\\\\\n[")));
  EXPECT_THAT(tex, Not(HasSubstr("& [")));
}

TEST(Markdown, StarsAndBarsAreEscaped) {
  const FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  TableOptions options = Options();
  options.title = "a|b";
  const std::string markdown = RenderMarkdown(*BuildRegressionTable({&fit}, options));
  EXPECT_THAT(markdown, AllOf(HasSubstr("0.045\\*\\*\\*"), HasSubstr("a\\|b")));
  // Every line of the grid has the same number of cells.
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() != '|') continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 3) << line;
  }
}

TEST(Html, HeadsAreMarkedForReadersWhoHearTheTable) {
  const FitFacts fit = SampleFit("a<b", 0.045, 0.011, 48);
  const std::string html = RenderHtml(*BuildRegressionTable({&fit}, Options()));
  EXPECT_THAT(html, AllOf(HasSubstr("<caption>"), HasSubstr("scope=\"col\""), HasSubstr("scope=\"row\""),
                          HasSubstr("<th scope=\"row\" rowspan=\"3\">AI intensity, log</th>"), HasSubstr("−0.213")));
}

TEST(Text, LinesUpDigitsAndKeepsWideCharacters) {
  FitFacts fit = SampleFit("a", 0.045, 0.011, 48);
  fit.terms.front().label = "人工智能";
  const std::string text = RenderText(*BuildRegressionTable({&fit}, Options()));
  std::istringstream lines(text);
  std::string coefficient;
  std::string error;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("人工智能", 0) == 0) {
      coefficient = line;
      std::getline(lines, error);
      break;
    }
  }
  // Four wide characters take eight columns and twelve bytes.
  EXPECT_EQ(coefficient.find("0.045") + 5 - 12 + 8, error.find("0.011") + 5);
}

TEST(Cells, SmallPValuesAreNotZero) {
  EXPECT_EQ(CellText(Cell::PValue(1e-12)), "<0.001");
  EXPECT_EQ(CellText(Cell::PValue(0.0005, Cell::Wrap::kBrackets)), "[0.001]");
  EXPECT_EQ(CellText(Cell::Real(-0.0001, 3)), "0.000");
}

}  // namespace
}  // namespace farrell::reporting
