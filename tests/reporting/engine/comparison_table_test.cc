// A comparison under several inferences, with its adjustment by name and hypothesised orders.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/rules.h"
#include "services/reporting/engine/table.h"
#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Row* FindRow(const Table& table, const std::string& id) {
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (row.id == id) return &row;
    }
  }
  return nullptr;
}

// The cell of a row under a column; an empty one where either is missing.
Cell CellOf(const Table& table, const std::string& row_id, const std::string& column) {
  const Row* row = FindRow(table, row_id);
  for (std::size_t k = 0; row != nullptr && k < table.columns.size(); ++k) {
    if (table.columns[k].id == column) return row->cells[k];
  }
  return Cell::Empty();
}

std::string HeadOf(const Table& table, const std::string& column) {
  for (const Column& each : table.columns) {
    if (each.id == column) return each.label;
  }
  return {};
}

std::string NotesOf(const Table& table) {
  std::string text;
  for (const std::string& note : table.notes) text += note + "\n";
  return text;
}

CompareFacts Plain() { return SampleFacts().comparisons.front(); }

Table TableOf(const CompareFacts& comparison) {
  TableOptions options;
  options.id = "t";
  options.title = "By region";
  return *BuildComparisonTable(comparison, options);
}

// Under CR3, the wild bootstrap and permutation.
CompareFacts Several() {
  CompareFacts comparison = Plain();
  for (DifferenceFacts& difference : comparison.differences) {
    DifferenceInferenceFacts first;
    first.label = "CR3 by state";
    first.inference.p_value = difference.p_value;
    DifferenceInferenceFacts wild;
    wild.label = "wild bootstrap by state";
    wild.inference.std_error = 0.0187;
    wild.inference.p_value = 0.0421;
    wild.p_adjusted = 0.0842;
    wild.draws = 9999;
    DifferenceInferenceFacts permuted;
    permuted.label = "permutation of state, studentised";
    permuted.inference.p_value = 0.0325;
    permuted.draws = 924;
    permuted.enumerated = true;
    difference.inferences = {first, wild, permuted};
  }
  comparison.joints.front().tests = {{"Welch (CR3 by state)", 8.37, 2.0, 17.25, 0.0029},
                                     {"wild bootstrap by state", 7.5, {}, {}, 0.011, 9999, false},
                                     {"permutation of state, studentised", 7.1, {}, {}, 0.013, 9999, false},
                                     {"Chow", 11.5, 2.0, 520.0, 0.0001}};
  return comparison;
}

TEST(ComparisonTable, EveryInferenceOfADifferenceHasItsRow) {
  const CompareFacts comparison = Several();
  const Table table = TableOf(comparison);
  const std::string id = "difference:east-central:log(ai):";
  EXPECT_EQ(FindRow(table, id + "CR3 by state"), nullptr);
  EXPECT_EQ(FindRow(table, id + "wild bootstrap by state")->label, "East − Central, wild bootstrap by state");
  EXPECT_DOUBLE_EQ(CellOf(table, id + "wild bootstrap by state", "estimate").real, 0.0187);
  EXPECT_EQ(CellOf(table, id + "wild bootstrap by state", "estimate").wrap, Cell::Wrap::kParentheses);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "wild bootstrap by state", "p").real, 0.0421);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "wild bootstrap by state", "p_adjusted").real, 0.0842);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "permutation of state, studentised", "p").real, 0.0325);
  EXPECT_EQ(CellOf(table, id + "permutation of state, studentised", "estimate").kind, Cell::Kind::kEmpty);
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("wild bootstrap by state (up to 9,999 draws)"),
                                    HasSubstr("permutation of state, studentised (up to 9,999 draws)")));
}

