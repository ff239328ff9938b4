// The example studies through the program, as a reader runs them: the files of the report, the known numbers in
// report.json, the synthetic stamp, and the second run that solves nothing and writes the same bytes.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/farrell_run.h"
#include "tests/studies/golden_report.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using nlohmann::json;
using testing::FarrellFixture;
using testing::FarrellRun;
using testing::ReadFile;

const std::string kSource = FARRELL_SOURCE_DIR;

// Files of a folder by relative path.
std::map<std::string, std::string> FilesOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[std::filesystem::relative(entry.path(), folder).string()] = ReadFile(entry.path().string());
  }
  return files;
}

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A study run once in its own state, with the report's files. One run serves every test of a suite.
class StudyRun {
 public:
  explicit StudyRun(const std::string& file) : file_(kSource + "/" + file) {
    first_ = Again("report");
    if (first_.exit_code == 0) files_ = FilesOf(fixture_.Path("report"));
    if (files_.contains("report.json")) report_ = json::parse(files_.at("report.json"));
  }

  FarrellRun Again(const std::string& folder) const {
    return fixture_.Run({"study", "run", file_, "--out", fixture_.Path(folder)});
  }
  FarrellRun Show() const { return fixture_.Run({"study", "show", "latest", "--format", "json"}); }

  const FarrellFixture& fixture() const { return fixture_; }
  const FarrellRun& first() const { return first_; }
  const std::map<std::string, std::string>& files() const { return files_; }
  const json& report() const { return report_; }

  // Value of a cell; fails the test where there is none.
  double Value(const std::string& table, const std::string& row, const std::string& column) const {
    const json* cell = Find(table, row, column);
    if (cell == nullptr || !cell->contains("value") || !(*cell)["value"].is_number()) {
      ADD_FAILURE() << "no number in " << table << ", row " << row << ", column " << column;
      return std::nan("");
    }
    return (*cell)["value"].get<double>();
  }
  std::string Text(const std::string& table, const std::string& row, const std::string& column) const {
    const json* cell = Find(table, row, column);
    return cell == nullptr ? "" : (*cell)["value"].get<std::string>();
  }

  // As a reader sees it, without stars.
  std::string Printed(const std::string& table, const std::string& row, const std::string& column) const {
    const json* cell = Find(table, row, column);
    if (cell == nullptr || !cell->contains("printed")) return "no cell";
    std::string text = (*cell)["printed"];
    text.erase(std::remove(text.begin(), text.end(), '*'), text.end());
    return text;
  }

  std::vector<std::string> Rules() const {
    std::vector<std::string> ids;
    for (const json& rule : report_.at("rules")) ids.push_back(rule.at("id"));
    return ids;
  }

 private:
  const json* Find(const std::string& table, const std::string& row, const std::string& column) const {
    for (const json& one : report_.at("tables")) {
      if (one.at("id") != table) continue;
      std::size_t at = 0;
      while (at < one.at("columns").size() && one.at("columns")[at].at("id") != column) ++at;
      if (at == one.at("columns").size()) return nullptr;
      for (const json& panel : one.at("panels")) {
        for (const json& line : panel.at("rows")) {
          if (line.at("id") == row) return &line.at("cells").at(at);
        }
      }
    }
    return nullptr;
  }

  FarrellFixture fixture_;
  std::string file_;
  FarrellRun first_;
  std::map<std::string, std::string> files_;
  json report_;
};

const StudyRun& States() {
  static const StudyRun* run = new StudyRun("examples/us-states/study.yaml");
  return *run;
}
const StudyRun& Innovation() {
  static const StudyRun* run = new StudyRun("examples/ai-innovation/study.yaml");
  return *run;
}

