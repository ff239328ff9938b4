// Referee rules about the design.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <set>
#include <string_view>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/text/number.h"
#include "services/reporting/engine/diagnostics.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr double kLowPower = 0.5;
// Effective F below which a nominal 5 % test may have a bias of 10 % (Montiel Olea & Pflueger 2013, one instrument).
constexpr double kWeakF = 23;
constexpr double kDependent = 0.05;
constexpr double kLeadLevel = 0.10;

// Power of the two-sided 5 % test and the factor by which significant estimates overstate the effect, for a normal
// estimate with known standard error (Gelman & Carlin 2014, type M).
struct Design {
  double power = 0;
  double exaggeration = 1;
};
Design DesignOf(double effect, double std_error) {
  constexpr double kCritical = 1.959963984540054;
  constexpr double kInverseRootTwoPi = 0.39894228040143268;
  const double d = std::fabs(effect) / std_error;
  const double above = numeric::NormalCdf(d - kCritical);
  const double below = numeric::NormalCdf(-d - kCritical);
  const auto density = [](double z) { return kInverseRootTwoPi * numeric::Exp(-0.5 * z * z); };
  Design design;
  design.power = above + below;
  // E|z| over z > c plus over z < -c, with z ~ N(d, 1).
  const double magnitude = d * (above - below) + density(kCritical - d) + density(kCritical + d);
  design.exaggeration = magnitude / design.power / d;
  return design;
}

// Our standard error of a published value.
std::optional<double> StdErrorOf(const CompareFacts& comparison, const PublishedFacts& published) {
  for (std::size_t i = 0; i < comparison.terms.size(); ++i) {
    if (comparison.terms[i].name != published.term) continue;
    for (const GroupFacts& group : comparison.groups) {
      if (group.group == published.group && i < group.compared.size()) return group.compared[i].std_error;
    }
  }
  return std::nullopt;
}

// Parts of names that stand for what investment may change before it changes the outcome.
bool IsUsualMediator(const std::string& name) {
  static constexpr std::string_view kNames[] = {
      "hc",   "human_capital", "human",          "education", "edu",       "rd",       "rnd",
      "r_d",  "research",      "finance",        "fin",       "structure", "industry", "tertiary",
      "pgdp", "gdp_pc",        "gdp_per_capita", "gdppc",     "per_capita"};
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string framed = "_" + lower + "_";
  return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view part) {
    return framed.find("_" + std::string(part) + "_") != std::string::npos;
  });
}

bool IsMediator(const std::string& term, const ReportFacts& facts) {
  const std::vector<std::string> names = NamesBehind(term, facts.data.variables);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto variable = std::find_if(facts.data.variables.begin(), facts.data.variables.end(),
                                       [&](const VariableFacts& each) { return each.name == name; });
    return IsUsualMediator(name) || (variable != facts.data.variables.end() && variable->role == "mediator");
  });
}

// The term, or the variable of the study that it names, looks at a later period.
bool IsLead(std::string term, const std::vector<VariableFacts>& variables) {
  for (const VariableFacts& variable : variables) {
    if (variable.name == term && !variable.expression.empty()) term = variable.expression;
  }
  std::string squeezed;
  for (const char c : term) {
    if (c != ' ') squeezed += c;
  }
  if (squeezed.find("lead(") != std::string::npos) return true;
  const std::size_t lag = squeezed.find("lag(");
  return lag != std::string::npos && squeezed.find(",-", lag) != std::string::npos;
}

struct Values {
  std::string a, b, c, d;
};

}  // namespace

