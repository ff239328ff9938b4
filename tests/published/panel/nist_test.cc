#include <gtest/gtest.h>

#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

TEST(Nist, ReachesCertifiedDigits) { EXPECT_EQ(ExpectMatches(MatchNist()), 97); }

}  // namespace
}  // namespace farrell::regression::testing
