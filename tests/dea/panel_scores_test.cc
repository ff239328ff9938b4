// Whole panels: the synthetic golden panel against its table, and the real provincial panel, where present, against
// GLPK.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/evaluate.h"
#include "tests/dea/glpk_radial.h"

namespace farrell::dea::testing {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<Row> ReadTable(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  const auto split = [](const std::string& line) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == ',')
        fields.emplace_back();
      else if (c != '"' && c != '\r')
        fields.back() += c;
    }
    return fields;
  };
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line);
  while (line.starts_with("#")) std::getline(file, line);
  const std::vector<std::string> names = split(line);
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = split(line);
    EXPECT_EQ(fields.size(), names.size()) << line;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i) row[names[i]] = fields[i];
  }
  return rows;
}

// Inputs: personnel and the stock of real spending, K(2010) = E/0.25, K = 0.85 K(-1) + E.
Panel GoldenPanel() {
  Panel panel;
  panel.columns = {
      {"personnel", false, {}, {}}, {"stock", false, {}, {}}, {"patents", false, {}, {}}, {"role", true, {}, {}}};
  std::map<std::string, double> stock;
  for (const Row& row : ReadTable(std::string(FARRELL_SOURCE_DIR) + "/examples/ai-innovation/golden_panel.csv")) {
    const std::string& unit = row.at("province");
    const double spending = std::stod(row.at("rd_exp_nominal_1e8yuan")) / std::stod(row.at("rd_price_index_2010"));
    stock[unit] = stock.contains(unit) ? 0.85 * stock[unit] + spending : spending / 0.25;
    panel.units.push_back(unit);
    panel.times.push_back(std::stoll(row.at("year")));
    panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
    panel.columns[0].numbers.push_back(std::stod(row.at("rd_fte_personyear")));
    panel.columns[1].numbers.push_back(stock[unit]);
    panel.columns[2].numbers.push_back(std::stod(row.at("patent_grants")));
    panel.columns[3].texts.push_back(row.at("role"));
  }
  SortPanel(panel);
  return panel;
}

TEST(PanelScoresTest, GoldenPanelReturnsItsScores) {
  const Panel panel = GoldenPanel();
  Model model;
  model.inputs = {"personnel", "stock"};
  model.outputs = {"patents"};
  model.orientation = Orientation::kOutput;
  model.frontier.scheme = FrontierScheme::kGlobal;
  model.reference_only_column = "role";
  const Result<Observations> data = MakeObservations(panel, model);
  ASSERT_TRUE(data.ok()) << data.status().ToString();
  const Evaluation evaluation(*data, model);
  std::vector<UnitScore> results = evaluation.EmptyResults();
  ASSERT_TRUE(evaluation.Solve(0, evaluation.unit_count(), results, {}, nullptr));

  double sum = 0;
  double least = 1;
  double most = 0;
  int scored = 0;
  std::map<std::pair<std::string, std::int64_t>, double> scores;
  for (std::size_t row = 0; row < results.size(); ++row) {
    if (panel.units[row].starts_with("REF_")) {
      EXPECT_EQ(results[row].status, UnitStatus::kReferenceOnly);
      continue;
    }
    ASSERT_EQ(results[row].status, UnitStatus::kOptimal);
    for (const Peer& peer : results[row].peers) {
      EXPECT_TRUE(panel.units[static_cast<std::size_t>(peer.row)].starts_with("REF_"));
    }
    const double score = results[row].score;
    scores[{panel.units[row], panel.times[row]}] = score;
    sum += score;
    least = std::min(least, score);
    most = std::max(most, score);
    ++scored;
  }
  EXPECT_EQ(scored, 300);
  EXPECT_NEAR(sum / 300, 0.4740991135, 1e-9);
  EXPECT_NEAR(least, 0.2500579291, 1e-9);
  EXPECT_NEAR(most, 0.9801102413, 1e-9);
  EXPECT_EQ(scores.at({"Xinjiang", 2011}), least);
  EXPECT_EQ(scores.at({"Hainan", 2019}), most);
  const std::map<std::pair<std::string, std::int64_t>, double> published = {
      {{"Beijing", 2010}, 0.5463270191}, {{"Beijing", 2019}, 0.7038602843},  {{"Henan", 2010}, 0.2597614636},
      {{"Henan", 2019}, 0.3534806477},   {{"Xinjiang", 2010}, 0.2566990053}, {{"Xinjiang", 2019}, 0.3296976607}};
  for (const auto& [key, score] : published) EXPECT_NEAR(scores.at(key), score, 1e-9) << key.first << " " << key.second;
}

// Real data that are not part of this project: skipped where they are absent.
TEST(PanelScoresTest, RealProvincesAgreeWithGlpkForEveryUnitYear) {
  const std::string path = std::string(FARRELL_SOURCE_DIR) + "/../shared/data/china_province_panel_2010_2019.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no provincial panel beside the project";
  Panel panel;
  panel.columns = {{"rd_fte_py", false, {}, {}}, {"rd_exp_10k", false, {}, {}}, {"pat_grant", false, {}, {}}};
  for (const Row& row : ReadTable(path)) {
    panel.units.push_back(row.at("province"));
    panel.times.push_back(std::stoll(row.at("year")));
    panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
    for (PanelColumn& column : panel.columns) {
      const std::string& text = row.at(column.name);
      column.numbers.push_back(text.empty() ? kMissing : std::stod(text));
    }
  }
  SortPanel(panel);
  ASSERT_EQ(panel.size() % 10, 0U);
  for (const FrontierScheme scheme : {FrontierScheme::kGlobal, FrontierScheme::kContemporaneous}) {
    Model model;
    model.inputs = {"rd_fte_py", "rd_exp_10k"};
    model.outputs = {"pat_grant"};
    model.orientation = Orientation::kOutput;
    model.frontier.scheme = scheme;
    const Result<Observations> data = MakeObservations(panel, model);
    ASSERT_TRUE(data.ok()) << data.status().ToString();
    const Evaluation evaluation(*data, model);
    std::vector<UnitScore> results = evaluation.EmptyResults();
    ASSERT_TRUE(evaluation.Solve(0, evaluation.unit_count(), results, {}, nullptr));
    const ReferenceSets& sets = evaluation.reference_sets();
    std::size_t compared = 0;
    for (std::size_t row = 0; row < results.size(); ++row) {
      ASSERT_EQ(results[row].status, UnitStatus::kOptimal);
      GlpkRadial glpk(*data, sets.sets[static_cast<std::size_t>(sets.set_of_row[row])], model.rts, model.orientation);
      const std::optional<double> expected = glpk.Solve(static_cast<std::int32_t>(row));
      ASSERT_TRUE(expected.has_value()) << panel.units[row] << " " << panel.times[row];
      EXPECT_NEAR(results[row].farrell, *expected, 1e-9 * *expected) << panel.units[row] << " " << panel.times[row];
      ++compared;
    }
    EXPECT_EQ(compared, panel.size());
  }
}

}  // namespace
}  // namespace farrell::dea::testing
