#include "services/reporting/engine/brief_sentences.h"

#include <algorithm>
#include <optional>

#include "common/text/number.h"
#include "services/reporting/engine/find_variable.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/inside_log.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr double kFivePerCent = 0.05;

std::string WithoutBlanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

// How a side of the regression is spoken of.
struct Spoken {
  std::string name;
  bool is_log = false;
};

Spoken SpokenTerm(const TermFacts& term, const ReportFacts& facts) {
  const VariableFacts* variable = FindVariable(facts, term.name);
  const std::string inside = InsideLog(variable == nullptr ? term.name : variable->expression);
  if (!inside.empty()) {
    const VariableFacts* inner = FindVariable(facts, inside);
    return {inner == nullptr || inner->label.empty() ? inside : inner->label, true};
  }
  std::string name = term.label.empty() ? term.name : term.label;
  if (variable != nullptr && !variable->unit.empty()) name = facts.study.words("{1} ({2})", {name, variable->unit});
  return {name, false};
}

Spoken SpokenOutcome(const FitFacts& fit, const ReportFacts& facts) {
  const Words& words = facts.study.words;
  if (const DeaFacts* dea = FindDea(facts, fit.outcome_dea)) {
    return {words("the efficiency score ({1})", {dea->label.empty() ? dea->id : words.Study(dea->label)}),
            fit.outcome_is_log};
  }
  const VariableFacts* inner = FindVariable(facts, InsideLog(fit.outcome));
  if (inner != nullptr) return {inner->label.empty() ? inner->name : inner->label, true};
  return {fit.outcome_label.empty() ? fit.outcome : fit.outcome_label, false};
}

std::string Level(double confidence_level) { return text::FormatSignificant(confidence_level * 100, 4); }

// A reference to a number of the term.
std::string Of(const BriefFacts& brief, const char* stat) {
  return "{regression:" + brief.regression + ":" + brief.term + ":" + stat + "}";
}

Result<std::string> Headline(const FitFacts& fit, const TermFacts& term, const ReportFacts& facts,
                             const FillNumbers& fill, const BriefFacts& brief) {
  const Words& words = facts.study.words;
  const Spoken x = SpokenTerm(term, facts);
  const Spoken y = SpokenOutcome(fit, facts);
  if (!term.estimate) return words("The coefficient of {1} could not be estimated.", {x.name});
  FARRELL_ASSIGN_OR_RETURN(const std::string estimate, fill(Of(brief, "estimate")));
  std::string sentence;
  if (x.is_log && y.is_log) {
    sentence =
        words("{1} higher by one per cent is associated with {2} higher by {3} per cent.", {x.name, y.name, estimate});
  } else if (x.is_log) {
    sentence =
        words("The logarithm of {1} higher by one is associated with {2} higher by {3}.", {x.name, y.name, estimate});
  } else if (y.is_log) {
    sentence =
        words("{1} higher by one is associated with the logarithm of {2} higher by {3}.", {x.name, y.name, estimate});
  } else {
    sentence = words("{1} higher by one is associated with {2} higher by {3}.", {x.name, y.name, estimate});
  }
  const TermInferenceFacts* inference = PrimaryOf(fit, term.name);
  if (inference == nullptr || !inference->conf_low || !inference->conf_high) {
    return words.Sentences({sentence, words("Its interval could not be computed.")});
  }
  FARRELL_ASSIGN_OR_RETURN(const std::string low, fill(Of(brief, "conf_low")));
  FARRELL_ASSIGN_OR_RETURN(const std::string high, fill(Of(brief, "conf_high")));
  const bool holds_zero = *inference->conf_low <= 0 && *inference->conf_high >= 0;
  return words.Sentences(
      {sentence, words("The {1} % interval goes from {2} to {3}.", {Level(fit.confidence_level), low, high}),
       holds_zero ? words("It holds zero: that there is no association is not ruled out.") : std::string()});
}

