// Referee rules about groups and sentences.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <initializer_list>
#include <iterator>

#include "common/text/number.h"
#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/ratio.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr std::int64_t kManySubgroupTests = 3;
// Of the slope over all rows: below it the weighted mean is the slope.
constexpr double kUnequalWeights = 2;
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

template <std::size_t N>
bool Holds(const std::string& text, const char* const (&phrases)[N]) {
  return std::any_of(std::begin(phrases), std::end(phrases),
                     [&](const char* phrase) { return text.find(phrase) != std::string::npos; });
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
  return Holds(text, kChinese);
}

// A score in levels whose slope the sentence may mean: of the regressions it quotes, or of all when it quotes none.
std::vector<const FitFacts*> LevelScores(const ReportFacts& facts, const ClaimFacts& claim) {
  std::vector<const FitFacts*> fits;
  for (const FitFacts& fit : facts.fits) {
    const bool quoted =
        std::find(claim.regressions.begin(), claim.regressions.end(), fit.id) != claim.regressions.end();
    if (!claim.regressions.empty() && !quoted) continue;
    // A sentence without numbers may mean a logarithmic model.
    if (fit.outcome_is_log && !fit.outcome_dea.empty() && claim.regressions.empty()) return {};
    if (!fit.outcome_is_log && !fit.outcome_dea.empty()) fits.push_back(&fit);
  }
  return fits;
}

// The elasticity at the means of the first slope of a score in levels; unset when a mean is not known.
std::optional<double> MeanElasticity(const ReportFacts& facts, const FitFacts& fit) {
  const std::vector<std::string> names = SlopeNames(fit);
  const DeaFacts* dea = FindDea(facts, fit.outcome_dea);
  if (names.empty() || dea == nullptr) return std::nullopt;
  double sum = 0;
  std::int64_t count = 0;
  for (const ScoreFacts& row : dea->scores) {
    if (!row.score) continue;
    sum += *row.score;
    ++count;
  }
  if (count == 0 || sum <= 0) return std::nullopt;
  double slope = 0;
  for (const TermFacts& term : fit.terms) {
    if (term.name == names.front()) slope = *term.estimate;
  }
  const double mean = sum / static_cast<double>(count);
  if (!LoggedColumn(names.front(), facts.data.variables).empty()) return slope / mean;
  const auto described = facts.descriptives.find(names.front());
  if (described == facts.descriptives.end() || !described->second.mean) return std::nullopt;
  return slope * *described->second.mean / mean;
}

}  // namespace

RuleFinding CheckW14(const ReportFacts& facts) {
  RuleFinding finding;
  for (const ClaimFacts& claim : facts.claims) {
    if (!claim.heterogeneity && !SaysGroupsDiffer(claim.text)) continue;
    const CompareFacts* comparison = FindComparison(facts, claim.comparison);
    if (comparison == nullptr || comparison->joints.empty()) finding.About(claim.id);
  }
  finding.say = [ids = finding.subjects](const Words& words) {
    return words(
        "Significant in one group and not in another is not a difference. Sentence {1} says that groups differ without "
        "naming a comparison that tests it, and is not printed.",
        {words.Listed(Quoted(ids))});
  };
  return finding;
}

RuleFinding CheckW15(const ReportFacts& facts) {
  RuleFinding finding;
  std::int64_t groups = 0;
  std::int64_t differences = 0;
  bool all_adjusted = true;
  std::vector<std::string> methods;
  for (const CompareFacts& comparison : facts.comparisons) {
    groups += static_cast<std::int64_t>(comparison.groups.size() * comparison.terms.size());
    differences += static_cast<std::int64_t>(comparison.differences.size());
    const std::string method = AdjustmentWord(comparison.adjustment);
    all_adjusted = all_adjusted && !method.empty();
    if (std::find(methods.begin(), methods.end(), method) == methods.end()) methods.push_back(method);
    finding.About(comparison.id);
  }
  if (groups + differences <= kManySubgroupTests) return {};
  if (all_adjusted) finding.promises = {Promise::kAdjustedPValues};
  finding.say = [=](const Words& words) {
    const std::string count =
        words("{1} subgroup tests ({2} group coefficients, {3} differences)",
              {std::to_string(groups + differences), std::to_string(groups), std::to_string(differences)});
    if (!all_adjusted) {
      return words("{1}: adjusted p-values of the differences were switched off; read the raw ones with that in mind.",
                   {count});
    }
    if (methods.size() == 1) {
      return words("{1}: {2}-adjusted p-values are printed beside the raw ones.", {count, methods.front()});
    }
    return words("{1}: adjusted ({2}) p-values are printed beside the raw ones.", {count, words.Listed(methods)});
  };
  return finding;
}

