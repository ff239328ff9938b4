// Differences and joint tests of a comparison under further inferences, and hypothesised orders.
#include <algorithm>

#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table_comparison.h"

namespace farrell::reporting::comparison_table {
namespace {

constexpr double kVerdictLevel = 0.05;

bool IsChow(const EqualityTestFacts& test) { return test.label.rfind("Chow", 0) == 0; }

// The first defined test that is no bootstrap, permutation or Chow's: its numbers are those of the joint itself.
const EqualityTestFacts* Primary(const JointEqualityFacts& joint) {
  const auto found = std::find_if(joint.tests.begin(), joint.tests.end(), [&](const EqualityTestFacts& test) {
    return !IsChow(test) && test.draws == 0 && test.statistic && test.statistic == joint.statistic;
  });
  return found == joint.tests.end() ? nullptr : &*found;
}

std::vector<Cell> TestCells(const std::optional<double>& statistic, const std::optional<double>& df1,
                            const std::optional<double>& df2, const std::optional<double>& p_value) {
  std::vector<Cell> cells = Blank();
  cells[kStatistic] = Cell::OptionalReal(statistic, 2);
  cells[kDf] = DegreesCell(df1);
  cells[kDf2] = DegreesCell(df2);
  cells[kP] = Cell::PValue(p_value);
  return cells;
}

}  // namespace

std::vector<Cell> Blank() { return std::vector<Cell>(kColumnCount); }

Cell DegreesCell(const std::optional<double>& df) {
  if (!df) return Cell::Empty();
  return Cell::Real(*df, *df == static_cast<double>(static_cast<std::int64_t>(*df)) ? 0 : 1);
}

std::vector<Cell> InferenceCells(const TermInferenceFacts& inference) {
  std::vector<Cell> cells = Blank();
  cells[kStatistic] = Cell::OptionalReal(inference.statistic, 2);
  cells[kDf] = DegreesCell(inference.df);
  cells[kP] = Cell::PValue(inference.p_value);
  cells[kLow] = Cell::OptionalReal(inference.conf_low);
  cells[kHigh] = Cell::OptionalReal(inference.conf_high);
  return cells;
}

std::string GroupLabel(const CompareFacts& comparison, const std::string& name) {
  for (const GroupFacts& group : comparison.groups) {
    if (group.group == name && !group.label.empty()) return group.label;
  }
  return name;
}

std::string TermLabel(const TermFacts& term) { return term.label.empty() ? term.name : term.label; }

std::string JointForm(const JointEqualityFacts& joint) {
  if (!joint.statistic) return {};
  const EqualityTestFacts* primary = Primary(joint);
  if (primary == nullptr) return "Welch";
  const std::string form = primary->label.substr(0, primary->label.find(" ("));
  return form == "Wald F" ? "Wald" : form;
}

void AddJointRows(const CompareFacts& comparison, const TermFacts& term, const Words& words, Panel& panel) {
  for (const JointEqualityFacts& joint : comparison.joints) {
    if (joint.term != term.name) continue;
    const std::string id = (joint.equation.empty() ? "" : joint.equation + ":") + term.name;
    const std::string what = joint.equation.empty() ? words("All equal") : words("{1}: all equal", {joint.equation});
    const std::string form = JointForm(joint);
    panel.rows.push_back({"joint:" + id, words("{1} ({2} F)", {what, form.empty() ? "Welch" : form}), Row::Role::kStat,
                          TestCells(joint.statistic, joint.df1, joint.df2, joint.p_value), true});
    const EqualityTestFacts* primary = Primary(joint);
    const auto asked = std::count_if(joint.tests.begin(), joint.tests.end(),
                                     [](const EqualityTestFacts& test) { return !IsChow(test); });
    for (const EqualityTestFacts& test : joint.tests) {
      if (&test == primary || !test.p_value) continue;
      const bool contradicts = joint.p_value && (*test.p_value < kVerdictLevel) != (*joint.p_value < kVerdictLevel);
      if (IsChow(test) && asked < 2 && !contradicts) continue;
      const bool all_slopes = test.label == "Chow of all slopes";
      const std::string label = all_slopes     ? words("{1}, every slope (Chow F)", {what})
                                : IsChow(test) ? words("{1} ({2} F)", {what, test.label})
                                               : words("{1} ({2})", {what, InferenceLabel(test.label, words)});
      panel.rows.push_back({"joint:" + id + ":" + test.label, label, Row::Role::kStat,
                            TestCells(test.statistic, test.df1, test.df2, test.p_value), false});
    }
  }
}

Panel OtherInferencesPanel(const CompareFacts& comparison, const TermFacts& term, int decimals, const Words& words) {
  Panel panel;
  panel.title = words("{1}: differences under other inferences (standard errors in parentheses)", {TermLabel(term)});
  for (const DifferenceFacts& difference : comparison.differences) {
    if (difference.term != term.name) continue;
    const std::string sides =
        GroupLabel(comparison, difference.group) + " − " + GroupLabel(comparison, difference.versus);
    for (std::size_t k = 1; k < difference.inferences.size(); ++k) {
      const DifferenceInferenceFacts& each = difference.inferences[k];
      std::vector<Cell> cells = InferenceCells(each.inference);
      cells[kEstimate] = Cell::OptionalReal(each.inference.std_error, decimals);
      cells[kEstimate].wrap = Cell::Wrap::kParentheses;
      for (const ColumnIndex column : {kLow, kHigh}) cells[column].decimals = decimals;
      if (comparison.adjustment != "none") cells[kAdjustedP] = Cell::PValue(each.p_adjusted);
      panel.rows.push_back(
          {"difference:" + difference.group + "-" + difference.versus + ":" + term.name + ":" + each.label,
           words.Clauses({sides, InferenceLabel(each.label, words)}), Row::Role::kBody, std::move(cells),
           k == 1 && !panel.rows.empty()});
    }
  }
  return panel;
}

Panel OrderingPanel(const CompareFacts& comparison, const TermFacts& term, const Words& words) {
  Panel panel;
  panel.title = words("{1}: hypothesised orders", {TermLabel(term)});
  for (const OrderingFacts& ordering : comparison.orderings) {
    if (ordering.term != term.name) continue;
    const std::string id = "order:" + ordering.text + ":";
    panel.rows.push_back({id + "violation", words("{1}: null that it holds", {ordering.text}), Row::Role::kBody,
                          TestCells(ordering.violation_statistic, {}, {}, ordering.violation_p_value), false});
    panel.rows.push_back({id + "strict", words("{1}: null that it does not", {ordering.text}), Row::Role::kBody,
                          TestCells({}, {}, {}, ordering.strict_p_value), false});
    std::vector<Cell> cells = Blank();
    cells[kEstimate] = Cell::OptionalReal(ordering.probability);
    panel.rows.push_back(
        {id + "probability", words("{1}: share of draws", {ordering.text}), Row::Role::kBody, std::move(cells), false});
  }
  return panel;
}

Panel PooledSlopePanel(const CompareFacts& comparison, const TermFacts& term, int decimals, const Words& words) {
  Panel panel;
  panel.title = words("{1}: the slope over all rows, taken apart", {TermLabel(term)});
  const auto found = std::find_if(comparison.pooled_slopes.begin(), comparison.pooled_slopes.end(),
                                  [&](const PooledSlopeFacts& slope) { return slope.term == term.name; });
  if (found == comparison.pooled_slopes.end()) return panel;
  const auto add = [&](const std::string& id, const std::string& label, double estimate, bool rule_above) {
    std::vector<Cell> cells = Blank();
    cells[kEstimate] = Cell::Real(estimate, decimals);
    panel.rows.push_back({"pooled:" + id + ":" + term.name, label, Row::Role::kBody, std::move(cells), rule_above});
  };
  for (std::size_t g = 0; g < found->weights.size(); ++g) {
    const GroupFacts& group = comparison.groups[g];
    add("residual_slope:" + group.group,
        words("{1}, through the pooled residuals", {GroupLabel(comparison, group.group)}), found->residual_slopes[g],
        false);
    panel.rows.back().cells[kWeight] = Cell::Real(found->weights[g], 3);
  }
  add("sum", words("Weighted sum: the slope over all rows"), found->estimate, true);
  add("own",
      found->is_mean() ? words("Weighted mean of the group slopes")
                       : words("The groups' own slopes under the same weights"),
      found->weighted_mean, false);
  add("remainder", words("Remainder"), found->remainder, false);
  return panel;
}

}  // namespace farrell::reporting::comparison_table