void ExpectCompleteReport(const StudyRun& run) {
  ASSERT_EQ(run.first().exit_code, 0) << run.first().err;
  for (const char* name : {"report.html", "report.md", "report.tex", "report.json", "run.json"}) {
    EXPECT_TRUE(run.files().contains(name)) << name;
  }
  ASSERT_TRUE(run.report().contains("tables"));
  for (const json& table : run.report().at("tables")) {
    EXPECT_TRUE(run.files().contains("tables/" + table.at("id").get<std::string>() + ".csv")) << table.at("id");
  }
  EXPECT_GE(run.report().at("figures").size(), 4U);
  for (const json& figure : run.report().at("figures")) {
    const std::string svg = figure.at("file");
    ASSERT_TRUE(run.files().contains(svg)) << svg;
    EXPECT_TRUE(run.files().contains(figure.at("specification").get<std::string>()));
    EXPECT_NE(run.files().at(svg).find("<svg"), std::string::npos);
  }
  // One file, nothing fetched from elsewhere.
  const std::string& html = run.files().at("report.html");
  for (const char* outside : {"src=\"http", "<link", "@import", "url(http"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
}

void ExpectSecondRunSolvesNothing(const StudyRun& run) {
  const FarrellRun again = run.Again("again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const json shown = json::parse(run.Show().out);
  // protobuf JSON leaves zeros out.
  EXPECT_EQ(shown.contains("solved_count") ? shown["solved_count"] : json("0"), json("0"));
  const std::map<std::string, std::string> files = FilesOf(run.fixture().Path("again"));
  for (const auto& [path, bytes] : run.files()) {
    if (path == "run.json") continue;  // times and hosts belong to the run
    ASSERT_TRUE(files.contains(path)) << path;
    EXPECT_TRUE(files.at(path) == bytes) << path << " differs";
  }
  EXPECT_EQ(files.size(), run.files().size());
}

// Every printed cell of every table and figure, and the rules that fired.
void ExpectGoldenReport(const StudyRun& run, const std::string& study) {
  ASSERT_EQ(run.first().exit_code, 0) << run.first().err;
  std::string all;
  for (const std::string& difference :
       testing::GoldenDifferences(run.report(), kSource + "/tests/studies/golden/" + study)) {
    all += "  " + difference + "\n";
  }
  EXPECT_EQ(all, "")
      << "if this is meant, write the files anew: FARRELL_UPDATE_REPORTS=1 ./dev test -R '^study_run_test'";
}

TEST(StatesStudy, ReportIsComplete) { ExpectCompleteReport(States()); }
TEST(StatesStudy, EveryCellIsTheGoldenOne) { ExpectGoldenReport(States(), "us-states"); }
TEST(StatesStudy, SecondRunSolvesNothingAndWritesTheSameBytes) { ExpectSecondRunSolvesNothing(States()); }

// Munnell (1990) and the within estimates on the same panel (plm 2.6-2), to the digits printed there.
TEST(StatesStudy, PublishedCoefficientsAreReproduced) {
  ASSERT_EQ(States().first().exit_code, 0);
  const struct {
    const char* model;
    const char* term;
    double estimate;
    double tolerance;
  } known[] = {{"pooled", "log(pcap)", 0.1550070, 5e-7},   {"pooled", "log(pc)", 0.3091902, 5e-7},
               {"pooled", "log(emp)", 0.5939349, 5e-7},    {"pooled", "unemp", -0.0067330, 5e-7},
               {"pooled", "(Intercept)", 1.6433023, 5e-7}, {"within", "log(pcap)", -0.0261497, 5e-7},
               {"within", "log(pc)", 0.2920069, 5e-7},     {"within", "log(emp)", 0.7681595, 5e-7},
               {"within", "unemp", -0.0052977, 5e-7},      {"two_way", "log(pcap)", -0.0301761, 5e-7},
               {"two_way", "log(pc)", 0.1688280, 5e-7},    {"two_way", "log(emp)", 0.7693062, 5e-7},
               {"two_way", "unemp", -0.0042211, 5e-7}};
  for (const auto& cell : known) {
    EXPECT_NEAR(States().Value("production", std::string("coef:") + cell.term, cell.model), cell.estimate,
                cell.tolerance)
        << cell.model << " " << cell.term;
  }
  for (const char* row : {"pooled:log(pcap)", "pooled:log(pc)", "pooled:log(emp)", "within:log(pcap)", "within:log(pc)",
                          "within:log(emp)", "within:unemp", "two_way:log(pcap)", "two_way:log(pc)", "two_way:log(emp)",
                          "two_way:unemp"}) {
    EXPECT_EQ(States().Text("published", std::string("published:") + row, "within").substr(0, 4), "yes,") << row;
  }
  EXPECT_NEAR(States().Value("published", "published:within:log(pcap)", "published_se"), 0.0290016, 1e-12);
}

// The front page shows what the demo gives.
TEST(StatesStudy, TheReadmeIsTrue) {
  ASSERT_EQ(States().first().exit_code, 0);
  const std::string readme = ReadFile(kSource + "/README.md");
  for (const char* model : {"pooled", "within", "two_way"}) {
    for (const char* term : {"log(pcap)", "log(pc)", "log(emp)", "unemp"}) {
      const std::string shown = States().Printed("production", std::string("coef:") + term, model) + " " +
                                States().Printed("production", std::string("se:") + term, model);
      EXPECT_NE(readme.find("| " + shown + " |"), std::string::npos) << model << " " << term << ": " << shown;
    }
  }
  for (const char* model : {"score_main", "score_yearly"}) {
    const std::string shown = States().Printed("second_stage", "coef:unemp", model) + " " +
                              States().Printed("second_stage", "se:unemp", model);
    EXPECT_NE(readme.find(shown), std::string::npos) << shown;
  }
  EXPECT_NE(readme.find("p = " + States().Printed("regions", "joint:unemp", "p")), std::string::npos);
  const std::string figure = ReadFile(kSource + "/docs/images/us-states-tiles.svg");
  EXPECT_NE(figure.find(States().report().at("data").at("snapshot_digest").get<std::string>()), std::string::npos);
}

TEST(StatesStudy, RealDataCarryNoSyntheticStamp) {
  ASSERT_EQ(States().first().exit_code, 0);
  EXPECT_FALSE(States().report().at("data").at("synthetic").get<bool>());
  const std::vector<std::string> rules = States().Rules();
  EXPECT_EQ(std::count(rules.begin(), rules.end(), "W36"), 0);
  EXPECT_EQ(States().files().at("report.html").find("SYNTHETIC"), std::string::npos);
}

TEST(InnovationStudy, ReportIsComplete) { ExpectCompleteReport(Innovation()); }
TEST(InnovationStudy, EveryCellIsTheGoldenOne) { ExpectGoldenReport(Innovation(), "ai-innovation"); }
TEST(InnovationStudy, SecondRunSolvesNothingAndWritesTheSameBytes) { ExpectSecondRunSolvesNothing(Innovation()); }

TEST(InnovationStudy, KnownEstimatesStandInTheReport) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const struct {
    const char* table;
    const char* column;
    double estimate;
    double cr3;
  } known[] = {{"table2", "baseline", 0.045006, 0.013592},   {"table4", "universities", 0.461075, 0.023801},
               {"table4", "institutes", 0.228107, 0.024315}, {"table4", "enterprises", 0.009994, 0.011577},
               {"table5", "applied", 0.195010, 0.011185},    {"table5", "basic", 0.013002, 0.010304},
               {"table6", "market", 0.060000, 0.025328},     {"inputs", "patents", 0.199150, 0.017146},
               {"inputs", "personnel", 0.158286, 0.013568},  {"inputs", "stock", 0.146014, 0.009587}};
  for (const auto& cell : known) {
    EXPECT_NEAR(Innovation().Value(cell.table, "coef:ln_ai", cell.column), cell.estimate, 1e-6) << cell.column;
    EXPECT_NEAR(Innovation().Value(cell.table, "se:ln_ai", cell.column), cell.cr3, 1e-6) << cell.column;
  }
  EXPECT_NEAR(Innovation().Value("table2", "coef:ln_ai", "step1"), 0.046447, 1e-6);
  EXPECT_NEAR(Innovation().Value("table2", "coef:ln_ai", "step2"), 0.045494, 1e-6);
  EXPECT_NEAR(Innovation().Value("table2", "coef:ln_ai", "step3"), 0.045414, 1e-6);
  // The wrong turns, to the digits known.
  const auto slope = [](const std::string& row) {
    return Innovation().Value("frontiers", "frontier:" + row, "estimate");
  };
  EXPECT_NEAR(slope("frontier_flow"), -0.0759, 6e-5);
  EXPECT_NEAR(slope("frontier_vrs"), 0.0570, 6e-5);
  EXPECT_NEAR(slope("frontier_yearly"), 0.0387, 6e-5);
  EXPECT_NEAR(Innovation().Value("frontiers", "frontier:frontier_vrs", "share_at_one"), 0.017, 5e-4);
}

// ln patents = ln score + ln target, row by row.
TEST(InnovationStudy, TheChannelsAddUpExactly) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const auto value = [](const char* column) { return Innovation().Value("channels", "coef:split:ln_ai", column); };
  EXPECT_NEAR(value("total"), 0.199150, 1e-6);
  EXPECT_NEAR(value("efficiency"), 0.045006, 1e-6);
  EXPECT_NEAR(value("total"), value("efficiency") + value("inputs"), 1e-12);
}

TEST(InnovationStudy, WhatARefereeWouldAskForNext) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  // The range without one province (README of the golden panel).
  EXPECT_NEAR(Innovation().Value("influence", "coef:baseline:ln_ai", "low"), 0.0379, 5e-5);
  EXPECT_NEAR(Innovation().Value("influence", "coef:baseline:ln_ai", "high"), 0.0489, 5e-5);
  EXPECT_LT(Innovation().Value("clusters", "clusters:baseline:ln_ai", "effective"), 30);
  EXPECT_LT(Innovation().Value("design", "design:design_west:ln_ai", "power"), 0.5);
  for (const char* later : {"persistence", "spatial", "alternatives", "mechanisms", "frontier_model"}) {
    EXPECT_EQ(Innovation().Text(later, "sentence", "sentence"), "Not computed in this version.") << later;
  }
  EXPECT_EQ(Innovation().Text("quality", "sentence", "sentence"), "Not available: inventions.");
  EXPECT_EQ(Innovation().Text("table2", "coef:ln_ai", "more_controls"), "not available: gov and hc");
  const std::string no_instrument = "ot available: national_fai_ict and post_tel_1984";
  EXPECT_EQ(Innovation().Text("table6", "coef:ln_ai", "iv"), "n" + no_instrument);
  EXPECT_EQ(Innovation().Text("instrument", "sentence", "sentence"), "N" + no_instrument + ".");
  EXPECT_EQ(Innovation().Text("table7", "coef:ln_ai", "moderated_hc"), "not available: hc");
  EXPECT_EQ(Innovation().Text("vintages", "sentence", "sentence"), "Not computed in this version.");
}

