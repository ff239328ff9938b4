// Referee rules about groups, sentences and the data.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <iterator>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/text/number.h"
#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr std::int64_t kManySubgroupTests = 3;
constexpr double kLowPower = 0.5;

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

bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// A whole word or phrase, in any case.
bool Says(const std::string& text, const std::string& phrase) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (std::size_t at = lower.find(phrase); at != std::string::npos; at = lower.find(phrase, at + 1)) {
    const bool starts = at == 0 || !IsWordByte(lower[at - 1]);
    const std::size_t end = at + phrase.size();
    if (starts && (end == lower.size() || !IsWordByte(lower[end]))) return true;
  }
  return false;
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

std::optional<double> StdErrorOf(const FitFacts& fit, const std::string& term) {
  if (fit.inferences.empty()) return std::nullopt;
  for (std::size_t i = 0; i < fit.terms.size() && i < fit.inferences.front().terms.size(); ++i) {
    if (fit.terms[i].name == term) return fit.inferences.front().terms[i].std_error;
  }
  return std::nullopt;
}

bool SaysAny(const std::string& text, std::initializer_list<const char*> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](const char* phrase) { return Says(text, phrase); });
}

// Words by which a sentence says that groups differ, whether or not the study marks it so.
bool SaysGroupsDiffer(const std::string& text) {
  if (SaysAny(text,
              {"differs between", "differ between", "differs across", "differ across", "varies between", "vary between",
               "varies across", "vary across", "stronger in", "weaker in", "heterogeneous", "heterogeneity"})) {
    return true;
  }
  // Scores and inputs may well be larger in one place than in another; of associations it must be tested.
  if (SaysAny(text, {"slope", "slopes", "association", "effect", "coefficient", "elasticity"}) &&
      SaysAny(text, {"larger in", "smaller in", "higher in", "lower in", "steeper in", "flatter in"})) {
    return true;
  }
  static constexpr const char* kChinese[] = {"异质性", "组间差异", "地区差异", "区域差异"};
  return std::any_of(std::begin(kChinese), std::end(kChinese),
                     [&](const char* phrase) { return text.find(phrase) != std::string::npos; });
}

}  // namespace

std::optional<FiredRule> CheckW14(const ReportFacts& facts) {
  FiredRule rule{"W14", Severity::kBlock, {}, "组间差异须直接检验", {}, {}};
  for (const ClaimFacts& claim : facts.claims) {
    if (!claim.heterogeneity && !SaysGroupsDiffer(claim.text)) continue;
    const CompareFacts* comparison = FindComparison(facts, claim.comparison);
    if (comparison != nullptr && !comparison->joints.empty()) continue;
    rule.subjects.push_back(claim.id);
  }
  if (rule.subjects.empty()) return std::nullopt;
  std::vector<std::string> quoted;
  for (const std::string& id : rule.subjects) quoted.push_back("'" + id + "'");
  rule.text = "Significant in one group and not in another is not a difference. Sentence " + Listed(quoted) +
              " says that groups differ without naming a comparison that tests it, and is not printed.";
  return rule;
}

std::optional<FiredRule> CheckW15(const ReportFacts& facts) {
  FiredRule rule{"W15", Severity::kWarn, {}, "多重检验", {}, {}};
  std::int64_t groups = 0;
  std::int64_t differences = 0;
  bool all_adjusted = true;
  std::vector<std::string> words;
  for (const CompareFacts& comparison : facts.comparisons) {
    groups += static_cast<std::int64_t>(comparison.groups.size() * comparison.terms.size());
    differences += static_cast<std::int64_t>(comparison.differences.size());
    const std::string word = AdjustmentWord(comparison.adjustment);
    all_adjusted = all_adjusted && !word.empty();
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    rule.subjects.push_back(comparison.id);
  }
  if (groups + differences <= kManySubgroupTests) return std::nullopt;
  rule.text = std::to_string(groups + differences) + " subgroup tests (" + std::to_string(groups) +
              " group coefficients, " + std::to_string(differences) + " differences): ";
  if (all_adjusted) {
    rule.text += (words.size() == 1 ? words.front() + "-adjusted" : "adjusted (" + Listed(words) + ")") +
                 " p-values are printed beside the raw ones.";
    rule.promises = {Promise::kAdjustedPValues};
  } else {
    rule.text += "adjusted p-values of the differences were switched off; read the raw ones with that in mind.";
  }
  return rule;
}

