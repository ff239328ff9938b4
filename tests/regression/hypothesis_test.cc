// Hypotheses about coefficients: texts, linear forms, the delta method, joint tests.
#include "services/regression/engine/hypothesis.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::HasSubstr;

const std::vector<std::string> kNames = {"(Intercept)",  "x1",          "x2",           "log(x3)",
                                         "x1:x2",        "group::b:x1", "group::c:x1",  "lag(x1, 1)",
                                         "poly(x2, 2)1", "(x1 / x2)",   "`GDP | real`", "x1^2"};

struct Estimated {
  VectorXd b;
  MatrixXd v;
  std::vector<Index> kept;
};

Estimated Example() {
  const auto k = static_cast<Index>(kNames.size());
  Estimated e;
  e.b = VectorXd::LinSpaced(k, 0.4, 2.3);
  MatrixXd root(k, k);
  for (Index i = 0; i < k; ++i) {
    for (Index j = 0; j < k; ++j) root(i, j) = std::cos(1.0 + static_cast<double>(3 * i + 7 * j + i * j));
  }
  e.v = 0.01 * (root * root.transpose() + MatrixXd::Identity(k, k));
  for (Index i = 0; i < k; ++i) e.kept.push_back(i);
  return e;
}

Hypothesis Parse(const std::string& text) {
  auto hypothesis = ParseHypothesis(text, kNames, "hypotheses[0]");
  EXPECT_TRUE(hypothesis.ok()) << text << ": " << hypothesis.status().ToString();
  return hypothesis.ok() ? *hypothesis : Hypothesis();
}

HypothesisTest Check(const std::string& text, double df = 20.0) {
  const Estimated e = Example();
  const auto test = TestHypothesis(Parse(text), e.kept, e.b, e.v, df, 0.95);
  EXPECT_TRUE(test.has_value()) << text;
  return test.value_or(HypothesisTest());
}

TEST(HypothesisText, NamesAsPrinted) {
  const VectorXd b = Example().b;
  EXPECT_EQ(Check("(Intercept) = 0").estimate, b(0));
  EXPECT_EQ(Check("log(x3) = x1:x2").estimate, b(3) - b(4));
  EXPECT_EQ(Check("group::b:x1 = group :: c : x1").estimate, b(5) - b(6));
  EXPECT_EQ(Check("lag(x1,1) = poly(x2, 2)1").estimate, b(7) - b(8));
  EXPECT_EQ(Check("`GDP | real` = 0").estimate, b(10));
  EXPECT_EQ(Check("`x1^2` = 0").estimate, b(11));
  EXPECT_EQ(Check("`(x1/x2)` = 0").estimate, b(9));
  EXPECT_EQ(Check("2 x1 - 0.5*x2 = -x1 + 1e-1").estimate, 3.0 * b(1) - 0.5 * b(2) - 0.1);
  EXPECT_EQ(Check("-(x1 - 2(x2 - x1)) / 4 == 0").estimate, -0.75 * b(1) + 0.5 * b(2));
}

TEST(HypothesisText, ANameThatIsAlsoAnExpressionIsRefused) {
  for (const char* text : {"x1^2 = 0", "(x1 / x2) = 1"}) {
    const auto hypothesis = ParseHypothesis(text, kNames, "h");
    ASSERT_FALSE(hypothesis.ok()) << text;
    EXPECT_THAT(hypothesis.status().message(), HasSubstr("back quotes"));
  }
  const VectorXd b = Example().b;
  EXPECT_NEAR(Check("(x1)^2 = 0").estimate, b(1) * b(1), 1e-15);
  EXPECT_NEAR(Check("`x1`/x2 = 1").estimate, b(1) / b(2) - 1.0, 1e-15);
}