// Kao & Hwang's score is the product of its stages, so the slopes of the logs add up to the digit.
// East alone spans the nation's frontier in these data; elsewhere the ratio is below one.
TEST(InnovationStudy, TheEastLeavesNoTechnologyGap) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const auto value = [](const char* row, const char* column) { return Innovation().Value("gaps", row, column); };
  EXPECT_NEAR(value("gaps:east", "gap_ratio_min"), 1, 1e-9);
  EXPECT_LT(value("gaps:west", "gap_ratio"), 1);
  EXPECT_GE(value("gaps:central", "group_score"), value("gaps:central", "score"));
  EXPECT_NEAR(value("gaps:all", "gap_ratio"),
              (110 * value("gaps:east", "gap_ratio") + 80 * value("gaps:central", "gap_ratio") +
               110 * value("gaps:west", "gap_ratio")) /
                  300,
              1e-12);
}

// One instrument: the first stage's robust F, the effective F and that of Kleibergen and Paap are one number (Andrews,
// Stock & Sun 2019), and the estimate lies in the Anderson-Rubin set.
TEST(InstrumentStudy, TheSameNotationFillsTheTableWhereTheDataHoldOne) {
  const StudyRun run("tests/studies/instrument_study.yaml");
  ASSERT_EQ(run.first().exit_code, 0) << run.first().err;
  const double first = run.Value("instrument", "first_stage:0:f", "iv");
  EXPECT_GT(first, 23.1);
  EXPECT_NEAR(run.Value("instrument", "first_stage:0:effective_f", "iv") / first, 1, 1e-10);
  EXPECT_NEAR(run.Value("instrument", "kleibergen_paap_f", "iv") / first, 1, 1e-10);
  EXPECT_NEAR(run.Value("instrument", "first_stage:0:effective_f_critical", "iv"), 23.1, 0.05);
  EXPECT_EQ(run.Text("instrument", "anderson_rubin_set", "iv").front(), '[');
  EXPECT_GT(run.Value("robustness", "se:ln_ai", "iv"), 0);
}

