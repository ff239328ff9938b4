// The generator and the estimators together, over seeds. The golden panel shows that the arithmetic is right; only this
// shows that the inference is. With FARRELL_LONG set 500 seeds are drawn and the specified bands hold as they stand;
// without it 40 seeds, and the bands are wider by what chance does to 40.
#include "tests/studies/monte_carlo.h"
#include "tests/support/long_run.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace farrell::studies {
namespace {

using reporting::SynthesisPreset;
using reporting::SynthesisTechnology;

int Seeds() { return farrell::testing::LongRun() ? 500 : 40; }
std::int64_t WildDraws() { return farrell::testing::LongRun() ? 999 : 199; }

void ExpectUnbiased(const MonteCarlo& run) {
  for (const auto& [name, cell] : run.cells) {
    EXPECT_LE(std::abs(cell.mean() - cell.plan), 3 * cell.error())
        << name << ": mean " << cell.mean() << ", plan " << cell.plan << ", sd " << cell.sd();
  }
}

// [low, 1] at 500 seeds; with fewer, what a share just inside that band can fall to by chance.
void ExpectCovered(const MonteCarlo& run, double low_cr1, double low_cr3) {
  const double slack_cr1 = run.seeds >= 500 ? 0 : BinomialBand(low_cr1, run.seeds);
  const double slack_cr3 = run.seeds >= 500 ? 0 : BinomialBand(low_cr3, run.seeds);
  for (const auto& [name, cell] : run.cells) {
    EXPECT_GE(cell.share(cell.covered_cr1), low_cr1 - slack_cr1) << name;
    EXPECT_GE(cell.share(cell.covered_cr3), low_cr3 - slack_cr3) << name;
  }
}

const MonteCarlo& Pattern() {
  static const MonteCarlo run =
      RunMonteCarlo({.preset = SynthesisPreset::kPattern, .seeds = Seeds(), .wild_draws = WildDraws()});
  return run;
}

const MonteCarlo& Homogeneous() {
  static const MonteCarlo run = RunMonteCarlo({.preset = SynthesisPreset::kHomogeneous, .seeds = Seeds()});
  return run;
}

TEST(MonteCarlo, PlantedSlopesComeBack) { ExpectUnbiased(Pattern()); }

TEST(MonteCarlo, IntervalsCover) { ExpectCovered(Pattern(), 0.91, 0.93); }

TEST(MonteCarlo, WildBootstrapCovers) {
  const MonteCarlo& run = Pattern();
  const double slack = run.seeds >= 500 ? 0 : BinomialBand(0.93, run.seeds);
  for (const auto& [name, cell] : run.cells) EXPECT_GE(cell.share(cell.covered_wild), 0.93 - slack) << name;
}

TEST(MonteCarlo, DeaRecoversThePlantedScores) { EXPECT_LE(Pattern().largest_score_error, 1e-9); }

// The precision of the estimates is that of the specification's own simulations (sd over 500 seeds), within chance.
TEST(MonteCarlo, SpreadIsAsSpecified) {
  const std::map<std::string, double> specified = {
      {"pooled", 0.0078},    {"east", 0.0034},       {"central", 0.0128}, {"west", 0.0203}, {"universities", 0.025},
      {"institutes", 0.022}, {"enterprises", 0.008}, {"applied", 0.008},  {"basic", 0.011}};
  const double chance = 4 / std::sqrt(2.0 * Seeds());
  for (const auto& [name, sd] : specified) {
    const double ratio = Pattern().cells.at(name).sd() / sd;
    EXPECT_GT(ratio, 0.85 - chance) << name;
    EXPECT_LT(ratio, 1.15 + chance) << name;
  }
}

TEST(MonteCarlo, HomogeneousPresetIsUnbiasedAndCovered) {
  ExpectUnbiased(Homogeneous());
  ExpectCovered(Homogeneous(), 0.91, 0.93);
}

// Size of the equality test where the regions truly share one slope: 3 to 7 % at 500 seeds.
TEST(MonteCarlo, EqualityTestHasItsSize) {
  const MonteCarlo& run = Homogeneous();
  const double share = static_cast<double>(run.equality_rejected) / run.seeds;
  if (run.seeds >= 500) {
    EXPECT_GE(share, 0.03);
    EXPECT_LE(share, 0.07);
  } else {
    EXPECT_LE(share, 0.05 + BinomialBand(0.05, run.seeds));
  }
}

// What the equality test protects from: with one slope for all, comparing stars finds a difference in most panels.
TEST(MonteCarlo, ComparingStarsFindsDifferencesThatAreNotThere) {
  const MonteCarlo& run = Homogeneous();
  const double share = static_cast<double>(run.false_heterogeneity) / run.seeds;
  EXPECT_GT(share, 0.35 - (run.seeds >= 500 ? 0 : BinomialBand(0.35, run.seeds)));
  EXPECT_GT(share, 3 * static_cast<double>(run.equality_rejected) / run.seeds);
}

TEST(MonteCarlo, NullPresetFindsNothing) {
  const MonteCarlo run = RunMonteCarlo({.preset = SynthesisPreset::kNull, .seeds = Seeds()});
  ExpectUnbiased(run);
  // Five per cent of rejections, give or take two at 500 seeds.
  const double slack = run.seeds >= 500 ? 0.02 : BinomialBand(0.05, run.seeds);
  EXPECT_LE(run.cells.at("pooled").share(run.cells.at("pooled").rejected_cr3), 0.05 + slack);
  for (const char* region : {"east", "central", "west"}) {
    EXPECT_LE(run.cells.at(region).share(run.cells.at(region).rejected_cr3), 0.05 + slack) << region;
  }
  EXPECT_EQ(run.cells.at("pooled").plan, 0);
}

// Negative control: the AI of another draw explains nothing.
TEST(MonteCarlo, ForeignAiFindsNothing) {
  const MonteCarlo run = RunMonteCarlo({.preset = SynthesisPreset::kHomogeneous, .seeds = Seeds(), .foreign_ai = true});
  const double slack = run.seeds >= 500 ? 0.02 : BinomialBand(0.05, run.seeds);
  for (const char* name : {"pooled", "east", "central", "west", "universities"}) {
    const Cell& cell = run.cells.at(name);
    EXPECT_LE(std::abs(cell.mean()), 3 * cell.error()) << name;
    EXPECT_LE(cell.share(cell.rejected_cr3), 0.05 + slack) << name;
  }
}

// What clustering protects from: classical intervals cover too seldom when errors are correlated over the years.
TEST(MonteCarlo, ClassicalIntervalsCoverTooSeldom) {
  const MonteCarlo& run = Homogeneous();
  const Cell& pooled = run.cells.at("pooled");
  EXPECT_LT(pooled.covered_iid, pooled.covered_cr3);
  if (run.seeds >= 500) {
    EXPECT_LT(pooled.share(pooled.covered_iid), 0.92);
  }
}

// Negative control: without year effects and controls the common trend is taken for an effect.
TEST(MonteCarlo, LeavingYearEffectsOutFindsAnEffectOfNothing) {
  const MonteCarlo run = RunMonteCarlo({.preset = SynthesisPreset::kNull, .seeds = Seeds(), .year_effects = false});
  EXPECT_GT(run.cells.at("pooled").mean(), 0.06);
}

// Negative control: variable returns mix the response of the inputs into the slope.
TEST(MonteCarlo, VariableReturnsBiasTheRegionsApart) {
  const MonteCarlo run = RunMonteCarlo({.preset = SynthesisPreset::kRealistic,
                                        .technology = SynthesisTechnology::kCobbDouglas,
                                        .seeds = Seeds(),
                                        .variable_returns = true});
  if (run.seeds >= 500) {
    EXPECT_LT(run.cells.at("west").mean(), -0.01);
  }
  EXPECT_LT(run.cells.at("west").mean(), -0.01 + 3 * run.cells.at("west").error());
}

}  // namespace
}  // namespace farrell::studies