TEST(HypothesisText, MistakesPointAtTheCharacter) {
  struct Bad {
    const char* text;
    const char* position;
    const char* says;
  };
  for (const Bad& bad : std::vector<Bad>{{"x1", "2", "equals sign"},
                                         {"", "0", "expected here"},
                                         {"x1 = ", "5", "expected here"},
                                         {"1 = 1", "0", "names no term"},
                                         {"x1 = x1", "0", "names no term"},
                                         {"x1 = 2*", "7", "expected here"},
                                         {"xx1 = 0", "0", "did you mean x1?"},
                                         {"log(x4) = 0", "4", "did you mean x1?"},
                                         {"grup::b:x1 = 0", "0", "did you mean group::b:x1?"},
                                         {"x1:x9 = 0", "0", "did you mean x1:x2?"},
                                         {"`x1 = 0", "0", "never closed"},
                                         {"(x1 + x2 = 0", "9", "closing parenthesis"},
                                         {"x1 = 0; x2", "10", "equals sign"},
                                         {"x1 = x2 x1", "8", "nothing may follow"},
                                         {"x1 = 1/0", "0", "not finite"},
                                         {"x1 = 1e999", "5", "not a number"}}) {
    const auto hypothesis = ParseHypothesis(bad.text, kNames, "hypotheses[3]");
    ASSERT_FALSE(hypothesis.ok()) << bad.text;
    const Status& status = hypothesis.status();
    EXPECT_EQ(status.reason(), "HYPOTHESIS_INVALID");
    EXPECT_EQ(status.metadata().at("position"), bad.position) << bad.text << status.message();
    EXPECT_EQ(status.violations()[0].field, "hypotheses[3]");
    EXPECT_THAT(status.message(), HasSubstr(bad.says)) << bad.text;
  }
}

TEST(HypothesisText, AllMistakesAtOnce) {
  const auto parsed = ParseHypotheses({"x1 = 0", "y1 = y2 + 1", "x1 +"}, kNames);
  ASSERT_FALSE(parsed.ok());
  const auto& violations = parsed.status().violations();
  ASSERT_EQ(violations.size(), 3U);
  EXPECT_EQ(violations[0].field, "hypotheses[1]");
  EXPECT_EQ(violations[1].field, "hypotheses[1]");
  EXPECT_EQ(violations[2].field, "hypotheses[2]");
}

TEST(HypothesisText, AnythingAtAllGivesAnAnswer) {
  const std::vector<std::string> pieces = {"x1", "x2",   "1",    "0.5", "+", "-", "*", "/",    "^", "(", ")",    "=",
                                           ";",  "log(", "exp(", " ",   "`", ",", ":", "\xc3", ".", "e", "x1:x2"};
  std::uint64_t state = 7;
  int valid = 0;
  const Estimated e = Example();
  for (int round = 0; round < 100000; ++round) {
    std::string text = round % 2 == 0 ? "x1" : "x2 = ";
    for (int k = 0; k < 1 + round % 8; ++k) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += pieces[(state >> 33U) % pieces.size()];
    }
    const auto hypothesis = ParseHypothesis(text, kNames, "h");
    if (!hypothesis.ok()) {
      ASSERT_FALSE(hypothesis.status().violations().empty()) << text;
      continue;
    }
    ++valid;
    const auto test = TestHypothesis(*hypothesis, e.kept, e.b, e.v, 20.0, 0.95);
    if (!test) continue;
    ASSERT_TRUE(std::isfinite(test->p_value) && test->p_value >= 0.0 && test->p_value <= 1.0) << text;
  }
  EXPECT_GT(valid, 100);
  EXPECT_FALSE(ParseHypothesis(std::string(4000, '('), kNames, "h").ok());
  EXPECT_FALSE(ParseHypothesis(std::string(4000, '-') + "x1 = 0", kNames, "h").ok());
  EXPECT_FALSE(ParseHypothesis(std::string(100000, 'x'), kNames, "h").ok());
}

TEST(HypothesisTests, LinearOnesAreExact) {
  const Estimated e = Example();
  const HypothesisTest test = Check("x1 - x2 = 0.25", 17.0);
  const double se = std::sqrt(e.v(1, 1) + e.v(2, 2) - 2.0 * e.v(1, 2));
  EXPECT_NEAR(test.std_error, se, 1e-15);
  EXPECT_NEAR(test.statistic, (e.b(1) - e.b(2) - 0.25) / se, 1e-13);
  EXPECT_NEAR(test.p_value, numeric::StudentTTwoSided(test.statistic, 17.0), 1e-15);
  EXPECT_NEAR(*test.conf_high - *test.conf_low, 2.0 * numeric::StudentTQuantile(0.975, 17.0) * se, 1e-13);
  EXPECT_FALSE(test.joint);
  // The interval holds a value if and only if it is not rejected.
  const HypothesisTest at_the_end = Check("x1 - x2 = " + std::to_string(0.25 + *test.conf_low), 17.0);
  EXPECT_NEAR(at_the_end.p_value, 0.05, 1e-4);
}

