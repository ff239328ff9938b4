// Size with eight unequal clusters and persistent errors. What is expected was counted over 4,000 other samples with
// 199 draws (`farrell_bench_few_clusters` prints the whole table): CR1 rejects too often, CR3 too rarely, the wild
// bootstrap lies between. Bands are four standard errors of both counts.
#include "tests/regression/few_clusters.h"
#include "tests/support/long_run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace farrell::regression::testing {
namespace {

TEST(FewClusters, SizeIsAsDocumented) {
  const int samples = farrell::testing::LongRun() ? 4000 : 400;
  constexpr double kCounted = 4000.0;
  const std::map<std::string, double> expected = {{"CR1", 0.0818}, {"CR3", 0.0352}, {"wild 11", 0.0720}};
  std::map<std::string, int> rejected;
  for (const FewClusterCell& cell : RunFewClusters({8, 0.7}, 100001, samples, 199)) {
    rejected[cell.name] = cell.rejected;
    const auto size = expected.find(cell.name);
    if (size == expected.end()) continue;
    const double p = size->second;
    EXPECT_NEAR(cell.size(), p, 4.0 * std::sqrt(p * (1.0 - p) * (1.0 / samples + 1.0 / kCounted))) << cell.name;
  }
  // On the same samples CR3 rejects nothing that CR1 does not.
  EXPECT_LT(rejected.at("CR3"), rejected.at("CR1"));
  EXPECT_LE(rejected.at("CR2"), rejected.at("CR1"));
}

}  // namespace
}  // namespace farrell::regression::testing
