// Reference sets as samples: who is a member, who is scored, and which rows are one unit's.
#include "services/dea/engine/inference/sample.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea::testing {
namespace {

// Two units in three periods; the last row spans frontiers only.
Observations Panel() {
  Observations data;
  data.input_count = 1;
  data.output_count = 1;
  data.cells = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60};
  data.times = {1, 2, 3, 1, 2, 3};
  data.roles.assign(6, RowRole::kScored);
  data.roles[5] = RowRole::kReferenceOnly;
  return data;
}

using Rows = std::vector<std::int32_t>;

TEST(SampleTest, SequentialSetsScoreTheirLastPeriod) {
  const Observations data = Panel();
  Frontier frontier;
  frontier.scheme = FrontierScheme::kSequential;
  const ReferenceSets sets = MakeReferenceSets(data, frontier);
  const std::vector<Sample> samples = MakeSamples(data, sets, {0, 0, 0, 1, 1, 1});
  ASSERT_EQ(samples.size(), 3U);
  const Sample& second = samples[static_cast<std::size_t>(sets.set_of_row[1])];
  EXPECT_EQ(second.rows, (Rows{0, 1, 3, 4}));
  EXPECT_EQ(second.evaluated, (Rows{1, 3}));  // positions of rows 1 and 4
  EXPECT_EQ(second.units, (Rows{0, 0, 1, 1}));
  EXPECT_EQ(second.times, (std::vector<std::int64_t>{1, 2, 1, 2}));
  EXPECT_EQ(second.cells, (std::vector<double>{1, 10, 2, 20, 4, 40, 5, 50}));
  const Sample& third = samples[static_cast<std::size_t>(sets.set_of_row[2])];
  EXPECT_EQ(third.rows.size(), 6U);
  EXPECT_EQ(third.evaluated, (Rows{2}));  // row 5 is not scored
}

TEST(SampleTest, WithoutUnitsEveryRowIsItsOwn) {
  const Observations data = Panel();
  const std::vector<Sample> samples = MakeSamples(data, MakeReferenceSets(data, {}), {});
  ASSERT_EQ(samples.size(), 3U);
  for (const Sample& sample : samples) {
    EXPECT_TRUE(sample.units.empty());
    EXPECT_EQ(sample.size(), 2U);
  }
}

}  // namespace
}  // namespace farrell::dea::testing
