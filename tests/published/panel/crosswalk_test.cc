#include <gtest/gtest.h>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(Crosswalk, EveryProgramFromOneCall) { EXPECT_EQ(ExpectMatches(MatchCrosswalk()), 11); }

}  // namespace
}  // namespace farrell::regression::testing
