#include "services/regression/engine/formula.h"

#include <algorithm>
#include <utility>

#include "services/regression/engine/formula_parser.h"
#include "services/regression/engine/formula_text.h"

namespace farrell::regression {
namespace {

constexpr std::size_t kMaxFormulaBytes = 65536;

void AddOnce(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

// All formulas, or with `stepwise` false the one.
Result<std::vector<Formula>> Parse(std::string_view text, bool stepwise) {
  Mistakes mistakes(text);
  if (text.size() > kMaxFormulaBytes) {
    // Without the text: the message would be as long as it.
    return InvalidArgument("FORMULA_INVALID", "the formula is longer than 65536 bytes")
        .With("position", "0")
        .WithViolations({{"formula", "longer than 65536 bytes"}});
  }
  const BracketedText source(text, {}, mistakes);
  if (!mistakes.empty()) return std::move(mistakes).Finish();
  std::vector<std::size_t> found;
  const std::vector<ExpandedFormula> expanded = ExpandStepwise(source, mistakes, found);
  if (!stepwise) {
    for (std::size_t offset : found) {
      mistakes.Add(offset,
                   "this stands for several formulas; they are accepted where models are fitted one by one (a fit, "
                   "farrell regress), not here: write one formula");
    }
  }
  std::vector<Formula> formulas;
  for (const ExpandedFormula& one : expanded) {
    const BracketedText bracketed(one.text, one.origin, mistakes);
    formulas.push_back(ParseExpanded(bracketed, mistakes));
    formulas.back().source = text;
  }
  if (!mistakes.empty()) return std::move(mistakes).Finish();
  return formulas;
}

}  // namespace

std::vector<const FormulaTerm*> Formula::AllTerms() const {
  std::vector<const FormulaTerm*> all;
  for (const auto* list : {&terms, &endogenous, &instruments}) {
    for (const FormulaTerm& term : *list) all.push_back(&term);
  }
  return all;
}

std::vector<std::string> Formula::NumberColumns() const {
  std::vector<std::string> columns;
  AddOnce(columns, response);
  for (const FormulaTerm* term : AllTerms()) {
    for (const Factor& factor : term->factors) {
      if (!factor.levels) AddOnce(columns, factor.column);
    }
  }
  for (const EffectTerm& effect : effects) {
    for (const std::string& column : effect.slopes) AddOnce(columns, column);
  }
  return columns;
}

std::vector<std::string> Formula::LabelColumns() const {
  std::vector<std::string> columns;
  for (const FormulaTerm* term : AllTerms()) {
    for (const Factor& factor : term->factors) {
      if (factor.levels) AddOnce(columns, factor.column);
    }
  }
  for (const EffectTerm& effect : effects) {
    for (const std::string& column : effect.columns) AddOnce(columns, column);
  }
  return columns;
}

Result<Formula> ParseFormula(std::string_view text) {
  FARRELL_ASSIGN_OR_RETURN(std::vector<Formula> formulas, Parse(text, false));
  return std::move(formulas.front());
}

Result<std::vector<Formula>> ParseFormulas(std::string_view text) { return Parse(text, true); }

}  // namespace farrell::regression