TEST(HypothesisTests, TheNormalDistribution) {
  const double infinity = std::numeric_limits<double>::infinity();
  const HypothesisTest test = Check("x1 = 0", infinity);
  EXPECT_NEAR(test.p_value, 2.0 * numeric::NormalSurvival(test.statistic), 1e-15);
  const HypothesisTest joint = Check("x1 = x2 = 0", infinity);
  EXPECT_EQ(joint.joint->distribution, "chi2");
  EXPECT_EQ(joint.joint->df2, 0.0);
  EXPECT_NEAR(joint.joint->statistic, 2.0 * Check("x1 = x2 = 0", 50.0).joint->statistic, 1e-10);
}

// Derivatives against central differences, Richardson-extrapolated.
TEST(HypothesisTests, DerivativesAreExact) {
  const Estimated e = Example();
  for (const char* text :
       {"`x1` / x2 = 2", "exp(x1) - 1 = 0", "log(x1*x2) = sqrt(x2)", "(x1)^3 = x2^-2", "x1*x2*`x1:x2` = 1",
        "2^(x1) = (x1)^(x2)", "-(x1/(1 - `lag(x1, 1)`)) = 0", "exp(-(x1)^2/2)*3 = log(2 + x2)", "x2^x1^0.5 = 1"}) {
    const Hypothesis hypothesis = Parse(text);
    ASSERT_EQ(hypothesis.equations.size(), 1U);
    const auto at = [&](const VectorXd& b) {
      return Evaluate(hypothesis.equations[0], kNames.size(), e.kept, b).value().value;
    };
    const auto exact = Evaluate(hypothesis.equations[0], kNames.size(), e.kept, e.b);
    ASSERT_TRUE(exact) << text;
    EXPECT_EQ(hypothesis.equations[0].weights.size(), 0) << text;
    for (Index k = 0; k < e.b.size(); ++k) {
      const auto difference = [&](double h) {
        VectorXd up = e.b;
        VectorXd down = e.b;
        up(k) += h;
        down(k) -= h;
        return (at(up) - at(down)) / (2.0 * h);
      };
      const double numeric = (4.0 * difference(1e-3) - difference(2e-3)) / 3.0;
      EXPECT_NEAR(exact->gradient(k), numeric, 1e-9 * std::max(1.0, std::fabs(numeric)))
          << text << " " << kNames[static_cast<std::size_t>(k)];
    }
  }
}

TEST(HypothesisTests, RatioByTheDeltaMethod) {
  const Estimated e = Example();
  const HypothesisTest test = Check("`x1` / x2 = 0");
  const double r = e.b(1) / e.b(2);
  const double variance = (e.v(1, 1) - 2.0 * r * e.v(1, 2) + r * r * e.v(2, 2)) / (e.b(2) * e.b(2));
  EXPECT_NEAR(test.estimate, r, 1e-15);
  EXPECT_NEAR(test.std_error, std::sqrt(variance), 1e-14);
  // An expression that is linear after all has the standard error of its linear form.
  EXPECT_NEAR(Check("log(exp(x1 - x2)) = 0").std_error, Check("x1 = x2").std_error, 1e-14);
}

TEST(HypothesisTests, SeveralEquationsJointly) {
  const Estimated e = Example();
  const HypothesisTest test = Check("x1 = x2 = 0.5; log(x3) = x1", 19.0);
  ASSERT_TRUE(test.joint);
  MatrixXd r = MatrixXd::Zero(3, e.b.size());
  r(0, 1) = 1.0;
  r(0, 2) = -1.0;
  r(1, 2) = 1.0;
  r(2, 3) = 1.0;
  r(2, 1) = -1.0;
  const VectorXd gap = r * e.b - Eigen::Vector3d(0.0, 0.5, 0.0);
  const double f = gap.dot((r * e.v * r.transpose()).ldlt().solve(gap)) / 3.0;
  EXPECT_NEAR(test.joint->statistic, f, 1e-10 * f);
  EXPECT_EQ(test.joint->df1, 3.0);
  EXPECT_EQ(test.joint->df2, 19.0);
  EXPECT_NEAR(test.p_value, numeric::FSurvival(f, 3.0, 19.0), 1e-12);
  // The same restrictions in another form are the same test.
  EXPECT_NEAR(Check("x2 = 0.5, x1 = 0.5, log(x3) - 0.5 = 0", 19.0).joint->statistic, f, 1e-9 * f);
  // One equation as a joint test is the square of t.
  EXPECT_FALSE(Check("x1 = x2").joint);
}