TEST(InnovationStudy, TheSlopeOfTheSystemIsTheSumOfItsStages) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const auto slope = [](const std::string& column) { return Innovation().Value("two_stages", "coef:ln_ai", column); };
  EXPECT_NEAR(slope("two_stage_score"), slope("two_stage_1") + slope("two_stage_2"), 1e-9);
  EXPECT_GT(std::abs(slope("two_stage_1") - slope("two_stage_2")), 0.1);
}

TEST(InnovationStudy, RegionsAndTheirDifferences) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const auto value = [](const std::string& row) { return Innovation().Value("table3", row, "estimate"); };
  EXPECT_NEAR(value("coef:east:ln_ai"), 0.014007, 1e-6);
  EXPECT_NEAR(value("coef:central:ln_ai"), 0.090003, 1e-6);
  EXPECT_NEAR(value("coef:west:ln_ai"), 0.000005, 1e-6);
  EXPECT_NEAR(value("coef:pooled:ln_ai"), 0.045006, 1e-6);
  EXPECT_NEAR(value("se:east:ln_ai"), 0.003127, 1e-6);
  EXPECT_NEAR(value("se:central:ln_ai"), 0.018889, 1e-6);
  EXPECT_NEAR(value("se:west:ln_ai"), 0.034491, 1e-6);
  EXPECT_NEAR(value("coef:central-east:ln_ai"), 0.075996, 2e-6);
  EXPECT_NEAR(value("se:central-east:ln_ai"), 0.019146, 1e-6);
  EXPECT_NEAR(value("coef:central-west:ln_ai"), 0.089998, 2e-6);
  EXPECT_NEAR(value("se:central-west:ln_ai"), 0.039325, 1e-6);
  EXPECT_NEAR(value("coef:east-west:ln_ai"), 0.014002, 2e-6);
  EXPECT_NEAR(value("se:east-west:ln_ai"), 0.034633, 1e-6);
}

