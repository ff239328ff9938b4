// Tobit, probit, logit, Poisson and truncated regressions against printed and independently computed numbers.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(Likelihoods, EveryPublishedRow) { EXPECT_EQ(ExpectMatches(MatchLikelihoods()), 158); }

TEST(Affairs, RowsAtTheBounds) {
  const Fitted below = FitLikelihood("affairs", "tobit at 0");
  EXPECT_EQ(below.lower_bound_count, 451);
  EXPECT_EQ(below.upper_bound_count, 0);
  EXPECT_EQ(below.design.names.back(), "log(sigma)");
  const Fitted both = FitLikelihood("affairs", "tobit in 0 to 4");
  EXPECT_EQ(both.lower_bound_count, 451);
  EXPECT_EQ(both.upper_bound_count, 80);
}

TEST(Spector, EveryOutcomeIsAtABound) {
  const Fitted logit = FitLikelihood("spector", "logit");
  EXPECT_EQ(logit.effect_names, (std::vector<std::string>{"gpa", "tuce", "psi"}));
  EXPECT_EQ(logit.lower_bound_count + logit.upper_bound_count, 32);
}

TEST(Grunfeld, RowsOutsideTheBounds) {
  EXPECT_EQ(FitLikelihood("grunfeld", "tobit at 60").lower_bound_count, 103);
  EXPECT_EQ(FitLikelihood("grunfeld", "truncated at 60").observations(), 95);
  EXPECT_EQ(FitLikelihood("grunfeld", "truncated in 60 to 1000").observations(), 95);
}

}  // namespace
}  // namespace farrell::regression::testing
