#include "services/regression/engine/formula.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>

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

TEST(Formula, InstrumentsAreTheLastPart) {
  for (const char* text :
       {"y ~ x | unit | d + e ~ z1 + log(z2)", "y ~ x | 0 | d + e ~ z1 + log(z2)", "y ~ x | d + e ~ z1 + log(z2)"}) {
    const Formula formula = Parse(text);
    ASSERT_EQ(formula.endogenous.size(), 2U) << text;
    ASSERT_EQ(formula.instruments.size(), 2U) << text;
    EXPECT_THAT(Terms(formula), ElementsAre("x"));
    EXPECT_EQ(formula.endogenous[1].factors[0].column, "e");
    EXPECT_EQ(formula.instruments[1].factors[0].column, "log(z2)");
    EXPECT_EQ(formula.effects.size(), std::string_view(text).find("unit") != std::string_view::npos ? 1U : 0U);
    EXPECT_THAT(formula.NumberColumns(), ElementsAre("y", "x", "d", "e", "z1", "log(z2)"));
  }
  // A regressor may be its own instrument.
  EXPECT_TRUE(ParseFormula("y ~ 1 | x ~ x").ok());
  EXPECT_EQ(Parse("y ~ 1 | d*e ~ z*w").endogenous.size(), 3U);
  EXPECT_THAT(Parse("y ~ 1 | d:i(region) ~ z:i(region)").LabelColumns(), ElementsAre("region"));
}

TEST(Formula, VaryingSlopes) {
  const Formula formula = Parse("y ~ x | unit[t, log(z) + 1] + region^year[[`a b`]] + unit");
  ASSERT_EQ(formula.effects.size(), 3U);
  EXPECT_EQ(formula.effects[0].name, "unit[t, log(z) + 1]");
  EXPECT_THAT(formula.effects[0].slopes, ElementsAre("t", "log(z) + 1"));
  EXPECT_FALSE(formula.effects[0].slopes_only);
  EXPECT_EQ(formula.effects[1].name, "region^year[[`a b`]]");
  EXPECT_THAT(formula.effects[1].columns, ElementsAre("region", "year"));
  EXPECT_TRUE(formula.effects[1].slopes_only);
  EXPECT_THAT(formula.NumberColumns(), ElementsAre("y", "x", "t", "log(z) + 1", "`a b`"));
  EXPECT_THAT(formula.LabelColumns(), ElementsAre("unit", "region", "year"));
  EXPECT_EQ(Parse("y ~ x | unit[t, t]").effects[0].slopes.size(), 1U);
}

TEST(Formula, RangesOfPeriods) {
  EXPECT_THAT(Terms(Parse("y ~ lag(x, 1:3)")), ElementsAre("lag(x, 1)", "lag(x, 2)", "lag(x, 3)"));
  EXPECT_THAT(Terms(Parse("y ~ lead(log(x + z),2:1)")), ElementsAre("lead(log(x + z), 2)", "lead(log(x + z), 1)"));
  EXPECT_THAT(Terms(Parse("y ~ lag(x, -1:1)")), ElementsAre("lead(x, 1)", "x", "lag(x, 1)"));
  EXPECT_THAT(Terms(Parse("y ~ diff(x, 1:2):z + growth(x, 1:1)")),
              ElementsAre("diff(x, 1):z", "diff(x, 2):z", "growth(x, 1)"));
  EXPECT_THAT(Terms(Parse("y ~ lag(x, 1:2)*z")),
              ElementsAre("lag(x, 1)", "lag(x, 2)", "z", "lag(x, 1):z", "lag(x, 2):z"));
  // One already there counts once.
  EXPECT_THAT(Terms(Parse("y ~ x + lag(x, 0:1) + lag(x,1)")), ElementsAre("x", "lag(x, 1)"));
}

TEST(Formula, Polynomials) {
  const Formula formula = Parse("y ~ poly(log(x), 3) + poly(x, 2, raw = TRUE):z");
  ASSERT_EQ(formula.terms.size(), 5U);
  EXPECT_EQ(formula.terms[2].factors[0], (Factor{.column = "log(x)", .degree = 3, .power = 3}));
  EXPECT_EQ(formula.terms[4].factors[0], (Factor{.column = "x", .degree = 2, .power = 2, .raw = true}));
  EXPECT_EQ(formula.terms[4].factors[1].column, "z");
  EXPECT_EQ(Parse("y ~ poly(x, 2, raw)").terms[0].factors[0].raw, true);
  EXPECT_THAT(formula.NumberColumns(), ElementsAre("y", "log(x)", "x", "z"));
}

