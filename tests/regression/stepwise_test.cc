// Formulas that stand for several.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "services/regression/engine/formula.h"

namespace farrell::regression {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Expand(std::string_view text) {
  const auto formulas = ParseFormulas(text);
  EXPECT_TRUE(formulas.ok()) << formulas.status().ToString();
  std::vector<std::string> texts;
  if (!formulas.ok()) return texts;
  for (const Formula& formula : *formulas) texts.push_back(formula.text);
  return texts;
}

TEST(Stepwise, TheListsOfFixest) {
  EXPECT_THAT(Expand("y ~ x"), ElementsAre("y ~ x"));
  EXPECT_THAT(Expand("y ~ x1 + sw(x2, x3)"), ElementsAre("y ~ x1 + x2", "y ~ x1 + x3"));
  EXPECT_THAT(Expand("y ~ x1 + sw0(x2, x3)"), ElementsAre("y ~ x1", "y ~ x1 + x2", "y ~ x1 + x3"));
  EXPECT_THAT(Expand("y ~ x1 + csw(x2, x3)"), ElementsAre("y ~ x1 + x2", "y ~ x1 + x2 + x3"));
  EXPECT_THAT(Expand("y ~ x1 + csw0(x2, x3)"), ElementsAre("y ~ x1", "y ~ x1 + x2", "y ~ x1 + x2 + x3"));
  EXPECT_THAT(Expand("c(y1, log(y2)) ~ x"), ElementsAre("y1 ~ x", "log(y2) ~ x"));
  EXPECT_THAT(Expand("y ~ sw(x1 + x2, log(x3), a*b)"), ElementsAre("y ~ x1 + x2", "y ~ log(x3)", "y ~ a*b"));
}

TEST(Stepwise, TheMultiverseIsEverySubset) {
  EXPECT_THAT(Expand("y ~ x1 + mvsw(x2, x3)"), ElementsAre("y ~ x1", "y ~ x1 + x2", "y ~ x1 + x3", "y ~ x1 + x2 + x3"));
  EXPECT_THAT(Expand("y ~ mvsw(a, b + c, d)"), ElementsAre("y ~ 1", "y ~ a", "y ~ b + c", "y ~ d", "y ~ a + b + c",
                                                           "y ~ a + d", "y ~ b + c + d", "y ~ a + b + c + d"));
  EXPECT_THAT(Expand("y ~ x | mvsw(unit, time)"),
              ElementsAre("y ~ x | 0", "y ~ x | unit", "y ~ x | time", "y ~ x | unit + time"));
  EXPECT_EQ(Expand("y ~ mvsw(a, b, c, d, e, f, g, h, j)").size(), 512U);
  const auto many = ParseFormulas("y ~ mvsw(a, b, c, d, e, f, g, h, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)");
  ASSERT_FALSE(many.ok());
  EXPECT_THAT(many.status().ToString(), HasSubstr("more than 1000 formulas"));
}

TEST(Stepwise, ProtectedExpressionsAreParentheses) {
  const auto formula = ParseFormula("I(y / 2) ~ x + I(x^2) + I( x * z ) | unit | w ~ I(z + 1)");
  ASSERT_TRUE(formula.ok()) << formula.status().ToString();
  EXPECT_THAT(formula->NumberColumns(), ElementsAre("(y / 2)", "x", "(x^2)", "(x * z)", "w", "(z + 1)"));
}

TEST(Stepwise, NothingTakesItsSignWithIt) {
  EXPECT_THAT(Expand("y ~ sw0(x)"), ElementsAre("y ~ 1", "y ~ x"));
  EXPECT_THAT(Expand("y ~ sw0(x) + z"), ElementsAre("y ~ z", "y ~ x + z"));
  EXPECT_THAT(Expand("y ~ w + sw0(x) + z"), ElementsAre("y ~ w + z", "y ~ w + x + z"));
  EXPECT_THAT(Expand("y ~ sw0(x) - 1"), ElementsAre("y ~ - 1", "y ~ x - 1"));
  EXPECT_THAT(Expand("y ~ x | sw0(unit)"), ElementsAre("y ~ x | 0", "y ~ x | unit"));
  EXPECT_THAT(Expand("y ~ x | year + sw0(unit)"), ElementsAre("y ~ x | year", "y ~ x | year + unit"));
  EXPECT_THAT(Expand("y ~ sw0(x) + sw0(z)"), ElementsAre("y ~ 1", "y ~ z", "y ~ x", "y ~ x + z"));
  EXPECT_THAT(Expand("y ~ sw0(x) | unit"), ElementsAre("y ~ 1 | unit", "y ~ x | unit"));
}

// The 8 models of the first example of fixest's vignette on multiple estimations, in its order.
TEST(Stepwise, EffectsVarySlowestThenLeftSidesThenTerms) {
  EXPECT_THAT(Expand("c(y1, y2) ~ x1 + csw(x2, x2^2) | sw0(species)"),
              ElementsAre("y1 ~ x1 + x2 | 0", "y1 ~ x1 + x2 + x2^2 | 0", "y2 ~ x1 + x2 | 0", "y2 ~ x1 + x2 + x2^2 | 0",
                          "y1 ~ x1 + x2 | species", "y1 ~ x1 + x2 + x2^2 | species", "y2 ~ x1 + x2 | species",
                          "y2 ~ x1 + x2 + x2^2 | species"));
  EXPECT_THAT(Expand("y ~ sw(a, b) + sw(c, d)"), ElementsAre("y ~ a + c", "y ~ a + d", "y ~ b + c", "y ~ b + d"));
  EXPECT_THAT(Expand("y ~ x | 0 | w ~ csw(z1, z2)"), ElementsAre("y ~ x | 0 | w ~ z1", "y ~ x | 0 | w ~ z1 + z2"));
  EXPECT_THAT(Expand("y ~ x | sw(a, b) | w ~ z"), ElementsAre("y ~ x | a | w ~ z", "y ~ x | b | w ~ z"));
}

TEST(Stepwise, OneFormulaIsOne) {
  const auto formula = ParseFormula("y ~ x + csw(a, b) | sw(u, v)");
  ASSERT_FALSE(formula.ok());
  EXPECT_EQ(formula.status().violations().size(), 2U);
  EXPECT_EQ(formula.status().metadata().at("position"), "8");
  EXPECT_THAT(formula.status().message(), HasSubstr("stands for several formulas"));
  // Quoted names are names.
  EXPECT_TRUE(ParseFormula("y ~ `sw(a)` + swift(a)").ok());
}

TEST(Stepwise, MistakesPointIntoTheTextAsWritten) {
  const auto twice = ParseFormulas("c(y1, y2) ~ sw(a, i(b+c), d) | u + ");
  ASSERT_FALSE(twice.ok());
  // Once each, though every formula has them.
  ASSERT_EQ(twice.status().violations().size(), 2U);
  EXPECT_THAT(twice.status().ToString(), HasSubstr("position 35"));
  EXPECT_THAT(twice.status().ToString(), HasSubstr("position 21"));
  EXPECT_THAT(twice.status().violations()[0].description, HasSubstr("c(y1, y2) ~ sw(a, i(b+c), d) | u + "));
  for (const char* bad : {"y ~ sw()", "y ~ sw(a, )", "y ~ x:sw(a, b)", "y ~ sw(a, csw(b))", "sw(y) ~ x", "y ~ c(a, b)",
                          "log(c(y)) + c(y) ~ x", "y ~ x - sw(a)", "y ~ sw(a) sw(b)", "y ~ sw(a)sw(b)",
                          "y ~ x | u^sw(v)", "y ~ log(sw(a, b))"}) {
    EXPECT_FALSE(ParseFormulas(bad).ok()) << bad;
  }
}

TEST(Stepwise, TheNumberOfFormulasIsLimited) {
  std::string text = "y ~ sw(a, b)";
  for (int k = 0; k < 60; ++k) text += " + sw(a, b)";
  EXPECT_THAT(ParseFormulas(text).status().message(), HasSubstr("more than 1000"));
}

}  // namespace
}  // namespace farrell::regression
