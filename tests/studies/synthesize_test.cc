// The generator by itself: bytes, plan, accounting identities. What estimators make of it is in monte_carlo_test.cc.
#include "services/reporting/engine/synthesize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/canonical/canonical.h"

namespace farrell::reporting {
namespace {

std::string CsvOf(SynthesisPreset preset, std::int64_t seed) { return SyntheticCsv(Synthesize({preset, seed})); }

std::vector<SyntheticRow> SampleOf(const SyntheticPanel& panel) {
  std::vector<SyntheticRow> rows;
  for (const SyntheticRow& row : panel.rows) {
    if (!row.reference_only) rows.push_back(row);
  }
  return rows;
}

TEST(Synthesize, SameBytesForTheSamePresetAndSeedOnly) {
  EXPECT_EQ(CsvOf(SynthesisPreset::kPattern, 7), CsvOf(SynthesisPreset::kPattern, 7));
  EXPECT_NE(CsvOf(SynthesisPreset::kPattern, 7), CsvOf(SynthesisPreset::kPattern, 8));
  EXPECT_NE(CsvOf(SynthesisPreset::kPattern, 7), CsvOf(SynthesisPreset::kRealistic, 7));
  EXPECT_NE(CsvOf(SynthesisPreset::kHomogeneous, 7), CsvOf(SynthesisPreset::kNull, 7));
  EXPECT_NE(CsvOf(SynthesisPreset::kPattern, -7), CsvOf(SynthesisPreset::kPattern, 7));
}

// The bytes themselves: a panel cited by preset and seed stays what it was.
TEST(Synthesize, BytesAreFixed) {
  EXPECT_EQ(canonical::Sha256(CsvOf(SynthesisPreset::kPattern, 1)),
            "8efe899534bfcc394edcdacf09f36bb1fdcceccf28f5a54c88252ea1204e199f");
  EXPECT_EQ(canonical::Sha256(CsvOf(SynthesisPreset::kRealistic, 1)),
            "38b4a3071eab268e1a40f7f17378a2526a9c3de0f7f987743b6d88f7776b235e");
  EXPECT_EQ(canonical::Sha256(CsvOf(SynthesisPreset::kHomogeneous, 1)),
            "7b076d5c67c2997dd4ca0c918f2c5cda76a401e237ccf7ab5b3dd9df8b7132ca");
  EXPECT_EQ(canonical::Sha256(CsvOf(SynthesisPreset::kNull, 1)),
            "5f183e9583ee951f52dcc792675599a05df5afc1c3b1196cfc6753548b6c5fa8");
}

TEST(Synthesize, CsvIsStampedAndHasTheColumnsOfTheGoldenPanel) {
  std::istringstream lines(CsvOf(SynthesisPreset::kPattern, 1));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "# SYNTHETIC");
  std::getline(lines, line);
  EXPECT_EQ(line,
            "province,role,region3,region4,year,gdp_1e8yuan,pop_1e4,urban_pop_1e4,trade_1e8usd,cny_per_usd,"
            "fai_ict_1e8yuan,rd_fte_personyear,rd_exp_nominal_1e8yuan,rd_price_index_2010,patent_grants,app_university,"
            "app_institute,app_enterprise,app_other,papers,tech_market_1e8yuan,planted_ln_productivity");
  int rows = 0;
  while (std::getline(lines, line)) {
    ++rows;
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 21) << line;
    EXPECT_EQ(line.find(",nan"), std::string::npos);
    EXPECT_EQ(line.find(",inf"), std::string::npos);
  }
  EXPECT_EQ(rows, 302);
}

TEST(Synthesize, RegionsAreElevenEightEleven) {
  std::map<SyntheticRegion, int> cells;
  std::map<std::string, int> nbs;
  for (const SyntheticRow& row : SampleOf(Synthesize({SynthesisPreset::kPattern, 3}))) {
    ++cells[row.region.value()];
    ++nbs[row.region4];
  }
  EXPECT_EQ(cells[SyntheticRegion::kEast], 110);
  EXPECT_EQ(cells[SyntheticRegion::kCentral], 80);
  EXPECT_EQ(cells[SyntheticRegion::kWest], 110);
  EXPECT_EQ(nbs, (std::map<std::string, int>{{"C", 60}, {"E", 100}, {"N", 30}, {"W", 110}}));
}

// Every panel of a hundred: positive levels, integer counts, actors within the total, spending positive, planted scores
// below one, spending that accumulates back to the stock.
TEST(Synthesize, EveryPanelIsSound) {
  for (std::int64_t seed = 0; seed < 100; ++seed) {
    const auto preset = static_cast<SynthesisPreset>(seed % 4);
    const SyntheticPanel panel = Synthesize({preset, seed});
    ASSERT_EQ(panel.rows.size(), 302U);
    double first_year = 0;
    double stock = 0;
    for (const SyntheticRow& row : panel.rows) {
      ASSERT_GT(row.personnel, 0);
      ASSERT_GT(row.spending, 0);
      ASSERT_GT(row.patents, 0);
      stock = row.year == 2010 ? row.spending / row.price / 0.25 : 0.85 * stock + row.spending / row.price;
      ASSERT_NEAR(stock / row.stock, 1.0, 1e-12);
      if (row.reference_only) continue;
      ASSERT_LT(row.log_productivity, -0.0199);
      ASSERT_EQ(row.patents, std::round(row.patents));
      ASSERT_GE(*row.applications_other, 0);
      ASSERT_GT(*row.applications_university, 0);
      ASSERT_LE(*row.urban / *row.population, 0.90 + 1e-12);
      const double ai = *row.investment / *row.gdp;
      ASSERT_GT(ai, 0.0001);
      ASSERT_LT(ai, 0.10);
      if (row.year == 2010) first_year += row.unrounded_patents;
    }
    EXPECT_NEAR(first_year, 740000, 1e-6);
  }
}

TEST(Synthesize, KappaIsSolvedNearItsTypicalValue) {
  double mean = 0;
  for (std::int64_t seed = 0; seed < 100; ++seed) {
    const SyntheticPlan plan = Synthesize({SynthesisPreset::kPattern, seed}).plan;
    EXPECT_GT(plan.kappa, 0.30);
    EXPECT_LT(plan.kappa, 0.60);
    mean += plan.kappa / 100;
  }
  EXPECT_NEAR(mean, 0.428, 0.02);
}

TEST(Synthesize, UnknownPresetNamesTheField) {
  const Result<SynthesisPreset> preset = ParseSynthesisPreset("patern");
  ASSERT_FALSE(preset.ok());
  EXPECT_EQ(preset.status().reason(), "PRESET_UNKNOWN");
  EXPECT_EQ(preset.status().violations().at(0).field, "preset");
  for (const std::string_view name : kSynthesisPresetNames) EXPECT_TRUE(ParseSynthesisPreset(name).ok());
}

}  // namespace
}  // namespace farrell::reporting