TEST(Formula, References) {
  for (const char* text :
       {"y ~ i(region, ref = \"west\"):x", "y ~ i(region,ref=west):x", "y ~ i(region, ref = 'west'):x",
        "y ~ i(region, x, ref = west)", "y ~ i( region , ref = `west` ):x"}) {
    const Formula formula = Parse(text);
    ASSERT_EQ(formula.terms.size(), 1U) << text;
    EXPECT_EQ(formula.terms[0].factors[0], (Factor{.column = "region", .levels = true, .reference = "west"})) << text;
    EXPECT_EQ(formula.terms[0].factors[1].column, "x") << text;
  }
  EXPECT_EQ(Parse("y ~ i(region, ref = \"the west, or so\")").terms[0].factors[0].reference, "the west, or so");
  EXPECT_EQ(Parse("y ~ i(region) + i(region, ref = a) + i(region, ref = a)").terms.size(), 2U);
}

TEST(Formula, RemembersWhereColumnsStand) {
  const Formula formula = Parse(" y ~  x1 + lag( x2, 1:2) + i(g, ref = a) | u[z] | d ~ w");
  EXPECT_EQ(formula.source, " y ~  x1 + lag( x2, 1:2) + i(g, ref = a) | u[z] | d ~ w");
  for (const auto& [column, at] : std::map<std::string, std::size_t>{{"y", 1},
                                                                     {"x1", 6},
                                                                     {"lag(x2, 1)", 16},
                                                                     {"lag(x2, 2)", 16},
                                                                     {"g", 29},
                                                                     {"g::a", 38},
                                                                     {"u", 43},
                                                                     {"z", 45},
                                                                     {"d", 50},
                                                                     {"w", 54}}) {
    ASSERT_TRUE(formula.offsets.contains(column)) << column;
    EXPECT_EQ(formula.offsets.at(column), at) << column;
  }
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
    ::testing::Values(
        BadFormula{"y x", 3, "no `~`"}, BadFormula{"", 0, "no `~`"}, BadFormula{"~ x", 0, "response is missing"},
        BadFormula{"y ~", 3, "no terms"}, BadFormula{"y ~ | unit", 4, "no terms"},
        BadFormula{"y ~ x |", 7, "no effects"}, BadFormula{"y ~ x + + z", 8, "a term is missing"},
        BadFormula{"y ~ x +", 7, "a term is missing"}, BadFormula{"y ~ log(x", 7, "never closed"},
        BadFormula{"y ~ log(x))", 10, "without an opening"}, BadFormula{"y ~ `x", 4, "never closed"},
        BadFormula{"y ~ x ~ z", 6, "second `~`"}, BadFormula{"y ~ x | a | b", 10, "second `|`"},
        BadFormula{"y ~ x - z", 8, "only the constant"}, BadFormula{"y ~ 2 + x", 4, "a number"},
        BadFormula{"y ~ x:", 6, "missing"}, BadFormula{"y ~ i()", 6, "one column"},
        BadFormula{"y ~ i(a+b)", 7, "one column"}, BadFormula{"y ~ i(a)^2", 4, "stands alone"},
        BadFormula{"y ~ x | log(u)", 11, "an effect is a column"},
        BadFormula{"专利 ~ 研发 + + x", 10, "a term is missing"}, BadFormula{"y ~ 'text'", 4, "text is not a term"},
        // Instruments.
        BadFormula{"y ~ x | u | v | d ~ z", 10, "second `|`"}, BadFormula{"y ~ x | ~ z", 8, "missing before"},
        BadFormula{"y ~ x | d ~", 11, "no instruments"}, BadFormula{"y ~ x | d ~ z | u", 14, "nothing follows"},
        BadFormula{"y ~ x | d ~ z ~ w", 14, "second `~`"}, BadFormula{"y ~ x | d ~ 1 + z", 12, "constant"},
        BadFormula{"y ~ x + d | d ~ z", 12, "stands among the terms too"}, BadFormula{"y ~ x | u |", 10, "second `|`"},
        // Slopes.
        BadFormula{"y ~ x | u[", 9, "never closed"}, BadFormula{"y ~ x | u[]", 10, "a slope is missing"},
        BadFormula{"y ~ x | u[x]z", 9, "nothing may follow"}, BadFormula{"y ~ x | u[[x],z]", 10, "a slope is"},
        BadFormula{"y ~ x | [x]", 8, "an effect is a column"}, BadFormula{"y ~ x | u[x)", 11, "does not match"},
        BadFormula{"y ~ x | u[x, ]", 13, "a slope is missing"}, BadFormula{"y ~ x | u[1:2]", 11, "a slope is"},
        // Ranges and polynomials.
        BadFormula{"y ~ lag(x, 1:a)", 11, "two whole numbers"}, BadFormula{"y ~ diff(x, 0:1)", 12, "between 1 and 999"},
        BadFormula{"y ~ lag(x, 1:2000)", 11, "between -999"}, BadFormula{"y ~ log(lag(x, 1:2))", 16, "of its own"},
        BadFormula{"y ~ lag(, 1:2)", 10, "two whole numbers"}, BadFormula{"y ~ lag(x, 1:2:3)", 11, "two whole"},
        BadFormula{"y ~ poly(x)", 9, "poly(x, degree)"}, BadFormula{"y ~ poly(x, 0)", 9, "from 1 to 20"},
        BadFormula{"y ~ poly(x, 2, row)", 9, "raw"}, BadFormula{"y ~ poly(x, 99)", 9, "from 1 to 20"},
        BadFormula{"y ~ lag(x, 1:99):lag(z, 1:99)", 4, "more than 1000 terms"},
        // References.
        BadFormula{"y ~ i(g, ref = )", 9, "ref = level"}, BadFormula{"y ~ i(g, rf = a)", 9, "ref = level"},
        BadFormula{"y ~ i(g, ref = a, ref = b)", 18, "ref = level"},
        BadFormula{"y ~ i(g, ref = \"\")", 15, "level is missing"}));

