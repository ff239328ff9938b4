// Wild cluster bootstrap and permutation of clusters on Grunfeld's (1958) panel: published counts over all draws.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "services/regression/engine/permutation.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(Resampling, EnumeratedWildClusterBootstrap) { EXPECT_EQ(ExpectMatches(MatchWildBootstrap()), 16); }

// Firms 1-5 against 6-10, every split of ten firms into five and five.
TEST(Resampling, PermutationOfFirms) {
  const Table expected = Expected("grunfeld_group_difference");
  std::map<std::string, double> values;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    values[expected.At(row, "quantity")] = expected.Number(row, "value");
  }
  const Fitted fitted = EstimateRecipe(GrunfeldPanel(), {"inv ~ value + capital | firm", Cluster("firm", "none")});
  const Levels& firms = fitted.design.classifications.at("firm");
  std::vector<std::int32_t> half;
  for (const std::string& label : firms.labels) half.push_back(std::stoi(label) <= 5 ? 0 : 1);
  const auto slopes = ClusterSlopes::Make(fitted, firms, Eigen::MatrixXd::Identity(2, 2));
  ASSERT_TRUE(slopes.ok());
  GroupPermutationSpec spec;
  spec.studentised = false;
  const auto permutations = PermuteGroups(*slopes, half, 2, spec, {});
  ASSERT_TRUE(permutations.ok());
  const char* differences[] = {"diff value slope firms1-5 minus 6-10 (firm FE)", "diff capital slope"};
  const char* counts[] = {"perm count |d|>=|d0| value (all 252 splits)", "perm count capital"};
  for (std::size_t k = 0; k < 2; ++k) {
    const PermutationTest& test = permutations->tests[k];
    EXPECT_TRUE(test.enumerated);
    EXPECT_EQ(test.draws, static_cast<std::int64_t>(values.at("perm total")));
    EXPECT_NEAR(*test.statistic, values.at(differences[k]), 1e-12);
    EXPECT_EQ(test.greater_or_equal, static_cast<std::int64_t>(values.at(counts[k])));
    // The observed split and its mirror image.
    EXPECT_EQ(test.greater, test.greater_or_equal - 2);
    EXPECT_EQ(test.undefined, 0);
  }
}

}  // namespace
}  // namespace farrell::regression::testing
