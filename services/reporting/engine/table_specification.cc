// Specification tests of one model: what each tests, what came out, and why not where nothing did.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

using Names = std::pair<std::string_view, std::string_view>;

constexpr std::array<Names, 27> kLabels = {{
    {"f", Said("F of the effects")},
    {"poolability", Said("Poolability (Chow)")},
    {"hausman", Said("Hausman")},
    {"hausman-sigma", Said("Hausman, one error variance")},
    {"hausman-robust", Said("Hausman, clustered")},
    {"mundlak", Said("Mundlak")},
    {"bp-lm", Said("Breusch-Pagan, units")},
    {"bp-lm-time", Said("Breusch-Pagan, periods")},
    {"honda", Said("Honda, units")},
    {"honda-time", Said("Honda, periods")},
    {"king-wu", Said("King-Wu")},
    {"ghm", Said("Gourieroux-Holly-Monfort")},
    {"bsy-joint", Said("Bera-Sosa-Escudero-Yoon, joint")},
    {"bsy-ar", Said("Bera-Sosa-Escudero-Yoon, serial")},
    {"bsy-re", Said("Bera-Sosa-Escudero-Yoon, effects")},
    {"breusch-pagan", Said("Breusch-Pagan, variance")},
    {"modified-wald", Said("Modified Wald, variance by unit")},
    {"wooldridge", Said("Wooldridge, first differences")},
    {"wooldridge-within", Said("Wooldridge, within residuals")},
    {"wooldridge-fd", Said("Wooldridge, differenced errors")},
    {"wooldridge-fe", Said("Wooldridge, original errors")},
    {"wooldridge-effects", Said("Wooldridge, unobserved effects")},
    {"breusch-godfrey", Said("Breusch-Godfrey")},
    {"cd", Said("Pesaran CD")},
    {"cd-individual", Said("Pesaran CD, one regression a unit")},
    {"cd-lm", Said("Breusch-Pagan LM, dependence")},
    {"cd-scaled-lm", Said("Scaled LM, dependence")},
}};

std::string LabelOf(const std::string& name, const Words& words) {
  const auto* found =
      std::find_if(kLabels.begin(), kLabels.end(), [&](const Names& names) { return names.first == name; });
  return found == kLabels.end() ? name : words(found->second);
}

// The null hypotheses as the engine says them.
constexpr std::array kNulls = {
    Said("slopes are the same for all units"),
    Said("all effects are zero"),
    Said("unit effects are unrelated to the regressors"),
    Said("no variance of unit effects"),
    Said("no variance of period effects"),
    Said("no variance of unit or period effects"),
    Said("no variance of unit effects, whether or not there is serial correlation"),
    Said("no serial correlation, whether or not there are unit effects"),
    Said("no unit effects and no serial correlation"),
    Said("no unobserved effect of units"),
    Said("no serial correlation of the errors"),
    Said("no serial correlation of the differenced errors"),
    Said("the error variance does not depend on the regressors"),
    Said("the error variance is the same in all units"),
    Said("no dependence between units"),
};

std::string NullOf(const SpecificationTestFacts& test, const Words& words) {
  const auto* const known = std::find(kNulls.begin(), kNulls.end(), test.null_hypothesis);
  return known == kNulls.end() ? test.null_hypothesis : words(*known);
}

// "F(3, 764)", "chi2(4)", "normal".
std::string Distribution(const SpecificationTestFacts& test, const Words& words) {
  const auto degrees = [](double df) { return text::FormatSignificant(df, 6); };
  if (test.distribution == "F") return "F(" + degrees(test.df1) + ", " + degrees(test.df2) + ")";
  if (test.distribution == "chi2") return "chi2(" + degrees(test.df1) + ")";
  if (test.distribution == "normal") return words("normal");
  return test.distribution == "chi2 mixture" ? words("chi2 mixture") : test.distribution;
}

Row TestRow(const SpecificationTestFacts& test, const Words& words) {
  Row row{"test:" + test.name, LabelOf(test.name, words), Row::Role::kBody, {}, false};
  const bool defined = test.statistic.has_value();
  row.cells = {Cell::OptionalReal(test.statistic), Cell::Text(defined ? Distribution(test, words) : ""),
               Cell::PValue(test.p_value),
               Cell::Text(defined ? NullOf(test, words) : words("not computed: {1}", {test.undefined}))};
  return row;
}

}  // namespace

Result<Table> BuildSpecificationTable(const SpecificationFacts& tests, const TableOptions& options) {
  if (tests.tests.empty() && tests.inflation.empty()) {
    return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no tests");
  }
  const Words& words = options.words;
  Table table = TableFrame("specification", options);
  table.stub = words("Test");
  table.columns = {{"statistic", words("Statistic"), false},
                   {"distribution", words("Distribution"), true},
                   {"p_value", "p", false},
                   {"null_hypothesis", words("Null hypothesis"), true}};
  if (!tests.tests.empty()) {
    Panel panel;
    for (const SpecificationTestFacts& test : tests.tests) panel.rows.push_back(TestRow(test, words));
    table.panels.push_back(std::move(panel));
  }
  if (!tests.inflation.empty()) {
    Panel panel;
    panel.title = words("Variance inflation factors");
    for (const InflationFacts& inflation : tests.inflation) {
      Row row{"vif:" + inflation.term,
              inflation.label.empty() ? inflation.term : inflation.label,
              Row::Role::kBody,
              {},
              false};
      row.cells = {Cell::OptionalReal(inflation.factor, 2), Cell::Empty(), Cell::Empty(),
                   Cell::Text(inflation.factor ? "" : words("collinear with the other terms"))};
      panel.rows.push_back(std::move(row));
    }
    if (tests.condition_number) {
      Row row{"condition_number", words("Condition number"), Row::Role::kStat, {}, true};
      row.cells = {Cell::Real(*tests.condition_number, 1), Cell::Empty(), Cell::Empty(), Cell::Empty()};
      panel.rows.push_back(std::move(row));
    }
    table.panels.push_back(std::move(panel));
    table.notes.push_back(words(
        "Variance inflation: 1 / (1 - R2) of a regressor on the others. Condition number of the regressors scaled to "
        "unit length; above 30 is a lot (Belsley, Kuh & Welsch 1980)."));
  }
  std::string units = words.Counted(tests.unit_count, Said("{1} unit"), Said("{1} units"));
  if (!options.unit_word.empty()) units = words("{1} ({2})", {units, options.unit_word});
  table.notes.insert(
      table.notes.begin(),
      words("Model: {1}; {2}.",
            {tests.formula,
             words.Clauses({words.Counted(tests.observation_count, Said("{1} row"), Said("{1} rows")), units,
                            words.Counted(tests.period_count, Said("{1} period"), Said("{1} periods")),
                            tests.balanced ? words("balanced") : words("unbalanced")})}));
  table.notes.push_back(words(
      "A small p speaks against the null hypothesis; a large one does not show that it is true. The tests are not "
      "adjusted for their number."));
  for (const WarningFacts& warning : tests.warnings)
    table.notes.push_back(words("{1}: {2}", {warning.code, WarningText(warning, words)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
