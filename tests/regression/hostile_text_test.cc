// Formulas, hypotheses and margins that nobody should write: deep, long, in other scripts, cut short.
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "services/regression/engine/formula.h"
#include "services/regression/engine/hypothesis.h"
#include "services/regression/engine/margins.h"
#include "tests/regression/hostile_audit.h"
#include "tests/regression/hostile_cases.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

std::string Repeat(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t k = 0; k < count; ++k) all += text;
  return all;
}

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Within a time that a reader would wait, whatever else the machine is busy with.
void ExpectSoon(const std::string& what, const std::function<void()>& body) {
#ifdef __SANITIZE_ADDRESS__
  constexpr double kPatience = 30.0;
#else
  constexpr double kPatience = 3.0;
#endif
  const double start = ThreadSeconds();
  body();
  EXPECT_LT(ThreadSeconds() - start, kPatience) << what.substr(0, 80);
}

void TryFormula(const std::string& text) {
  ExpectSoon(text, [&] {
    const auto one = ParseFormula(text);
    if (!one.ok()) {
      EXPECT_EQ(one.status().reason(), "FORMULA_INVALID");
      ExpectHonest(one.status());
    }
    const auto several = ParseFormulas(text);
    if (!several.ok()) ExpectHonest(several.status());
    for (const auto algorithm : {SecondStageAlgorithm::kSimarWilson1, SecondStageAlgorithm::kJoint}) {
      const auto second = ParseSecondStageFormula(text, algorithm);
      if (!second.ok()) ExpectHonest(second.status());
    }
  });
}

// One of the hypotheses, if it parses, on coefficients that are huge, tiny and zero.
void TryHypothesis(const std::string& text) {
  static const std::vector<std::string> names = {"(Intercept)", "x1", "x2", "x1:x2", "x1^2", "区域::浙江", "log(x1)"};
  ExpectSoon(text, [&] {
    const auto parsed = ParseHypothesis(text, names, "hypotheses[0]");
    if (!parsed.ok()) {
      EXPECT_EQ(parsed.status().reason(), "HYPOTHESIS_INVALID");
      ExpectHonest(parsed.status());
      return;
    }
    const std::vector<Eigen::Index> kept = {0, 1, 2, 3, 4, 5, 6};
    for (const double scale : {0.0, 1.0, -1.0, 1e300, 1e-300}) {
      const Eigen::VectorXd estimates = Eigen::VectorXd::LinSpaced(7, scale, 2.0 * scale);
      for (const double variance : {1.0, 1e300, 1e-300, 0.0}) {
        const Eigen::MatrixXd vcov = variance * Eigen::MatrixXd::Identity(7, 7);
        const auto test = TestHypothesis(*parsed, kept, estimates, vcov, 5.0, 0.95);
        if (!test) continue;
        Audit audit;
        audit.Number("estimate", test->estimate);
        audit.Number("std_error", test->std_error);
        audit.Number("statistic", test->statistic);
        audit.Probability("p", test->p_value);
        audit.Number("low", test->conf_low);
        audit.Number("high", test->conf_high);
        if (test->joint) audit.Number("joint", test->joint->statistic);
        EXPECT_EQ(audit.faults(), "") << text.substr(0, 200) << " at " << scale << ", variance " << variance;
      }
    }
  });
}

void TryMargin(const std::string& text) {
  static const Formula formula = *ParseFormula("y ~ x1*x2 + poly(x1, 2) + `odd name` + i(区域)");
  ExpectSoon(text, [&] {
    const auto parsed = ParseMargins({text, text}, formula);
    if (!parsed.ok()) ExpectHonest(parsed.status());
  });
}

TEST(HostileText, DepthAndLengthDoNotEndTheProgram) {
  constexpr std::size_t kDeep = 100'000;
  std::vector<std::string> texts;
  for (const char* open :
       {"(",    "[",   "((",  "x(",  "log(", "-",  "+",  "-(", "`", "\"", "'", "i(",  "poly(", "sw(", "c(",
        "lag(", "x1^", "x1*", "x1:", "x1/",  "2 ", "x|", "~",  ",", ";",  "=", "x1=", "\n",    "\t"}) {
    texts.push_back(Repeat(open, kDeep));
    texts.push_back("y ~ " + Repeat(open, kDeep) + "x1");
    texts.push_back("y ~ " + Repeat(open, kDeep) + "x1" + Repeat(")", kDeep));
    texts.push_back("y ~ x1 | " + Repeat(open, kDeep) + "x1" + Repeat(")", kDeep));
    texts.push_back("y ~ x1 | unit | x2 ~ " + Repeat(open, kDeep) + "z" + Repeat(")", kDeep));
    texts.push_back(Repeat(open, 1500) + "x1" + Repeat(")", 1500) + " = 0");
    texts.push_back(Repeat(open, 90) + "x1" + Repeat(")", 90) + " = 0");
  }
  texts.push_back("y ~ " + Repeat("x1 + ", kDeep) + "x2");
  texts.push_back("y ~ x1 | " + Repeat("unit + ", kDeep) + "time");
  texts.push_back("y ~ x1 | unit[" + Repeat("x, ", kDeep) + "z]");
  texts.push_back("y ~ sw(" + Repeat("x, ", kDeep) + "z)");
  texts.push_back("y ~ " + Repeat("sw(a, b) + ", kDeep) + "z");
  texts.push_back("y ~ csw0(" + Repeat("x, ", 998) + "z)");
  std::string names = "y ~ 1";
  for (int k = 0; k < 20000; ++k) names += " + x" + std::to_string(k);
  texts.push_back(names);
  texts.push_back("y ~ " + Repeat("poly(x, 20) : ", 2) + "poly(z, 2)");
  texts.push_back("y ~ " + Repeat("lag(x, 1:999) + ", 1000) + "z");
  texts.push_back("y ~ lag(x, -2147483648:2147483647)");
  texts.push_back("y ~ lag(x, 99999999999999999999:1)");
  texts.push_back("y ~ poly(x, 2147483648)");
  for (const std::string& text : texts) {
    TryFormula(text);
    TryHypothesis(text);
    TryMargin(text);
  }
}

