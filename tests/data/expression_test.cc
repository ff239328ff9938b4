#include "services/data/engine/expression/evaluator.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

#include "services/data/engine/expression/lexer.h"
#include "services/data/engine/table.h"
#include "services/data/engine/view.h"
#include "tests/data/columns.h"

namespace farrell::data {
namespace {

using expression::Evaluate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Units a and b over 2010-2012; b has no row for 2011.
Table Panel() {
  Table table;
  table.keys = MakeKeys("unit", "time", {"a", "a", "a", "b", "b"}, {2010, 2011, 2012, 2010, 2012});
  table.columns = {Texts("unit", {"a", "a", "a", "b", "b"}),
                   Numbers("time", {2010, 2011, 2012, 2010, 2012}),
                   Numbers("x", {1, 2, 4, 8, 16}),
                   Numbers("y", {0, kMissing, 2, -1, 4}),
                   Texts("region", {"东部", "东部", "", "west", "west"}),
                   Numbers("index", {100, 110, 121, 50, 100}),
                   Numbers("专利", {1, 2, 3, 4, 5}),
                   Numbers("score.main", {0.5, 0.5, 1, 1, 1})};
  return table;
}

// Missing as -999, so that vectors compare.
std::vector<double> Values(const std::string& text, const Table& table = Panel()) {
  const auto column = Evaluate(text, table);
  EXPECT_TRUE(column.ok()) << text << ": " << column.status().ToString();
  if (!column.ok()) return {};
  EXPECT_FALSE((*column)->is_text) << text;
  std::vector<double> numbers = (*column)->numbers;
  for (double& number : numbers) {
    if (std::isnan(number)) number = -999;
  }
  return numbers;
}

double Scalar(const std::string& text) { return Values(text).at(0); }

Status ErrorOf(const std::string& text, const Table& table = Panel()) {
  const auto column = Evaluate(text, table);
  EXPECT_FALSE(column.ok()) << text;
  return column.status();
}

TEST(ExpressionTest, OperatorsBindAsTextbooksSay) {
  EXPECT_EQ(Scalar("1 + 2 * 3"), 7);
  EXPECT_EQ(Scalar("(1 + 2) * 3"), 9);
  EXPECT_EQ(Scalar("2 ^ 3 ^ 2"), 512);
  EXPECT_EQ(Scalar("-2 ^ 2"), -4);
  EXPECT_EQ(Scalar("2 ^ -1"), 0.5);
  EXPECT_EQ(Scalar("10 - 4 - 3"), 3);
  EXPECT_EQ(Scalar("16 / 4 / 2"), 2);
  EXPECT_EQ(Scalar("1 + 1 == 2"), 1);
  EXPECT_EQ(Scalar("1 > 2 | 2 > 1 & 1 == 1"), 1);
  EXPECT_EQ(Scalar("!1 == 2"), 1);
  EXPECT_EQ(Scalar("- - 3"), 3);
  EXPECT_EQ(Scalar("1.5e2 + .5"), 150.5);
}

TEST(ExpressionTest, NamesMayBeInAnyScriptDottedOrBackQuoted) {
  EXPECT_THAT(Values("专利 * 2"), ElementsAre(2, 4, 6, 8, 10));
  EXPECT_THAT(Values("score.main + 1"), ElementsAre(1.5, 1.5, 2, 2, 2));
  EXPECT_THAT(Values("`x` + 0"), ElementsAre(1, 2, 4, 8, 16));
  EXPECT_TRUE(expression::IsPlainName("人均GDP_2.1"));
  EXPECT_FALSE(expression::IsPlainName("2x"));
  EXPECT_FALSE(expression::IsPlainName("a-b"));
  EXPECT_FALSE(expression::IsPlainName("a，b"));
  EXPECT_FALSE(expression::IsPlainName(""));
}

TEST(ExpressionTest, AMissingOperandMakesAMissingResult) {
  EXPECT_THAT(Values("y + 1"), ElementsAre(1, -999, 3, 0, 5));
  EXPECT_THAT(Values("min(x, y)"), ElementsAre(0, -999, 2, -1, 4));
  EXPECT_THAT(Values("y > 0"), ElementsAre(0, -999, 1, 0, 1));
  EXPECT_THAT(Values("missing(y)"), ElementsAre(0, 1, 0, 0, 0));
  EXPECT_THAT(Values("missing(region)"), ElementsAre(0, 0, 1, 0, 0));
  EXPECT_THAT(Values("region == 'west'"), ElementsAre(0, 0, -999, 1, 1));
  EXPECT_THAT(Values("region != \"东部\""), ElementsAre(0, 0, -999, 1, 1));
  // A missing operand hides a failing one: log(-1)/missing is missing, not an error.
  EXPECT_THAT(Values("log(0 - x) + y * 0 / missing(1)",
                     [] {
                       Table table = Panel();
                       table.columns[3] = Numbers("y", {kMissing, kMissing, kMissing, kMissing, kMissing});
                       return table;
                     }()),
              ElementsAre(-999, -999, -999, -999, -999));
}

TEST(ExpressionTest, LagsFollowPeriodsNotRows) {
  EXPECT_THAT(Values("lag(x)"), ElementsAre(-999, 1, 2, -999, -999));
  EXPECT_THAT(Values("lag(x, 2)"), ElementsAre(-999, -999, 1, -999, 8));
  EXPECT_THAT(Values("lead(x)"), ElementsAre(2, 4, -999, -999, -999));
  EXPECT_THAT(Values("diff(x)"), ElementsAre(-999, 1, 2, -999, -999));
  EXPECT_THAT(Values("growth(x, 2)"), ElementsAre(-999, -999, 3, -999, 1));
}

TEST(ExpressionTest, FirstIsTheEarliestValueOfTheUnit) {
  EXPECT_THAT(Values("first(x)"), ElementsAre(1, 1, 1, 8, 8));
  EXPECT_THAT(Values("first(y)"), ElementsAre(0, 0, 0, -1, -1));
  // Missing in the first period of one unit, in all periods of the other.
  EXPECT_THAT(Values("first(lag(x))"), ElementsAre(1, 1, 1, -999, -999));
  EXPECT_THAT(Values("x - first(x)"), ElementsAre(0, 1, 3, 0, 8));
  EXPECT_THAT(ErrorOf("first(region)").message(), HasSubstr("number"));
  EXPECT_EQ(ErrorOf("first(log(y))").reason(), "NOT_FINITE");
}

TEST(ExpressionTest, StatisticsAgreeWithHandComputation) {
  EXPECT_DOUBLE_EQ(Scalar("mean(x)"), 6.2);
  EXPECT_DOUBLE_EQ(Scalar("sd(x)"), std::sqrt((5.2 * 5.2 + 4.2 * 4.2 + 2.2 * 2.2 + 1.8 * 1.8 + 9.8 * 9.8) / 4));
  EXPECT_DOUBLE_EQ(Scalar("mean(y)"), 1.25);
  EXPECT_DOUBLE_EQ(Scalar("mean(standardize(x))") + 1.0, 1.0);
  EXPECT_DOUBLE_EQ(Scalar("sd(standardize(x))"), 1.0);
  // Quantiles of type 7: position (n-1)p = 0.4 and 3.6 of 1 2 4 8 16.
  EXPECT_THAT(Values("winsorize(x, 0.1)"), ElementsAre(1.4, 2, 4, 8, testing::DoubleEq(12.8)));
  EXPECT_THAT(Values("winsorize(x, 0)"), ElementsAre(1, 2, 4, 8, 16));
}

TEST(ExpressionTest, PerpetualInventoryStartsInSteadyStateAndStopsAtAGap) {
  // K0 = 1/(0.05+0.15) = 5; K1 = 0.85*5+2 = 6.25; K2 = 0.85*6.25+4 = 9.3125. Unit b: 8/0.2 = 40, then a gap.
  EXPECT_THAT(Values("pim(x, 0.15, 0.05)"), ElementsAre(testing::DoubleEq(5), testing::DoubleEq(6.25),
                                                        testing::DoubleEq(9.3125), testing::DoubleEq(40), -999));
  // Growth omitted: unit a grows by log 2 a year; unit b has no adjacent periods.
  const std::vector<double> own = Values("pim(x, 0.15)");
  EXPECT_DOUBLE_EQ(own[0], 1 / (std::log(2.0) + 0.15));
  EXPECT_EQ(own[3], -999);
  EXPECT_EQ(ErrorOf("pim(x, 15)").metadata().at("position"), "7");
  EXPECT_EQ(ErrorOf("pim(x, 0.1, 0 - 0.2)").reason(), "NOT_FINITE");
}

TEST(ExpressionTest, DeflateUsesTheSameBasePeriodForEveryUnit) {
  EXPECT_THAT(Values("deflate(x, index)"),
              ElementsAre(1, testing::DoubleEq(2 / 1.1), testing::DoubleEq(4 / 1.21), 8, 8));
  EXPECT_THAT(Values("deflate(x, index, 2012)"),
              ElementsAre(testing::DoubleEq(1.21), testing::DoubleEq(2.2), 4, 16, 16));
  // Unit b has no 2011.
  EXPECT_THAT(Values("deflate(x, index, 2011)"),
              ElementsAre(testing::DoubleEq(1.1), 2, testing::DoubleEq(4 / 1.1), -999, -999));
  EXPECT_THAT(ErrorOf("deflate(x, index, 1999)").message(), HasSubstr("base period 1999"));
}

TEST(ExpressionTest, IfGuardsItsBranches) {
  EXPECT_THAT(Values("if(x > 2, log(x - 2), 0)"),
              ElementsAre(0, 0, testing::DoubleNear(std::log(2.0), 1e-15), testing::DoubleNear(std::log(6.0), 1e-15),
                          testing::DoubleNear(std::log(14.0), 1e-15)));
  EXPECT_THAT(Values("x > 2 & log(x - 2) > 1"), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(Values("if(y > 0, 1, 2)"), ElementsAre(2, -999, 1, 2, 1));
  const auto text = Evaluate("if(x > 2, 'big', region)", Panel());
  ASSERT_TRUE(text.ok());
  EXPECT_THAT((*text)->texts, ElementsAre("东部", "东部", "big", "big", "big"));
}

TEST(ExpressionTest, RecodeMapsTexts) {
  const auto recoded = Evaluate("recode(region, '东部', 'east', 'other')", Panel());
  ASSERT_TRUE(recoded.ok());
  EXPECT_THAT((*recoded)->texts, ElementsAre("east", "east", "", "other", "other"));
  const auto without_other = Evaluate("recode(region, '东部', 'east')", Panel());
  ASSERT_TRUE(without_other.ok());
  EXPECT_THAT((*without_other)->texts, ElementsAre("east", "east", "", "", ""));
  EXPECT_THAT(ErrorOf("recode(region, 'a', 'b', 'a', 'c')").message(), HasSubstr("recoded twice"));
}

struct BadExpression {
  std::string text;
  std::string position;
  std::string message;
};

class BadExpressionTest : public ::testing::TestWithParam<BadExpression> {};

TEST_P(BadExpressionTest, IsRefusedAtTheCharacter) {
  const Status status = ErrorOf(GetParam().text);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.reason(), "EXPRESSION_INVALID") << status.ToString();
  EXPECT_EQ(status.metadata().at("position"), GetParam().position) << status.ToString();
  EXPECT_THAT(status.message(), HasSubstr(GetParam().message));
  EXPECT_THAT(status.message(), HasSubstr("^"));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadExpressionTest,
    ::testing::Values(BadExpression{"", "0", "empty"}, BadExpression{"  ", "0", "empty"},
                      BadExpression{"x +", "3", "ends where"}, BadExpression{"x + * 2", "4", "not *"},
                      BadExpression{"(x", "0", "not closed"}, BadExpression{"log(x", "3", "not closed"},
                      BadExpression{"x y", "2", "an operator"}, BadExpression{"x)", "1", "an operator"},
                      BadExpression{"log(xx)", "4", "did you mean x?"},
                      BadExpression{"专利 + 专力", "5", "did you mean"},
                      BadExpression{"lgo(x)", "0", "did you mean log?"},
                      BadExpression{"x(2)", "0", "write * to multiply"}, BadExpression{"log(x, 2)", "0", "log(x)"},
                      BadExpression{"if(x)", "0", "if(condition"}, BadExpression{"x = 1", "2", "=="},
                      BadExpression{"x && y", "2", "write &"}, BadExpression{"x ** 2", "2", "^"},
                      BadExpression{"1 < x < 3", "6", "chained"}, BadExpression{"'abc", "0", "not closed"},
                      BadExpression{"`abc", "0", "not closed"}, BadExpression{"x # 1", "2", "unexpected"},
                      BadExpression{"log（x）", "3", "full-width"}, BadExpression{"专利 + “a”", "5", "straight quotes"},
                      BadExpression{"region == 1", "7", "quotes"}, BadExpression{"1 == region", "2", "quotes"},
                      BadExpression{"x == 'a'", "2", "compared"}, BadExpression{"region < 'b'", "7", "== and !="},
                      BadExpression{"region == ''", "10", "missing"}, BadExpression{"2x", "1", "runs into"},
                      BadExpression{"1e999", "0", "range"}, BadExpression{"lag(x, 0)", "7", "at least 1"},
                      BadExpression{"lag(x, y)", "7", "constant"}, BadExpression{"winsorize(x, 0.5)", "13", "[0, 0.5)"},
                      BadExpression{"'a' + 1", "0", "not a text"}, BadExpression{"if(x, 'a', 1)", "11", "both"}));

TEST(ExpressionTest, EveryUnknownNameIsNamedAtOnce) {
  const Status status = ErrorOf("log(aa) + bb * lgo(x)");
  EXPECT_THAT(status.violations(), SizeIs(3));
  EXPECT_EQ(status.violations()[1].field, "character 10");
}

TEST(ExpressionTest, DeepAndLongExpressionsAreRefusedNotACrash) {
  std::string nested(50'000, '(');
  EXPECT_THAT(ErrorOf(nested + "x").message(), HasSubstr("nested too deeply"));
  std::string signs(50'000, '-');
  EXPECT_THAT(ErrorOf(signs + "x").message(), HasSubstr("nested too deeply"));
  std::string nots(50'000, '!');
  EXPECT_THAT(ErrorOf(nots + "x").message(), HasSubstr("nested too deeply"));
  std::string powers = "2";
  for (int count = 0; count < 20'000; ++count) powers += "^2";
  EXPECT_THAT(ErrorOf(powers).message(), HasSubstr("nested too deeply"));
  std::string sum = "x";
  for (int count = 0; count < 20'000; ++count) sum += "+x";
  EXPECT_THAT(ErrorOf(sum).message(), HasSubstr("too long"));
  EXPECT_THAT(ErrorOf(std::string(100'000, ' ') + "x").message(), HasSubstr("64 KiB"));
  std::string fair = "x";
  for (int count = 0; count < 500; ++count) fair += "+x";
  EXPECT_EQ(Scalar(fair), 501);
}

// Pieces of the language in any order: an answer or an error with a position inside the text, never a crash.
TEST(ExpressionTest, RandomTextsAreAnsweredOrRefused) {
  const std::vector<std::string> pieces = {
      "x",       "y",    "region", "(",  ")",   "+",        "-",    "*",    "/",   "^",        "==",        "<",
      "&",       "|",    "!",      ",",  "'a'", "1",        "0.5",  "log",  "lag", "if(",      "pim(",      "mean(",
      "recode(", "专利", "`x`",    "\"", " ",   "missing(", "max(", "\xE5", "）",  "deflate(", "winsorize("};
  std::uint64_t state = 20260101;
  const auto next = [&state](std::size_t bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state >> 33U) % bound;
  };
  const Table table = Panel();
  int answered = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t count = 1 + next(12); count > 0; --count) text += pieces[next(pieces.size())];
    const auto column = Evaluate(text, table);
    if (column.ok()) {
      ++answered;
      EXPECT_EQ((*column)->size(), table.row_count()) << text;
      for (const double number : (*column)->numbers) EXPECT_FALSE(std::isinf(number)) << text;
    } else if (column.status().metadata().contains("position")) {
      EXPECT_LE(std::stoul(column.status().metadata().at("position")), text.size()) << text;
    }
  }
  EXPECT_GT(answered, 300);
}

TEST(ExpressionTest, NotFiniteNamesItsCells) {
  const Status status = ErrorOf("1 + log(y)");
  EXPECT_EQ(status.reason(), "NOT_FINITE");
  EXPECT_EQ(status.metadata().at("position"), "4");
  EXPECT_EQ(status.metadata().at("cell_count"), "2");
  ASSERT_THAT(status.violations(), SizeIs(2));
  EXPECT_EQ(status.violations()[0].field, "row 2");
  EXPECT_THAT(status.violations()[0].description, HasSubstr("log(y)"));
  EXPECT_THAT(status.violations()[0].description, HasSubstr("unit a, time 2010"));
  EXPECT_THAT(status.violations()[1].description, HasSubstr("unit b, time 2010"));
  EXPECT_EQ(ErrorOf("1 / 0").reason(), "NOT_FINITE");
  EXPECT_EQ(ErrorOf("exp(1000)").reason(), "NOT_FINITE");
  EXPECT_EQ(ErrorOf("sqrt(0 - x)").reason(), "NOT_FINITE");
  EXPECT_EQ(ErrorOf("mean(log(y))").reason(), "NOT_FINITE");
  EXPECT_EQ(ErrorOf("lag(log(y))").reason(), "NOT_FINITE");
  EXPECT_EQ(ErrorOf("1e308 * 10").reason(), "NOT_FINITE");
}

TEST(ExpressionTest, TextUsedAsANumberNamesEachCellThatIsNone) {
  Table table = Panel();
  table.columns.push_back(Texts("mixed", {"1", "n/a", "", "3", "1,5"}));
  const Status status = ErrorOf("log(mixed)", table);
  EXPECT_EQ(status.reason(), "NOT_NUMERIC");
  EXPECT_EQ(status.metadata().at("position"), "4");
  ASSERT_THAT(status.violations(), SizeIs(2));
  EXPECT_EQ(status.violations()[0].field, "row 3, column mixed");
  EXPECT_THAT(status.violations()[0].description, HasSubstr("\"n/a\""));
  EXPECT_EQ(status.violations()[1].field, "row 6, column mixed");
}

TEST(ExpressionTest, TimeFunctionsNeedATimeKeyAndUniqueRows) {
  Table table = Panel();
  table.keys = MakeKeys("unit", "", {"a", "b", "c", "d", "e"}, {});
  EXPECT_THAT(ErrorOf("lag(x)", table).message(), HasSubstr("time key"));
  table.keys = MakeKeys("unit", "time", {"a", "a", "a", "b", "b"}, {2010, 2010, 2012, 2010, 2012});
  EXPECT_EQ(ErrorOf("lag(x)", table).reason(), "DUPLICATE_KEY");
}

TEST(ExpressionTest, TheOrderOfTheFileChangesNothing) {
  const std::vector<std::vector<std::size_t>> permutations = {{4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}, {3, 1, 0, 4, 2}};
  const Table base = Panel();
  for (const char* text : {"lag(x)", "lead(x)", "growth(x)", "mean(x / 3)", "sd(x / 7)", "standardize(x)",
                           "winsorize(x, 0.2)", "pim(x, 0.1)", "deflate(x, index)"}) {
    const auto expected = Evaluate(text, base);
    ASSERT_TRUE(expected.ok());
    for (const auto& permutation : permutations) {
      Table table;
      std::vector<std::string> units;
      std::vector<std::int64_t> times;
      for (const std::size_t row : permutation) {
        units.push_back(base.keys->units[row]);
        times.push_back(base.keys->times[row]);
      }
      table.keys = MakeKeys("unit", "time", units, times);
      for (const ColumnPtr& column : base.columns) {
        auto moved = std::make_shared<Column>(*column);
        for (std::size_t row = 0; row < permutation.size(); ++row) {
          if (column->is_text) moved->texts[row] = column->texts[permutation[row]];
          if (!column->is_text) moved->numbers[row] = column->numbers[permutation[row]];
        }
        table.columns.push_back(moved);
      }
      const auto actual = Evaluate(text, table);
      ASSERT_TRUE(actual.ok());
      for (std::size_t row = 0; row < permutation.size(); ++row) {
        const double a = (*actual)->numbers[row];
        const double b = (*expected)->numbers[permutation[row]];
        EXPECT_TRUE((std::isnan(a) && std::isnan(b)) || a == b) << text << " row " << row;
      }
    }
  }
}

TEST(ViewTest, FiltersAfterLagsAndStatistics) {
  ViewSpec spec;
  spec.derivations = {{"before", "lag(x)", "x a year before", ""}, {"twice", "before * 2", "", ""}};
  spec.where = "time > 2010 & x < 10";
  spec.columns = {"twice", "x - mean(x)"};
  const auto view = MakeView(Panel(), spec);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_THAT(view->rows, ElementsAre(1, 2));
  EXPECT_EQ(view->columns[0]->numbers[1], 2);
  EXPECT_DOUBLE_EQ(view->columns[1]->numbers[1], 2 - 6.2);
  EXPECT_EQ(view->columns[1]->name, "x - mean(x)");
}

TEST(ViewTest, RowsFilteredOutNeedNoResult) {
  // log(y) does not exist for y = 0 and y = -1.
  ViewSpec spec;
  spec.derivations = {{"ln_y", "log(y)", "", ""}, {"twice", "ln_y * 2", "", ""}};
  spec.where = "y > 0";
  spec.columns = {"log(y)", "ln_y", "twice"};
  const auto view = MakeView(Panel(), spec);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_THAT(view->rows, ElementsAre(2, 4));
  EXPECT_DOUBLE_EQ(view->columns[2]->numbers[4], 2 * std::log(4.0));
  spec.columns.clear();
  EXPECT_TRUE(MakeView(Panel(), spec).ok());

  spec.where = "x > 4";
  for (const std::vector<std::string>& columns : {std::vector<std::string>{"twice"}, std::vector<std::string>{}}) {
    spec.columns = columns;
    const Status status = MakeView(Panel(), spec).status();
    EXPECT_EQ(status.reason(), "NOT_FINITE");
    EXPECT_EQ(status.metadata().at("field"), "table.derivations[0].expression");
    EXPECT_EQ(status.metadata().at("position"), "0");
    ASSERT_FALSE(status.violations().empty());
    EXPECT_THAT(status.violations()[0].description, HasSubstr("unit b, time 2010"));
  }
  spec.where = "twice > 0";
  EXPECT_EQ(MakeView(Panel(), spec).status().reason(), "NOT_FINITE");
  // A statistic over all rows needs all of them.
  spec.where = "y > 0";
  spec.columns = {"ln_y - mean(ln_y)"};
  EXPECT_EQ(MakeView(Panel(), spec).status().reason(), "NOT_FINITE");
}

TEST(ViewTest, MissingConditionsExcludeTheRow) {
  ViewSpec spec;
  spec.where = "y >= 0";
  const auto view = MakeView(Panel(), spec);
  ASSERT_TRUE(view.ok());
  EXPECT_THAT(view->rows, ElementsAre(0, 2, 4));
}

TEST(ViewTest, AllBadColumnsAreNamedAtOnce) {
  ViewSpec spec;
  spec.columns = {"scoremain", "x", "专", "log(q)"};
  const auto view = MakeView(Panel(), spec);
  ASSERT_FALSE(view.ok());
  EXPECT_EQ(view.status().reason(), "COLUMN_NOT_FOUND");
  ASSERT_THAT(view.status().violations(), SizeIs(3));
  EXPECT_EQ(view.status().violations()[0].field, "columns[0]");
  EXPECT_THAT(view.status().violations()[0].description, HasSubstr("did you mean score.main?"));
  EXPECT_EQ(view.status().violations()[2].field, "columns[3]");
}

TEST(ViewTest, BadDerivationsSayWhichAndWhy) {
  const auto error = [](DerivationSpec derivation) {
    ViewSpec spec;
    spec.derivations = {std::move(derivation)};
    return MakeView(Panel(), spec).status();
  };
  EXPECT_EQ(error({"x", "1", "", ""}).reason(), "DERIVATION_INVALID");
  EXPECT_EQ(error({"2x", "1", "", ""}).reason(), "DERIVATION_INVALID");
  EXPECT_EQ(error({"", "1", "", ""}).reason(), "DERIVATION_INVALID");
  EXPECT_EQ(error({"z", "", "", ""}).reason(), "EXPRESSION_INVALID");
  const Status status = error({"z", "x + ", "", ""});
  EXPECT_EQ(status.metadata().at("field"), "table.derivations[0].expression");
  EXPECT_EQ(status.metadata().at("position"), "4");
}

TEST(ViewTest, OtherKeysNeedBeUniqueAmongTheRowsKeptOnly) {
  Table table = Panel();
  table.keys = MakeKeys("", "", {"1", "2", "3", "4", "5"}, {});
  ViewSpec spec;
  spec.unit_key = "region";
  EXPECT_EQ(MakeView(table, spec).status().reason(), "KEY_INVALID");
  spec.unit_key = "unit";
  const auto duplicate = MakeView(table, spec);
  ASSERT_FALSE(duplicate.ok());
  EXPECT_EQ(duplicate.status().reason(), "DUPLICATE_KEY");
  spec.where = "time == 2012";
  EXPECT_TRUE(MakeView(table, spec).ok());
  spec.where.clear();
  spec.time_key = "time";
  spec.columns = {"lag(x)"};
  const auto view = MakeView(table, spec);
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(view->columns[0]->numbers[1], 1);
}

}  // namespace
}  // namespace farrell::data