TEST(Formula, AllMistakesAtOnce) {
  const auto formula = ParseFormula("y ~ 2 + x - z + i() | log(u)");
  ASSERT_FALSE(formula.ok());
  EXPECT_EQ(formula.status().violations().size(), 4U);
}

TEST(Formula, AnythingAtAllGivesAnAnswer) {
  // Pieces that matter to the parser, in every arrangement.
  const std::vector<std::string> pieces = {
      "+sw(x,y)", "+csw0(z)", "y",      "~",         "x",     "|",     "+",
      "*",        ":",        "(",      ")",         "i(",    "[",     "]",
      "-",        "`",        "1",      " ",         "sw(",   "csw0(", "c(",
      ",",        "1:2",      "lag(x,", "poly(x,2)", "ref=a", "\"",    "\xe4\xb8\x93",
      "\xff",     "^",        "[[",     "]]",        "=",     "0",     "\n",
      "'"};
  std::uint64_t state = 1;
  int valid = 0;
  int stepwise = 0;
  for (int round = 0; round < 100000; ++round) {
    std::string text = round % 4 == 0 ? "" : "y ~ x";
    for (int k = 0; k < 1 + round % 9; ++k) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += pieces[(state >> 33U) % pieces.size()];
    }
    const auto formula = ParseFormula(text);
    const auto formulas = ParseFormulas(text);
    if (formula.ok()) {
      ++valid;
      ASSERT_TRUE(formulas.ok()) << text;
      ASSERT_EQ(formulas->size(), 1U);
      // A formula is what its normalised text says.
      const auto again = ParseFormula(formula->text);
      ASSERT_TRUE(again.ok()) << text << ": " << again.status().ToString();
      ASSERT_EQ(again->terms.size(), formula->terms.size()) << text;
      ASSERT_EQ(again->text, formula->text);
    } else {
      ASSERT_FALSE(formula.status().violations().empty()) << text;
      if (formulas.ok()) {
        ++stepwise;
        for (const Formula& one : *formulas) ASSERT_TRUE(ParseFormula(one.text).ok()) << text << " gives " << one.text;
      }
    }
  }
  EXPECT_GT(valid, 1000);
  EXPECT_GT(stepwise, 10);
}

TEST(Formula, HugeTextsAreRefusedOrRead) {
  EXPECT_FALSE(ParseFormula(std::string(10'000'000, 'x')).ok());
  EXPECT_FALSE(ParseFormula("y ~ " + std::string(60000, '(')).ok());
  EXPECT_FALSE(ParseFormula("y ~ " + std::string(60000, '|')).ok());
  EXPECT_TRUE(ParseFormula("y ~ " + std::string(30000, '(') + "x" + std::string(30000, ')')).ok());
  std::string many = "y ~ x0";
  for (int k = 1; k < 8000; ++k) many += "+x" + std::to_string(k);
  EXPECT_EQ(Parse(many).terms.size(), 8000U);
}

}  // namespace
}  // namespace farrell::regression