TEST(InnovationStudy, EveryPublishedValueIsReproduced) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  for (const char* row :
       {"published_overall baseline", "published_overall applied", "published_overall basic",
        "published_actors universities", "published_actors institutes", "published_actors enterprises"}) {
    const std::string text = row;
    const std::string table = text.substr(0, text.find(' '));
    const std::string fit = text.substr(text.find(' ') + 1);
    EXPECT_EQ(Innovation().Text(table, "published:" + fit + ":ln_ai", "within").substr(0, 4), "yes,") << row;
  }
  // By region: the West's planted value is exactly 0, a number like any other.
  for (const char* region : {"east", "central", "west"}) {
    const std::string row = std::string("published:region/") + region + ":ln_ai";
    EXPECT_EQ(Innovation().Text("published_regions", row, "within").substr(0, 4), "yes,") << row;
  }
}

TEST(InnovationStudy, EveryArtefactIsStampedSynthetic) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  EXPECT_TRUE(Innovation().report().at("data").at("synthetic").get<bool>());
  for (const auto& [path, bytes] : Innovation().files()) {
    if (path == "run.json") continue;
    std::string lower = bytes;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    // Compressed; the test of workbooks reads its stamp.
    if (EndsWith(path, ".xlsx")) continue;
    const bool stamped = lower.find("synthetic") != std::string::npos || lower.find("模拟数据") != std::string::npos;
    EXPECT_TRUE(stamped) << path;
    // CSV carries the stamp as its last column.
    if (EndsWith(path, ".csv")) {
      EXPECT_TRUE(EndsWith(bytes.substr(0, bytes.find(0x0A)), ",synthetic")) << path;
    }
  }
}

