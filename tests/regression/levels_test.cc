// Rows classified by keys, numbers and texts: levels in order, whatever way they are found.
#include "services/regression/engine/levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "common/numeric/random.h"

namespace farrell::regression {
namespace {

template <typename Value>
void ExpectRanks(const Levels& levels, const std::vector<Value>& values) {
  std::vector<Value> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  ASSERT_EQ(levels.count(), sorted.size());
  ASSERT_EQ(levels.ids.size(), values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    const auto rank = std::lower_bound(sorted.begin(), sorted.end(), values[row]) - sorted.begin();
    ASSERT_EQ(levels.ids[row], rank) << row;
    ASSERT_EQ(levels.labels[static_cast<std::size_t>(rank)], std::to_string(values[row]));
  }
}

std::string Label(std::int64_t key) { return std::to_string(key); }
std::string RealLabel(double value) { return std::to_string(value); }

TEST(LevelsTest, IntegersCloseTogetherAndFarApart) {
  for (std::int64_t spread : {10LL, 3000LL, 1000000000000LL}) {
    std::vector<std::int64_t> keys;
    for (std::int64_t row = 0; row < 20000; ++row) {
      keys.push_back(
          static_cast<std::int64_t>((numeric::UniformDraw(1, 1, row % 7000) - 0.5) * static_cast<double>(spread)));
    }
    ExpectRanks(LevelsOfIntegers("k", keys, Label), keys);
  }
}

TEST(LevelsTest, TheWholeRangeOfIntegers) {
  const std::vector<std::int64_t> keys = {std::numeric_limits<std::int64_t>::max(), 0,
                                          std::numeric_limits<std::int64_t>::min(), -1,
                                          std::numeric_limits<std::int64_t>::max()};
  ExpectRanks(LevelsOfIntegers("k", keys, Label), keys);
  EXPECT_EQ(LevelsOfIntegers("k", {}, Label).count(), 0U);
}

TEST(LevelsTest, RealsByValue) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < 5000; ++row) values.push_back(numeric::NormalDraw(2, 1, row % 900));
  ExpectRanks(LevelsOfReals("r", values, RealLabel), values);
  const std::vector<double> whole = {3, -2, 1e15, 3, 0};
  ExpectRanks(LevelsOfReals("r", whole, RealLabel), whole);
  const std::vector<double> extremes = {1e300, -1e300, 5e-324, -5e-324, 0.0, 1e300};
  ExpectRanks(LevelsOfReals("r", extremes, RealLabel), extremes);
}

TEST(LevelsTest, MinusZeroIsZero) {
  EXPECT_EQ(LevelsOfReals("r", {0.0, -0.0}, RealLabel).count(), 1U);
  EXPECT_EQ(LevelsOfReals("r", {0.0, -0.0, 0.5}, RealLabel).count(), 2U);
}

}  // namespace
}  // namespace farrell::regression