TEST(HypothesisTests, WhatCannotBeTestedIsUnset) {
  Estimated e = Example();
  const auto test = [&](const char* text) { return TestHypothesis(Parse(text), e.kept, e.b, e.v, 20.0, 0.95); };
  EXPECT_FALSE(test("x1 = x2; 2*x1 = 2*x2"));
  EXPECT_FALSE(test("log(-x1) = 0"));
  EXPECT_FALSE(test("x1 / (x2 - x2) = 0"));
  EXPECT_FALSE(test("x2 * 0 * x1 + sqrt(x1 - 100) = 0"));
  // A collinear term.
  e.kept.erase(e.kept.begin() + 1);
  e.b = VectorXd(e.b.tail(e.b.size() - 1));
  e.v = MatrixXd(e.v.bottomRightCorner(e.b.size(), e.b.size()));
  EXPECT_FALSE(test("x1 = 0"));
  EXPECT_FALSE(test("exp(x1) = 1"));
  EXPECT_TRUE(test("x2 + x1 = x1"));
  e.v.setZero();
  EXPECT_FALSE(test("x2 = 0"));
}

TEST(HypothesisTests, WhatCannotBeTestedHasAReason) {
  Estimated e = Example();
  const auto why = [&](const char* text, double df = 20.0) {
    const Hypothesis hypothesis = Parse(text);
    EXPECT_FALSE(TestHypothesis(hypothesis, e.kept, e.b, e.v, df, 0.95)) << text;
    return WhyUndefined(hypothesis, kNames, e.kept, e.b, e.v, df);
  };
  EXPECT_THAT(why("x1 = x2; 2*x1 = 2*x2"), HasSubstr("singular"));
  EXPECT_THAT(why("log(-x1) = 0"), HasSubstr("not a number"));
  EXPECT_THAT(why("x1 / (x2 - x2) = 0"), HasSubstr("division by zero"));
  EXPECT_THAT(why("x1 = 0", 0.0), HasSubstr("no degrees of freedom"));
  e.kept.erase(e.kept.begin() + 1);
  e.b = VectorXd(e.b.tail(e.b.size() - 1));
  e.v = MatrixXd(e.v.bottomRightCorner(e.b.size(), e.b.size()));
  EXPECT_EQ(why("x1 = 0"), "`x1` is collinear with other terms and has no estimate");
  e.v.setZero();
  EXPECT_EQ(why("x2 = 0"), "`x2` has no standard error");
}

// A tester of its own decides degrees of freedom, and receives R and R b - g(b).
TEST(HypothesisTests, JointTester) {
  const Estimated e = Example();
  const JointTester tester = [&](const MatrixXd& restrictions, const VectorXd& values) {
    const VectorXd gap = restrictions * e.b - values;
    auto test = WaldTest(gap, restrictions * e.v * restrictions.transpose(), 7.5);
    if (test) test->distribution = "HTZ";
    return test;
  };
  const auto one = TestHypothesis(Parse("(x1)^2 = 1"), e.kept, e.b, e.v, 20.0, 0.9, tester);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->df, 7.5);
  EXPECT_NEAR(one->estimate, e.b(1) * e.b(1) - 1.0, 1e-15);
  EXPECT_NEAR(*one->conf_high - one->estimate, one->std_error * numeric::StudentTQuantile(0.95, 7.5), 1e-12);
  const auto joint = TestHypothesis(Parse("(x1)^2 = 1; x2 = 0"), e.kept, e.b, e.v, 20.0, 0.9, tester);
  ASSERT_TRUE(joint && joint->joint);
  EXPECT_EQ(joint->joint->distribution, "HTZ");
  EXPECT_EQ(joint->df, 7.5);
}

}  // namespace
}  // namespace farrell::regression
