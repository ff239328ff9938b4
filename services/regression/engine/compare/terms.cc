#include "services/regression/engine/compare/terms.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/text/nearest.h"

namespace farrell::regression {
namespace {

// "a | b": one name an equation.
std::vector<std::string> SplitNames(const std::string& text) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  while (true) {
    const std::size_t bar = text.find('|', begin);
    names.push_back(text.substr(begin, bar - begin));
    if (bar == std::string::npos) return names;
    begin = bar + 1;
  }
}

std::string FirstTerm(const FitResult& fit) {
  for (const TermEstimate& term : fit.terms) {
    if (term.name != kConstantName) return term.name;
  }
  return "";
}

std::string FindTerm(const FitResult& fit, const std::string& text) {
  const std::string compact = CompactText(text);
  for (const TermEstimate& term : fit.terms) {
    if (CompactText(term.name) == compact) return term.name;
  }
  return "";
}

// "; they are x, z (did you mean x?)".
std::string KnownTerms(const FitResult& fit, const std::string& text) {
  std::string known;
  std::vector<std::string> names;
  for (const TermEstimate& term : fit.terms) {
    known += (known.empty() ? "" : ", ") + term.name;
    names.push_back(term.name);
  }
  return "; they are " + known + text::DidYouMean(text, names);
}

}  // namespace

Result<std::vector<std::string>> ChooseTerms(Compared& compared) {
  const CompareSpec& spec = *compared.spec;
  std::vector<std::string> printed_names;
  const std::size_t count = compared.equation_count;
  compared.terms.resize(count);
  Violations violations;
  std::vector<std::vector<std::string>> wanted;
  for (const std::string& text : spec.terms) {
    std::vector<std::string> names = SplitNames(text);
    if (names.size() == 1) names.assign(count, names.front());
    if (names.size() != count) {
      violations.Add("terms[" + std::to_string(wanted.size()) + "]", "'" + text + "' names " +
                                                                         std::to_string(names.size()) + " terms for " +
                                                                         std::to_string(count) + " equations");
      names.assign(count, "");
    }
    wanted.push_back(std::move(names));
  }
  if (wanted.empty()) {
    std::vector<std::string> first;
    for (const ComparedModel& model : compared.pooled) first.push_back(FirstTerm(model.fit));
    if (std::find(first.begin(), first.end(), "") != first.end()) {
      return InvalidArgument("COMPARE_INVALID", "the formula has no term to compare beside the constant")
          .WithViolations({{"formula", "add the term whose coefficients are to be compared"}});
    }
    wanted.push_back(std::move(first));
  }
  std::set<std::string> seen;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    std::vector<std::string> found;
    for (std::size_t e = 0; e < count && !wanted[k][e].empty(); ++e) {
      const std::string name = FindTerm(compared.pooled[e].fit, wanted[k][e]);
      if (name.empty()) {
        violations.Add("terms[" + std::to_string(k) + "]",
                       "'" + NormaliseSpace(wanted[k][e]) + "' is not a term of " +
                           (spec.equations.empty() ? "the formula" : "the equation " + spec.equations[e].name) +
                           KnownTerms(compared.pooled[e].fit, NormaliseSpace(wanted[k][e])));
      }
      found.push_back(name);
    }
    if (found.size() != count) continue;
    const bool same = std::all_of(found.begin(), found.end(), [&](const auto& name) { return name == found[0]; });
    std::string printed = found[0];
    for (std::size_t e = 1; e < count && !same; ++e) printed += " | " + found[e];
    if (!seen.insert(printed).second) continue;
    for (std::size_t e = 0; e < count; ++e) compared.terms[e].push_back(found[e]);
    printed_names.push_back(printed);
  }
  compared.term_count = printed_names.size();
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish("COMPARE_INVALID", "terms to compare that the formula does not have"));
  return printed_names;
}

}  // namespace farrell::regression