TEST(HostileText, EveryByteIsReadOrRefused) {
  std::vector<std::string> texts = {
      "",
      " ",
      "~",
      "~~",
      "|",
      "y ~",
      "~ x",
      "y ~ x |",
      "y ~ x ||",
      "y ~ x | | x ~ z",
      std::string("y ~ x1\0 + x2", 12),
      std::string("\0", 1),
      std::string("x1 = 0\0", 7),
      "产出 ~ 资本 + i(区域, ref = \"浙江\") | 企业 + 年份",
      "\xff\xfe ~ \x80",
      "y ~ \xe6\xb5",
      "y ~ x\xe2\x80\x8b",
      "y ~ `",
      "y ~ ``",
      "y ~ ` `",
      "y ~ i()",
      "y ~ i(,)",
      "y ~ i(a, ref = )",
      "y ~ i(a, ref = ``)",
      "y ~ poly()",
      "y ~ poly(x)",
      "y ~ lag(x, :)",
      "y ~ lag(, 1:2)",
      "y ~ sw()",
      "c() ~ x",
      "c(c(y)) ~ x",
      "y ~ x | unit[]",
      "y ~ x | unit[[]]",
      "y ~ x | ^",
      "y ~ x | unit^",
      "x1 / 0 = 0",
      "0 / 0 = x1",
      "x1 / (x2 - x2) = 0",
      "1 / x1 = 1 / x1",
      "log(0) = x1",
      "log(-1) * x1 = 0",
      "sqrt(-1) = x1",
      "exp(1e308) * x1 = 0",
      "1e999 = x1",
      "1e-999 * x1 = 0",
      "x1 * 1e308 * 1e308 = 0",
      "1e308 x1 = 1e308 x2",
      "x1 ^ x2 = 1",
      "0 ^ -1 = x1",
      "(-1) ^ 0.5 = x1",
      "x1 ^ -1e308 = 0",
      "0 = 0",
      "1 = 2",
      "x1 - x1 = 0",
      "0 * x1 = 0",
      "x1",
      "=",
      "= 0",
      "x1 =",
      "x1 == 0",
      "x1 = 0 = 1",
      "x1 = x2 = 0; x1 - x2 = 0",
      "x1 = 0;;",
      "; x1 = 0",
      "x1^2 = 0",
      "`x1^2` = 0",
      "区域::浙江 = 0",
      "区域 = 0",
      ". = 0",
      "1.2.3 = x1",
      "1e = x1",
      "0x10 = x1",
      "nan = x1",
      "inf * x1 = 0",
      "x1 by",
      "by x1",
      " by ",
      "x1 by by",
      "x1 by x1 by x1",
      "`odd name` by 区域",
      "x1 by `",
  };
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    for (const std::string& text : {one, "y ~ x" + one, "y ~ " + one + " x", one + "x1 = 0", "x1 " + one + " x2 = 0"}) {
      texts.push_back(text);
    }
  }
  for (const std::string& text : texts) {
    TryFormula(text);
    TryHypothesis(text);
    TryMargin(text);
  }
}

TEST(HostileText, AnySequenceOfPartsIsReadOrRefused) {
  static const std::vector<std::string> parts = {
      "y",   "x1", "x2",    "~",    "|",    "+",    "-",    "*",    ":",     "^",     "(",   ")",    "[",
      "]",   ",",  ";",     "=",    "0",    "1",    "2",    "1e5",  "`",     "\"",    "'",   " ",    "i(",
      "sw(", "c(", "poly(", "lag(", "raw",  "ref",  "log(", "exp(", "sqrt(", "csw0(", "/",   " by ", "区域",
      "\\",  "#",  "x1:x2", "x1^2", "unit", "time", "$",    "\0",   "\n",    "1:2",   "0.5", "-1",   "."};
  const std::int64_t cases = LongRun() ? 200'000 : 10'000;
  for (std::int64_t seed = 0; seed < cases; ++seed) {
    Dice dice(seed);
    std::string text = dice.Chance(0.5) ? "y ~ " : "";
    for (std::size_t k = 1 + dice.Below(25); k > 0; --k) text += dice.Pick(parts);
    TryFormula(text);
    TryHypothesis(dice.Chance(0.5) ? text : text + " = 0");
    TryMargin(text);
  }
}

}  // namespace
}  // namespace farrell::regression::testing
