#include "services/reporting/service/variables.h"

#include <map>
#include <set>

#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_scores.h"

namespace farrell::reporting {

std::string DefinitionOf(const v1::StudyVariable& variable) {
  if (!variable.expression().empty()) return variable.expression();
  return variable.column() == variable.name() || variable.column().empty() ? std::string()
                                                                           : QuoteName(variable.column());
}

common::v1::Derivation DerivationOf(const v1::StudyVariable& variable) {
  common::v1::Derivation derivation;
  derivation.set_name(variable.name());
  derivation.set_expression(DefinitionOf(variable));
  derivation.set_label(variable.label());
  derivation.set_unit(variable.unit());
  return derivation;
}

const v1::StudyVariable* FindVariable(const v1::Study& study, const std::string& name) {
  for (const v1::StudyVariable& variable : study.variables()) {
    if (variable.name() == name) return &variable;
  }
  return nullptr;
}

std::string Unfolded(const v1::Study& study, std::string text) {
  text = Squeeze(text);
  std::set<std::string> seen;
  for (const v1::StudyVariable* variable = FindVariable(study, text);
       variable != nullptr && seen.insert(text).second && !DefinitionOf(*variable).empty();
       variable = FindVariable(study, text)) {
    text = Squeeze(DefinitionOf(*variable));
  }
  return text;
}

std::set<std::string> NamesUsed(const v1::Study& study, const std::string& text) {
  std::set<std::string> names;
  std::vector<std::string> open = {text};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    for (const UsedName& used : NamesIn(next)) {
      if (!names.insert(used.name).second) continue;
      if (const v1::StudyVariable* variable = FindVariable(study, used.name)) open.push_back(DefinitionOf(*variable));
    }
  }
  return names;
}

VariableOrder OrderVariables(const v1::Study& study) {
  std::set<std::string> scores;
  for (const ScoreColumn& column : ScoreColumns(study)) scores.insert(column.name);
  std::map<std::string, int> position;
  for (int i = 0; i < study.variables_size(); ++i) position.emplace(study.variables(i).name(), i);

  std::vector<std::set<int>> uses(static_cast<std::size_t>(study.variables_size()));
  std::vector<bool> scored(uses.size(), false);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (const UsedName& used : NamesIn(DefinitionOf(study.variables(static_cast<int>(i))))) {
      if (scores.contains(used.name)) scored[i] = true;
      if (const auto found = position.find(used.name); found != position.end()) uses[i].insert(found->second);
    }
  }

  VariableOrder order;
  std::vector<bool> done(uses.size(), false);
  // Each pass takes the first variable whose parts are all there, so that the study's own order is kept where it can
  // be.
  for (bool progress = true; progress;) {
    progress = false;
    for (std::size_t i = 0; i < uses.size() && !progress; ++i) {
      if (done[i]) continue;
      bool ready = true;
      for (const int other : uses[i]) {
        ready = ready && done[static_cast<std::size_t>(other)];
        scored[i] = scored[i] || scored[static_cast<std::size_t>(other)];
      }
      if (!ready) continue;
      (scored[i] ? order.after_scores : order.before_scores).push_back(static_cast<int>(i));
      done[i] = true;
      progress = true;
    }
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (!done[i]) order.circular.push_back(static_cast<int>(i));
  }
  return order;
}

}  // namespace farrell::reporting