RuleFinding CheckW17(const ReportFacts& facts) {
  struct Part {
    std::string term, id, pooled, low, high;
    std::vector<std::pair<std::string, std::string>> weights;
  };
  RuleFinding finding;
  std::vector<Part> means;
  std::vector<Part> outside;
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
      if (!pooled || !low) continue;
      const bool is_outside = *pooled < *low || *pooled > *high;
      Part part{comparison.terms[i].name,
                comparison.id,
                text::FormatSignificant(*pooled, 3),
                text::FormatSignificant(*low, 3),
                text::FormatSignificant(*high, 3),
                {}};
      const auto split =
          std::find_if(comparison.pooled_slopes.begin(), comparison.pooled_slopes.end(),
                       [&](const PooledSlopeFacts& slope) { return slope.term == comparison.terms[i].name; });
      if (split != comparison.pooled_slopes.end() && split->is_mean()) {
        const auto [least, most] = std::minmax_element(split->weights.begin(), split->weights.end());
        if (!is_outside && *most <= kUnequalWeights * *least) continue;
        for (std::size_t g = 0; g < split->weights.size(); ++g) {
          const GroupFacts& group = comparison.groups[g];
          part.weights.emplace_back(group.label.empty() ? group.group : group.label,
                                    text::FormatFixed(split->weights[g], 2));
        }
        means.push_back(std::move(part));
      } else if (is_outside) {
        outside.push_back(std::move(part));
      } else {
        continue;
      }
      finding.About(comparison.id);
    }
  }
  finding.say = [means, outside](const Words& words) {
    std::vector<std::string> sentences;
    for (const Part& part : means) {
      std::vector<std::string> weights;
      for (const auto& [group, weight] : part.weights) weights.push_back(words.Study(group) + " " + weight);
      sentences.push_back(words(
          "The slope of {1} over all rows of '{2}' is a variance-weighted mean of the group slopes. Weights: {3}.",
          {part.term, part.id, words.Names(weights)}));
    }
    std::vector<std::string> parts;
    for (const Part& part : outside) {
      parts.push_back(words("{1} in '{2}' ({3} over all rows, {4} to {5} by group)",
                            {part.term, part.id, part.pooled, part.low, part.high}));
    }
    if (!parts.empty()) {
      sentences.push_back(
          words("The slope over all rows lies outside the range of the group slopes: {1}. It is no average of them, "
                "because the other slopes and the period effects differ between groups.",
                {words.Listed(parts)}));
    }
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW19(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::pair<std::string, std::string>> elasticities;
  static constexpr const char* kChinese[] = {"弹性"};
  for (const ClaimFacts& claim : facts.claims) {
    if (!SaysAny(claim.text, {"elasticity", "elasticities", "elastic"}) && !Holds(claim.text, kChinese)) continue;
    const std::vector<const FitFacts*> fits = LevelScores(facts, claim);
    if (fits.empty()) continue;
    finding.About(claim.id);
    for (const FitFacts* fit : fits) {
      const std::optional<double> elasticity = MeanElasticity(facts, *fit);
      if (elasticity) elasticities.emplace_back(fit->id, text::FormatSignificant(*elasticity, 3));
    }
  }
  finding.say = [ids = finding.subjects, elasticities](const Words& words) {
    std::vector<std::string> sentences = {
        words("A slope on the level of a score is not an elasticity. Sentence {1} calls it one and is not printed.",
              {words.Listed(Quoted(ids))})};
    std::vector<std::string> parts;
    for (const auto& [fit, value] : elasticities) parts.push_back(words("{1} in '{2}'", {value, fit}));
    if (!parts.empty()) sentences.push_back(words("Elasticity at the means: {1}.", {words.Listed(parts)}));
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW38(const ReportFacts& facts) {
  static const std::vector<std::string> causal = {
      "cause",    "causes", "caused", "causing", "causal effect", "drives",   "drove",     "driven by",
      "leads to", "led to", "boosts", "boosted", "promotes",      "promoted", "thanks to", "because of"};
  static constexpr const char* kChinese[] = {"导致",   "促进",   "推动",     "提升了",
                                             "提高了", "降低了", "因果效应", "归因于"};
  RuleFinding finding;
  if (facts.study.design != "observational") return finding;
  for (const ClaimFacts& claim : facts.claims) {
    const bool says =
        std::any_of(causal.begin(), causal.end(), [&](const std::string& phrase) { return Says(claim.text, phrase); });
    if (says || Holds(claim.text, kChinese)) finding.About(claim.id);
  }
  finding.say = [ids = finding.subjects](const Words& words) {
    return words("Observational design: sentence {1} speaks of a cause and is not printed; write 'is associated with'.",
                 {words.Listed(Quoted(ids))});
  };
  return finding;
}

}  // namespace farrell::reporting