RuleFinding CheckW16(const ReportFacts& facts) {
  struct Part {
    std::string term, group, id, power, at, exaggeration;
  };
  RuleFinding finding;
  std::vector<Part> found;
  const auto add = [&](const std::string& term, const std::string& group, const std::string& id, double power,
                       double at, double exaggeration) {
    if (power >= kLowPower) return;
    found.push_back({term, group, id, text::FormatFixed(power, 2), text::FormatSignificant(at, 3),
                     text::FormatSignificant(exaggeration, 2)});
    finding.About(id);
  };
  const auto judge = [&](const PublishedFacts& published, const std::string& id,
                         const std::optional<double>& std_error) {
    if (!published.estimate || *published.estimate == 0 || !std_error || !(*std_error > 0)) return;
    const Design design = DesignOf(*published.estimate, *std_error);
    add(published.term, published.group, id, design.power, *published.estimate, design.exaggeration);
  };
  for (const FitFacts& fit : facts.fits) {
    std::set<std::string> judged;
    for (const DesignFacts& design : fit.design) {
      judged.insert(design.term);
      add(design.term, {}, fit.id, design.power, design.reference, design.exaggeration);
    }
    for (const PublishedFacts& published : fit.published) {
      const TermInferenceFacts* primary = PrimaryOf(fit, published.term);
      if (!judged.contains(published.term) && primary != nullptr) judge(published, fit.id, primary->std_error);
    }
  }
  for (const CompareFacts& comparison : facts.comparisons) {
    for (const PublishedFacts& published : comparison.published) {
      judge(published, comparison.id, StdErrorOf(comparison, published));
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      const std::string where = part.group.empty()
                                    ? words("{1} in '{2}'", {part.term, part.id})
                                    : words("{1} in {2} of '{3}'", {part.term, words.Study(part.group), part.id});
      parts.push_back(words("{1}: power {2} at {3}, exaggeration about {4} times",
                            {where, part.power, part.at, part.exaggeration}));
    }
    return words(
        "The design is too weak for the reference or published value (two-sided test with the standard error printed "
        "here): {1}. A significant estimate would overstate the effect by the factor given.",
        {words.Parts(parts)});
  };
  return finding;
}

