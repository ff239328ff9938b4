#include "services/regression/engine/formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farrell::regression {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Formula Parse(std::string_view text) {
  auto formula = ParseFormula(text);
  EXPECT_TRUE(formula.ok()) << formula.status().ToString();
  return formula.ok() ? *formula : Formula();
}

// "x", "i(region)", "i(region):x" and so on, for reading test results.
std::vector<std::string> Terms(const Formula& formula) {
  std::vector<std::string> terms;
  for (const FormulaTerm& term : formula.terms) {
    std::string text;
    for (const Factor& factor : term.factors) {
      text += (text.empty() ? "" : ":") + (factor.levels ? "i(" + factor.column + ")" : factor.column);
    }
    terms.push_back(text);
  }
  return terms;
}

TEST(Formula, WholeGrammar) {
  const Formula formula = Parse("y ~ x1 + log(x2) + lag(x3) + i(region):x1 | unit + time");
  EXPECT_EQ(formula.response, "y");
  EXPECT_TRUE(formula.constant);
  EXPECT_THAT(Terms(formula), ElementsAre("x1", "log(x2)", "lag(x3)", "i(region):x1"));
  ASSERT_EQ(formula.effects.size(), 2U);
  EXPECT_EQ(formula.effects[0].name, "unit");
  EXPECT_THAT(formula.NumberColumns(), ElementsAre("y", "x1", "log(x2)", "lag(x3)"));
  EXPECT_THAT(formula.LabelColumns(), ElementsAre("region", "unit", "time"));
}

TEST(Formula, ExpressionsKeepTheirOperatorsInsideParentheses) {
  EXPECT_THAT(Terms(Parse("log(a / b) ~ log(x + 1) + (x * z - 1) + x^2 + lag(x, 2) + if(a > 1, b, c) + w/2")),
              ElementsAre("log(x + 1)", "(x * z - 1)", "x^2", "lag(x, 2)", "if(a > 1, b, c)", "w/2"));
  EXPECT_EQ(Parse("log(a / b) ~ x").response, "log(a / b)");
  EXPECT_EQ(Parse("`GDP | real` ~ `a+b`").response, "`GDP | real`");
  EXPECT_THAT(Terms(Parse("y ~ `a+b` + 专利 + ln_研发")), ElementsAre("`a+b`", "专利", "ln_研发"));
}

TEST(Formula, NamesAreAsWrittenWithWhiteSpaceNormalised) {
  const Formula formula = Parse("  y   ~  lag(x,   2)\n +\t i( region ) : x |  unit ");
  EXPECT_EQ(formula.text, "y ~ lag(x, 2) + i( region ) : x | unit");
  EXPECT_THAT(Terms(formula), ElementsAre("lag(x, 2)", "i(region):x"));
}

TEST(Formula, CrossingExpands) {
  EXPECT_THAT(Terms(Parse("y ~ a*b")), ElementsAre("a", "b", "a:b"));
  EXPECT_THAT(Terms(Parse("y ~ a*b*c")), ElementsAre("a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"));
  EXPECT_THAT(Terms(Parse("y ~ i(region)*x")), ElementsAre("i(region)", "x", "i(region):x"));
  // Repetitions count once, in whatever order their factors stand.
  EXPECT_THAT(Terms(Parse("y ~ x + a:b + x + b:a + log(x) + log( x )")), ElementsAre("x", "a:b", "log(x)"));
}

TEST(Formula, Constant) {
  EXPECT_FALSE(Parse("y ~ 0 + x").constant);
  EXPECT_FALSE(Parse("y ~ -1 + x").constant);
  EXPECT_FALSE(Parse("y ~ x - 1").constant);
  EXPECT_TRUE(Parse("y ~ 1 + x").constant);
  EXPECT_TRUE(Parse("y ~ 1").constant);
  EXPECT_TRUE(Parse("y ~ 1").terms.empty());
  EXPECT_TRUE(Parse("y ~ 1 | unit").terms.empty());
}

