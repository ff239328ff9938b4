// Every published variance of linear estimators on the Grunfeld, Produc and Cigar panels.
#include <gtest/gtest.h>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(PublishedVariances, GrunfeldFullPrecision) { EXPECT_EQ(ExpectMatches(MatchGrunfeld()), 169); }
TEST(PublishedVariances, GrunfeldByStata) { EXPECT_EQ(ExpectMatches(MatchGrunfeldByStata()), 24); }
TEST(PublishedVariances, Produc) { EXPECT_EQ(ExpectMatches(MatchProduc()), 58); }
TEST(PublishedVariances, Cigar) { EXPECT_EQ(ExpectMatches(MatchCigar()), 15); }
TEST(PublishedVariances, CigarByReghdfe) { EXPECT_EQ(ExpectMatches(MatchCigarByReghdfe()), 22); }

}  // namespace
}  // namespace farrell::regression::testing
