// The same bits on every machine of the baseline: results must not follow the processor the C library finds, the caches
// it reports, or the number of threads.
//
// glibc picks its kernels at start-up by processor features and can be told to ignore some (GLIBC_TUNABLES), which
// makes one machine behave as another. What this guards: a std::exp, std::log or std::pow in an engine (they differ in
// the last bit with and without FMA: the control below), a memcpy of another width, Eigen's blocking following the real
// caches, and any sum whose order depends on threads.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/process.h"

namespace farrell::testing {
namespace {

using Lines = std::map<std::string, std::string>;

Lines Bytes(int threads, const std::string& tunables) {
  const Finished run = RunToEnd({std::string(FARRELL_BINARY_DIR) + "/tests/numeric_bytes", std::to_string(threads)},
                                {{"GLIBC_TUNABLES", tunables}});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  Lines lines;
  std::istringstream stream(run.output);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t space = line.find(' ');
    lines[line.substr(0, space)] = line.substr(space + 1);
  }
  return lines;
}

Lines WithoutControl(Lines lines) {
  lines.erase("libm");
  return lines;
}

const Lines& Baseline() {
  static const Lines baseline = Bytes(1, "");
  return baseline;
}

bool CpuHas(const std::string& feature) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) return (line + " ").find(" " + feature + " ") != std::string::npos;
  }
  return false;
}

TEST(NumericAbi, EveryKindOfResultIsPrinted) {
  for (const char* name : {"elementary", "distributions", "products", "expressions", "dea.RETURNS_TO_SCALE_CRS",
                           "dea.RETURNS_TO_SCALE_VRS", "within.cr3", "wild", "ols.hc3"}) {
    ASSERT_TRUE(Baseline().contains(name)) << name;
    EXPECT_EQ(Baseline().at(name).size(), 64U) << name << ": " << Baseline().at(name);
  }
}

TEST(NumericAbi, CacheSizesArePinned) { EXPECT_EQ(Baseline().at("caches"), "32768 262144 2097152"); }

// The control: blocking for other caches sums in another order.
TEST(NumericAbi, CacheSizesMatter) { EXPECT_NE(Baseline().at("products.other_caches"), Baseline().at("products")); }

class Tunables : public ::testing::TestWithParam<const char*> {};

TEST_P(Tunables, SameBits) {
  EXPECT_EQ(WithoutControl(Bytes(1, GetParam())), WithoutControl(Baseline()));
  EXPECT_EQ(WithoutControl(Bytes(2, GetParam())), WithoutControl(Baseline()));
}

INSTANTIATE_TEST_SUITE_P(
    Processors, Tunables,
    ::testing::Values(
        "", "glibc.cpu.hwcaps=-AVX512F,-AVX512VL", "glibc.cpu.hwcaps=-AVX2,-AVX512F", "glibc.cpu.hwcaps=-FMA,-FMA4",
        "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512CD,-AVX512BW,-AVX512DQ,-AVX2,-AVX,-FMA,-FMA4,-BMI1,-BMI2,"
        "-LZCNT,-MOVBE,-POPCNT,-SSE4_2,-SSE4_1,-SSSE3,-ERMS",
        "glibc.cpu.x86_data_cache_size=16384:glibc.cpu.x86_shared_cache_size=524288",
        "glibc.cpu.x86_data_cache_size=131072:glibc.cpu.x86_shared_cache_size=67108864"));

// The control: without FMA the C library's own functions give other bits, so that the runs above did meet another
// processor. A processor without FMA has nothing to take away.
TEST(NumericAbi, TheControlFollowsTheProcessor) {
  if (!CpuHas("fma")) GTEST_SKIP() << "this processor has no FMA";
  EXPECT_NE(Bytes(1, "glibc.cpu.hwcaps=-FMA,-FMA4").at("libm"), Baseline().at("libm"));
}

}  // namespace
}  // namespace farrell::testing
