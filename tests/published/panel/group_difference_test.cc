#include <gtest/gtest.h>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(GrunfeldGroups, EveryPublishedRow) { EXPECT_EQ(ExpectMatches(MatchGroupDifference()), 15); }

}  // namespace
}  // namespace farrell::regression::testing
