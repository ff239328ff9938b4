// Referee rules about regressions.
#include <algorithm>
#include <utility>

#include "common/text/number.h"
#include "services/reporting/engine/ratio.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr double kTrend = 0.2;
constexpr std::int64_t kFewClusters = 40;
constexpr std::int64_t kVeryFewClusters = 12;

bool HasType(const FitFacts& fit, InferenceType type) {
  return std::any_of(fit.inferences.begin(), fit.inferences.end(),
                     [&](const InferenceFacts& inference) { return inference.type == type; });
}

std::int64_t Clusters(const FitFacts& fit) { return fit.inferences.empty() ? 0 : fit.inferences.front().cluster_count; }

bool HasPeriodEffects(const FitFacts& fit) {
  return std::any_of(fit.effects.begin(), fit.effects.end(), [](const EffectFacts& effect) { return effect.is_time; });
}

void AddSubject(RuleFinding& finding, const JudgedFit& judged) {
  finding.About(judged.subject);
  // The differences rest on the groups' standard errors.
  if (judged.comparison != nullptr) finding.About(judged.comparison->id);
}

std::string UnitWord(const ReportFacts& facts) {
  if (!facts.study.unit_word.empty()) return facts.study.unit_word;
  return facts.data.unit_key.empty() ? "unit" : facts.data.unit_key;
}

std::vector<std::string> In(const std::vector<SubjectName>& subjects, const Words& words) {
  std::vector<std::string> names;
  for (const SubjectName& subject : subjects) names.push_back(subject.In(words));
  return names;
}

}  // namespace

std::vector<JudgedFit> JudgedFits(const ReportFacts& facts) {
  std::vector<JudgedFit> judged;
  for (const FitFacts& fit : facts.fits) judged.push_back({fit.id, &fit, nullptr, nullptr});
  for (const CompareFacts& comparison : facts.comparisons) {
    for (const GroupFacts& group : comparison.groups) {
      judged.push_back({comparison.id + "/" + group.group, &group.fit, &comparison, &group});
    }
    judged.push_back({comparison.id + "/", &comparison.pooled, &comparison, nullptr});
  }
  return judged;
}

RuleFinding CheckW08(const ReportFacts& facts) {
  struct Part {
    SubjectName subject;
    std::vector<std::pair<std::string, std::string>> trending;
  };
  RuleFinding finding;
  std::vector<Part> found;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->period_count < 2 || HasPeriodEffects(*judged.fit)) continue;
    Part part{NameOf(judged), {}};
    for (const TermFacts& term : judged.fit->terms) {
      if (term.trend_r2 && *term.trend_r2 > kTrend) {
        part.trending.emplace_back(term.name, text::FormatFixed(*term.trend_r2, 2));
      }
    }
    if (part.trending.empty()) continue;
    found.push_back(std::move(part));
    AddSubject(finding, judged);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      std::vector<std::string> trending;
      for (const auto& [name, r2] : part.trending) trending.push_back(words("{1} (R² {2})", {name, r2}));
      parts.push_back(words("{1}: {2}", {part.subject.In(words), words.Listed(trending)}));
    }
    return words(
        "No period effects although regressors trend (R² on period dummies within units): {1}. The slope picks up "
        "common growth. No stars are printed there.",
        {words.Parts(parts)});
  };
  return finding;
}

RuleFinding CheckW09(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<SubjectName> found;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->inferences.empty() || judged.fit->period_count <= 2) continue;
    if (!IgnoresSerialCorrelation(judged.fit->inferences.front().type)) continue;
    found.push_back(NameOf(judged));
    AddSubject(finding, judged);
  }
  finding.say = [found, unit = UnitWord(facts)](const Words& words) {
    return words(
        "Standard errors ignore serial correlation within {1}: {2}. Nominal intervals are too narrow. No stars are "
        "printed there.",
        {words.Study(unit), words.Listed(In(found, words))});
  };
  return finding;
}