std::optional<FiredRule> CheckW16(const ReportFacts& facts) {
  FiredRule rule{"W16", Severity::kWarn, {}, "检验功效不足,显著估计会被夸大", {}, {}};
  std::vector<std::string> parts;
  const auto judge = [&](const std::string& what, const std::string& subject, const PublishedFacts& published,
                         const std::optional<double>& std_error) {
    if (!published.estimate || *published.estimate == 0 || !std_error || !(*std_error > 0)) return;
    const Design design = DesignOf(*published.estimate, *std_error);
    if (design.power >= kLowPower) return;
    parts.push_back(what + ": power " + text::FormatFixed(design.power, 2) + " at " +
                    text::FormatSignificant(*published.estimate, 3) + ", exaggeration about " +
                    text::FormatSignificant(design.exaggeration, 2) + " times");
    if (std::find(rule.subjects.begin(), rule.subjects.end(), subject) == rule.subjects.end()) {
      rule.subjects.push_back(subject);
    }
  };
  for (const FitFacts& fit : facts.fits) {
    for (const PublishedFacts& published : fit.published) {
      judge(published.term + " in '" + fit.id + "'", fit.id, published, StdErrorOf(fit, published.term));
    }
  }
  for (const CompareFacts& comparison : facts.comparisons) {
    for (const PublishedFacts& published : comparison.published) {
      judge(published.term + " in " + published.group + " of '" + comparison.id + "'", comparison.id, published,
            StdErrorOf(comparison, published));
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text =
      "The design is too weak for the published value (two-sided 5 % test with the standard error printed here): ";
  for (std::size_t i = 0; i < parts.size(); ++i) rule.text += (i > 0 ? "; " : "") + parts[i];
  rule.text += ". A significant estimate would overstate the effect by the factor given.";
  return rule;
}

std::optional<FiredRule> CheckW17(const ReportFacts& facts) {
  FiredRule rule{"W17", Severity::kWarn, {}, "总体系数不在各组系数之间", {}, {}};
  std::vector<std::string> parts;
  for (const CompareFacts& comparison : facts.comparisons) {
    for (std::size_t i = 0; i < comparison.terms.size(); ++i) {
      std::optional<double> pooled;
      for (const TermFacts& term : comparison.pooled.terms) {
        if (term.name == comparison.terms[i].name) pooled = term.estimate;
      }
      std::optional<double> low;
      std::optional<double> high;
      for (const GroupFacts& group : comparison.groups) {
        if (i >= group.estimates.size() || !group.estimates[i]) continue;
        low = low ? std::min(*low, *group.estimates[i]) : group.estimates[i];
        high = high ? std::max(*high, *group.estimates[i]) : group.estimates[i];
      }
      if (!pooled || !low || (*pooled >= *low && *pooled <= *high)) continue;
      parts.push_back(comparison.terms[i].name + " in '" + comparison.id + "' (" + text::FormatSignificant(*pooled, 3) +
                      " over all rows, " + text::FormatSignificant(*low, 3) + " to " +
                      text::FormatSignificant(*high, 3) + " by group)");
      if (rule.subjects.empty() || rule.subjects.back() != comparison.id) rule.subjects.push_back(comparison.id);
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "The slope over all rows lies outside the range of the group slopes: " + Listed(parts) +
              ". It is no average of them, because the other slopes and the period effects differ between groups.";
  return rule;
}

std::optional<FiredRule> CheckW36(const ReportFacts& facts) {
  if (!facts.data.synthetic) return std::nullopt;
  return FiredRule{
      "W36",
      Severity::kBlock,
      "SYNTHETIC DATA - effects were planted. Nothing here is evidence about real units. No stars are printed.",
      "合成数据,非实证结论",
      {facts.study.id},
      {}};
}

std::optional<FiredRule> CheckW38(const ReportFacts& facts) {
  static const std::vector<std::string> causal = {
      "cause",    "causes", "caused", "causing", "causal effect", "drives",   "drove",     "driven by",
      "leads to", "led to", "boosts", "boosted", "promotes",      "promoted", "thanks to", "because of"};
  FiredRule rule{"W38", Severity::kBlock, {}, "观察性设计禁用因果措辞", {}, {}};
  std::vector<std::string> quoted;
  for (const ClaimFacts& claim : facts.claims) {
    const bool says =
        std::any_of(causal.begin(), causal.end(), [&](const std::string& phrase) { return Says(claim.text, phrase); });
    if (!says) continue;
    rule.subjects.push_back(claim.id);
    quoted.push_back("'" + claim.id + "'");
  }
  if (quoted.empty()) return std::nullopt;
  rule.text = "Observational design: sentence " + Listed(quoted) +
              " speaks of a cause and is not printed; write 'is associated with'.";
  return rule;
}

}  // namespace farrell::reporting