RuleFinding CheckW22(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> controls;
  std::vector<std::string> shorter;
  for (const FitFacts& fit : facts.fits) {
    const std::vector<std::string> names = SlopeNames(fit);
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i == 0 || !IsMediator(names[i], facts)) {
        kept.push_back(names[i]);
      } else if (std::find(controls.begin(), controls.end(), names[i]) == controls.end()) {
        controls.push_back(names[i]);
      }
    }
    if (kept.size() == names.size()) continue;
    finding.About(fit.id);
    for (const FitFacts& other : facts.fits) {
      const std::vector<std::string> fewer = SlopeNames(other);
      const bool is_short = other.outcome == fit.outcome && other.where == fit.where && !fewer.empty() &&
                            fewer.front() == names.front() &&
                            std::none_of(fewer.begin() + 1, fewer.end(),
                                         [&](const std::string& name) { return IsMediator(name, facts); });
      if (is_short && std::find(shorter.begin(), shorter.end(), other.id) == shorter.end()) shorter.push_back(other.id);
    }
  }
  finding.say = [controls, shorter](const Words& words) {
    std::vector<std::string> sentences = {
        words("The controls {1} may themselves be results of the regressor. Read the slope as a partial effect.",
              {words.Listed(controls)})};
    sentences.push_back(shorter.empty() ? words("No model without them was run.")
                                        : words("Without them: {1}.", {words.Listed(Quoted(shorter))}));
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW23(const ReportFacts& facts) {
  RuleFinding finding;
  for (const std::string& mediator : facts.study.mediators) finding.About(mediator);
  finding.say = [names = finding.subjects](const Words& words) {
    return words(
        "Step-wise mediation ({1}) does not identify a causal channel. Only the step from the regressor to the "
        "mediator "
        "is reported.",
        {words.Listed(names)});
  };
  return finding;
}

RuleFinding CheckW24(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<Values> found;
  for (const FitFacts& fit : facts.fits) {
    if (!fit.instruments || fit.inferences.empty()) continue;
    const std::int64_t clusters = fit.inferences.front().cluster_count;
    double count = 0;
    for (const InstrumentFacts::FirstStage& stage : fit.instruments->first_stages) {
      count = std::max(count, stage.joint.df1);
    }
    if (clusters <= 0 || count <= static_cast<double>(clusters)) continue;
    found.push_back({text::FormatFixed(count, 0), std::to_string(clusters), fit.id, {}});
    finding.About(fit.id);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Values& value : found) {
      parts.push_back(words("{1} instruments for {2} clusters in '{3}'", {value.a, value.b, value.c}));
    }
    return words(
        "More instruments than clusters: {1}. The first stage is overfitted, and the test of overidentification is not "
        "informative. Use fewer instruments.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW25(const ReportFacts& facts) {
  struct Part {
    std::string id, effective;
  };
  RuleFinding finding;
  std::vector<std::pair<Part, InstrumentFacts>> found;
  for (const FitFacts& fit : facts.fits) {
    if (!fit.instruments) continue;
    Part part{fit.id, {}};
    for (const InstrumentFacts::FirstStage& stage : fit.instruments->first_stages) {
      if (stage.effective_f && *stage.effective_f < kWeakF) part.effective = text::FormatFixed(*stage.effective_f, 1);
    }
    if (part.effective.empty() && !IsUnbounded(*fit.instruments)) continue;
    found.emplace_back(part, *fit.instruments);
    finding.About(fit.id);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const auto& [part, instruments] : found) {
      const std::string set = AndersonRubinSet(instruments, words);
      std::vector<std::string> reasons;
      if (!part.effective.empty()) reasons.push_back(words("effective F {1}", {part.effective}));
      if (!set.empty()) reasons.push_back(words("Anderson-Rubin set {1}", {set}));
      parts.push_back(words("{1} in '{2}'", {words.Clauses(reasons), part.id}));
    }
    return words(
        "Weak instrument: {1}. Estimates and their standard errors are not to be trusted; read only the Anderson-Rubin "
        "set.",
        {words.Parts(parts)});
  };
  return finding;
}

RuleFinding CheckW31(const ReportFacts& facts) {
  RuleFinding finding;
  struct Part {
    std::string level, term, id, from, to;
  };
  std::vector<Part> found;
  for (const FitFacts& fit : facts.fits) {
    const std::string slope = FirstSlope(fit);
    if (slope.empty()) continue;
    for (const Influence& influence : InfluencesOf(fit, {slope})) {
      const bool moves =
          influence.std_error && std::fabs(influence.farthest - influence.estimate) > *influence.std_error;
      if (!moves && influence.sign_changes == 0) continue;
      // A sign can change without the largest move.
      const bool low_flips = (influence.low > 0) != (influence.estimate > 0);
      const bool high_flips = (influence.high > 0) != (influence.estimate > 0);
      const std::string level = moves || (!low_flips && !high_flips) ? influence.farthest_level
                                : low_flips                          ? influence.low_level
                                                                     : influence.high_level;
      const double to = moves || (!low_flips && !high_flips) ? influence.farthest
                        : low_flips                          ? influence.low
                                                             : influence.high;
      found.push_back(
          {level, slope, fit.id, text::FormatSignificant(influence.estimate, 3), text::FormatSignificant(to, 3)});
      finding.About(fit.id);
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(words("without {1} the slope of {2} in '{3}' goes from {4} to {5}",
                            {part.level, part.term, part.id, part.from, part.to}));
    }
    return words("One level moves the slope by more than one standard error, or turns its sign: {1}.",
                 {words.Parts(parts)});
  };
  return finding;
}

RuleFinding CheckW32(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<Values> found;
  for (const SpecificationFacts& tests : facts.specifications) {
    // The effects stand after the first bar.
    const std::size_t bar = tests.formula.find('|');
    const std::vector<std::string> effects =
        bar == std::string::npos ? std::vector<std::string>() : NamesBehind(tests.formula.substr(bar), {});
    if (std::find(effects.begin(), effects.end(), facts.data.time_key) == effects.end()) continue;
    for (const SpecificationTestFacts& test : tests.tests) {
      if ((test.name != "cd" && test.name != "cd-individual") || !test.p_value || *test.p_value >= kDependent) continue;
      found.push_back({tests.id, text::FormatFixed(*test.p_value, 3), {}, {}});
      finding.About(tests.id);
      break;
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Values& value : found) parts.push_back(words("'{1}' (p = {2})", {value.a, value.b}));
    return words(
        "Units remain correlated after period effects, by Pesaran's CD test in {1}. Clustering by unit does not see "
        "it, "
        "and Driscoll-Kraay errors need many periods.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW33(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<Values> found;
  for (const FitFacts& fit : facts.fits) {
    for (const std::string& name : SlopeNames(fit)) {
      const TermInferenceFacts* primary = PrimaryOf(fit, name);
      if (!IsLead(name, facts.data.variables) || primary == nullptr || !primary->p_value) continue;
      if (*primary->p_value >= kLeadLevel) continue;
      found.push_back({name, fit.id, text::FormatFixed(*primary->p_value, 3), {}});
      finding.About(fit.id);
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Values& value : found) parts.push_back(words("{1} in '{2}' (p = {3})", {value.a, value.b, value.c}));
    return words(
        "Future values of a regressor 'predict' the past outcome: {1}. This points to reverse causality or trends.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW35(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<Values> found;
  if (facts.data.periods.empty()) return finding;
  const std::int64_t last = facts.data.periods.back();
  for (const VariableFacts& variable : facts.data.variables) {
    if (variable.role != "treatment" || !variable.first_period || *variable.first_period < last - 1) continue;
    found.push_back({variable.name, std::to_string(*variable.first_period), {}, {}});
    finding.About(variable.name);
  }
  finding.say = [found, last](const Words& words) {
    std::vector<std::string> parts;
    for (const Values& value : found) parts.push_back(words("'{1}' starts in {2}", {value.a, value.b}));
    return words("The treatment {1}: a sample that ends in {2} cannot identify its effect.",
                 {words.Listed(parts), std::to_string(last)});
  };
  return finding;
}

RuleFinding CheckW37(const ReportFacts& facts) {
  RuleFinding finding;
  std::set<std::string> listed;
  std::set<std::string> curves_shown;
  for (const TableSpec& table : facts.tables) {
    if (table.kind == "curve") curves_shown.insert(table.columns.begin(), table.columns.end());
    listed.insert(table.columns.begin(), table.columns.end());
  }
  for (const FigureSpec& figure : facts.figures) {
    if (figure.kind == "curve") curves_shown.insert(figure.of.begin(), figure.of.end());
    if (figure.kind == "coefficients") listed.insert(figure.of.begin(), figure.of.end());
  }
  std::size_t run = facts.fits.size() + facts.comparisons.size();
  std::size_t shown = 0;
  for (const FitFacts& fit : facts.fits) shown += listed.contains(fit.id) ? 1U : 0U;
  for (const CompareFacts& comparison : facts.comparisons) shown += listed.contains(comparison.id) ? 1U : 0U;
  std::vector<std::string> curves;
  for (const CurveFacts& curve : facts.curves) {
    run += curve.specifications.size();
    if (curves_shown.contains(curve.id)) curves.push_back(curve.id);
  }
  if (run <= shown) return finding;
  finding.About(facts.study.id);
  finding.say = [run, shown, curves](const Words& words) {
    std::vector<std::string> sentences = {
        words("{1} specifications were run, {2} are shown in full.", {std::to_string(run), std::to_string(shown)})};
    if (!curves.empty()) {
      sentences.push_back(words("The others stand in the specification curve {1}.", {words.Listed(Quoted(curves))}));
    }
    return words.Sentences(sentences);
  };
  return finding;
}

}  // namespace farrell::reporting
