#include "common/numeric/quantile.h"

#include <gtest/gtest.h>

namespace farrell::numeric {
namespace {

// R 4.2: quantile(c(1, 2, 4, 8, 16, 32), p), whose default is type 7.
TEST(Quantile, InterpolatesAsTypeSeven) {
  const std::vector<double> sorted = {1, 2, 4, 8, 16, 32};
  EXPECT_EQ(Quantile(sorted, 0.0), 1.0);
  EXPECT_EQ(Quantile(sorted, 0.25), 2.5);
  EXPECT_EQ(Quantile(sorted, 0.5), 6.0);
  EXPECT_EQ(Quantile(sorted, 0.75), 14.0);
  EXPECT_EQ(Quantile(sorted, 0.875), 22.0);
  EXPECT_EQ(Quantile(sorted, 1.0), 32.0);
}

TEST(Quantile, OfOneValueIsThatValue) {
  for (const double p : {0.0, 0.3, 1.0}) EXPECT_EQ(Quantile({7.0}, p), 7.0);
}

}  // namespace
}  // namespace farrell::numeric
