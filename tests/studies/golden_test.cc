// The golden panel through the engines: every score, estimate and standard error known for it, and the wrong numbers
// that the usual mistakes give. Expected values were computed by other programs in other languages; the tables are
// rounded to six decimals, scores to ten.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/numeric/distributions.h"
#include "tests/studies/estimates.h"
#include "tests/studies/study_panel.h"

namespace farrell::studies {
namespace {

constexpr double kTable = 1e-6;
constexpr double kScore = 1e-9;
constexpr double kPlan = 2e-3;

// The panel with its scores, as most tests need it.
Panel GoldenWithScores(const ScoreOptions& options = {}, bool reference_rows = true) {
  Panel panel = PanelOf(ReadGoldenPanel(), {.reference_rows = reference_rows});
  AddColumn(panel, "ln_score", Evaluate(panel, options).logs);
  return SampleOf(panel);
}

std::size_t RowOf(const Panel& panel, const std::string& unit, std::int64_t time) {
  for (std::size_t k = 0; k < panel.size(); ++k) {
    if (panel.units[k] == unit && panel.times[k] == time) return k;
  }
  ADD_FAILURE() << "no row " << unit << " " << time;
  return 0;
}

TEST(Golden, Scores) {
  const Panel panel = PanelOf(ReadGoldenPanel());
  ASSERT_EQ(panel.size(), 302U);
  const Scores scores = Evaluate(panel);
  double sum = 0;
  double least = 2;
  double most = 0;
  for (std::size_t k = 0; k < panel.size(); ++k) {
    const dea::UnitScore& unit = scores.units[k];
    if (panel.units[k].starts_with("REF_")) {
      EXPECT_EQ(unit.status, dea::UnitStatus::kReferenceOnly);
      continue;
    }
    ASSERT_EQ(unit.status, dea::UnitStatus::kOptimal);
    sum += unit.score;
    least = std::min(least, unit.score);
    most = std::max(most, unit.score);
    EXPECT_LE(unit.certificate.gap, 1e-9);
    EXPECT_LE(unit.certificate.max_violation, 1e-9);
    for (const dea::Peer& peer : unit.peers) {
      EXPECT_TRUE(panel.units[static_cast<std::size_t>(peer.row)].starts_with("REF_")) << panel.units[k];
    }
    // Patents were rounded to whole numbers after the score was planted.
    EXPECT_LE(std::abs(scores.logs[k] - panel.Find("planted")->numbers[k]), 4.65e-4);
  }
  EXPECT_NEAR(sum / 300, 0.4740991135, kScore);
  EXPECT_NEAR(least, 0.2500579291, kScore);
  EXPECT_NEAR(most, 0.9801102413, kScore);
  EXPECT_EQ(scores.share_at_one, 0);
  const struct {
    const char* unit;
    std::int64_t time;
    double score;
  } known[] = {{"Beijing", 2010, 0.5463270191},  {"Beijing", 2019, 0.7038602843},  {"Henan", 2010, 0.2597614636},
               {"Henan", 2019, 0.3534806477},    {"Xinjiang", 2010, 0.2566990053}, {"Xinjiang", 2019, 0.3296976607},
               {"Xinjiang", 2011, 0.2500579291}, {"Hainan", 2019, 0.9801102413}};
  for (const auto& cell : known) {
    EXPECT_NEAR(scores.units[RowOf(panel, cell.unit, cell.time)].score, cell.score, kScore) << cell.unit << cell.time;
  }
}

struct Row {
  const char* outcome;
  const char* by;
  const char* group;
  double plan;  // NaN: not planted in one panel
  double estimate;
  double iid;
  double cr1;
  double cr3;
  double p;
  double r2_within;
  std::int64_t clusters;
  std::int64_t observations;
};

TEST(Golden, EveryEstimateAndStandardErrorOfTheTable) {
  const Panel panel = GoldenWithScores();
  const double none = std::nan("");
  const Row rows[] = {
      {"ln_score", "", "", 0.045, 0.045006, 0.007763, 0.012735, 0.013592, 0.0025, 0.1386, 30, 300},
      {"ln_score", "region", "E", 0.014, 0.014007, 0.003255, 0.002569, 0.003127, 0.0012, 0.3666, 11, 110},
      {"ln_score", "region", "C", 0.090, 0.090003, 0.013863, 0.015213, 0.018889, 0.0020, 0.4340, 8, 80},
      {"ln_score", "region", "W", 0.000, 0.000005, 0.020459, 0.031331, 0.034491, 0.9999, 0.0034, 11, 110},
      {"ln_university", "", "", 0.461, 0.461075, 0.020565, 0.023401, 0.023801, 0.0000, 0.6643, 30, 300},
      {"ln_institute", "", "", 0.228, 0.228107, 0.018762, 0.022338, 0.024315, 0.0000, 0.3678, 30, 300},
      {"ln_enterprise", "", "", 0.010, 0.009994, 0.009538, 0.011177, 0.011577, 0.3951, 0.0043, 30, 300},
      {"ln_total", "", "", 0.195, 0.195010, 0.007551, 0.010654, 0.011185, 0.0000, 0.7242, 30, 300},
      {"ln_papers", "", "", 0.013, 0.013002, 0.009436, 0.009455, 0.010304, 0.2171, 0.0074, 30, 300},
      {"ln_market", "", "", 0.060, 0.060000, 0.018874, 0.024100, 0.025328, 0.0247, 0.0383, 30, 300},
      {"ln_score", "region4", "N", none, 0.051476, 0.019047, 0.014531, 0.030954, 0.2382, 0.5751, 3, 30},
      {"ln_patents", "", "", none, 0.199150, 0.009694, 0.015649, 0.017146, 0.0000, 0.6329, 30, 300},
      {"ln_fte", "", "", none, 0.158286, 0.007543, 0.012395, 0.013568, 0.0000, 0.6333, 30, 300},
      {"ln_stock", "", "", none, 0.146014, 0.008268, 0.008803, 0.009587, 0.0000, 0.5656, 30, 300},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.outcome) + " " + row.group);
    const Slope slope = FitSlope(panel, row.outcome + std::string(kControls), row.by, row.group);
    EXPECT_NEAR(slope.estimate, row.estimate, kTable);
    EXPECT_NEAR(slope.iid, row.iid, kTable);
    EXPECT_NEAR(slope.cr1, row.cr1, kTable);
    EXPECT_NEAR(slope.cr3, row.cr3, kTable);
    EXPECT_NEAR(slope.PCr3(), row.p, 1e-4);
    EXPECT_NEAR(slope.r2_within, row.r2_within, 1e-4);
    EXPECT_EQ(slope.clusters, row.clusters);
    EXPECT_EQ(slope.observations, row.observations);
    if (!std::isnan(row.plan)) {
      EXPECT_NEAR(slope.estimate, row.plan, kPlan);
    }
  }
}