TEST(InnovationStudy, TheRulesThatMustFireDo) {
  ASSERT_EQ(Innovation().first().exit_code, 0);
  const std::vector<std::string> rules = Innovation().Rules();
  for (const char* id :
       {"W01", "W02", "W10", "W11", "W12", "W13", "W15", "W18", "W22", "W27", "W28", "W29", "W30", "W36", "W37"}) {
    EXPECT_EQ(std::count(rules.begin(), rules.end(), id), 1) << id;
  }
  // One column leaves the year effects out, and is told so.
  EXPECT_EQ(std::count(rules.begin(), rules.end(), "W08"), 1);
  // The study names the comparison that tests its sentence and clusters its errors.
  for (const char* id : {"W14", "W09"}) EXPECT_EQ(std::count(rules.begin(), rules.end(), id), 0) << id;
}

TEST(InnovationStudy, AnotherDrawRunsThroughTheSameStudy) {
  const FarrellFixture fixture;
  const FarrellRun drawn =
      fixture.Run({"study", "synthesize", "--preset", "pattern", "--seed", "11", "--out", fixture.Path("drawn.csv")});
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  ASSERT_EQ(ReadFile(fixture.Path("drawn.csv")).rfind("# SYNTHETIC\n", 0), 0U);
  // The file says by itself that it is synthetic: the study does not.
  std::filesystem::copy_file(kSource + "/examples/ai-innovation/study.yaml", fixture.Path("base.yaml"));
  std::filesystem::copy_file(kSource + "/examples/ai-innovation/china_tiles.csv", fixture.Path("china_tiles.csv"));
  fixture.Write("study.yaml",
                "extends: base.yaml\nid: drawn\n"
                "data: {file: drawn.csv, unit: province, time: year, where: \"role == 'sample'\"}\n");
  const FarrellRun run = fixture.Run({"study", "run", fixture.Path("study.yaml"), "--out", fixture.Path("report")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json report = json::parse(ReadFile(fixture.Path("report/report.json")));
  EXPECT_TRUE(report.at("data").at("synthetic").get<bool>());
}

// The study printed in docs/studies.md is whole.
TEST(Documents, TheStudyInTheManualRuns) {
  const std::string manual = ReadFile(kSource + "/docs/studies.md");
  const std::string fence = "```yaml\n";
  const std::size_t begin = manual.find(fence) + fence.size();
  const FarrellFixture fixture;
  fixture.Write("study.yaml", manual.substr(begin, manual.find("```", begin) - begin));
  std::filesystem::copy_file(kSource + "/examples/us-states/produc.csv", fixture.Path("produc.csv"));
  const FarrellRun run = fixture.Run({"study", "run", fixture.Path("study.yaml"), "--out", fixture.Path("report")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(ReadFile(fixture.Path("report/report.md")).find("The slope is -0.006."), std::string::npos);
}

// The real panel, where it lies beside the project. Structure is asserted, not nearness to what was published.
TEST(ChinaStudy, MappedVariablesRunThroughTheSameModels) {
  const std::string panel = kSource + "/../shared/data/china_province_panel_2010_2019.csv";
  if (!std::filesystem::exists(panel)) GTEST_SKIP() << "the real panel is not beside the project";
  const StudyRun run("tests/studies/china_study.yaml");
  ExpectCompleteReport(run);
  ASSERT_EQ(run.first().exit_code, 0) << run.first().err;
  EXPECT_FALSE(run.report().at("data").at("synthetic").get<bool>());
  EXPECT_EQ(run.report().at("data").at("row_count"), 300);
  for (const char* table : {"table2", "table3", "table5", "table6", "frontiers", "inputs", "quality", "nbs"}) {
    EXPECT_TRUE(run.files().contains(std::string("tables/") + table + ".csv")) << table;
  }
  EXPECT_EQ(run.Text("table4", "sentence", "sentence"),
            "Not available: app_enterprise, app_institute and app_university.");
  // Published values stand beside ours, whatever ours are.
  EXPECT_DOUBLE_EQ(run.Value("published_overall", "published:baseline:ln_ai", "published"), 0.045);
  EXPECT_TRUE(std::isfinite(run.Value("published_overall", "published:baseline:ln_ai", "ours")));
  bool listed = false;
  for (const json& entry : run.report().at("not_available")) {
    listed = listed || entry.at("what").get<std::string>().find("universities") != std::string::npos;
  }
  EXPECT_TRUE(listed);
}

}  // namespace
}  // namespace farrell