TEST(ComparisonTable, EveryJointTestStandsUnderTheFirst) {
  const Table table = TableOf(Several());
  EXPECT_EQ(FindRow(table, "joint:log(ai)")->label, "All equal (Welch F)");
  EXPECT_EQ(FindRow(table, "joint:log(ai):Welch (CR3 by state)"), nullptr);
  EXPECT_EQ(FindRow(table, "joint:log(ai):wild bootstrap by state")->label, "All equal (wild bootstrap by state)");
  EXPECT_DOUBLE_EQ(CellOf(table, "joint:log(ai):permutation of state, studentised", "p").real, 0.013);
  EXPECT_EQ(FindRow(table, "joint:log(ai):Chow")->label, "All equal (Chow F)");
  EXPECT_DOUBLE_EQ(CellOf(table, "joint:log(ai):Chow", "df2").real, 520);
}

TEST(ComparisonTable, OneInferenceHasNoFurtherRowsUnlessChowContradicts) {
  CompareFacts comparison = Several();
  for (DifferenceFacts& difference : comparison.differences) difference.inferences.resize(1);
  std::vector<EqualityTestFacts>& tests = comparison.joints.front().tests;
  tests = {tests.front(), tests.back()};
  const auto count = [](const Table& table) {
    std::size_t rows = 0;
    for (const Panel& panel : table.panels) rows += panel.rows.size();
    return rows;
  };
  const Table plain = TableOf(Plain());
  EXPECT_EQ(count(TableOf(comparison)), count(plain));
  EXPECT_EQ(TableOf(comparison).notes, plain.notes);
  tests.back().p_value = 0.3;
  EXPECT_EQ(count(TableOf(comparison)), count(plain) + 1);
  EXPECT_NE(FindRow(TableOf(comparison), "joint:log(ai):Chow"), nullptr);
}

TEST(ComparisonTable, TheJointTestIsNamedByItsForm) {
  CompareFacts comparison = Plain();
  comparison.joints.front().tests = {{"HTZ (CR2 by state)", 8.37, 2.0, 17.25, 0.0029}};
  EXPECT_EQ(FindRow(TableOf(comparison), "joint:log(ai)")->label, "All equal (HTZ F)");
  EXPECT_THAT(NotesOf(TableOf(comparison)), AllOf(HasSubstr("Pustejovsky & Tipton 2018"), Not(HasSubstr("Welch"))));
  comparison.joints.front().tests.front().label = "Wald F (CR1 by state)";
  EXPECT_EQ(FindRow(TableOf(comparison), "joint:log(ai)")->label, "All equal (Wald F)");
  EXPECT_THAT(NotesOf(TableOf(comparison)),
              AllOf(HasSubstr("covariance"), Not(HasSubstr("variances of the two groups add"))));
}

TEST(ComparisonTable, NamesTheAdjustmentThatWasUsed) {
  CompareFacts comparison = Several();
  EXPECT_EQ(HeadOf(TableOf(comparison), "p_adjusted"), "Holm p");
  comparison.adjustment = "bh";
  comparison.family = "term";
  const Table bh = TableOf(comparison);
  EXPECT_EQ(HeadOf(bh, "p_adjusted"), "BH p");
  EXPECT_THAT(NotesOf(bh), AllOf(HasSubstr("the differences of a term (Benjamini & Hochberg 1995)"),
                                 HasSubstr("Benjamini-Hochberg-adjusted p"), Not(HasSubstr("Holm"))));
  comparison.adjustment = "romano-wolf";
  const Table stepped = TableOf(comparison);
  EXPECT_EQ(HeadOf(stepped, "p_adjusted"), "Adjusted p");
  EXPECT_THAT(NotesOf(stepped), AllOf(HasSubstr("by Romano & Wolf (2016), from one set of wild bootstrap draws"),
                                      HasSubstr("groups of a term and permutations by Holm (1979)"),
                                      HasSubstr("Romano-Wolf-adjusted p")));
}

