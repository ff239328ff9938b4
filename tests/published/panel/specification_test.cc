#include <gtest/gtest.h>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(SpecificationTests, ValuesOfTheReference) { EXPECT_EQ(ExpectMatches(MatchSpecificationTests()), 29); }

}  // namespace
}  // namespace farrell::regression::testing