// The groups' coefficients with their intervals, then whether they differ.
Result<std::string> Compared(const CompareFacts& comparison, const ReportFacts& facts, const FillNumbers& fill,
                             const BriefFacts& brief) {
  const Words& words = facts.study.words;
  const auto found = std::find_if(comparison.terms.begin(), comparison.terms.end(), [&](const TermFacts& candidate) {
    return WithoutBlanks(candidate.name) == WithoutBlanks(brief.term);
  });
  if (comparison.terms.empty()) return std::string();
  const std::size_t at =
      found == comparison.terms.end() ? 0 : static_cast<std::size_t>(found - comparison.terms.begin());
  const std::string reference = "{comparison:" + comparison.id + ":" + comparison.terms[at].name + ":";
  std::vector<std::string> parts;
  for (const GroupFacts& group : comparison.groups) {
    const std::string label = group.label.empty() ? group.group : group.label;
    const bool known = at < group.estimates.size() && group.estimates[at] && at < group.compared.size() &&
                       group.compared[at].conf_low && group.compared[at].conf_high;
    if (!known) {
      parts.push_back(words("{1} not estimated", {label}));
      continue;
    }
    const std::string of = reference + group.group + ":";
    FARRELL_ASSIGN_OR_RETURN(const std::string estimate, fill(of + "estimate}"));
    FARRELL_ASSIGN_OR_RETURN(const std::string low, fill(of + "conf_low}"));
    FARRELL_ASSIGN_OR_RETURN(const std::string high, fill(of + "conf_high}"));
    parts.push_back(words("{1} {2} ({3} to {4})", {label, estimate, low, high}));
  }
  const std::string by = comparison.by_label.empty() ? comparison.by : comparison.by_label;
  const std::string slopes = by.empty() ? words("The coefficient by group: {1}.", {words.Parts(parts)})
                                        : words("The coefficient by {1}: {2}.", {by, words.Parts(parts)});
  const auto joint =
      std::find_if(comparison.joints.begin(), comparison.joints.end(), [&](const JointEqualityFacts& candidate) {
        return candidate.term == comparison.terms[at].name && candidate.p_value;
      });
  if (joint == comparison.joints.end()) {
    return words.Sentences({slopes, words("That they are equal could not be tested: no difference is claimed.")});
  }
  FARRELL_ASSIGN_OR_RETURN(const std::string p, fill("p = " + reference + "joint_p}"));
  return words.Sentences(
      {slopes,
       *joint->p_value < kFivePerCent
           ? words("That they are equal is rejected at five per cent ({1}).", {p})
           : words("That they are equal is not rejected at five per cent ({1}): no difference is shown.", {p})});
}

Result<std::string> Method(const FitFacts& fit, const ReportFacts& facts, const FillNumbers& fill,
                           const BriefFacts& brief) {
  const Words& words = facts.study.words;
  std::vector<std::string> sentences;
  const DeaFacts* dea = FindDea(facts, fit.outcome_dea.empty() ? brief.dea : fit.outcome_dea);
  if (dea != nullptr) {
    sentences.push_back(words("Efficiency: data envelopment analysis, {1}; inputs {2}; outputs {3}.",
                              {DescribeModel(*dea, words), words.Names(dea->inputs), words.Names(dea->outputs)}));
  }
  FARRELL_ASSIGN_OR_RETURN(const std::string count, fill("{regression:" + brief.regression + ":n}"));
  sentences.push_back(words("Association: {1}; {2} observations.", {fit.formula, count}));
  if (!fit.inferences.empty()) {
    sentences.push_back(words("Intervals: {1}.", {DescribeInference(fit.inferences.front(), words)}));
  }
  return words.Sentences(sentences);
}

}  // namespace

Status WriteBriefSentences(const ReportFacts& facts, const FillNumbers& fill, BriefFacts& brief) {
  const FitFacts* fit = FindFit(facts, brief.regression);
  const auto complain = [](const char* field, const std::string& why) {
    return InvalidArgument("BRIEF_INVALID", why).WithViolations({{field, why}});
  };
  if (fit == nullptr) return complain("brief.regression", "there is no regression '" + brief.regression + "'");
  const auto term = std::find_if(fit->terms.begin(), fit->terms.end(), [&](const TermFacts& candidate) {
    return WithoutBlanks(candidate.name) == WithoutBlanks(brief.term);
  });
  if (term == fit->terms.end()) {
    return complain("brief.term", "regression '" + brief.regression + "' has no term '" + brief.term + "'");
  }
  FARRELL_ASSIGN_OR_RETURN(brief.headline, Headline(*fit, *term, facts, fill, brief));
  if (const CompareFacts* comparison = FindComparison(facts, brief.comparison)) {
    FARRELL_ASSIGN_OR_RETURN(brief.compared, Compared(*comparison, facts, fill, brief));
  }
  FARRELL_ASSIGN_OR_RETURN(brief.method, Method(*fit, facts, fill, brief));
  return Status::Ok();
}

}  // namespace farrell::reporting