// p-values of the restricted wild cluster bootstrap with Webb weights, known to 0.002.
TEST(Golden, WildBootstrap) {
  const Panel panel = GoldenWithScores();
  const struct {
    const char* outcome;
    const char* group;
    double p;
  } rows[] = {{"ln_score", "", 0.003},     {"ln_score", "E", 0.005},     {"ln_score", "C", 0.003},
              {"ln_score", "W", 1.00},     {"ln_university", "", 0.000}, {"ln_institute", "", 0.000},
              {"ln_enterprise", "", 0.39}, {"ln_total", "", 0.000},      {"ln_papers", "", 0.19},
              {"ln_market", "", 0.021}};
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.outcome) + " " + row.group);
    const double p = WildP(panel, row.outcome + std::string(kControls), {}, *row.group == 0 ? "" : "region", row.group);
    EXPECT_NEAR(p, row.p, row.p < 0.01 ? 0.003 : 0.01);
  }
}

TEST(Golden, AllSlopes) {
  const Panel panel = GoldenWithScores();
  const std::vector<double> pooled = FitSlope(panel, std::string("ln_score") + kControls).all;
  const std::vector<double> known = {0.045006, 0.052409, 0.463290, 0.053471};
  ASSERT_EQ(pooled.size(), known.size());
  for (std::size_t k = 0; k < known.size(); ++k) EXPECT_NEAR(pooled[k], known[k], kTable);
  for (const char* region : {"E", "C", "W"}) {
    const std::vector<double> slopes = FitSlope(panel, std::string("ln_score") + kControls, "region", region).all;
    EXPECT_NEAR(slopes[1], 0.10, kPlan) << region;
    EXPECT_NEAR(slopes[2], 0.30, kPlan) << region;
    EXPECT_NEAR(slopes[3], 0.05, kPlan) << region;
  }
}

TEST(Golden, Stepwise) {
  const Panel panel = GoldenWithScores();
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai | province + year").estimate, 0.046447, kTable);
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai + growth | province + year").estimate, 0.045494, kTable);
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai + growth + urban | province + year").estimate, 0.045414, kTable);
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai + growth + urban + open | province + year").estimate, 0.045006, kTable);
}

TEST(Golden, DifferencesBetweenRegions) {
  const Panel panel = GoldenWithScores();
  const std::string formula = std::string("ln_score") + kControls;
  const Slope east = FitSlope(panel, formula, "region", "E");
  const Slope central = FitSlope(panel, formula, "region", "C");
  const Slope west = FitSlope(panel, formula, "region", "W");
  const auto check = [](const Slope& a, const Slope& b, double difference, double error, double t) {
    const double own_error = std::hypot(a.cr3, b.cr3);
    EXPECT_NEAR(a.estimate - b.estimate, difference, 2 * kTable);
    EXPECT_NEAR(own_error, error, kTable);
    EXPECT_NEAR((a.estimate - b.estimate) / own_error, t, 0.005);
  };
  check(central, east, 0.075996, 0.019146, 3.97);
  check(central, west, 0.089998, 0.039325, 2.29);
  check(east, west, 0.014002, 0.034633, 0.40);
  // Cochran's Q from either kind of error.
  const auto cochran = [&](double Slope::*error) {
    double weights = 0;
    double mean = 0;
    for (const Slope* slope : {&east, &central, &west}) {
      const double weight = 1 / (slope->*error * slope->*error);
      weights += weight;
      mean += weight * slope->estimate;
    }
    mean /= weights;
    double q = 0;
    for (const Slope* slope : {&east, &central, &west}) {
      q += (slope->estimate - mean) * (slope->estimate - mean) / (slope->*error * slope->*error);
    }
    return q;
  };
  EXPECT_NEAR(cochran(&Slope::cr3), 15.97, 0.01);
  EXPECT_NEAR(numeric::ChiSquareSurvival(cochran(&Slope::cr3), 2), 3.4e-4, 5e-6);
  EXPECT_NEAR(cochran(&Slope::cr1), 24.52, 0.01);
}

