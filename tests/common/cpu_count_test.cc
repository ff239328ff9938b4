#include "common/program/cpu_count.h"

#include <gtest/gtest.h>

#include "tests/support/process.h"

namespace farrell {
namespace {

int With(const std::string& quota) {
  const testing::TempDir dir;
  testing::WriteFile(dir / "cpu.max", quota);
  return CpuCount(dir.path().string());
}

TEST(CpuCount, NeverMoreThanTheMaskNorLessThanOne) {
  const int all = CpuCount("/no/such/folder");
  EXPECT_GE(all, 1);
  EXPECT_EQ(With("max 100000\n"), all);
  EXPECT_EQ(With("100000000 100000\n"), all);
}

TEST(CpuCount, QuotaIsRoundedUp) {
  EXPECT_EQ(With("100000 100000\n"), 1);
  EXPECT_EQ(With("10000 100000\n"), 1);
  EXPECT_EQ(With("150000 100000\n"), std::min(2, CpuCount("/no/such/folder")));
}

TEST(CpuCount, NonsenseIsNoQuota) {
  const int all = CpuCount("/no/such/folder");
  for (const char* text : {"", "many few", "-1 100000", "100000 0"}) EXPECT_EQ(With(text), all) << text;
}

}  // namespace
}  // namespace farrell
