// Published rows of random-effects and instrumental-variable estimators, and the share of the unit mean they take out.
#include <gtest/gtest.h>

#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

const InferenceSpec kIid = Plain(InferenceType::kIid);
const EstimatorSpec kSwamyArora = Kind(Estimator::kRandomEffects);

TEST(GrunfeldEstimators, ShareOfTheUnitMeanTakenOut) {
  const Fitted fitted = EstimateRecipe(GrunfeldPanel(), {"inv ~ value + capital", kIid, kSwamyArora});
  // Printed by plm.
  EXPECT_NEAR(fitted.components->theta(0), 0.8612236, 5e-8);
  EXPECT_TRUE(fitted.large_sample);
}

TEST(ProducEstimators, ShareOfTheUnitMeanTakenOut) {
  const Fitted fitted =
      EstimateRecipe(ProducPanel(), {"log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp", kIid, kSwamyArora});
  EXPECT_NEAR(fitted.components->theta(0), 0.8888352846, 5e-11);
}

TEST(HedonicEstimators, UnbalancedRandomEffects) { EXPECT_EQ(ExpectMatches(MatchHedonicByPlm()), 14); }
TEST(GrunfeldEstimators, PrintedByPlm) { EXPECT_EQ(ExpectMatches(MatchGrunfeldByPlm()), 6); }
TEST(CigarInstruments, FullPrecisionRows) { EXPECT_EQ(ExpectMatches(MatchCigarInstruments()), 6); }

}  // namespace
}  // namespace farrell::regression::testing