TEST(Golden, LeaveOneProvinceOut) {
  const Panel panel = GoldenWithScores();
  std::vector<std::string> names = panel.units;
  names.erase(std::unique(names.begin(), names.end()), names.end());
  ASSERT_EQ(names.size(), 30U);
  double least = 1;
  double most = -1;
  for (const std::string& left_out : names) {
    Panel marked = panel;
    PanelColumn kept{"kept", true, {}, {}};
    for (const std::string& unit : panel.units) kept.texts.push_back(unit == left_out ? "no" : "yes");
    marked.columns.push_back(std::move(kept));
    const double slope = FitSlope(marked, std::string("ln_score") + kControls, "kept", "yes").estimate;
    least = std::min(least, slope);
    most = std::max(most, slope);
  }
  EXPECT_NEAR(least, 0.0379, 5e-5);
  EXPECT_NEAR(most, 0.0489, 5e-5);
}

// Mistakes and the numbers they give, to the digits known. A change that turns the right numbers into one of these rows
// says which mistake it made.
struct WrongTurn {
  const char* name;
  ScoreOptions options;
  bool reference_rows;
  double pooled, east, central, west, share_at_one;
};

TEST(Golden, WrongTurns) {
  using dea::FrontierScheme;
  using dea::ReturnsToScale;
  const std::vector<std::string> flow = {"rd_fte", "rd_exp"};
  const WrongTurn turns[] = {
      {"reference rows left out", {}, false, 0.0607, 0.0016, 0.1376, 0.0185, 0.003},
      {"flow instead of stock", {.inputs = flow}, true, -0.0759, -0.1441, -0.0014, -0.1533, 0.007},
      {"variable returns", {.rts = ReturnsToScale::kVrs}, true, 0.0570, 0.0331, 0.1008, 0.0039, 0.017},
      {"variable returns, no reference rows",
       {.rts = ReturnsToScale::kVrs},
       false,
       0.0683,
       0.0237,
       0.1380,
       0.0179,
       0.030},
      {"one frontier a year",
       {.frontier = FrontierScheme::kContemporaneous},
       false,
       0.0387,
       0.0192,
       0.0744,
       0.0018,
       0.033},
      {"variable returns, one frontier a year",
       {.rts = ReturnsToScale::kVrs, .frontier = FrontierScheme::kContemporaneous},
       false,
       0.0544,
       0.0470,
       0.0874,
       0.0077,
       0.130},
  };
  const std::string formula = std::string("ln_score") + kControls;
  for (const WrongTurn& turn : turns) {
    SCOPED_TRACE(turn.name);
    Panel panel = PanelOf(ReadGoldenPanel(), {.reference_rows = turn.reference_rows});
    const Scores scores = Evaluate(panel, turn.options);
    AddColumn(panel, "ln_score", scores.logs);
    const Panel sample = SampleOf(panel);
    EXPECT_NEAR(FitSlope(sample, formula).estimate, turn.pooled, 6e-5);
    EXPECT_NEAR(FitSlope(sample, formula, "region", "E").estimate, turn.east, 6e-5);
    EXPECT_NEAR(FitSlope(sample, formula, "region", "C").estimate, turn.central, 6e-5);
    EXPECT_NEAR(FitSlope(sample, formula, "region", "W").estimate, turn.west, 6e-5);
    EXPECT_NEAR(scores.share_at_one, turn.share_at_one, 6e-4);
  }
}

TEST(Golden, WithoutYearEffectsTheTrendIsTakenForTheSlope) {
  const Panel panel = GoldenWithScores();
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai | province").estimate, 0.1283, 6e-5);
  // With controls the mistake hardly shows, because they carry the trend.
  EXPECT_NEAR(FitSlope(panel, "ln_score ~ ln_ai + growth + urban + open | province").estimate, 0.0445, 6e-5);
}

// The order of the file reaches nothing.
TEST(Golden, FileOrderChangesNothing) {
  std::vector<reporting::SyntheticRow> rows = ReadGoldenPanel();
  const std::vector<double> before = Evaluate(PanelOf(rows)).logs;
  std::reverse(rows.begin(), rows.end());
  const std::vector<double> after = Evaluate(PanelOf(rows)).logs;
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t k = 0; k < before.size(); ++k) {
    EXPECT_TRUE(before[k] == after[k] || (std::isnan(before[k]) && std::isnan(after[k]))) << k;
  }
}

}  // namespace
}  // namespace farrell::studies
