// Properties of specification tests, and what they say where the data do not allow them.
#include "services/regression/engine/specification/specification_tests.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/numeric/distributions.h"
#include "common/numeric/random.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using ::testing::HasSubstr;

Result<SpecificationResult> RunTests(const Panel& panel, const std::string& formula, std::vector<std::string> tests,
                                     const Environment& environment = {}) {
  SpecificationSpec spec;
  spec.formula = MakeSpec(formula).formula;
  spec.tests = std::move(tests);
  return RunSpecificationTests(panel, spec, environment);
}

SpecificationTest One(const Panel& panel, const std::string& formula, const std::string& test) {
  auto result = RunTests(panel, formula, {test});
  if (!result.ok()) {
    ADD_FAILURE() << result.status().message();
    return {};
  }
  return result->tests.front();
}

double RssOf(const Panel& panel, const std::string& formula) {
  return MustFit(panel, MakeSpec(formula, {MakeInference(InferenceType::kIid)})).residual_sum_of_squares;
}

TEST(Specification, EffectsFIsThatOfDummies) {
  const Panel panel = RandomPanel(3, 9, 7, 0.9);
  const SpecificationTest test = One(panel, "y ~ x1 + x2 | unit + time", "f");
  const double restricted = RssOf(panel, "y ~ x1 + x2");
  const double free = RssOf(panel, "y ~ x1 + x2 + i(unit) + i(time)");
  EXPECT_NEAR(*test.statistic, (restricted - free) / test.df1 / (free / test.df2), 1e-9 * *test.statistic);
}

TEST(Specification, PoolabilityIsThatOfInteractedSlopes) {
  const Panel panel = RandomPanel(4, 6, 9, 1.0);
  const SpecificationTest test = One(panel, "y ~ x1 + x2 | unit", "poolability");
  const double restricted = RssOf(panel, "y ~ x1 + x2 | unit");
  const double free = RssOf(panel, "y ~ i(unit):x1 + i(unit):x2 | unit");
  EXPECT_EQ(test.df1, 10.0);
  EXPECT_NEAR(*test.statistic, (restricted - free) / test.df1 / (free / test.df2), 1e-9 * *test.statistic);
}

TEST(Specification, HondasRootSquaredIsBreuschAndPagans) {
  const Panel panel = RandomPanel(5, 11, 6, 0.8);
  const double root = *One(panel, "y ~ x1", "honda").statistic;
  EXPECT_NEAR(*One(panel, "y ~ x1", "bp-lm").statistic, root * root, 1e-9 * root * root);
}

TEST(Specification, MundlakIsTheRobustHausmanTimesItsFactorOnBalancedPanels) {
  const Panel panel = RandomPanel(6, 14, 5, 1.0);
  const double robust = *One(panel, "y ~ x1 + x2", "hausman-robust").statistic;
  const double mundlak = *One(panel, "y ~ x1 + x2", "mundlak").statistic;
  // Both regressions span the same columns; their variance components differ, hence the loose agreement.
  EXPECT_NEAR(mundlak, robust * 13.0 / 14.0, 0.25 * robust);
}

TEST(Specification, UnitsAndTheirOrderLeaveNoTrace) {
  Panel panel = RandomPanel(7, 8, 8, 0.9);
  const auto before = RunTests(panel, "y ~ x1 + x2 | unit", {"cd", "modified-wald", "wooldridge", "hausman"});
  for (std::string& unit : panel.units) std::reverse(unit.begin(), unit.end());
  SortPanel(panel);
  const auto after = RunTests(panel, "y ~ x1 + x2 | unit", {"cd", "modified-wald", "wooldridge", "hausman"});
  ASSERT_TRUE(before.ok() && after.ok());
  for (std::size_t k = 0; k < before->tests.size(); ++k) {
    if (!before->tests[k].statistic) continue;
    EXPECT_NEAR(*before->tests[k].statistic, *after->tests[k].statistic, 1e-8 * std::fabs(*before->tests[k].statistic));
  }
}

// Without serial correlation, effects or dependence the tests reject as often as they should.
TEST(Specification, SizeIsThatOfTheLevel) {
  const int samples = LongRun() ? 2000 : 100;
  const std::vector<std::string> names = {"f", "bp-lm", "wooldridge", "wooldridge-within", "cd", "breusch-pagan"};
  std::vector<int> rejections(names.size(), 0);
  for (int sample = 0; sample < samples; ++sample) {
    Panel panel = RandomPanel(1000 + sample, 40, 8, 1.0);
    AddColumn(panel, "noise",
              [&](std::size_t row) { return numeric::NormalDraw(77, sample, static_cast<std::int64_t>(row)); });
    for (std::size_t k = 0; k < names.size(); ++k) {
      const bool within = names[k] == "cd" || names[k] == "wooldridge-within";
      const SpecificationTest test = One(panel, within ? "noise ~ x1 | unit" : "noise ~ x1", names[k]);
      ASSERT_TRUE(test.p_value.has_value()) << names[k] << ": " << test.undefined;
      if (*test.p_value < 0.05) ++rejections[k];
    }
  }
  const double expected = 0.05 * samples;
  // Four standard errors, and what asymptotic tests with 40 units of 8 periods are off by.
  const double band = 4.0 * std::sqrt(expected * 0.95) + 0.03 * samples;
  for (std::size_t k = 0; k < names.size(); ++k) EXPECT_NEAR(rejections[k], expected, band) << names[k];
}

TEST(Specification, WhatTheDataDoNotAllowSaysWhy) {
  Panel two = RandomPanel(8, 5, 2, 1.0);
  const auto result = RunTests(two, "y ~ x1 | unit", {});
  ASSERT_TRUE(result.ok()) << result.status().message();
  for (const SpecificationTest& test : result->tests) {
    if (test.statistic) {
      EXPECT_TRUE(std::isfinite(*test.statistic)) << test.name;
      EXPECT_TRUE(test.p_value.has_value()) << test.name;
    } else {
      EXPECT_FALSE(test.undefined.empty()) << test.name;
    }
  }
  EXPECT_THAT(One(two, "y ~ x1", "wooldridge").undefined, HasSubstr("consecutive"));
}

TEST(Specification, HearsAStop) {
  std::stop_source source;
  source.request_stop();
  Environment environment;
  environment.stop = source.get_token();
  const auto result = RunTests(RandomPanel(9, 6, 6, 1.0), "y ~ x1 | unit", {}, environment);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression::testing