RuleFinding CheckW10(const ReportFacts& facts) {
  RuleFinding finding;
  bool all_cr3 = true;
  bool all_wild = true;
  std::int64_t fewest = kFewClusters;
  std::int64_t most = 0;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    const std::int64_t clusters = Clusters(*judged.fit);
    if (clusters <= 0 || clusters >= kFewClusters) continue;
    all_cr3 = all_cr3 && HasType(*judged.fit, InferenceType::kCr3);
    all_wild = all_wild && HasType(*judged.fit, InferenceType::kWild);
    fewest = std::min(fewest, clusters);
    most = std::max(most, clusters);
    finding.About(judged.subject);
  }
  finding.promises = {Promise::kClusterCounts};
  if (all_cr3) finding.promises.push_back(Promise::kCr3PValues);
  if (all_wild) finding.promises.push_back(Promise::kWildPValues);
  finding.say = [=](const Words& words) {
    const std::string count =
        fewest == most ? std::to_string(fewest) : words("{1} to {2}", {std::to_string(fewest), std::to_string(most)});
    if (all_cr3 && all_wild) {
      return words(
          "Few clusters ({1}): p-values are from the jackknife (CR3) and the wild cluster bootstrap; both are printed.",
          {count});
    }
    if (all_cr3) {
      return words(
          "Few clusters ({1}): p-values are from the jackknife (CR3). The wild cluster bootstrap was not asked for "
          "everywhere; it is the second opinion to ask for.",
          {count});
    }
    if (all_wild) {
      return words(
          "Few clusters ({1}): p-values are from the wild cluster bootstrap. The jackknife (CR3) was not asked for "
          "everywhere.",
          {count});
    }
    return words(
        "Few clusters ({1}): p-values that rest on large-sample theory are too small; ask for the jackknife (CR3) and "
        "the wild cluster bootstrap.",
        {count});
  };
  return finding;
}

RuleFinding CheckW11(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::pair<std::string, SubjectName>> found;
  bool any_wild = false;
  bool all_webb = true;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    const std::int64_t clusters = Clusters(*judged.fit);
    if (clusters <= 0 || clusters >= kVeryFewClusters) continue;
    found.emplace_back(std::to_string(clusters), NameOf(judged));
    finding.About(judged.subject);
    for (const InferenceFacts& inference : judged.fit->inferences) {
      if (inference.type != InferenceType::kWild) continue;
      any_wild = true;
      all_webb = all_webb && inference.weights == "webb";
    }
  }
  finding.promises = {Promise::kClusterCounts};
  finding.say = [found, webb = any_wild && all_webb](const Words& words) {
    std::vector<std::string> parts;
    for (const auto& [count, subject] : found) parts.push_back(words("{1} in {2}", {count, subject.In(words)}));
    if (webb) {
      return words(
          "Very few clusters: only {1}. t(G - 1) is used, and Webb weights in the bootstrap; treat 10 % stars as weak.",
          {words.Listed(parts)});
    }
    return words("Very few clusters: only {1}. t(G - 1) is used; treat 10 % stars as weak.", {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW12(const ReportFacts& facts) {
  struct Part {
    std::string outcome, regressor, below;
    SubjectName subject;
  };
  RuleFinding finding;
  std::vector<Part> found;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.group != nullptr) continue;
    const std::string below = Denominator(judged.fit->outcome, facts.data.variables);
    if (below.empty()) continue;
    for (const TermFacts& term : judged.fit->terms) {
      if (Denominator(term.name, facts.data.variables) != below) continue;
      found.push_back({judged.fit->outcome, term.name, below, NameOf(judged)});
      finding.About(judged.subject);
      break;
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(
          words("{1} and {2} by {3} ({4})", {part.outcome, part.regressor, part.below, part.subject.In(words)}));
    }
    return words(
        "Both sides are divided by the same variable: {1}. Errors in it move both sides together and give a slope "
        "where there is no association.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW13(const ReportFacts& facts) {
  struct Part {
    std::string ratio, below;
    SubjectName subject;
  };
  RuleFinding finding;
  std::vector<Part> found;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.group != nullptr) continue;
    for (const TermFacts& term : judged.fit->terms) {
      const std::string below = Denominator(term.name, facts.data.variables);
      if (below.empty()) continue;
      const bool controlled =
          std::any_of(judged.fit->terms.begin(), judged.fit->terms.end(), [&](const TermFacts& control) {
            return &control != &term && LoggedColumn(control.name, facts.data.variables) == below;
          });
      if (!controlled) continue;
      found.push_back({term.name, below, NameOf(judged)});
      finding.About(judged.subject);
      break;
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(words("{1} with log({2}) as a control ({3})", {part.ratio, part.below, part.subject.In(words)}));
    }
    return words(
        "A ratio restriction is imposed, not tested: {1}. The numerator and the denominator are forced to have "
        "opposite slopes.",
        {words.Listed(parts)});
  };
  return finding;
}

}  // namespace farrell::reporting
