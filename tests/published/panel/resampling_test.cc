// Wild cluster bootstrap and permutation of clusters on Grunfeld's (1958) panel: published counts over all draws.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "services/regression/engine/permutation.h"
#include "services/regression/engine/wild_bootstrap.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

Table Expected(const std::string& name) {
  return ReadCsv(SourcePath("tests/published/panel/expected/" + name + ".csv"));
}

Panel Grunfeld() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                   {"inv", "value", "capital"});
}

Fitted FitGrunfeld(const std::string& formula) {
  DesignOptions options;
  options.classifications = {"firm"};
  auto design = BuildDesign(Grunfeld(), ParseFormula(formula).value(), options);
  EXPECT_TRUE(design.ok());
  auto fitted = EstimateLeastSquares(std::move(design).value());
  EXPECT_TRUE(fitted.ok());
  return std::move(fitted).value();
}

// The counts without projecting crossed effects out again are in the file to show by how much they are wrong. They come
// from the within transformed panel without effects, which is what such programs compute.
Fitted WithoutProjection(Fitted fitted) {
  fitted.within = Within();
  fitted.design.effects.clear();
  return fitted;
}

TEST(Resampling, EnumeratedWildClusterBootstrap) {
  const Table expected = Expected("grunfeld_wild_cluster_bootstrap_enumerated");
  const std::map<std::string, std::string> formulas = {{"pooled", "inv ~ value + capital"},
                                                       {"within firm", "inv ~ value + capital | firm"},
                                                       {"within firm+year", "inv ~ value + capital | firm + year"}};
  int covered = 0;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& type = expected.At(row, "type");
    const std::string& published = expected.At(row, "term");
    const std::string term = published.substr(0, published.find(' '));
    SCOPED_TRACE(expected.At(row, "model") + " " + published + " " + type);
    Fitted fitted = FitGrunfeld(formulas.at(expected.At(row, "model")));
    std::size_t index = 0;
    while (fitted.design.names[index] != term) ++index;
    WildBootstrapSpec spec;
    spec.weights = BootstrapWeights::kRademacher;
    spec.unrestricted = type.rfind("WCU", 0) == 0;
    spec.columns = {static_cast<Eigen::Index>(index)};
    if (const std::size_t null = published.find("H0:"); null != std::string::npos) {
      spec.null_value = std::stod(published.substr(null + 3));
    }
    if (type.find("no re-projection") != std::string::npos) fitted = WithoutProjection(std::move(fitted));
    const auto bootstrap = RunWildBootstrap(fitted, fitted.design.classifications.at("firm"), spec, {});
    ASSERT_TRUE(bootstrap.ok());
    EXPECT_TRUE(bootstrap->enumerated);
    EXPECT_EQ(bootstrap->draws, std::stoll(expected.At(row, "draws")));
    const WildTest& test = bootstrap->tests[index];
    EXPECT_EQ(test.greater, std::stoll(expected.At(row, "count_strictly_greater")));
    EXPECT_EQ(test.greater_or_equal, std::stoll(expected.At(row, "count_greater_or_equal")));
    EXPECT_GT(LogRelativeError(test.abs_t, expected.Number(row, "abs_t_no_ssc")), 9.5);
    ++covered;
  }
  EXPECT_EQ(covered, 16);
}

// Firms 1-5 against 6-10, every split of ten firms into five and five.
TEST(Resampling, PermutationOfFirms) {
  const Table expected = Expected("grunfeld_group_difference");
  std::map<std::string, double> values;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    values[expected.At(row, "quantity")] = expected.Number(row, "value");
  }
  const Fitted fitted = FitGrunfeld("inv ~ value + capital | firm");
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