TEST(ComparisonTable, NoAdjustmentLeavesNoAdjustedP) {
  CompareFacts comparison = Several();
  comparison.adjustment = "none";
  const Table table = TableOf(comparison);
  EXPECT_EQ(HeadOf(table, "p_adjusted"), "");
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("No p is adjusted"), Not(HasSubstr("Holm"))));
}

TEST(ComparisonTable, RuleOfManyTestsNamesTheAdjustment) {
  ReportFacts facts = SampleFacts();
  const auto text = [&] {
    const std::vector<FiredRule> rules = EvaluateRules(facts);
    const auto rule = std::find_if(rules.begin(), rules.end(), [](const FiredRule& each) { return each.id == "W15"; });
    return rule == rules.end() ? std::string() : rule->text;
  };
  EXPECT_THAT(text(), HasSubstr("Holm-adjusted p-values"));
  facts.comparisons.front().adjustment = "romano-wolf";
  EXPECT_THAT(text(), AllOf(HasSubstr("Romano-Wolf-adjusted p-values"), Not(HasSubstr("Holm"))));
}

TEST(ComparisonTable, PrintsOrdersWithTheirSharesOfDraws) {
  CompareFacts comparison = Plain();
  comparison.orderings = {{"central > east > west", "log(ai)", 0.0, 1.0, 0.21, 0.771}};
  comparison.ranks = {{"log(ai)", "east", 1, 0.01}, {"log(ai)", "east", 2, 0.78}, {"log(ai)", "east", 3, 0.21}};
  const Table table = TableOf(comparison);
  const std::string id = "order:central > east > west:";
  EXPECT_DOUBLE_EQ(CellOf(table, id + "violation", "statistic").real, 0.0);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "violation", "p").real, 1.0);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "strict", "p").real, 0.21);
  EXPECT_DOUBLE_EQ(CellOf(table, id + "probability", "estimate").real, 0.771);
  EXPECT_THAT(NotesOf(table), AllOf(HasSubstr("Berger 1982"), HasSubstr("East 0.010 / 0.780 / 0.210")));
  comparison.orderings.front().probability.reset();
  EXPECT_EQ(CellOf(TableOf(comparison), id + "probability", "estimate").kind, Cell::Kind::kEmpty);
}

TEST(ComparisonTable, UnequalStarsAreNoDifference) {
  CompareFacts comparison = Plain();
  EXPECT_THAT(NotesOf(TableOf(comparison)), Not(HasSubstr("Gelman & Stern")));
  comparison.differences.front().stars_differ_only = true;
  EXPECT_THAT(NotesOf(TableOf(comparison)), AllOf(HasSubstr("East and Central"), HasSubstr("Gelman & Stern 2006")));
}

TEST(ComparisonTable, EquationsHaveNoPooledRow) {
  CompareFacts comparison = Plain();
  comparison.by.clear();
  comparison.by_label.clear();
  comparison.equations = {"east", "central", "west"};
  const Table table = TableOf(comparison);
  EXPECT_EQ(FindRow(table, "coef:pooled:log(ai)"), nullptr);
  EXPECT_THAT(table.panels.front().title, HasSubstr("estimates by equation"));
}

TEST(BenjaminiHochberg, StepsUpAndKeepsTheOrder) {
  // 0.01 * 4/1, 0.03 * 4/2 and 0.04 * 4/3, of which the last two meet at the smaller.
  const auto adjusted = BenjaminiHochbergAdjusted({0.03, 0.01, {}, 0.04, 0.5});
  EXPECT_NEAR(*adjusted[0], 0.04 * 4 / 3, 1e-15);
  EXPECT_NEAR(*adjusted[1], 0.04, 1e-15);
  EXPECT_FALSE(adjusted[2].has_value());
  EXPECT_NEAR(*adjusted[3], 0.04 * 4 / 3, 1e-15);
  EXPECT_NEAR(*adjusted[4], 0.5, 1e-15);
}

}  // namespace
}  // namespace farrell::reporting
