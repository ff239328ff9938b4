// Every score of the studies' panels agrees with GLPK: the states, the golden panel, and the real panel of thirty
// provinces where it lies beside the project.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/text/number.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"
#include "tests/dea/glpk_radial.h"
#include "tests/studies/study_panel.h"

namespace farrell::studies {
namespace {

using dea::FrontierScheme;
using dea::ReturnsToScale;

// Columns of numbers of a CSV file whose cells hold no commas; quotes around cells are taken off.
struct Csv {
  std::vector<std::map<std::string, std::string>> rows;

  explicit Csv(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) throw std::runtime_error(path + " cannot be read");
    const std::vector<std::string> header = Split(line);
    while (std::getline(file, line)) {
      const std::vector<std::string> cells = Split(line);
      rows.emplace_back();
      for (std::size_t k = 0; k < header.size(); ++k) rows.back()[header[k]] = cells.at(k);
    }
  }

  static std::vector<std::string> Split(const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == ',') {
        cells.emplace_back();
      } else if (c != '"' && c != '\r') {
        cells.back().push_back(c);
      }
    }
    return cells;
  }

  Panel ToPanel(const std::string& unit, const std::vector<std::string>& numbers) const {
    Panel panel;
    panel.unit_key = unit;
    panel.time_key = "year";
    for (const auto& row : rows) {
      panel.units.push_back(row.at(unit));
      panel.times.push_back(text::ParseInteger(row.at("year")).value());
      panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
    }
    for (const std::string& name : numbers) {
      std::vector<double> column;
      for (const auto& row : rows) column.push_back(text::ParseReal(row.at(name)).value());
      AddColumn(panel, name, std::move(column));
    }
    SortPanel(panel);
    return panel;
  }
};

// Ours and GLPK's measure (theta or phi) of every scored row, 1e-9 relative; glp_exact decides where they differ.
int CompareAll(const Panel& panel, const dea::Model& model) {
  const Result<dea::Observations> data = dea::MakeObservations(panel, model);
  if (!data.ok()) throw std::runtime_error(data.status().ToString());
  const dea::Evaluation evaluation(*data, model);
  std::vector<dea::UnitScore> scores = evaluation.EmptyResults();
  evaluation.Solve(0, evaluation.unit_count(), scores, std::stop_token(), nullptr);
  const dea::ReferenceSets sets = dea::MakeReferenceSets(*data, model.frontier);
  std::map<std::int32_t, std::unique_ptr<dea::testing::GlpkRadial>> solvers;
  int compared = 0;
  for (std::size_t row = 0; row < scores.size(); ++row) {
    const std::int32_t set = sets.set_of_row[row];
    if (set == dea::ReferenceSets::kNone) continue;
    auto& solver = solvers[set];
    if (!solver) {
      solver = std::make_unique<dea::testing::GlpkRadial>(*data, sets.sets[static_cast<std::size_t>(set)], model.rts,
                                                          model.orientation);
    }
    EXPECT_EQ(scores[row].status, dea::UnitStatus::kOptimal);
    const auto agrees = [&](const std::optional<double>& theirs) {
      return theirs && std::abs(scores[row].farrell - *theirs) <= 1e-9 * std::max(1.0, std::abs(*theirs));
    };
    const auto index = static_cast<std::int32_t>(row);
    EXPECT_TRUE(agrees(solver->Solve(index)) || agrees(solver->SolveExactly(index)))
        << panel.units[row] << " " << panel.times[row] << ": ours " << scores[row].farrell;
    ++compared;
  }
  return compared;
}

dea::Model ModelOf(std::vector<std::string> inputs, const std::string& output, ReturnsToScale rts,
                   FrontierScheme frontier) {
  dea::Model model;
  model.inputs = std::move(inputs);
  model.outputs = {output};
  model.rts = rts;
  model.orientation = dea::Orientation::kOutput;
  model.frontier.scheme = frontier;
  return model;
}

TEST(GlpkPanels, States) {
  const Panel panel = Csv(std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/produc.csv")
                          .ToPanel("state", {"pc", "pcap", "emp", "gsp"});
  for (const FrontierScheme frontier : {FrontierScheme::kGlobal, FrontierScheme::kContemporaneous}) {
    EXPECT_EQ(CompareAll(panel, ModelOf({"pc", "pcap", "emp"}, "gsp", ReturnsToScale::kCrs, frontier)), 816);
  }
}

TEST(GlpkPanels, GoldenPanel) {
  const Panel panel = PanelOf(ReadGoldenPanel());
  for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kVrs}) {
    dea::Model model = ModelOf({"rd_fte", "rd_stock"}, "patents", rts, FrontierScheme::kGlobal);
    model.reference_only_column = "role";
    EXPECT_EQ(CompareAll(panel, model), 300);
  }
}

TEST(GlpkPanels, RealPanelOfThirtyProvinces) {
  const std::string path = std::string(FARRELL_SOURCE_DIR) + "/../shared/data/china_province_panel_2010_2019.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the real panel is not beside the project";
  Panel panel = Csv(path).ToPanel("province", {"rd_fte_py", "rd_exp_10k", "pat_grant", "pat_appl"});
  const std::vector<double>& spending = panel.Find("rd_exp_10k")->numbers;
  std::vector<double> stock;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    stock.push_back(panel.times[row] == 2010 ? spending[row] / 0.25 : 0.85 * stock.back() + spending[row]);
  }
  AddColumn(panel, "rd_stock", std::move(stock));
  const auto count = [&](std::vector<std::string> inputs, ReturnsToScale rts, FrontierScheme frontier) {
    return CompareAll(panel, ModelOf(std::move(inputs), "pat_grant", rts, frontier));
  };
  EXPECT_EQ(count({"rd_fte_py", "rd_stock"}, ReturnsToScale::kCrs, FrontierScheme::kGlobal), 300);
  EXPECT_EQ(count({"rd_fte_py", "rd_stock"}, ReturnsToScale::kVrs, FrontierScheme::kGlobal), 300);
  EXPECT_EQ(count({"rd_fte_py", "rd_stock"}, ReturnsToScale::kCrs, FrontierScheme::kContemporaneous), 300);
  EXPECT_EQ(count({"rd_fte_py", "rd_exp_10k"}, ReturnsToScale::kCrs, FrontierScheme::kGlobal), 300);
}

}  // namespace
}  // namespace farrell::studies