TEST(Formula, CombinedEffects) {
  const Formula formula = Parse("y ~ x | unit^decade + time + unit");
  ASSERT_EQ(formula.effects.size(), 3U);
  EXPECT_EQ(formula.effects[0].name, "unit^decade");
  EXPECT_THAT(formula.effects[0].columns, ElementsAre("unit", "decade"));
}

struct BadFormula {
  std::string text;
  std::size_t position;
  std::string says;
};

class BadFormulas : public ::testing::TestWithParam<BadFormula> {};

TEST_P(BadFormulas, PointAtTheCharacter) {
  const BadFormula& bad = GetParam();
  const auto formula = ParseFormula(bad.text);
  ASSERT_FALSE(formula.ok()) << bad.text;
  const Status& status = formula.status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.reason(), "FORMULA_INVALID");
  EXPECT_EQ(status.metadata().at("position"), std::to_string(bad.position)) << status.message();
  ASSERT_FALSE(status.violations().empty());
  EXPECT_EQ(status.violations()[0].field, "formula");
  EXPECT_THAT(status.violations()[0].description, HasSubstr(bad.says));
  // The caret stands under that character.
  EXPECT_THAT(status.violations()[0].description, HasSubstr("\n  " + std::string(bad.position, ' ') + "^"));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadFormulas,
    ::testing::Values(BadFormula{"y x", 3, "no `~`"}, BadFormula{"", 0, "no `~`"},
                      BadFormula{"~ x", 0, "response is missing"}, BadFormula{"y ~", 3, "no terms"},
                      BadFormula{"y ~ | unit", 4, "no terms"}, BadFormula{"y ~ x |", 7, "no effects"},
                      BadFormula{"y ~ x + + z", 8, "a term is missing"}, BadFormula{"y ~ x +", 7, "a term is missing"},
                      BadFormula{"y ~ log(x", 7, "never closed"}, BadFormula{"y ~ log(x))", 10, "without an opening"},
                      BadFormula{"y ~ `x", 4, "never closed"}, BadFormula{"y ~ x ~ z", 6, "second `~`"},
                      BadFormula{"y ~ x | a | b", 10, "second `|`"}, BadFormula{"y ~ x - z", 8, "only the constant"},
                      BadFormula{"y ~ 2 + x", 4, "a number"}, BadFormula{"y ~ x:", 6, "missing"},
                      BadFormula{"y ~ i()", 6, "one column"}, BadFormula{"y ~ i(a+b)", 7, "one column"},
                      BadFormula{"y ~ i(a)^2", 4, "stands alone"},
                      BadFormula{"y ~ x | log(u)", 11, "an effect is a column"},
                      BadFormula{"专利 ~ 研发 + + x", 10, "a term is missing"},
                      BadFormula{"y ~ 'text'", 4, "text is not a term"}));

TEST(Formula, AllMistakesAtOnce) {
  const auto formula = ParseFormula("y ~ 2 + x - z + i() | log(u)");
  ASSERT_FALSE(formula.ok());
  EXPECT_EQ(formula.status().violations().size(), 4U);
}

TEST(Formula, AnythingAtAllGivesAnAnswer) {
  // Characters that matter to the parser, in every arrangement of a small alphabet.
  const std::string alphabet = "y~x|+:*(i)-`1 ";
  std::string text(6, ' ');
  std::uint64_t state = 1;
  int valid = 0;
  for (int round = 0; round < 200000; ++round) {
    for (char& c : text) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      c = alphabet[(state >> 33U) % alphabet.size()];
    }
    const auto formula = ParseFormula("y ~ " + text);
    valid += formula.ok() ? 1 : 0;
    if (!formula.ok()) {
      ASSERT_FALSE(formula.status().violations().empty()) << text;
    }
  }
  EXPECT_GT(valid, 100);
}

}  // namespace
}  // namespace farrell::regression
