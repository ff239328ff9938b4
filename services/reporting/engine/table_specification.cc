// Specification tests of one model: what each tests, what came out, and why not where nothing did.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/text/number.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

using Names = std::pair<std::string_view, std::string_view>;

constexpr std::array<Names, 27> kLabels = {{
    {"f", "F of the effects"},
    {"poolability", "Poolability (Chow)"},
    {"hausman", "Hausman"},
    {"hausman-sigma", "Hausman, one error variance"},
    {"hausman-robust", "Hausman, clustered"},
    {"mundlak", "Mundlak"},
    {"bp-lm", "Breusch-Pagan, units"},
    {"bp-lm-time", "Breusch-Pagan, periods"},
    {"honda", "Honda, units"},
    {"honda-time", "Honda, periods"},
    {"king-wu", "King-Wu"},
    {"ghm", "Gourieroux-Holly-Monfort"},
    {"bsy-joint", "Bera-Sosa-Escudero-Yoon, joint"},
    {"bsy-ar", "Bera-Sosa-Escudero-Yoon, serial"},
    {"bsy-re", "Bera-Sosa-Escudero-Yoon, effects"},
    {"breusch-pagan", "Breusch-Pagan, variance"},
    {"modified-wald", "Modified Wald, variance by unit"},
    {"wooldridge", "Wooldridge, first differences"},
    {"wooldridge-within", "Wooldridge, within residuals"},
    {"wooldridge-fd", "Wooldridge, differenced errors"},
    {"wooldridge-fe", "Wooldridge, original errors"},
    {"wooldridge-effects", "Wooldridge, unobserved effects"},
    {"breusch-godfrey", "Breusch-Godfrey"},
    {"cd", "Pesaran CD"},
    {"cd-individual", "Pesaran CD, one regression a unit"},
    {"cd-lm", "Breusch-Pagan LM, dependence"},
    {"cd-scaled-lm", "Scaled LM, dependence"},
}};

std::string LabelOf(const std::string& name) {
  const auto* found =
      std::find_if(kLabels.begin(), kLabels.end(), [&](const Names& names) { return names.first == name; });
  return found == kLabels.end() ? name : std::string(found->second);
}

// "F(3, 764)", "chi2(4)", "normal".
std::string Distribution(const SpecificationTestFacts& test) {
  const auto degrees = [](double df) { return text::FormatSignificant(df, 6); };
  if (test.distribution == "F") return "F(" + degrees(test.df1) + ", " + degrees(test.df2) + ")";
  if (test.distribution == "chi2") return "chi2(" + degrees(test.df1) + ")";
  return test.distribution;
}

Row TestRow(const SpecificationTestFacts& test) {
  Row row{"test:" + test.name, LabelOf(test.name), Row::Role::kBody, {}, false};
  const bool defined = test.statistic.has_value();
  row.cells = {Cell::OptionalReal(test.statistic), Cell::Text(defined ? Distribution(test) : ""),
               Cell::PValue(test.p_value),
               Cell::Text(defined ? test.null_hypothesis : "not computed: " + test.undefined)};
  return row;
}

}  // namespace

Result<Table> BuildSpecificationTable(const SpecificationFacts& tests, const TableOptions& options) {
  if (tests.tests.empty() && tests.inflation.empty()) {
    return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no tests");
  }
  Table table = TableFrame("specification", options);
  table.stub = "Test";
  table.columns = {{"statistic", "Statistic", false},
                   {"distribution", "Distribution", true},
                   {"p_value", "p", false},
                   {"null_hypothesis", "Null hypothesis", true}};
  if (!tests.tests.empty()) {
    Panel panel;
    for (const SpecificationTestFacts& test : tests.tests) panel.rows.push_back(TestRow(test));
    table.panels.push_back(std::move(panel));
  }
  if (!tests.inflation.empty()) {
    Panel panel;
    panel.title = "Variance inflation factors";
    for (const InflationFacts& inflation : tests.inflation) {
      Row row{"vif:" + inflation.term,
              inflation.label.empty() ? inflation.term : inflation.label,
              Row::Role::kBody,
              {},
              false};
      row.cells = {Cell::OptionalReal(inflation.factor, 2), Cell::Empty(), Cell::Empty(),
                   Cell::Text(inflation.factor ? "" : "collinear with the other terms")};
      panel.rows.push_back(std::move(row));
    }
    if (tests.condition_number) {
      Row row{"condition_number", "Condition number", Row::Role::kStat, {}, true};
      row.cells = {Cell::Real(*tests.condition_number, 1), Cell::Empty(), Cell::Empty(), Cell::Empty()};
      panel.rows.push_back(std::move(row));
    }
    table.panels.push_back(std::move(panel));
    table.notes.emplace_back(
        "Variance inflation: 1 / (1 - R2) of a regressor on the others. Condition number of the regressors scaled to "
        "unit "
        "length; above 30 is a lot (Belsley, Kuh & Welsch 1980).");
  }
  const std::string unit = options.unit_word.empty() ? std::string() : " (" + options.unit_word + ")";
  table.notes.insert(table.notes.begin(), "Model: " + tests.formula + "; " +
                                              text::FormatCounted(tests.observation_count, "row") + ", " +
                                              text::FormatCounted(tests.unit_count, "unit") + unit + ", " +
                                              text::FormatCounted(tests.period_count, "period") + ", " +
                                              (tests.balanced ? "balanced" : "unbalanced") + ".");
  table.notes.emplace_back(
      "A small p speaks against the null hypothesis; a large one does not show that it is true. The tests are not "
      "adjusted for "
      "their number.");
  for (const WarningFacts& warning : tests.warnings) table.notes.push_back(warning.code + ": " + warning.text);
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
